"""Buyers who want the same unit at once, each on a connection of their own."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.database import Database
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.inventory import service
from engine.inventory.errors import InsufficientStock
from engine.inventory.models import Allocation
from engine.inventory.service import ClaimLine
from tests.stockroom import Stockroom, build, cart, unbalanced

pytestmark = pytest.mark.anyio

BUYERS = 20
UNTIL = datetime(2100, 1, 1, tzinfo=UTC)
Claim = Callable[[WriteCtx, Stockroom, uuid.UUID, list[ClaimLine]], Awaitable[None]]


@pytest.fixture(scope="module")
async def crowd(settings: Settings) -> AsyncIterator[Ctx]:
    """A context whose write pool gives every buyer a connection."""
    assert settings.database_url is not None
    async with Database(settings.database_url.get_secret_value(), write_pool_size=BUYERS) as database:
        ctx = Ctx.background(settings, database)
        yield ctx
        await ctx.release()


async def claim_at_once(tx: WriteCtx, room: Stockroom, checkout_id: uuid.UUID, lines: list[ClaimLine]) -> None:
    await service.claim_for_checkout(
        tx, checkout_id=checkout_id, channel_id=room.channel_id, country="DE", lines=lines, until=UNTIL
    )


_FREE = Statement(
    sa.text("SELECT id FROM stock WHERE variant_id = :variant_id AND on_hand - allocated >= :quantity").bindparams(
        sa.bindparam("variant_id", type_=sa.BigInteger), sa.bindparam("quantity", type_=sa.Integer)
    )
)


async def check_then_act(tx: WriteCtx, room: Stockroom, checkout_id: uuid.UUID, lines: list[ClaimLine]) -> None:
    """The broken variant: looks without a lock, then takes."""
    free = await tx.fetch(_FREE, variant_id=lines[0].variant_id, quantity=lines[0].quantity)
    if not free:
        raise InsufficientStock([])
    await asyncio.sleep(0.05)
    tx.add(Allocation(stock_id=free[0]["id"], quantity=1, checkout_id=checkout_id, expires_at=UNTIL))


async def sell(ctx: Ctx, room: Stockroom, baskets: list[list[tuple[int, int]]], claim: Claim, *, at_once: bool) -> int:
    """How many baskets were claimed; any failure but a typed refusal is raised."""
    carts = [await cart(ctx, room, *basket) for basket in baskets]

    async def buy(checkout_id: uuid.UUID, lines: list[ClaimLine]) -> bool:
        try:
            await transact(ctx, claim, room, checkout_id, lines)
        except InsufficientStock:
            return False
        return True

    if at_once:
        return sum(await asyncio.gather(*(buy(*each) for each in carts)))
    return sum([await buy(*each) for each in carts])


async def claimed(ctx: Ctx, room: Stockroom) -> int:
    statement = Statement(
        sa.text(
            "SELECT coalesce(sum(a.quantity), 0) FROM allocation a JOIN stock s ON s.id = a.stock_id"
            " WHERE s.variant_id = ANY(:ids)"
        ).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
    )
    return int(await ctx.value(statement, ids=room.variants))


_WAITING = Statement(sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted"))


@pytest.mark.parametrize("at_once", [False, True], ids=["in turn", "at once"])
async def test_of_twenty_buyers_of_one_unit_exactly_one_gets_it(crowd: Ctx, at_once: bool) -> None:
    for _ in range(5):
        room = await build(crowd, stock=[(0, 1)])
        baskets = [[(room.variants[0], 1)]] * BUYERS
        assert await sell(crowd, room, baskets, claim_at_once, at_once=at_once) == 1
        assert await claimed(crowd, room) == 1
    assert await unbalanced(crowd) == []


async def test_looking_before_taking_oversells_and_is_noticed(crowd: Ctx) -> None:
    room = await build(crowd, stock=[(0, 1)])
    baskets = [[(room.variants[0], 1)]] * BUYERS
    assert await sell(crowd, room, baskets, check_then_act, at_once=True) > 1
    assert len(await unbalanced(crowd)) == 1
    await transact(crowd, _forget, room)


async def _forget(tx: WriteCtx, room: Stockroom) -> None:
    await tx.execute(
        sa.text("DELETE FROM allocation WHERE stock_id IN (SELECT id FROM stock WHERE variant_id = ANY(:ids))"),
        {"ids": room.variants},
    )


async def test_a_claim_that_waited_for_a_release_counts_what_was_released(crowd: Ctx) -> None:
    room = await build(crowd, stock=[(2, 0)])
    (first, lines), (second, wanted) = [await cart(crowd, room, (room.variants[0], 2)) for _ in range(2)]
    await transact(crowd, claim_at_once, room, first, lines)
    released, go_on = asyncio.Event(), asyncio.Event()

    async def release_slowly(tx: WriteCtx) -> None:
        await service.release_checkout(tx, first, cause="edited")
        released.set()
        await go_on.wait()

    releasing = asyncio.create_task(transact(crowd, release_slowly))
    await released.wait()
    claiming = asyncio.create_task(transact(crowd, claim_at_once, room, second, wanted))
    while not await crowd.value(_WAITING):
        await asyncio.sleep(0.01)
    go_on.set()
    await asyncio.gather(releasing, claiming)
    assert await claimed(crowd, room) == 2
    assert await unbalanced(crowd) == []


async def test_baskets_in_any_order_sell_out_two_warehouses_without_a_deadlock(crowd: Ctx) -> None:
    room = await build(crowd, stock=[(5, 5), (5, 5), (5, 5)])
    a, b, c = room.variants
    orders = ([(a, 1), (b, 1), (c, 1)], [(c, 1), (b, 1), (a, 1)], [(b, 1), (c, 1), (a, 1)], [(c, 1), (a, 1), (b, 1)])
    baskets = [list(orders[i % 4]) for i in range(BUYERS)]
    assert await sell(crowd, room, baskets, claim_at_once, at_once=True) == 10
    assert await claimed(crowd, room) == 30
    assert await unbalanced(crowd) == []


async def test_expired_holds_are_taken_over_once_while_buyers_and_counts_compete(crowd: Ctx) -> None:
    room = await build(crowd, stock=[(4, 4)])
    variant = room.variants[0]
    past = datetime.now(UTC) - timedelta(seconds=1)

    async def stale(tx: WriteCtx, room: Stockroom, checkout_id: uuid.UUID, lines: list[ClaimLine]) -> None:
        await service.claim_for_checkout(
            tx, checkout_id=checkout_id, channel_id=room.channel_id, country="DE", lines=lines, until=past
        )

    # a hold that is past its time from the start still leaves its allocation behind
    assert await sell(crowd, room, [[(variant, 8)]], stale, at_once=False) == 1
    assert await claimed(crowd, room) == 8
    sold, *_ = await asyncio.gather(
        sell(crowd, room, [[(variant, 1)]] * BUYERS, claim_at_once, at_once=True),
        room.count(crowd, variant, 6, 6),
        room.count(crowd, variant, 6, 6),
    )
    assert 8 <= sold <= 12
    assert await claimed(crowd, room) == sold
    assert await unbalanced(crowd) == []
