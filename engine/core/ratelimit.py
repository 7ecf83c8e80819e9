"""Counters per key and window, in an UNLOGGED table: shared by all processes, lost in a crash, and that is fine."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import SQLModel, integer, text, timestamp

LONGEST_WINDOW = timedelta(days=1)
SWEPT_AT_ONCE = 5_000


class RateCounter(SQLModel, table=True):
    __tablename__ = "rate_counter"
    __table_args__ = ({"prefixes": ["UNLOGGED"]},)

    key: str = text(primary_key=True)
    window_start: datetime = timestamp()
    hits: int = integer(default=0)


_HIT = Statement(
    sa.text(
        "INSERT INTO rate_counter AS c (key, window_start, hits) VALUES (:key, :now, 1)"
        " ON CONFLICT (key) DO UPDATE SET"
        " hits = CASE WHEN c.window_start <= :window_end THEN 1 ELSE c.hits + 1 END,"
        " window_start = CASE WHEN c.window_start <= :window_end THEN :now ELSE c.window_start END"
        " RETURNING hits"
    ).bindparams(
        sa.bindparam("key", type_=sa.Text),
        sa.bindparam("now", type_=sa.DateTime(timezone=True)),
        sa.bindparam("window_end", type_=sa.DateTime(timezone=True)),
    )
)
_FORGET = Statement(
    sa.text("DELETE FROM rate_counter WHERE key = :key RETURNING key").bindparams(sa.bindparam("key", type_=sa.Text))
)
_SWEEP = Statement(
    sa.text(
        "DELETE FROM rate_counter WHERE key IN (SELECT key FROM rate_counter WHERE window_start < :before LIMIT :size)"
        " RETURNING key"
    ).bindparams(sa.bindparam("before", type_=sa.DateTime(timezone=True)), sa.bindparam("size", type_=sa.BigInteger))
)
_SPENT = Statement(
    sa.text("SELECT hits FROM rate_counter WHERE key = :key AND window_start > :window_end").bindparams(
        sa.bindparam("key", type_=sa.Text), sa.bindparam("window_end", type_=sa.DateTime(timezone=True))
    )
)


async def hit(ctx: Ctx, key: str, *, limit: int, window: timedelta) -> bool:
    """Count one try of `key`; False when that is more than `limit` within `window`. In a transaction of its own,
    so that a try counts even when what it was for is refused."""

    async def count(tx: WriteCtx) -> int:
        now = tx.clock.now()
        rows = await tx.fetch(_HIT, key=key, now=now, window_end=now - window)
        return int(rows[0]["hits"])

    return await transact(ctx, count) <= limit


async def spent(ctx: Ctx, key: str, *, limit: int, window: timedelta) -> bool:
    """Whether `limit` tries of `key` were counted within `window`; counts none itself."""
    hits = await ctx.value(_SPENT, key=key, window_end=ctx.clock.now() - window)
    return hits is not None and int(hits) >= limit


async def forget(ctx: Ctx, key: str) -> None:
    """Start `key` afresh, after a success."""

    async def drop(tx: WriteCtx) -> None:
        await tx.fetch(_FORGET, key=key)

    await transact(ctx, drop)


async def sweep(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """The scheduled job: forgets counters whose window is long over. Strangers choose the keys, so they pile up."""

    async def work(tx: WriteCtx) -> int:
        return len(await tx.fetch(_SWEEP, before=tx.clock.now() - LONGEST_WINDOW, size=SWEPT_AT_ONCE))

    while await transact(ctx, work) == SWEPT_AT_ONCE:
        pass
