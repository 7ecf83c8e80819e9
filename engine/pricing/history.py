"""What prices were before, for the prior price that a reduction must be told with.

Directive 98/6/EC, article 6a (put in by Directive (EU) 2019/2161, the Omnibus directive): "Any announcement of a price
reduction shall indicate the prior price applied by the trader"; that is "the lowest price applied by the trader during
a period of time not shorter than 30 days prior to the application of the price reduction".
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa

from engine.core.bulk import IDS, NOW
from engine.core.context import Ctx, Row, WriteCtx
from engine.core.statements import Statement
from engine.pricing.rules import PriceRange, VariantPricing
from engine.promotions.discounts import best_discount

T = TypeVar("T")
DAYS = 30
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_LAST = """
LEFT JOIN LATERAL (
  SELECT c.since, c.amount FROM variant_price_change c
  WHERE c.variant_id = p.variant_id AND c.channel_id = p.channel_id AND c.since <= :now
  ORDER BY c.since DESC LIMIT 1
) last ON true
"""
_RECORD = Statement(
    sa.text(
        f"""
INSERT INTO variant_price_change (variant_id, channel_id, since, amount)
SELECT p.variant_id, p.channel_id,
  CASE WHEN :at <= :now AND (last.since IS NULL OR last.since < :at) THEN :at ELSE :now END,
  p.amount - coalesce(best.reduction, 0)
FROM product_variant v
JOIN variant_price p ON p.variant_id = v.id
LEFT JOIN LATERAL ({best_discount("p")}) best ON true
{_LAST}
WHERE v.product_id = ANY(:ids) AND last.amount IS DISTINCT FROM p.amount - coalesce(best.reduction, 0)
ORDER BY p.variant_id, p.channel_id
ON CONFLICT (variant_id, channel_id, since) DO UPDATE SET amount = excluded.amount
"""  # noqa: S608  (only statements of ours are put into the text)
    ).bindparams(IDS, NOW, _AT)
)
_PRIOR = f"""
SELECT begun.variant_id, begun.product_id, coalesce((
  SELECT min(c.amount) FROM variant_price_change c
  WHERE c.variant_id = begun.variant_id AND c.channel_id = :channel_id AND c.since < begun.since
    AND c.since >= coalesce((
      SELECT max(x.since) FROM variant_price_change x
      WHERE x.variant_id = begun.variant_id AND x.channel_id = :channel_id
        AND x.since <= begun.since - interval '{DAYS} days'
    ), '-infinity')
), begun.undiscounted) AS amount
FROM (
  SELECT p.variant_id, v.product_id, greatest(p.amount, p.compare_at_amount) AS undiscounted,
    CASE WHEN last.amount = p.amount - coalesce(best.reduction, 0) THEN last.since
      ELSE coalesce(best.since, :now) END AS since
  FROM product_variant v
  JOIN variant_price p ON p.variant_id = v.id AND p.channel_id = :channel_id
  LEFT JOIN LATERAL ({best_discount("p")}) best ON true
  {_LAST}
  WHERE {{which}} = ANY(:ids)
    AND p.amount - coalesce(best.reduction, 0) < greatest(p.amount, p.compare_at_amount)
) begun
"""  # noqa: S608
_OF_VARIANTS = Statement(sa.text(_PRIOR.format(which="v.id")).bindparams(IDS, NOW, _CHANNEL))
_OF_PRODUCTS = Statement(
    sa.text(
        "SELECT product_id, min(amount) AS low, max(amount) AS high"  # noqa: S608
        f" FROM ({_PRIOR.format(which='v.product_id')}) prior GROUP BY product_id"
    ).bindparams(IDS, NOW, _CHANNEL)
)


async def record(tx: WriteCtx, product_ids: Sequence[int], at: datetime | None = None) -> None:
    """Note what the variants of these products cost now, in every channel, where that is not what was noted last.

    `at` says since when, for whoever comes after the moment, as a job does after a promotion's start.
    """
    now = tx.clock.now()
    await tx.fetch(_RECORD, ids=list(product_ids), now=now, at=at or now)


async def prior_prices(ctx: Ctx, variant_ids: Sequence[int], channel_id: int) -> dict[int, int]:
    """Of variants that are reduced now: the lowest price of the 30 days before the reduction began, as entered, by id.

    Where nothing is known of that time, the price before as the merchant gave it.
    """
    rows = await ctx.fetch(_OF_VARIANTS, ids=list(variant_ids), channel_id=channel_id, now=ctx.clock.now())
    return {row["variant_id"]: row["amount"] for row in rows}


async def prior_ranges(ctx: Ctx, product_ids: Sequence[int], channel_id: int) -> dict[int, tuple[int, int]]:
    """The lowest and the highest of those, over the reduced variants of each product that has such."""
    rows: list[Row] = await ctx.fetch(_OF_PRODUCTS, ids=list(product_ids), channel_id=channel_id, now=ctx.clock.now())
    return {row["product_id"]: (row["low"], row["high"]) for row in rows}


async def priors(ctx: Ctx, prices: Sequence[VariantPricing]) -> list[int | None]:
    """The prior price of each; None: it is not reduced."""
    wanted = [(price.variant_id, price.channel_id if price.on_sale else None) for price in prices]
    return await _each(ctx, "prior prices", wanted, prior_prices)


async def range_priors(ctx: Ctx, ranges: Sequence[PriceRange]) -> list[tuple[int, int] | None]:
    """The ends of each product's prior prices; None: nothing of it is reduced."""
    return await _each(ctx, "prior ranges", [(found.product_id, found.channel_id) for found in ranges], prior_ranges)


async def _each(
    ctx: Ctx,
    name: str,
    wanted: Sequence[tuple[int | None, int | None]],
    read: Callable[[Ctx, Sequence[int], int], Awaitable[dict[int, T]]],
) -> list[T | None]:
    """By id and channel; what a request has read is kept, since several fields ask for the same."""
    kept: dict[Any, T | None] = ctx.kept().setdefault(name, {})
    missing: dict[int, list[int]] = {}
    for id, channel_id in wanted:
        if id is not None and channel_id is not None and (id, channel_id) not in kept:
            missing.setdefault(channel_id, []).append(id)
    for channel_id, ids in missing.items():
        found = await read(ctx, ids, channel_id)
        kept.update({(id, channel_id): found.get(id) for id in ids})
    return [kept.get(key) for key in wanted]
