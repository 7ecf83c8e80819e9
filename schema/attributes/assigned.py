"""What an owner carries in Saleor's newer shape: one type per kind of attribute, whose `value` is typed."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry
from strawberry.scalars import JSON

from engine.attributes import queries
from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.flows import references
from schema.attributes.types import Attribute, file_row
from schema.common.enums import LanguageCodeEnum
from schema.common.media import File
from schema.common.scalars import PositiveInt
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.catalog.types import Category, Collection, Product, ProductVariant
    from schema.content.types import Page
else:
    Category = Annotated["Category", strawberry.lazy("schema.catalog.types")]
    Collection = Annotated["Collection", strawberry.lazy("schema.catalog.types")]
    Product = Annotated["Product", strawberry.lazy("schema.catalog.types")]
    ProductVariant = Annotated["ProductVariant", strawberry.lazy("schema.catalog.types")]
    Page = Annotated["Page", strawberry.lazy("schema.content.types")]

_SINGLE = {
    "DROPDOWN": "AssignedSingleChoiceAttribute",
    "MULTISELECT": "AssignedMultiChoiceAttribute",
    "SWATCH": "AssignedSwatchAttribute",
    "NUMERIC": "AssignedNumericAttribute",
    "PLAIN_TEXT": "AssignedPlainTextAttribute",
    "RICH_TEXT": "AssignedTextAttribute",
    "BOOLEAN": "AssignedBooleanAttribute",
    "DATE": "AssignedDateAttribute",
    "DATE_TIME": "AssignedDateTimeAttribute",
    "FILE": "AssignedFileAttribute",
}
_ENTITIES = {
    "PRODUCT": "Product",
    "PRODUCT_VARIANT": "ProductVariant",
    "CATEGORY": "Category",
    "COLLECTION": "Collection",
    "PAGE": "Page",
}


def assigned_row(selection: Row) -> Row:
    """The row of an `AssignedAttribute` from a selection `{"attribute", "values", "channel_id"}`."""
    attribute = selection["attribute"]
    kind = _SINGLE.get(attribute["input_type"])
    if kind is None:
        many = "Multi" if attribute["input_type"] == "REFERENCE" else "Single"
        kind = f"Assigned{many}{_ENTITIES[attribute['entity_type']]}ReferenceAttribute"
    return {**selection, "__typename": kind}


def _first(row: Row, column: str) -> Any:
    return row["values"][0][column] if row["values"] else None


async def _translated(ctx: Ctx, parents: Rows, language: str, column: str) -> Any:
    ids = [row["values"][0]["id"] if row["values"] else None for row in parents]
    found = await queries.value_translations(ctx, [id for id in ids if id is not None], language)
    by_id = in_order(ids, [row for row in found if row is not None], "value_id")
    return [row and row[column] for row in by_id]


@strawberry.interface(description="An attribute that an owner carries.")
class AssignedAttribute:
    attribute: Attribute


@strawberry.type
class AssignedNumericAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> float | None:
        return _first(row, "numeric")


@strawberry.type(description="A rich text: an EditorJS document.")
class AssignedTextAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> JSON | None:
        return _first(row, "rich_text")

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum) -> list[JSON | None]:
        return await _translated(info.context, parents, language_code, "rich_text")


@strawberry.type
class AssignedPlainTextAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> str | None:
        return _first(row, "plain_text")

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum) -> list[str | None]:
        return await _translated(info.context, parents, language_code, "plain_text")


@strawberry.type
class AssignedBooleanAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> bool | None:
        return _first(row, "boolean")


@strawberry.type
class AssignedDateAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> datetime.date | None:
        return _first(row, "date")


@strawberry.type
class AssignedDateTimeAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> datetime.datetime | None:
        return _first(row, "date_time")


@strawberry.type
class AssignedFileAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo) -> list[File | None]:
        return [file_row(info.context, row["values"][0]) if row["values"] else None for row in parents]


@strawberry.type
class AssignedChoiceAttributeValue:
    name: str | None
    slug: str | None

    @batch_field
    async def translation(parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum) -> list[str | None]:
        found = await queries.value_translations(info.context, [row["id"] for row in parents], language_code)
        return [row and row["name"] for row in found]


@strawberry.type
class AssignedSwatchAttributeValue:
    name: str | None
    slug: str | None

    @row_field
    def hex_color(row: Row) -> str | None:
        return row["value"] or None

    @batch_field
    async def file(parents: Rows, info: BatchInfo) -> list[File | None]:
        return [file_row(info.context, row) for row in parents]


@strawberry.type
class AssignedSingleChoiceAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> AssignedChoiceAttributeValue | None:
        return row["values"][0] if row["values"] else None


@strawberry.type
class AssignedMultiChoiceAttribute(AssignedAttribute):
    @row_field
    def value(row: Row, limit: PositiveInt | None = None) -> list[AssignedChoiceAttributeValue]:
        return row["values"][:limit]


@strawberry.type
class AssignedSwatchAttribute(AssignedAttribute):
    @row_field
    def value(row: Row) -> AssignedSwatchAttributeValue | None:
        return row["values"][0] if row["values"] else None


@strawberry.type
class AssignedSingleProductReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo) -> list[Product | None]:
        return await references.first(info.context, parents, "product")


@strawberry.type
class AssignedSingleProductVariantReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo) -> list[ProductVariant | None]:
        return await references.first(info.context, parents, "variant")


@strawberry.type
class AssignedSingleCategoryReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo) -> list[Category | None]:
        return await references.first(info.context, parents, "category")


@strawberry.type
class AssignedSingleCollectionReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo) -> list[Collection | None]:
        return await references.first(info.context, parents, "collection")


@strawberry.type
class AssignedSinglePageReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo) -> list[Page | None]:
        return await references.first(info.context, parents, "page")


@strawberry.type
class AssignedMultiProductReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo, limit: PositiveInt | None = None) -> list[list[Product]]:
        return await references.every(info.context, parents, "product", limit)


@strawberry.type
class AssignedMultiProductVariantReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo, limit: PositiveInt | None = None) -> list[list[ProductVariant]]:
        return await references.every(info.context, parents, "variant", limit)


@strawberry.type
class AssignedMultiCategoryReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo, limit: PositiveInt | None = None) -> list[list[Category]]:
        return await references.every(info.context, parents, "category", limit)


@strawberry.type
class AssignedMultiCollectionReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo, limit: PositiveInt | None = None) -> list[list[Collection]]:
        return await references.every(info.context, parents, "collection", limit)


@strawberry.type
class AssignedMultiPageReferenceAttribute(AssignedAttribute):
    @batch_field
    async def value(parents: Rows, info: BatchInfo, limit: PositiveInt | None = None) -> list[list[Page]]:
        return await references.every(info.context, parents, "page", limit)


ASSIGNED_TYPES: tuple[type, ...] = tuple(AssignedAttribute.__subclasses__())
"""Reached through the interface alone, so the schema is told of them."""
