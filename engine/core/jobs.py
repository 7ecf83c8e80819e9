"""Background work: jobs by name, schedules, and the worker that runs them.

A job is enqueued in the transaction that needs it (`tx.enqueue`). It may run more than once, so its handler is
idempotent. After `MAX_ATTEMPTS` failures it is held for an operator, never dropped.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, TypeAlias

import asyncpg
import orjson
import sqlalchemy as sa
import structlog
from pgqueuer import PgQueuer
from pgqueuer.executors import DatabaseRetryEntrypointExecutor
from pgqueuer.models import Job, Schedule

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.database import asyncpg_dsn
from engine.core.outbox import DISPATCH, events_by_ids
from engine.core.statements import Statement

MAX_ATTEMPTS = 8
Handler: TypeAlias = Callable[[Ctx, dict[str, Any]], Awaitable[None]]
log = structlog.get_logger("argosy.worker")
_TOLD = ("id", "kind", "object_type", "object_id", "payload")
_DUE = Statement(
    sa.text(
        "SELECT count(*) FROM pgqueuer WHERE entrypoint = ANY(:names)"
        " AND (status = 'picked' OR (status = 'queued' AND execute_after <= now()))"
    ).bindparams(sa.bindparam("names", type_=sa.ARRAY(sa.Text)))
)


@dataclass(frozen=True)
class Wiring:
    """Which handler runs a job, which jobs follow an event kind, and what runs on a timetable (cron, UTC).

    `gathered`: jobs that follow event kinds too, but once for all such events of a transaction. Their payload is
    `{"events": [{"id", "kind", "object_type", "object_id", "payload"}]}`.
    """

    jobs: Mapping[str, Handler]
    subscriptions: Mapping[str, Sequence[str]]
    schedules: Sequence[tuple[str, str, Handler]] = ()
    gathered: Mapping[str, Sequence[str]] = field(default_factory=dict)


def dispatcher(wiring: Wiring) -> Handler:
    """The handler of `outbox.dispatch`: turns each event into one job per subscriber, and all into one where they
    are gathered."""

    async def dispatch(ctx: Ctx, payload: dict[str, Any]) -> None:
        events = await events_by_ids(ctx, payload["event_ids"])

        async def fan_out(tx: WriteCtx) -> None:
            together: dict[str, list[dict[str, Any]]] = {}
            for event in events:
                for job in wiring.subscriptions.get(event["kind"], ()):
                    tx.enqueue(job, event_id=event["id"], object_id=event["object_id"], **event["payload"])
                for job in wiring.gathered.get(event["kind"], ()):
                    told = {name: event[name] for name in _TOLD}
                    together.setdefault(job, []).append(told)
            for job, gathered in together.items():
                tx.enqueue(job, events=gathered)

        await transact(ctx, fan_out)

    return dispatch


async def run_worker(ctx: Ctx, wiring: Wiring, stop: asyncio.Event) -> None:
    """Run jobs until `stop` is set; a job under way is finished first."""
    url = ctx.settings.database_direct_url.get_secret_value() if ctx.settings.database_direct_url else None
    connection = await asyncpg.connect(asyncpg_dsn(url or ctx.database.url))
    try:
        queue = build_queue(ctx, wiring, connection)
        running = asyncio.create_task(queue.run(dequeue_timeout=timedelta(seconds=5)))
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
        queue.shutdown.set()
        stopping.cancel()
        await running
    finally:
        await connection.close()


def build_queue(ctx: Ctx, wiring: Wiring, connection: Any) -> PgQueuer:
    queue = PgQueuer.from_asyncpg_connection(connection)
    for name, handler in {DISPATCH: dispatcher(wiring), **wiring.jobs}.items():
        queue.entrypoint(
            name,
            on_failure="hold",
            executor_factory=lambda parameters: DatabaseRetryEntrypointExecutor(
                parameters, max_attempts=MAX_ATTEMPTS, max_delay=timedelta(minutes=5)
            ),
        )(_job_runner(ctx, name, handler))
    for name, cron, handler in wiring.schedules:
        queue.schedule(name, cron)(_schedule_runner(ctx, name, handler))
    return queue


async def run_pending(ctx: Ctx, wiring: Wiring) -> None:
    """Run everything due now, and what that brings due, in this process, then return; for commands and tests.

    What is put off to a later moment stays in the queue (pgqueuer's own draining would wait for it).
    """
    own = Ctx.background(ctx.settings, ctx.database)
    connection = await asyncpg.connect(asyncpg_dsn(ctx.database.url))
    try:
        queue = build_queue(ctx, replace(wiring, schedules=()), connection)
        running = asyncio.create_task(queue.run(dequeue_timeout=timedelta(seconds=1), batch_size=50))
        names = [DISPATCH, *wiring.jobs]
        while not running.done() and await own.value(_DUE, names=names):  # noqa: ASYNC110
            await asyncio.sleep(0.02)  # a queue in a table has nothing to wait on
        queue.shutdown.set()
        await running
    finally:
        await own.release()
        await connection.close()


def _job_runner(ctx: Ctx, name: str, handler: Handler) -> Callable[[Job], Awaitable[None]]:
    async def run(job: Job) -> None:
        own = Ctx.background(ctx.settings, ctx.database, ctx.plugins, clock=ctx.clock, base_url=ctx.base_url)
        try:
            await handler(own, orjson.loads(job.payload or b"{}"))
        except Exception as error:
            log.warning("job failed", job=name, id=int(job.id), error=repr(error))
            raise
        finally:
            await own.release()

    return run


def _schedule_runner(ctx: Ctx, name: str, handler: Handler) -> Callable[[Schedule], Awaitable[None]]:
    async def run(_schedule: Schedule) -> None:
        own = Ctx.background(ctx.settings, ctx.database, ctx.plugins, clock=ctx.clock, base_url=ctx.base_url)
        try:
            await handler(own, {})
        except Exception as error:
            log.warning("scheduled job failed", job=name, error=repr(error))
        finally:
            await own.release()

    return run
