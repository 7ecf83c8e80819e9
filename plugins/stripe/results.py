"""Stripe's objects and errors in the engine's words."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import stripe

from engine.sdk.amounts import Amount
from engine.sdk.payments import Action, EventType, Flow, PaymentResult, ProviderFault
from plugins.stripe.currencies import UnsupportedAmount, from_stripe

REFERENCE = "argosy_transaction"
"""Metadata key that carries our transaction id to Stripe and back."""
AUTHENTICATION_MESSAGE = "Stripe refused the shop's credentials"

_OUTCOMES = {
    "success": {Flow.AUTHORIZATION: EventType.AUTHORIZATION_SUCCESS, Flow.CHARGE: EventType.CHARGE_SUCCESS},
    "failure": {Flow.AUTHORIZATION: EventType.AUTHORIZATION_FAILURE, Flow.CHARGE: EventType.CHARGE_FAILURE},
    "request": {Flow.AUTHORIZATION: EventType.AUTHORIZATION_REQUEST, Flow.CHARGE: EventType.CHARGE_REQUEST},
    "action": {
        Flow.AUTHORIZATION: EventType.AUTHORIZATION_ACTION_REQUIRED,
        Flow.CHARGE: EventType.CHARGE_ACTION_REQUIRED,
    },
}
_REFUNDS = {
    "succeeded": EventType.REFUND_SUCCESS,
    "pending": EventType.REFUND_REQUEST,
    "requires_action": EventType.REFUND_REQUEST,
    "failed": EventType.REFUND_FAILURE,
    "canceled": EventType.REFUND_FAILURE,
}


def failure_type(flow: Flow) -> EventType:
    return _OUTCOMES["failure"][flow]


def intent_result(
    intent: stripe.PaymentIntent, on: date, *, publishable_key: str = "", reported: bool = False
) -> PaymentResult:
    """Where a payment intent stands. Amounts are Stripe's, not the ones asked for.

    `publishable_key` goes into what the storefront needs to let its shopper act. A cancelled hold is a failure to
    who asks for the payment, and a cancellation where Stripe `reported` it. Raises `ProviderFault` for a status
    this version does not know.
    """
    flow = Flow.AUTHORIZATION if intent.capture_method == "manual" else Flow.CHARGE
    held = intent.amount
    message, data = "", None
    actions: tuple[Action, ...] | None = None
    match intent.status:
        case "succeeded":
            # A hold that was captured is charged money too.
            outcome, held, actions = EventType.CHARGE_SUCCESS, intent.amount_received, (Action.REFUND,)
        case "requires_capture":
            outcome, held = EventType.AUTHORIZATION_SUCCESS, intent.amount_capturable
            actions = (Action.CHARGE, Action.CANCEL)
        case "processing":
            outcome = _OUTCOMES["request"][flow]
        case "canceled" if reported and _was_held(intent):
            outcome, actions = EventType.CANCEL_SUCCESS, ()
        case "canceled":
            outcome, message, actions = failure_type(flow), "The payment was cancelled", ()
        case "requires_payment_method" if intent.last_payment_error:
            outcome = failure_type(flow)
            message = intent.last_payment_error.message or "The payment failed"
        case "requires_payment_method" | "requires_confirmation" | "requires_action":
            outcome = _OUTCOMES["action"][flow]
            data = _action_data(intent, publishable_key)
        case other:
            raise ProviderFault(f"Stripe reports an unknown payment status: {other}")
    return PaymentResult(
        type=outcome,
        psp_reference=intent.id,
        amount=_amount(held, intent.currency, on),
        message=message,
        actions=actions,
        data=data,
        external_url=_dashboard(intent),
    )


def _was_held(intent: stripe.PaymentIntent) -> bool:
    """Whether a cancelled intent had an authorisation: its last charge is there and did not fail."""
    return bool(getattr(intent, "latest_charge", None)) and not intent.last_payment_error


def released_result(intent: stripe.PaymentIntent, on: date) -> PaymentResult | None:
    """What a capture of a part let go of, as a cancellation; None where nothing was left."""
    left = intent.amount - intent.amount_received
    if intent.status != "succeeded" or intent.capture_method != "manual" or left <= 0:
        return None
    amount = _amount(left, intent.currency, on)
    return PaymentResult(type=EventType.CANCEL_SUCCESS, psp_reference=intent.id, amount=amount)


def _amount(value: int, currency: str, on: date) -> Amount:
    try:
        return from_stripe(value, currency, on)
    except UnsupportedAmount as error:
        raise ProviderFault(str(error)) from error


def _action_data(intent: stripe.PaymentIntent, publishable_key: str) -> dict[str, Any]:
    """Both spellings of the client secret and the key are in use among Saleor storefronts."""
    payment: dict[str, Any] = {
        "id": intent.id,
        "status": intent.status,
        "stripeClientSecret": intent.client_secret,
        "client_secret": intent.client_secret,
    }
    if intent.next_action is not None:
        redirect = getattr(intent.next_action, "redirect_to_url", None)
        payment["nextAction"] = {"type": intent.next_action.type, "redirectToUrl": redirect and redirect.url}
    return {"paymentIntent": payment, "stripePublishableKey": publishable_key, "publishableKey": publishable_key}


def _dashboard(intent: stripe.PaymentIntent) -> str:
    return f"https://dashboard.stripe.com/{'' if intent.livemode else 'test/'}payments/{intent.id}"


def refund_result(refund: stripe.Refund, on: date) -> PaymentResult:
    """`psp_reference` is the refund's id, so that its later events find it."""
    outcome = _REFUNDS.get(refund.status or "")
    if outcome is None:
        raise ProviderFault(f"Stripe reports an unknown refund status: {refund.status}")
    reason = getattr(refund, "failure_reason", None)
    message = f"The refund failed: {reason or refund.status}" if outcome is EventType.REFUND_FAILURE else ""
    amount = _amount(refund.amount, refund.currency, on)
    return PaymentResult(type=outcome, psp_reference=refund.id, amount=amount, message=message)


def refusal(error: stripe.StripeError, kind: EventType, psp_reference: str | None) -> PaymentResult:
    """A failure result for an error that says Stripe did not act; any other is raised as `ProviderFault`.

    A key that was used with other parameters is such another: what it did the first time is not known.
    """
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return PaymentResult(type=kind, psp_reference=psp_reference, message=AUTHENTICATION_MESSAGE)
    if not isinstance(error, stripe.CardError | stripe.InvalidRequestError):
        raise ProviderFault(f"Stripe: {error.code or type(error).__name__}") from error
    intent = _error_field(error, "payment_intent")
    return PaymentResult(
        type=kind,
        psp_reference=psp_reference or (intent.get("id") if isinstance(intent, Mapping) else None),
        message=error.user_message or "Stripe refused the request",
        data={"paymentIntent": {"errors": [{"code": error_code(error), "message": error.user_message}]}},
    )


def error_code(error: stripe.StripeError) -> str | None:
    """The most telling code: why a bank declined, else what Stripe says."""
    return _error_field(error, "decline_code") or error.code


def _error_field(error: stripe.StripeError, name: str) -> Any:
    body = error.json_body if isinstance(error.json_body, Mapping) else {}
    details = body.get("error")
    return details.get(name) if isinstance(details, Mapping) else None
