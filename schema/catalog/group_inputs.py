"""What categories, collections, product types and variants are filtered and ordered by, in Saleor's words."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.conditions import Wish
from engine.core.text import fold
from schema.catalog.filters import criteria
from schema.catalog.inputs import AssignedAttributeValueInput
from schema.catalog.product_types import ProductTypeKindEnum
from schema.common.enums import OrderDirection
from schema.common.filters import DateTimeRangeInput, MetadataFilter, StringFilterInput
from schema.common.wishes import chosen, moments, pairs, pks


@strawberry.input
class CategoryFilterInput:
    search: str | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    slugs: list[str] | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET


@strawberry.input
class CategoryWhereInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    and_: list["CategoryWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["CategoryWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.enum
class CategorySortField(StrEnum):
    NAME = "NAME"
    PRODUCT_COUNT = "PRODUCT_COUNT"
    SUBCATEGORY_COUNT = "SUBCATEGORY_COUNT"


@strawberry.input
class CategorySortingInput:
    direction: OrderDirection
    channel: str | None = strawberry.field(default=UNSET, description="No order of categories is a channel's.")
    field: CategorySortField


@strawberry.enum
class CollectionPublished(StrEnum):
    PUBLISHED = "PUBLISHED"
    HIDDEN = "HIDDEN"


@strawberry.input
class CollectionFilterInput:
    published: CollectionPublished | None = UNSET
    search: str | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    slugs: list[str] | None = UNSET
    channel: str | None = UNSET


@strawberry.input
class CollectionWhereInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    and_: list["CollectionWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["CollectionWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.enum
class CollectionSortField(StrEnum):
    NAME = "NAME"
    AVAILABILITY = "AVAILABILITY"
    PRODUCT_COUNT = "PRODUCT_COUNT"
    PUBLICATION_DATE = "PUBLICATION_DATE"
    PUBLISHED_AT = "PUBLISHED_AT"


@strawberry.input
class CollectionSortingInput:
    direction: OrderDirection
    channel: str | None = UNSET
    field: CollectionSortField


@strawberry.enum
class ProductTypeConfigurable(StrEnum):
    CONFIGURABLE = "CONFIGURABLE"
    SIMPLE = "SIMPLE"


@strawberry.enum
class ProductTypeEnum(StrEnum):
    DIGITAL = "DIGITAL"
    SHIPPABLE = "SHIPPABLE"


@strawberry.input
class ProductTypeFilterInput:
    search: str | None = UNSET
    configurable: ProductTypeConfigurable | None = UNSET
    product_type: ProductTypeEnum | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    kind: ProductTypeKindEnum | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    slugs: list[str] | None = UNSET


@strawberry.enum
class ProductTypeSortField(StrEnum):
    NAME = "NAME"
    DIGITAL = "DIGITAL"
    SHIPPING_REQUIRED = "SHIPPING_REQUIRED"


@strawberry.input
class ProductTypeSortingInput:
    direction: OrderDirection
    field: ProductTypeSortField


@strawberry.input
class AssignedAttributeWhereInput:
    slug: str | None = UNSET
    value: AssignedAttributeValueInput | None = UNSET


@strawberry.input
class ProductVariantFilterInput:
    search: str | None = UNSET
    sku: list[str] | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    is_preorder: bool | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET


@strawberry.input
class ProductVariantWhereInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    sku: StringFilterInput | None = UNSET
    updated_at: DateTimeRangeInput | None = UNSET
    attributes: list[AssignedAttributeWhereInput] | None = UNSET
    and_: list["ProductVariantWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["ProductVariantWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.enum
class ProductVariantSortField(StrEnum):
    LAST_MODIFIED_AT = "LAST_MODIFIED_AT"


@strawberry.input
class ProductVariantSortingInput:
    direction: OrderDirection
    field: ProductVariantSortField


def category_wish(asked: dict[str, Any]) -> Wish:
    return Wish(_common(asked, "Category"))


def collection_wish(asked: dict[str, Any]) -> Wish:
    parts = _common(asked, "Collection")
    if "published" in asked:
        parts["published"] = asked["published"] == CollectionPublished.PUBLISHED
    return Wish(parts)


def product_type_wish(asked: dict[str, Any]) -> Wish:
    parts = _common(asked, "ProductType")
    if "configurable" in asked:
        parts["has_variants"] = asked["configurable"] == ProductTypeConfigurable.CONFIGURABLE
    if "product_type" in asked:
        kind = "is_digital" if asked["product_type"] == ProductTypeEnum.DIGITAL else "is_shipping_required"
        parts[kind] = True
    if "kind" in asked:
        parts["kind"] = str(asked["kind"])
    return Wish(parts)


def variant_wish(asked: dict[str, Any]) -> Wish:
    parts = _common({name: value for name, value in asked.items() if name != "sku"}, "ProductVariant")
    if "sku" in asked:
        parts["skus"] = tuple(asked["sku"]) if isinstance(asked["sku"], list) else chosen(asked["sku"])
    if "attributes" in asked:
        parts["values"] = criteria(asked["attributes"])
    if asked.get("is_preorder"):
        parts["ids"] = ()  # nothing is sold before it is in stock
    return Wish(parts)


def _common(asked: dict[str, Any], type_name: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if "ids" in asked:
        parts["ids"] = pks(asked["ids"], type_name)
    if "slugs" in asked:
        parts["slugs"] = tuple(asked["slugs"])
    if asked.get("search"):
        parts["search"] = fold(asked["search"])
    if "metadata" in asked:
        parts["metadata"] = pairs(asked["metadata"])
    if "updated_at" in asked:
        parts |= moments(asked["updated_at"])
    return parts
