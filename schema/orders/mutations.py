"""Placing orders, and what staff do with them."""

import uuid
from typing import Annotated

import strawberry

from engine.core.context import transact
from engine.core.errors import Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.flows import order_actions
from engine.flows.approve_fulfillment import approve
from engine.flows.complete_checkout import complete_checkout
from engine.flows.fulfill import fulfill
from engine.flows.record_by_hand import mark_as_paid
from engine.orders import queries
from schema.checkout.errors import CheckoutError
from schema.common.inputs import set_or
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import JSONString
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import PUBLIC, needs
from schema.execution.info import BatchInfo
from schema.orders.edit_mutations import EditMutations
from schema.orders.errors import OrderError, OrderNoteAddError
from schema.orders.event_types import OrderEvent
from schema.orders.inputs import (
    FulfillmentCancelInput,
    FulfillmentUpdateTrackingInput,
    OrderFulfillInput,
    OrderNoteInput,
    shelves,
    warehouse_of,
)
from schema.orders.invoice_mutations import InvoiceMutations
from schema.orders.line_types import Fulfillment
from schema.orders.loading import shown
from schema.orders.reasons import ReasonMutations
from schema.orders.refund_mutations import RefundMutations
from schema.orders.return_mutations import ReturnMutations
from schema.orders.types import Order

MANAGERS = needs("MANAGE_ORDERS")


@strawberry.type
class CheckoutComplete:
    order: Order | None
    confirmation_needed: bool
    confirmation_data: JSONString | None
    errors: list[CheckoutError]


@strawberry.type
class OrderConfirm:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderCancel:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderMarkAsPaid:
    order: Order | None
    errors: list[OrderError]


@strawberry.type
class OrderFulfill:
    order: Order | None
    fulfillments: list[Fulfillment] | None
    errors: list[OrderError]


@strawberry.type
class FulfillmentApprove:
    order: Order | None
    fulfillment: Fulfillment | None
    errors: list[OrderError]


@strawberry.type
class FulfillmentCancel:
    order: Order | None
    fulfillment: Fulfillment | None
    errors: list[OrderError]


@strawberry.type
class FulfillmentUpdateTracking:
    order: Order | None
    fulfillment: Fulfillment | None
    errors: list[OrderError]


@strawberry.type
class OrderNoteAdd:
    order: Order | None
    event: OrderEvent | None
    errors: list[OrderNoteAddError]


@strawberry.type
class OrdersMutations(EditMutations, InvoiceMutations, ReasonMutations, RefundMutations, ReturnMutations):
    @mutation_field(
        PUBLIC,
        empty={"confirmation_needed": False},
        description="Make the order of a paid checkout. Asked again, it answers with the order already made.",
    )
    async def checkout_complete(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        token: uuid.UUID | None = None,
        metadata: list[MetadataInput] | None = None,
    ) -> CheckoutComplete:
        key = uuid_pk(id, "Checkout") if id is not None else token
        if key is None:
            raise Refusal("At least one of arguments is required: 'id', 'token'.", field="id", code="GRAPHQL_ERROR")
        order = await complete_checkout(info.context, key, meta=as_meta(metadata))
        return payload(order=shown(info.context, order))

    @mutation_field(MANAGERS, description="Accept an unconfirmed order.")
    async def order_confirm(self, info: BatchInfo, id: strawberry.ID) -> OrderConfirm:
        order = await transact(info.context, order_actions.confirm_order, uuid_pk(id, "Order"))
        return payload(order=shown(info.context, order))

    @mutation_field(MANAGERS, description="Cancel an order of which nothing was sent; its stock is for sale again.")
    async def order_cancel(self, info: BatchInfo, id: strawberry.ID) -> OrderCancel:
        order = await transact(info.context, order_actions.cancel_order, uuid_pk(id, "Order"))
        return payload(order=shown(info.context, order))

    @mutation_field(MANAGERS, description="Record that all that is left to pay has come.")
    async def order_mark_as_paid(
        self, info: BatchInfo, id: strawberry.ID, transaction_reference: str | None = None
    ) -> OrderMarkAsPaid:
        order = await mark_as_paid(info.context, uuid_pk(id, "Order"), transaction_reference)
        return payload(order=shown(info.context, order))

    @mutation_field(MANAGERS, description="Send goods of an order; its carrier is asked for a tracking number.")
    async def order_fulfill(
        self, info: BatchInfo, input: OrderFulfillInput, order: strawberry.ID | None = None
    ) -> OrderFulfill:
        if order is None:
            raise Refusal("Say which order.", field="order", code="REQUIRED")
        order_id = uuid_pk(order, "Order")
        tracking, notify = set_or(input.tracking_number) or "", set_or(input.notify_customer, True) is not False
        sent = await fulfill(info.context, order_id, shelves(input), tracking_number=tracking.strip(), notify=notify)
        (made,) = await queries.fulfillments_of(info.context, [order_id])
        mine = [row for row in made if row["id"] in sent.fulfillment_ids]
        return payload(order=shown(info.context, sent.order), fulfillments=mine)

    @mutation_field(MANAGERS, description="Let a fulfilment go that waited for somebody to look at it.")
    async def order_fulfillment_approve(
        self,
        info: BatchInfo,
        id: strawberry.ID,
        notify_customer: bool,
        allow_stock_to_be_exceeded: Annotated[
            bool | None,
            strawberry.argument(description="Changes nothing: stock never goes below zero. Correct the count first."),
        ] = None,
    ) -> FulfillmentApprove:
        order, fulfillment = await approve(info.context, int_pk(id, "Fulfillment"), notify=notify_customer)
        return payload(order=shown(info.context, order), fulfillment=fulfillment)

    @mutation_field(MANAGERS, description="Take a fulfilment back: its goods return to the warehouse.")
    async def order_fulfillment_cancel(
        self, info: BatchInfo, id: strawberry.ID, input: FulfillmentCancelInput | None = None
    ) -> FulfillmentCancel:
        key = int_pk(id, "Fulfillment")
        order = await transact(info.context, order_actions.cancel_fulfillment, key, warehouse_of(input))
        fulfillment = await queries.fulfillment(info.context, key)
        return payload(order=shown(info.context, order), fulfillment=fulfillment)

    @mutation_field(MANAGERS, description="Set the tracking number of a fulfilment.")
    async def order_fulfillment_update_tracking(
        self, info: BatchInfo, id: strawberry.ID, input: FulfillmentUpdateTrackingInput
    ) -> FulfillmentUpdateTracking:
        number, notify = set_or(input.tracking_number) or "", set_or(input.notify_customer) is True
        order, fulfillment = await transact(
            info.context, order_actions.update_tracking, int_pk(id, "Fulfillment"), number, notify=notify
        )
        return payload(order=shown(info.context, order), fulfillment=fulfillment)

    @mutation_field(MANAGERS, description="Add a note to an order's history.")
    async def order_note_add(self, info: BatchInfo, order: strawberry.ID, input: OrderNoteInput) -> OrderNoteAdd:
        row, event = await transact(info.context, order_actions.add_note, uuid_pk(order, "Order"), input.message)
        said = {**event, "currency": row["currency"], "number": row["number"]}
        return payload(order=shown(info.context, row), event=said)
