import datetime
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from engine.core.conditions import Wish
from engine.core.errors import InvalidId, NotFound, Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.promotions.checks import Rule
from schema.catalog.group_inputs import CategoryWhereInput, CollectionWhereInput, ProductVariantWhereInput
from schema.catalog.inputs import ProductWhereInput
from schema.common.enums import OrderDirection
from schema.common.filters import DateTimeFilterInput, DecimalFilterInput, MetadataFilter, StringFilterInput
from schema.common.inputs import given
from schema.common.moments import utc
from schema.common.scalars import PositiveDecimal
from schema.common.wishes import asked, chosen, moments, nested, pairs
from schema.promotions.enums import PromotionSortField, PromotionTypeEnum, RewardTypeEnum, RewardValueTypeEnum


@strawberry.input(description="What variants a rule is about. An empty one is about none.")
class CataloguePredicateInput:
    variant_predicate: ProductVariantWhereInput | None = UNSET
    product_predicate: ProductWhereInput | None = UNSET
    category_predicate: CategoryWhereInput | None = UNSET
    collection_predicate: CollectionWhereInput | None = UNSET
    and_: list["CataloguePredicateInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["CataloguePredicateInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.input
class DiscountedObjectWhereInput:
    base_subtotal_price: DecimalFilterInput | None = UNSET
    base_total_price: DecimalFilterInput | None = UNSET
    and_: list["DiscountedObjectWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["DiscountedObjectWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.input(description="What carts a rule is about. An empty one is about all.")
class OrderPredicateInput:
    discounted_object_predicate: DiscountedObjectWhereInput | None = UNSET
    and_: list["OrderPredicateInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["OrderPredicateInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.input
class PromotionRuleInput:
    name: str | None = UNSET
    description: JSON | None = UNSET
    catalogue_predicate: CataloguePredicateInput | None = UNSET
    order_predicate: OrderPredicateInput | None = UNSET
    reward_value_type: RewardValueTypeEnum | None = UNSET
    reward_value: PositiveDecimal | None = UNSET
    reward_type: RewardTypeEnum | None = UNSET
    channels: list[strawberry.ID] | None = UNSET
    gifts: list[strawberry.ID] | None = UNSET


@strawberry.input
class PromotionRuleCreateInput(PromotionRuleInput):
    promotion: strawberry.ID


@strawberry.input
class PromotionRuleUpdateInput:
    name: str | None = UNSET
    description: JSON | None = UNSET
    catalogue_predicate: CataloguePredicateInput | None = UNSET
    order_predicate: OrderPredicateInput | None = UNSET
    reward_value_type: RewardValueTypeEnum | None = UNSET
    reward_value: PositiveDecimal | None = UNSET
    reward_type: RewardTypeEnum | None = UNSET
    add_channels: list[strawberry.ID] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET
    add_gifts: list[strawberry.ID] | None = UNSET
    remove_gifts: list[strawberry.ID] | None = UNSET


@strawberry.input
class PromotionUpdateInput:
    description: JSON | None = UNSET
    start_date: datetime.datetime | None = UNSET
    end_date: datetime.datetime | None = UNSET
    name: str | None = UNSET


@strawberry.input
class PromotionCreateInput:
    description: JSON | None = UNSET
    start_date: datetime.datetime | None = UNSET
    end_date: datetime.datetime | None = UNSET
    name: str
    type: PromotionTypeEnum
    rules: list[PromotionRuleInput] | None = UNSET


@strawberry.input
class PromotionTypeEnumFilterInput:
    eq: PromotionTypeEnum | None = UNSET
    one_of: list[PromotionTypeEnum] | None = UNSET


@strawberry.input
class PromotionWhereInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    name: StringFilterInput | None = UNSET
    end_date: DateTimeFilterInput | None = UNSET
    start_date: DateTimeFilterInput | None = UNSET
    is_old_sale: bool | None = strawberry.field(
        default=UNSET, description="Whether it was made as a sale, of which there are none here."
    )
    type: PromotionTypeEnumFilterInput | None = UNSET
    and_: list["PromotionWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["PromotionWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.input
class PromotionSortingInput:
    direction: OrderDirection
    field: PromotionSortField


def where_wish(where: PromotionWhereInput | None) -> Wish:
    return nested(where, _parts) if where else Wish()


def _parts(fields: dict[str, Any]) -> Wish:
    parts: dict[str, Any] = {}
    if "ids" in fields:
        parts["ids"] = tuple(uuid_pk(id, "Promotion") for id in fields["ids"])
    if fields.get("is_old_sale"):
        parts["ids"] = ()
    if "metadata" in fields:
        parts["metadata"] = pairs(fields["metadata"])
    if "name" in fields:
        parts["names"] = chosen(fields["name"])
    if "type" in fields:
        parts["types"] = chosen(fields["type"])
    for field, many, name in (("start_date", "starts", "start"), ("end_date", "ends", "end")):
        if field in fields:
            parts[many] = chosen(fields[field], utc)
            parts |= moments(asked(fields[field]).get("range"), name) if asked(fields[field]).get("range") else {}
    return Wish(parts)


def promotion_values(input: PromotionCreateInput | PromotionUpdateInput) -> dict[str, Any]:
    """What `promotions.service` takes."""
    fields = given(input)
    values: dict[str, Any] = {name: fields[name] for name in ("name", "description") if name in fields}
    values |= {name: utc(fields[name]) for name in ("start_date", "end_date") if name in fields}
    _described(values)
    return values


def rules_of(inputs: Iterable[PromotionRuleInput] | None) -> list[Rule]:
    """Raises Refusal with the `index` of the rule that names something wrongly."""
    rules = []
    for index, input in enumerate(inputs or ()):
        try:
            rules.append(rule_of(input))
        except Refusal as refusal:
            refusal.facts["index"] = index
            raise
    return rules


def rule_of(input: PromotionRuleInput) -> Rule:
    fields = given(input)
    channels = channel_ids(fields.get("channels"), "channels")
    return Rule(**rule_values(fields), channel_ids=channels, gift_ids=gift_ids(fields.get("gifts"), "gifts"))


def rule_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What is given of a rule, its channels and gifts aside."""
    plain = ("name", "description", "reward_type", "reward_value_type", "reward_value")
    values = {name: fields[name] for name in plain if name in fields}
    for name in ("catalogue_predicate", "order_predicate"):
        if name in fields:
            values[name] = None if fields[name] is None else as_json(fields[name])
    _described(values)
    return values


def channel_ids(ids: Iterable[str] | None, field: str) -> frozenset[int]:
    return _pks(ids, "Channel", NotFound, field)


def gift_ids(ids: Iterable[str] | None, field: str) -> frozenset[int]:
    def refusal(message: str, *, field: str) -> Refusal:
        return Refusal(message, field=field, code="INVALID_GIFT_TYPE")

    return _pks(ids, "ProductVariant", refusal, field)


def _pks(ids: Iterable[str] | None, type_name: str, refusal: Any, field: str) -> frozenset[int]:
    try:
        return frozenset(int_pk(id, type_name) for id in ids or ())
    except InvalidId as error:
        raise refusal(str(error), field=field) from error


def _described(values: Mapping[str, Any]) -> None:
    if not isinstance(values.get("description"), dict | None):
        raise Refusal("A description is an EditorJS document.", field="description", code="INVALID")


def as_json(value: Any) -> Any:
    """An input object by the names of the API; amounts as strings, which lose nothing."""
    definition = getattr(value, "__strawberry_definition__", None)
    if definition is not None:
        names = {
            field.python_name: field.graphql_name or to_camel_case(field.python_name) for field in definition.fields
        }
        return {names[name]: as_json(item) for name, item in given(value).items()}
    if isinstance(value, list):
        return [as_json(item) for item in value]
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, datetime.datetime | datetime.date) else value
