"""What staff change of attributes and their shared values."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import Ctx, transact
from engine.core.errors import InvalidId, NotFound, Refusal
from engine.core.ids import int_pk, split_global
from engine.flows import edit_attributes
from schema.attributes.enums import (
    AttributeEntityTypeEnum,
    AttributeInputTypeEnum,
    AttributeTypeEnum,
    MeasurementUnitsEnum,
)
from schema.attributes.types import Attribute, AttributeValue
from schema.attributes.value_inputs import file_key
from schema.common.errors import MutationError
from schema.common.ids import moves_of, pk_of, pks_of
from schema.common.inputs import ReorderInput, given, set_or
from schema.common.scalars import JSONString
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES")
FILLING = needs(
    "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES", "MANAGE_PRODUCTS", "MANAGE_PAGES"
)


@strawberry.enum
class AttributeErrorCode(StrEnum):
    ALREADY_EXISTS = "ALREADY_EXISTS"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"


@strawberry.type
class AttributeError(MutationError):
    code: AttributeErrorCode


@strawberry.input
class AttributeValueCreateInput:
    value: str | None = strawberry.field(default=UNSET, description="The colour of a swatch as `#rrggbb`.")
    rich_text: JSONString | None = UNSET
    plain_text: str | None = UNSET
    file_url: str | None = UNSET
    content_type: str | None = UNSET
    external_reference: str | None = UNSET
    name: str


@strawberry.input
class AttributeValueUpdateInput:
    value: str | None = strawberry.field(default=UNSET, description="The colour of a swatch as `#rrggbb`.")
    rich_text: JSONString | None = UNSET
    plain_text: str | None = UNSET
    file_url: str | None = UNSET
    content_type: str | None = UNSET
    external_reference: str | None = UNSET
    name: str | None = UNSET


@strawberry.input
class AttributeCreateInput:
    input_type: AttributeInputTypeEnum | None = UNSET
    entity_type: AttributeEntityTypeEnum | None = UNSET
    name: str
    slug: str | None = UNSET
    type: AttributeTypeEnum
    unit: MeasurementUnitsEnum | None = UNSET
    values: list[AttributeValueCreateInput] | None = UNSET
    value_required: bool | None = UNSET
    is_variant_only: bool | None = UNSET
    visible_in_storefront: bool | None = UNSET
    filterable_in_storefront: bool | None = UNSET
    filterable_in_dashboard: bool | None = UNSET
    storefront_search_position: int | None = UNSET
    available_in_grid: bool | None = UNSET
    external_reference: str | None = UNSET
    reference_types: list[strawberry.ID] | None = UNSET


@strawberry.input
class AttributeUpdateInput:
    name: str | None = UNSET
    slug: str | None = UNSET
    unit: MeasurementUnitsEnum | None = UNSET
    remove_values: list[strawberry.ID] | None = UNSET
    add_values: list[AttributeValueUpdateInput] | None = UNSET
    value_required: bool | None = UNSET
    is_variant_only: bool | None = UNSET
    visible_in_storefront: bool | None = UNSET
    filterable_in_storefront: bool | None = UNSET
    filterable_in_dashboard: bool | None = UNSET
    storefront_search_position: int | None = UNSET
    available_in_grid: bool | None = UNSET
    external_reference: str | None = UNSET
    reference_types: list[strawberry.ID] | None = UNSET


@strawberry.type
class AttributeCreate:
    attribute: Attribute | None
    errors: list[AttributeError]


@strawberry.type
class AttributeUpdate:
    attribute: Attribute | None
    errors: list[AttributeError]


@strawberry.type
class AttributeDelete:
    attribute: Attribute | None
    errors: list[AttributeError]


@strawberry.type
class AttributeBulkDelete:
    count: int
    errors: list[AttributeError]


@strawberry.type
class AttributeValueCreate:
    attribute: Attribute | None
    attribute_value: AttributeValue | None
    errors: list[AttributeError]


@strawberry.type
class AttributeValueUpdate:
    attribute: Attribute | None
    attribute_value: AttributeValue | None
    errors: list[AttributeError]


@strawberry.type
class AttributeValueDelete:
    attribute: Attribute | None
    attribute_value: AttributeValue | None
    errors: list[AttributeError]


@strawberry.type
class AttributeValueBulkDelete:
    count: int
    errors: list[AttributeError]


@strawberry.type
class AttributeReorderValues:
    attribute: Attribute | None
    errors: list[AttributeError]


@strawberry.type
class AttributesMutations:
    @mutation_field(STAFF, description="Make an attribute, of products or of pages.")
    async def attribute_create(self, info: BatchInfo, input: AttributeCreateInput) -> AttributeCreate:
        values = [_value(one) for one in set_or(input.values) or ()]
        types = _types(set_or(input.reference_types) or ())
        return payload(attribute=await transact(info.context, edit_attributes.create, _columns(input), values, types))

    @mutation_field(STAFF, description="Change an attribute, and which values it has.")
    async def attribute_update(
        self,
        info: BatchInfo,
        input: AttributeUpdateInput,
        id: strawberry.ID | None = None,
        external_reference: str | None = None,
    ) -> AttributeUpdate:
        pk = await _pk(info.context, id, external_reference)
        add = [_value(one) for one in set_or(input.add_values) or ()]
        remove = pks_of(set_or(input.remove_values), "AttributeValue", "removeValues")
        limits = set_or(input.reference_types)
        types = None if limits is None else _types(limits)
        changed = await transact(info.context, edit_attributes.update, pk, _columns(input), add, remove, types)
        return payload(attribute=changed)

    @mutation_field(STAFF, description="Delete an attribute with all its values, wherever they are assigned.")
    async def attribute_delete(
        self, info: BatchInfo, id: strawberry.ID | None = None, external_reference: str | None = None
    ) -> AttributeDelete:
        pk = await _pk(info.context, id, external_reference)
        gone = await transact(info.context, edit_attributes.delete, [pk])
        if not gone:
            raise NotFound("Couldn't resolve to an attribute.", field="id")
        return payload(attribute=gone[0])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete attributes with all their values.")
    async def attribute_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> AttributeBulkDelete:
        gone = await transact(info.context, edit_attributes.delete, pks_of(ids, "Attribute", "ids"))
        return payload(count=len(gone))

    @mutation_field(FILLING, description="Add a value to those that an attribute is chosen from.")
    async def attribute_value_create(
        self, info: BatchInfo, attribute: strawberry.ID, input: AttributeValueCreateInput
    ) -> AttributeValueCreate:
        pk = pk_of(attribute, "Attribute", "attribute")
        owner, value = await transact(info.context, edit_attributes.create_value, pk, _value(input))
        return payload(attribute=owner, attribute_value=value)

    @mutation_field(STAFF, description="Change a value of an attribute.")
    async def attribute_value_update(
        self, info: BatchInfo, input: AttributeValueUpdateInput, id: strawberry.ID | None = None
    ) -> AttributeValueUpdate:
        pk = _value_pk(id)
        owner, value = await transact(info.context, edit_attributes.update_value, pk, _value(input))
        return payload(attribute=owner, attribute_value=value)

    @mutation_field(STAFF, description="Delete a value, wherever it is assigned.")
    async def attribute_value_delete(self, info: BatchInfo, id: strawberry.ID | None = None) -> AttributeValueDelete:
        gone = await transact(info.context, edit_attributes.delete_values, [_value_pk(id)])
        if not gone:
            raise NotFound("Couldn't resolve to an attribute value.", field="id")
        return payload(attribute=gone[0][0], attribute_value=gone[0][1])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete values, wherever they are assigned.")
    async def attribute_value_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> AttributeValueBulkDelete:
        gone = await transact(info.context, edit_attributes.delete_values, pks_of(ids, "AttributeValue", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Move values within those of their attribute.")
    async def attribute_reorder_values(
        self, info: BatchInfo, attribute_id: strawberry.ID, moves: list[ReorderInput]
    ) -> AttributeReorderValues:
        pk, wanted = pk_of(attribute_id, "Attribute", "attributeId"), moves_of(moves, "AttributeValue")
        return payload(attribute=await transact(info.context, edit_attributes.reorder_values, pk, wanted))


def _columns(input: Any) -> dict[str, Any]:
    asked = given(input)
    columns: dict[str, Any] = {name: asked[name] for name in ("name", "slug", "external_reference") if name in asked}
    for name in ("input_type", "entity_type", "type", "unit"):
        if name in asked:
            columns[name] = asked[name] and str(asked[name])
    if columns.get("input_type", "-") is None:
        del columns["input_type"]
    for name in (
        "value_required", "is_variant_only", "visible_in_storefront", "filterable_in_storefront",
        "filterable_in_dashboard", "storefront_search_position", "available_in_grid",
    ):  # fmt: skip
        if asked.get(name) is not None:
            columns[name] = asked[name]
    return columns


def _value(input: Any) -> dict[str, Any]:
    asked = given(input)
    names = ("name", "value", "rich_text", "plain_text", "content_type", "external_reference")
    columns = {name: asked[name] for name in names if name in asked}
    if "file_url" in asked:
        columns["file_key"] = file_key(asked["file_url"]) if asked["file_url"] else None
    return columns


def _types(ids: Iterable[str]) -> list[tuple[str, int]]:
    """Type name and key of each. Raises NotFound."""
    found = []
    for id in ids:
        try:
            name, _ = split_global(id)
            found.append((name, int_pk(id, name)))
        except (ValueError, InvalidId) as error:
            raise NotFound(f"Invalid ID: {id[:80]}.", field="referenceTypes") from error
    return found


def _value_pk(id: str | None) -> int:
    if id is None:
        raise Refusal("The id of an attribute value is needed.", field="id", code="REQUIRED")
    return int_pk(id, "AttributeValue")


async def _pk(ctx: Ctx, id: str | None, reference: str | None) -> int:
    if (id is None) is (reference is None):
        raise Refusal("Exactly one of the arguments `id` and `externalReference` is needed.", code="GRAPHQL_ERROR")
    if id is not None:
        return int_pk(id, "Attribute")
    return await transact(ctx, edit_attributes.known, reference or "")
