"""The migrations build exactly what the models say, from nothing, and can be taken back."""

import asyncio
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from engine.core.database import asyncpg_dsn, sqlalchemy_url
from engine.core.migrate import alembic_config, current, head, upgrade
from engine.core.tables import metadata

SHAPE = """
SELECT 'column' AS kind, c.relname || '.' || a.attname AS name,
       concat_ws(' ', format_type(a.atttypid, a.atttypmod), co.collname,
                 CASE WHEN a.attnotnull THEN 'not null' END, a.attidentity,
                 pg_get_expr(d.adbin, d.adrelid)) AS definition
  FROM pg_attribute a
  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_collation co ON co.oid = a.attcollation AND co.collname <> 'default'
 WHERE a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
  FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n'
UNION ALL
SELECT 'index', indexrelid::regclass::text, pg_get_indexdef(indexrelid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid AND c.relnamespace = 'public'::regnamespace
UNION ALL
SELECT 'table', relname, relpersistence::text FROM pg_class
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""
ELSEWHERE = ("alembic_version", "pgqueuer")
"""Tables that migrations alone make."""


@pytest.fixture
def empty_url(postgres_server: Callable[[str], str]) -> Iterator[str]:
    name = f"argosy_bare_{secrets.token_hex(4)}"
    on(postgres_server("postgres"), f'CREATE DATABASE "{name}" TEMPLATE template0')
    yield postgres_server(name)
    on(postgres_server("postgres"), f'DROP DATABASE "{name}" WITH (FORCE)')


def on(url: str, statement: str) -> list[Any]:
    async def run() -> list[Any]:
        connection = await asyncpg.connect(asyncpg_dsn(url))
        try:
            rows: list[Any] = await connection.fetch(statement)
            return rows
        finally:
            await connection.close()

    return asyncio.run(run())


def shape(url: str) -> dict[str, str]:
    rows = on(url, SHAPE)
    return {
        f"{row['kind']} {row['name']}": row["definition"]
        for row in rows
        if not row["name"].strip('"').startswith(ELSEWHERE)
    }


def create_from_models(url: str) -> None:
    async def run() -> None:
        engine = create_async_engine(sqlalchemy_url(url))
        async with engine.begin() as connection:
            for extension in ("pg_trgm", "unaccent", "btree_gin"):
                await connection.execute(sa.text(f"CREATE EXTENSION {extension}"))
            await connection.run_sync(metadata.create_all)
        await engine.dispose()

    asyncio.run(run())


def test_migrations_and_models_agree_to_the_last_check(database_url: str, empty_url: str) -> None:
    command.check(alembic_config(database_url))  # also fills the metadata with every model
    create_from_models(empty_url)
    migrated, modelled = shape(database_url), shape(empty_url)
    assert {name: (migrated.get(name), modelled.get(name)) for name in migrated.keys() | modelled.keys()
            if migrated.get(name) != modelled.get(name)} == {}  # fmt: skip
    assert len(migrated) > 500


def test_up_down_and_up_again_ends_at_the_newest(empty_url: str) -> None:
    upgrade(empty_url)
    command.downgrade(alembic_config(empty_url), "base")
    left = {name for name in shape(empty_url) if not name.startswith("index")}
    assert left == set()
    upgrade(empty_url)
    assert asyncio.run(current(empty_url)) == head()


def test_the_newest_revision_is_the_one_alembic_calls_head() -> None:
    assert ScriptDirectory.from_config(alembic_config("")).get_current_head() == head()


TICKET = "INSERT INTO ticket (id, number, email, subject) VALUES (gen_random_uuid(), {0}, 'ada@example.com', 'Where?')"
UPGRADE = "import sys; from engine.core.migrate import upgrade; upgrade(sys.argv[1])"


def test_two_processes_index_a_shop_in_use_and_mend_what_an_interrupted_one_left(empty_url: str) -> None:
    upgrade(empty_url, "0002")
    for number in (1, 2):
        on(empty_url, TICKET.format(number))
    with pytest.raises(asyncpg.UniqueViolationError):  # leaves the index there, but not valid
        on(empty_url, "CREATE UNIQUE INDEX CONCURRENTLY ix_ticket_email ON ticket (email)")
    started = [subprocess.Popen([sys.executable, "-c", UPGRADE, empty_url]) for _ in range(2)]
    assert [process.wait(timeout=120) for process in started] == [0, 0]
    assert asyncio.run(current(empty_url)) == head()
    assert on(empty_url, "SELECT indexrelid::regclass FROM pg_index WHERE NOT indisvalid") == []
    assert shape(empty_url)["index ix_ticket_email"].startswith("CREATE INDEX ix_ticket_email")


def test_a_second_upgrade_changes_nothing(database_url: str) -> None:
    before = shape(database_url)
    upgrade(database_url)
    assert shape(database_url) == before
