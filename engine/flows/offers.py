"""What products and variants cost and whether they can be had, for rows of any mixture of channels.

A key is `(id, channel_id)`; without a channel nothing has a price.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from engine.catalog.queries import Key
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory
from engine.pricing import queries as pricing
from engine.pricing.rules import PriceRange, VariantPricing

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
    ctx: Ctx, variants: Sequence[Row], country: str | None = None, region: str = ""
) -> list[VariantPricing | None]:
    """The price of each variant row."""
    keys = [key_of(row) for row in variants]
    carried = pricing.PRICE.taken(variants)

    async def read(ids: list[int], channel_id: int) -> Sequence[VariantPricing | None]:
        return await pricing.priced_variants(ctx, ids, channel_id, country, region)

    if carried is None:
        return await per_channel(keys, read, None)
    by_channel: dict[int, list[Row]] = {}
    for (_, channel_id), row in zip(keys, carried, strict=True):
        if channel_id is not None and row is not None:
            by_channel.setdefault(channel_id, []).append(row)
    found: dict[Key, VariantPricing] = {}
    for channel_id, rows in by_channel.items():
        for price in await pricing.priced_rows(ctx, rows, channel_id, country, region):
            found[price.variant_id, channel_id] = price
    return [found.get(key) for key in keys]


async def quantities(ctx: Ctx, variants: Sequence[Key], most: int, country: str | None = None) -> list[int | None]:
    """Units of each variant that may be bought, `most` at most, and where stock is not tracked."""

    async def read(ids: list[int], channel_id: int) -> Sequence[int]:
        known = ctx.kept().get(("units", channel_id, country), {})
        if known.keys() >= set(ids):
            found = [known[id] for id in ids]
        else:
            found = await inventory.available(ctx, ids, channel_id, country)
        return [most if units is None else max(min(units, most), 0) for units in found]

    return await per_channel(variants, read, None)


async def buyable(ctx: Ctx, products: Sequence[Key], country: str | None = None) -> list[bool | None]:
    """Whether each product is for sale in its channel and one of its variants can be had; None without a channel.

    What it finds of the variants is kept for `quantities`.
    """

    async def read(ids: list[int], channel_id: int) -> Sequence[bool]:
        units = ctx.kept().setdefault(("units", channel_id, country), {})
        now, possible = ctx.clock.now(), set()
        for row in await inventory.units_of_products(ctx, ids, channel_id, country):
            left = units[row["id"]] = row["quantity"] if row["track_inventory"] else None
            since = row["available_for_purchase_at"]
            if since is not None and since <= now and (left is None or left > 0):
                possible.add(row["product_id"])
        return [id in possible for id in ids]

    return await per_channel(products, read, None)


async def per_channel(
    keys: Sequence[Key], read: Callable[[list[int], int], Awaitable[Sequence[T]]], without: T
) -> list[T]:
    """`read(ids, channel_id)` once for each channel, its results put back in the order of `keys`."""
    channel_ids = {channel_id for _, channel_id in keys}
    if len(channel_ids) == 1:
        (only,) = channel_ids
        return [without] * len(keys) if only is None else list(await read([id for id, _ in keys], only))
    by_channel: dict[int, dict[int, None]] = {}
    for id, channel_id in keys:
        if channel_id is not None:
            by_channel.setdefault(channel_id, {})[id] = None
    found: dict[Key, T] = {}
    for channel_id, ids in by_channel.items():
        for id, value in zip(ids, await read(list(ids), channel_id), strict=True):
            found[id, channel_id] = value
    return [found.get(key, without) for key in keys]
