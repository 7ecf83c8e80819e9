"""The history of an order."""

import datetime
import uuid
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.accounts import app_queries
from engine.accounts import queries as accounts
from engine.core.context import Row
from engine.core.money import to_float
from engine.inventory import queries as inventory
from engine.orders import queries
from schema.accounts.types import User
from schema.common.connections import PageInfo
from schema.common.ids import Node, global_id
from schema.common.money import Money, money_row
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF
from schema.execution.info import BatchInfo
from schema.orders.discount_types import major_value
from schema.orders.enums import OrderEventsEmailsEnum, OrderEventsEnum
from schema.orders.line_types import Fulfillment, OrderLine
from schema.vouchers.enums import DiscountValueTypeEnum

if TYPE_CHECKING:
    from schema.accounts.app_types import App
    from schema.inventory.types import Warehouse
    from schema.orders.types import Order


@strawberry.type(description="A reduction that staff gave, and the one it took the place of.")
class OrderEventDiscountObject:
    """Rows as `engine.orders` writes them into events, with `currency`."""

    reason: str | None

    @row_field
    def value_type(row: Row) -> DiscountValueTypeEnum:
        return row["value_type"]

    @row_field
    def value(row: Row) -> PositiveDecimal:
        return major_value(row["value"], row["value_type"], row["currency"])

    @row_field
    def amount(row: Row) -> Money | None:
        return _money_of(row, "amount")

    @row_field
    def old_value_type(row: Row) -> DiscountValueTypeEnum | None:
        return row.get("old_value_type")

    @row_field
    def old_value(row: Row) -> PositiveDecimal | None:
        kind = row.get("old_value_type")
        return None if kind is None else major_value(row["old_value"], kind, row["currency"])

    @row_field
    def old_amount(row: Row) -> Money | None:
        return _money_of(row, "old_amount")


def _money_of(row: Row, name: str) -> Any:
    return None if row.get(name) is None else money_row(row[name], row["currency"])


@strawberry.type
class OrderEventOrderLineObject:
    """The row has `line`, an order line's row or None, `quantity`, `currency`, and `discount` where it has one."""

    quantity: int | None

    @row_field
    def discount(row: Row) -> OrderEventDiscountObject | None:
        found: Row = row.get("discount") and {**row["discount"], "currency": row["currency"]}
        return found

    @row_field
    def order_line(row: Row) -> OrderLine | None:
        return row["line"]

    @row_field
    def item_name(row: Row) -> str | None:
        line = row["line"]
        return line and f"{line['product_name']} ({line['variant_name']})".removesuffix(" ()")


@strawberry.type(description="Something that happened to an order.")
class OrderEvent(Node):
    """The row is one of `order_event` with the order's `currency` and `number`."""

    id: strawberry.ID = global_id("OrderEvent")

    @row_field
    def date(row: Row) -> datetime.datetime | None:
        return row["created_at"]

    @row_field
    def type(row: Row) -> OrderEventsEnum | None:
        return row["type"]

    @row_field
    def message(row: Row) -> str | None:
        return row["parameters"].get("message")

    @row_field
    def email(row: Row) -> str | None:
        return row["parameters"].get("email")

    @row_field
    def email_type(row: Row) -> OrderEventsEmailsEnum | None:
        return row["parameters"].get("email_type")

    @row_field
    def quantity(row: Row) -> int | None:
        return row["parameters"].get("quantity")

    @row_field
    def composed_id(row: Row) -> str | None:
        return row["parameters"].get("composed_id")

    @row_field
    def transaction_reference(row: Row) -> str | None:
        return row["parameters"].get("transaction_reference")

    @row_field
    def tracking_number(row: Row) -> str | None:
        return row["parameters"].get("tracking_number")

    @row_field
    def invoice_number(row: Row) -> str | None:
        return row["parameters"].get("invoice_number")

    @row_field
    def order_number(row: Row) -> str | None:
        return str(row["number"])

    @row_field
    def amount(row: Row) -> float | None:
        amount = row["parameters"].get("amount")
        return None if amount is None else to_float(amount, row["currency"])

    @batch_field(description="Who did it, when a person did.")
    async def user(parents: Rows, info: BatchInfo) -> list[User | None]:
        return await accounts.users_by_ids(info.context, [row["user_id"] for row in parents])

    @batch_field(guard=STAFF, description="Who did it, when an app did.")
    async def app(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["App", strawberry.lazy("schema.accounts.app_types")] | None]:
        return await app_queries.apps_by_ids(info.context, [row["app_id"] for row in parents])

    @row_field
    def shipping_costs_included(row: Row) -> bool | None:
        return row["parameters"].get("shipping_costs_included")

    @row_field
    def discount(row: Row) -> OrderEventDiscountObject | None:
        said: Row = row["parameters"].get("discount")
        found: Row = said and {**said, "currency": row["currency"]}
        return found

    @batch_field(description="The other order it is about: the replacement, or the one replaced.")
    async def related_order(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Order", strawberry.lazy("schema.orders.types")] | None]:
        ids = [row["parameters"].get("related_order_id") for row in parents]
        known = [uuid.UUID(id) for id in ids if id]
        found = dict(zip(known, await queries.by_ids(info.context, known), strict=True)) if known else {}
        return [found.get(uuid.UUID(id)) if id else None for id in ids]

    @batch_field(description="The earlier event that it corrects.")
    async def related(parents: Rows, info: BatchInfo) -> list["OrderEvent | None"]:
        ids = [row["parameters"].get("related_event_id") for row in parents]
        known = [id for id in ids if id is not None]
        found = {row["id"]: row for row in await queries.events_by_ids(info.context, known) if row} if known else {}
        return [found.get(id) for id in ids]

    @batch_field
    async def lines(parents: Rows, info: BatchInfo) -> list[list[OrderEventOrderLineObject] | None]:
        said = [row["parameters"].get("lines") or [] for row in parents]
        ids = list({uuid.UUID(item["line_id"]) for items in said for item in items})
        found = dict(zip(map(str, ids), await queries.lines_by_ids(info.context, ids), strict=True)) if ids else {}
        return [
            [{**item, "line": found.get(item["line_id"]), "currency": row["currency"]} for item in items]  # type: ignore[misc]
            for row, items in zip(parents, said, strict=True)
        ]

    @batch_field
    async def warehouse(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Warehouse", strawberry.lazy("schema.inventory.types")] | None]:
        ids = [row["parameters"].get("warehouse_id") for row in parents]
        known = [uuid.UUID(id) for id in ids if id]
        found = dict(zip(known, await inventory.warehouses_by_ids(info.context, known), strict=True)) if known else {}
        return [found.get(uuid.UUID(id)) if id else None for id in ids]

    @batch_field(description="The fulfilment it is about.")
    async def fulfillment(parents: Rows, info: BatchInfo) -> list[Fulfillment | None]:
        ids = [row["parameters"].get("fulfillment_id") for row in parents]
        found = {id: await queries.fulfillment(info.context, id) for id in set(ids) - {None}}
        return [found.get(id) for id in ids]


@strawberry.type
class OrderEventCountableEdge:
    node: OrderEvent
    cursor: str


@strawberry.type
class OrderEventCountableConnection:
    page_info: PageInfo
    edges: list[OrderEventCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await queries.count_home_events(info.context, info.context.caller.channel_ids) for _ in parents]
