"""The history of an order."""

import datetime
import uuid
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.accounts import queries as accounts
from engine.core.context import Row
from engine.core.money import to_float
from engine.inventory import queries as inventory
from engine.orders import queries
from schema.accounts.types import User
from schema.common.ids import global_id
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo
from schema.orders.enums import OrderEventsEmailsEnum, OrderEventsEnum
from schema.orders.line_types import Fulfillment, OrderLine

if TYPE_CHECKING:
    from schema.inventory.types import Warehouse


@strawberry.type
class OrderEventOrderLineObject:
    """The row has `line`, an order line's row or None, and `quantity`."""

    quantity: int | None

    @row_field
    def order_line(row: Row) -> OrderLine | None:
        return row["line"]

    @row_field
    def item_name(row: Row) -> str | None:
        line = row["line"]
        return line and f"{line['product_name']} ({line['variant_name']})".removesuffix(" ()")


@strawberry.type(description="Something that happened to an order.")
class OrderEvent:
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

    @batch_field
    async def lines(parents: Rows, info: BatchInfo) -> list[list[OrderEventOrderLineObject] | None]:
        said = [row["parameters"].get("lines") or [] for row in parents]
        ids = list({uuid.UUID(item["line_id"]) for items in said for item in items})
        found = dict(zip(map(str, ids), await queries.lines_by_ids(info.context, ids), strict=True)) if ids else {}
        return [
            [{"line": found.get(item["line_id"]), "quantity": item["quantity"]} for item in items]  # type: ignore[misc]
            for items in said
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
