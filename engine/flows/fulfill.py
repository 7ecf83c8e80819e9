"""Sending an order: goods leave the shelf and are written down, then the carrier is asked, then its answer recorded."""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from engine.accounts import queries as accounts
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.core.outside import OutsideTimeout, outside_call
from engine.core.storage import open_storage
from engine.extensions.service import instance
from engine.flows import cancel_shipments
from engine.inventory import queries as inventory_queries
from engine.inventory import service as inventory
from engine.inventory.errors import UnknownWarehouse
from engine.listing.service import refresh_variants
from engine.orders import queries, service
from engine.orders.errors import CannotFulfill
from engine.orders.mails import OrderMail, post
from engine.payments import queries as payments
from engine.sdk.amounts import Address, Amount
from engine.sdk.carriers import Carrier, CarrierFault, Item, ShipRequest, ShipResult
from engine.sdk.plugins import Kind
from engine.shipping import queries as shipping_queries
from engine.shipping import service as shipping
from engine.shop import queries as shop

CARRIER_SECONDS = 10.0
SHIP_JOB = "fulfillment.ship"
log = structlog.get_logger("argosy.carriers")
_ADDRESS_FIELDS = tuple(Address.__dataclass_fields__)


@dataclass(frozen=True)
class FromShelf:
    """So many units of an order line out of one warehouse."""

    order_line_id: uuid.UUID
    warehouse_id: uuid.UUID
    quantity: int


@dataclass(frozen=True)
class Sent:
    order: Row
    fulfillment_ids: tuple[int, ...]


class CarrierUnavailable(Exception):
    """No answer that counts; the shipment keeps the reason and is tried again."""


async def fulfill(
    ctx: Ctx, order_id: uuid.UUID, shelves: Sequence[FromShelf], *, tracking_number: str = "", notify: bool = True
) -> Sent:
    """One fulfilment for each warehouse. With a tracking number given the parcel is already on its way, so that no
    carrier is asked; otherwise the order's carrier is, and a fault of it leaves a job that asks again.

    Raises UnknownOrder, CannotFulfill, UnknownWarehouse, InsufficientStock, Refusal.
    """
    _check(shelves)
    sent, shipments = await transact(ctx, _fulfill, order_id, shelves, tracking_number, notify)
    await hand_over(ctx, shipments, notify=notify)
    return sent


async def hand_over(ctx: Ctx, shipments: Sequence[uuid.UUID], *, notify: bool) -> None:
    """Hand parcels to their carriers; a fault leaves a job that asks again."""
    for shipment_id in shipments:
        try:
            await ship(ctx, shipment_id, notify=notify)
        except CarrierUnavailable as fault:
            log.warning("carrier could not take a parcel", shipment=str(shipment_id), reason=str(fault))
            await transact(ctx, _try_again, shipment_id, notify)


def _check(shelves: Sequence[FromShelf]) -> None:
    if any(shelf.quantity < 0 for shelf in shelves):
        raise Refusal("A quantity cannot be below zero.", field="quantity", code="INVALID_QUANTITY")
    if not any(shelf.quantity for shelf in shelves):
        raise Refusal("Total quantity must be larger than 0.", field="lines", code="ZERO_QUANTITY")
    places = [(shelf.order_line_id, shelf.warehouse_id) for shelf in shelves]
    if len(set(places)) < len(places):
        raise Refusal("A line names the same warehouse twice.", field="warehouse", code="DUPLICATED_INPUT_ITEM")


async def _fulfill(
    tx: WriteCtx, order_id: uuid.UUID, shelves: Sequence[FromShelf], tracking_number: str, notify: bool
) -> tuple[Sent, list[uuid.UUID]]:
    order = await service.lock(tx, order_id)
    lines = await _lines(tx, order_id, shelves)
    settings = await shop.settings(tx)
    waits = not settings["fulfillment_auto_approve"]
    if not waits:
        await check_paid(tx, order, settings)
    made: list[int] = []
    shipments: list[uuid.UUID] = []
    for warehouse_id, taken in _by_warehouse(shelves).items():
        if waits:
            order, fulfillment_id = await _set_aside(tx, order, lines, warehouse_id, taken, tracking_number)
            made.append(fulfillment_id)
            continue
        fulfillment = await service.start_fulfillment(tx, order, taken, tracking_number=tracking_number)
        shipped = []
        for line_id in sorted(taken):
            stock_id = await inventory.ship(
                tx,
                fulfillment_id=fulfillment["id"],
                order_line_id=line_id,
                warehouse_id=warehouse_id,
                quantity=taken[line_id],
            )
            shipped.append((line_id, stock_id, taken[line_id]))
        await service.add_fulfillment_lines(tx, fulfillment["id"], shipped)
        order = await service.count_shipped(tx, order, taken)
        tx.emit("fulfillment.created", "Fulfillment", fulfillment["id"], order_id=str(order_id))
        shipments += await went_out(tx, order, fulfillment, lines, taken, notify=notify)
        made.append(fulfillment["id"])
    if order["status"] == "FULFILLED":
        tx.emit("order.fulfilled", "Order", order_id)
    await refresh_variants(tx, (lines[shelf.order_line_id]["variant_id"] for shelf in shelves))
    return Sent(order, tuple(made)), shipments


