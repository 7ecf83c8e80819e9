"""Refunds that staff have granted."""

import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.accounts import app_queries
from engine.accounts import queries as accounts
from engine.content import queries as content
from engine.core.context import Row
from engine.core.errors import PermissionDenied
from engine.orders import queries as orders
from engine.payments import queries as payments
from engine.refunds import queries
from schema.accounts.types import User
from schema.common.ids import global_id
from schema.common.money import Money, money_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo
from schema.orders.line_types import OrderLine
from schema.payments.types import TransactionEvent, TransactionItem

if TYPE_CHECKING:
    from schema.accounts.app_types import App
    from schema.content.types import Page

USER_READERS = ("MANAGE_USERS", "MANAGE_STAFF")


@strawberry.enum(description="Where a granted refund stands.")
class OrderGrantedRefundStatusEnum(StrEnum):
    NONE = "NONE"
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"


@strawberry.type(description="A line of an order, of which some units are refunded.")
class OrderGrantedRefundLine:
    id: strawberry.ID = global_id("OrderGrantedRefundLine")
    quantity: int

    @batch_field
    async def order_line(parents: Rows, info: BatchInfo) -> list[OrderLine]:
        rows: Rows = await orders.lines_by_ids(info.context, [row["order_line_id"] for row in parents])
        return rows

    @row_field
    def reason(row: Row) -> str | None:
        return row["reason"] or None

    @batch_field(description="A page that says why.")
    async def reason_reference(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Page", strawberry.lazy("schema.content.types")] | None]:
        return await content.visible_pages(info.context, [row["reason_page_id"] for row in parents])


@strawberry.type(description="Money of an order that staff have agreed to give back.")
class OrderGrantedRefund:
    id: strawberry.ID = global_id("OrderGrantedRefund")
    created_at: datetime.datetime
    updated_at: datetime.datetime
    shipping_costs_included: bool
    status: OrderGrantedRefundStatusEnum

    @row_field
    def amount(row: Row) -> Money:
        return money_row(row["amount"], row["currency"])

    @row_field
    def reason(row: Row) -> str | None:
        return row["reason"] or None

    @batch_field(description="A page that says why.")
    async def reason_reference(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Page", strawberry.lazy("schema.content.types")] | None]:
        return await content.visible_pages(info.context, [row["reason_page_id"] for row in parents])

    @batch_field(description="Who granted it, when a person did; for who manages people, and for themselves.")
    async def user(parents: Rows, info: BatchInfo) -> list[User | None]:
        caller = info.context.caller
        users = await accounts.users_by_ids(info.context, [row["user_id"] for row in parents])
        allowed = caller.has(*USER_READERS)
        rows: Rows = [
            user
            if user is None or allowed or user["id"] == caller.user_id
            else PermissionDenied((*USER_READERS, "OWNER"))
            for user in users
        ]
        return rows

    @batch_field(guard=STAFF, description="Who granted it, when an app did.")
    async def app(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["App", strawberry.lazy("schema.accounts.app_types")] | None]:
        return await app_queries.apps_by_ids(info.context, [row["app_id"] for row in parents])

    @batch_field
    async def lines(parents: Rows, info: BatchInfo) -> list[list[OrderGrantedRefundLine] | None]:
        rows: Rows = await queries.lines_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(guard=needs("MANAGE_ORDERS", "HANDLE_PAYMENTS"), description="What was asked and reported for it.")
    async def transaction_events(parents: Rows, info: BatchInfo) -> list[list[TransactionEvent] | None]:
        rows: Rows = await queries.events_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(description="The payment that it is taken from.")
    async def transaction(parents: Rows, info: BatchInfo) -> list[TransactionItem | None]:
        return await payments.by_ids(info.context, [row["transaction_id"] for row in parents])
