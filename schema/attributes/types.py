"""Attributes, their values, and what an owner carries in Saleor's older shape (`attributes { attribute values }`)."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import strawberry

from engine.attributes import queries
from engine.attributes.rules import CHOICES
from engine.catalog import assigned
from engine.catalog import queries as catalog
from engine.content import queries as content
from engine.core.context import Ctx, Row
from engine.core.ids import to_global
from engine.core.paging import page_args
from engine.flows import media
from schema.attributes.enums import (
    AttributeEntityTypeEnum,
    AttributeInputTypeEnum,
    AttributeTypeEnum,
    MeasurementUnitsEnum,
)
from schema.attributes.inputs import AttributeChoicesSortingInput, AttributeValueFilterInput, value_wish
from schema.common.connections import PageInfo, connection_rows
from schema.common.enums import LanguageCodeEnum, OrderDirection
from schema.common.ids import Node, global_id
from schema.common.languages import LanguageDisplay
from schema.common.media import File
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import JSONString
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.catalog.product_types import ProductType, ProductTypeCountableConnection
    from schema.content.types import PageType
else:
    ProductType = Annotated["ProductType", strawberry.lazy("schema.catalog.product_types")]
    ProductTypeCountableConnection = Annotated[
        "ProductTypeCountableConnection", strawberry.lazy("schema.catalog.product_types")
    ]
    PageType = Annotated["PageType", strawberry.lazy("schema.content.types")]

ReferenceType: TypeAlias = Annotated[ProductType | PageType, strawberry.union("ReferenceType")]

_REFERENCES = {
    "reference_product_id": "Product",
    "reference_variant_id": "ProductVariant",
    "reference_page_id": "Page",
    "reference_category_id": "Category",
    "reference_collection_id": "Collection",
}


@strawberry.type
class AttributeTranslation(Node):
    id: strawberry.ID = global_id("AttributeTranslation", "attribute_id")
    name: str

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class AttributeValueTranslation(Node):
    id: strawberry.ID = global_id("AttributeValueTranslation", "value_id")
    name: str
    rich_text: JSONString | None
    plain_text: str | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type(description="One value of an attribute. Which of its fields is filled follows the input type.")
class AttributeValue(Node):
    id: strawberry.ID = global_id("AttributeValue")
    name: str | None
    slug: str | None
    external_reference: str | None
    value: str | None = strawberry.field(description="The colour of a swatch as `#rrggbb`.")
    numeric: float | None
    boolean: bool | None
    date: datetime.date | None
    date_time: datetime.datetime | None
    plain_text: str | None
    rich_text: JSONString | None

    @batch_field
    async def file(parents: Rows, info: BatchInfo) -> list[File | None]:
        return [file_row(info.context, row) for row in parents]

    @row_field(description="The global id of what a reference points at.")
    def reference(row: Row) -> strawberry.ID | None:
        found = ((name, row[column]) for column, name in _REFERENCES.items() if row[column] is not None)
        return next((strawberry.ID(to_global(name, pk)) for name, pk in found), None)

    @batch_field
    async def input_type(parents: Rows, info: BatchInfo) -> list[AttributeInputTypeEnum | None]:
        attributes = await queries.by_ids(info.context, [row["attribute_id"] for row in parents])
        return [attribute and attribute["input_type"] for attribute in attributes]

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[AttributeValueTranslation | None]:
        return await queries.value_translations(info.context, [row["id"] for row in parents], language_code)


@strawberry.type
class AttributeValueCountableEdge:
    node: AttributeValue
    cursor: str


@strawberry.type
class AttributeValueCountableConnection:
    page_info: PageInfo
    edges: list[AttributeValueCountableEdge]
    total_count: int | None


@strawberry.type(description="A property that products, variants or pages of a type have.")
class Attribute(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Attribute")
    name: str
    slug: str
    type: AttributeTypeEnum
    input_type: AttributeInputTypeEnum | None
    entity_type: AttributeEntityTypeEnum | None
    value_required: bool
    visible_in_storefront: bool
    filterable_in_storefront: bool
    filterable_in_dashboard: bool
    available_in_grid: bool
    is_variant_only: bool
    storefront_search_position: int
    external_reference: str | None

    @row_field(description="What a number counts; null where the API has no name for it.")
    def unit(row: Row) -> MeasurementUnitsEnum | None:
        return row["unit"] if row["unit"] in MeasurementUnitsEnum.__members__ else None

    @row_field(description="Whether its values are chosen from a list that all owners share.")
    def with_choices(row: Row) -> bool:
        return row["input_type"] in CHOICES

    @batch_field(description="What a reference attribute is limited to; without any it may point at all types.")
    async def reference_types(parents: Rows, info: BatchInfo) -> list[list[ReferenceType] | None]:
        ctx, ids = info.context, [row["id"] for row in parents]
        limits = await queries.reference_types(ctx, ids)
        found: dict[int, list[Any]] = {id: [] for id in ids}
        for name, column, read in (
            ("ProductType", "product_type_id", catalog.types_by_ids),
            ("PageType", "page_type_id", content.types_by_ids),
        ):
            own = [row for row in limits if row[column] is not None]
            types = await read(ctx, [row[column] for row in own]) if own else []
            for row, kind in zip(own, types, strict=True):
                if kind is not None:
                    found[row["attribute_id"]].append({**kind, "__typename": name})
        return [found[row["id"]] if row["entity_type"] else None for row in parents]

    @batch_field(description="Types whose products carry it.")
    async def product_types(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[ProductTypeCountableConnection]:
        return await _types(parents, info, "productTypes", "PRODUCT", before, after, first, last)

    @batch_field(description="Types whose variants carry it.")
    async def product_variant_types(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[ProductTypeCountableConnection]:
        return await _types(parents, info, "productVariantTypes", "VARIANT", before, after, first, last)

    @batch_field(description="The values that all owners share, of the types that have such values.")
    async def choices(
        parents: Rows,
        info: BatchInfo,
        filter: AttributeValueFilterInput | None = None,
        sort_by: AttributeChoicesSortingInput | None = None,
        search: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[AttributeValueCountableConnection | None]:
        args = page_args("choices", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        ids = [row["id"] for row in parents]
        wish = value_wish(filter, search)
        order = sort_by.field.lower() if sort_by else "sort_order"
        descending = sort_by is not None and sort_by.direction == OrderDirection.DESC
        pages = await queries.choice_pages(info.context, ids, args, wish, order, descending=descending)
        counts = await queries.choice_counts(info.context, ids, wish) if info.selects("totalCount") else None
        return connection_rows(pages, counts)

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[AttributeTranslation | None]:
        return await queries.translations(info.context, [row["id"] for row in parents], language_code)


@strawberry.type
class AttributeCountableEdge:
    node: Attribute
    cursor: str


@strawberry.type
class AttributeCountableConnection:
    page_info: PageInfo
    edges: list[AttributeCountableEdge]
    total_count: int | None


@strawberry.type(description="An attribute and the values that an owner has of it.")
class SelectedAttribute:
    attribute: Attribute
    values: list[AttributeValue]


async def _types(
    parents: Rows,
    info: BatchInfo,
    field: str,
    scope: str,
    before: str | None,
    after: str | None,
    first: int | None,
    last: int | None,
) -> Any:
    args = page_args(field, first=first, after=after, last=last, before=before, edges=info.selects("edges"))
    ids = [row["id"] for row in parents]
    pages = await assigned.type_pages(info.context, ids, scope, args)
    counts = await assigned.type_counts(info.context, ids, scope) if info.selects("totalCount") else None
    return connection_rows(pages, counts)


def file_row(ctx: Ctx, value: Row) -> Row | None:
    """The row of a `File` for a value that has one."""
    key = value["file_key"]
    return key and {"url": media.file_url(ctx, key), "content_type": value["content_type"]}
