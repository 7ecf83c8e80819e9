"""What can be wrong with a granted refund, in the codes of Saleor's `OrderGrantRefund…ErrorCode`."""

from collections.abc import Sequence
from typing import Any

from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.refunds.rules import LineFault


class UnknownGrantedRefund(NotFound):
    def __init__(self, field: str = "id") -> None:
        super().__init__("Couldn't resolve to an OrderGrantedRefund.", field=field)


class NothingGranted(Refusal):
    code = "REQUIRED"

    def __init__(self) -> None:
        super().__init__("Say an amount, lines or that the shipping is refunded.", field="amount")


_ROWS = {"lines": "lines", "addLines": "add_lines", "removeLines": "remove_lines"}


class LinesRefused(Refusal):
    """`field` is also the name under which the faults of the single lines are told."""

    code = "INVALID"

    def __init__(self, faults: Sequence[LineFault], field: str = "lines") -> None:
        told = [
            {"field": fault.field, "code": fault.code, "message": fault.message, "line_id": _global(fault)}
            for fault in faults
        ]
        facts: dict[str, Any] = {_ROWS[field]: told}
        super().__init__("Provided input for lines is invalid.", field=field, **facts)


class ShippingAlreadyGranted(Refusal):
    code = "SHIPPING_COSTS_ALREADY_GRANTED"

    def __init__(self) -> None:
        super().__init__("Shipping costs have already been granted.", field="grantRefundForShipping")


class MoreThanAvailable(Refusal):
    code = "AMOUNT_GREATER_THAN_AVAILABLE"

    def __init__(self, field: str = "amount") -> None:
        super().__init__("Cannot grant more than what is charged and not granted already.", field=field)


class RefundPending(Refusal):
    code = "REFUND_IS_PENDING"

    def __init__(self) -> None:
        super().__init__("Refund is already being processed.", field="grantedRefundId")


class RefundDone(Refusal):
    code = "REFUND_ALREADY_PROCESSED"

    def __init__(self) -> None:
        super().__init__("Refund has already been processed.", field="grantedRefundId")


def _global(fault: LineFault) -> str:
    return fault.line_id if isinstance(fault.line_id, str) else to_global(fault.type_name, fault.line_id)
