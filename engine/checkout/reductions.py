"""What vouchers and order promotions take off a cart, and what gift cards pay of it. No database.

Amounts are minor units, as the channel enters prices, until tax is split off; what gift cards pay is gross.
"""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.core.money import MoneyError, allocate, round_half_up, to_minor
from engine.vouchers.rules import Terms, reduction

Predicate = Mapping[str, Any]


@dataclass(frozen=True)
class Base:
    """A line before vouchers: `unit` is what one of `quantity` costs, after promotions of the catalogue."""

    unit: int
    quantity: int
    matches: bool = True
    """Whether a voucher for specific products is for it."""
    is_gift: bool = False

    @property
    def total(self) -> int:
        return 0 if self.is_gift else self.unit * self.quantity


@dataclass(frozen=True)
class OrderRule:
    """A rule of an order promotion that holds now; `value` is minor units (FIXED) or millipercent (PERCENTAGE)."""

    rule_id: uuid.UUID
    name: str
    translated_name: str | None
    reward_type: str
    value_type: str | None
    value: int | None
    predicate: Predicate | None
    gifts: Mapping[int, int]
    """What each variant that may be given costs in the channel."""


@dataclass(frozen=True)
class Reward:
    """The best of the rules: `amount` off the goods, or the variant it gives."""

    rule: OrderRule
    amount: int
    variant_id: int | None = None


@dataclass(frozen=True)
class Taken:
    """What is off each line by itself, what share of the order's reduction it carries, and what is off delivery."""

    off_units: tuple[int, ...]
    """Off one unit of each line; off all its units, but for a voucher that is for one unit of the order."""
    off_lines: tuple[int, ...]
    shares: tuple[int, ...]
    shipping: int = 0

    @property
    def total(self) -> int:
        return sum(self.off_lines) + sum(self.shares) + self.shipping


def subtotal(lines: Iterable[Base]) -> int:
    return sum(line.total for line in lines)


def nothing(lines: Sequence[Base]) -> Taken:
    zeros = (0,) * len(lines)
    return Taken(zeros, zeros, zeros)


def by_voucher(terms: Terms, lines: Sequence[Base], shipping: int) -> Taken:
    """What a voucher that applies takes off; never more than there is to pay for what it is for."""
    assert terms.value is not None
    none = nothing(lines)
    if terms.type == "SHIPPING":
        return Taken(none.off_units, none.off_lines, none.shares, reduction(shipping, terms.value_type, terms.value))
    if terms.type == "ENTIRE_ORDER" and not terms.once_per_order:
        return spread(reduction(subtotal(lines), terms.value_type, terms.value), lines)
    meant = [not line.is_gift and line.unit > 0 and (line.matches or terms.type == "ENTIRE_ORDER") for line in lines]
    if terms.once_per_order:
        cheapest = min(
            (place for place, is_meant in enumerate(meant) if is_meant), key=lambda i: lines[i].unit, default=-1
        )
        meant = [place == cheapest for place in range(len(lines))]
    off = tuple(
        reduction(line.unit, terms.value_type, terms.value) if is_meant else 0
        for line, is_meant in zip(lines, meant, strict=True)
    )
    times = [1 if terms.once_per_order else line.quantity for line in lines]
    return Taken(off, tuple(amount * count for amount, count in zip(off, times, strict=True)), none.shares)


def spread(amount: int, lines: Sequence[Base]) -> Taken:
    """An amount off the goods as a whole, carried by each line in proportion to what it costs."""
    none = nothing(lines)
    amount = min(amount, subtotal(lines))
    shares = tuple(allocate(amount, [line.total for line in lines])) if amount else none.shares
    return Taken(none.off_units, none.off_lines, shares)


def best_reward(rules: Iterable[OrderRule], lines: Sequence[Base], shipping: int, currency: str) -> Reward | None:
    """The one rule that gives most; a gift is worth its price. The earlier of equals."""
    goods = subtotal(lines)
    found: Reward | None = None
    for rule in rules:
        if goods <= 0 or not matches(rule.predicate, goods, goods + shipping, currency):
            continue
        reward = _reward(rule, goods)
        if reward is not None and (found is None or reward.amount > found.amount):
            found = reward
    return found


def _reward(rule: OrderRule, goods: int) -> Reward | None:
    if rule.reward_type == "GIFT":
        dearest = max(rule.gifts.items(), key=lambda gift: (gift[1], -gift[0]), default=None)
        return None if dearest is None else Reward(rule, dearest[1], dearest[0])
    if rule.value is None or rule.value_type is None:
        return None
    amount = reduction(goods, rule.value_type, rule.value)
    return Reward(rule, amount) if amount else None


def matches(predicate: Predicate | None, goods: int, total: int, currency: str) -> bool:
    """Whether a cart is what an order predicate describes. No predicate describes none, an empty one every cart."""
    if predicate is None:
        return False
    prices = {"baseSubtotalPrice": goods, "baseTotalPrice": total}
    for name, condition in predicate.items():
        if condition is None:
            continue
        if name == "AND":
            met = all(matches(each, goods, total, currency) for each in condition)
        elif name == "OR":
            met = not condition or any(matches(each, goods, total, currency) for each in condition)
        elif name == "discountedObjectPredicate":
            met = matches(condition, goods, total, currency)
        else:
            met = name in prices and _within(condition, prices[name], currency)
        if not met:
            return False
    return True


def _within(condition: Mapping[str, Any], price: int, currency: str) -> bool:
    among = condition.get("range") or {}
    one_of = condition.get("oneOf")
    try:
        bounds = {"eq": condition.get("eq"), **among}
        given = {name: _minor(bound, currency) for name, bound in bounds.items() if bound is not None}
        if one_of is not None and price not in [_minor(each, currency) for each in one_of]:
            return False
    except MoneyError:
        return False
    return given.get("eq", price) == price and given.get("gte", price) <= price <= given.get("lte", price)


def _minor(amount: Any, currency: str) -> int:
    return to_minor(Decimal(str(amount)), currency, rounding=True)


def covered(total: int, balances: Sequence[int]) -> list[int]:
    """What each gift card in turn pays of a gross total."""
    paid = []
    for balance in balances:
        part = max(0, min(balance, total))
        paid.append(part)
        total -= part
    return paid


def net_left(net: int, gross: int, paid: int) -> int:
    """The net of what is left of a gross amount after gift cards paid a part of it."""
    return round_half_up(net * (gross - paid), gross) if gross > paid else 0
