"""What several fields of the carts in one answer need, read once for all of them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from engine.accounts import queries as accounts
from engine.checkout import queries
from engine.checkout.errors import CheckoutNotFound, LineNotFound
from engine.checkout.pricing import PricedCheckout, PricedLine, price
from engine.core.context import Ctx, Row
from engine.payments import queries as payments
from schema.checkout.problems import Problems, find_problems

T = TypeVar("T")
SHARED = "_shared"


class Shared:
    """Reads of some checkout rows; each is made at most once, and sibling fields wait for the same one."""

    __slots__ = ("_ctx", "_tasks", "rows")

    def __init__(self, ctx: Ctx, rows: Sequence[Row]):
        self._ctx = ctx
        self.rows = {row["id"]: row for row in rows}
        self._tasks: dict[str, asyncio.Task[Any]] = {}

    async def prices(self) -> dict[uuid.UUID, PricedCheckout | None]:
        return await self._once("prices", lambda ids: price(self._ctx, ids))

    async def lines(self) -> dict[uuid.UUID, list[Row]]:
        """Without a gift line whose promotion holds no longer: pricing leaves that out too."""
        found = await self._once("lines", lambda ids: queries.lines_of(self._ctx, ids))
        if not any(line["is_gift"] for group in found.values() for line in group):
            return found
        prices = await self.prices()
        given = {line.line_id for each in prices.values() if each for line in each.lines}
        return {id: [line for line in group if line["id"] in given] for id, group in found.items()}

    async def paid(self) -> dict[uuid.UUID, Any]:
        return await self._once("paid", lambda ids: payments.totals_for_checkouts(self._ctx, ids))

    async def deliveries(self) -> dict[uuid.UUID, Row | None]:
        return await self._once("deliveries", self._deliveries)

    async def addresses(self) -> dict[uuid.UUID, dict[str, Row | None]]:
        return await self._once("addresses", self._addresses)

    async def problems(self) -> dict[uuid.UUID, Problems]:
        return await self._once("problems", self._problems)

    async def _once(
        self, name: str, load: Callable[[list[uuid.UUID]], Awaitable[Sequence[T | None]]]
    ) -> dict[Any, Any]:
        if name not in self._tasks:
            self._tasks[name] = asyncio.ensure_future(load(list(self.rows)))
        return dict(zip(self.rows, await self._tasks[name], strict=True))

    async def _deliveries(self, ids: list[uuid.UUID]) -> Sequence[Row | None]:
        wanted = [self.rows[id]["delivery_id"] for id in ids]
        chosen = [each for each in wanted if each is not None]
        found = dict(zip(chosen, await queries.deliveries_by_ids(self._ctx, chosen) if chosen else [], strict=True))
        return [found.get(each) for each in wanted]

    async def _addresses(self, ids: list[uuid.UUID]) -> Sequence[dict[str, Row | None]]:
        columns = ("billing_address_id", "shipping_address_id")
        wanted = [row[column] for row in self.rows.values() for column in columns if row[column] is not None]
        found = dict(zip(wanted, await accounts.addresses_by_ids(self._ctx, wanted) if wanted else [], strict=True))
        return [{column: found.get(self.rows[id][column]) for column in columns} for id in ids]

    async def _problems(self, ids: list[uuid.UUID]) -> Sequence[Problems]:
        lines = await self.lines()
        return await find_problems(self._ctx, list(self.rows.values()), [lines[id] for id in ids])


def with_shared(ctx: Ctx, rows: Sequence[Row | None]) -> list[Any]:
    """Checkout rows that answer as `Checkout`; null stays null."""
    shared = Shared(ctx, [row for row in rows if row is not None])
    return [None if row is None else {**row, "__typename": "Checkout", SHARED: shared} for row in rows]


def shown(ctx: Ctx, row: Row | None) -> Any:
    """One checkout's row that answers as `Checkout`."""
    return with_shared(ctx, [row])[0]


async def of_checkouts(
    ctx: Ctx, parents: Sequence[Row], read: Callable[[Shared], Awaitable[dict[uuid.UUID, T]]]
) -> list[T]:
    """What `read` gives for each checkout row."""
    found: dict[uuid.UUID, T] = {}
    for shared in {row.get(SHARED) for row in parents} - {None}:
        found.update(await read(shared))
    rest = [row for row in parents if row["id"] not in found]
    if rest:
        found.update(await read(Shared(ctx, rest)))
    return [found[row["id"]] for row in parents]


async def priced(ctx: Ctx, parents: Sequence[Row]) -> list[PricedCheckout]:
    """Raises CheckoutNotFound when one was completed meanwhile."""
    found = await of_checkouts(ctx, parents, Shared.prices)
    known = [each for each in found if each is not None]
    if len(known) < len(found):
        raise CheckoutNotFound
    return known


async def priced_lines(lines: Sequence[Row]) -> list[PricedLine]:
    """The prices of line rows that `Checkout.lines` made. Raises LineNotFound for one deleted meanwhile."""
    found = {}
    for shared in {line[SHARED] for line in lines}:
        for checkout in (await shared.prices()).values():
            found.update({line.line_id: line for line in checkout.lines} if checkout else {})
    gone = [line["id"] for line in lines if line["id"] not in found]
    if gone:
        raise LineNotFound(gone, field="id")
    return [found[line["id"]] for line in lines]
