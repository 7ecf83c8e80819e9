"""What can be wrong with a payment, in the codes of Saleor's transaction errors."""

from engine.core.errors import NotFound, Refusal


class UnknownTransaction(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("Transaction not found.", field=field)


class GatewayUnavailable(NotFound):
    """Unknown, not set up for the channel, or not for this currency: a shopper is told no more."""

    def __init__(self, gateway: str) -> None:
        super().__init__(f"Payment gateway {gateway[:80]} is not available.", field="paymentGateway")


class NothingToPay(Refusal):
    def __init__(self) -> None:
        super().__init__("Nothing is left to pay.", field="amount")


class AmountRefused(Refusal):
    """Not an amount of the currency, zero, or more than there is to move."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="amount")


class KeyTaken(Refusal):
    """The same idempotency key with another checkout, amount or action."""

    code = "UNIQUE"

    def __init__(self) -> None:
        super().__init__("Different transaction with provided idempotency key already exists.", field="idempotencyKey")


class DataRefused(Refusal):
    """The provider cannot read what the storefront sent it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="data")


class ActionRefused(Refusal):
    """The payment has no money for it, or its provider cannot do it."""

    def __init__(self, message: str) -> None:
        super().__init__(message, field="actionType")


class NoProvider(Refusal):
    """The payment was recorded by hand, or its provider is not set up any more."""

    code = "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK"

    def __init__(self) -> None:
        super().__init__("No payment provider can be asked about this transaction.", field="id")


class ReferenceTaken(Refusal):
    """The payment already has an event of this type and reference, with another amount."""

    code = "ALREADY_EXISTS"

    def __init__(self) -> None:
        super().__init__(
            "Event with provided `pspReference` and `type` already exists with another amount.", field="pspReference"
        )


class IncorrectCurrency(Refusal):
    code = "INCORRECT_CURRENCY"

    def __init__(self, wanted: str, field: str) -> None:
        super().__init__(f"Currency needs to be {wanted}.", field=field)
