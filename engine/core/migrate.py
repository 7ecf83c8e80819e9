"""Bring a database to the newest schema. Blocking, because Alembic is; safe to run from several processes."""

from importlib.resources import files
from typing import Any

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from engine.core.database import asyncpg_dsn


def alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run every migration not yet run; an advisory lock makes a second process wait for the first."""
    command.upgrade(alembic_config(url), revision)


def head() -> str:
    """The newest revision this code knows."""
    found: Any = ScriptDirectory.from_config(alembic_config("")).get_current_head()
    return str(found)


async def current(url: str) -> str | None:
    """The revision a database is at; None when it has none."""
    connection = await asyncpg.connect(asyncpg_dsn(url), timeout=10)
    try:
        revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        return revision
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await connection.close()
