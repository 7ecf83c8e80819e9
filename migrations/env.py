"""Alembic's entry: runs on asyncpg, one process at a time."""

import asyncio
import importlib
import pkgutil
from typing import Any

import sqlalchemy as sa
from alembic import context
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

import engine
from engine.core.database import sqlalchemy_url
from engine.core.tables import metadata

MIGRATION_LOCK = 7_046_029_254
"""Any fixed number: the advisory lock that all migrating processes agree on."""
ASK_AGAIN_SECONDS = 0.2


def import_models() -> None:
    """Fill the metadata: every `engine.<domain>.models`, and the tables that core keeps beside their code."""
    for domain in pkgutil.iter_modules(engine.__path__):
        name = f"engine.{domain.name}"
        package = importlib.import_module(name)
        if any(module.name == "models" for module in pkgutil.iter_modules(package.__path__)):
            importlib.import_module(f"{name}.models")
    for name in ("engine.core.outbox", "engine.core.ratelimit"):
        importlib.import_module(name)


def ours(thing: Any, name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    """pgqueuer's tables are in our revisions but not in our metadata. Expressions as PostgreSQL writes them are not
    those of the models; the tests compare what both make."""
    if kind == "index" and name in {
        made.name
        for table in metadata.tables.values()
        for made in table.indexes
        if not all(isinstance(part, sa.Column) for part in made.expressions)
    }:
        return False
    table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", "")
    return not str(table).startswith("pgqueuer")


def run(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        include_object=ours,
        compare_type=True,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


async def take_turn(connection: AsyncConnection) -> None:
    """Hold the lock until the connection closes, across the commits of an index that is made concurrently.

    Asked for again and again: whoever waited inside a statement would keep a snapshot, and such an index waits for
    everybody who has an older one.
    """
    while not await connection.scalar(sa.select(sa.func.pg_try_advisory_lock(MIGRATION_LOCK))):
        await connection.rollback()
        await asyncio.sleep(ASK_AGAIN_SECONDS)
    await connection.commit()


async def run_async() -> None:
    engine_ = create_async_engine(sqlalchemy_url(context.config.attributes["url"]), poolclass=sa.NullPool)
    async with engine_.connect() as connection:
        await take_turn(connection)
        await connection.run_sync(run)
        await connection.commit()
    await engine_.dispose()


import_models()
asyncio.run(run_async())
