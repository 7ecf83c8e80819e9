"""What staff do with an order besides sending it: confirm, cancel, take a fulfilment back, note."""

import uuid
from collections import defaultdict

from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.flows import cancel_shipments
from engine.flows.promo_codes import give_codes_back
from engine.inventory import service as inventory
from engine.inventory import turns
from engine.listing.service import refresh_variants
from engine.orders import queries, rules, service
from engine.orders.errors import CannotCancelFulfillment, UnknownFulfillment
from engine.orders.mails import OrderMail, post

NOTE_LENGTH = 10_000
TRACKING_LENGTH = 255


async def confirm_order(tx: WriteCtx, order_id: uuid.UUID) -> Row:
    """Raises UnknownOrder, CannotConfirm."""
    return await service.confirm(tx, await service.lock(tx, order_id))


async def cancel_order(tx: WriteCtx, order_id: uuid.UUID) -> Row:
    """Stock, voucher and gift cards are given back; money is left to who handles payments.

    Raises UnknownOrder, CannotCancelOrder.
    """
    order = await service.cancel(tx, await service.lock(tx, order_id))
    (lines,) = await queries.lines_of(tx, [order_id])
    await give_codes_back(tx, order)
    await turns.returning(tx, order_id)
    await inventory.deallocate_order(tx, order_id, cause="order cancelled")
    post(tx, OrderMail.ORDER_CANCEL, order_id)
    await refresh_variants(tx, (line["variant_id"] for line in lines))
    return order


async def cancel_fulfillment(tx: WriteCtx, fulfillment_id: int, warehouse_id: uuid.UUID | None) -> Row:
    """Undo a fulfilment: the goods are back in the warehouse, allocated to the order again. Returns the order.

    Raises UnknownFulfillment, UnknownOrder, CannotCancelFulfillment, UnknownWarehouse, Refusal without a warehouse.
    """
    order, fulfillment = await _locked(tx, fulfillment_id)
    if not rules.can_cancel_fulfillment(fulfillment["status"]):
        raise CannotCancelFulfillment
    (sent,) = await queries.fulfillment_lines_of(tx, [fulfillment_id])
    waited = fulfillment["status"] == "WAITING_FOR_APPROVAL"  # its goods never left the shelf
    if waited:
        warehouse_id = None
    elif warehouse_id is None and any(row["stock_id"] is not None for row in sent):
        raise Refusal("Say which warehouse the goods go back to.", field="warehouseId", code="REQUIRED")
    back: dict[uuid.UUID, int] = defaultdict(int)
    for row in sorted(sent, key=lambda row: (row["stock_id"] or 0, row["id"])):
        back[row["order_line_id"]] -= row["quantity"]
        if warehouse_id is not None:
            await inventory.take_back(
                tx,
                fulfillment_id=fulfillment_id,
                order_line_id=row["order_line_id"],
                warehouse_id=warehouse_id,
                quantity=row["quantity"],
            )
    await service.update_fulfillment(tx, fulfillment_id, status="CANCELED")
    await cancel_shipments.stop(tx, fulfillment_id)
    order = await service.count_shipped(tx, order, back)
    if warehouse_id is not None:
        quantity = -sum(back.values())
        await service.note(
            tx, order["id"], "FULFILLMENT_RESTOCKED_ITEMS", quantity=quantity, warehouse_id=str(warehouse_id)
        )
    await service.note(
        tx, order["id"], "FULFILLMENT_CANCELED", composed_id=f"{order['number']}-{fulfillment['fulfillment_order']}"
    )
    tx.emit("fulfillment.canceled", "Fulfillment", fulfillment_id, order_id=str(order["id"]))
    rows = await queries.lines_by_ids(tx, list(back))
    await refresh_variants(tx, (row["variant_id"] for row in rows if row is not None))
    return order


async def update_tracking(tx: WriteCtx, fulfillment_id: int, tracking_number: str, *, notify: bool) -> tuple[Row, Row]:
    """The order and the fulfilment. Raises UnknownFulfillment, UnknownOrder, Refusal."""
    number = tracking_number.strip()
    if len(number) > TRACKING_LENGTH:
        raise Refusal(f"A tracking number has at most {TRACKING_LENGTH} characters.", field="trackingNumber")
    order, _ = await _locked(tx, fulfillment_id)
    await service.update_fulfillment(tx, fulfillment_id, tracking_number=number)
    await service.note(tx, order["id"], "TRACKING_UPDATED", fulfillment_id=fulfillment_id, tracking_number=number)
    tx.emit("fulfillment.tracking_number_updated", "Fulfillment", fulfillment_id, order_id=str(order["id"]))
    if notify and number:
        post(tx, OrderMail.TRACKING_UPDATED, order["id"], fulfillment_id=fulfillment_id)
    fulfillment = await queries.fulfillment(tx, fulfillment_id)
    assert fulfillment is not None
    return order, fulfillment


async def add_note(tx: WriteCtx, order_id: uuid.UUID, message: str) -> tuple[Row, Row]:
    """The order and the new event. Raises UnknownOrder, Refusal."""
    if not message.strip():
        raise Refusal("Message can't be empty.", field="message", code="REQUIRED")
    if len(message) > NOTE_LENGTH:
        raise Refusal(f"A note has at most {NOTE_LENGTH} characters.", field="message", code="GRAPHQL_ERROR")
    order = await service.lock(tx, order_id)
    event_id = await service.note(tx, order_id, "NOTE_ADDED", message=message)
    (events,) = await queries.events_of(tx, [order_id])
    return order, next(event for event in events if event["id"] == event_id)


async def _locked(tx: WriteCtx, fulfillment_id: int) -> tuple[Row, Row]:
    """The fulfilment, read under its order's lock."""
    found = await queries.fulfillment(tx, fulfillment_id)
    if found is None:
        raise UnknownFulfillment
    order = await service.lock(tx, found["order_id"])
    fulfillment = await queries.fulfillment(tx, fulfillment_id)
    assert fulfillment is not None
    return order, fulfillment
