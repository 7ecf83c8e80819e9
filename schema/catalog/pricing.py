"""Prices as a channel shows them. Rows are made from `engine.pricing`."""

from collections.abc import Iterable
from typing import Any

import strawberry

from engine.core.context import Row
from engine.pricing import history
from engine.pricing.rules import PriceRange, Split, VariantPricing, line_total
from schema.common.money import TaxedMoney, TaxedMoneyRange, money_row, priced_row, taxed_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo


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
        return _range(found, found.low, found.high)

    @row_field
    def price_range_undiscounted(row: Row) -> TaxedMoneyRange | None:
        found: PriceRange = row["found"]
        return _range(found, found.undiscounted_low, found.undiscounted_high)

    @batch_field(description="What its reduced variants cost at least in the 30 days before their reduction began.")
    async def price_range_prior(parents: Rows, info: BatchInfo) -> list[TaxedMoneyRange | None]:
        made: Rows = [ends and _range(found, *ends) for found, ends in await _range_priors(parents, info)]
        return made

    @batch_field(description="What the cheapest variant costs less than the lowest of `priceRangePrior`.")
    async def discount_prior(parents: Rows, info: BatchInfo) -> list[TaxedMoney | None]:
        return [ends and _less(found, ends[0], found.low) for found, ends in await _range_priors(parents, info)]

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

    @batch_field(
        description="Of a reduced variant: the lowest price of the 30 days before the reduction began"
        " (Directive 98/6/EC, article 6a)."
    )
    async def price_prior(parents: Rows, info: BatchInfo) -> list[TaxedMoney | None]:
        return [None if before is None else _priced(found, before) for found, before in await _priors(parents, info)]

    @batch_field(description="What it costs less than `pricePrior`.")
    async def discount_prior(parents: Rows, info: BatchInfo) -> list[TaxedMoney | None]:
        return [
            None if before is None else _less(found, before, found.amount)
            for found, before in await _priors(parents, info)
        ]

    @row_field(description="Whether the channel shows prices with tax.")
    def display_gross_prices(row: Row) -> bool:
        return row["found"].display_gross


def pricing_row(found: PriceRange | VariantPricing | None) -> Any:
    """The row of a product's or variant's pricing; its fields make what is selected of it."""
    return None if found is None else {"found": found}


async def _range_priors(parents: Rows, info: BatchInfo) -> Iterable[tuple[PriceRange, tuple[int, int] | None]]:
    ranges = [row["found"] for row in parents]
    return zip(ranges, await history.range_priors(info.context, ranges), strict=True)


async def _priors(parents: Rows, info: BatchInfo) -> Iterable[tuple[VariantPricing, int | None]]:
    prices = [row["found"] for row in parents]
    return zip(prices, await history.priors(info.context, prices), strict=True)


def _range(found: PriceRange, low: int, high: int) -> Any:
    # each end as `priced_row` makes it, for every product of a page
    side, rate, currency = "gross" if found.entered_with_tax else "net", found.rate, found.currency
    return {
        "start": {side: low, "rate": rate, "currency": currency},
        "stop": {side: high, "rate": rate, "currency": currency},
    }


def _priced(found: PriceRange | VariantPricing, amount: int) -> Any:
    return priced_row(amount, found.rate, found.entered_with_tax, found.currency)


def _cut(before: Split, now: Split, currency: str) -> Any:
    return taxed_row(before[0] - now[0], before[1] - now[1], currency)


def _less(found: PriceRange | VariantPricing, before: int, now: int) -> Any:
    """What `now` is below `before`, both as entered; None: it is not."""
    if now >= before:
        return None
    was = line_total(before, 1, found.rate, found.entered_with_tax)
    return _cut(was, line_total(now, 1, found.rate, found.entered_with_tax), found.currency)


def amount_row(minor: int | None, currency: str) -> Any:
    return None if minor is None else money_row(minor, currency)
