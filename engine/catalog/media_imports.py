"""Pictures as an import hangs them: known by their address, and marked in `meta` as what `source` brought.

Only what is so marked is moved, renamed, linked or taken away by a later import; what staff added stays.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.catalog.imports import Rows
from engine.core.bulk import IDS, NOW, over_rows
from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement

_SOURCE = sa.bindparam("source", type_=sa.Text)
_EXISTING = Statement(
    sa.text(
        "SELECT id, product_id, source_url, alt, sort_order FROM product_media"
        " WHERE product_id = ANY(:ids) AND meta->>'import' = :source ORDER BY id"
    ).bindparams(IDS, _SOURCE)
)
_ADD = over_rows(
    "INSERT INTO product_media (product_id, alt, sort_order, source_url, fetch_status, meta)"
    " SELECT product_id, alt, position, url, 'PENDING', jsonb_build_object('import', :source) FROM {rows}"
    " ORDER BY product_id, position RETURNING id",
    "product_id bigint, alt text, position int, url text",
    _SOURCE,
)
_CHANGE = over_rows(
    "UPDATE product_media m SET alt = r.alt, sort_order = r.position, updated_at = :now FROM {rows} WHERE m.id = r.id",
    "id bigint, alt text, position int",
    NOW,
)
_REMOVE = Statement(sa.text("DELETE FROM product_media WHERE id = ANY(:ids)").bindparams(IDS))
_UNLINK = Statement(
    sa.text(
        "DELETE FROM product_variant_media w USING product_media m"
        " WHERE w.variant_id = ANY(:ids) AND m.id = w.media_id AND m.meta->>'import' = :source"
    ).bindparams(IDS, _SOURCE)
)
_LINK = over_rows(
    "INSERT INTO product_variant_media (variant_id, media_id) SELECT r.variant_id, m.id FROM {rows}"
    " JOIN product_media m ON m.product_id = r.product_id AND m.source_url = r.url AND m.meta->>'import' = :source"
    " ORDER BY 1, 2 ON CONFLICT DO NOTHING",
    "variant_id bigint, product_id bigint, url text",
    _SOURCE,
)


async def imported_media(tx: WriteCtx, source: str, product_ids: Sequence[int]) -> list[Row]:
    """Id, product_id, source_url, alt and sort_order of what an import hung."""
    return await tx.fetch(_EXISTING, ids=list(product_ids), source=source)


async def add_media(tx: WriteCtx, source: str, rows: Rows) -> list[int]:
    """Ids of the new pictures, all still to be fetched. A row has product_id, alt, position and url."""
    return [row["id"] for row in await tx.fetch(_ADD, rows=rows, source=source)] if rows else []


async def change_media(tx: WriteCtx, rows: Rows) -> None:
    """By id, alt and position."""
    if rows:
        await tx.fetch(_CHANGE, rows=rows, now=tx.clock.now())


async def remove_media(tx: WriteCtx, ids: Sequence[int]) -> None:
    if ids:
        await tx.fetch(_REMOVE, ids=list(ids))


async def link_media(tx: WriteCtx, source: str, variant_ids: Sequence[int], rows: Rows) -> None:
    """Give variants, in place of their imported pictures, the ones in `rows`: variant_id, product_id and url."""
    if variant_ids:
        await tx.fetch(_UNLINK, ids=list(variant_ids), source=source)
    if rows:
        await tx.fetch(_LINK, rows=rows, source=source)
