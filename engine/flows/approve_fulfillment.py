"""Letting a fulfilment go that waited for somebody to look at it."""

import uuid

from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.flows.fulfill import check_paid, hand_over, went_out
from engine.inventory import service as inventory
from engine.inventory.errors import InsufficientStock, Shortage
from engine.listing.service import refresh_variants
from engine.orders import queries, service
from engine.orders.errors import UnknownFulfillment
from engine.shop import queries as shop


async def approve(ctx: Ctx, fulfillment_id: int, *, notify: bool) -> tuple[Row, Row]:
    """The goods leave the shelf and their carrier is asked, as `fulfill` does; returns the order and the fulfilment.

    Raises UnknownFulfillment, UnknownOrder, CannotFulfill, InsufficientStock, Refusal.
    """
    order, fulfillment, shipments = await transact(ctx, _approve, fulfillment_id, notify)
    await hand_over(ctx, shipments, notify=notify)
    return order, fulfillment


async def _approve(tx: WriteCtx, fulfillment_id: int, notify: bool) -> tuple[Row, Row, list[uuid.UUID]]:
    found = await queries.fulfillment(tx, fulfillment_id)
    if found is None:
        raise UnknownFulfillment
    order = await service.lock(tx, found["order_id"])
    fulfillment = await queries.fulfillment(tx, fulfillment_id)
    if fulfillment is None or fulfillment["status"] != "WAITING_FOR_APPROVAL":
        raise Refusal("Only a fulfillment that waits for approval can be approved.", field="status", code="INVALID")
    await check_paid(tx, order, await shop.settings(tx))
    (units,) = await queries.fulfillment_lines_of(tx, [fulfillment_id])
    (rows,) = await queries.lines_of(tx, [order["id"]])
    lines = {row["id"]: row for row in rows}
    (warehouse,) = await queries.warehouses_of(tx, [fulfillment_id])
    for unit in sorted(units, key=lambda unit: str(unit["order_line_id"])):
        if warehouse is None or unit["stock_id"] is None:
            await _check_untracked(tx, lines[unit["order_line_id"]])
            continue
        await inventory.ship(
            tx,
            fulfillment_id=fulfillment_id,
            order_line_id=unit["order_line_id"],
            warehouse_id=warehouse["id"],
            quantity=unit["quantity"],
        )
    await service.update_fulfillment(tx, fulfillment_id, status="FULFILLED")
    order = await service.refresh_status(tx, order)
    taken = {unit["order_line_id"]: unit["quantity"] for unit in units}
    tx.emit("fulfillment.approved", "Fulfillment", fulfillment_id, order_id=str(order["id"]))
    if order["status"] == "FULFILLED":
        tx.emit("order.fulfilled", "Order", order["id"])
    shipments = await went_out(tx, order, fulfillment, lines, taken, notify=notify)
    await refresh_variants(tx, (lines[line_id]["variant_id"] for line_id in taken))
    return order, {**fulfillment, "status": "FULFILLED"}, shipments


async def _check_untracked(tx: WriteCtx, line: Row) -> None:
    """Without a stock row there is nothing to take from, which is right only where stock is not kept."""
    if line["variant_id"] is not None and await inventory.is_tracked(tx, line["variant_id"]):
        raise InsufficientStock([Shortage(line["variant_id"], 0)])
