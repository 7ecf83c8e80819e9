"""Stripe's webhooks: verified (docs.stripe.com/webhooks/signature) and put into the engine's words."""

import json
from datetime import UTC, datetime
from typing import Any, cast

import stripe

from engine.sdk.payments import EventType, PaymentResult, ProviderEvent, ProviderFault, WebhookMessage, WebhookRefused
from plugins.stripe.currencies import from_stripe
from plugins.stripe.results import REFERENCE, intent_result, refund_result, released_result

TOLERANCE_SECONDS = 300
INTENT_EVENTS = frozenset(
    f"payment_intent.{name}"
    for name in (
        "amount_capturable_updated",
        "canceled",
        "payment_failed",
        "processing",
        "requires_action",
        "succeeded",
    )
)
REFUND_EVENTS = frozenset({"refund.created", "refund.updated", "refund.failed", "charge.refund.updated"})
DISPUTE_EVENTS = frozenset({"charge.dispute.created", "charge.dispute.closed"})


def read_event(message: WebhookMessage, secret: str) -> list[ProviderEvent]:
    """Nothing for an event of no interest; one of the engine's events otherwise. Raises `WebhookRefused`."""
    _verify(message, secret)
    try:
        event = json.loads(message.body)
        name, item = str(event["type"]), event["data"]["object"]
        on = datetime.fromtimestamp(event["created"], UTC).date()
        if name in INTENT_EVENTS:
            intent = cast(stripe.PaymentIntent, _build(stripe.PaymentIntent, item))
            told = [_event(event["id"], intent_result(intent, on, reported=True), intent.id, item)]
            if (released := released_result(intent, on)) is not None:
                told.append(_event(f"{event['id']}-released", released, intent.id, item))
            return told
        if name in REFUND_EVENTS and item["payment_intent"]:
            refund = cast(stripe.Refund, _build(stripe.Refund, item))
            # Stripe tells of one change of a refund in up to three events; the state itself is what happened.
            return [_event(f"{refund.id}-{refund.status}", refund_result(refund, on), item["payment_intent"], item)]
        if name in DISPUTE_EVENTS and item["payment_intent"]:
            amount = from_stripe(item["amount"], item["currency"], on)
            created = name == "charge.dispute.created"
            result = PaymentResult(
                type=EventType.CHARGE_BACK if created else EventType.INFO,
                psp_reference=item["id"],
                amount=amount,
                message=f"Dispute {'opened' if created else item['status']}: {item['reason']}",
            )
            return [_event(event["id"], result, item["payment_intent"], {})]
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError, ProviderFault) as error:
        raise WebhookRefused(f"The event cannot be read: {type(error).__name__}") from error
    return []


def _event(event_id: str, result: PaymentResult, payment: str, item: dict[str, Any]) -> ProviderEvent:
    reference = (item.get("metadata") or {}).get(REFERENCE)
    return ProviderEvent(event_id=event_id, result=result, psp_reference=payment, reference=reference)


def _build(kind: type[stripe.StripeObject], values: dict[str, Any]) -> stripe.StripeObject:
    return kind.construct_from(values, None)


def _verify(message: WebhookMessage, secret: str) -> None:
    """The SDK checks the signature; the age is judged by the message's own clock, in both directions."""
    header = message.headers.get("stripe-signature", "")
    try:
        stripe.WebhookSignature.verify_header(message.body, header, secret, None)
    except stripe.SignatureVerificationError as error:
        raise WebhookRefused("The signature of the webhook is wrong") from error
    except UnicodeDecodeError as error:
        raise WebhookRefused("The webhook is not UTF-8") from error
    signed_at = next(int(part[2:]) for part in header.split(",") if part.startswith("t="))
    if abs(message.now - signed_at) > TOLERANCE_SECONDS:
        raise WebhookRefused("The webhook is too old or from the future")
