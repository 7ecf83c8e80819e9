"""Granting refunds, and paying them out."""

import decimal
import uuid
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.errors import InvalidId
from engine.core.ids import int_pk, uuid_pk
from engine.flows import grant_refunds
from engine.flows.grant_refunds import Change, Grant, GrantLine
from engine.payments.errors import UnknownTransaction
from engine.refunds.errors import LinesRefused
from engine.refunds.rules import LineFault
from schema.common.inputs import set_or
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.orders.loading import shown
from schema.orders.reasons import page_of
from schema.orders.refund_errors import (
    OrderGrantRefundCreateError,
    OrderGrantRefundUpdateError,
    TransactionRequestRefundForGrantedRefundError,
)
from schema.orders.refund_types import OrderGrantedRefund
from schema.orders.types import Order
from schema.payments.types import TransactionItem

MANAGERS = needs("MANAGE_ORDERS")


@strawberry.input
class OrderGrantRefundCreateLineInput:
    id: strawberry.ID
    quantity: int
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET


@strawberry.input
class OrderGrantRefundCreateInput:
    amount: decimal.Decimal | None = UNSET
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET
    lines: list[OrderGrantRefundCreateLineInput] | None = UNSET
    grant_refund_for_shipping: bool | None = UNSET
    transaction_id: strawberry.ID


@strawberry.input
class OrderGrantRefundUpdateLineAddInput:
    id: strawberry.ID
    quantity: int
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET


@strawberry.input
class OrderGrantRefundUpdateInput:
    amount: decimal.Decimal | None = UNSET
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET
    add_lines: list[OrderGrantRefundUpdateLineAddInput] | None = UNSET
    remove_lines: list[strawberry.ID] | None = UNSET
    grant_refund_for_shipping: bool | None = UNSET
    transaction_id: strawberry.ID | None = UNSET


@strawberry.type
class OrderGrantRefundCreate:
    order: Order | None
    granted_refund: OrderGrantedRefund | None
    errors: list[OrderGrantRefundCreateError]


@strawberry.type
class OrderGrantRefundUpdate:
    order: Order | None
    granted_refund: OrderGrantedRefund | None
    errors: list[OrderGrantRefundUpdateError]


@strawberry.type
class TransactionRequestRefundForGrantedRefund:
    transaction: TransactionItem | None
    errors: list[TransactionRequestRefundForGrantedRefundError]


def _lines(given: Any, field: str) -> list[GrantLine]:
    """Raises LinesRefused with every id that is none."""
    made, faults = [], []
    for line in set_or(given) or ():
        try:
            key, said = uuid_pk(line.id, "OrderLine"), set_or(line.reason) or ""
            made.append(GrantLine(key, line.quantity, said, page_of(line.reason_reference)))
        except InvalidId:
            faults.append(LineFault(str(line.id), "NOT_FOUND", "Could not resolve to a line of this order.", "id"))
    if faults:
        raise LinesRefused(faults, field)
    return made


def _dropped(given: Any) -> list[int]:
    made, faults = [], []
    for id in set_or(given) or ():
        try:
            made.append(int_pk(id, "OrderGrantedRefundLine"))
        except InvalidId:
            faults.append(LineFault(str(id), "NOT_FOUND", "Could not resolve to a line of this refund.", "id"))
    if faults:
        raise LinesRefused(faults, "removeLines")
    return made


def _transaction(given: str) -> uuid.UUID:
    try:
        return uuid_pk(given, "TransactionItem")
    except InvalidId as error:
        raise UnknownTransaction("transactionId") from error


@strawberry.type
class RefundMutations:
    @mutation_field(MANAGERS, description="Agree to give money of an order back; nothing moves yet.")
    async def order_grant_refund_create(
        self, info: BatchInfo, id: strawberry.ID, input: OrderGrantRefundCreateInput
    ) -> OrderGrantRefundCreate:
        wanted = Grant(
            transaction_id=_transaction(input.transaction_id),
            amount=set_or(input.amount),
            reason=set_or(input.reason) or "",
            reason_page_id=page_of(input.reason_reference),
            lines=_lines(input.lines, "lines"),
            shipping=set_or(input.grant_refund_for_shipping) is True,
        )
        order, made = await transact(info.context, grant_refunds.grant, uuid_pk(id, "Order"), wanted)
        return payload(order=shown(info.context, order), granted_refund=made)

    @mutation_field(MANAGERS, description="Change a refund that was granted and not paid out.")
    async def order_grant_refund_update(
        self, info: BatchInfo, id: strawberry.ID, input: OrderGrantRefundUpdateInput
    ) -> OrderGrantRefundUpdate:
        transaction_id = set_or(input.transaction_id)
        wanted = Change(
            transaction_id=None if transaction_id is None else _transaction(transaction_id),
            amount=set_or(input.amount),
            reason=set_or(input.reason),
            reason_page_id=page_of(input.reason_reference),
            add_lines=_lines(input.add_lines, "addLines"),
            remove_lines=_dropped(input.remove_lines),
            shipping=set_or(input.grant_refund_for_shipping),
        )
        key = int_pk(id, "OrderGrantedRefund")
        order, changed = await transact(info.context, grant_refunds.change, key, wanted)
        return payload(order=shown(info.context, order), granted_refund=changed)

    @mutation_field(needs("HANDLE_PAYMENTS"), description="Pay a granted refund out; it is paid once.")
    async def transaction_request_refund_for_granted_refund(
        self,
        info: BatchInfo,
        granted_refund_id: strawberry.ID,
        id: strawberry.ID | None = None,
        token: uuid.UUID | None = None,
    ) -> TransactionRequestRefundForGrantedRefund:
        transaction_id = uuid_pk(id, "TransactionItem") if id is not None else token
        key = int_pk(granted_refund_id, "OrderGrantedRefund")
        return payload(transaction=await grant_refunds.pay_out(info.context, transaction_id, key))
