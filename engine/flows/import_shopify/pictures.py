"""Pictures of a batch of products: stored as addresses to be fetched, and a job for each, in the same transaction."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from engine.core.context import WriteCtx
from engine.core.statements import Statement
from engine.flows.fetch_media import JOB
from engine.flows.import_shopify.drafts import Draft
from engine.flows.import_shopify.statements import IDS, NOW, over_rows

# `meta` marks what an import brought: only that is moved, renamed or taken away by a later one.
_EXISTING = Statement(
    sa.text(
        "SELECT id, product_id, source_url, alt, sort_order FROM product_media"
        " WHERE product_id = ANY(:ids) AND meta->>'import' = 'shopify' ORDER BY id"
    ).bindparams(IDS)
)
_ADD = over_rows(
    "INSERT INTO product_media (product_id, alt, sort_order, source_url, fetch_status, meta)"
    " SELECT product_id, alt, position, url, 'PENDING', '{{\"import\": \"shopify\"}}' FROM {rows}"
    " ORDER BY product_id, position RETURNING id",
    "product_id bigint, alt text, position int, url text",
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
        " WHERE w.variant_id = ANY(:ids) AND m.id = w.media_id AND m.meta->>'import' = 'shopify'"
    ).bindparams(IDS)
)
_LINK = over_rows(
    "INSERT INTO product_variant_media (variant_id, media_id) SELECT r.variant_id, m.id FROM {rows}"
    " JOIN product_media m ON m.product_id = r.product_id AND m.source_url = r.url AND m.meta->>'import' = 'shopify'"
    " ORDER BY 1, 2 ON CONFLICT DO NOTHING",
    "variant_id bigint, product_id bigint, url text",
)


async def hang(tx: WriteCtx, wanted: Mapping[int, Draft]) -> None:
    """Make the imported pictures of these products, by id, those of the file."""
    if not wanted:
        return
    there = {(row["product_id"], row["source_url"]): row for row in await tx.fetch(_EXISTING, ids=sorted(wanted))}
    added, changed = [], []
    for product_id, draft in wanted.items():
        for position, picture in enumerate(draft.pictures):
            row = there.pop((product_id, picture.url), None)
            if row is None:
                added.append({"product_id": product_id, "alt": picture.alt, "position": position, "url": picture.url})
            elif (row["alt"], row["sort_order"]) != (picture.alt, position):
                changed.append({"id": row["id"], "alt": picture.alt, "position": position})
    if there:
        await tx.fetch(_REMOVE, ids=[row["id"] for row in there.values()])
    if changed:
        await tx.fetch(_CHANGE, rows=changed, now=tx.clock.now())
    if added:
        for row in await tx.fetch(_ADD, rows=added):
            tx.enqueue(JOB, media_id=row["id"])


async def link(tx: WriteCtx, variants: Sequence[tuple[int, int, str | None]]) -> None:
    """Variant id, product id and the address of the variant's own picture; other imported ones are unlinked."""
    if variants:
        await tx.fetch(_UNLINK, ids=[variant_id for variant_id, _, _ in variants])
        rows = [{"variant_id": id, "product_id": product_id, "url": url} for id, product_id, url in variants if url]
        if rows:
            await tx.fetch(_LINK, rows=rows)
