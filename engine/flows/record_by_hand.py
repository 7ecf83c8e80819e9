"""Payments that staff or an app keep: a bank transfer that came in, a payment taken elsewhere, an order marked paid."""

import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from engine.checkout.errors import CheckoutNotFound
from engine.checkout.hold import locked
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal, Refusals
from engine.flows.payment_gateways import Owner, gateway_of, minor_units
from engine.flows.payment_records import lock_payment, tell
from engine.flows.transaction_actions import visible
from engine.orders import service as orders
from engine.orders.errors import AlreadyPaid
from engine.payments import queries, service
from engine.payments.errors import AmountRefused, IncorrectCurrency
from engine.payments.events import NewPayment, Recorded, Report
from engine.payments.rules import PaymentMethod

FIELDS = {
    "authorized": "amountAuthorized",
    "charged": "amountCharged",
    "refunded": "amountRefunded",
    "canceled": "amountCanceled",
}


@dataclass(frozen=True)
class Kept:
    """What is written about a payment; None: not said. `amounts` are (major units, currency) by FIELDS' keys."""

    name: str | None = None
    message: str | None = None
    psp_reference: str | None = None
    external_url: str | None = None
    actions: tuple[str, ...] | None = None
    amounts: Mapping[str, tuple[Decimal, str]] = field(default_factory=dict)
    meta: Mapping[str, str] | None = None
    private_meta: Mapping[str, str] | None = None
    event_message: str | None = None
    event_reference: str | None = None
    method: PaymentMethod | None = None


@dataclass(frozen=True)
class HandReport:
    """One event of a payment; `amount` is major units, None only where the type moves nothing or all is meant."""

    type: str
    amount: Decimal | None = None
    psp_reference: str | None = None
    message: str = ""
    external_url: str = ""
    actions: tuple[str, ...] | None = None
    at: datetime | None = None
    meta: Mapping[str, str] | None = None


async def create(ctx: Ctx, owner: Owner, kept: Kept) -> Row:
    """Raises CheckoutNotFound, UnknownOrder, IncorrectCurrency, AmountRefused."""
    return await transact(ctx, _create, owner, kept)


async def _create(tx: WriteCtx, owner: Owner, kept: Kept) -> Row:
    order = None
    if owner.kind == "Order":
        found = order = await orders.lock(tx, owner.id)
    else:
        found = await locked(tx, owner.id)
        if tx.caller.channel_ids is not None and found["channel_id"] not in tx.caller.channel_ids:
            raise CheckoutNotFound
    new = NewPayment(
        channel_id=found["channel_id"],
        provider_id="",
        name=kept.name or "",
        action="CHARGE",
        currency=found["currency"],
        amount=0,
        checkout_id=owner.id if order is None else None,
        order_id=owner.id if order is not None else None,
    )
    row = await service.create_by_hand(
        tx,
        new,
        psp_reference=kept.psp_reference,
        message=kept.message or "",
        external_url=kept.external_url or "",
        actions=list(kept.actions or ()),
        meta=kept.meta or {},
        private_meta=kept.private_meta or {},
    )
    return await _apply(tx, row, kept, order)


async def update(ctx: Ctx, transaction_id: uuid.UUID, kept: Kept) -> Row:
    """Raises UnknownTransaction, IncorrectCurrency, AmountRefused."""
    await visible(ctx, transaction_id)
    return await transact(ctx, _update, transaction_id, kept)


async def _update(tx: WriteCtx, transaction_id: uuid.UUID, kept: Kept) -> Row:
    row, order = await lock_payment(tx, transaction_id)
    return await _apply(tx, row, kept, order)


