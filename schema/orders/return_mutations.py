"""Goods that come back, and money for them."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.errors import InvalidId
from engine.core.ids import int_pk, uuid_pk
from engine.flows.return_products import Back, CannotMove, Units, take_back
from schema.common.inputs import set_or
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.orders.errors import OrderError
from schema.orders.line_types import Fulfillment
from schema.orders.loading import shown
from schema.orders.reasons import page_of
from schema.orders.types import Order

MANAGERS = needs("MANAGE_ORDERS")


@strawberry.input
class OrderRefundLineInput:
    order_line_id: strawberry.ID
    quantity: int


@strawberry.input
class OrderRefundFulfillmentLineInput:
    fulfillment_line_id: strawberry.ID
    quantity: int


@strawberry.input
class OrderRefundProductsInput:
    order_lines: list[OrderRefundLineInput] | None = UNSET
    fulfillment_lines: list[OrderRefundFulfillmentLineInput] | None = UNSET
    amount_to_refund: PositiveDecimal | None = UNSET
    include_shipping_costs: bool | None = UNSET


@strawberry.input
class OrderReturnLineInput:
    order_line_id: strawberry.ID
    quantity: int
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET


@strawberry.input
class OrderReturnFulfillmentLineInput:
    fulfillment_line_id: strawberry.ID
    quantity: int
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET


@strawberry.input
class OrderReturnProductsInput:
    order_lines: list[OrderReturnLineInput] | None = UNSET
    fulfillment_lines: list[OrderReturnFulfillmentLineInput] | None = UNSET
    amount_to_refund: PositiveDecimal | None = UNSET
    include_shipping_costs: bool | None = UNSET
    refund: bool | None = UNSET
    reason: str | None = UNSET
    reason_reference: strawberry.ID | None = UNSET


@strawberry.type
class FulfillmentRefundProducts:
    fulfillment: Fulfillment | None
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class FulfillmentReturnProducts:
    return_fulfillment: Fulfillment | None
    order: Order | None
    errors: list[OrderError]


def _order_lines(given: Any) -> list[Units]:
    try:
        return [
            Units(uuid_pk(line.order_line_id, "OrderLine"), line.quantity, _reason(line), _page(line))
            for line in set_or(given) or ()
        ]
    except InvalidId as error:
        raise CannotMove(str(error), "orderLineId", code="NOT_FOUND") from error


def _fulfillment_lines(given: Any) -> list[Units]:
    try:
        return [
            Units(int_pk(line.fulfillment_line_id, "FulfillmentLine"), line.quantity, _reason(line), _page(line))
            for line in set_or(given) or ()
        ]
    except InvalidId as error:
        raise CannotMove(str(error), "fulfillmentLineId", code="NOT_FOUND") from error


def _reason(line: Any) -> str:
    return set_or(getattr(line, "reason", None)) or ""


def _page(line: Any) -> int | None:
    return page_of(getattr(line, "reason_reference", None))


@strawberry.type
class ReturnMutations:
    @mutation_field(MANAGERS, description="Pay back for goods, sent or not. Unsent ones are for sale again.")
    async def order_fulfillment_refund_products(
        self, info: BatchInfo, order: strawberry.ID, input: OrderRefundProductsInput
    ) -> FulfillmentRefundProducts:
        back = Back(
            order_lines=_order_lines(input.order_lines),
            fulfillment_lines=_fulfillment_lines(input.fulfillment_lines),
            amount=set_or(input.amount_to_refund),
            shipping=set_or(input.include_shipping_costs) is True,
        )
        row, made = await take_back(info.context, uuid_pk(order, "Order"), back)
        return payload(order=shown(info.context, row), fulfillment=made[0] if made else None)

    @mutation_field(MANAGERS, description="Note goods that came back, and pay back for them when asked to.")
    async def order_fulfillment_return_products(
        self, info: BatchInfo, order: strawberry.ID, input: OrderReturnProductsInput
    ) -> FulfillmentReturnProducts:
        back = Back(
            order_lines=_order_lines(input.order_lines),
            fulfillment_lines=_fulfillment_lines(input.fulfillment_lines),
            refund=set_or(input.refund) is True,
            returned=True,
            amount=set_or(input.amount_to_refund),
            shipping=set_or(input.include_shipping_costs) is True,
            reason=set_or(input.reason) or "",
            reason_page_id=page_of(input.reason_reference),
        )
        row, made = await take_back(info.context, uuid_pk(order, "Order"), back)
        return payload(order=shown(info.context, row), return_fulfillment=made[0] if made else None)