async def check_paid(tx: WriteCtx, order: Row, settings: Row) -> None:
    """Raises CannotFulfill where the shop sends nothing that is not paid for."""
    if settings["fulfillment_allow_unpaid"]:
        return
    (paid,) = await payments.totals_for_orders(tx, [order["id"]])
    if paid.charged < order["total_gross"]:
        raise CannotFulfill("Cannot fulfill unpaid order.", code="CANNOT_FULFILL_UNPAID_ORDER")


async def went_out(
    tx: WriteCtx,
    order: Row,
    fulfillment: Row,
    lines: Mapping[uuid.UUID, Row],
    taken: Mapping[uuid.UUID, int],
    *,
    notify: bool,
) -> list[uuid.UUID]:
    """Goods have left the shelf: history, the mail, or the shipment that its carrier is to be asked about."""
    quantities = [{"line_id": str(line_id), "quantity": quantity} for line_id, quantity in taken.items()]
    await service.note(
        tx, order["id"], "FULFILLMENT_FULFILLED_ITEMS", fulfillment_id=fulfillment["id"], lines=quantities
    )
    to_carry = order["carrier_id"] and any(lines[line_id]["is_shipping_required"] for line_id in taken)
    if to_carry and not fulfillment["tracking_number"]:
        made = await shipping.open_shipment(
            tx,
            fulfillment_id=fulfillment["id"],
            carrier_id=order["carrier_id"],
            service_code=order["service_code"],
        )
        return [made]
    if notify:
        post(tx, OrderMail.FULFILLMENT_CONFIRMATION, order["id"], fulfillment_id=fulfillment["id"])
    return []


async def _set_aside(
    tx: WriteCtx,
    order: Row,
    lines: Mapping[uuid.UUID, Row],
    warehouse_id: uuid.UUID,
    taken: Mapping[uuid.UUID, int],
    tracking_number: str,
) -> tuple[Row, int]:
    """A fulfilment that waits until somebody approves it; its goods stay on the shelf, kept for their order."""
    status = "WAITING_FOR_APPROVAL"
    made = await service.start_fulfillment(tx, order, taken, tracking_number=tracking_number, status=status)
    variant_ids = [lines[line_id]["variant_id"] for line_id in taken if lines[line_id]["variant_id"] is not None]
    groups = await inventory_queries.stocks_of(tx, variant_ids)
    stocks = {row["variant_id"]: row["id"] for group in groups for row in group if row["warehouse_id"] == warehouse_id}
    units = [(line_id, stocks.get(lines[line_id]["variant_id"]), quantity) for line_id, quantity in taken.items()]
    await service.add_fulfillment_lines(tx, made["id"], units)
    order = await service.count_shipped(tx, order, taken)
    quantities = [{"line_id": str(line_id), "quantity": quantity} for line_id, quantity in taken.items()]
    await service.note(tx, order["id"], "FULFILLMENT_AWAITS_APPROVAL", fulfillment_id=made["id"], lines=quantities)
    tx.emit("fulfillment.created", "Fulfillment", made["id"], order_id=str(order["id"]))
    return order, made["id"]


async def _lines(tx: WriteCtx, order_id: uuid.UUID, shelves: Sequence[FromShelf]) -> dict[uuid.UUID, Row]:
    """The order's lines by id, once it is sure that all that is asked for exists and is left."""
    (rows,) = await queries.lines_of(tx, [order_id])
    lines = {row["id"]: row for row in rows}
    wanted: dict[uuid.UUID, int] = defaultdict(int)
    for shelf in shelves:
        wanted[shelf.order_line_id] += shelf.quantity
    beyond = [
        line_id
        for line_id, quantity in wanted.items()
        if line_id not in lines or quantity > lines[line_id]["quantity"] - lines[line_id]["quantity_fulfilled"]
    ]
    if beyond:
        raise CannotFulfill("Only what is left of a line of this order can be fulfilled.", beyond)
    warehouse_ids = list({shelf.warehouse_id for shelf in shelves})
    if None in await inventory_queries.warehouses_by_ids(tx, warehouse_ids):
        raise UnknownWarehouse
    return lines


def _by_warehouse(shelves: Sequence[FromShelf]) -> Mapping[uuid.UUID, dict[uuid.UUID, int]]:
    found: dict[uuid.UUID, dict[uuid.UUID, int]] = defaultdict(dict)
    for shelf in sorted(shelves, key=lambda shelf: shelf.warehouse_id):
        if shelf.quantity:
            found[shelf.warehouse_id][shelf.order_line_id] = shelf.quantity
    return found


