"""Charges, the balance they move, and the disputes opened on them."""

from typing import Any

from plugins.stripe.fake.cards import MESSAGES, behaviour
from plugins.stripe.fake.errors import ApiError
from plugins.stripe.fake.forms import Params
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.store import Object
from plugins.stripe.fake.webhooks import emit

FEE_MILLI = 29
DISPUTE_FEE = 1500


def create_charge(fake: FakeStripe, intent: Object, method: Object, **fields: Any) -> Object:
    """A charge for the whole intent, uncaptured and unpaid unless `fields` say otherwise."""
    details = {"type": method["type"], method["type"]: method[method["type"]]}
    charge = fake.new(
        "charge",
        "ch",
        amount=intent["amount"],
        amount_captured=0,
        amount_refunded=0,
        balance_transaction=None,
        captured=False,
        currency=intent["currency"],
        customer=None,
        description=intent["description"],
        dispute=None,
        disputed=False,
        failure_code=None,
        failure_message=None,
        metadata=dict(intent["metadata"]),
        outcome={"network_status": "approved_by_network", "type": "authorized"},
        paid=False,
        payment_intent=intent["id"],
        payment_method=method["id"],
        payment_method_details=details,
        receipt_email=intent["receipt_email"],
        refunded=False,
        status="pending",
    )
    return charge | fields


def create_failed_charge(fake: FakeStripe, intent: Object, method: Object, code: str, decline: str) -> Object:
    message = MESSAGES.get(decline) or MESSAGES.get(code) or MESSAGES["card_declined"]
    charge = create_charge(
        fake,
        intent,
        method,
        failure_code=code,
        failure_message=message,
        outcome={"network_status": "declined_by_network", "reason": decline, "type": "issuer_declined"},
        status="failed",
    )
    return fake.save(charge)


def capture_charge(fake: FakeStripe, charge: Object, amount: int) -> Object:
    """Take `amount` of the charge. What is left of an authorisation is released without a refund.

    Since API version 2025-03-31.basil a partial capture makes no Refund and leaves `amount_refunded` alone.
    """
    fee = (amount * FEE_MILLI + 500) // 1000 + 30
    transaction = record_balance(fake, "charge", amount, charge["id"], charge["currency"], fee)
    taken = {"amount_captured": amount, "captured": True, "paid": True, "status": "succeeded"}
    charge |= taken | {"balance_transaction": transaction["id"]}
    fake.save(charge)
    method = fake.store.get("payment_method", charge["payment_method"])
    if method and (reason := behaviour(method).dispute):
        open_dispute(fake, charge["id"], reason=reason)
    return fake.load("charge", charge["id"])


def record_balance(fake: FakeStripe, kind: str, amount: int, source: str, currency: str, fee: int = 0) -> Object:
    """A balance transaction; its fee is made up (2.9 % and 30 minor units), not a price of Stripe's."""
    transaction = fake.new(
        "balance_transaction",
        "txn",
        amount=amount,
        available_on=fake.now() + 2 * 86_400,
        currency=currency,
        exchange_rate=None,
        fee=fee,
        fee_details=[{"amount": fee, "currency": currency, "type": "stripe_fee"}] if fee else [],
        net=amount - fee,
        reporting_category={"adjustment": "dispute"}.get(kind, kind),
        source=source,
        status="pending",
        type=kind,
    )
    return fake.save(transaction)


def open_dispute(fake: FakeStripe, charge_id: str, *, amount: int | None = None, reason: str = "fraudulent") -> Object:
    """Helper: the cardholder disputes a captured charge; the bank takes the money back at once."""
    charge = fake.load("charge", charge_id)
    left = charge["amount_captured"] - charge["amount_refunded"]
    disputed = left if amount is None else amount
    if charge["disputed"] or not 0 < disputed <= left:
        raise ApiError("This charge cannot be disputed for that amount.", param="amount")
    dispute = fake.new(
        "dispute",
        "du",
        amount=disputed,
        charge=charge_id,
        currency=charge["currency"],
        evidence={},
        evidence_details={"due_by": fake.now() + 7 * 86_400, "has_evidence": False, "submission_count": 0},
        is_charge_refundable=False,
        payment_intent=charge["payment_intent"],
        reason=reason,
        status="needs_response",
    )
    taken = record_balance(fake, "adjustment", -disputed, dispute["id"], charge["currency"], DISPUTE_FEE)
    fake.save(dispute | {"balance_transactions": [taken]})
    fake.save(charge | {"disputed": True, "dispute": dispute["id"]})
    dispute = fake.load("dispute", dispute["id"])
    emit(fake, "charge.dispute.created", dispute)
    emit(fake, "charge.dispute.funds_withdrawn", dispute)
    return dispute


def close_dispute(fake: FakeStripe, dispute_id: str, *, won: bool) -> Object:
    """Helper: the bank decides. A won dispute brings the amount back, the fee stays paid."""
    dispute = fake.load("dispute", dispute_id)
    if dispute["status"] != "needs_response":
        raise ApiError("This dispute is already closed.")
    dispute["status"] = "won" if won else "lost"
    if won:
        back = record_balance(fake, "adjustment", dispute["amount"], dispute["id"], dispute["currency"])
        dispute["balance_transactions"].append(back)
    fake.save(dispute)
    if won:
        emit(fake, "charge.dispute.funds_reinstated", dispute)
    emit(fake, "charge.dispute.closed", dispute)
    return dispute


def retrieve(kind: str) -> Any:
    """A handler that answers one stored object of a kind."""

    def handler(fake: FakeStripe, params: Params, wanted: str) -> Object:
        params.allow("expand")
        return fake.load(kind, wanted)

    return handler
