"""Changes to products by staff, with the listing brought up to date in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.attributes.assign import Given
from engine.catalog import queries as catalog
from engine.catalog import service
from engine.catalog.errors import UnknownProduct, UnknownVariant
from engine.core.context import Row, WriteCtx
from engine.listing.service import refresh
from engine.pricing.service import Price, set_prices


async def update(tx: WriteCtx, product_id: int, changes: Mapping[str, Any], attributes: Sequence[Given] = ()) -> Row:
    """The product's row, without a channel. Raises what `catalog.service.update_product` raises, and Faulty."""
    await service.update_product(tx, product_id, changes)
    if attributes:
        (product,) = await catalog.products_of(tx, [(product_id, None)])
        if product is not None:
            await service.give_attributes(tx, product_id, product["product_type_id"], attributes)
    return await _refreshed(tx, product_id)


async def create(tx: WriteCtx, type_id: int, values: Mapping[str, Any], attributes: Sequence[Given]) -> Row:
    """The new product's row, without a channel. Raises what `catalog.service.create_product` raises."""
    product_id = await service.create_product(tx, type_id, values, attributes)
    return await _refreshed(tx, product_id)


async def delete(tx: WriteCtx, product_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there, as they were. Raises Claimed."""
    return await service.delete_products(tx, product_ids)


async def by_reference(tx: WriteCtx, reference: str) -> int:
    """Raises UnknownProduct."""
    found = await catalog.visible_product_by_reference(tx, reference, None)
    if found is None:
        raise UnknownProduct
    return int(found["id"])


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
