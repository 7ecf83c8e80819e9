"""Kinds of product: which attributes they and their variants have, and how they are taxed and shipped."""

from enum import StrEnum

import strawberry

from engine.catalog import assigned
from engine.core.context import Row
from engine.core.paging import page_args
from engine.tax import queries as tax
from schema.attributes.enums import VariantAttributeScope
from schema.attributes.inputs import AttributeFilterInput, AttributeWhereInput
from schema.attributes.queries import attribute_wish, available_rows
from schema.attributes.types import Attribute, AttributeCountableConnection
from schema.common.connections import PageInfo
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.weight import Weight, weight_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.tax.types import TaxClass as TaxClass


@strawberry.enum
class ProductTypeKindEnum(StrEnum):
    NORMAL = "NORMAL"
    GIFT_CARD = "GIFT_CARD"


@strawberry.type
class AssignedVariantAttribute:
    attribute: Attribute
    variant_selection: bool = strawberry.field(description="Whether shoppers choose a variant by it.")


@strawberry.type
class ProductType(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("ProductType")
    name: str
    slug: str
    kind: ProductTypeKindEnum
    has_variants: bool
    is_shipping_required: bool
    is_digital: bool

    @row_field
    def weight(row: Row) -> Weight | None:
        return weight_row(row["weight_grams"])

    @batch_field
    async def tax_class(parents: Rows, info: BatchInfo) -> list[TaxClass | None]:
        return await tax.classes(info.context, [row["tax_class_id"] for row in parents])

    @batch_field
    async def product_attributes(parents: Rows, info: BatchInfo) -> list[list[Attribute] | None]:
        ids = [row["id"] for row in parents]
        found: Rows = await assigned.attributes_of_types(info.context, ids, "PRODUCT")
        return found

    @batch_field
    async def variant_attributes(
        parents: Rows, info: BatchInfo, variant_selection: VariantAttributeScope | None = None
    ) -> list[list[Attribute] | None]:
        ids = [row["id"] for row in parents]
        found = await assigned.attributes_of_types(info.context, ids, "VARIANT")
        return [[row for row in rows if chosen(row, variant_selection)] for rows in found]

    @batch_field
    async def assigned_variant_attributes(
        parents: Rows, info: BatchInfo, variant_selection: VariantAttributeScope | None = None
    ) -> list[list[AssignedVariantAttribute] | None]:
        ids = [row["id"] for row in parents]
        found: Rows = await assigned.attributes_of_types(info.context, ids, "VARIANT")
        return [[_with_selection(row) for row in rows if chosen(row, variant_selection)] for rows in found]

    @batch_field(
        guard=needs("MANAGE_PRODUCTS", "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES"),
        description="Attributes that neither its products nor their variants carry yet.",
    )
    async def available_attributes(
        parents: Rows,
        info: BatchInfo,
        filter: AttributeFilterInput | None = None,
        where: AttributeWhereInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[AttributeCountableConnection | None]:
        edges = info.selects("edges")
        args = page_args("availableAttributes", first=first, after=after, last=last, before=before, edges=edges)
        taken = await assigned.ids_of_types(info.context, [row["id"] for row in parents])
        wish = await attribute_wish(info, filter, where)
        return await available_rows(info, taken, "PRODUCT_TYPE", wish, args)


@strawberry.type
class ProductTypeCountableEdge:
    node: ProductType
    cursor: str


@strawberry.type
class ProductTypeCountableConnection:
    page_info: PageInfo
    edges: list[ProductTypeCountableEdge]
    total_count: int | None


def _with_selection(attribute: Row) -> Row:
    return {"attribute": attribute, "variant_selection": attribute["variant_selection"]}


def chosen(row: Row, scope: str | None) -> bool:
    """Whether a variant's attribute, or a selection of it, falls in a `VariantAttributeScope`."""
    if scope is None or scope == VariantAttributeScope.ALL:
        return True
    wanted: bool = row["variant_selection"]
    return wanted is (scope == VariantAttributeScope.VARIANT_SELECTION)