async def ship(ctx: Ctx, shipment_id: uuid.UUID, *, notify: bool) -> None:
    """Hand a shipment to its carrier, once however often it is asked. Raises CarrierUnavailable."""
    shipment = await shipping_queries.shipment(ctx, shipment_id)
    if shipment is None or shipment["status"] not in ("PENDING", "FAILED"):
        return
    fulfillment = await queries.fulfillment(ctx, shipment["fulfillment_id"])
    if fulfillment is None or fulfillment["status"] == "CANCELED":
        return
    (order,) = await queries.by_ids(ctx, [fulfillment["order_id"]])
    assert order is not None
    try:
        carrier = await instance(ctx, Kind.CARRIER, shipment["carrier_id"], order["channel_id"])
        if carrier is None:
            raise CarrierFault("The carrier is not set up for this channel.")
        request = await _request(ctx, order, shipment)
        result = await _ask(ctx, carrier, request)
    except (CarrierFault, OutsideTimeout) as fault:
        await transact(ctx, shipping.record_failure, shipment_id, str(fault))
        raise CarrierUnavailable(str(fault)) from fault
    label_key = None
    if result.label is not None:
        label_key = f"labels/{shipment_id}.pdf"
        await open_storage(ctx.settings).put(label_key, result.label)
    await transact(ctx, _record, shipment_id, order["id"], result, label_key, notify)


async def _ask(ctx: Ctx, carrier: Carrier, request: ShipRequest) -> ShipResult:
    async with outside_call(ctx, "carrier", seconds=CARRIER_SECONDS):
        return await carrier.ship(request)


async def _request(ctx: Ctx, order: Row, shipment: Row) -> ShipRequest:
    (sent,) = await queries.fulfillment_lines_of(ctx, [shipment["fulfillment_id"]])
    rows = await queries.lines_by_ids(ctx, [row["order_line_id"] for row in sent])
    items = [
        Item(
            sku=line["product_sku"] or "",
            description=line["product_name"],
            quantity=row["quantity"],
            weight_grams=line["weight_grams"],
            value=Amount(line["unit_gross"], line["currency"]),
            hs_code=line["hs_code"],
            origin_country=line["origin_country"],
        )
        for row, line in zip(sent, rows, strict=True)
        if line is not None and line["is_shipping_required"]
    ]
    (warehouse,) = await queries.warehouses_of(ctx, [shipment["fulfillment_id"]])
    wanted = [order["shipping_address_id"], warehouse["address_id"] if warehouse is not None else None]
    found = await accounts.addresses_by_ids(ctx, [id for id in wanted if id is not None])
    by_id = {row["id"]: row for row in found if row is not None}
    destination = _address(by_id.get(wanted[0]))
    if destination is None:
        raise CarrierFault("The order has no shipping address.")
    return ShipRequest(
        reference=str(shipment["id"]),
        service_code=shipment["service_code"],
        destination=destination,
        items=tuple(items),
        origin=_address(by_id.get(wanted[1])),
    )


def _address(row: Row | None) -> Address | None:
    return None if row is None else Address(**{name: row[name] for name in _ADDRESS_FIELDS})


async def _record(
    tx: WriteCtx, shipment_id: uuid.UUID, order_id: uuid.UUID, result: ShipResult, label_key: str | None, notify: bool
) -> None:
    await service.lock(tx, order_id)
    shipment = await shipping.record_shipped(tx, shipment_id, result, label_key=label_key)
    fulfillment = await queries.fulfillment(tx, shipment["fulfillment_id"])
    if fulfillment is None or fulfillment["tracking_number"]:
        return
    if fulfillment["status"] == "CANCELED":
        # it was undone while the carrier was asked
        await cancel_shipments.stop(tx, fulfillment["id"])
        return
    number = shipment["tracking_number"] or ""
    await service.update_fulfillment(tx, fulfillment["id"], tracking_number=number)
    await service.note(tx, order_id, "TRACKING_UPDATED", fulfillment_id=fulfillment["id"], tracking_number=number)
    tx.emit("fulfillment.tracking_number_updated", "Fulfillment", fulfillment["id"], order_id=str(order_id))
    if notify:
        post(tx, OrderMail.FULFILLMENT_CONFIRMATION, order_id, fulfillment_id=fulfillment["id"])


async def _try_again(tx: WriteCtx, shipment_id: uuid.UUID, notify: bool) -> None:
    tx.enqueue(SHIP_JOB, shipment_id=str(shipment_id), notify=notify)


async def ship_job(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Fails while the carrier does, so that the queue asks again, later each time."""
    await ship(ctx, uuid.UUID(payload["shipment_id"]), notify=payload["notify"])
