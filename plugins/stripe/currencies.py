"""How Stripe counts money: the decimals it gives a currency and the amounts it takes.

`currencies.csv` holds one dated row per currency that departs from two decimals or has a minimum charge, from
Stripe's "Supported currencies" page (docs.stripe.com/currencies: "Zero-decimal currencies", "Three-decimal
currencies", "Special cases", "Minimum and maximum charge amounts"); the ISK row of 2023-04-14 is from
Stripe's support article on fractional ISK charges. Any other currency has two decimals and no minimum here.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

MAX_AMOUNT = 99_999_999
"""Largest amount of one payment, in Stripe's units: eight digits."""


@dataclass(frozen=True, slots=True)
class CurrencyRule:
    """`decimals`, `step` (amounts are multiples of it) and `minimum` (of one charge) in Stripe's units."""

    currency: str
    decimals: int = 2
    step: int = 1
    minimum: int = 1
    valid_from: date = date.min


@cache
def _rows() -> dict[str, tuple[CurrencyRule, ...]]:
    rows: dict[str, list[CurrencyRule]] = {}
    with files(__package__).joinpath("currencies.csv").open(encoding="ascii") as lines:
        for row in csv.DictReader(lines):
            rule = CurrencyRule(
                row["currency"],
                int(row["decimals"]),
                int(row["step"]),
                int(row["minimum"]),
                date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
            )
            rows.setdefault(rule.currency, []).append(rule)
    return {code: tuple(sorted(group, key=lambda rule: rule.valid_from)) for code, group in rows.items()}


def currency_rule(currency: str, on: date) -> CurrencyRule:
    """The rule for an upper-case ISO 4217 code in force on a day."""
    found = CurrencyRule(currency)
    for rule in _rows().get(currency, ()):
        if rule.valid_from <= on:
            found = rule
    return found
