"""Whether the delivery a cart has chosen can still be had."""

import uuid
from collections.abc import Sequence
from enum import StrEnum

from engine.checkout import queries
from engine.checkout.rules import QUOTE_LIFETIME
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory


class DeliveryState(StrEnum):
    NONE = "NONE"
    """Nothing is chosen."""
    GOOD = "GOOD"
    STALE = "STALE"
    """Quoted for another destination or other lines, or too long ago."""
    INVALID = "INVALID"
    """The method or collection point is no longer offered."""


async def delivery_states(ctx: Ctx, checkouts: Sequence[Row]) -> list[DeliveryState]:
    """One state for each checkout row."""
    ids = [row["id"] for row in checkouts]
    chosen = [row["delivery_id"] for row in checkouts if row["delivery_id"] is not None]
    deliveries = {row["id"]: row for row in await queries.deliveries_by_ids(ctx, chosen) if row} if chosen else {}
    in_force = await queries.methods_in_force(ctx, ids) if chosen else set()
    places = await queries.places(ctx, ids) if chosen else {}
    points = await _points(ctx, checkouts)
    states = []
    for row in checkouts:
        delivery = deliveries.get(row["delivery_id"])
        if row["collection_point_id"] is not None:
            offered = (row["channel_id"], row["collection_point_id"]) in points
            states.append(DeliveryState.GOOD if offered else DeliveryState.INVALID)
        elif delivery is None:
            states.append(DeliveryState.NONE)
        elif not delivery["active"] or (row["id"], delivery["shipping_method_id"]) not in in_force:
            states.append(DeliveryState.INVALID)
        elif (
            places[row["id"]].fingerprint != delivery["fingerprint"]
            or ctx.clock.now() - delivery["updated_at"] > QUOTE_LIFETIME
        ):
            states.append(DeliveryState.STALE)
        else:
            states.append(DeliveryState.GOOD)
    return states


def _too_old(ctx: Ctx, delivery: Row) -> bool:
    return bool(ctx.clock.now() - delivery["updated_at"] > QUOTE_LIFETIME)


async def _points(ctx: Ctx, checkouts: Sequence[Row]) -> set[tuple[int, uuid.UUID]]:
    channels = list({row["channel_id"] for row in checkouts if row["collection_point_id"] is not None})
    if not channels:
        return set()
    offered = await inventory.collection_points(ctx, channels)
    return {(channel, row["id"]) for channel, rows in zip(channels, offered, strict=True) for row in rows}
