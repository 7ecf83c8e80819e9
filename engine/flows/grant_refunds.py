"""Refunds: granted by who manages orders, paid out by who handles payments."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.core.context import Ctx, Row, WriteCtx
from engine.core.errors import Refusal
from engine.flows.payment_gateways import minor_units
from engine.flows.transaction_actions import Claimed, move, visible
from engine.orders import queries as order_queries
from engine.orders import service as orders
from engine.orders.errors import UnknownOrder
from engine.payments import service as payments
from engine.payments.errors import UnknownTransaction
from engine.refunds import queries, reasons, rules, service
from engine.refunds.errors import (
    LinesRefused,
    MoreThanAvailable,
    NothingGranted,
    RefundDone,
    RefundPending,
    ShippingAlreadyGranted,
    UnknownGrantedRefund,
)
from engine.refunds.rules import LineFault, Sold

REASON_LENGTH = 10_000


@dataclass(frozen=True)
class GrantLine:
    order_line_id: uuid.UUID
    quantity: int
    reason: str = ""
    reason_page_id: int | None = None


@dataclass(frozen=True)
class Grant:
    """What is granted. `amount` is major units; None: what the lines and the shipping were sold for."""

    transaction_id: uuid.UUID
    amount: Decimal | None = None
    reason: str = ""
    reason_page_id: int | None = None
    lines: Sequence[GrantLine] = ()
    shipping: bool = False


@dataclass(frozen=True)
class Change:
    """None: left as it is."""

    transaction_id: uuid.UUID | None = None
    amount: Decimal | None = None
    reason: str | None = None
    reason_page_id: int | None = None
    add_lines: Sequence[GrantLine] = ()
    remove_lines: Sequence[int] = ()
    shipping: bool | None = None

    @property
    def empty(self) -> bool:
        given = (self.transaction_id, self.amount, self.reason, self.reason_page_id, self.shipping)
        return not self.add_lines and not self.remove_lines and all(value is None for value in given)


async def grant(tx: WriteCtx, order_id: uuid.UUID, wanted: Grant, *, minor: int | None = None) -> tuple[Row, Row]:
    """The order and what was granted; `minor` is an amount in minor units that stands in place of `wanted.amount`.

    Raises UnknownOrder, UnknownTransaction, NothingGranted, LinesRefused, ShippingAlreadyGranted, MoreThanAvailable,
    AmountRefused.
    """
    order = await orders.lock(tx, order_id)
    if minor is None and wanted.amount is None and not wanted.lines and not wanted.shipping:
        raise NothingGranted
    if minor is None:
        await reasons.check(tx, "REFUND", wanted.reason_page_id, (line.reason_page_id for line in wanted.lines))
    sold = await _sold(tx, order_id)
    quantities = _quantities(wanted.lines, sold, "lines")
    if wanted.shipping and await queries.shipping_granted(tx, order_id):
        raise ShippingAlreadyGranted
    shipping = order["shipping_gross"] if wanted.shipping else 0
    worth = rules.worth(quantities, sold, shipping)
    amount = minor
    if amount is None:
        amount = worth if wanted.amount is None else minor_units(wanted.amount, order["currency"])
    await _check_amount(tx, order_id, wanted.transaction_id, amount)
    made = await service.create(
        tx,
        order,
        transaction_id=wanted.transaction_id,
        amount=amount,
        reason=_reason(wanted.reason),
        reason_page_id=wanted.reason_page_id,
        shipping_costs_included=wanted.shipping,
    )
    await service.add_lines(tx, made["id"], _as_rows(wanted.lines))
    tx.emit("order.updated", "Order", order_id)
    return order, made


async def change(tx: WriteCtx, refund_id: int, wanted: Change) -> tuple[Row, Row]:
    """The order and the refund as it is granted now. One that was asked of its payment stays as it is (Refusal).

    Raises UnknownGrantedRefund and as `grant`.
    """
    order, refund = await _locked(tx, refund_id)
    if wanted.empty:
        raise NothingGranted
    if refund["status"] in rules.CLOSED:
        raise Refusal("This refund is being processed, or was.", field="id", code="INVALID")
    reason_page_id = wanted.reason_page_id or refund["reason_page_id"]
    await reasons.check(tx, "REFUND", reason_page_id, (line.reason_page_id for line in wanted.add_lines))
    order_id = order["id"]
    (kept,) = await queries.lines_of(tx, [refund_id])
    unknown = [id for id in wanted.remove_lines if id not in {line["id"] for line in kept}]
    if unknown:
        faults = [
            LineFault(id, "NOT_FOUND", "No line of this refund.", "id", "OrderGrantedRefundLine") for id in unknown
        ]
        raise LinesRefused(faults, "removeLines")
    await service.drop_lines(tx, refund_id, list(wanted.remove_lines))
    left = {line["order_line_id"]: line["quantity"] for line in kept if line["id"] not in set(wanted.remove_lines)}
    sold = await _sold(tx, order_id, but=refund_id)
    twice = [LineFault(line.order_line_id, "INVALID", "The line is granted already.", "id") for line in wanted.add_lines
             if line.order_line_id in left]  # fmt: skip
    if twice:
        raise LinesRefused(twice, "addLines")
    quantities = {**left, **_quantities(wanted.add_lines, sold, "addLines")}
    shipping = refund["shipping_costs_included"] if wanted.shipping is None else wanted.shipping
    if shipping and await queries.shipping_granted(tx, order_id, but=refund_id):
        raise ShippingAlreadyGranted
    amount = refund["amount"]
    if wanted.amount is not None:
        amount = minor_units(wanted.amount, order["currency"])
    elif wanted.add_lines or wanted.remove_lines or shipping != refund["shipping_costs_included"]:
        amount = rules.worth(quantities, sold, order["shipping_gross"] if shipping else 0)
    transaction_id = wanted.transaction_id or refund["transaction_id"]
    await _check_amount(tx, order_id, transaction_id, amount, but=refund_id)
    await service.add_lines(tx, refund_id, _as_rows(wanted.add_lines))
    updated = await service.update(
        tx,
        refund_id,
        amount=amount,
        reason=refund["reason"] if wanted.reason is None else _reason(wanted.reason),
        reason_page_id=reason_page_id,
        shipping_costs_included=shipping,
        transaction_id=transaction_id,
        status="NONE",
    )
    tx.emit("order.updated", "Order", order_id)
    return order, updated


async def pay_out(ctx: Ctx, transaction_id: uuid.UUID | None, refund_id: int) -> Row:
    """Ask the payment's provider for a granted refund; returns the transaction. However many ask, it is asked once.

    Raises UnknownGrantedRefund, UnknownTransaction, NoProvider, ActionRefused, RefundPending, RefundDone,
    MoreThanAvailable.
    """
    (refund,) = await queries.by_ids(ctx, [refund_id])
    if refund is None:
        raise UnknownGrantedRefund("grantedRefundId")
    row = await visible(ctx, transaction_id or refund["transaction_id"])
    if row["order_id"] != refund["order_id"]:
        raise UnknownGrantedRefund("grantedRefundId")
    return await move(ctx, row, "REFUND", reason=refund["reason"], before=_Claimed(refund_id))


@dataclass(frozen=True)
class _Claimed:
    """Run under the payment's lock, before its provider is asked: the amount, and whose it is."""

    refund_id: int

    async def __call__(self, tx: WriteCtx, transaction: Row) -> Claimed:
        (refund,) = await queries.by_ids(tx, [self.refund_id])
        assert refund is not None
        if refund["status"] == "PENDING":
            raise RefundPending
        if refund["status"] == "SUCCESS":
            raise RefundDone
        if not 0 < refund["amount"] <= transaction["charged_amount"]:
            raise MoreThanAvailable("grantedRefundId")
        await service.update(tx, self.refund_id, status="PENDING", transaction_id=transaction["id"])
        return Claimed(refund["amount"], self.refund_id, refund["reason_page_id"])


