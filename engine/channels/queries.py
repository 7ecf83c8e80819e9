import sqlalchemy as sa

from engine.channels.models import Channel
from engine.core.context import Ctx, Row
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table

_c = table(Channel)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

_ALL = Statement(sa.select(_c).order_by(_c.c.slug))
_BY_IDS = Statement(sa.select(_c).where(_c.c.id == sa.any_(_IDS)))
_BY_SLUG = Statement(sa.select(_c).where(_c.c.slug == sa.bindparam("slug")))
# Zones belong to shipping, which is above; the join is on their keys alone.
_COUNTRIES = Statement(
    sa.text(
        "SELECT channel_id, country FROM channel_country WHERE channel_id = ANY(:ids)"
        " UNION SELECT h.channel_id, c.country FROM shipping_zone_channel h"
        " JOIN shipping_zone_country c USING (shipping_zone_id) WHERE h.channel_id = ANY(:ids)"
        " ORDER BY channel_id, country"
    ).bindparams(_IDS)
)
# Orders belong to a domain far above; only their key is read.
_WITH_ORDERS = Statement(
    sa.text(
        "SELECT id FROM unnest(:ids) AS c(id) WHERE EXISTS (SELECT 1 FROM sales_order o WHERE o.channel_id = c.id)"
    ).bindparams(_IDS)
)


def by_slug_for() -> sa.Subquery:
    """The `id` of the channel with the slug `:channel`, to be part of a statement. Shoppers (not `:sees_all`) find
    active ones alone."""
    everyone = sa.bindparam("sees_all", type_=sa.Boolean)
    found = sa.select(_c.c.id).where(
        _c.c.slug == sa.bindparam("channel", type_=sa.Text), sa.or_(_c.c.is_active, everyone)
    )
    return found.subquery("place")


async def all_channels(ctx: Ctx) -> list[Row]:
    return await ctx.fetch(_ALL)


async def by_ids(ctx: Ctx, ids: list[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=ids))


async def by_slug(ctx: Ctx, slug: str) -> Row | None:
    return await ctx.first(_BY_SLUG, slug=slug)


async def countries_of(ctx: Ctx, channel_ids: list[int]) -> list[list[Row]]:
    """The country codes (ISO 3166-1 alpha-2) that each channel sells to or has a shipping zone for, sorted."""
    rows = await ctx.fetch(_COUNTRIES, ids=channel_ids)
    return [[row["country"] for row in found] for found in grouped(channel_ids, rows, "channel_id")]


async def have_orders(ctx: Ctx, channel_ids: list[int]) -> list[bool]:
    """Whether anything was ever sold in each channel."""
    found = {row["id"] for row in await ctx.fetch(_WITH_ORDERS, ids=channel_ids)}
    return [channel_id in found for channel_id in channel_ids]
