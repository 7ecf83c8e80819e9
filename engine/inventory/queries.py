"""What is in stock, and for whom."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.inventory.models import Stock, Warehouse

_w = table(Warehouse)
_s = table(Stock)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_UUIDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))

# Zones belong to shipping, which is no neighbour to import; the join is on their keys alone.
COVERS_COUNTRY = (
    "EXISTS (SELECT 1 FROM warehouse_zone wz"
    " JOIN shipping_zone_country zc ON zc.shipping_zone_id = wz.shipping_zone_id"
    " JOIN shipping_zone_channel zh ON zh.shipping_zone_id = wz.shipping_zone_id AND zh.channel_id = wc.channel_id"
    " WHERE wz.warehouse_id = wc.warehouse_id AND zc.country = :country)"
)

_QUANTITY = "coalesce(sum(s.on_hand - s.allocated + coalesce(stale.quantity, 0)), 0)::bigint AS quantity"
_STALE = """
LEFT JOIN LATERAL (
  SELECT sum(a.quantity) AS quantity FROM allocation a WHERE a.stock_id = s.id AND a.expires_at <= :now
) stale ON true"""
_PLACE = (
    _IDS,
    sa.bindparam("channel_id", type_=sa.BigInteger),
    sa.bindparam("country", type_=sa.Text),
    sa.bindparam("now", type_=sa.DateTime(timezone=True)),
)
_AVAILABLE = Statement(
    sa.text(
        f"""
SELECT v.id, v.track_inventory, {_QUANTITY}
FROM product_variant v
LEFT JOIN (
  stock s JOIN warehouse_channel wc ON wc.warehouse_id = s.warehouse_id AND wc.channel_id = :channel_id
    AND (:country IS NULL OR {COVERS_COUNTRY}) AND (:warehouse_id IS NULL OR wc.warehouse_id = :warehouse_id)
) ON s.variant_id = v.id {_STALE}
WHERE v.id = ANY(:ids) GROUP BY v.id
"""  # noqa: S608  (no value is put into the text)
    ).bindparams(*_PLACE, sa.bindparam("warehouse_id", type_=sa.Uuid))
)
# Prices belong to a sibling, which is no neighbour to import; the join is on their keys alone.
_UNITS_OF_PRODUCTS = Statement(
    sa.text(
        f"""
