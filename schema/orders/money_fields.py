"""What the payments of an order amount to."""

from typing import TYPE_CHECKING

import strawberry

from engine.core.context import Row
from engine.orders import rules
from engine.payments.rules import legacy_payment_status, order_authorize_status, order_charge_status
from schema.common.money import Money, money_row
from schema.execution.fields import Rows, batch_field
from schema.execution.info import BatchInfo
from schema.orders.enums import (
    OrderAction,
    OrderAuthorizeStatusEnum,
    OrderChargeStatusEnum,
    PaymentChargeStatusEnum,
)
from schema.orders.loading import paid_for

if TYPE_CHECKING:
    from engine.payments.rules import Amounts


def _paid(column: str, description: str) -> Money:
    """A field that reads one of the sums over the order's payments."""

    async def amount(parents: Rows, info: BatchInfo) -> list[Money]:
        found = await paid_for(info.context, parents)
        return [money_row(getattr(paid, column), row["currency"]) for row, paid in zip(parents, found, strict=True)]

    amount.__name__ = amount.__qualname__ = f"total_{column}"
    made: Money = batch_field(description=description)(amount)
    return made


def _actions(row: Row, paid: "Amounts") -> list[str]:
    open_ = row["status"] not in rules.ENDED | {"DRAFT"}
    possible = {
        "CAPTURE": paid.authorized > 0,
        "MARK_AS_PAID": open_ and paid.charged + paid.charge_pending < row["total_gross"],
        "REFUND": paid.charged > 0,
        "VOID": paid.authorized > 0,
    }
    return [action for action, offered in possible.items() if offered]


@strawberry.type
class OrderMoney:
    """Rows of orders; those made by `schema.orders.loading` share one read of the money."""

    total_authorized: Money = _paid("authorized", "Authorised and not charged.")
    total_charged: Money = _paid("charged", "Charged and not paid back.")
    total_captured: Money = _paid("charged", "The same as `totalCharged`.")
    total_canceled: Money = _paid("canceled", "Authorised and let go.")
    total_refunded: Money = _paid("refunded", "Paid back.")
    total_authorize_pending: Money = _paid("authorize_pending", "Being authorised.")
    total_charge_pending: Money = _paid("charge_pending", "Being charged.")
    total_cancel_pending: Money = _paid("cancel_pending", "Being let go.")
    total_refund_pending: Money = _paid("refund_pending", "Being paid back.")

    @batch_field
    async def is_paid(parents: Rows, info: BatchInfo) -> list[bool]:
        found = await paid_for(info.context, parents)
        return [paid.charged >= row["total_gross"] for row, paid in zip(parents, found, strict=True)]

    @batch_field
    async def payment_status(parents: Rows, info: BatchInfo) -> list[PaymentChargeStatusEnum]:
        found = await paid_for(info.context, parents)
        rows: Rows = [legacy_payment_status(paid, row["total_gross"]) for row, paid in zip(parents, found, strict=True)]
        return rows

    @batch_field
    async def payment_status_display(parents: Rows, info: BatchInfo) -> list[str]:
        found = await paid_for(info.context, parents)
        return [
            legacy_payment_status(paid, row["total_gross"]).replace("_", " ").capitalize()
            for row, paid in zip(parents, found, strict=True)
        ]

    @batch_field
    async def authorize_status(parents: Rows, info: BatchInfo) -> list[OrderAuthorizeStatusEnum]:
        found = await paid_for(info.context, parents)
        rows: Rows = [
            order_authorize_status(paid, row["total_gross"]) for row, paid in zip(parents, found, strict=True)
        ]
        return rows

    @batch_field
    async def charge_status(parents: Rows, info: BatchInfo) -> list[OrderChargeStatusEnum]:
        found = await paid_for(info.context, parents)
        rows: Rows = [order_charge_status(paid, row["total_gross"]) for row, paid in zip(parents, found, strict=True)]
        return rows

    @batch_field(description="What has been charged less the total: below zero while something is left to pay.")
    async def total_balance(parents: Rows, info: BatchInfo) -> list[Money]:
        found = await paid_for(info.context, parents)
        return [
            money_row(paid.charged - row["total_gross"], row["currency"])
            for row, paid in zip(parents, found, strict=True)
        ]

    @batch_field(description="What staff can do with its money.")
    async def actions(parents: Rows, info: BatchInfo) -> list[list[OrderAction]]:
        found = await paid_for(info.context, parents)
        rows: Rows = [_actions(row, paid) for row, paid in zip(parents, found, strict=True)]
        return rows
