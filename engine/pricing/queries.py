from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from engine.catalog.models import Product, ProductType, ProductVariant
from engine.channels.models import Channel
from engine.core.context import Ctx, Row
from engine.core.rows import grouped
from engine.core.statements import Statement
from engine.core.tables import table
from engine.pricing.models import VariantPrice
from engine.pricing.rules import PriceRange, VariantPricing, price_range
from engine.tax.models import TaxConfiguration
from engine.tax.queries import valid_rates
from engine.tax.rules import choose

_price = table(VariantPrice)
_variant = table(ProductVariant)
_product = table(Product)
_type = table(ProductType)
_channel = table(Channel)
_tax = table(TaxConfiguration)

_priced = (
    sa.select(
        _price.c.variant_id,
        _variant.c.product_id,
        _price.c.currency,
        _price.c.amount,
        sa.func.greatest(_price.c.amount, _price.c.compare_at_amount).label("undiscounted_amount"),
        sa.func.coalesce(_product.c.tax_class_id, _type.c.tax_class_id).label("tax_class_id"),
        sa.func.coalesce(_tax.c.prices_entered_with_tax, sa.true()).label("entered_with_tax"),
        sa.func.coalesce(_tax.c.charge_taxes, sa.true()).label("charge_taxes"),
        _channel.c.default_country,
    )
    .select_from(_price)
    .join(_variant, _variant.c.id == _price.c.variant_id)
    .join(_product, _product.c.id == _variant.c.product_id)
    .join(_type, _type.c.id == _product.c.product_type_id)
    .join(_channel, _channel.c.id == _price.c.channel_id)
    .outerjoin(_tax, _tax.c.channel_id == _price.c.channel_id)
    .where(_price.c.channel_id == sa.bindparam("channel_id", type_=sa.BigInteger))
)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_BY_VARIANT = Statement(_priced.where(_price.c.variant_id == sa.any_(_IDS)))
_BY_PRODUCT = Statement(_priced.where(_variant.c.product_id == sa.any_(_IDS)).order_by(_variant.c.id))
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


async def priced_variants(
    ctx: Ctx, variant_ids: Sequence[int], channel_id: int, country: str | None = None, region: str = ""
) -> list[VariantPricing | None]:
    """The price of each variant in a channel, in input order; None: not sold there.

    Taxed as in `country` (ISO 3166-1 alpha-2; None: the channel's default country) and `region`.
    """
    rows = await ctx.fetch(_BY_VARIANT, ids=list(variant_ids), channel_id=channel_id)
    found = {p.variant_id: p for p in await _taxed(ctx, rows, country, region)}
    return [found.get(variant_id) for variant_id in variant_ids]


async def price_ranges(
    ctx: Ctx, product_ids: Sequence[int], channel_id: int, country: str | None = None, region: str = ""
) -> list[PriceRange | None]:
    """What the variants of each product cost in a channel; None: none of them is sold there."""
    rows = await ctx.fetch(_BY_PRODUCT, ids=list(product_ids), channel_id=channel_id)
    by_variant = {p.variant_id: p for p in await _taxed(ctx, rows, country, region)}
    return [
        price_range([by_variant[row["variant_id"]] for row in variants])
        for variants in grouped(product_ids, rows, "product_id")
    ]


async def price_rows(ctx: Ctx, variant_ids: Sequence[int]) -> list[list[Row]]:
    """The price rows of each variant in every channel, as entered."""
    rows = await ctx.fetch(_LISTED, ids=list(variant_ids))
    return grouped(variant_ids, rows, "variant_id")


async def _taxed(ctx: Ctx, rows: Sequence[Row], country: str | None, region: str) -> Iterable[VariantPricing]:
    if not rows:
        return []
    charged = rows[0]["charge_taxes"]
    valid = await valid_rates(ctx, country or rows[0]["default_country"], region) if charged else []
    rates = {class_id: choose(valid, region, class_id) for class_id in {row["tax_class_id"] for row in rows}}
    return [
        VariantPricing(
            variant_id=row["variant_id"],
            currency=row["currency"],
            amount=row["amount"],
            undiscounted_amount=row["undiscounted_amount"],
            rate=rates[row["tax_class_id"]],
            tax_class_id=row["tax_class_id"],
            entered_with_tax=row["entered_with_tax"],
        )
        for row in rows
    ]
