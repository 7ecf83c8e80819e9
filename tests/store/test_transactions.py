"""One write is one transaction: rows, events and jobs exist together or not at all."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from engine.channels.models import Channel
from engine.channels.queries import by_slug
from engine.core.context import Ctx, WriteCtx, transact, transaction_open
from engine.core.errors import Busy
from engine.core.jobs import Wiring, run_pending
from engine.core.locking import LockOrderError, Rank, lock_rows
from engine.core.outside import OutsideCallInTransaction, OutsideTimeout, outside_call
from engine.core.statements import Statement
from engine.core.tables import table
from engine.flows.shop import Shop

pytestmark = pytest.mark.anyio

_channel = table(Channel)
_LOCK = Statement(
    sa.select(_channel).where(_channel.c.slug == sa.bindparam("slug")).order_by(_channel.c.id).with_for_update()
)
_UNLOCKED = Statement(sa.select(_channel))
_JOBS = Statement(sa.text("SELECT count(*) FROM pgqueuer WHERE entrypoint = :job").bindparams(job=""))
_EVENTS = Statement(sa.text("SELECT count(*) FROM outbox_event WHERE object_id = :id").bindparams(id=""))


def a_channel(slug: str) -> Channel:
    return Channel(slug=slug, name=slug.title(), currency="EUR", default_country="DE")


class Undone(Exception):
    """Stands for anything that goes wrong in the middle of a write."""


async def test_what_happened_is_recorded_with_the_change(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        tx.add(a_channel("with-event"))
        tx.emit("channel.created", "Channel", "with-event")
        tx.enqueue("with-event-job")

    await transact(ctx, work)

    assert (await by_slug(ctx, "with-event"))["currency"] == "EUR"
    assert await ctx.value(_EVENTS, id="with-event") == 1
    assert await ctx.value(_JOBS, job="with-event-job") == 1


async def test_a_failed_write_leaves_nothing_even_when_the_job_came_first(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        tx.enqueue("never-job")
        await tx.outbox.write(tx)  # the queue's SQL is the first of the transaction
        tx.add(a_channel("never"))
        raise Undone

    with pytest.raises(Undone):
        await transact(ctx, work)

    assert await by_slug(ctx, "never") is None
    assert await ctx.value(_JOBS, job="never-job") == 0


async def test_a_read_inside_a_write_sees_what_was_added_before_it(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> bool:
        tx.add(a_channel("seen"))
        return await by_slug(tx, "seen") is not None

    assert await transact(ctx, work)


async def test_a_deadlock_is_run_again_and_both_writers_finish(shop: Shop) -> None:
    first, second = shop.ctx(), shop.ctx()

    async def make(tx: WriteCtx) -> None:
        tx.add(a_channel("left"), a_channel("right"))

    await transact(first, make)
    runs = 0
    both_hold_one = asyncio.Barrier(2)

    async def rename(tx: WriteCtx, one: str, other: str) -> None:
        nonlocal runs
        runs += 1
        await tx.execute(_channel.update().where(_channel.c.slug == one).values(name=other))
        if runs <= 2:
            await both_hold_one.wait()
        await tx.execute(_channel.update().where(_channel.c.slug == other).values(name=one))

    await asyncio.gather(transact(first, rename, "left", "right"), transact(second, rename, "right", "left"))
    assert runs == 3
    await first.release()
    await second.release()


async def test_a_lock_not_had_in_time_says_busy(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.core.context.LOCK_TIMEOUT_MS", 50)
    holder, waiter = shop.ctx(), shop.ctx()

    async def make(tx: WriteCtx) -> None:
        tx.add(a_channel("contended"))

    await transact(holder, make)
    held, done = asyncio.Event(), asyncio.Event()

    async def hold(tx: WriteCtx) -> None:
        await lock_rows(tx, Rank.CHECKOUT, _LOCK, slug="contended")
        held.set()
        await done.wait()

    async def want(tx: WriteCtx) -> None:
        await lock_rows(tx, Rank.CHECKOUT, _LOCK, slug="contended")

    holding = asyncio.create_task(transact(holder, hold))
    await held.wait()
    with pytest.raises(Busy):
        await transact(waiter, want)
    done.set()
    await holding
    await holder.release()
    await waiter.release()


async def test_locks_are_taken_in_the_one_order(ctx: Ctx) -> None:
    async def backwards(tx: WriteCtx) -> None:
        await lock_rows(tx, Rank.STOCK, _LOCK, slug="x")
        await lock_rows(tx, Rank.CHECKOUT, _LOCK, slug="x")

    with pytest.raises(LockOrderError):
        await transact(ctx, backwards)


async def test_a_statement_without_a_lock_is_refused_as_one(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        await lock_rows(tx, Rank.STOCK, _UNLOCKED)

    with pytest.raises(LockOrderError):
        await transact(ctx, work)


async def test_no_outside_call_while_a_transaction_is_open(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        assert transaction_open()
        async with outside_call(tx, "carrier"):
            pass

    with pytest.raises(OutsideCallInTransaction):
        await transact(ctx, work)
    async with outside_call(ctx, "carrier"):
        assert not transaction_open()


async def test_an_outside_call_ends_with_its_budget(ctx: Ctx) -> None:
    with pytest.raises(OutsideTimeout, match="carrier did not answer"):
        async with outside_call(ctx, "carrier", seconds=0.01):
            await asyncio.sleep(1)


async def test_an_event_reaches_its_subscriber_once_per_commit(ctx: Ctx) -> None:
    seen: list[dict[str, object]] = []

    async def remember(_ctx: Ctx, payload: dict[str, object]) -> None:
        seen.append(payload)

    async def work(tx: WriteCtx) -> None:
        tx.emit("thing.made", "Thing", 7, colour="red")

    await transact(ctx, work)
    wiring = Wiring(jobs={"remember": remember}, subscriptions={"thing.made": ("remember",)})
    await run_pending(ctx, wiring)
    await run_pending(ctx, wiring)
    assert [(item["object_id"], item["colour"]) for item in seen] == [("7", "red")]


async def test_gathered_events_of_a_transaction_make_one_job(ctx: Ctx) -> None:
    seen: list[dict[str, Any]] = []

    async def remember(_ctx: Ctx, payload: dict[str, Any]) -> None:
        seen.append(payload)

    async def work(tx: WriteCtx) -> None:
        tx.emit("thing.made", "Thing", 7, colour="red")
        tx.emit("thing.seen", "Thing", 7)
        tx.emit("thing.lost", "Thing", 8)

    await transact(ctx, work)
    gathered = {"thing.made": ("remember",), "thing.lost": ("remember",)}
    await run_pending(ctx, Wiring(jobs={"remember": remember}, subscriptions={}, gathered=gathered))
    (payload,) = seen
    first, last = (event.pop("id") for event in payload["events"])
    assert first < last
    assert payload["events"] == [
        {"kind": "thing.made", "object_type": "Thing", "object_id": "7", "payload": {"colour": "red"}},
        {"kind": "thing.lost", "object_type": "Thing", "object_id": "8", "payload": {}},
    ]
