"""Prices as a channel shows them. Rows are made from `engine.pricing`."""

from typing import Any

import strawberry

from engine.pricing.rules import PriceRange, VariantPricing
from schema.common.money import TaxedMoney, TaxedMoneyRange, money_row, taxed_row


@strawberry.type(description="What the variants of a product cost in a channel.")
class ProductPricingInfo:
    on_sale: bool | None
    discount: TaxedMoney | None = strawberry.field(description="What the cheapest variant costs less than before.")
    price_range: TaxedMoneyRange | None
    price_range_undiscounted: TaxedMoneyRange | None
    display_gross_prices: bool = strawberry.field(description="Whether the channel shows prices with tax.")


@strawberry.type(description="What a variant costs in a channel.")
class VariantPricingInfo:
    on_sale: bool | None
    discount: TaxedMoney | None
    price: TaxedMoney | None
    price_undiscounted: TaxedMoney | None
    price_prior: TaxedMoney | None = strawberry.field(description="The price before, where the merchant gave one.")
    display_gross_prices: bool = strawberry.field(description="Whether the channel shows prices with tax.")


def product_pricing_row(found: PriceRange | None) -> Any:
    if found is None:
        return None
    cut = (found.undiscounted_start[0] - found.start[0], found.undiscounted_start[1] - found.start[1])
    return {
        "on_sale": found.on_sale,
        "discount": taxed_row(*cut, found.currency) if found.on_sale else None,
        "price_range": _range_row(found.start, found.stop, found.currency),
        "price_range_undiscounted": _range_row(found.undiscounted_start, found.undiscounted_stop, found.currency),
        "display_gross_prices": found.display_gross,
    }


def variant_pricing_row(found: VariantPricing | None) -> Any:
    if found is None:
        return None
    before = taxed_row(found.undiscounted_net, found.undiscounted_gross, found.currency)
    cut = (found.undiscounted_net - found.net, found.undiscounted_gross - found.gross)
    return {
        "on_sale": found.on_sale,
        "discount": taxed_row(*cut, found.currency) if found.on_sale else None,
        "price": taxed_row(found.net, found.gross, found.currency),
        "price_undiscounted": before,
        "price_prior": before if found.on_sale else None,
        "display_gross_prices": found.display_gross,
    }


def _range_row(start: tuple[int, int], stop: tuple[int, int], currency: str) -> Any:
    return {"start": taxed_row(*start, currency), "stop": taxed_row(*stop, currency)}


def amount_row(minor: int | None, currency: str) -> Any:
    return None if minor is None else money_row(minor, currency)
