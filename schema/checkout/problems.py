"""What keeps a cart from being bought as it is, as rows of the API's unions."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from engine.checkout import queries
from engine.checkout.delivery_state import DeliveryState, delivery_states
from engine.checkout.rules import is_held, quantities_by_variant, unbuyable
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory


async def line_problems(ctx: Ctx, lines: Sequence[Row]) -> list[Any]:
    """A list of problem rows for each line. Lines are those of `queries.lines_of`, with their `channel_id`."""
    ids = list({line["checkout_id"] for line in lines})
    checkouts = {row["id"]: row for row in await queries.by_ids(ctx, ids) if row is not None}
    places = await queries.places(ctx, ids)
    groups: dict[tuple[int, str | None, uuid.UUID | None], set[int]] = defaultdict(set)
    for line in lines:
        place = places.get(line["checkout_id"])
        if place is not None:
            groups[place.channel_id, place.stock_country, place.stock_warehouse_id].add(line["variant_id"])
    free: dict[tuple[int, str | None, uuid.UUID | None, int], int | None] = {}
    refused: set[tuple[int, int]] = set()
    for (channel_id, country, warehouse_id), variants in groups.items():
        wanted = list(variants)
        found = await inventory.available(ctx, wanted, channel_id, country, warehouse_id=warehouse_id)
        for variant_id, quantity in zip(wanted, found, strict=True):
            free[channel_id, country, warehouse_id, variant_id] = quantity
        states = await queries.variant_states(ctx, channel_id, wanted)
        for fault in unbuyable(state for state in states if state is not None):
            refused.update((channel_id, variant_id) for variant_id in fault.variant_ids)
    totals = await _totals(ctx, ids)
    now = ctx.clock.now()
    answers = []
    for line in lines:
        place, checkout = places.get(line["checkout_id"]), checkouts.get(line["checkout_id"])
        problems: list[Row] = []
        if place is not None and checkout is not None:
            if (place.channel_id, line["variant_id"]) in refused:
                problems.append({"__typename": "CheckoutLineProblemVariantNotAvailable", "line": line})
            key = (place.channel_id, place.stock_country, place.stock_warehouse_id, line["variant_id"])
            left = free[key]
            wanted_total = totals[line["checkout_id"]].get(line["variant_id"], 0)
            # what a held cart has claimed is no longer free, but it is this cart's own
            if left is not None and left < wanted_total and not is_held(checkout["held_until"], now):
                problems.append(
                    {"__typename": "CheckoutLineProblemInsufficientStock", "available_quantity": left, "line": line}
                )
        answers.append(problems)
    return answers


async def _totals(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, dict[int, int]]:
    groups = await queries.lines_of(ctx, checkout_ids)
    return {
        checkout_id: quantities_by_variant([(line["variant_id"], line["quantity"]) for line in group])
        for checkout_id, group in zip(checkout_ids, groups, strict=True)
    }


async def delivery_problems(ctx: Ctx, checkouts: Sequence[Row]) -> list[list[Row]]:
    """At most one problem with the chosen delivery of each cart that needs shipping."""
    states = await delivery_states(ctx, checkouts)
    chosen = [row["delivery_id"] for row in checkouts if row["delivery_id"] is not None]
    deliveries = {row["id"]: row for row in await queries.deliveries_by_ids(ctx, chosen) if row} if chosen else {}
    kinds = {
        DeliveryState.STALE: "CheckoutProblemDeliveryMethodStale",
        DeliveryState.INVALID: "CheckoutProblemDeliveryMethodInvalid",
    }
    answers = []
    for row, state in zip(checkouts, states, strict=True):
        delivery = deliveries.get(row["delivery_id"])
        problem = state in kinds and delivery is not None
        answers.append([{"__typename": kinds[state], "delivery": delivery}] if problem else [])
    return answers
