"""Which delivery methods suit an order, and which carrier is asked about which of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.sdk.amounts import Amount
from engine.sdk.carriers import Quote, RateBand, Service

_PARTS = re.compile(r"(\d+)|([^\W\d_]+)")
Parts: TypeAlias = tuple[tuple[int, str], ...]


def postal_parts(code: str) -> Parts:
    """What postal codes are compared by: their numbers as numbers, their letters in capitals, nothing else."""
    return tuple(
        (int(number), "") if number else (-1, letters) for number, letters in _PARTS.findall(code.upper()[:64])
    )


@dataclass(frozen=True)
class PostalCodes:
    """From `start` up to and with what begins as `end` does; without `end` there is no upper bound."""

    start: str
    end: str | None
    included: bool

    def has(self, code: str) -> bool:
        parts = postal_parts(code)
        if parts < postal_parts(self.start):
            return False
        if not self.end:
            return True
        end = postal_parts(self.end)
        return parts[: len(end)] <= end


def delivers_to(rules: Sequence[PostalCodes], code: str) -> bool:
    """Whether a method with these rules is offered there: in one of what is included, if anything is, and in none of
    what is excluded."""
    included = [rule for rule in rules if rule.included]
    if included and not any(rule.has(code) for rule in included):
        return False
    return not any(rule.has(code) for rule in rules if not rule.included)


@dataclass(frozen=True)
class OfferedMethod:
    """A method as a channel offers it for a country. Amounts are minor units, as the channel enters prices."""

    id: int
    name: str
    carrier_id: str
    service_code: str
    tax_class_id: int | None
    minimum_delivery_days: int | None
    maximum_delivery_days: int | None
    minimum_order_amount: int | None
    maximum_order_amount: int | None
    free_over_amount: int | None
    bands: tuple[RateBand, ...]
    minimum_order_weight_grams: int | None = None
    maximum_order_weight_grams: int | None = None
    postal_codes: tuple[PostalCodes, ...] = ()

    def suits(self, subtotal: int, weight_grams: int, postal_code: str) -> bool:
        """Whether the merchant offers it for an order; limits belong to their range."""
        return (
            _within(self.minimum_order_amount, subtotal, self.maximum_order_amount)
            and _within(self.minimum_order_weight_grams, weight_grams, self.maximum_order_weight_grams)
            and delivers_to(self.postal_codes, postal_code)
        )

    def as_service(self) -> Service:
        return Service(
            code=self.service_code,
            name=self.name,
            bands=self.bands,
            free_over=self.free_over_amount,
            minimum_delivery_days=self.minimum_delivery_days,
            maximum_delivery_days=self.maximum_delivery_days,
        )


def _within(least: int | None, value: int, most: int | None) -> bool:
    return (least is None or value >= least) and (most is None or value <= most)


def calls(methods: Sequence[OfferedMethod]) -> list[tuple[str, tuple[OfferedMethod, ...]]]:
    """(carrier, methods) for each call to make: one a carrier, more only where methods share a service code."""
    found: list[tuple[str, dict[str, OfferedMethod]]] = []
    for method in methods:
        for carrier_id, batch in found:
            if carrier_id == method.carrier_id and method.service_code not in batch:
                batch[method.service_code] = method
                break
        else:
            found.append((method.carrier_id, {method.service_code: method}))
    return [(carrier_id, tuple(batch.values())) for carrier_id, batch in found]


def sound(quotes: Sequence[Quote], asked: Sequence[OfferedMethod], currency: str) -> dict[str, Quote]:
    """The quotes that answer what was asked, by service code: right service and currency, not negative, the cheapest.

    What else a carrier says is passed over.
    """
    codes = {method.service_code for method in asked}
    found: dict[str, Quote] = {}
    for quote in quotes:
        if quote.service_code not in codes or quote.amount.currency != currency or quote.amount.minor < 0:
            continue
        known = found.get(quote.service_code)
        if known is None or quote.amount.minor < known.amount.minor:
            found[quote.service_code] = quote
    return found


def band(row_amounts: tuple[int, int, int | None, int, int | None], currency: str) -> RateBand:
    """From (amount, least weight, most weight, least subtotal, most subtotal)."""
    amount, least, most, floor, ceiling = row_amounts
    return RateBand(Amount(amount, currency), least, most, floor, ceiling)
