"""Every read of carts that is not about their price."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from engine.channels.models import Channel
from engine.checkout.models import Checkout, CheckoutDelivery, CheckoutLine
from engine.checkout.rules import VariantState, fingerprint
from engine.core.context import Ctx, Row
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_c = table(Checkout)
_l = table(CheckoutLine)
_d = table(CheckoutDelivery)
_channel = table(Channel)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))

_BY_IDS = Statement(sa.select(_c).where(_c.c.id == sa.any_(_IDS)))
_LINES = Statement(
    sa.select(_l, _c.c.channel_id)
    .join(_c, _c.c.id == _l.c.checkout_id)
    .where(_l.c.checkout_id == sa.any_(_IDS))
    .order_by(_l.c.checkout_id, _l.c.created_at, _l.c.id)
)
_SLUG = sa.bindparam("channel", type_=sa.Text)
_OF_USERS = Statement(
    sa.select(_c.c.id, _c.c.user_id)
    .join(_channel, _channel.c.id == _c.c.channel_id)
    .where(
        _c.c.user_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))),
        _channel.c.is_active,
        sa.or_(_SLUG.is_(None), _channel.c.slug == _SLUG),
    )
    .order_by(_c.c.created_at.desc(), _c.c.id)
)
_DELIVERIES = Statement(sa.select(_d).where(_d.c.id == sa.any_(_IDS)))
_OFFERED = Statement(
    sa.select(_d)
    .where(_d.c.checkout_id == sa.any_(_IDS), _d.c.active)
    .order_by(_d.c.checkout_id, _d.c.amount, _d.c.name, _d.c.id)
)
_PLACES = Statement(
    sa.text(
        """
SELECT c.id, c.channel_id, c.currency, a.id AS address_id,
  a.country, a.country_area, a.city, a.city_area, a.postal_code, a.street_address_1, a.street_address_2,
  CASE WHEN w.id IS NULL THEN coalesce(a.country, h.default_country) END AS stock_country,
  CASE WHEN w.click_and_collect <> 'ALL' THEN w.id END AS stock_warehouse_id,
  ARRAY(SELECT l.variant_id FROM checkout_line l WHERE l.checkout_id = c.id AND NOT l.is_gift ORDER BY l.id)
    AS variant_ids,
  ARRAY(SELECT l.quantity FROM checkout_line l WHERE l.checkout_id = c.id AND NOT l.is_gift ORDER BY l.id)
    AS quantities
FROM checkout c JOIN channel h ON h.id = c.channel_id
LEFT JOIN address a ON a.id = c.shipping_address_id
LEFT JOIN warehouse w ON w.id = c.collection_point_id
WHERE c.id = ANY(:ids)
"""
    ).bindparams(_IDS)
)
_STATES = Statement(
    sa.text(
        """
SELECT v.id, v.name, r.variant_id IS NOT NULL AS has_price,
  coalesce(v.quantity_limit_per_customer,
    (SELECT limit_quantity_per_checkout FROM shop_settings WHERE id = 1)) AS quantity_limit,
  coalesce(p.is_published AND (p.published_at IS NULL OR p.published_at <= :now), false) AS is_published,
  coalesce(p.available_for_purchase_at <= :now, false) AS for_sale
FROM product_variant v
LEFT JOIN product_channel p ON p.product_id = v.product_id AND p.channel_id = :channel_id
LEFT JOIN variant_price r ON r.variant_id = v.id AND r.channel_id = :channel_id
WHERE v.id = ANY(:ids)
"""
    ).bindparams(
        sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)),
        sa.bindparam("channel_id", type_=sa.BigInteger),
        sa.bindparam("now", type_=sa.DateTime(timezone=True)),
    )
)
_METHODS_IN_FORCE = Statement(
    sa.text(
        """
SELECT m.id AS shipping_method_id, c.id AS checkout_id
FROM checkout c
JOIN channel h ON h.id = c.channel_id
LEFT JOIN address a ON a.id = c.shipping_address_id
JOIN shipping_zone_channel zh ON zh.channel_id = c.channel_id
JOIN shipping_zone_country zc ON zc.shipping_zone_id = zh.shipping_zone_id
  AND zc.country = coalesce(a.country, h.default_country)
JOIN shipping_method m ON m.shipping_zone_id = zh.shipping_zone_id AND m.active
JOIN shipping_method_channel mc ON mc.shipping_method_id = m.id AND mc.channel_id = c.channel_id
WHERE c.id = ANY(:ids)
"""
    ).bindparams(_IDS)
)
_PARCEL = Statement(
    sa.text(
        """
SELECT l.id, l.quantity, coalesce(v.sku, '') AS sku, concat_ws(' ', p.name, nullif(v.name, '')) AS description,
  coalesce(v.weight_grams, p.weight_grams, t.weight_grams, 0) AS weight_grams, p.hs_code, p.origin_country
