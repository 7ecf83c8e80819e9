"""Bringing money and orders together when nobody else does.

A paid checkout that its shopper left becomes an order, or its money goes back; a provider that never answered is
asked what became of the call; a hold whose payment is under way is kept, and any other is released in time.
"""

import uuid
from collections.abc import Awaitable, Iterable
from datetime import timedelta
from typing import Any

from engine.channels import queries as channels
from engine.channels.rules import Completion, completion
from engine.checkout import queries as checkouts
from engine.checkout.pricing import PricedCheckout
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound, Refusal, Refusals
from engine.flows.complete_checkout import complete, covers
from engine.flows.initialize_transaction import status_request
from engine.flows.payment_gateways import gateway_of
from engine.flows.payment_records import ASK_AFTER, ask, keep_hold, lock_payment, log, written
from engine.flows.release_holds import release
from engine.flows.transaction_actions import act, move
from engine.payments import queries, rules, service

BATCH = 100
EXTEND_BEFORE = timedelta(minutes=3)
"""A hold this close to its end is looked at, so that one that a payment needs is extended while it stands."""
ASK_AGAIN_AFTER = timedelta(minutes=10)
"""How long a payment that its provider has not finished rests before it is asked about; webhooks are quicker."""
WAIT_FOR_SHOPPER = timedelta(hours=24)


async def settle(ctx: Ctx, checkout_id: uuid.UUID) -> Row | None:
    """The order of a fully paid checkout, made now if nobody has. None when it is not fully paid, or was edited since
    its payment began, so that its shopper is still at it.

    Where no order can be made any more (the stock is gone), the money goes back.
    """
    try:
        if not await _is_due(ctx, checkout_id) or await _completion(ctx, checkout_id) is not Completion.NOW:
            return None
        return await transact(ctx, complete, checkout_id, automatically=True)
    except NotFound:
        return None
    except (Refusal, Refusals) as refusal:
        log.warning("paid checkout cannot be completed", checkout=str(checkout_id), reason=str(refusal))
        await give_back(ctx, checkout_id, f"The order could not be made: {refusal}")
        return None


async def _is_due(ctx: Ctx, checkout_id: uuid.UUID) -> bool:
    (checkout,) = await checkouts.by_ids(ctx, [checkout_id])
    if checkout is None:
        return True  # completing it finds its order
    (payments,) = await queries.transactions_of_checkouts(ctx, [checkout_id])
    (paid,) = await queries.totals_for_checkouts(ctx, [checkout_id])
    if paid.processed <= 0:
        return False
    if checkout["held_snapshot"] is not None:
        return covers(paid, PricedCheckout.from_snapshot(checkout["held_snapshot"]).total_gross)
    return bool(checkout["updated_at"] <= payments[0]["created_at"])


async def _completion(ctx: Ctx, checkout_id: uuid.UUID) -> Completion:
    """What the channel says of paid checkouts that nobody completes."""
    (checkout,) = await checkouts.by_ids(ctx, [checkout_id])
    if checkout is None:
        return Completion.NOW
    (channel,) = await channels.by_ids(ctx, [checkout["channel_id"]])
    (payments,) = await queries.transactions_of_checkouts(ctx, [checkout_id])
    paid_at = max((row["updated_at"] for row in payments), default=checkout["updated_at"])
    return completion(channel, checkout["created_at"], paid_at, ctx.clock.now())


async def give_back(ctx: Ctx, checkout_id: uuid.UUID, reason: str) -> None:
    """Cancel what is authorised and refund what is charged for a checkout that becomes no order."""
    (payments,) = await queries.transactions_of_checkouts(ctx, [checkout_id])
    for row in payments:
        amounts = service.amounts(row)
        for action in ("REFUND", "CANCEL"):
            if rules.room(action, amounts) <= 0:
                continue
            try:
                row = await move(ctx, row, action, reason=reason, unordered=True)
            except Refusal as refusal:
                log.error("money cannot be given back", transaction=str(row["id"]), reason=str(refusal))
                await transact(ctx, _note, row["id"], f"To be given back by hand: {refusal}")


