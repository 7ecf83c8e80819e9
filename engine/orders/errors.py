"""What can be wrong with an order, in the codes of Saleor's `OrderErrorCode`."""

import uuid
from collections.abc import Sequence

from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global


class UnknownOrder(NotFound):
    """There is none, or it is in a channel the caller may not see."""

    def __init__(self, field: str = "id") -> None:
        super().__init__("Couldn't resolve to an Order.", field=field)


class UnknownFulfillment(NotFound):
    def __init__(self) -> None:
        super().__init__("Couldn't resolve to a Fulfillment.", field="id")


class CannotCancelOrder(Refusal):
    code = "CANNOT_CANCEL_ORDER"

    def __init__(self) -> None:
        super().__init__("This order can't be canceled.", field="order")


class CannotCancelFulfillment(Refusal):
    code = "CANNOT_CANCEL_FULFILLMENT"

    def __init__(self) -> None:
        super().__init__("This fulfillment can't be canceled.", field="fulfillment")


class CannotConfirm(Refusal):
    code = "INVALID"

    def __init__(self) -> None:
        super().__init__("Provided order id belongs to an order with status different than unconfirmed.", field="id")


class CannotFulfill(Refusal):
    """The order's status does not allow it, or more is asked for than is left of a line."""

    code = "FULFILL_ORDER_LINE"

    def __init__(self, message: str, line_ids: Sequence[uuid.UUID] = (), *, code: str = "FULFILL_ORDER_LINE") -> None:
        super().__init__(
            message,
            field="orderLineId" if line_ids else "order",
            code=code,
            order_lines=[to_global("OrderLine", line_id) for line_id in line_ids],
        )


class AlreadyPaid(Refusal):
    code = "PAYMENT_ERROR"

    def __init__(self) -> None:
        super().__init__("Nothing is left to pay for this order.", field="order")
