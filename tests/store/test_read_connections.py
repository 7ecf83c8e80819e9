"""A request holds one read connection, and gives it back however it ends."""

import asyncio
from collections.abc import AsyncIterator
from time import perf_counter
from typing import Any

import asyncpg
import pytest

from engine.core import database as module
from engine.core.context import ANONYMOUS, Caller, Ctx
from engine.core.database import Database, Held, HeldReads
from engine.core.statements import BY_VALUES
from engine.flows.shop import Shop
from schema.execution.executor import execute
from schema.root import schema
from tests.executing import prepared

pytestmark = pytest.mark.anyio
PID = "SELECT pg_backend_pid()"


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    async with Database(database_url, read_pool_size=2) as opened:
        yield opened


async def pid_of(reads: HeldReads) -> int:
    ((pid,),) = await reads.fetch(PID, [])
    return int(pid)


async def once(database: Database, sql: str = PID) -> Any:
    """One query of a request of its own."""
    reads = HeldReads(database)
    try:
        ((value,),) = await reads.fetch(sql, [])
        return value
    finally:
        await reads.release()


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every taking and giving back of a connection."""
    seen: list[str] = []
    take, give = Database.take, Database.give

    async def counted_take(self: Database) -> Held:
        seen.append("take")
        return await take(self)

    async def counted_give(self: Database, held: Held) -> None:
        seen.append("give" if held.sound else "give unsound")
        await give(self, held)

    monkeypatch.setattr(Database, "take", counted_take)
    monkeypatch.setattr(Database, "give", counted_give)
    return seen


async def test_a_request_takes_one_connection_for_all_its_queries(database: Database, taken: list[str]) -> None:
    reads = HeldReads(database)
    pids = {await pid_of(reads) for _ in range(5)}
    assert len(pids) == 1
    assert taken == ["take"]
    await reads.release()
    await reads.release()
    assert taken == ["take", "give"]


async def test_queries_that_ask_at_once_take_turns_on_it(database: Database, taken: list[str]) -> None:
    reads = HeldReads(database)
    assert len(set(await asyncio.gather(*(pid_of(reads) for _ in range(10))))) == 1
    await reads.release()
    assert taken == ["take", "give"]


async def test_the_next_request_gets_the_same_connection_without_a_word_to_the_server(database: Database) -> None:
    first = await once(database)
    admin = await asyncpg.connect(module.asyncpg_dsn(database.url))
    try:
        before = await admin.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", first)
        assert await once(database) == first
        assert before == await admin.fetchval("SELECT query FROM pg_stat_activity WHERE pid = $1", first) == PID
    finally:
        await admin.close()


async def test_a_request_that_reads_nothing_takes_nothing(database: Database, taken: list[str]) -> None:
    await HeldReads(database).release()
    assert taken == []


async def test_after_a_failed_query_the_connection_works_and_is_given_back(
    database: Database, taken: list[str]
) -> None:
    reads = HeldReads(database)
    pid = await pid_of(reads)
    with pytest.raises(asyncpg.DivisionByZeroError):
        await reads.fetch("SELECT 1 / 0", [])
    assert await pid_of(reads) == pid
    await reads.release()
    with pytest.raises(asyncpg.DivisionByZeroError):
        await once(database, "SELECT 1 / 0")
    assert taken == ["take", "give", "take", "give unsound"]
    assert await once(database) == pid


async def test_a_cancelled_query_is_over_before_its_connection_is_used_again(database_url: str) -> None:
    async with Database(database_url, read_pool_size=1) as database:
        pid = await once(database)
        sleeping = asyncio.create_task(once(database, "SELECT pg_sleep(30)::text"))
        await asyncio.sleep(0.1)
        sleeping.cancel()
        started = perf_counter()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        assert await once(database, "SELECT 'mine'") == "mine"
        assert perf_counter() - started < 5
        assert await once(database) == pid


async def test_who_waits_for_a_connection_gets_the_first_that_is_given_back(database: Database) -> None:
    holders = [HeldReads(database) for _ in range(2)]
    pids = [await pid_of(reads) for reads in holders]
    waiting = [asyncio.create_task(once(database)) for _ in range(6)]
    await asyncio.sleep(0.05)
    assert not any(task.done() for task in waiting)
    await holders[0].release()
    assert await asyncio.wait_for(asyncio.gather(*waiting), 5) == [pids[0]] * 6
    await holders[1].release()
    assert {await once(database), await once(database)} <= set(pids)


async def test_who_gives_up_waiting_leaves_nothing_behind(database: Database) -> None:
    holders = [HeldReads(database) for _ in range(2)]
    pids = {await pid_of(reads) for reads in holders}
    for turns in range(12):
        waiter = asyncio.create_task(once(database))
        for _ in range(turns):
            await asyncio.sleep(0)
        waiter.cancel()
        await asyncio.gather(waiter, return_exceptions=True)
    for reads in holders:
        await reads.release()
    held = [HeldReads(database) for _ in range(2)]
    assert {await asyncio.wait_for(pid_of(reads), 5) for reads in held} == pids
    for reads in held:
        await reads.release()


async def test_waiting_has_an_end(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TAKE_SECONDS", 0.1)
    holders = [HeldReads(database) for _ in range(2)]
    for reads in holders:
        await pid_of(reads)
    with pytest.raises(TimeoutError):
        await once(database)
    for reads in holders:
        await reads.release()
    await once(database)


async def end(database: Database, pid: int) -> None:
    """As the server does when it stops."""
    admin = await asyncpg.connect(module.asyncpg_dsn(database.url))
    try:
        await admin.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
    finally:
        await admin.close()
    await asyncio.sleep(0.05)


async def test_a_connection_that_the_server_ended_is_dropped(database: Database) -> None:
    pid = await once(database)
    await end(database, pid)
    assert await once(database) != pid
    assert len({await once(database) for _ in range(3)}) == 1


async def test_a_lost_connection_can_be_given_back(database: Database) -> None:
    reads = HeldReads(database)
    pid = await pid_of(reads)
    await end(database, pid)
    await reads.release()
    assert await once(database) != pid


async def test_how_statements_are_planned_is_put_back_after_a_fault(database_url: str) -> None:
    mode = "SELECT current_setting('plan_cache_mode')"
    async with Database(database_url, read_pool_size=1) as database:
        assert await once(database, f"{mode}{BY_VALUES}") == "force_custom_plan"
        assert await once(database, mode) == "force_generic_plan"
        with pytest.raises(asyncpg.DivisionByZeroError):
            await once(database, f"SELECT 1 / 0 {BY_VALUES}")
        assert await once(database, mode) == "force_generic_plan"


async def test_closing_takes_what_is_given_back_meanwhile(database_url: str) -> None:
    async with Database(database_url, read_pool_size=2) as database:
        reads = HeldReads(database)
        await pid_of(reads)
        started = perf_counter()
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0.05)
        await reads.release()
        await closing
    assert perf_counter() - started < 1


async def test_closing_does_not_wait_for_connections_at_rest(database_url: str) -> None:
    async with Database(database_url, read_pool_size=3) as database:
        reads = [HeldReads(database) for _ in range(3)]
        await asyncio.gather(*(pid_of(each) for each in reads))
        for each in reads:
            await each.release()
        started = perf_counter()
    assert perf_counter() - started < 1


async def test_closing_waits_its_time_for_one_that_is_not_given_back(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "CLOSE_SECONDS", 0.2)
    async with Database(database_url, read_pool_size=2) as database:
        reads = HeldReads(database)
        await pid_of(reads)
        started = perf_counter()
    assert 0.2 <= perf_counter() - started < 1
    with pytest.raises((asyncpg.InterfaceError, asyncpg.PostgresConnectionError)):
        await pid_of(reads)


async def test_an_operation_holds_one_connection_and_gives_it_back(shop: Shop, taken: list[str]) -> None:
    operation = prepared(schema, "{ categories(first: 1) { totalCount } pages(first: 1) { totalCount } }")
    ctx = shop.ctx()
    result, _ = await execute(operation, {}, ctx)
    assert result.errors is None
    await ctx.release()
    assert taken == ["take", "give"]


async def test_callers_of_one_request_share_its_connection(shop: Shop, taken: list[str]) -> None:
    ctx: Ctx = shop.ctx()
    other = ctx.acting_as(Caller(user_id=1))
    assert await pid_of(ctx.reads) == await pid_of(other.reads)
    await other.release()
    assert (ctx.caller, taken) == (ANONYMOUS, ["take", "give"])


async def test_reads_cannot_write(shop: Shop) -> None:
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        await once(shop.database, "UPDATE channel SET slug = slug RETURNING 1")
