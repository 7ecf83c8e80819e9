"""Inputs of zones and delivery methods, and the plain values they stand for."""

from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.errors import Refusal
from engine.core.ids import int_pk, to_global, uuid_pk
from engine.core.money import MoneyError, to_minor
from engine.flows.edit_shipping import MethodChange, ZoneChange
from engine.shipping.methods import Offer, PostalCodeRange
from schema.common.inputs import given, set_or
from schema.common.scalars import JSONString, PositiveDecimal, WeightScalar
from schema.shipping.types import PostalCodeRuleInclusionTypeEnum, ShippingMethodTypeEnum


@strawberry.input
class ShippingZoneCreateInput:
    name: str | None = UNSET
    description: str | None = UNSET
    countries: list[str] | None = strawberry.field(default=UNSET, description="ISO 3166-1 alpha-2.")
    default: bool | None = strawberry.field(default=UNSET, description="It takes the countries that no other zone has.")
    add_warehouses: list[strawberry.ID] | None = UNSET
    add_channels: list[strawberry.ID] | None = UNSET


@strawberry.input
class ShippingZoneUpdateInput:
    name: str | None = UNSET
    description: str | None = UNSET
    countries: list[str] | None = strawberry.field(default=UNSET, description="ISO 3166-1 alpha-2.")
    default: bool | None = strawberry.field(default=UNSET, description="It takes the countries that no other zone has.")
    add_warehouses: list[strawberry.ID] | None = UNSET
    add_channels: list[strawberry.ID] | None = UNSET
    remove_warehouses: list[strawberry.ID] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET


@strawberry.input
class ShippingPostalCodeRulesCreateInputRange:
    start: str
    end: str | None = strawberry.field(default=UNSET, description="Null: all codes from the start on.")


@strawberry.input
class ShippingPriceInput:
    name: str | None = UNSET
    description: JSONString | None = UNSET
    minimum_order_weight: WeightScalar | None = strawberry.field(default=UNSET, description="Kilograms.")
    maximum_order_weight: WeightScalar | None = strawberry.field(default=UNSET, description="Kilograms.")
    maximum_delivery_days: int | None = UNSET
    minimum_delivery_days: int | None = UNSET
    type: ShippingMethodTypeEnum | None = UNSET
    shipping_zone: strawberry.ID | None = UNSET
    add_postal_code_rules: list[ShippingPostalCodeRulesCreateInputRange] | None = UNSET
    delete_postal_code_rules: list[strawberry.ID] | None = UNSET
    inclusion_type: PostalCodeRuleInclusionTypeEnum | None = UNSET
    tax_class: strawberry.ID | None = UNSET


@strawberry.input
class ShippingMethodChannelListingAddInput:
    channel_id: strawberry.ID
    price: PositiveDecimal | None = UNSET
    minimum_order_price: PositiveDecimal | None = UNSET
    maximum_order_price: PositiveDecimal | None = UNSET


@strawberry.input
class ShippingMethodChannelListingInput:
    add_channels: list[ShippingMethodChannelListingAddInput] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET


@strawberry.input
class ShippingPriceExcludeProductsInput:
    products: list[strawberry.ID]


def zone_change(input: ShippingZoneCreateInput | ShippingZoneUpdateInput) -> ZoneChange:
    asked = given(input)
    values: dict[str, Any] = {name: asked[name] for name in ("name", "description") if name in asked}
    if asked.get("default") is not None:
        values["is_default"] = asked["default"]
    return ZoneChange(
        values,
        countries=asked.get("countries"),
        add_channels=[int_pk(id, "Channel") for id in asked.get("add_channels") or ()],
        remove_channels=[int_pk(id, "Channel") for id in asked.get("remove_channels") or ()],
        add_warehouses=[uuid_pk(id, "Warehouse") for id in asked.get("add_warehouses") or ()],
        remove_warehouses=[uuid_pk(id, "Warehouse") for id in asked.get("remove_warehouses") or ()],
    )


def method_change(input: ShippingPriceInput) -> MethodChange:
    """Raises Refusal."""
    asked = given(input)
    values: dict[str, Any] = {
        name: asked[name]
        for name in ("name", "description", "minimum_delivery_days", "maximum_delivery_days")
        if name in asked
    }
    if asked.get("type") is not None:
        values["type"] = str(asked["type"])
    if "tax_class" in asked:
        values["tax_class_id"] = int_pk(asked["tax_class"], "TaxClass") if asked["tax_class"] else None
    for name in ("minimum_order_weight", "maximum_order_weight"):
        if name in asked:
            values[f"{name}_grams"] = None if asked[name] is None else round(asked[name] * 1000)
    ranges = [PostalCodeRange(item.start, set_or(item.end)) for item in asked.get("add_postal_code_rules") or ()]
    if ranges and asked.get("inclusion_type") is None:
        raise Refusal("This field is required.", field="inclusionType", code="REQUIRED")
    return MethodChange(
        values,
        zone_id=int_pk(asked["shipping_zone"], "ShippingZone") if asked.get("shipping_zone") else None,
        ranges=ranges,
        inclusion_type=str(asked.get("inclusion_type") or "EXCLUDE"),
        dropped_ranges=[
            int_pk(id, "ShippingMethodPostalCodeRule") for id in asked.get("delete_postal_code_rules") or ()
        ],
    )


def offers(items: list[ShippingMethodChannelListingAddInput], currencies: dict[int, str]) -> list[Offer]:
    """`currencies` of the channels that the method's zone serves. Raises Refusal."""
    found: dict[int, Offer] = {}
    for item in items:
        channel_id = int_pk(item.channel_id, "Channel")
        if channel_id in found:
            raise _about(channel_id, "A channel is named twice.", "addChannels", "DUPLICATED_INPUT_ITEM")
        if channel_id not in currencies:
            raise _about(channel_id, "The shipping zone does not serve this channel.", "addChannels", "NOT_FOUND")
        asked = {name: value for name, value in given(item).items() if name != "channel_id"}
        amounts = {
            _AMOUNTS[name]: _minor(channel_id, value, currencies[channel_id], name) for name, value in asked.items()
        }
        found[channel_id] = Offer(channel_id, frozenset(amounts), **amounts)
    return list(found.values())


_AMOUNTS = {
    "price": "amount",
    "minimum_order_price": "minimum_order_amount",
    "maximum_order_price": "maximum_order_amount",
}
_FIELDS = {"price": "price", "minimum_order_price": "minimumOrderPrice", "maximum_order_price": "maximumOrderPrice"}


def _minor(channel_id: int, value: Decimal | None, currency: str, name: str) -> int | None:
    if value is None:
        return None
    try:
        return to_minor(value, currency)
    except MoneyError as error:
        raise _about(channel_id, f"Not an amount of {currency}: {error}.", _FIELDS[name], "INVALID") from error


def _about(channel_id: int, message: str, field: str, code: str) -> Refusal:
    return Refusal(message, field=field, code=code, channels=[to_global("Channel", channel_id)])
