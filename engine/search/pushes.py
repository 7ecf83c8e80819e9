"""What an outside search engine has yet to hear. It is noted here first, so that nothing is lost while it is down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement

BATCH = 500
LEASE = timedelta(seconds=60)
"""How long one process has to tell what it claimed, before another may."""
MARGIN = timedelta(minutes=5)
"""Longer than any transaction that marks is open."""

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_TIME = sa.DateTime(timezone=True)

_MARK = Statement(
    sa.text(
        "INSERT INTO search_push (product_id, marked_at)"
        " SELECT id, clock_timestamp() FROM unnest(:ids) AS id ORDER BY id"
        " ON CONFLICT (product_id) DO UPDATE SET marked_at = excluded.marked_at, pushed_at = NULL"
    ).bindparams(_IDS)
)
_CLAIM = Statement(
    sa.text(
        f"""
WITH free AS (
  SELECT product_id FROM search_push
  WHERE pushed_at IS NULL AND (claimed_until IS NULL OR claimed_until < clock_timestamp())
  ORDER BY marked_at, product_id LIMIT {BATCH} FOR UPDATE SKIP LOCKED
)
UPDATE search_push p SET claimed_until = clock_timestamp() + :lease
FROM free WHERE p.product_id = free.product_id
RETURNING p.product_id, p.marked_at, p.claimed_until
"""  # noqa: S608  (only a number of ours is put into the text)
    ).bindparams(sa.bindparam("lease", type_=sa.Interval))
)
# Marked again meanwhile, or taken over by another after the lease: what was told may be old, so it is told again.
_SETTLE = Statement(
    sa.text(
        """
UPDATE search_push p
SET claimed_until = NULL,
  pushed_at = CASE WHEN p.marked_at = told.marked_at AND p.claimed_until = told.claimed_until
    THEN clock_timestamp() END
FROM unnest(:ids, :marks, :claims) AS told(product_id, marked_at, claimed_until)
WHERE p.product_id = told.product_id
"""
    ).bindparams(
        _IDS,
        sa.bindparam("marks", type_=sa.ARRAY(_TIME)),
        sa.bindparam("claims", type_=sa.ARRAY(_TIME)),
    )
)
_RELEASE = Statement(
    sa.text(
        "UPDATE search_push p SET claimed_until = NULL FROM unnest(:ids, :claims) AS own(product_id, claimed_until)"
        " WHERE p.product_id = own.product_id AND p.claimed_until = own.claimed_until"
    ).bindparams(_IDS, sa.bindparam("claims", type_=sa.ARRAY(_TIME)))
)
_NOW = Statement(sa.text("SELECT clock_timestamp()"))
_AGAIN = Statement(
    sa.text("UPDATE search_push SET pushed_at = NULL WHERE marked_at >= :since AND pushed_at IS NOT NULL").bindparams(
        sa.bindparam("since", type_=_TIME)
    )
)
_FORGET = Statement(
    sa.text("DELETE FROM search_push WHERE marked_at < :since AND pushed_at IS NOT NULL").bindparams(
        sa.bindparam("since", type_=_TIME)
    )
)


@dataclass(frozen=True)
class Claimed:
    """Products one process alone tells of now."""

    product_ids: Sequence[int]
    marks: Sequence[datetime]
    claims: Sequence[datetime]


async def mark(ctx: Ctx, product_ids: Sequence[int]) -> None:
    """These are to be told of."""

    async def work(tx: WriteCtx) -> None:
        await tx.fetch(_MARK, ids=sorted(set(product_ids)))

    await transact(ctx, work)


async def claim(ctx: Ctx) -> Claimed | None:
    """Some of what waits, the oldest first; None when nothing does that nobody else tells of already."""

    async def work(tx: WriteCtx) -> Claimed | None:
        rows = await tx.fetch(_CLAIM, lease=LEASE)
        columns = ([row[name] for row in rows] for name in ("product_id", "marked_at", "claimed_until"))
        return Claimed(*columns) if rows else None

    return await transact(ctx, work)


async def settle(ctx: Ctx, claimed: Claimed) -> None:
    """They are told. What changed meanwhile waits again."""

    async def work(tx: WriteCtx) -> None:
        await tx.fetch(_SETTLE, ids=claimed.product_ids, marks=claimed.marks, claims=claimed.claims)

    await transact(ctx, work)


async def release(ctx: Ctx, claimed: Claimed) -> None:
    """They could not be told; anybody may try again at once."""

    async def work(tx: WriteCtx) -> None:
        await tx.fetch(_RELEASE, ids=claimed.product_ids, claims=claimed.claims)

    await transact(ctx, work)


async def start_of_rebuild(ctx: Ctx) -> datetime:
    moment: datetime = await ctx.value(_NOW)
    return moment - MARGIN


async def after_rebuild(ctx: Ctx, since: datetime) -> None:
    """What changed while the index was built anew is told again, for it may have gone to the old one."""

    async def work(tx: WriteCtx) -> None:
        await tx.fetch(_AGAIN, since=since)
        await tx.fetch(_FORGET, since=since)

    await transact(ctx, work)
