"""Bring a database to the newest schema. Blocking, because Alembic is; safe to run from several processes.

Alembic is loaded only when there is something to migrate: every process of a shop asks for `head` as it starts.
"""

import re
from importlib.resources import files
from typing import TYPE_CHECKING

import asyncpg
import sqlalchemy as sa

from engine.core.context import Ctx
from engine.core.database import asyncpg_dsn
from engine.core.statements import Statement

if TYPE_CHECKING:
    from alembic.config import Config

_AT = Statement(sa.text("SELECT version_num FROM alembic_version"))
_REVISION = re.compile(r'^(down_revision|revision) = "(\w+)"', re.MULTILINE)


def alembic_config(url: str) -> "Config":
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(files("migrations")))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Run every migration not yet run; an advisory lock makes a second process wait for the first."""
    from alembic import command

    command.upgrade(alembic_config(url), revision)


def head() -> str:
    """The newest revision this code knows: the one that no other comes after."""
    texts = [
        file.read_text() for file in files("migrations").joinpath("versions").iterdir() if file.name.endswith(".py")
    ]
    named = [dict(_REVISION.findall(text)) for text in texts]
    newest: set[str] = {each["revision"] for each in named} - {each.get("down_revision", "") for each in named}
    return newest.pop()


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


async def revision(ctx: Ctx) -> str | None:
    """The same, of the database that a running process works on."""
    try:
        at: str | None = await ctx.value(_AT)
    except asyncpg.UndefinedTableError:
        return None
    return at
