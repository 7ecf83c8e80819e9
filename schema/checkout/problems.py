"""What keeps a cart from being bought as it is, as rows of the API's unions."""

import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.checkout import queries
from engine.checkout.delivery_state import DeliveryState, delivery_states
from engine.checkout.queries import Place
from engine.checkout.rules import is_held, quantities_by_variant, unbuyable
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory

DELIVERY_PROBLEMS = {
    DeliveryState.STALE: "CheckoutProblemDeliveryMethodStale",
    DeliveryState.INVALID: "CheckoutProblemDeliveryMethodInvalid",
}


@dataclass
class Problems:
    """Of one checkout. `delivery` is the kind of its problem row, `lines` the problem rows by line id."""

    delivery: str | None = None
    lines: dict[uuid.UUID, list[Row]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Offer:
    """What a place gives: units free (None: not tracked) and variants that may not be bought."""

    free: dict[int, int | None]
    refused: frozenset[int]


async def find_problems(ctx: Ctx, checkouts: Sequence[Row], lines: Sequence[Sequence[Row]]) -> list[Problems]:
    """For each checkout row; `lines` are those of `queries.lines_of`, in the same order."""
    states = await delivery_states(ctx, checkouts)
    places = await queries.places(ctx, [row["id"] for row in checkouts])
    wanted: dict[tuple[int, str | None, uuid.UUID | None], set[int]] = defaultdict(set)
    for row, own in zip(checkouts, lines, strict=True):
        if own and row["id"] in places:
            wanted[_key(places[row["id"]])].update(line["variant_id"] for line in own)
    offers = {key: await _offer(ctx, key, list(variants)) for key, variants in wanted.items()}
    now = ctx.clock.now()
    found = []
    for row, own, state in zip(checkouts, lines, states, strict=True):
        problems = Problems(delivery=DELIVERY_PROBLEMS.get(state) if row["delivery_id"] is not None else None)
        if own and row["id"] in places:
            held = is_held(row["held_until"], now)
            problems.lines = _of_lines(own, offers[_key(places[row["id"]])], held=held)
        found.append(problems)
    return found


def _key(place: Place) -> tuple[int, str | None, uuid.UUID | None]:
    return place.channel_id, place.stock_country, place.stock_warehouse_id


async def _offer(ctx: Ctx, key: tuple[int, str | None, uuid.UUID | None], variants: list[int]) -> _Offer:
    channel_id, country, warehouse_id = key
    free = await inventory.available(ctx, variants, channel_id, country, warehouse_id=warehouse_id)
    states = await queries.variant_states(ctx, channel_id, variants)
    faults = unbuyable(state for state in states if state is not None)
    refused = frozenset(variant for fault in faults for variant in fault.variant_ids)
    return _Offer(dict(zip(variants, free, strict=True)), refused)


def _of_lines(lines: Sequence[Row], offer: _Offer, *, held: bool) -> dict[uuid.UUID, list[Row]]:
    totals = quantities_by_variant([(line["variant_id"], line["quantity"]) for line in lines])
    found: dict[uuid.UUID, list[Row]] = {}
    for line in lines:
        problems: list[Row] = []
        if line["variant_id"] in offer.refused:
            problems.append({"__typename": "CheckoutLineProblemVariantNotAvailable", "line": line})
        left = offer.free[line["variant_id"]]
        # what a held cart has claimed is no longer free, but it is this cart's own
        if left is not None and left < totals[line["variant_id"]] and not held:
            kind = "CheckoutLineProblemInsufficientStock"
            problems.append({"__typename": kind, "available_quantity": left, "line": line})
        found[line["id"]] = problems
    return found
