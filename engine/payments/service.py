"""Writes to payments. Whoever calls holds the lock of the payment's checkout or order (`engine.flows`).

A payment is begun or acted on by writing a claim, its provider is asked with no transaction open, and the answer is
recorded here. The amounts of a payment are always derived anew from all of its events.
"""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.core.context import Row, WriteCtx
from engine.core.ids import uuid7
from engine.core.locking import Rank, lock_rows
from engine.core.tables import table
from engine.payments import queries, rules
from engine.payments.errors import KeyTaken, ReferenceTaken, UnknownTransaction
from engine.payments.events import Begun, NewPayment, Recorded, Report
from engine.payments.models import TransactionEvent, TransactionItem, WebhookInbox
from engine.payments.rules import Amounts, Event

_t = table(TransactionItem)
_e = table(TransactionEvent)
_inbox = table(WebhookInbox)
ASKING = timedelta(seconds=20)
"""How long one who asks a provider about a claim has it to himself."""
NO_CLAIM = 0
"""For a report that answers no call of ours."""


def amounts(row: Row) -> Amounts:
    """The amounts a transaction's row carries."""
    return Amounts(*(row[f"{name}_amount"] for name in queries.AMOUNT_COLUMNS))


async def lock(tx: WriteCtx, transaction_id: uuid.UUID) -> Row:
    """Raises UnknownTransaction."""
    rows = await lock_rows(tx, Rank.PAYMENT, queries.LOCK, id=transaction_id)
    if not rows:
        raise UnknownTransaction
    return rows[0]


async def lock_of_checkout(tx: WriteCtx, checkout_id: uuid.UUID) -> list[Row]:
    return await lock_rows(tx, Rank.PAYMENT, queries.LOCK_OF_CHECKOUT, id=checkout_id)


async def begin(tx: WriteCtx, new: NewPayment) -> Begun:
    """A payment and the claim of its first call. Raises KeyTaken."""
    values = {
        "id": uuid7(),
        "checkout_id": new.checkout_id,
        "order_id": new.order_id,
        "channel_id": new.channel_id,
        "provider_id": new.provider_id,
        "name": new.name,
        "action": new.action,
        "currency": new.currency,
        "requested_amount": new.amount,
        "idempotency_key": new.idempotency_key,
        "created_at": tx.clock.now(),
        "updated_at": tx.clock.now(),
    }
    result = await tx.execute(insert(_t).values(values).on_conflict_do_nothing().returning(_t))
    row = result.mappings().first()
    if row is None:
        raise KeyTaken
    claim = await _insert_event(tx, row, Report(f"{new.action}_REQUEST", new.amount), call="initialize")
    assert claim is not None
    return Begun(row, claim)


async def claim(
    tx: WriteCtx,
    transaction: Row,
    call: str,
    event_type: str,
    amount: int,
    message: str = "",
    *,
    granted_refund_id: int | None = None,
    reason_page_id: int | None = None,
) -> Begun:
    """Write down that the provider is about to be asked to act; `transaction` is locked. `granted_refund_id`: the
    refund of an order that this pays out; whatever is reported of it later carries it too."""
    report = Report(event_type, amount, message=message)
    row = await _insert_event(
        tx, transaction, report, call=call, granted_refund_id=granted_refund_id, reason_page_id=reason_page_id
    )
    assert row is not None
    derived = await _derive(tx, transaction["id"])
    actions = rules.available_actions(derived, transaction["available_actions"])
    return Begun(await _update(tx, transaction["id"], derived, available_actions=actions), row)


