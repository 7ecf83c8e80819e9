"""What products are filtered and ordered by, in Saleor's words."""

import datetime
from enum import StrEnum

import strawberry
from strawberry import UNSET

from schema.common.enums import OrderDirection
from schema.common.filters import (
    ContainsFilterInput,
    DateRangeInput,
    DateTimeFilterInput,
    DateTimeRangeInput,
    DecimalFilterInput,
    GlobalIDFilterInput,
    IntRangeInput,
    MetadataFilter,
    PriceRangeInput,
    StringFilterInput,
)


@strawberry.enum
class StockAvailability(StrEnum):
    IN_STOCK = "IN_STOCK"
    OUT_OF_STOCK = "OUT_OF_STOCK"


@strawberry.enum
class ProductOrderField(StrEnum):
    NAME = "NAME"
    RANK = "RANK"
    PRICE = "PRICE"
    MINIMAL_PRICE = "MINIMAL_PRICE"
    LAST_MODIFIED = "LAST_MODIFIED"
    DATE = "DATE"
    TYPE = "TYPE"
    PUBLISHED = "PUBLISHED"
    PUBLICATION_DATE = "PUBLICATION_DATE"
    PUBLISHED_AT = "PUBLISHED_AT"
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"
    COLLECTION = "COLLECTION"
    RATING = "RATING"
    CREATED_AT = "CREATED_AT"


@strawberry.input
class ProductOrder:
    direction: OrderDirection
    channel: str | None = UNSET
    attribute_id: strawberry.ID | None = UNSET
    field: ProductOrderField | None = UNSET


@strawberry.input
class AssignedAttributeReferenceInput:
    referenced_ids: ContainsFilterInput | None = UNSET
    page_slugs: ContainsFilterInput | None = UNSET
    product_slugs: ContainsFilterInput | None = UNSET
    product_variant_skus: ContainsFilterInput | None = UNSET
    category_slugs: ContainsFilterInput | None = UNSET
    collection_slugs: ContainsFilterInput | None = UNSET


@strawberry.input
class AssignedAttributeValueInput:
    slug: StringFilterInput | None = UNSET
    name: StringFilterInput | None = UNSET
    numeric: DecimalFilterInput | None = UNSET
    date: DateRangeInput | None = UNSET
    date_time: DateTimeRangeInput | None = UNSET
    boolean: bool | None = UNSET
    reference: AssignedAttributeReferenceInput | None = UNSET


@strawberry.input
class AttributeInput:
    slug: str | None = UNSET
    value: AssignedAttributeValueInput | None = UNSET
    values: list[str] | None = UNSET
    values_range: IntRangeInput | None = UNSET
    date_time: DateTimeRangeInput | None = UNSET
    date: DateRangeInput | None = UNSET
    boolean: bool | None = UNSET


@strawberry.input
class ProductStockFilterInput:
    warehouse_ids: list[strawberry.ID] | None = UNSET
    quantity: IntRangeInput | None = UNSET


@strawberry.input
class ProductFilterInput:
    is_published: bool | None = UNSET
    collections: list[strawberry.ID] | None = UNSET
    categories: list[strawberry.ID] | None = UNSET
    has_category: bool | None = UNSET
    attributes: list[AttributeInput] | None = UNSET
    stock_availability: StockAvailability | None = UNSET
    stocks: ProductStockFilterInput | None = UNSET
    search: str | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    published_from: datetime.datetime | None = UNSET
    is_available: bool | None = UNSET
    available_from: datetime.datetime | None = UNSET
    is_visible_in_listing: bool | None = UNSET
    price: PriceRangeInput | None = UNSET
    minimal_price: PriceRangeInput | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET
    product_types: list[strawberry.ID] | None = UNSET
    gift_card: bool | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    has_preordered_variants: bool | None = UNSET
    slugs: list[str] | None = UNSET
    channel: str | None = UNSET


@strawberry.input
class ProductWhereInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    name: StringFilterInput | None = UNSET
    slug: StringFilterInput | None = UNSET
    product_type: GlobalIDFilterInput | None = UNSET
    category: GlobalIDFilterInput | None = UNSET
    collection: GlobalIDFilterInput | None = UNSET
    is_available: bool | None = UNSET
    is_published: bool | None = UNSET
    is_visible_in_listing: bool | None = UNSET
    published_from: datetime.datetime | None = UNSET
    available_from: datetime.datetime | None = UNSET
    has_category: bool | None = UNSET
    price: DecimalFilterInput | None = UNSET
    minimal_price: DecimalFilterInput | None = UNSET
    attributes: list[AttributeInput] | None = UNSET
    stock_availability: StockAvailability | None = UNSET
    stocks: ProductStockFilterInput | None = UNSET
    gift_card: bool | None = UNSET
    has_preordered_variants: bool | None = UNSET
    updated_at: DateTimeFilterInput | None = UNSET
    and_: list["ProductWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["ProductWhereInput"] | None = strawberry.field(name="OR", default=UNSET)
