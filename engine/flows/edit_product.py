"""Changes to products by staff, with the listing brought up to date in the same transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.attributes.assign import Given
from engine.catalog import queries as catalog
from engine.catalog import service
from engine.catalog.errors import UnknownProduct, UnknownVariant
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound
from engine.core.paging import PageArgs
from engine.listing.service import refresh
from engine.pricing.service import Price, set_prices, unset_prices

MOST_VARIANTS = 10_000


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
    tx: WriteCtx,
    product_id: int,
    asked: Mapping[int, Mapping[str, Any]],
    remove: Sequence[int] = (),
    *,
    add_variants: Mapping[int, Sequence[int]] | None = None,
    remove_variants: Mapping[int, Sequence[int]] | None = None,
) -> Row:
    """`asked`: by channel id, what `catalog.service.publication` takes. Of the variants by channel id those to remove
    are no longer sold there; those to add need a price there before they are, which is given elsewhere.

    Raises UnknownProduct, UnknownChannels, NotFound.
    """
    now = tx.clock.now()
    publications = [service.publication(values, channel_id, now) for channel_id, values in asked.items()]
    await service.publish(tx, product_id, publications, remove)
    known: set[int] = set()
    if add_variants or remove_variants:
        (own,) = await catalog.variant_pages(tx, [(product_id, None)], PageArgs(MOST_VARIANTS))
        known = {row["id"] for row in own.rows}
    for field, chosen in (("addVariants", add_variants or {}), ("removeVariants", remove_variants or {})):
        for channel_id, variant_ids in chosen.items():
            if not known.issuperset(variant_ids):
                message = "Given variants do not belong to the product."
                raise NotFound(message, field=field, channel_id=channel_id)
            if field == "removeVariants":
                await unset_prices(tx, variant_ids, channel_id)
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
    return await row_of(tx, product_id)


async def row_of(tx: WriteCtx, product_id: int) -> Row:
    """A product's row, without a channel. Raises UnknownProduct."""
    (product,) = await catalog.products_of(tx, [(product_id, None)])
    if product is None:
        raise UnknownProduct
    return product