async def record(
    tx: WriteCtx, transaction: Row, report: Report, *, claim_id: int | None = None, supported: Collection[str] = ()
) -> Recorded:
    """Write down what a provider reports; `transaction` is locked. The same report again changes nothing.

    `claim_id` is the claim this answers; without one (a webhook) it answers a payment's beginning, if that still
    waits. `supported` are the actions its provider can do.
    """
    before = amounts(transaction)
    await _answer_claims(tx, transaction, report, claim_id)
    granted = await queries.granted_refund_of(tx, transaction["id"], report.psp_reference, claim_id, report.type)
    made = await _insert_event(tx, transaction, report, granted_refund_id=granted)
    derived = await _derive(tx, transaction["id"])
    values: dict[str, Any] = {
        "available_actions": rules.actions_after(
            report.type, report.actions, transaction["available_actions"], derived, supported
        )
    }
    if made is not None:
        values |= {"message": report.message, "external_url": report.external_url or transaction["external_url"]}
    if report.payment_reference is not None:
        values["psp_reference"] = report.payment_reference
    if report.provider_data:
        values["provider_data"] = {**transaction["provider_data"], **report.provider_data}
    updated = await _update(tx, transaction["id"], derived, **values)
    event = made or await _earlier(tx, transaction["id"], report)
    if made is not None:
        tx.emit("transaction.recorded", "TransactionItem", transaction["id"], type=report.type)
    return Recorded(updated, event, before, derived, new=made is not None)


async def report_by_hand(
    tx: WriteCtx, transaction: Row, report: Report, *, supported: Collection[str] = (), meta: Mapping[str, str]
) -> Recorded:
    """A report of staff or an app, whose word on the actions stands as it is.

    Raises ReferenceTaken when the same is there already with another amount.
    """
    if report.psp_reference is not None:
        known = await queries.same_report(tx, transaction["id"], report.type, report.psp_reference)
        if known is not None and known["amount"] != report.amount:
            raise ReferenceTaken
    recorded = await record(tx, transaction, report, claim_id=NO_CLAIM, supported=supported)
    columns: dict[str, Any] = {"meta": {**transaction["meta"], **meta}} if meta else {}
    if report.actions is not None:
        columns["available_actions"] = list(report.actions)
    if not columns:
        return recorded
    return replace(recorded, transaction=await _update(tx, transaction["id"], recorded.after, **columns))


async def create_by_hand(
    tx: WriteCtx, new: NewPayment, *, psp_reference: str | None, message: str, external_url: str, actions: list[str],
    meta: Mapping[str, str], private_meta: Mapping[str, str],
) -> Row:  # fmt: skip
    """A payment without provider calls; its amounts are added with `adjust_by_hand`."""
    values = {
        "id": uuid7(), "checkout_id": new.checkout_id, "order_id": new.order_id, "channel_id": new.channel_id,
        "provider_id": new.provider_id, "name": new.name, "action": new.action, "currency": new.currency,
        "requested_amount": new.amount, "psp_reference": psp_reference, "message": message,
        "external_url": external_url, "available_actions": actions, "meta": dict(meta),
        "user_id": tx.caller.user_id, "app_id": tx.caller.app_id,
        "private_meta": dict(private_meta),
        "created_at": tx.clock.now(),
        "updated_at": tx.clock.now(),
    }  # fmt: skip
    return (await tx.execute(sa.insert(_t).values(values).returning(_t))).mappings().one()


async def adjust_by_hand(tx: WriteCtx, transaction: Row, wanted: dict[str, int], **columns: Any) -> Recorded:
    """Take a payment to the amounts `wanted` (see `rules.manual_events`) and set plain columns.

    Raises ValueError for an amount that cannot go down.
    """
    before = amounts(transaction)
    event: Row | None = None
    for step in rules.manual_events(before, wanted):
        event = await _insert_event(tx, transaction, Report(step.type, step.amount, message=columns.get("message", "")))
    derived = await _derive(tx, transaction["id"])
    updated = await _update(tx, transaction["id"], derived, **columns)
    return Recorded(updated, event, before, derived, new=event is not None)


async def note_event(tx: WriteCtx, transaction: Row, message: str, psp_reference: str | None = None) -> Row:
    """An INFO event; it moves nothing."""
    row = await _insert_event(tx, transaction, Report("INFO", 0, psp_reference, message=message))
    assert row is not None
    await tx.execute(sa.update(_t).where(_t.c.id == transaction["id"]).values(updated_at=tx.clock.now()))
    return row


async def attach_to_order(tx: WriteCtx, checkout_id: uuid.UUID, order_id: uuid.UUID) -> None:
    """The payments of a checkout become those of its order. The checkout is locked, so none of them moves."""
    await tx.execute(
        sa.update(_t).where(_t.c.checkout_id == checkout_id).values(order_id=order_id, updated_at=tx.clock.now())
    )


