"""Changes to products by staff, with the listing brought up to date in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.catalog import queries as catalog
from engine.catalog import service
from engine.catalog.errors import UnknownProduct, UnknownVariant
from engine.core.context import Row, WriteCtx
from engine.listing.service import refresh
from engine.pricing.service import Price, set_prices


async def update(tx: WriteCtx, product_id: int, changes: Mapping[str, Any]) -> Row:
    """The product's row, without a channel. Raises what `catalog.service.update_product` raises."""
    await service.update_product(tx, product_id, changes)
    return await _refreshed(tx, product_id)


async def publish(
    tx: WriteCtx, product_id: int, asked: Mapping[int, Mapping[str, Any]], remove: Sequence[int] = ()
) -> Row:
    """`asked`: by channel id, what `catalog.service.publication` takes. Raises UnknownProduct, UnknownChannels."""
    now = tx.clock.now()
    publications = [service.publication(values, channel_id, now) for channel_id, values in asked.items()]
    await service.publish(tx, product_id, publications, remove)
    return await _refreshed(tx, product_id)


async def price(tx: WriteCtx, variant_id: int, prices: Sequence[Price]) -> Row:
    """The variant's row, without a channel. Raises UnknownVariant and what `pricing.service.set_prices` raises."""
    (variant,) = await catalog.variants_of_keys(tx, [(variant_id, None)])
    if variant is None:
        raise UnknownVariant
    await set_prices(tx, variant_id, prices)
    tx.emit("product.updated", "Product", variant["product_id"])
    await refresh(tx, [variant["product_id"]])
    return variant


async def _refreshed(tx: WriteCtx, product_id: int) -> Row:
    await refresh(tx, [product_id])
    (product,) = await catalog.products_of(tx, [(product_id, None)])
    if product is None:
        raise UnknownProduct
    return product
