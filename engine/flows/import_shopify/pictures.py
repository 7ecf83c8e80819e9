"""Pictures of a batch of products: stored as addresses to be fetched, and a job for each, in the same transaction."""

from collections.abc import Mapping, Sequence

from engine.catalog import media_imports as media
from engine.core.context import WriteCtx
from engine.flows.fetch_media import JOB
from engine.flows.import_shopify.drafts import Draft

SOURCE = "shopify"


async def hang(tx: WriteCtx, wanted: Mapping[int, Draft]) -> None:
    """Make the imported pictures of these products, by id, those of the file."""
    if not wanted:
        return
    there = {
        (row["product_id"], row["source_url"]): row for row in await media.imported_media(tx, SOURCE, sorted(wanted))
    }
    added, changed = [], []
    for product_id, draft in wanted.items():
        for position, picture in enumerate(draft.pictures):
            row = there.pop((product_id, picture.url), None)
            if row is None:
                added.append({"product_id": product_id, "alt": picture.alt, "position": position, "url": picture.url})
            elif (row["alt"], row["sort_order"]) != (picture.alt, position):
                changed.append({"id": row["id"], "alt": picture.alt, "position": position})
    await media.remove_media(tx, [row["id"] for row in there.values()])
    await media.change_media(tx, changed)
    for media_id in await media.add_media(tx, SOURCE, added):
        tx.enqueue(JOB, media_id=media_id)


async def link(tx: WriteCtx, variants: Sequence[tuple[int, int, str | None]]) -> None:
    """Variant id, product id and the address of the variant's own picture; other imported ones are unlinked."""
    rows = [{"variant_id": id, "product_id": product_id, "url": url} for id, product_id, url in variants if url]
    await media.link_media(tx, SOURCE, [id for id, _, _ in variants], rows)
