"""What can be wrong with an invoice, in the codes of Saleor's `InvoiceErrorCode`."""

from engine.core.errors import NotFound, Refusal


class UnknownInvoice(NotFound):
    def __init__(self) -> None:
        super().__init__("Couldn't resolve to an Invoice.", field="id")


class WrongStatus(Refusal):
    """Drafts and orders that nobody has confirmed are not invoiced."""

    code = "INVALID_STATUS"

    def __init__(self) -> None:
        super().__init__("Provided order status cannot be draft, unconfirmed or expired.", field="orderId")


class NoBillingAddress(Refusal):
    code = "NOT_READY"

    def __init__(self) -> None:
        super().__init__("Order billing address is not set.", field="orderId")


class NumberTaken(Refusal):
    code = "INVALID_STATUS"

    def __init__(self) -> None:
        super().__init__("Another invoice has this number.", field="number")


class NotReady(Refusal):
    """`code`: what it lacks, NOT_READY, URL_NOT_SET, NUMBER_NOT_SET or EMAIL_NOT_SET."""

    def __init__(self, code: str, message: str, field: str = "invoice") -> None:
        super().__init__(message, field=field, code=code)