FROM checkout_line l
JOIN product_variant v ON v.id = l.variant_id
JOIN product p ON p.id = v.product_id
JOIN product_type t ON t.id = p.product_type_id
WHERE l.checkout_id = :id AND t.is_shipping_required ORDER BY l.created_at, l.id
"""
    ).bindparams(sa.bindparam("id", type_=sa.Uuid))
)
_EXPIRED = Statement(
    sa.select(_c.c.id)
    .where(_c.c.held_until <= sa.bindparam("now", type_=sa.DateTime(timezone=True)))
    .order_by(_c.c.held_until)
    .limit(sa.bindparam("limit", type_=sa.Integer))
)
_KEYSET = Keyset(
    Key("created_at", _c.c.created_at, descending=True), Key("id", _c.c.id, descending=True)
)  # newest first
_PAGES = ShapeCache(8)
_COUNT = Statement(counted(sa.select(_c.c.id)))


@dataclass(frozen=True)
class Place:
    """Where a cart goes. `fingerprint` is what a delivery quote for it is valid for; None without an address."""

    channel_id: int
    stock_country: str | None
    """Country whose warehouses give the stock; None: any of the channel, or `stock_warehouse_id` alone."""
    stock_warehouse_id: uuid.UUID | None
    fingerprint: str | None


async def by_ids(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(checkout_ids, await ctx.fetch(_BY_IDS, ids=list(checkout_ids)))


async def page(ctx: Ctx, args: PageArgs) -> Page:
    """All carts, newest first; for staff."""
    statement = _PAGES.get(_KEYSET.shape(args), lambda: _KEYSET.apply(sa.select(_c), args))
    return _KEYSET.page(await ctx.fetch(statement, **_KEYSET.parameters(args)), args)


async def count(ctx: Ctx) -> int:
    """How many carts there are, up to MAX_COUNT."""
    return int(await ctx.value(_COUNT))


async def lines_of(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """The lines of each checkout in the order they were added, with its `channel_id`."""
    return grouped(checkout_ids, await ctx.fetch(_LINES, ids=list(checkout_ids)), "checkout_id")


async def deliveries_by_ids(ctx: Ctx, delivery_ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(delivery_ids, await ctx.fetch(_DELIVERIES, ids=list(delivery_ids)))


async def offered_deliveries(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """What was last quoted for each checkout, cheapest first; compare `fingerprint` before relying on it."""
    return grouped(checkout_ids, await ctx.fetch(_OFFERED, ids=list(checkout_ids)), "checkout_id")


async def places(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, Place]:
    rows = await ctx.fetch(_PLACES, ids=list(checkout_ids))
    return {
        row["id"]: Place(
            channel_id=row["channel_id"],
            stock_country=row["stock_country"],
            stock_warehouse_id=row["stock_warehouse_id"],
            fingerprint=_fingerprint(row),
        )
        for row in rows
    }


def _fingerprint(row: Row) -> str | None:
    if row["address_id"] is None:
        return None
    return fingerprint(row, zip(row["variant_ids"], row["quantities"], strict=True), row["currency"])


async def ids_of_users(ctx: Ctx, user_ids: Sequence[int], channel_slug: str | None) -> list[list[uuid.UUID]]:
    """The carts of each customer in the channel, or in every active one; newest first."""
    rows = await ctx.fetch(_OF_USERS, ids=list(user_ids), channel=channel_slug)
    return [[row["id"] for row in group] for group in grouped(user_ids, rows, "user_id")]


async def variant_states(ctx: Ctx, channel_id: int, variant_ids: Sequence[int]) -> list[VariantState | None]:
    """How the channel offers each variant now; None: there is no such variant."""
    rows = await ctx.fetch(_STATES, ids=list(variant_ids), channel_id=channel_id, now=ctx.clock.now())
    return [
        row
        and VariantState(
            row["id"], row["has_price"], row["is_published"], row["for_sale"], row["quantity_limit"], row["name"]
        )
        for row in in_order(variant_ids, rows)
    ]


async def methods_in_force(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> set[tuple[uuid.UUID, int]]:
    """(checkout, shipping method) pairs that may still be chosen: active, in the channel, for its country."""
    rows = await ctx.fetch(_METHODS_IN_FORCE, ids=list(checkout_ids))
    return {(row["checkout_id"], row["shipping_method_id"]) for row in rows}


async def parcel(ctx: Ctx, checkout_id: uuid.UUID) -> list[Row]:
    """The lines that have to be shipped: id, quantity, sku, description, weight_grams (of one), customs facts."""
    return await ctx.fetch(_PARCEL, id=checkout_id)


async def expired_holds(ctx: Ctx, now: datetime, *, limit: int = 200) -> list[uuid.UUID]:
    """Checkouts whose hold is past its time, oldest first."""
    return [row["id"] for row in await ctx.fetch(_EXPIRED, now=now, limit=limit)]
