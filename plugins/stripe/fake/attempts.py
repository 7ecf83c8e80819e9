"""Attempts to pay: what a confirmation, a 3-D Secure challenge or a slow bank does to a payment intent."""

from typing import Any

from plugins.stripe.fake.cards import BY_TOKEN, MESSAGES, PaymentTestMethod, behaviour, describe
from plugins.stripe.fake.charges import capture_charge, create_charge, create_failed_charge
from plugins.stripe.fake.errors import CardDeclined, missing, unexpected_state
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.store import Object
from plugins.stripe.fake.webhooks import emit

AUTHENTICATION_FAILED = "payment_intent_authentication_failure"


def resolve_method(fake: FakeStripe, wanted: str) -> Object:
    """A stored PaymentMethod, or a fresh one for a test token such as `pm_card_visa`."""
    if (method := BY_TOKEN.get(wanted)) is not None:
        fresh = fake.new("payment_method", "pm", billing_details={}, customer=None, **describe(method))
        return fake.save(fresh)
    found = fake.store.get("payment_method", wanted)
    if found is None:
        raise missing("payment_method", wanted, "payment_method", in_path=False)
    return found


def attempt(
    fake: FakeStripe, intent: Object, *, return_url: str | None, use_stripe_sdk: bool, off_session: bool
) -> Object:
    """Try to pay an intent that has a payment method. Raises `CardDeclined` after writing the failure."""
    method = fake.load("payment_method", intent["payment_method"])
    known = behaviour(method)
    if known.challenge and off_session:
        return _decline(fake, intent, method, "authentication_required", "authentication_required")
    if known.challenge:
        return _challenge(fake, intent, return_url, use_stripe_sdk)
    return _charge(fake, intent, method, known)


def finish_challenge(fake: FakeStripe, intent_id: str, *, success: bool) -> Object:
    """The customer passes or fails 3-D Secure. Returns the intent; a decline afterwards is not raised."""
    intent = fake.load("payment_intent", intent_id)
    if intent["status"] != "requires_action":
        message = f"This PaymentIntent has a status of {intent['status']} and awaits no authentication."
        raise unexpected_state(message, intent)
    method = fake.load("payment_method", intent["payment_method"])
    intent["next_action"] = None
    if not success:
        message = (
            "We are unable to authenticate your payment method. Please choose a different payment method and try again."
        )
        error = {"code": AUTHENTICATION_FAILED, "message": message, "type": "invalid_request_error"}
        return _fail(fake, intent, error | {"payment_method": method})
    try:
        return _charge(fake, intent, method, behaviour(method))
    except CardDeclined:
        return fake.load("payment_intent", intent_id)


def settle_processing(fake: FakeStripe, intent_id: str, *, success: bool) -> Object:
    """Helper: the bank answers a payment that was `processing`."""
    intent = fake.load("payment_intent", intent_id)
    if intent["status"] != "processing":
        raise unexpected_state(f"This PaymentIntent has a status of {intent['status']}.", intent)
    charge = fake.load("charge", intent["latest_charge"])
    if success:
        return _succeed(fake, intent, charge)
    message = "The bank account could not be debited."
    fake.save(charge | {"status": "failed", "failure_code": "payment_method_provider_decline"})
    emit(fake, "charge.failed", fake.load("charge", charge["id"]))
    method = fake.load("payment_method", intent["payment_method"])
    error = {"code": "payment_intent_payment_attempt_failed", "message": message, "type": "card_error"}
    return _fail(fake, intent, error | {"charge": charge["id"], "payment_method": method})


def _challenge(fake: FakeStripe, intent: Object, return_url: str | None, use_stripe_sdk: bool) -> Object:
    page = f"{fake.base_url}/_fake/authenticate/{intent['id']}?client_secret={intent['client_secret']}"
    action: dict[str, Any]
    if return_url and not use_stripe_sdk:
        action = {"type": "redirect_to_url", "redirect_to_url": {"return_url": return_url, "url": page}}
    else:
        details = {"type": "three_d_secure_redirect", "stripe_js": page, "source": f"src_{fake.token()}"}
        action = {"type": "use_stripe_sdk", "use_stripe_sdk": details}
    intent |= {"status": "requires_action", "next_action": action, "last_payment_error": None}
    fake.save(intent)
    emit(fake, "payment_intent.requires_action", intent)
    return intent


def _charge(fake: FakeStripe, intent: Object, method: Object, known: PaymentTestMethod) -> Object:
    intent |= {"next_action": None, "last_payment_error": None}
    if known.decline is not None:
        return _decline(fake, intent, method, *known.decline)
    charge = create_charge(fake, intent, method)
    intent["latest_charge"] = charge["id"]
    if known.kind != "card":
        fake.save(charge)
        fake.save(intent | {"status": "processing"})
        emit(fake, "charge.pending", charge)
        emit(fake, "payment_intent.processing", intent | {"status": "processing"})
        return fake.load("payment_intent", intent["id"])
    if intent["capture_method"] == "manual":
        fake.save(charge | {"paid": True, "status": "succeeded"})
        fake.save(intent | {"status": "requires_capture", "amount_capturable": intent["amount"]})
        intent = fake.load("payment_intent", intent["id"])
        emit(fake, "charge.succeeded", fake.load("charge", charge["id"]))
        emit(fake, "payment_intent.amount_capturable_updated", intent)
        return intent
    return _succeed(fake, intent, charge)


def _succeed(fake: FakeStripe, intent: Object, charge: Object) -> Object:
    fake.save(charge)
    charge = capture_charge(fake, charge, intent["amount"])
    fake.save(intent | {"status": "succeeded", "amount_received": intent["amount"]})
    intent = fake.load("payment_intent", intent["id"])
    emit(fake, "charge.succeeded", charge)
    emit(fake, "payment_intent.succeeded", intent)
    return intent


def _decline(fake: FakeStripe, intent: Object, method: Object, code: str, decline: str) -> Object:
    charge = create_failed_charge(fake, intent, method, code, decline)
    emit(fake, "charge.failed", charge)
    intent["latest_charge"] = charge["id"]
    details = {"charge": charge["id"], "decline_code": decline, "payment_method": method}
    message = MESSAGES.get(decline) or charge["failure_message"]
    error = {"code": code, "message": message, "type": "card_error"} | details
    intent = _fail(fake, intent, error)
    raise CardDeclined(message, code=code, extra=details | {"payment_intent": intent})


def _fail(fake: FakeStripe, intent: Object, error: dict[str, Any]) -> Object:
    failed = {"status": "requires_payment_method", "payment_method": None, "next_action": None}
    fake.save(intent | failed | {"last_payment_error": error})
    intent = fake.load("payment_intent", intent["id"])
    emit(fake, "payment_intent.payment_failed", intent)
    return intent
