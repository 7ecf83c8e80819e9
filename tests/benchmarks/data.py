"""A shop of any size, the same every time: its rows are made by the database, its listing by the shop's own code."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Sequence
from typing import TypeAlias

import asyncpg

from engine.core.context import transact
from engine.core.database import asyncpg_dsn
from engine.core.text import fold
from engine.flows.shop import Shop
from engine.listing.service import refresh
from tests.benchmarks import goods, indexed, past

VERSION = 2
"""Raised when the data changes, so that a kept database is not taken for one with the new."""
AT_ONCE = 2
REFRESHED = 2_500
Progress: TypeAlias = Callable[[str], None]

_STAGES: Sequence[Sequence[Sequence[str]]] = (
    (past.SHOP,),
    (goods.CATEGORIES, goods.VALUES),
    (goods.PRODUCTS,),
    (goods.VARIANTS, (*goods.CHANNELS, *goods.PRODUCT_VALUES, *goods.COLLECTIONS)),
    ((*goods.MEDIA, *goods.PRICES, *past.PAST), (*goods.STOCK, *goods.VARIANT_VALUES)),
)
"""One after the other; what stands side by side in a stage runs at once."""
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS made FROM pg_index i
WHERE NOT i.indisunique AND i.indrelid = ANY($1::text[]::regclass[])
"""
_SESSION = "SET work_mem = '128MB'; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"
_LARGE = (
    "product_listing", "search_document", "search_text", "search_word", "order_line", "product_attribute_value",
    "product_variant_attribute_value", "variant_price", "stock", "product_channel",
)  # fmt: skip
"""Tables whose indexes are made when their rows are there."""


async def fill(shop: Shop, products: int, progress: Progress) -> None:
    """Into a migrated database without data. Raises AssertionError where the data would not be what the shop makes."""
    url = shop.database.url
    async with _connected(url) as connection:
        indexes = await connection.fetch(_INDEXES, list(_LARGE))
        for index in indexes:
            await connection.execute(f"DROP INDEX {index['name']}")
        for number, stage in enumerate(_STAGES, start=1):
            progress(f"{products:,} products: rows, part {number} of {len(_STAGES)}")
            await asyncio.gather(*(_run(url, statements, products) for statements in stage))
        progress(f"{products:,} products: listing")
        await connection.execute("ANALYZE")
        await asyncio.gather(*(_list(shop, share) for share in _shares(products)))
        progress(f"{products:,} products: search")
        await asyncio.gather(*(_index(url, share) for share in _shares(products)))
        await connection.execute(indexed.WORDS)
        progress(f"{products:,} products: indexes")
        made = [index["made"] for index in indexes]
        await asyncio.gather(*(_run(url, made[n::AT_ONCE], None) for n in range(AT_ONCE)))
        progress(f"{products:,} products: vacuum")
        await connection.execute("VACUUM ANALYZE")
        await _check(shop, connection, products)
    progress(f"{products:,} products: done")


def _shares(products: int) -> list[range]:
    edges = [1 + products * n // AT_ONCE for n in range(AT_ONCE + 1)]
    return [range(edges[n], edges[n + 1]) for n in range(AT_ONCE)]


async def _list(shop: Shop, share: range) -> None:
    ctx = shop.ctx()
    try:
        for start in range(0, len(share), REFRESHED):
            await transact(ctx, refresh, share[start : start + REFRESHED])
    finally:
        await ctx.release()


async def _index(url: str, share: range) -> None:
    async with _connected(url) as connection:
        await connection.execute(indexed.DOCUMENTS, share[0], share[-1])


async def _check(shop: Shop, connection: asyncpg.Connection, products: int) -> None:
    (row,) = await connection.fetch("SELECT name, name_key FROM product WHERE id = $1", products)
    if row["name_key"] != fold(row["name"]):
        raise AssertionError("the shop makes sort keys in another way than the benchmark")
    await indexed.check(shop, connection, products)


async def _run(url: str, statements: Sequence[str], products: int | None) -> None:
    async with _connected(url) as connection:
        for statement in statements:
            await connection.execute(statement, *([products] if "$1" in statement else []))


@contextlib.asynccontextmanager
async def _connected(url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection that checks no foreign keys where it may do without, and sorts in memory."""
    connection = await asyncpg.connect(asyncpg_dsn(url))
    try:
        await connection.execute(goods.FUNCTIONS)
        await connection.execute(
            "SET work_mem = '128MB'; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"
        )
        with contextlib.suppress(asyncpg.InsufficientPrivilegeError):
            await connection.execute("SET session_replication_role = replica")
        yield connection
    finally:
        await connection.close()