async def _apply(tx: WriteCtx, row: Row, kept: Kept, order: Row | None) -> Row:
    _check_method(kept.method)
    wanted = {}
    for name, (amount, currency) in kept.amounts.items():
        if currency != row["currency"]:
            raise IncorrectCurrency(row["currency"], FIELDS[name])
        wanted[name] = minor_units(amount, currency)
    columns: dict[str, Any] = {
        "name": kept.name,
        "message": kept.message,
        "psp_reference": kept.psp_reference,
        "external_url": kept.external_url,
        "available_actions": None if kept.actions is None else list(kept.actions),
        "payment_method": None if kept.method is None else asdict(kept.method),
        "meta": None if kept.meta is None else {**row["meta"], **kept.meta},
        "private_meta": None if kept.private_meta is None else {**row["private_meta"], **kept.private_meta},
    }
    try:
        given = {name: value for name, value in columns.items() if value is not None}
        recorded = await service.adjust_by_hand(tx, row, wanted, **given)
    except ValueError as error:
        raise AmountRefused("What was cancelled cannot become less.") from error
    if kept.event_message is not None or kept.event_reference is not None:
        await service.note_event(tx, row, kept.event_message or "", kept.event_reference)
    if recorded.new:
        await tell(tx, recorded, order)
    return recorded.transaction


def _check_method(method: PaymentMethod | None) -> None:
    faults = [] if method is None else method.faults()
    if faults:
        raise Refusals(Refusal(message, field=field, code="INVALID") for field, message in faults)


async def report(ctx: Ctx, transaction_id: uuid.UUID, hand: HandReport) -> tuple[Recorded, bool]:
    """Write down what happened; also whether the same had been reported before.

    Raises UnknownTransaction, AmountRefused, ReferenceTaken.
    """
    row = await visible(ctx, transaction_id)
    gateway = await gateway_of(ctx, row["provider_id"], row["channel_id"]) if row["provider_id"] else None
    supported = gateway.actions if gateway is not None else frozenset[str]()
    recorded = await transact(ctx, _report, transaction_id, hand, supported)
    return recorded, not recorded.new


async def _report(tx: WriteCtx, transaction_id: uuid.UUID, hand: HandReport, supported: frozenset[str]) -> Recorded:
    row, order = await lock_payment(tx, transaction_id)
    recorded = await service.report_by_hand(
        tx,
        row,
        Report(
            type=hand.type,
            amount=_event_amount(row, hand),
            psp_reference=hand.psp_reference or None,
            message=hand.message,
            external_url=hand.external_url,
            actions=hand.actions,
            at=hand.at,
        ),
        supported=supported,
        meta=hand.meta or {},
    )
    await tell(tx, recorded, order)
    return recorded


def _event_amount(row: Row, hand: HandReport) -> int:
    if hand.amount is not None:
        return minor_units(hand.amount, row["currency"])
    if hand.type == "INFO":
        return 0
    amounts = service.amounts(row)
    kind, _, outcome = hand.type.partition("_")
    if outcome == "SUCCESS" or outcome == "REQUEST":
        whole = {"CHARGE": amounts.authorized, "REFUND": amounts.charged, "CANCEL": amounts.authorized}
        if whole.get(kind):
            return whole[kind]
    elif outcome in ("FAILURE", "ACTION_REQUIRED"):
        return int(row["requested_amount"])
    raise AmountRefused("An amount is needed for this event.")


async def mark_as_paid(ctx: Ctx, order_id: uuid.UUID, reference: str | None) -> Row:
    """Record that all that is left to pay of an order has come; returns the order. Raises UnknownOrder, AlreadyPaid."""
    return await transact(ctx, _mark_as_paid, order_id, reference)


async def _mark_as_paid(tx: WriteCtx, order_id: uuid.UUID, reference: str | None) -> Row:
    order = await orders.lock(tx, order_id)
    if order["status"] in ("CANCELED", "EXPIRED", "DRAFT"):
        raise Refusal(f"Orders with status {order['status']} can't be marked as paid.", field="order", code="INVALID")
    (paid,) = await queries.totals_for_orders(tx, [order_id])
    left = order["total_gross"] - paid.charged - paid.charge_pending
    if left <= 0:
        raise AlreadyPaid
    new = NewPayment(
        channel_id=order["channel_id"],
        provider_id="",
        name="Manual payment",
        action="CHARGE",
        currency=order["currency"],
        amount=left,
        order_id=order_id,
    )
    row = await service.create_by_hand(
        tx, new, psp_reference=reference, message="", external_url="", actions=[], meta={}, private_meta={}
    )
    await orders.note(tx, order_id, "ORDER_MARKED_AS_PAID", transaction_reference=reference, amount=left)
    recorded = await service.adjust_by_hand(tx, row, {"charged": left})
    await tell(tx, recorded, order)
    return order
