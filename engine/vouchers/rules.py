"""Decisions about vouchers that need no database. Amounts are minor units, as the channel enters prices."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from engine.core.money import RATE_SCALE, round_half_up

VOUCHER_TYPES = ("SHIPPING", "ENTIRE_ORDER", "SPECIFIC_PRODUCT")
VALUE_TYPES = ("FIXED", "PERCENTAGE")


class VoucherStatus(StrEnum):
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    SCHEDULED = "SCHEDULED"


def reduction(amount: int, value_type: str, value: int) -> int:
    """What is taken off `amount`, never more than it; `value` is minor units (FIXED) or millipercent (PERCENTAGE)."""
    off = value if value_type == "FIXED" else round_half_up(amount * value, RATE_SCALE)
    return max(0, min(amount, off))


def holds(start: datetime, end: datetime | None, now: datetime) -> bool:
    return start <= now and (end is None or now < end)


@dataclass(frozen=True)
class Terms:
    """A voucher as one channel and one of its codes have it."""

    voucher_id: int
    code: str
    type: str
    value_type: str
    value: int | None
    """None: the channel has no value for it, so that it does not hold there."""
    min_spent: int | None
    start: datetime
    end: datetime | None
    usage_limit: int | None
    used: int
    code_active: bool
    once_per_order: bool
    once_per_customer: bool
    single_use: bool
    only_for_staff: bool
    min_quantity: int | None
    countries: Collection[str]


@dataclass(frozen=True)
class Cart:
    """What a voucher's terms ask about a cart."""

    subtotal: int
    """Of the goods before vouchers."""
    quantity: int
    by_staff: bool
    used_before: bool
    """By this customer, whatever the code."""
    country: str | None
    is_shipping_required: bool
    has_delivery: bool


def usable(terms: Terms, now: datetime) -> bool:
    """Whether the code holds at all in the channel at this time, for whatever cart."""
    return (
        terms.value is not None
        and terms.code_active
        and holds(terms.start, terms.end, now)
        and (terms.usage_limit is None or terms.used < terms.usage_limit)
    )


def objection(terms: Terms, cart: Cart) -> str | None:
    """Why a usable code is not for this cart; None when it is."""
    if terms.min_spent is not None and cart.subtotal < terms.min_spent:
        return "The goods cost less than the voucher asks for."
    if terms.min_quantity is not None and cart.quantity < terms.min_quantity:
        return f"This offer is only valid for orders with a minimum of {terms.min_quantity} items."
    if terms.only_for_staff and not cart.by_staff:
        return "This offer is valid only for staff customers."
    if terms.once_per_customer and cart.used_before:
        return "This offer is valid only once per customer."
    if terms.type != "SHIPPING":
        return None
    if not cart.is_shipping_required:
        return "Your order does not require shipping."
    if not cart.has_delivery:
        return "Please select a delivery method first."
    if terms.countries and cart.country not in terms.countries:
        return "This offer is not valid in your country."
    return None