async def _sold(tx: WriteCtx, order_id: uuid.UUID, *, but: int = queries.NONE) -> dict[uuid.UUID, Sold]:
    (lines,) = await order_queries.lines_of(tx, [order_id])
    granted = await queries.granted_units(tx, order_id, but=but)
    return {line["id"]: Sold(line["quantity"], granted.get(line["id"], 0), line["total_gross"]) for line in lines}


def _quantities(lines: Sequence[GrantLine], sold: dict[uuid.UUID, Sold], field: str) -> dict[uuid.UUID, int]:
    wanted = {line.order_line_id: line.quantity for line in lines}
    faults = rules.line_faults(wanted, sold)
    if len(wanted) < len(lines):
        faults = [LineFault(line.order_line_id, "INVALID", "The line is named twice.", "id") for line in lines]
    if faults:
        raise LinesRefused(faults, field)
    return wanted


def _as_rows(lines: Sequence[GrantLine]) -> dict[uuid.UUID, dict[str, Any]]:
    return {
        line.order_line_id: {
            "quantity": line.quantity,
            "reason": _reason(line.reason),
            "reason_page_id": line.reason_page_id,
        }
        for line in lines
    }


async def _check_amount(
    tx: WriteCtx, order_id: uuid.UUID, transaction_id: uuid.UUID | None, amount: int, *, but: int = queries.NONE
) -> None:
    """Never more than is charged of the payment and not granted already."""
    if transaction_id is None:
        raise UnknownTransaction("transactionId")
    transaction = await payments.lock(tx, transaction_id)
    if transaction["order_id"] != order_id:
        raise UnknownTransaction("transactionId")
    waiting = await queries.waiting(tx, transaction_id, but=but)
    if amount <= 0 or amount > transaction["charged_amount"] - waiting:
        raise MoreThanAvailable


async def _locked(tx: WriteCtx, refund_id: int) -> tuple[Row, Row]:
    (found,) = await queries.by_ids(tx, [refund_id])
    if found is None:
        raise UnknownGrantedRefund
    try:
        order = await orders.lock(tx, found["order_id"])
    except UnknownOrder as unknown:
        raise UnknownGrantedRefund from unknown
    (refund,) = await queries.by_ids(tx, [refund_id])
    return order, refund


def _reason(reason: str) -> str:
    if len(reason) > REASON_LENGTH:
        raise Refusal(f"A reason has at most {REASON_LENGTH} characters.", field="reason", code="INVALID")
    return reason
