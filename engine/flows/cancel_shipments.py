"""Taking parcels back from their carrier once their fulfilment was undone."""

import uuid
from typing import Any

import structlog

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.outside import outside_call
from engine.extensions.service import instance
from engine.orders import queries
from engine.sdk.plugins import Capability, Kind
from engine.shipping import queries as shipping_queries
from engine.shipping import service as shipping

JOB = "fulfillment.cancel_shipment"
CARRIER_SECONDS = 10.0
BY_HAND = "This carrier cannot be told to stop a parcel; call them."
TOO_LATE = "The carrier could not stop the parcel any more."
log = structlog.get_logger("argosy.carriers")


async def stop(tx: WriteCtx, fulfillment_id: int) -> None:
    """Shipments that no carrier has taken are cancelled at once, the others by a job after the commit."""
    (shipments,) = await shipping_queries.shipments_of(tx, [fulfillment_id])
    for shipment in shipments:
        if shipment["status"] in ("PENDING", "FAILED"):
            await shipping.record_canceled(tx, shipment["id"])
        elif shipment["status"] in ("PURCHASED", "IN_TRANSIT"):
            tx.enqueue(JOB, shipment_id=str(shipment["id"]))


async def job(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Fails while the carrier cannot be asked, so that the queue asks again. Asked twice, a carrier cancels once."""
    shipment = await shipping_queries.shipment(ctx, uuid.UUID(payload["shipment_id"]))
    if shipment is None or shipment["status"] not in ("PURCHASED", "IN_TRANSIT"):
        return
    fulfillment = await queries.fulfillment(ctx, shipment["fulfillment_id"])
    if fulfillment is None:
        return
    (order,) = await queries.by_ids(ctx, [fulfillment["order_id"]])
    assert order is not None
    plugin = ctx.plugins.find(Kind.CARRIER, shipment["carrier_id"])
    carrier = await instance(ctx, Kind.CARRIER, shipment["carrier_id"], order["channel_id"])
    if plugin is None or carrier is None or Capability.CANCEL_SHIPMENT not in plugin.capabilities:
        await transact(ctx, shipping.note_error, shipment["id"], BY_HAND)
        return
    async with outside_call(ctx, "carrier", seconds=CARRIER_SECONDS):
        stopped = await carrier.cancel(shipment["carrier_reference"])
    if stopped:
        await transact(ctx, shipping.record_canceled, shipment["id"])
    else:
        log.warning("a parcel of a cancelled fulfilment is on its way", shipment=str(shipment["id"]))
        await transact(ctx, shipping.note_error, shipment["id"], TOO_LATE)
