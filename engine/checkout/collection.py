"""Where the goods of a cart could be picked up."""

import uuid
from collections import defaultdict
from collections.abc import Sequence

from engine.checkout import queries
from engine.checkout.rules import quantities_by_variant
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory

OWN_STOCK = "LOCAL"
"""A point that hands out only what it has itself; others have the goods sent from any warehouse of the channel."""


async def points_of(ctx: Ctx, checkouts: Sequence[Row]) -> list[list[Row]]:
    """The warehouses of its channel that would hand out all of each cart: none for a cart with too little in stock."""
    channels = sorted({row["channel_id"] for row in checkouts})
    points = dict(zip(channels, await inventory.collection_points(ctx, channels), strict=True))
    if not any(points.values()):
        return [[] for _ in checkouts]
    lines = await queries.lines_of(ctx, [row["id"] for row in checkouts])
    wanted = [quantities_by_variant([(line["variant_id"], line["quantity"]) for line in own]) for own in lines]
    asked: dict[tuple[int, uuid.UUID | None], set[int]] = defaultdict(set)
    for row, quantities in zip(checkouts, wanted, strict=True):
        for point in points[row["channel_id"]]:
            asked[row["channel_id"], _house(point)].update(quantities)
    free: dict[tuple[int, uuid.UUID | None], dict[int, int | None]] = {}
    for (channel_id, house), found in asked.items():
        variants = sorted(found)
        units = await inventory.available(ctx, variants, channel_id, warehouse_id=house)
        free[channel_id, house] = dict(zip(variants, units, strict=True))
    return [
        [point for point in points[row["channel_id"]] if suffices(free[row["channel_id"], _house(point)], quantities)]
        for row, quantities in zip(checkouts, wanted, strict=True)
    ]


def suffices(free: dict[int, int | None], wanted: dict[int, int]) -> bool:
    """Whether there are as many units as wanted; None: not counted."""
    return all(free[variant] is None or (free[variant] or 0) >= quantity for variant, quantity in wanted.items())


def _house(point: Row) -> uuid.UUID | None:
    return point["id"] if point["click_and_collect"] == OWN_STOCK else None
