"""Shipments: written down before a carrier is asked to ship, and again with its answer."""

import uuid

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.tables import table
from engine.sdk.carriers import ShipResult
from engine.shipping.errors import ShipmentNotFound
from engine.shipping.models import Shipment

MAX_ERROR = 1_000
_t = table(Shipment)


async def open_shipment(tx: WriteCtx, *, fulfillment_id: int, carrier_id: str, service_code: str) -> uuid.UUID:
    """A pending shipment; its id is the `reference` that the carrier must ship once for."""
    shipment = Shipment(fulfillment_id=fulfillment_id, carrier_id=carrier_id, service_code=service_code)
    tx.add(shipment)
    await tx.session.flush()
    return shipment.id


async def record_shipped(
    tx: WriteCtx, shipment_id: uuid.UUID, result: ShipResult, *, label_key: str | None = None
) -> Row:
    """The carrier took it; returns the row. The first answer stands, a later one changes nothing.

    Raises ShipmentNotFound.
    """
    cost = result.cost
    values = {
        "status": "PURCHASED",
        "tracking_number": result.tracking_number,
        "tracking_url": result.tracking_url,
        "carrier_reference": result.carrier_reference,
        "label_key": label_key,
        "cost_amount": cost.minor if cost else None,
        "currency": cost.currency if cost else None,
        "error": None,
        "shipped_at": tx.clock.now(),
        "updated_at": tx.clock.now(),
    }
    waiting = _t.c.status.in_(["PENDING", "FAILED"])
    await tx.execute(_t.update().where(_t.c.id == shipment_id, waiting).values(values))
    return await _row(tx, shipment_id)


async def record_failure(tx: WriteCtx, shipment_id: uuid.UUID, error: str) -> Row:
    """The carrier could not be asked or refused; it may be asked again. Raises ShipmentNotFound."""
    failed = _t.update().where(_t.c.id == shipment_id, _t.c.status.in_(["PENDING", "FAILED"]))
    await tx.execute(failed.values(status="FAILED", error=error[:MAX_ERROR], updated_at=tx.clock.now()))
    return await _row(tx, shipment_id)


async def record_canceled(tx: WriteCtx, shipment_id: uuid.UUID) -> Row:
    """It will not move. Raises ShipmentNotFound."""
    values = {"status": "CANCELED", "error": None, "updated_at": tx.clock.now()}
    await tx.execute(_t.update().where(_t.c.id == shipment_id, _t.c.status != "DELIVERED").values(values))
    return await _row(tx, shipment_id)


async def note_error(tx: WriteCtx, shipment_id: uuid.UUID, error: str) -> Row:
    """What staff must know of it; its status stays. Raises ShipmentNotFound."""
    noted = _t.update().where(_t.c.id == shipment_id).values(error=error[:MAX_ERROR], updated_at=tx.clock.now())
    await tx.execute(noted)
    return await _row(tx, shipment_id)


async def _row(tx: WriteCtx, shipment_id: uuid.UUID) -> Row:
    row = (await tx.execute(sa.select(_t).where(_t.c.id == shipment_id))).mappings().first()
    if row is None:
        raise ShipmentNotFound
    return row
