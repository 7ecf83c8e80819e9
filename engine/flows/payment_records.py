"""What every payment flow shares: the locks, the call to the provider, and writing its answer down."""

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from engine.checkout import queries as checkouts
from engine.checkout.errors import CheckoutNotFound
from engine.checkout.hold import hold
from engine.checkout.hold import lock as lock_checkout
from engine.checkout.priced import PricedCheckout
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal, Refusals
from engine.core.locking import Rank, lock_rows
from engine.core.outside import OutsideTimeout, outside_call
from engine.flows.payment_gateways import Gateway
from engine.orders import queries as order_queries
from engine.orders import service as orders
from engine.payments import queries, rules, service
from engine.payments.errors import UnknownTransaction
from engine.payments.events import Recorded, Report
from engine.refunds import service as refunds
from engine.sdk.payments import InvalidPaymentData, PaymentResult, ProviderFault
from engine.shop import queries as shop

PAYMENT_SECONDS = 8.0
"""A payment may take a bank's while; storefronts give up after 15 seconds."""
ASK_JOB = "payments.ask"
ASK_AFTER = timedelta(seconds=30)
"""When a claim without an answer is asked about: well after its own call must have ended."""
SETTLE_JOB = "payments.settle"
SETTLE_AFTER = timedelta(seconds=30)
"""How long a shopper who has paid gets to complete the checkout before it is completed without them."""

log = structlog.get_logger("argosy.payments")


@dataclass(frozen=True)
class Asked:
    """`result` is None when the provider gave no clear answer: what became of the call is asked later."""

    result: PaymentResult | None
    refusal: InvalidPaymentData | None = None


async def ask(ctx: Ctx, gateway: Gateway, call: Callable[[], Awaitable[PaymentResult]]) -> Asked:
    """Call a provider, with no transaction open and under a time budget."""
    try:
        async with outside_call(ctx, gateway.plugin.id, seconds=PAYMENT_SECONDS):
            return Asked(await call())
    except InvalidPaymentData as refusal:
        return Asked(None, refusal)
    except (ProviderFault, OutsideTimeout) as fault:
        log.warning("payment provider gave no clear answer", plugin=gateway.plugin.id, reason=str(fault))
        return Asked(None)


async def lock_payment(tx: WriteCtx, transaction_id: uuid.UUID) -> tuple[Row, Row | None]:
    """The payment and its order, if it has one, locked after the checkout it belongs to. Raises UnknownTransaction.

    Whoever changes a payment holds its checkout or its order, so nobody else can be changing it.
    """
    (row,) = await queries.by_ids(tx, [transaction_id])
    if row is None:
        raise UnknownTransaction
    if row["checkout_id"] is not None and row["order_id"] is None:
        # the checkout may have become an order while we waited for it: read again
        await lock_checkout(tx, row["checkout_id"])
        (row,) = await queries.by_ids(tx, [transaction_id])
        assert row is not None
    order = None
    if row["order_id"] is not None:
        (order,) = await lock_rows(tx, Rank.ORDER, order_queries.LOCK, id=row["order_id"])
    return await service.lock(tx, transaction_id), order


async def keep_hold(ctx: Ctx, checkout_id: uuid.UUID) -> bool:
    """Extend a checkout's hold, or take it again, before money moves once more. False when it cannot be had."""
    try:
        await transact(ctx, _extend, checkout_id)
    except (Refusal, Refusals) as refusal:
        log.info("hold cannot be kept", checkout=str(checkout_id), reason=str(refusal))
        return False
    return True


async def _extend(tx: WriteCtx, checkout_id: uuid.UUID) -> None:
    checkout = await lock_checkout(tx, checkout_id)
    if checkout is None:
        raise CheckoutNotFound
    await hold(tx, checkout_id, until=await hold_until(tx, checkout), row=checkout)


async def hold_until(ctx: Ctx, checkout: Row) -> datetime:
    """For how long staff keep stock for a payment, of a customer's checkout or of nobody's."""
    settings = await shop.settings(ctx)
    minutes = settings["reserve_stock_anonymous" if checkout["user_id"] is None else "reserve_stock_authenticated"]
    kept = timedelta(seconds=ctx.settings.reservation_seconds) if minutes is None else timedelta(minutes=minutes)
    return ctx.clock.now() + kept


def report_of(
    result: PaymentResult, transaction: Row, *, claim: Row | None = None, call: str | None = None,
    payment_reference: str | None = None,
) -> Report:  # fmt: skip
    """A provider's words as the engine keeps them. Raises ProviderFault for words that make no sense here."""
    kind = result.type.value
    if call is not None and kind not in rules.ANSWERS[call]:
        raise ProviderFault(f"{kind} is no answer to {call}")
    if result.amount is None:
        amount = claim["amount"] if claim is not None else transaction["requested_amount"]
    elif result.amount.currency != transaction["currency"] or result.amount.minor < 0:
        raise ProviderFault(f"{result.amount} is no amount of a payment in {transaction['currency']}")
    else:
        amount = result.amount.minor
    return Report(
        type=kind,
        amount=amount,
        psp_reference=result.psp_reference or _own_reference(kind, transaction, claim),
        message=result.message,
        external_url=result.external_url,
        actions=None if result.actions is None else tuple(action.value for action in result.actions),
        payment_reference=payment_reference,
        provider_data=result.provider_data,
    )


