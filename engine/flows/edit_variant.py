"""Variants made and changed by staff, with their stock, prices and listing, in one transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.attributes.assign import Given
from engine.catalog import queries as catalog
from engine.catalog import variant_service as variants
from engine.catalog.errors import UnknownVariant
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.flows.set_stock import Count, set_stocks
from engine.listing.service import refresh
from engine.pricing.service import Price, set_prices


@dataclass(frozen=True)
class Draft:
    """What is given of a variant. `values` as in `catalog.variant_service.create_variant`."""

    values: Mapping[str, Any] = field(default_factory=dict)
    attributes: Sequence[Given] = ()
    stocks: Sequence[Count] = ()
    prices: Sequence[Price] = ()


async def create(tx: WriteCtx, product_id: int, draft: Draft) -> Row:
    """The new variant's row, without a channel. Raises what the services raise."""
    (row,) = await create_many(tx, product_id, [draft])
    return row


async def create_many(tx: WriteCtx, product_id: int, drafts: Sequence[Draft]) -> list[Row]:
    """All of them or none. A refusal carries the `row` it is about, from 0."""
    ids = []
    for number, draft in enumerate(drafts):
        try:
            id = await variants.create_variant(tx, product_id, draft.values, draft.attributes)
            if draft.prices:
                await set_prices(tx, id, draft.prices)
        except Refusal as refusal:
            refusal.facts["row"] = number
            raise
        ids.append(id)
    # stock rows are locked before products
    for number, (id, draft) in enumerate(zip(ids, drafts, strict=True)):
        if draft.stocks:
            await _stock(tx, id, draft.stocks, number)
    return await _settled(tx, product_id, ids)


async def update(tx: WriteCtx, variant_id: int, draft: Draft) -> Row:
    """The changed variant's row, without a channel; its stock is counted as given. Raises what the services raise."""
    product_id = await variants.update_variant(tx, variant_id, draft.values, draft.attributes)
    if draft.prices:
        await set_prices(tx, variant_id, draft.prices)
    if draft.stocks:
        await _stock(tx, variant_id, draft.stocks, 0)
    (row,) = await _settled(tx, product_id, [variant_id])
    return row


async def delete(tx: WriteCtx, variant_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there. Raises Claimed."""
    gone = await variants.delete_variants(tx, variant_ids)
    products = {row["product_id"] for row in gone}
    for product_id in sorted(products):
        tx.emit("product.updated", "Product", product_id)
    await refresh(tx, products)
    return gone


async def delete_known(tx: WriteCtx, variant_ids: Sequence[int], skus: Sequence[str]) -> list[Row]:
    """As `delete`, and those of these SKUs."""
    named = [await catalog.visible_variant_by_sku(tx, sku, None) for sku in skus]
    return await delete(tx, [*variant_ids, *(row["id"] for row in named if row is not None)])


async def known(tx: WriteCtx, sku: str | None, reference: str | None = None) -> int:
    """The id of the variant with that SKU, or that external reference. Raises UnknownVariant."""
    if sku is not None:
        found = await catalog.visible_variant_by_sku(tx, sku, None)
    else:
        found = await catalog.visible_variant_by_reference(tx, reference or "", None)
    if found is None:
        raise UnknownVariant
    return int(found["id"])


async def _stock(tx: WriteCtx, variant_id: int, counts: Sequence[Count], number: int) -> None:
    try:
        await set_stocks(tx, variant_id, counts)
    except Refusal as refusal:
        refusal.facts["row"] = number
        refusal.field = "stocks"
        raise


async def _settled(tx: WriteCtx, product_id: int, variant_ids: Sequence[int]) -> list[Row]:
    await variants.settle(tx, product_id, variant_ids)
    tx.emit("product.updated", "Product", product_id)
    await refresh(tx, [product_id])
    rows = await catalog.variants_of_keys(tx, [(id, None) for id in variant_ids])
    return [row for row in rows if row is not None]
