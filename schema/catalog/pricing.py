"""Prices as a channel shows them. Rows are made from `engine.pricing`."""

from typing import Any

import strawberry

from engine.core.context import Row
from engine.pricing.rules import PriceRange, Split, VariantPricing
from schema.common.money import TaxedMoney, TaxedMoneyRange, money_row, priced_row, taxed_row
from schema.execution.fields import row_field


@strawberry.type(description="What the variants of a product cost in a channel.")
class ProductPricingInfo:
    @row_field
    def on_sale(row: Row) -> bool | None:
        return row["found"].on_sale

    @row_field(description="What the cheapest variant costs less than before.")
    def discount(row: Row) -> TaxedMoney | None:
        found: PriceRange = row["found"]
        return _cut(found.undiscounted_start, found.start, found.currency) if found.on_sale else None

    @row_field
    def price_range(row: Row) -> TaxedMoneyRange | None:
        found: PriceRange = row["found"]
        made: Row = {"start": _priced(found, found.low), "stop": _priced(found, found.high)}
        return made

    @row_field
    def price_range_undiscounted(row: Row) -> TaxedMoneyRange | None:
        found: PriceRange = row["found"]
        low, high = found.undiscounted_low, found.undiscounted_high
        made: Row = {"start": _priced(found, low), "stop": _priced(found, high)}
        return made

    @row_field(description="Whether the channel shows prices with tax.")
    def display_gross_prices(row: Row) -> bool:
        return row["found"].display_gross


@strawberry.type(description="What a variant costs in a channel.")
class VariantPricingInfo:
    @row_field
    def on_sale(row: Row) -> bool | None:
        return row["found"].on_sale

    @row_field
    def discount(row: Row) -> TaxedMoney | None:
        found: VariantPricing = row["found"]
        return _cut(found.undiscounted, found.price, found.currency) if found.on_sale else None

    @row_field
    def price(row: Row) -> TaxedMoney | None:
        found: VariantPricing = row["found"]
        return _priced(found, found.amount)

    @row_field
    def price_undiscounted(row: Row) -> TaxedMoney | None:
        found: VariantPricing = row["found"]
        return _priced(found, found.undiscounted_amount)

    @row_field(description="The price before, where the merchant gave one.")
    def price_prior(row: Row) -> TaxedMoney | None:
        found: VariantPricing = row["found"]
        return _priced(found, found.undiscounted_amount) if found.on_sale else None

    @row_field(description="Whether the channel shows prices with tax.")
    def display_gross_prices(row: Row) -> bool:
        return row["found"].display_gross


def pricing_row(found: PriceRange | VariantPricing | None) -> Any:
    """The row of a product's or variant's pricing; its fields make what is selected of it."""
    return None if found is None else {"found": found}


def _priced(found: PriceRange | VariantPricing, amount: int) -> Any:
    return priced_row(amount, found.rate, entered_with_tax=found.entered_with_tax, currency=found.currency)


def _cut(before: Split, now: Split, currency: str) -> Any:
    return taxed_row(before[0] - now[0], before[1] - now[1], currency)


def amount_row(minor: int | None, currency: str) -> Any:
    return None if minor is None else money_row(minor, currency)
