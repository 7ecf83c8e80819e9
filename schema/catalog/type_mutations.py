"""What staff change of product types."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.catalog.type_service import Assignment
from engine.core.context import transact
from engine.core.errors import NotFound
from engine.core.ids import int_pk
from engine.flows import edit_types
from schema.catalog.errors import ProductError
from schema.catalog.product_inputs import grams
from schema.catalog.product_types import ProductType, ProductTypeKindEnum
from schema.common.ids import moves_of, pk_of, pks_of
from schema.common.inputs import ReorderInput, given, set_or
from schema.common.scalars import WeightScalar
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES")


@strawberry.enum
class ProductAttributeType(StrEnum):
    PRODUCT = "PRODUCT"
    VARIANT = "VARIANT"


@strawberry.input
class ProductTypeInput:
    name: str | None = UNSET
    slug: str | None = UNSET
    kind: ProductTypeKindEnum | None = UNSET
    has_variants: bool | None = UNSET
    product_attributes: list[strawberry.ID] | None = UNSET
    variant_attributes: list[strawberry.ID] | None = UNSET
    is_shipping_required: bool | None = UNSET
    is_digital: bool | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    tax_code: str | None = strawberry.field(
        default=UNSET, description="Deprecated: use `taxClass`; this changes nothing."
    )
    tax_class: strawberry.ID | None = UNSET


@strawberry.input
class ProductAttributeAssignInput:
    id: strawberry.ID
    type: ProductAttributeType
    variant_selection: bool | None = UNSET


@strawberry.input
class ProductAttributeAssignmentUpdateInput:
    id: strawberry.ID
    variant_selection: bool


@strawberry.type
class ProductTypeCreate:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductTypeUpdate:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductTypeDelete:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductTypeBulkDelete:
    count: int
    errors: list[ProductError]


@strawberry.type
class ProductAttributeAssign:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductAttributeAssignmentUpdate:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductAttributeUnassign:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductTypeReorderAttributes:
    product_type: ProductType | None
    errors: list[ProductError]


@strawberry.type
class ProductTypeMutations:
    @mutation_field(STAFF, description="Make a product type.")
    async def product_type_create(self, info: BatchInfo, input: ProductTypeInput) -> ProductTypeCreate:
        assignments = [Assignment(id, scope) for scope, ids in _attributes(input).items() for id in ids]
        return payload(product_type=await transact(info.context, edit_types.create, _columns(input), assignments))

    @mutation_field(STAFF, description="Change a product type. Attributes that are given replace those there are.")
    async def product_type_update(
        self, info: BatchInfo, id: strawberry.ID, input: ProductTypeInput
    ) -> ProductTypeUpdate:
        pk, attributes = int_pk(id, "ProductType"), _attributes(input)
        return payload(product_type=await transact(info.context, edit_types.update, pk, _columns(input), attributes))

    @mutation_field(STAFF, description="Delete a product type and all its products.")
    async def product_type_delete(self, info: BatchInfo, id: strawberry.ID) -> ProductTypeDelete:
        gone = await transact(info.context, edit_types.delete, [int_pk(id, "ProductType")])
        if not gone:
            raise NotFound("Couldn't resolve to a product type.", field="id")
        return payload(product_type=gone[0])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete product types and all their products.")
    async def product_type_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> ProductTypeBulkDelete:
        gone = await transact(info.context, edit_types.delete, pks_of(ids, "ProductType", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Let products or variants of a type carry attributes.")
    async def product_attribute_assign(
        self, info: BatchInfo, product_type_id: strawberry.ID, operations: list[ProductAttributeAssignInput]
    ) -> ProductAttributeAssign:
        pk = pk_of(product_type_id, "ProductType", "productTypeId")
        assignments = [
            Assignment(pk_of(one.id, "Attribute", "operations"), one.type, bool(set_or(one.variant_selection)))
            for one in operations
        ]
        return payload(product_type=await transact(info.context, edit_types.assign, pk, assignments))

    @mutation_field(STAFF, description="Say by which attributes shoppers choose a variant.")
    async def product_attribute_assignment_update(
        self, info: BatchInfo, product_type_id: strawberry.ID, operations: list[ProductAttributeAssignmentUpdateInput]
    ) -> ProductAttributeAssignmentUpdate:
        pk = pk_of(product_type_id, "ProductType", "productTypeId")
        choosing = {pk_of(one.id, "Attribute", "operations"): one.variant_selection for one in operations}
        return payload(product_type=await transact(info.context, edit_types.choose_by, pk, choosing))

    @mutation_field(STAFF, description="Take attributes and their values off a type's products and variants.")
    async def product_attribute_unassign(
        self, info: BatchInfo, product_type_id: strawberry.ID, attribute_ids: list[strawberry.ID]
    ) -> ProductAttributeUnassign:
        pk = pk_of(product_type_id, "ProductType", "productTypeId")
        ids = pks_of(attribute_ids, "Attribute", "attributeIds")
        return payload(product_type=await transact(info.context, edit_types.unassign, pk, ids))

    @mutation_field(STAFF, description="Move attributes within those of a type's products or variants.")
    async def product_type_reorder_attributes(
        self,
        info: BatchInfo,
        product_type_id: strawberry.ID,
        type: ProductAttributeType,
        moves: list[ReorderInput],
    ) -> ProductTypeReorderAttributes:
        pk, wanted = pk_of(product_type_id, "ProductType", "productTypeId"), moves_of(moves, "Attribute")
        return payload(product_type=await transact(info.context, edit_types.reorder, pk, type, wanted))


def _columns(input: ProductTypeInput) -> dict[str, Any]:
    asked = given(input)
    columns: dict[str, Any] = {name: asked[name] for name in ("name", "slug") if name in asked}
    for name in ("kind", "has_variants", "is_shipping_required", "is_digital"):
        if asked.get(name) is not None:
            columns[name] = str(asked[name]) if name == "kind" else asked[name]
    if "weight" in asked:
        columns["weight_grams"] = grams(asked["weight"])
    if "tax_class" in asked:
        columns["tax_class_id"] = asked["tax_class"] and pk_of(asked["tax_class"], "TaxClass", "taxClass")
    return columns


def _attributes(input: ProductTypeInput) -> dict[str, list[int]]:
    """By scope, as far as given."""
    fields = (
        ("PRODUCT", "product_attributes", "productAttributes"),
        ("VARIANT", "variant_attributes", "variantAttributes"),
    )
    asked = given(input)
    return {
        scope: pks_of(asked[name], "Attribute", field) for scope, name, field in fields if asked.get(name) is not None
    }
