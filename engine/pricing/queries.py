"""Prices, promotions taken off, with everything that taxes them. A statement of prices ends with the rates of the
country, so that both come at once; what it found of those is kept for the prices that a variant's own statement brings
along (`PRICE`)."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.catalog.models import Product, ProductType, ProductVariant
from engine.channels.models import Channel
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.rows import grouped
from engine.core.statements import Statement
from engine.core.tables import table
from engine.pricing.models import VariantPrice
from engine.pricing.rules import PriceRange, VariantPricing
from engine.promotions.discounts import best_discount_of
from engine.tax.models import TaxConfiguration
from engine.tax.queries import Rates, as_rates, rate_values, rates_and_exception, rates_key
from engine.tax.rules import choose

_price = table(VariantPrice)
_variant = table(ProductVariant)
_product = table(Product)
_type = table(ProductType)
_channel = table(Channel)
_tax = table(TaxConfiguration)

Place: TypeAlias = tuple[int, str | None, str]
"""Channel, country (None: the channel's own) and region, of which the rates are."""

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_best = best_discount_of(_price)
_reduction = sa.func.coalesce(_best.c.reduction, 0, type_=sa.BigInteger)
_amount = _price.c.amount - _reduction
_undiscounted = sa.func.greatest(_price.c.amount, _price.c.compare_at_amount, type_=sa.BigInteger)
_class = sa.func.coalesce(_product.c.tax_class_id, _type.c.tax_class_id)
_TAXED = (
    sa.func.coalesce(_tax.c.prices_entered_with_tax, sa.true()).label("entered_with_tax"),
    sa.func.coalesce(_tax.c.charge_taxes, sa.true()).label("charge_taxes"),
    sa.func.coalesce(_tax.c.display_gross_prices, sa.true()).label("display_gross_prices"),
)
_SOURCE = (
    _price.join(_variant, _variant.c.id == _price.c.variant_id)
    .join(_product, _product.c.id == _variant.c.product_id)
    .join(_type, _type.c.id == _product.c.product_type_id)
    .outerjoin(_tax, _tax.c.channel_id == _price.c.channel_id)
    .outerjoin(_best, sa.true())
)
_rates = rates_and_exception(
    sa.func.coalesce(
        sa.bindparam("country", type_=sa.Text),
        sa.select(_channel.c.default_country).where(_channel.c.id == _CHANNEL).scalar_subquery(),
    ),
    _CHANNEL,
)


def _with_rates(prices: sa.Select[Any]) -> Statement:
    """The rows of `prices`, which end in `tax_class_id`, then those of the country's rates: they have a `rate`."""
    rates = _rates.subquery("rates")
    blanks = [sa.cast(sa.null(), column.type) for column in list(prices.selected_columns)[:-1]]
    return Statement(
        sa.union_all(
            prices.add_columns(
                sa.cast(sa.null(), sa.Text).label("region"), sa.cast(sa.null(), sa.Integer).label("rate")
            ),
            sa.select(*blanks, rates.c.tax_class_id, rates.c.region, rates.c.rate),
        )
    )


_BY_VARIANT = _with_rates(
    sa.select(
        _price.c.variant_id,
        _price.c.currency,
        _amount.label("amount"),
        _undiscounted.label("undiscounted_amount"),
        _reduction.label("reduction"),
        _best.c.rule_id,
        *_TAXED,
        _class.label("tax_class_id"),
    )
    .select_from(_SOURCE)
    .where(_price.c.channel_id == _CHANNEL, _price.c.variant_id == sa.any_(_IDS))
)
_BY_PRODUCT = _with_rates(
    sa.select(
        _variant.c.product_id,
        sa.func.min(_price.c.currency).label("currency"),
        sa.func.min(_amount).label("low"),
        sa.func.max(_amount).label("high"),
        sa.func.min(_undiscounted).label("undiscounted_low"),
        sa.func.max(_undiscounted).label("undiscounted_high"),
        *_TAXED,
        _class.label("tax_class_id"),
    )
    .select_from(_SOURCE)
    .where(_price.c.channel_id == _CHANNEL, _variant.c.product_id == sa.any_(_IDS))
    .group_by(_variant.c.product_id, _product.c.tax_class_id, _type.c.tax_class_id, _tax.c.channel_id)
)
_RATES = Statement(_rates)
_LISTED = Statement(
    sa.select(
        _price.c.variant_id,
        _price.c.channel_id,
        _price.c.currency,
        _price.c.amount,
        _price.c.compare_at_amount,
        _price.c.cost_amount,
    )
    .where(_price.c.variant_id == sa.any_(_IDS))
    .order_by(_price.c.variant_id, _price.c.channel_id)
)


def _join_price(source: Any, variant: Any, channel_id: Any) -> Any:
    return (
        source.outerjoin(_price, sa.and_(_price.c.variant_id == variant.id, _price.c.channel_id == channel_id))
        .outerjoin(_product, _product.c.id == variant.product_id)
        .outerjoin(_type, _type.c.id == _product.c.product_type_id)
        .outerjoin(_tax, _tax.c.channel_id == channel_id)
        .outerjoin(_best, sa.true())
    )


PRICE = Edge(
    "price",
    (
        _price.c.variant_id,
        _price.c.currency,
        _amount.label("amount"),
        _undiscounted.label("undiscounted_amount"),
        _reduction.label("reduction"),
        _best.c.rule_id,
        *_TAXED,
        _class.label("tax_class_id"),
    ),
    _join_price,
    key="variant_id",
    timely=True,
)
"""A variant's price in the channel it is asked in, for `priced_rows`."""


async def priced_variants(
    ctx: Ctx, variant_ids: Sequence[int], channel_id: int, country: str | None = None, region: str = ""
) -> list[VariantPricing | None]:
    """The price of each variant in a channel, in input order; None: not sold there.

    Taxed as in `country` (ISO 3166-1 alpha-2; None: the channel's default country) and `region`.
    """
    prices, rates = await _read(ctx, _BY_VARIANT, variant_ids, (channel_id, country, region))
    by_class = _by_class(prices, rates, region)
    found = {row["variant_id"]: _pricing(row, by_class, _shows_gross(row, rates), channel_id) for row in prices}
    return [found.get(variant_id) for variant_id in variant_ids]


async def priced_rows(
    ctx: Ctx, rows: Sequence[Row], channel_id: int, country: str | None = None, region: str = ""
) -> list[VariantPricing]:
    """As `priced_variants`, of rows that `PRICE` brought from one channel."""
    rates = await _valid_rates(ctx, (channel_id, country, region)) if rows else Rates()
    by_class = _by_class(rows, rates, region)
    return [_pricing(row, by_class, _shows_gross(row, rates), channel_id) for row in rows]


async def price_ranges(
    ctx: Ctx, product_ids: Sequence[int], channel_id: int, country: str | None = None, region: str = ""
) -> list[PriceRange | None]:
    """What the variants of each product cost in a channel; None: none of them is sold there."""
    prices, rates = await _read(ctx, _BY_PRODUCT, product_ids, (channel_id, country, region))
    by_class = _by_class(prices, rates, region)
    shows_gross = bool(prices) and _shows_gross(prices[0], rates)
    found = {
        row["product_id"]: PriceRange(
            row["currency"],
            row["low"],
            row["high"],
            row["undiscounted_low"],
            row["undiscounted_high"],
            by_class[row["tax_class_id"]],
            row["entered_with_tax"],
            shows_gross,
            row["product_id"],
            channel_id,
        )
        for row in prices
    }
    return [found.get(product_id) for product_id in product_ids]


async def price_rows(ctx: Ctx, variant_ids: Sequence[int]) -> list[list[Row]]:
    """The price rows of each variant in every channel, as entered."""
    rows = await ctx.fetch(_LISTED, ids=list(variant_ids))
    return grouped(variant_ids, rows, "variant_id")


async def _read(ctx: Ctx, statement: Statement, ids: Sequence[int], place: Place) -> tuple[list[Row], Rates]:
    kept = ctx.kept()
    channel_id, country, region = place
    rows = await ctx.fetch(
        statement,
        ids=list(ids),
        channel_id=channel_id,
        country=country,
        now=ctx.clock.now(),
        **rate_values(ctx, region),
    )
    rates = as_rates([row for row in rows if row["rate"] is not None])
    kept[rates_key(country or channel_id, region)] = kept["priced", place] = rates
    return [row for row in rows if row["rate"] is None], rates


async def _valid_rates(ctx: Ctx, place: Place) -> Rates:
    channel_id, country, region = place
    kept = ctx.kept()
    found: Rates | None = kept.get(("priced", place))
    if found is None:
        rows = await ctx.fetch(_RATES, channel_id=channel_id, country=country, **rate_values(ctx, region))
        found = kept[rates_key(country or channel_id, region)] = kept["priced", place] = as_rates(rows)
    return found


def _by_class(prices: Sequence[Row], rates: Rates, region: str) -> dict[int | None, int]:
    """The rate of each tax class among prices of one channel."""
    charged = rates.charge_taxes
    if charged is None:
        charged = bool(prices and prices[0]["charge_taxes"])
    holding = rates if charged else ()
    return {class_id: choose(holding, region, class_id) for class_id in {row["tax_class_id"] for row in prices}}


def _shows_gross(row: Row, rates: Rates) -> bool:
    shown = rates.display_gross_prices
    return bool(row["display_gross_prices"] if shown is None else shown)


def _pricing(row: Row, rates: dict[int | None, int], shows_gross: bool, channel_id: int) -> VariantPricing:
    return VariantPricing(
        row["variant_id"],
        row["currency"],
        row["amount"],
        row["undiscounted_amount"],
        rates[row["tax_class_id"]],
        row["tax_class_id"],
        row["entered_with_tax"],
        shows_gross,
        row["reduction"],
        row["rule_id"],
        channel_id,
    )
