"""What a variant costs in a channel, before and after tax. Amounts are minor units of `currency`."""

import uuid
from dataclasses import dataclass, field
from typing import NamedTuple, TypeAlias

from engine.tax.rules import split

Split: TypeAlias = tuple[int, int]
"""`(net, gross)`."""


def line_total(amount: int, quantity: int, rate: int, entered_with_tax: bool) -> Split:
    """`(net, gross)` of `quantity` units at `amount` each; the line is taxed as a whole, so it rounds once."""
    return split(amount * quantity, rate, entered_with_tax=entered_with_tax)


@dataclass(frozen=True, slots=True)
class VariantPricing:
    """`amount` is what is asked, promotions taken off, with tax in it or not as the merchant enters prices; `rate` is
    millipercent, 0 where none is charged.
    """

    variant_id: int
    currency: str
    amount: int
    undiscounted_amount: int
    rate: int
    tax_class_id: int | None
    entered_with_tax: bool
    display_gross: bool = True
    """Whether the channel shows prices with tax."""
    reduction: int = 0
    """What a promotion takes off: the merchant entered `amount + reduction`."""
    rule_id: uuid.UUID | None = None
    """The rule of the promotion that takes it off."""
    channel_id: int | None = field(default=None, compare=False)

    @property
    def price(self) -> Split:
        return line_total(self.amount, 1, self.rate, self.entered_with_tax)

    @property
    def undiscounted(self) -> Split:
        return line_total(self.undiscounted_amount, 1, self.rate, self.entered_with_tax)

    @property
    def on_sale(self) -> bool:
        return self.amount < self.undiscounted_amount


class PriceRange(NamedTuple):
    """The cheapest and the dearest price of a product's variants, as entered, promotions taken off; taxed when read.

    Variants of one product share currency and tax, and tax keeps their order, so that only the ends need be taxed.
    """

    currency: str
    low: int
    high: int
    undiscounted_low: int
    undiscounted_high: int
    rate: int
    entered_with_tax: bool
    display_gross: bool = True
    product_id: int | None = None
    channel_id: int | None = None

    @property
    def start(self) -> Split:
        return line_total(self.low, 1, self.rate, self.entered_with_tax)

    @property
    def stop(self) -> Split:
        return line_total(self.high, 1, self.rate, self.entered_with_tax)

    @property
    def undiscounted_start(self) -> Split:
        return line_total(self.undiscounted_low, 1, self.rate, self.entered_with_tax)

    @property
    def undiscounted_stop(self) -> Split:
        return line_total(self.undiscounted_high, 1, self.rate, self.entered_with_tax)

    @property
    def on_sale(self) -> bool:
        return self.low < self.undiscounted_low
