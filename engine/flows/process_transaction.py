"""Going on with a payment that waited for its shopper."""

import uuid
from dataclasses import replace
from typing import Any

from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.flows.initialize_transaction import Answer, status_request, unanswered
from engine.flows.payment_gateways import gateway_of
from engine.flows.payment_records import ASK_AFTER, ASK_JOB, ask, keep_hold, lock_payment, written
from engine.payments import queries, service
from engine.payments.errors import DataRefused, UnknownTransaction
from engine.sdk.payments import EventType, PaymentResult
from engine.sdk.plugins import Capability

_DONE = frozenset({"AUTHORIZATION_SUCCESS", "CHARGE_SUCCESS"})


async def process_transaction(ctx: Ctx, transaction_id: uuid.UUID, data: Any = None) -> Answer:
    """Raises UnknownTransaction, DataRefused, and Refusals with Saleor's codes for a payment without a provider.

    A payment that has succeeded is answered with that success. When the hold was lost meanwhile no more money is
    moved: the provider is only asked where the payment stands.
    """
    (row,) = await queries.by_ids(ctx, [transaction_id])
    if row is None:
        raise UnknownTransaction
    (events,) = await queries.events_of(ctx, [transaction_id])
    done = next((event for event in events if event["type"] in _DONE), None)
    if done is not None:
        return Answer(row, done)
    if not row["provider_id"]:
        raise Refusal("The transaction has no payment app.", field="id", code="MISSING_PAYMENT_APP_RELATION")
    gateway = await gateway_of(ctx, row["provider_id"], row["channel_id"])
    if gateway is None:
        raise Refusal("The payment app is not available.", field="id", code="MISSING_PAYMENT_APP")
    held = row["checkout_id"] is None or row["order_id"] is not None or await keep_hold(ctx, row["checkout_id"])
    transaction, claim = await transact(ctx, _claim, transaction_id)
    request = replace(status_request(transaction), idempotency_key=f"{transaction_id}-{claim['id']}", data=data)
    go_on = held and gateway.has(Capability.CONTINUE)
    call = gateway.provider.process if go_on else gateway.provider.status
    asked = await ask(ctx, gateway, lambda: call(request))
    if asked.refusal is not None:
        # the payment itself waits on as before
        told = PaymentResult(EventType.INFO, message=str(asked.refusal))
        await written(ctx, transaction_id, told, gateway, claim, checked=False)
        raise DataRefused(str(asked.refusal))
    recorded = None
    if asked.result is not None:
        recorded = await written(ctx, transaction_id, asked.result, gateway, claim, checked=go_on)
    if recorded is None or asked.result is None:
        return Answer(transaction, unanswered(claim))
    return Answer(recorded.transaction, recorded.event, asked.result.data)


async def _claim(tx: WriteCtx, transaction_id: uuid.UUID) -> tuple[Row, Row]:
    transaction, _ = await lock_payment(tx, transaction_id)
    kind = f"{transaction['action']}_REQUEST"
    begun = await service.claim(tx, transaction, "process", kind, transaction["requested_amount"])
    tx.outbox.enqueue(ASK_JOB, {"claim_id": begun.claim["id"]}, after=ASK_AFTER)
    return begun.transaction, begun.claim
