"""What a variant costs in a channel, before and after tax. Amounts are minor units of `currency`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from engine.tax.rules import split


def line_total(amount: int, quantity: int, rate: int, entered_with_tax: bool) -> tuple[int, int]:
    """`(net, gross)` of `quantity` units at `amount` each; the line is taxed as a whole, so it rounds once."""
    return split(amount * quantity, rate, entered_with_tax=entered_with_tax)


@dataclass(frozen=True, slots=True)
class VariantPricing:
    """`amount` is what the merchant entered, with tax in it or not; `rate` is millipercent, 0 where none is charged."""

    variant_id: int
    currency: str
    amount: int
    undiscounted_amount: int
    rate: int
    tax_class_id: int | None
    entered_with_tax: bool

    @property
    def net(self) -> int:
        return line_total(self.amount, 1, self.rate, self.entered_with_tax)[0]

    @property
    def gross(self) -> int:
        return line_total(self.amount, 1, self.rate, self.entered_with_tax)[1]

    @property
    def undiscounted_net(self) -> int:
        return line_total(self.undiscounted_amount, 1, self.rate, self.entered_with_tax)[0]

    @property
    def undiscounted_gross(self) -> int:
        return line_total(self.undiscounted_amount, 1, self.rate, self.entered_with_tax)[1]

    @property
    def on_sale(self) -> bool:
        return self.amount < self.undiscounted_amount


Split: TypeAlias = tuple[int, int]
"""`(net, gross)`."""


@dataclass(frozen=True, slots=True)
class PriceRange:
    """The cheapest and the dearest price of a product's variants."""

    currency: str
    start: Split
    stop: Split
    undiscounted_start: Split
    undiscounted_stop: Split

    @property
    def on_sale(self) -> bool:
        return self.start < self.undiscounted_start


def price_range(variants: Sequence[VariantPricing]) -> PriceRange | None:
    """None without any priced variant. Variants of one product share currency and tax."""
    if not variants:
        return None
    now = [(v.net, v.gross) for v in variants]
    before = [(v.undiscounted_net, v.undiscounted_gross) for v in variants]
    return PriceRange(variants[0].currency, min(now), max(now), min(before), max(before))
