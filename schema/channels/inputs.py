"""Inputs of channels, and the columns they stand for."""

import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.ids import int_pk, uuid_pk
from engine.flows.edit_channel import ChannelChange
from schema.channels.types import AllocationStrategyEnum, MarkAsPaidStrategyEnum
from schema.common.enums import CountryCode
from schema.common.inputs import given, refuse_other_facts
from schema.common.metadata import MetadataInput, as_meta
from schema.common.moments import utc
from schema.common.scalars import Day, Minute
from schema.payments.enums import TransactionFlowStrategyEnum


@strawberry.input
class StockSettingsInput:
    allocation_strategy: AllocationStrategyEnum


@strawberry.input
class OrderSettingsInput:
    automatically_confirm_all_new_orders: bool | None = UNSET
    expire_orders_after: Minute | None = strawberry.field(default=UNSET, description="Null or 0: never.")
    delete_expired_orders_after: Day | None = UNSET
    mark_as_paid_strategy: MarkAsPaidStrategyEnum | None = strawberry.field(
        default=UNSET, description="TRANSACTION_FLOW is the only one there is."
    )
    allow_unpaid_orders: bool | None = UNSET
    automatically_fulfill_non_shippable_gift_card: bool | None = strawberry.field(default=UNSET, description="False.")


@strawberry.input
class CheckoutAutoCompleteInput:
    enabled: bool
    delay: Minute | None = UNSET
    cut_off_date: datetime.datetime | None = UNSET


@strawberry.input
class CheckoutSettingsInput:
    automatically_complete_fully_paid_checkouts: bool | None = UNSET
    automatic_completion: CheckoutAutoCompleteInput | None = UNSET
    allow_legacy_gift_card_use: bool | None = strawberry.field(default=UNSET, description="True.")


@strawberry.input
class PaymentSettingsInput:
    default_transaction_flow_strategy: TransactionFlowStrategyEnum | None = UNSET
    release_funds_for_expired_checkouts: bool | None = strawberry.field(default=UNSET, description="True.")


@strawberry.input
class ChannelCreateInput:
    is_active: bool | None = UNSET
    stock_settings: StockSettingsInput | None = UNSET
    add_shipping_zones: list[strawberry.ID] | None = UNSET
    add_warehouses: list[strawberry.ID] | None = UNSET
    order_settings: OrderSettingsInput | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    checkout_settings: CheckoutSettingsInput | None = UNSET
    payment_settings: PaymentSettingsInput | None = UNSET
    name: str
    slug: str
    currency_code: str
    default_country: CountryCode


@strawberry.input
class ChannelUpdateInput:
    is_active: bool | None = UNSET
    stock_settings: StockSettingsInput | None = UNSET
    add_shipping_zones: list[strawberry.ID] | None = UNSET
    add_warehouses: list[strawberry.ID] | None = UNSET
    order_settings: OrderSettingsInput | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    checkout_settings: CheckoutSettingsInput | None = UNSET
    payment_settings: PaymentSettingsInput | None = UNSET
    name: str | None = UNSET
    slug: str | None = UNSET
    default_country: CountryCode | None = UNSET
    remove_shipping_zones: list[strawberry.ID] | None = UNSET
    remove_warehouses: list[strawberry.ID] | None = UNSET


@strawberry.input
class ChannelDeleteInput:
    channel_id: strawberry.ID = strawberry.field(description="Where its orders go.")


_RENAMED = {"currency_code": "currency", "automatically_confirm_all_new_orders": "automatically_confirm_orders"}
_PLAIN = ("name", "slug", "currency_code", "default_country", "is_active")


def channel_change(input: ChannelCreateInput | ChannelUpdateInput) -> ChannelChange:
    """Null counts as left out but where a setting may be nothing. Raises Refusal, InvalidId."""
    asked = given(input)
    values = {_RENAMED.get(name, name): asked[name] for name in _PLAIN if asked.get(name) is not None}
    values |= {
        column: as_meta(asked[name])
        for name, column in (("metadata", "meta"), ("private_metadata", "private_meta"))
        if asked.get(name) is not None
    }
    if asked.get("stock_settings") is not None:
        values["allocation_strategy"] = asked["stock_settings"].allocation_strategy
    values |= _order(asked.get("order_settings")) | _checkout(asked.get("checkout_settings"))
    payment = given(asked["payment_settings"]) if asked.get("payment_settings") is not None else {}
    refuse_other_facts(payment, {"release_funds_for_expired_checkouts": True})
    if payment.get("default_transaction_flow_strategy") is not None:
        values["default_transaction_flow"] = payment["default_transaction_flow_strategy"]
    return ChannelChange(
        values,
        add_warehouses=[uuid_pk(id, "Warehouse") for id in asked.get("add_warehouses") or ()],
        remove_warehouses=[uuid_pk(id, "Warehouse") for id in asked.get("remove_warehouses") or ()],
        add_zones=[int_pk(id, "ShippingZone") for id in asked.get("add_shipping_zones") or ()],
        remove_zones=[int_pk(id, "ShippingZone") for id in asked.get("remove_shipping_zones") or ()],
    )


def _order(settings: OrderSettingsInput | None) -> dict[str, Any]:
    asked = given(settings) if settings is not None else {}
    refuse_other_facts(
        asked, {"mark_as_paid_strategy": "TRANSACTION_FLOW", "automatically_fulfill_non_shippable_gift_card": False}
    )
    nullable = ("expire_orders_after",)
    return {_RENAMED.get(name, name): value for name, value in asked.items() if value is not None or name in nullable}


def _checkout(settings: CheckoutSettingsInput | None) -> dict[str, Any]:
    asked = given(settings) if settings is not None else {}
    refuse_other_facts(asked, {"allow_legacy_gift_card_use": True})
    values: dict[str, Any] = {}
    if asked.get("automatically_complete_fully_paid_checkouts") is not None:
        values["automatic_completion"] = asked["automatically_complete_fully_paid_checkouts"]
    if asked.get("automatic_completion") is not None:
        wanted = given(asked["automatic_completion"])
        values["automatic_completion"] = wanted["enabled"]
        if "delay" in wanted:
            values["automatic_completion_delay"] = wanted["delay"]
        if "cut_off_date" in wanted:
            values["automatic_completion_since"] = utc(wanted["cut_off_date"])
    return values
