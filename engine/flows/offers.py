"""What products and variants cost and whether they can be had, for rows of any mixture of channels.

A key is `(id, channel_id)`; without a channel nothing has a price.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from engine.catalog import queries as catalog
from engine.catalog.queries import Key
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory
from engine.pricing import queries as pricing
from engine.pricing.rules import PriceRange, VariantPricing
from engine.tax import queries as tax

T = TypeVar("T")


def key_of(row: Row) -> Key:
    """The key of a product's or variant's row."""
    return row["id"], row.get("channel_id")


async def price_ranges(
    ctx: Ctx, products: Sequence[Key], country: str | None = None, region: str = ""
) -> list[PriceRange | None]:
    async def read(ids: list[int], channel_id: int) -> Sequence[PriceRange | None]:
        return await pricing.price_ranges(ctx, ids, channel_id, country, region)

    return await per_channel(products, read, None)


async def prices(
    ctx: Ctx, variants: Sequence[Key], country: str | None = None, region: str = ""
) -> list[VariantPricing | None]:
    async def read(ids: list[int], channel_id: int) -> Sequence[VariantPricing | None]:
        return await pricing.priced_variants(ctx, ids, channel_id, country, region)

    return await per_channel(variants, read, None)


async def display_gross(ctx: Ctx, channel_ids: Sequence[int]) -> list[bool]:
    """Whether each channel shows prices with tax."""
    found = {id: (await tax.configuration(ctx, id))["display_gross_prices"] for id in dict.fromkeys(channel_ids)}
    return [found[id] for id in channel_ids]


async def quantities(ctx: Ctx, variants: Sequence[Key], most: int, country: str | None = None) -> list[int | None]:
    """Units of each variant that may be bought, `most` at most, and where stock is not tracked."""

    async def read(ids: list[int], channel_id: int) -> Sequence[int]:
        found = await inventory.available(ctx, ids, channel_id, country)
        return [most if units is None else max(min(units, most), 0) for units in found]

    return await per_channel(variants, read, None)


async def buyable(ctx: Ctx, products: Sequence[Key], country: str | None = None) -> list[bool | None]:
    """Whether each product is for sale in its channel and one of its variants can be had; None without a channel."""
    on_sale = dict(zip(products, await catalog.for_sale(ctx, products), strict=True))
    variants = dict(zip(products, await catalog.sold_variant_ids(ctx, products), strict=True))
    every = [(id, key[1]) for key, ids in variants.items() for id in ids]
    units = dict(zip(every, await quantities(ctx, every, 1, country), strict=True))
    return [
        None if key[1] is None else on_sale[key] and any(units[id, key[1]] for id in variants[key]) for key in products
    ]


async def per_channel(
    keys: Sequence[Key], read: Callable[[list[int], int], Awaitable[Sequence[T]]], without: T
) -> list[T]:
    """`read(ids, channel_id)` once for each channel, its results put back in the order of `keys`."""
    by_channel: dict[int, dict[int, None]] = {}
    for id, channel_id in keys:
        if channel_id is not None:
            by_channel.setdefault(channel_id, {})[id] = None
    found: dict[Key, T] = {}
    for channel_id, ids in by_channel.items():
        for id, value in zip(ids, await read(list(ids), channel_id), strict=True):
            found[id, channel_id] = value
    return [found.get(key, without) for key in keys]