async def asked(tx: WriteCtx, claim_id: int) -> bool:
    """Note that the provider is asked about a claim now. False when it is answered, or was asked just before."""
    rested = sa.or_(_e.c.asked_at.is_(None), _e.c.asked_at < tx.clock.now() - ASKING)
    statement = (
        sa.update(_e)
        .where(_e.c.id == claim_id, _e.c.call.is_not(None), _e.c.answered_at.is_(None), rested)
        .values(asked_at=tx.clock.now())
        .returning(_e.c.id)
    )
    return (await tx.execute(statement)).first() is not None


async def keep_webhook(
    tx: WriteCtx, *, provider_id: str, event_id: str, channel_id: int | None, headers: Mapping[str, str], body: bytes
) -> int | None:
    """The inbox row's id; None when this event came before."""
    statement = (
        insert(_inbox)
        .values(
            provider_id=provider_id,
            event_id=event_id,
            channel_id=channel_id,
            headers=dict(headers),
            body=body,
            received_at=tx.clock.now(),
        )
        .on_conflict_do_nothing()
        .returning(_inbox.c.id)
    )
    found = (await tx.execute(statement)).first()
    return None if found is None else int(found[0])


async def close_webhook(tx: WriteCtx, inbox_id: int, error: str | None = None) -> None:
    await tx.execute(sa.update(_inbox).where(_inbox.c.id == inbox_id).values(processed_at=tx.clock.now(), error=error))


async def _insert_event(
    tx: WriteCtx,
    transaction: Row,
    report: Report,
    *,
    call: str | None = None,
    granted_refund_id: int | None = None,
    reason_page_id: int | None = None,
) -> Row | None:
    """None when the same report (type and reference) is there already."""
    at: datetime = report.at or tx.clock.now()
    statement = (
        insert(_e)
        .values(
            transaction_id=transaction["id"],
            type=report.type,
            amount=report.amount,
            currency=transaction["currency"],
            psp_reference=report.psp_reference,
            message=report.message,
            external_url=report.external_url,
            call=call,
            user_id=tx.caller.user_id,
            app_id=tx.caller.app_id,
            granted_refund_id=granted_refund_id,
            reason_page_id=reason_page_id,
            created_at=at,
        )
        .on_conflict_do_nothing()
        .returning(_e)
    )
    return (await tx.execute(statement)).mappings().first()


async def _answer_claims(tx: WriteCtx, transaction: Row, report: Report, claim_id: int | None) -> None:
    """A payment has one open beginning at most, and any word on the payment answers it. A capture, refund or
    cancellation is answered only by its own call, since two of them can look alike."""
    open_claims = sa.update(_e).where(
        _e.c.transaction_id == transaction["id"], _e.c.call.is_not(None), _e.c.answered_at.is_(None)
    )
    if claim_id is not None:
        open_claims = open_claims.where(_e.c.id == claim_id)
    elif report.type.startswith(("AUTHORIZATION_", "CHARGE_")):
        open_claims = open_claims.where(_e.c.call.in_(("initialize", "process")))
    else:
        return
    await tx.execute(open_claims.values(answered_at=tx.clock.now()))


async def _earlier(tx: WriteCtx, transaction_id: uuid.UUID, report: Report) -> Row:
    assert report.psp_reference is not None
    found = await queries.same_report(tx, transaction_id, report.type, report.psp_reference)
    # what is said now may differ in its words: another decline of the same payment
    return {**found, "message": report.message or found["message"]} if found is not None else None


async def _derive(tx: WriteCtx, transaction_id: uuid.UUID) -> Amounts:
    (events,) = await queries.events_of(tx, [transaction_id])
    return rules.amounts_of(
        [
            Event(row["type"], row["amount"], row["psp_reference"], row["call"], row["answered_at"] is not None)
            for row in events
        ]
    )


async def _update(tx: WriteCtx, transaction_id: uuid.UUID, derived: Amounts, **values: Any) -> Row:
    columns = {f"{name}_amount": getattr(derived, name) for name in queries.AMOUNT_COLUMNS}
    statement = (
        sa.update(_t)
        .where(_t.c.id == transaction_id)
        .values(**columns, updated_at=tx.clock.now(), **values)
        .returning(_t)
    )
    return (await tx.execute(statement)).mappings().one()