async def _give_up(ctx: Ctx, checkout_id: uuid.UUID, reason: str) -> None:
    if await _completion(ctx, checkout_id) is not Completion.LATER:
        await give_back(ctx, checkout_id, reason)


async def _note(tx: WriteCtx, transaction_id: uuid.UUID, message: str) -> None:
    row, _ = await lock_payment(tx, transaction_id)
    await service.note_event(tx, row, message)


async def ask_about_claim(ctx: Ctx, claim_id: int) -> None:
    """A call that nobody has recorded an answer to: act again under the same key, or ask where the payment stands."""
    if not await transact(ctx, service.asked, claim_id):
        return
    claim = await queries.event(ctx, claim_id)
    assert claim is not None
    (row,) = await queries.by_ids(ctx, [claim["transaction_id"]])
    assert row is not None
    if claim["call"] not in rules.CLAIMING_CALLS:
        await _ask_status(ctx, row, claim)
        return
    gateway = await gateway_of(ctx, row["provider_id"], row["channel_id"])
    if gateway is None:
        log.error("payment provider is not configured", plugin=row["provider_id"], transaction=str(row["id"]))
        return
    await act(ctx, row, claim, gateway)


async def ask_about_payment(ctx: Ctx, transaction_id: uuid.UUID) -> None:
    (row,) = await queries.by_ids(ctx, [transaction_id])
    if row is not None:
        await _ask_status(ctx, row, None)


async def _ask_status(ctx: Ctx, row: Row, claim: Row | None) -> None:
    gateway = await gateway_of(ctx, row["provider_id"], row["channel_id"])
    if gateway is None:
        log.error("payment provider is not configured", plugin=row["provider_id"], transaction=str(row["id"]))
        return
    provider = gateway.provider
    asked = await ask(ctx, gateway, lambda: provider.status(status_request(row)))
    if asked.result is not None:
        await written(ctx, row["id"], asked.result, gateway, claim, checked=False)


async def keep_or_release(ctx: Ctx, checkout_id: uuid.UUID) -> None:
    """For a hold that is at its end or near: settle it, extend it for a payment under way, or release it in time."""
    (paid,) = await queries.totals_for_checkouts(ctx, [checkout_id])
    moving = await queries.unanswered(ctx, checkout_id=checkout_id)
    if paid.processed > 0 and await settle(ctx, checkout_id) is not None:
        return
    waits = paid.processed > 0 and await _completion(ctx, checkout_id) is Completion.LATER
    if moving or paid.authorize_pending or paid.charge_pending or waits:
        await keep_hold(ctx, checkout_id)
    else:
        await transact(ctx, release, checkout_id)


async def sweep(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """The timetable's net under all of the above: what a crash, a lost job or a silent provider left behind."""
    now = ctx.clock.now()
    claims = await queries.stale_claims(ctx, now - 2 * ASK_AFTER, BATCH)
    await _each(ask_about_claim(ctx, claim_id) for claim_id in claims)
    pending = await queries.pending_transactions(ctx, now - ASK_AGAIN_AFTER, now - WAIT_FOR_SHOPPER, BATCH)
    await _each(ask_about_payment(ctx, transaction_id) for transaction_id in pending)
    holds = await checkouts.expired_holds(ctx, now + EXTEND_BEFORE)
    await _each(keep_or_release(ctx, checkout_id) for checkout_id in holds)
    at_rest = now - timedelta(seconds=ctx.settings.reservation_seconds)
    reason = "The checkout was not completed in time."
    unsettled = await queries.unsettled_checkouts(ctx, at_rest, BATCH)
    await _each(_give_up(ctx, checkout_id, reason) for checkout_id in unsettled)


async def _each(steps: Iterable[Awaitable[None]]) -> None:
    """One at a time; one that fails does not keep the others from their turn, and comes up again next time."""
    for step in steps:
        try:
            await step
        except Exception as fault:
            log.error("settling failed for now", reason=repr(fault), exc_info=True)


async def settle_job(ctx: Ctx, payload: dict[str, Any]) -> None:
    await settle(ctx, uuid.UUID(payload["checkout_id"]))


async def ask_job(ctx: Ctx, payload: dict[str, Any]) -> None:
    await ask_about_claim(ctx, payload["claim_id"])
