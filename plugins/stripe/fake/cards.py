"""Stripe's test payment methods and how each behaves (docs.stripe.com/testing)."""

import hashlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PaymentTestMethod:
    """`decline` is (code, decline_code); with `challenge` it comes after the 3-D Secure challenge."""

    token: str
    brand: str = "visa"
    last4: str = "4242"
    decline: tuple[str, str] | None = None
    challenge: bool = False
    dispute: str | None = None
    refund: str = "succeeded"
    kind: str = "card"

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(self.token.encode()).hexdigest()[:16]


_FUNDS = ("card_declined", "insufficient_funds")

TEST_METHODS = (
    PaymentTestMethod("pm_card_visa"),
    PaymentTestMethod("pm_card_visa_debit", last4="5556"),
    PaymentTestMethod("pm_card_mastercard", "mastercard", "4444"),
    PaymentTestMethod("pm_card_amex", "amex", "8431"),
    PaymentTestMethod("pm_card_discover", "discover", "1117"),
    PaymentTestMethod("pm_card_unionpay", "unionpay", "0005"),
    PaymentTestMethod("pm_card_jcb", "jcb", "0505"),
    PaymentTestMethod("pm_card_chargeDeclined", last4="0002", decline=("card_declined", "generic_decline")),
    PaymentTestMethod("pm_card_visa_chargeDeclined", last4="0002", decline=("card_declined", "generic_decline")),
    PaymentTestMethod("pm_card_chargeDeclinedInsufficientFunds", last4="9995", decline=_FUNDS),
    PaymentTestMethod("pm_card_visa_chargeDeclinedInsufficientFunds", last4="9995", decline=_FUNDS),
    PaymentTestMethod("pm_card_visa_chargeDeclinedLostCard", last4="9987", decline=("card_declined", "lost_card")),
    PaymentTestMethod("pm_card_visa_chargeDeclinedStolenCard", last4="9979", decline=("card_declined", "stolen_card")),
    PaymentTestMethod("pm_card_chargeDeclinedExpiredCard", last4="0069", decline=("expired_card", "expired_card")),
    PaymentTestMethod("pm_card_chargeDeclinedIncorrectCvc", last4="0127", decline=("incorrect_cvc", "incorrect_cvc")),
    PaymentTestMethod(
        "pm_card_chargeDeclinedProcessingError", last4="0119", decline=("processing_error", "processing_error")
    ),
    PaymentTestMethod("pm_card_chargeDeclinedFraudulent", last4="0019", decline=("card_declined", "fraudulent")),
    PaymentTestMethod("pm_card_authenticationRequired", last4="3184", challenge=True),
    PaymentTestMethod("pm_card_threeDSecure2Required", last4="3220", challenge=True),
    PaymentTestMethod("pm_card_threeDSecureRequired", last4="3063", challenge=True),
    PaymentTestMethod("pm_card_threeDSecureOptional", last4="3055"),
    PaymentTestMethod(
        "pm_card_threeDSecureRequiredChargeDeclined",
        last4="1629",
        challenge=True,
        decline=("card_declined", "generic_decline"),
    ),
    PaymentTestMethod(
        "pm_card_authenticationRequiredChargeDeclinedInsufficientFunds",
        last4="3178",
        challenge=True,
        decline=_FUNDS,
    ),
    PaymentTestMethod("pm_card_createDispute", last4="0259", dispute="fraudulent"),
    PaymentTestMethod("pm_card_createDisputeProductNotReceived", last4="2685", dispute="product_not_received"),
    PaymentTestMethod("pm_card_refundFail", last4="5126", refund="failed"),
    PaymentTestMethod("pm_card_pendingRefund", last4="7726", refund="pending"),
    PaymentTestMethod("pm_usBankAccount_processing", last4="6789", kind="us_bank_account"),
)
BY_TOKEN = {method.token: method for method in TEST_METHODS}
_BY_FINGERPRINT = {method.fingerprint: method for method in TEST_METHODS}

MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
}


def describe(method: PaymentTestMethod) -> dict[str, Any]:
    """The method's own part of a PaymentMethod object."""
    if method.kind != "card":
        details = {"bank_name": "STRIPE TEST BANK", "last4": method.last4, "fingerprint": method.fingerprint}
        return {"type": method.kind, method.kind: details}
    card = {
        "brand": method.brand,
        "country": "US",
        "exp_month": 12,
        "exp_year": 2034,
        "fingerprint": method.fingerprint,
        "funding": "credit",
        "last4": method.last4,
    }
    return {"type": "card", "card": card}


def behaviour(payment_method: dict[str, Any]) -> PaymentTestMethod:
    """The test method that a stored PaymentMethod object was made from."""
    return _BY_FINGERPRINT[payment_method[payment_method["type"]]["fingerprint"]]
