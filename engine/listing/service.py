"""Keeps the listing equal to what it mirrors."""

from collections.abc import Collection, Iterable
from datetime import datetime

import sqlalchemy as sa

from engine.catalog.models import ProductVariant
from engine.core.bulk import NOW
from engine.core.context import WriteCtx
from engine.core.locking import Rank, lock_rows
from engine.core.statements import Statement
from engine.core.tables import table
from engine.listing.models import ProductListing
from engine.pricing.history import record
from engine.promotions.discounts import best_discount
from engine.promotions.membership import choose_for

_COLUMNS = [column.name for column in table(ProductListing).columns]
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

_v = table(ProductVariant)
_TRACKED = Statement(sa.select(_v.c.product_id).where(_v.c.id == sa.any_(_IDS), _v.c.track_inventory).distinct())
_LOCK = Statement(sa.text("SELECT id FROM product WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE").bindparams(_IDS))
_REFRESH = Statement(
    sa.text(
        f"""
WITH gone AS (
  DELETE FROM product_listing l
  WHERE l.product_id = ANY(:ids) AND NOT EXISTS (
    SELECT 1 FROM product_channel c WHERE c.product_id = l.product_id AND c.channel_id = l.channel_id
  )
), fresh AS (
  SELECT c.channel_id, p.id AS product_id, c.is_published, coalesce(c.published_at, p.created_at) AS published_at,
    c.visible_in_listings, c.available_for_purchase_at, p.name_key, p.product_type_id,
    sold.price_amount, sold.minimal_amount, coalesce(sold.in_stock, false) AS in_stock,
    coalesce(p.rating, 0) AS rating, coalesce(g.path, '{{}}') AS category_ids,
    ARRAY(
      SELECT m.collection_id FROM collection_product m
      JOIN collection_channel h ON h.collection_id = m.collection_id AND h.channel_id = c.channel_id
      WHERE m.product_id = p.id AND h.is_published ORDER BY m.collection_id
    ) AS collection_ids,
    ARRAY(
      SELECT value_id FROM product_attribute_value WHERE product_id = p.id
      UNION
      SELECT w.value_id FROM product_variant_attribute_value w
      JOIN product_variant v ON v.id = w.variant_id WHERE v.product_id = p.id
      ORDER BY 1
    ) AS value_ids,
    p.created_at, p.updated_at
  FROM product p
  JOIN product_channel c ON c.product_id = p.id
  LEFT JOIN category g ON g.id = p.category_id
  LEFT JOIN LATERAL (
    SELECT min(greatest(r.amount, r.compare_at_amount)) AS price_amount,
      min(r.amount - coalesce(best.reduction, 0)) AS minimal_amount,
      bool_or(NOT v.track_inventory OR EXISTS (
        SELECT 1 FROM stock s
        JOIN warehouse_channel w ON w.warehouse_id = s.warehouse_id AND w.channel_id = c.channel_id
        WHERE s.variant_id = v.id AND s.on_hand > s.allocated
      )) AS in_stock
    FROM product_variant v
    JOIN variant_price r ON r.variant_id = v.id AND r.channel_id = c.channel_id
    LEFT JOIN LATERAL ({best_discount("r")}) best ON true
    WHERE v.product_id = p.id
  ) sold ON true
  WHERE p.id = ANY(:ids)
)
INSERT INTO product_listing AS l ({", ".join(_COLUMNS)})
SELECT {", ".join(_COLUMNS)} FROM fresh ORDER BY channel_id, product_id
ON CONFLICT (channel_id, product_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in _COLUMNS)}
WHERE l.* IS DISTINCT FROM excluded.*
"""  # noqa: S608  (only column names and a statement of ours are put into the text)
    ).bindparams(_IDS, NOW)
)


async def refresh(tx: WriteCtx, product_ids: Collection[int], *, at: datetime | None = None) -> None:
    """Write the listing rows of these products anew, in every channel, from what they mirror; and before that what
    else follows from it: which promotions choose their variants, and what they have cost (`at`: since when).

    Call it once, last in the transaction that changed publication, price, attributes, category, collections, name or
    variants: it takes the last locks of the house's order, so that two such changes at once leave a true row.
    """
    if not product_ids:
        return
    ids = sorted(set(product_ids))
    await lock_rows(tx, Rank.LISTING, _LOCK, ids=ids)
    await choose_for(tx, ids)
    await record(tx, ids, at)
    await _write(tx, ids)


async def restock(tx: WriteCtx, product_ids: Collection[int]) -> None:
    """`refresh` after a change of stock alone."""
    if product_ids:
        ids = sorted(set(product_ids))
        await lock_rows(tx, Rank.LISTING, _LOCK, ids=ids)
        await _write(tx, ids)


async def refresh_variants(tx: WriteCtx, variant_ids: Iterable[int | None]) -> None:
    """`restock` the products of variants whose stock has moved.

    Variants whose stock is not tracked, and None for one that is gone, are passed over.
    """
    ids = list({variant_id for variant_id in variant_ids if variant_id is not None})
    if ids:
        await restock(tx, [row["product_id"] for row in await tx.fetch(_TRACKED, ids=ids)])


async def _write(tx: WriteCtx, ids: list[int]) -> None:
    # a statement of its own, so that it sees what the one that held the locks before has committed
    await tx.fetch(_REFRESH, ids=ids, now=tx.clock.now())
