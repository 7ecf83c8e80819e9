"""What happened, written in the transaction in which it happened.

The `outbox_event` table is the log. One `outbox.dispatch` job per transaction carries its events to the handlers
named in the worker's wiring, so a handler runs after the commit, at least once, and never for a rollback.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import orjson
import sqlalchemy as sa
from pgqueuer.queries import Queries
from sqlalchemy.dialects.postgresql import JSONB

from engine.core.context import Ctx, Row
from engine.core.statements import Statement
from engine.core.tables import SQLModel, Timestamps, bigint, bigint_pk, jsonb, table, text

if TYPE_CHECKING:
    from engine.core.context import WriteCtx

DISPATCH = "outbox.dispatch"


class OutboxEvent(Timestamps, SQLModel, table=True):
    """Append-only. `kind` is `object.verb` (`order.created`); `object_id` is the primary key as text. `user_id` or
    `app_id`: whose request caused it."""

    __tablename__ = "outbox_event"
    __table_args__ = (sa.Index("ix_outbox_event_object", "object_type", "object_id", "id"),)

    id: int | None = bigint_pk()
    kind: str = text()
    object_type: str = text()
    object_id: str = text()
    payload: dict[str, Any] = jsonb()
    user_id: int | None = bigint(nullable=True)
    app_id: int | None = bigint(nullable=True)


_t = table(OutboxEvent)
_INSERT = Statement(
    sa.text(
        "INSERT INTO outbox_event (kind, object_type, object_id, payload, user_id, app_id)"
        " SELECT *, :user_id, :app_id FROM unnest(:kinds, :types, :ids, :payloads) RETURNING id"
    ).bindparams(
        sa.bindparam("user_id", type_=sa.BigInteger),
        sa.bindparam("app_id", type_=sa.BigInteger),
        sa.bindparam("kinds", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("types", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("ids", type_=sa.ARRAY(sa.Text)),
        sa.bindparam("payloads", type_=sa.ARRAY(JSONB)),
    )
)
_BY_IDS = Statement(
    sa.select(
        _t.c.id, _t.c.kind, _t.c.object_type, _t.c.object_id, _t.c.payload, _t.c.created_at, _t.c.user_id, _t.c.app_id
    )
    .where(_t.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
    .order_by(_t.c.id)
)


async def events_by_ids(ctx: Ctx, ids: list[int]) -> list[Row]:
    return await ctx.fetch(_BY_IDS, ids=ids)


class Outbox:
    """Collects the events and jobs of one transaction; `write` stores them at its end."""

    def __init__(self) -> None:
        self._events: list[tuple[str, str, str, dict[str, Any]]] = []
        self._jobs: list[tuple[str, dict[str, Any], timedelta | None]] = []

    def emit(self, kind: str, object_type: str, object_id: str, payload: dict[str, Any]) -> None:
        self._events.append((kind, object_type, object_id, payload))

    def enqueue(self, job: str, payload: dict[str, Any], after: timedelta | None = None) -> None:
        self._jobs.append((job, payload, after))

    async def write(self, tx: "WriteCtx") -> None:
        if self._events:
            kinds, types, ids, payloads = (list(part) for part in zip(*self._events, strict=True))
            by = {"user_id": tx.caller.user_id, "app_id": tx.caller.app_id}
            rows = await tx.fetch(_INSERT, kinds=kinds, types=types, ids=ids, payloads=payloads, **by)
            self._jobs.append((DISPATCH, {"event_ids": [row["id"] for row in rows]}, None))
            self._events = []
        if self._jobs:
            await self._write_jobs(tx)
            self._jobs = []

    async def _write_jobs(self, tx: "WriteCtx") -> None:
        names = [name for name, _, _ in self._jobs]
        await Queries(_TransactionDriver(tx)).enqueue(  # type: ignore[arg-type]
            names,
            [orjson.dumps(payload) for _, payload, _ in self._jobs],
            [0] * len(names),
            execute_after=[after for _, _, after in self._jobs],
        )


class _TransactionDriver:
    """pgqueuer's SQL on the transaction's own connection, whose BEGIN `transact` has already sent."""

    def __init__(self, tx: "WriteCtx"):
        self._tx = tx

    async def fetch(self, query: str, *args: object) -> list[dict[str, object]]:
        raw = await (await self._tx.session.connection()).get_raw_connection()
        driver: Any = raw.driver_connection
        return [dict(row) for row in await driver.fetch(query, *args)]
