"""How Stripe counts money: which currencies it takes, their decimals, and the amounts it accepts.

`currencies.csv` has dated rows, from Stripe's "Supported currencies" page (docs.stripe.com/currencies:
"Supported presentment currencies", "Zero-decimal currencies", "Three-decimal currencies", "Special cases",
"Minimum and maximum charge amounts"); the ISK row of 2023-04-14 is from Stripe's support article on fractional
ISK charges. `minor` is the currency's own number of decimals (ISO 4217), `decimals` the number Stripe counts in:
they differ for ISK, MGA and UGX. Codes that ISO 4217 withdrew stay, so that old payments can be refunded.
"""

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

from engine.sdk.amounts import Amount

MAX_AMOUNT = 99_999_999
"""Largest amount of one payment, in Stripe's units: eight digits."""


class UnsupportedAmount(ValueError):
    """Stripe cannot hold this amount or currency; the message says why, for a shopper to read."""


@dataclass(frozen=True, slots=True)
class CurrencyRule:
    """`step` (amounts are multiples of it) and `minimum` (of one charge) are in Stripe's units."""

    currency: str
    minor: int
    decimals: int
    step: int
    minimum: int
    valid_from: date


@cache
def _rows() -> dict[str, tuple[CurrencyRule, ...]]:
    rows: dict[str, list[CurrencyRule]] = {}
    with files(__package__).joinpath("currencies.csv").open(encoding="ascii") as lines:
        for row in csv.DictReader(lines):
            rule = CurrencyRule(
                row["currency"],
                int(row["minor"]),
                int(row["decimals"]),
                int(row["step"]),
                int(row["minimum"]),
                date.fromisoformat(row["valid_from"]) if row["valid_from"] else date.min,
            )
            rows.setdefault(rule.currency, []).append(rule)
    return {code: tuple(sorted(group, key=lambda rule: rule.valid_from)) for code, group in rows.items()}


def supported_currencies() -> frozenset[str]:
    """ISO 4217 codes, upper case."""
    return frozenset(_rows())


def currency_rule(currency: str, on: date) -> CurrencyRule:
    """The rule for an upper-case code in force on a day. Raises `UnsupportedAmount`."""
    found = [rule for rule in _rows().get(currency, ()) if rule.valid_from <= on]
    if not found:
        raise UnsupportedAmount(f"Stripe does not take {currency}")
    return found[-1]


def to_stripe(amount: Amount, on: date) -> int:
    """Stripe's integer for an amount. Never rounds: what Stripe cannot hold raises `UnsupportedAmount`."""
    rule = currency_rule(amount.currency, on)
    value, lost = divmod(amount.minor * _power(rule.decimals), _power(rule.minor))
    if lost or value % rule.step:
        smallest = rule.step * _power(rule.minor) // _power(rule.decimals)
        raise UnsupportedAmount(f"Stripe takes {amount.currency} in steps of {smallest} minor units")
    return value


def from_stripe(value: int, currency: str, on: date) -> Amount:
    """The amount Stripe's integer means; `currency` in any case. Raises `UnsupportedAmount`."""
    rule = currency_rule(currency.upper(), on)
    minor, lost = divmod(value * _power(rule.minor), _power(rule.decimals))
    if lost:
        raise UnsupportedAmount(f"{value} in Stripe's {currency} is no whole minor unit")
    return Amount(minor, rule.currency)


def _power(decimals: int) -> int:
    return int(10**decimals)
