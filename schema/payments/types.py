"""Payments as the Transactions API shows them."""

import datetime
import uuid
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry
from strawberry.scalars import JSON

from engine.accounts import app_queries
from engine.accounts import queries as accounts
from engine.content import queries as content
from engine.core.context import Ctx, Row
from engine.orders import queries as orders
from engine.payments import queries
from schema.accounts.app_types import App
from schema.accounts.types import User
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, money_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.payments.enums import TransactionActionEnum, TransactionEventTypeEnum
from schema.payments.errors import PaymentGatewayConfigError

if TYPE_CHECKING:
    from schema.content.types import Page
    from schema.orders.types import Order


HANDLERS = needs("HANDLE_PAYMENTS", "MANAGE_ORDERS")
UserOrApp: TypeAlias = Annotated[User | App, strawberry.union("UserOrApp")]


async def _makers(ctx: Ctx, rows: Rows) -> Rows:
    """The user or the app of each row, as far as they are still there."""
    users = await accounts.users_by_ids(ctx, [row["user_id"] for row in rows])
    apps = await app_queries.apps_by_ids(ctx, [row["app_id"] for row in rows])
    return [
        {**user, "__typename": "User"} if user is not None else app and {**app, "__typename": "App"}
        for user, app in zip(users, apps, strict=True)
    ]


@strawberry.type(description="Something that happened to a payment.")
class TransactionEvent(Node):
    id: strawberry.ID = global_id("TransactionEvent")
    message: str
    external_url: str
    created_at: datetime.datetime

    @row_field
    def type(row: Row) -> TransactionEventTypeEnum | None:
        return row["type"]

    @row_field
    def psp_reference(row: Row) -> str:
        return row["psp_reference"] or ""

    @row_field
    def amount(row: Row) -> Money:
        return money_row(row["amount"], row["currency"])

    @batch_field(description="A page that says why.")
    async def reason_reference(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Page", strawberry.lazy("schema.content.types")] | None]:
        return await content.visible_pages(info.context, [row["reason_page_id"] for row in parents])

    @batch_field(guard=HANDLERS, description="Who asked for it or reported it; null for the provider itself.")
    async def created_by(parents: Rows, info: BatchInfo) -> list[UserOrApp | None]:
        return await _makers(info.context, parents)


def _money(column: str, description: str) -> Money:
    def amount(row: Row) -> Money:
        return money_row(row[column], row["currency"])

    amount.__name__ = amount.__qualname__ = column
    made: Money = row_field(description=description)(amount)
    return made


@strawberry.interface(description="How a payment was paid.")
class PaymentMethodDetails:
    name: str


@strawberry.type(description="By card, as far as it may be kept.")
class CardPaymentMethodDetails(PaymentMethodDetails):
    brand: str | None
    first_digits: str | None
    last_digits: str | None
    exp_month: int | None
    exp_year: int | None


@strawberry.type
class OtherPaymentMethodDetails(PaymentMethodDetails):
    pass


METHOD_TYPES = (CardPaymentMethodDetails, OtherPaymentMethodDetails)
_METHODS = {"CARD": "CardPaymentMethodDetails", "OTHER": "OtherPaymentMethodDetails"}


@strawberry.type(description="A payment with one provider, for a checkout or an order.")
class TransactionItem(ObjectWithMetadata, Node):
    id: strawberry.ID = global_id("TransactionItem")
    name: str
    message: str
    external_url: str
    created_at: datetime.datetime
    authorized_amount: Money = _money("authorized_amount", "Set aside with the payer's bank, and not charged.")
    authorize_pending_amount: Money = _money("authorize_pending_amount", "Being authorised.")
    charged_amount: Money = _money("charged_amount", "Charged and not paid back.")
    charge_pending_amount: Money = _money("charge_pending_amount", "Being charged.")
    refunded_amount: Money = _money("refunded_amount", "Paid back.")
    refund_pending_amount: Money = _money("refund_pending_amount", "Being paid back.")
    canceled_amount: Money = _money("canceled_amount", "Let go without having been charged.")
    cancel_pending_amount: Money = _money("cancel_pending_amount", "Being let go.")

    @row_field
    def token(row: Row) -> uuid.UUID:
        return row["id"]

    @row_field
    def modified_at(row: Row) -> datetime.datetime:
        return row["updated_at"]

    @batch_field(guard=HANDLERS, description="Who recorded it; null when a shopper paid with a provider.")
    async def created_by(parents: Rows, info: BatchInfo) -> list[UserOrApp | None]:
        return await _makers(info.context, parents)

    @row_field(description="How it was paid, where whoever recorded it has said so.")
    def payment_method_details(row: Row) -> PaymentMethodDetails | None:
        method: Row = row["payment_method"]
        found: Row = method and {**method, "__typename": _METHODS[method["type"]]}
        return found

    @row_field(description="What can be done with it now.")
    def actions(row: Row) -> list[TransactionActionEnum]:
        return row["available_actions"]

    @row_field
    def psp_reference(row: Row) -> str:
        return row["psp_reference"] or ""

    @batch_field(description="Its history, oldest first.")
    async def events(parents: Rows, info: BatchInfo) -> list[list[TransactionEvent]]:
        return await queries.events_of(info.context, [row["id"] for row in parents])

    @batch_field
    async def order(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Order", strawberry.lazy("schema.orders.types")] | None]:
        return await orders.by_ids(info.context, [row["order_id"] for row in parents])


@strawberry.type(description="What a storefront needs to show a payment provider.")
class PaymentGatewayConfig:
    id: str
    data: JSON | None
    errors: list[PaymentGatewayConfigError] | None
