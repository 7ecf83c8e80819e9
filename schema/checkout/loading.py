"""Prices of the carts in one answer, computed once however many fields ask for them."""

import asyncio
import uuid
from collections.abc import Sequence
from typing import Any

from engine.checkout.errors import CheckoutNotFound, LineNotFound
from engine.checkout.pricing import PricedCheckout, PricedLine, price
from engine.core.context import Ctx, Row

PRICES = "_prices"


class Prices:
    """Shared by the rows of one selection; sibling fields wait for the same computation."""

    __slots__ = ("_ctx", "_ids", "_task")

    def __init__(self, ctx: Ctx, checkout_ids: Sequence[uuid.UUID]):
        self._ctx = ctx
        self._ids = list(dict.fromkeys(checkout_ids))
        self._task: asyncio.Task[list[PricedCheckout | None]] | None = None

    async def all(self) -> dict[uuid.UUID, PricedCheckout]:
        if self._task is None:
            self._task = asyncio.ensure_future(price(self._ctx, self._ids))
        found = await self._task
        return {checkout_id: each for checkout_id, each in zip(self._ids, found, strict=True) if each is not None}


def with_prices(ctx: Ctx, rows: Sequence[Row | None]) -> list[Any]:
    """Checkout rows that answer as `Checkout`; null stays null."""
    prices = Prices(ctx, [row["id"] for row in rows if row is not None])
    return [None if row is None else {**row, "__typename": "Checkout", PRICES: prices} for row in rows]


def shown(ctx: Ctx, row: Row | None) -> Any:
    """One checkout's row that answers as `Checkout`."""
    return with_prices(ctx, [row])[0]


async def priced_checkouts(ctx: Ctx, parents: Sequence[Row], key: str = "id") -> list[PricedCheckout]:
    """The prices of each parent; `key` is its column with the checkout's id. Raises CheckoutNotFound for one that was
    completed meanwhile."""
    shared = {row.get(PRICES) for row in parents}
    found: dict[uuid.UUID, PricedCheckout] = {}
    for prices in shared - {None}:
        found.update(await prices.all())
    missing = [row[key] for row in parents if row[key] not in found]
    if missing:
        found.update(await Prices(ctx, missing).all())
    if any(row[key] not in found for row in parents):
        raise CheckoutNotFound
    return [found[row[key]] for row in parents]


async def priced_lines(ctx: Ctx, lines: Sequence[Row]) -> list[PricedLine]:
    """The prices of rows of `checkout_line`. Raises LineNotFound for one that was deleted meanwhile."""
    checkouts = await priced_checkouts(ctx, lines, "checkout_id")
    found = {line.line_id: line for checkout in checkouts for line in checkout.lines}
    gone = [line["id"] for line in lines if line["id"] not in found]
    if gone:
        raise LineNotFound(gone, field="id")
    return [found[line["id"]] for line in lines]
