"""What attributes are filtered and ordered by, in Saleor's words."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.conditions import Wish
from schema.attributes.enums import (
    AttributeEntityTypeEnum,
    AttributeInputTypeEnum,
    AttributeTypeEnum,
    MeasurementUnitsEnum,
)
from schema.common.enums import OrderDirection
from schema.common.filters import MetadataFilter, StringFilterInput
from schema.common.wishes import asked, chosen, pairs, pks


@strawberry.input
class AttributeFilterInput:
    value_required: bool | None = UNSET
    is_variant_only: bool | None = UNSET
    visible_in_storefront: bool | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    search: str | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    type: AttributeTypeEnum | None = UNSET
    in_collection: strawberry.ID | None = UNSET
    in_category: strawberry.ID | None = UNSET
    slugs: list[str] | None = UNSET
    filterable_in_storefront: bool | None = UNSET
    available_in_grid: bool | None = UNSET
    filterable_in_dashboard: bool | None = UNSET
    channel: str | None = UNSET


@strawberry.input
class AttributeInputTypeEnumFilterInput:
    eq: AttributeInputTypeEnum | None = UNSET
    one_of: list[AttributeInputTypeEnum] | None = UNSET


@strawberry.input
class AttributeEntityTypeEnumFilterInput:
    eq: AttributeEntityTypeEnum | None = UNSET
    one_of: list[AttributeEntityTypeEnum] | None = UNSET


@strawberry.input
class AttributeTypeEnumFilterInput:
    eq: AttributeTypeEnum | None = UNSET
    one_of: list[AttributeTypeEnum] | None = UNSET


@strawberry.input
class MeasurementUnitsEnumFilterInput:
    eq: MeasurementUnitsEnum | None = UNSET
    one_of: list[MeasurementUnitsEnum] | None = UNSET


@strawberry.input
class AttributeWhereInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    name: StringFilterInput | None = UNSET
    slug: StringFilterInput | None = UNSET
    with_choices: bool | None = UNSET
    input_type: AttributeInputTypeEnumFilterInput | None = UNSET
    entity_type: AttributeEntityTypeEnumFilterInput | None = UNSET
    type: AttributeTypeEnumFilterInput | None = UNSET
    unit: MeasurementUnitsEnumFilterInput | None = UNSET
    in_collection: strawberry.ID | None = UNSET
    in_category: strawberry.ID | None = UNSET
    value_required: bool | None = UNSET
    visible_in_storefront: bool | None = UNSET
    filterable_in_dashboard: bool | None = UNSET
    and_: list["AttributeWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["AttributeWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.enum
class AttributeSortField(StrEnum):
    NAME = "NAME"
    SLUG = "SLUG"
    VALUE_REQUIRED = "VALUE_REQUIRED"
    IS_VARIANT_ONLY = "IS_VARIANT_ONLY"
    VISIBLE_IN_STOREFRONT = "VISIBLE_IN_STOREFRONT"
    FILTERABLE_IN_STOREFRONT = "FILTERABLE_IN_STOREFRONT"
    FILTERABLE_IN_DASHBOARD = "FILTERABLE_IN_DASHBOARD"
    STOREFRONT_SEARCH_POSITION = "STOREFRONT_SEARCH_POSITION"
    AVAILABLE_IN_GRID = "AVAILABLE_IN_GRID"


@strawberry.input
class AttributeSortingInput:
    direction: OrderDirection
    field: AttributeSortField


@strawberry.input
class AttributeValueFilterInput:
    search: str | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    slugs: list[str] | None = UNSET


@strawberry.enum
class AttributeChoicesSortField(StrEnum):
    NAME = "NAME"
    SLUG = "SLUG"


@strawberry.input
class AttributeChoicesSortingInput:
    direction: OrderDirection
    field: AttributeChoicesSortField


_BOOLEANS = (
    "value_required", "is_variant_only", "visible_in_storefront", "filterable_in_storefront",
    "filterable_in_dashboard", "available_in_grid",
)  # fmt: skip
_ENUMS = {"input_type": "input_types", "entity_type": "entity_types", "unit": "units"}


def attribute_parts(fields: dict[str, Any]) -> dict[str, Any]:
    """The parts of `engine.attributes.queries` from the fields of a filter or of a where."""
    parts: dict[str, Any] = {name: fields[name] for name in _BOOLEANS if name in fields}
    if "ids" in fields:
        parts["ids"] = pks(fields["ids"], "Attribute")
    if "slugs" in fields:
        parts["slugs"] = tuple(fields["slugs"])
    if fields.get("search"):
        parts["search"] = fields["search"].lower()
    if "metadata" in fields:
        parts["metadata"] = pairs(fields["metadata"])
    if "type" in fields:
        named = fields["type"]
        parts["types"] = (str(named),) if isinstance(named, str) else chosen(named)
    for name, part in {"name": "names", "slug": "slugs", **_ENUMS}.items():
        if name in fields:
            parts[part] = chosen(fields[name])
    if "with_choices" in fields:
        parts["with_choices"] = fields["with_choices"]
    return parts


def value_wish(filter: AttributeValueFilterInput | None, search: str | None) -> Wish:
    fields = asked(filter) if filter else {}
    text = search or fields.get("search")
    return Wish(
        {
            "ids": pks(fields["ids"], "AttributeValue") if "ids" in fields else None,
            "slugs": fields.get("slugs"),
            "search": text.lower() if text else None,
        }
    )
