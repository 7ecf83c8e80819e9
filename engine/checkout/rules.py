"""Decisions about carts that need no database."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

MAX_LINES = 100
MAX_LINE_QUANTITY = 10_000
QUOTE_LIFETIME = timedelta(hours=24)
"""How long a carrier's quote is kept to, since its table may change."""

DESTINATION_FIELDS = (
    "country", "country_area", "city", "city_area", "postal_code", "street_address_1", "street_address_2",
)  # fmt: skip


class AuthorizeStatus(StrEnum):
    NONE = "NONE"
    PARTIAL = "PARTIAL"
    FULL = "FULL"


class ChargeStatus(StrEnum):
    NONE = "NONE"
    PARTIAL = "PARTIAL"
    FULL = "FULL"
    OVERCHARGED = "OVERCHARGED"


def authorize_status(total: int, authorized: int, charged: int, *, has_lines: bool) -> AuthorizeStatus:
    """How much of `total` is authorised or charged, all minor units. An empty cart has nothing to pay and is NONE."""
    covered = authorized + charged
    if not has_lines and covered <= 0:
        return AuthorizeStatus.NONE
    if covered >= total:
        return AuthorizeStatus.FULL
    return AuthorizeStatus.PARTIAL if covered > 0 else AuthorizeStatus.NONE


def charge_status(total: int, charged: int, *, has_lines: bool) -> ChargeStatus:
    if not has_lines and charged <= 0:
        return ChargeStatus.NONE
    if charged > total:
        return ChargeStatus.OVERCHARGED
    if charged == total:
        return ChargeStatus.FULL
    return ChargeStatus.PARTIAL if charged > 0 else ChargeStatus.NONE


def is_held(held_until: datetime | None, now: datetime) -> bool:
    """Whether prices and stock are fixed at this moment. A hold past its time is none, released or not."""
    return held_until is not None and held_until > now


def fingerprint(destination: Mapping[str, object], lines: Iterable[tuple[int, int]], currency: str) -> str:
    """What a quote was made for: `destination` has DESTINATION_FIELDS, `lines` are (variant, quantity)."""
    totals: dict[int, int] = {}
    for variant_id, quantity in lines:
        totals[variant_id] = totals.get(variant_id, 0) + quantity
    place = [str(destination[name] or "") for name in DESTINATION_FIELDS]
    text = json.dumps([place, sorted(totals.items()), currency], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class VariantState:
    """A variant as a channel offers it."""

    variant_id: int
    has_price: bool
    is_published: bool
    for_sale: bool
    quantity_limit: int | None
    name: str = ""


@dataclass(frozen=True)
class Unbuyable:
    code: str
    message: str
    variant_ids: tuple[int, ...]


def unbuyable(states: Iterable[VariantState]) -> list[Unbuyable]:
    """Variants that may not be bought, grouped by the reason; each once, under the first reason that holds."""
    faults: dict[str, list[int]] = {code: [] for code in _REASONS}
    for state in states:
        if not state.has_price:
            faults["UNAVAILABLE_VARIANT_IN_CHANNEL"].append(state.variant_id)
        elif not state.is_published:
            faults["PRODUCT_NOT_PUBLISHED"].append(state.variant_id)
        elif not state.for_sale:
            faults["PRODUCT_UNAVAILABLE_FOR_PURCHASE"].append(state.variant_id)
    return [Unbuyable(code, _REASONS[code], tuple(ids)) for code, ids in faults.items() if ids]


_REASONS = {
    "UNAVAILABLE_VARIANT_IN_CHANNEL": "Cannot add lines with unavailable variants.",
    "PRODUCT_NOT_PUBLISHED": "Can't add unpublished product.",
    "PRODUCT_UNAVAILABLE_FOR_PURCHASE": "Cannot add lines for unavailable for purchase variants.",
}


@dataclass(frozen=True)
class OverLimit:
    variant_id: int
    limit: int


def over_limit(quantities: Mapping[int, int], states: Iterable[VariantState]) -> list[OverLimit]:
    """Variants of which a cart would hold more than one customer may buy."""
    found = []
    for state in states:
        limit = min(MAX_LINE_QUANTITY, state.quantity_limit or MAX_LINE_QUANTITY)
        if quantities.get(state.variant_id, 0) > limit:
            found.append(OverLimit(state.variant_id, limit))
    return found


def quantities_by_variant(lines: Sequence[tuple[int, int]]) -> dict[int, int]:
    totals: dict[int, int] = {}
    for variant_id, quantity in lines:
        totals[variant_id] = totals.get(variant_id, 0) + quantity
    return totals
