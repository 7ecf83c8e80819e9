"""Refunds: full, partial, repeated, and the ones that take their time or fail at the bank."""

from plugins.stripe.currencies import currency_rule
from plugins.stripe.fake.cards import behaviour
from plugins.stripe.fake.charges import record_balance
from plugins.stripe.fake.errors import ApiError, InvalidParameter, unexpected_state
from plugins.stripe.fake.forms import Params, merge_metadata
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.store import Object
from plugins.stripe.fake.webhooks import emit

REASONS = ("duplicate", "fraudulent", "requested_by_customer")


def create(fake: FakeStripe, params: Params, wanted: str = "") -> Object:
    params.allow("payment_intent", "charge", "amount", "reason", "metadata", "expand")
    charge = _charge(fake, params)
    reason = params.choice("reason", REASONS)
    asked = params.integer("amount", minimum=1)
    if charge["disputed"]:
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise ApiError(message, code="charge_disputed")
    left = charge["amount_captured"] - charge["amount_refunded"]
    if left <= 0:
        message = f"Charge {charge['id']} has already been refunded."
        raise ApiError(message, code="charge_already_refunded")
    amount = left if asked is None else asked
    if amount > left:
        # Stripe sends no code with this one.
        whole = "unrefunded amount on charge" if charge["amount_refunded"] else "charge amount"
        raise ApiError(f"Refund amount ({amount}) is greater than {whole} ({left})", param="amount")
    if amount % (rule := currency_rule(charge["currency"].upper(), fake.today())).step:
        message = f"Invalid amount. Amounts in {rule.currency} must be evenly divisible by {rule.step}."
        raise InvalidParameter(message, code="invalid_charge_amount_no_decimal_compatible", param="amount")
    known = behaviour(fake.load("payment_method", charge["payment_method"]))
    refund = fake.new(
        "refund",
        "re",
        amount=amount,
        balance_transaction=None,
        charge=charge["id"],
        currency=charge["currency"],
        metadata=merge_metadata({}, params),
        payment_intent=charge["payment_intent"],
        reason=reason,
        receipt_number=None,
        status="pending" if known.refund == "pending" else "succeeded",
    )
    moved = record_balance(fake, "refund", -amount, refund["id"], refund["currency"])
    refund["balance_transaction"] = moved["id"]
    fake.save(refund)
    before = charge["amount_refunded"]
    after = before + amount
    charge |= {"amount_refunded": after, "refunded": after == charge["amount_captured"]}
    fake.save(charge)
    emit(fake, "refund.created", refund)
    emit(fake, "charge.refunded", charge, {"amount_refunded": before})
    return refund


def update(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("metadata", "expand")
    refund = fake.load("refund", wanted)
    before = refund["metadata"]
    refund["metadata"] = merge_metadata(before, params)
    fake.save(refund)
    emit(fake, "refund.updated", refund, {"metadata": before})
    return refund


def settle(fake: FakeStripe, refund_id: str, *, success: bool) -> Object:
    """Helper: the bank answers. A failed refund returns its money to the balance and to the charge."""
    refund = fake.load("refund", refund_id)
    before = refund["status"]
    if before == "failed" or (before == "succeeded" and success):
        raise ApiError(f"This refund has already {before}.")
    refund["status"] = "succeeded" if success else "failed"
    if not success:
        back = record_balance(fake, "refund_failure", refund["amount"], refund["id"], refund["currency"])
        refund |= {"failure_balance_transaction": back["id"], "failure_reason": "lost_or_stolen_card"}
        charge = fake.load("charge", refund["charge"])
        charge |= {"amount_refunded": charge["amount_refunded"] - refund["amount"], "refunded": False}
        fake.save(charge)
    fake.save(refund)
    emit(fake, "refund.updated", refund, {"status": before})
    emit(fake, "charge.refund.updated", refund, {"status": before})
    if not success:
        emit(fake, "refund.failed", refund)
    return refund


def _charge(fake: FakeStripe, params: Params) -> Object:
    charge_id, intent_id = params.text("charge"), params.text("payment_intent")
    if charge_id is None and intent_id is None:
        message = "One of the following params should be provided for this request: payment_intent or charge."
        raise InvalidParameter(message, code="parameter_missing")
    if intent_id is None:
        assert charge_id is not None
        charge = fake.load("charge", charge_id, "charge", in_path=False)
        if not charge["captured"]:
            raise ApiError(f"Charge {charge_id} has not been captured.", code="charge_not_captured")
        return charge
    intent = fake.load("payment_intent", intent_id, "payment_intent", in_path=False)
    if intent["status"] != "succeeded" or charge_id not in (None, intent["latest_charge"]):
        message = f"This PaymentIntent ({intent_id}) does not have a successful charge to refund."
        raise unexpected_state(message, intent)
    return fake.load("charge", intent["latest_charge"])