def _own_reference(kind: str, transaction: Row, claim: Row | None) -> str | None:
    """What moves money needs a reference to be counted once; a provider without any goes by ours."""
    if kind.endswith(("_FAILURE", "_ACTION_REQUIRED")) or kind == "INFO":
        return None
    if claim is None or claim["call"] in ("initialize", "process"):
        return str(transaction["id"])
    return f"{transaction['id']}:{claim['id']}"


async def record(
    tx: WriteCtx, transaction_id: uuid.UUID, result: PaymentResult, gateway: Gateway, *, claim: Row | None = None,
    checked: bool = True, payment_reference: str | None = None,
) -> Recorded:  # fmt: skip
    """Write an answer or a webhook's report down under lock, and tell the order or the settler of it.

    `checked`: the answer must be one to the claim's call; the answer to `status` may be any. Raises ProviderFault.
    """
    transaction, order = await lock_payment(tx, transaction_id)
    call = claim["call"] if claim is not None and checked else None
    if payment_reference is None and claim is not None and claim["call"] in ("initialize", "process"):
        payment_reference = result.psp_reference
    report = report_of(result, transaction, claim=claim, call=call, payment_reference=payment_reference)
    claim_id = claim["id"] if claim is not None else None
    recorded = await service.record(tx, transaction, report, claim_id=claim_id, supported=gateway.actions)
    await tell(tx, recorded, order)
    return recorded


async def written(
    ctx: Ctx,
    transaction_id: uuid.UUID,
    result: PaymentResult,
    gateway: Gateway,
    claim: Row | None,
    *,
    checked: bool = True,
) -> Recorded | None:
    """`record` in a transaction of its own; None for an answer that makes no sense, which leaves the claim open."""
    try:
        return await transact(ctx, record, transaction_id, result, gateway, claim=claim, checked=checked)
    except ProviderFault as fault:
        log.error("payment provider gave a wrong answer", plugin=gateway.plugin.id, reason=str(fault))
        return None


async def tell(tx: WriteCtx, recorded: Recorded, order: Row | None) -> None:
    """After a report: history and events of the order, or a later look at the checkout that it may have paid."""
    if not recorded.new:
        return
    if order is None:
        if recorded.after.processed > 0 and recorded.transaction["checkout_id"] is not None:
            payload = {"checkout_id": str(recorded.transaction["checkout_id"])}
            tx.outbox.enqueue(SETTLE_JOB, payload, after=SETTLE_AFTER)
            await _tell_of_checkout(tx, recorded)
        return
    event = recorded.event
    if event["granted_refund_id"] is not None:
        await refunds.follow(tx, event["granted_refund_id"])
    await orders.note(
        tx,
        order["id"],
        "TRANSACTION_EVENT",
        message=event["message"],
        transaction_reference=event["psp_reference"],
        transaction_type=event["type"],
        amount=event["amount"],
    )
    (now,) = await queries.totals_for_orders(tx, [order["id"]])
    charged_before = now.charged - recorded.after.charged + recorded.before.charged
    if recorded.after.charged > recorded.before.charged:
        tx.emit("order.paid", "Order", order["id"])
    if charged_before < order["total_gross"] <= now.charged:
        await fully_paid(tx, order["id"])
    if recorded.after.refunded > recorded.before.refunded:
        tx.emit("order.refunded", "Order", order["id"])
        if now.refunded >= order["total_gross"]:
            tx.emit("order.fully_refunded", "Order", order["id"])
    tx.emit("order.updated", "Order", order["id"])


async def _tell_of_checkout(tx: WriteCtx, recorded: Recorded) -> None:
    """Say when its payments have come to cover a checkout, at the prices at which it is held."""
    checkout_id = recorded.transaction["checkout_id"]
    (checkout,) = await checkouts.by_ids(tx, [checkout_id])
    if checkout is None or checkout["held_snapshot"] is None:
        return
    total = PricedCheckout.from_snapshot(checkout["held_snapshot"]).total_gross
    (now,) = await queries.totals_for_checkouts(tx, [checkout_id])
    before, after = recorded.before, recorded.after
    for kind, covered, more in (
        ("checkout.fully_authorized", now.processed, after.processed - before.processed),
        ("checkout.fully_paid", now.charging, after.charging - before.charging),
    ):
        if covered - more < total <= covered:
            tx.emit(kind, "Checkout", checkout_id)


async def fully_paid(tx: WriteCtx, order_id: uuid.UUID) -> None:
    await orders.note(tx, order_id, "ORDER_FULLY_PAID")
    tx.emit("order.fully_paid", "Order", order_id)