SELECT v.id, v.product_id, v.track_inventory, c.available_for_purchase_at, {_QUANTITY}
FROM product_variant v
JOIN variant_price r ON r.variant_id = v.id AND r.channel_id = :channel_id
LEFT JOIN product_channel c ON c.product_id = v.product_id AND c.channel_id = :channel_id
LEFT JOIN (
  stock s JOIN warehouse_channel wc ON wc.warehouse_id = s.warehouse_id AND wc.channel_id = :channel_id
    AND (:country IS NULL OR {COVERS_COUNTRY})
) ON s.variant_id = v.id {_STALE}
WHERE v.product_id = ANY(:ids) GROUP BY v.id, c.product_id, c.channel_id
"""  # noqa: S608  (no value is put into the text)
    ).bindparams(*_PLACE)
)
_STOCKS_OF = Statement(
    sa.text(
        "SELECT s.id, s.variant_id, s.warehouse_id, s.on_hand AS quantity,"
        " (SELECT coalesce(sum(a.quantity), 0) FROM allocation a"
        " WHERE a.stock_id = s.id AND a.order_line_id IS NOT NULL)::int AS quantity_allocated,"
        " (SELECT coalesce(sum(a.quantity), 0) FROM allocation a"
        " WHERE a.stock_id = s.id AND a.expires_at > :now)::int AS quantity_reserved"
        " FROM stock s JOIN warehouse w ON w.id = s.warehouse_id"
        " WHERE s.variant_id = ANY(:ids) ORDER BY s.variant_id, w.name, s.id"
    ).bindparams(_IDS, sa.bindparam("now", type_=sa.DateTime(timezone=True)))
)
_OF_CHANNELS = Statement(
    sa.text(
        "SELECT wc.channel_id, w.* FROM warehouse w JOIN warehouse_channel wc ON wc.warehouse_id = w.id"
        " WHERE wc.channel_id = ANY(:ids) ORDER BY wc.channel_id, wc.sort_order, w.name, w.id"
    ).bindparams(_IDS)
)
_WAREHOUSES = Statement(sa.select(_w).where(_w.c.id == sa.any_(_UUIDS)))
_BY_REFERENCE = Statement(sa.select(_w).where(_w.c.external_reference == sa.bindparam("reference")))
_COLLECTION_POINTS = Statement(
    sa.text(
        "SELECT wc.channel_id, w.* FROM warehouse w JOIN warehouse_channel wc ON wc.warehouse_id = w.id"
        " WHERE wc.channel_id = ANY(:ids) AND w.click_and_collect <> 'DISABLED' AND w.address_id IS NOT NULL"
        " ORDER BY wc.channel_id, wc.sort_order, w.name, w.id"
    ).bindparams(_IDS)
)


async def available(
    ctx: Ctx,
    variant_ids: Sequence[int],
    channel_id: int,
    country: str | None = None,
    *,
    warehouse_id: uuid.UUID | None = None,
) -> list[int | None]:
    """Units of each variant that a buyer in `country` (ISO 3166-1 alpha-2) could claim now; None: not tracked.

    Without a country every warehouse of the channel counts. A hold past its time counts as free. An unknown
    variant has 0.
    """
    rows = await ctx.fetch(
        _AVAILABLE,
        ids=list(variant_ids),
        channel_id=channel_id,
        country=country,
        warehouse_id=warehouse_id,
        now=ctx.clock.now(),
    )
    return [
        0 if row is None else (int(row["quantity"]) if row["track_inventory"] else None)
        for row in in_order(variant_ids, rows)
    ]


async def units_of_products(
    ctx: Ctx, product_ids: Sequence[int], channel_id: int, country: str | None = None
) -> list[Row]:
    """For every variant of the products that is sold in the channel: `id`, `product_id`, `track_inventory`, `quantity`
    as in `available`, and from when its product may be bought, `available_for_purchase_at` (None: not at all)."""
    return await ctx.fetch(
        _UNITS_OF_PRODUCTS, ids=list(product_ids), channel_id=channel_id, country=country, now=ctx.clock.now()
    )


async def stocks_of(ctx: Ctx, variant_ids: Sequence[int]) -> list[list[Row]]:
    """Rows id, variant_id, warehouse_id, quantity (on hand), quantity_allocated (orders), quantity_reserved (carts)."""
    rows = await ctx.fetch(_STOCKS_OF, ids=list(variant_ids), now=ctx.clock.now())
    return grouped(variant_ids, rows, "variant_id")


async def warehouses_by_ids(ctx: Ctx, warehouse_ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(warehouse_ids, await ctx.fetch(_WAREHOUSES, ids=list(warehouse_ids)))


async def warehouse_by_reference(ctx: Ctx, reference: str) -> Row | None:
    return await ctx.first(_BY_REFERENCE, reference=reference.replace("\0", ""))


async def warehouses_of_channels(ctx: Ctx, channel_ids: Sequence[int]) -> list[list[Row]]:
    """The warehouses each channel sells from, in the order they are emptied in."""
    return grouped(channel_ids, await ctx.fetch(_OF_CHANNELS, ids=list(channel_ids)), "channel_id")


async def collection_points(ctx: Ctx, channel_ids: Sequence[int]) -> list[list[Row]]:
    """The warehouses of each channel where a shopper may pick an order up."""
    return grouped(channel_ids, await ctx.fetch(_COLLECTION_POINTS, ids=list(channel_ids)), "channel_id")
