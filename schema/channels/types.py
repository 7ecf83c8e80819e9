"""`Channel` and its settings."""

import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.channels import queries
from engine.core.context import Row
from engine.inventory import queries as inventory
from engine.tax import lists as tax
from schema.common.countries import CountryDisplay
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import Day, Minute
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo
from schema.payments.enums import TransactionFlowStrategyEnum
from schema.tax.types import TaxConfiguration

if TYPE_CHECKING:
    from schema.inventory.types import Warehouse

__all__ = ["Channel", "CountryDisplay"]


@strawberry.enum(description="Which of a channel's warehouses is emptied first.")
class AllocationStrategyEnum(StrEnum):
    PRIORITIZE_SORTING_ORDER = "PRIORITIZE_SORTING_ORDER"
    PRIORITIZE_HIGH_STOCK = "PRIORITIZE_HIGH_STOCK"


@strawberry.enum(description="How an order that is marked as paid keeps what was paid.")
class MarkAsPaidStrategyEnum(StrEnum):
    TRANSACTION_FLOW = "TRANSACTION_FLOW"
    PAYMENT_FLOW = "PAYMENT_FLOW"


@strawberry.type
class StockSettings:
    allocation_strategy: AllocationStrategyEnum


@strawberry.type
class OrderSettings:
    @row_field(description="Whether new orders need no confirmation by staff.")
    def automatically_confirm_all_new_orders(row: Row) -> bool:
        return row["automatically_confirm_orders"]

    @row_field(description="After how long an order that nobody has paid for expires; null: never.")
    def expire_orders_after(row: Row) -> Minute | None:
        return row["expire_orders_after"]

    @row_field(description="For how long an expired order is kept.")
    def delete_expired_orders_after(row: Row) -> Day:
        return row["delete_expired_orders_after"]

    @row_field(description="What staff mark as paid is kept as a transaction.")
    def mark_as_paid_strategy(row: Row) -> MarkAsPaidStrategyEnum:
        made: Any = "TRANSACTION_FLOW"
        return made

    @row_field(description="Gift cards that are bought are sent by staff.")
    def automatically_fulfill_non_shippable_gift_card(row: Row) -> bool:
        return False

    @row_field(description="Whether a checkout becomes an order before it is paid.")
    def allow_unpaid_orders(row: Row) -> bool:
        return row["allow_unpaid_orders"]


@strawberry.type
class CheckoutSettings:
    @row_field(description="Whether a fully paid checkout that its shopper left becomes an order.")
    def automatically_complete_fully_paid_checkouts(row: Row) -> bool:
        return row["automatic_completion"]

    @row_field(description="How long its shopper has before.")
    def automatic_completion_delay(row: Row) -> Minute | None:
        return row["automatic_completion_delay"]

    @row_field(description="Checkouts made before are left alone.")
    def automatic_completion_cut_off_date(row: Row) -> datetime.datetime | None:
        return row["automatic_completion_since"]

    @row_field(description="A gift card's code is taken where a voucher's is.")
    def allow_legacy_gift_card_use(row: Row) -> bool:
        return True


@strawberry.type
class PaymentSettings:
    @row_field(description="What was paid for a checkout that becomes no order goes back.")
    def release_funds_for_expired_checkouts(row: Row) -> bool | None:
        return True

    @row_field(description="What a payment begins with when nobody says otherwise.")
    def default_transaction_flow_strategy(row: Row) -> TransactionFlowStrategyEnum:
        return row["default_transaction_flow"]


@strawberry.type(description="A place to sell: one currency and the countries it serves.")
class Channel(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Channel")
    slug: str
    name: str
    is_active: bool

    @row_field
    def currency_code(row: Row) -> str:
        return str(row["currency"])

    @row_field
    def default_country(row: Row) -> CountryDisplay:
        return row["default_country"]

    @batch_field
    async def countries(parents: Rows, info: BatchInfo) -> list[list[CountryDisplay] | None]:
        found: Rows = await queries.countries_of(info.context, [row["id"] for row in parents])
        return found

    @batch_field(guard=needs("MANAGE_CHANNELS"), description="Whether anything was ever sold here.")
    async def has_orders(parents: Rows, info: BatchInfo) -> list[bool]:
        return await queries.have_orders(info.context, [row["id"] for row in parents])

    @batch_field(guard=STAFF, description="From where it sells, in the order they are emptied in.")
    async def warehouses(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["Warehouse", strawberry.lazy("schema.inventory.types")]]]:
        rows: Rows = await inventory.warehouses_of_channels(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(guard=STAFF)
    async def stock_settings(parents: Rows, info: BatchInfo) -> list[StockSettings]:
        return parents

    @batch_field(guard=needs("MANAGE_CHANNELS", "MANAGE_ORDERS"))
    async def order_settings(parents: Rows, info: BatchInfo) -> list[OrderSettings]:
        return parents

    @batch_field(guard=needs("MANAGE_CHANNELS", "MANAGE_CHECKOUTS"))
    async def checkout_settings(parents: Rows, info: BatchInfo) -> list[CheckoutSettings]:
        return parents

    @batch_field(guard=needs("MANAGE_CHANNELS", "HANDLE_PAYMENTS"))
    async def payment_settings(parents: Rows, info: BatchInfo) -> list[PaymentSettings]:
        return parents

    @batch_field(guard=STAFF)
    async def tax_configuration(parents: Rows, info: BatchInfo) -> list[TaxConfiguration]:
        rows: Rows = await tax.configurations(info.context, [row["id"] for row in parents])
        return rows
