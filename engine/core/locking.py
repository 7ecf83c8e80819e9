"""The one lock order of the house, and the only way to take a row lock.

Idempotency → checkout → order → payment → voucher and gift-card codes → stock rows by id → listed
products by id.
Taking a lower rank after a higher one is a programming error and raises at once: it is how deadlocks start.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import IntEnum

import asyncpg
import sqlalchemy as sa

from engine.core.context import Ctx, Row, WriteCtx
from engine.core.database import asyncpg_dsn
from engine.core.statements import Statement

_LOCK_NAME = Statement(
    sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))").bindparams(sa.bindparam("name", type_=sa.Text))
)
_TRY_NAME = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))"


class Rank(IntEnum):
    IDEMPOTENCY = 1
    CHECKOUT = 2
    ORDER = 3
    PAYMENT = 4
    CODES = 5
    STOCK = 6
    LISTING = 7


class LockOrderError(AssertionError):
    """A lock was asked for out of the house's order."""


async def lock_rows(tx: WriteCtx, rank: Rank, statement: Statement, **parameters: object) -> list[Row]:
    """Run a `SELECT … ORDER BY id FOR UPDATE` statement and return the locked rows.

    The rows are read under the lock: decide on them, never on what was read before.
    """
    if "FOR UPDATE" not in statement.sql.upper() and "FOR NO KEY UPDATE" not in statement.sql.upper():
        raise LockOrderError(f"this statement takes no lock: {statement.sql}")
    enter(tx, rank)
    return await tx.fetch(statement, **parameters)


def enter(tx: WriteCtx, rank: Rank) -> None:
    """Note that the transaction now takes locks of `rank`, for statements that lock and change in one."""
    held = tx._held_ranks
    if held and rank < held[-1]:
        raise LockOrderError(f"{rank.name} asked for after {Rank(held[-1]).name}")
    if not held or rank > held[-1]:
        held.append(rank)


async def lock_name(tx: WriteCtx, name: str) -> None:
    """Wait until nobody else's transaction has the lock of this name, and have it until this one ends.

    For what no row stands for yet. Take it before any row.
    """
    await tx.fetch(_LOCK_NAME, name=name)


@asynccontextmanager
async def hold_name(ctx: Ctx, name: str) -> AsyncIterator[bool]:
    """Hold the lock of a name over many transactions, on a connection of its own, so that a kill lets it go.

    False, at once, when somebody else holds it.
    """
    direct = ctx.settings.database_direct_url
    connection = await asyncpg.connect(asyncpg_dsn(direct.get_secret_value() if direct else ctx.database.url))
    try:
        yield await connection.fetchval(_TRY_NAME, name)
    finally:
        await connection.close()
