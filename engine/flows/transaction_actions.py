"""Moving money of a payment that stands: charge what is authorised, refund, cancel."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

from engine.checkout import queries as checkouts
from engine.checkout.rules import is_held
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.flows.payment_gateways import Gateway, gateway_of, minor_units
from engine.flows.payment_records import ASK_AFTER, ASK_JOB, ask, lock_payment, log, written
from engine.orders import service as orders
from engine.payments import queries, rules, service
from engine.payments.errors import ActionRefused, AmountRefused, NoProvider, UnknownTransaction
from engine.payments.events import Begun
from engine.refunds import reasons
from engine.sdk.amounts import Amount
from engine.sdk.payments import ActionRequest, PaymentResult


@dataclass(frozen=True)
class Claimed:
    """What is to be moved, decided under lock: for a granted refund, or with a page that says why."""

    amount: int | None
    granted_refund_id: int | None = None
    reason_page_id: int | None = None


Before: TypeAlias = Callable[[WriteCtx, Row], Awaitable[Claimed]]
CALLS = {"CHARGE": "capture", "REFUND": "refund", "CANCEL": "cancel"}


async def request_action(
    ctx: Ctx,
    transaction_id: uuid.UUID,
    action: str,
    *,
    amount: Decimal | None = None,
    reason: str = "",
    reason_page_id: int | None = None,
) -> Row:
    """CHARGE, REFUND or CANCEL; `amount` is major units, None: all there is to move. Returns the transaction.

    Raises UnknownTransaction, NoProvider, ActionRefused, AmountRefused. The provider's refusal is an event of the
    payment, not an error; without a clear answer the amount stays claimed until a job has asked again.
    """
    row = await visible(ctx, transaction_id)
    minor = None if amount is None else minor_units(amount, row["currency"])
    if action != "REFUND":
        return await move(ctx, row, action, amount=minor, reason=reason)

    async def with_reason(tx: WriteCtx, _transaction: Row) -> Claimed:
        await reasons.check(tx, "REFUND", reason_page_id)
        return Claimed(minor, reason_page_id=reason_page_id)

    return await move(ctx, row, action, reason=reason, before=with_reason)


async def move(
    ctx: Ctx,
    row: Row,
    action: str,
    *,
    amount: int | None = None,
    reason: str = "",
    unordered: bool = False,
    before: Before | None = None,
) -> Row:
    """The same with minor units, for a payment that was looked up already. `unordered`: only as long as no order was
    made of its checkout and it is not held (raises ActionRefused). `before` decides the amount under lock."""
    gateway = await gateway_of(ctx, row["provider_id"], row["channel_id"]) if row["provider_id"] else None
    if gateway is None:
        raise NoProvider
    if action not in gateway.actions:
        raise ActionRefused(f"{gateway.plugin.name} cannot {action.lower()} by itself; record it once it is done.")
    begun = await transact(ctx, _claim, row["id"], action, amount, reason, unordered, before)
    return await act(ctx, begun.transaction, begun.claim, gateway)


async def act(ctx: Ctx, transaction: Row, claim: Row, gateway: Gateway) -> Row:
    """Call the provider for a claim, the first time or again, and record its answer."""
    asked = await ask(ctx, gateway, lambda: _call(gateway, transaction, claim))
    if asked.refusal is not None:
        log.error("payment provider refused a call without data", plugin=gateway.plugin.id, reason=str(asked.refusal))
    if asked.result is None:
        return transaction
    recorded = await written(ctx, transaction["id"], asked.result, gateway, claim)
    return transaction if recorded is None else recorded.transaction


async def visible(ctx: Ctx, transaction_id: uuid.UUID) -> Row:
    """Raises UnknownTransaction, also for one of a channel that the caller is kept out of."""
    (row,) = await queries.by_ids(ctx, [transaction_id])
    channels = ctx.caller.channel_ids
    if row is None or (channels is not None and row["channel_id"] not in channels):
        raise UnknownTransaction
    return row


async def _claim(
    tx: WriteCtx,
    transaction_id: uuid.UUID,
    action: str,
    amount: int | None,
    reason: str,
    unordered: bool,
    before: Before | None,
) -> Begun:
    transaction, order = await lock_payment(tx, transaction_id)
    claimed = Claimed(amount) if before is None else await before(tx, transaction)
    amount = claimed.amount
    if unordered and (order is not None or await _is_held(tx, transaction["checkout_id"])):
        raise ActionRefused("The checkout has gone on: it has an order or a standing hold.")
    room = rules.room(action, service.amounts(transaction))
    wanted = room if amount is None else amount
    if room <= 0:
        raise ActionRefused(f"There is nothing to {action.lower()}.")
    if not 0 < wanted <= room:
        raise AmountRefused(f"The amount must be above zero and at most what can be {_DONE[action]}.")
    begun = await service.claim(
        tx,
        transaction,
        CALLS[action],
        f"{action}_REQUEST",
        wanted,
        reason,
        granted_refund_id=claimed.granted_refund_id,
        reason_page_id=claimed.reason_page_id,
    )
    tx.outbox.enqueue(ASK_JOB, {"claim_id": begun.claim["id"]}, after=ASK_AFTER)
    if order is not None:
        parameters: dict[str, Any] = {"amount": wanted, "transaction_reference": transaction["psp_reference"]}
        await orders.note(tx, order["id"], f"TRANSACTION_{action}_REQUESTED", message=reason, **parameters)
    return begun


async def _is_held(tx: WriteCtx, checkout_id: uuid.UUID) -> bool:
    (checkout,) = await checkouts.by_ids(tx, [checkout_id])
    return checkout is not None and is_held(checkout["held_until"], tx.clock.now())


_DONE = {"CHARGE": "charged", "REFUND": "refunded", "CANCEL": "cancelled"}


async def _call(gateway: Gateway, transaction: Row, claim: Row) -> PaymentResult:
    request = ActionRequest(
        reference=str(transaction["id"]),
        idempotency_key=f"{transaction['id']}-{claim['id']}",
        psp_reference=transaction["psp_reference"],
        amount=Amount(claim["amount"], transaction["currency"]),
        reason=claim["message"],
        provider_data=transaction["provider_data"],
    )
    if claim["call"] == "capture":
        return await gateway.provider.capture(request)
    if claim["call"] == "refund":
        return await gateway.provider.refund(request)
    return await gateway.provider.cancel(request)
