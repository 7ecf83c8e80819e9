"""The database a command works on, and what is to be said when it cannot be reached."""

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import asyncpg
from pydantic import SecretStr
from sqlalchemy.exc import ArgumentError

from engine.cli.console import CommandError
from engine.core.database import asyncpg_dsn
from engine.core.embedded import EmbeddedServer, running_url
from engine.core.settings import Settings

OLDEST = 150_000
"""PostgreSQL 15, as `server_version_num` counts."""
EXTENSIONS = ("btree_gin", "pg_trgm", "unaccent")
_FACTS = """
SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number,
       pg_encoding_to_char(encoding) AS encoding, pg_is_in_recovery() AS standby,
       has_database_privilege(datname, 'CREATE') AS may_create,
       ARRAY(SELECT name::text FROM pg_available_extensions) AS available,
       ARRAY(SELECT extname::text FROM pg_extension) AS installed
  FROM pg_database WHERE datname = current_database()
"""


@dataclass(frozen=True)
class DatabaseFacts:
    """What a reachable database has; `problems` says what keeps a shop from running on it."""

    version: str
    problems: tuple[str, ...]


@contextmanager
def open_database(settings: Settings) -> Iterator[Settings]:
    """The same settings with a DATABASE_URL that answers: the one given, that of the shop now running on the
    data folder, or an embedded server that runs as long as the block does."""
    if settings.database_url is not None:
        wait_for_database(settings.database_url.get_secret_value())
        yield settings
        return
    running = running_url(settings.data_dir)
    if running is not None:
        yield at(settings, running)
        return
    server = EmbeddedServer(settings.data_dir)
    try:
        yield at(settings, server.start())
    finally:
        server.stop()


def at(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"database_url": SecretStr(url), "database_direct_url": SecretStr(url)})


def wait_for_database(url: str, seconds: float = 10) -> None:
    """Returns once the database answers and fits. One that refuses may still be starting, so it is asked
    again for a while. Raises CommandError."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            facts = asyncio.run(inspect_database(url))
            break
        except (ConnectionRefusedError, FileNotFoundError, asyncpg.CannotConnectNowError) as error:
            if time.monotonic() > deadline:
                raise CommandError(why_unreachable(url, error)) from error
            time.sleep(0.5)
        except UNREACHABLE as error:
            raise CommandError(why_unreachable(url, error)) from error
    if facts.problems:
        raise CommandError("\n".join(facts.problems))


def require_newest(settings: Settings) -> None:
    """Raises CommandError unless the database is at this code's schema."""
    from engine.core.migrate import current, head

    assert settings.database_url is not None
    if asyncio.run(current(settings.database_url.get_secret_value())) != head():
        raise CommandError("The database is not at this Argosy's schema: run `argosy migrate` first.")


UNREACHABLE = (OSError, TimeoutError, ValueError, ArgumentError, asyncpg.PostgresError, asyncpg.InterfaceError)


async def inspect_database(url: str) -> DatabaseFacts:
    """Asks the database what it is. Raises one of `UNREACHABLE`."""
    connection = await asyncpg.connect(asyncpg_dsn(url), timeout=10)
    try:
        row = await connection.fetchrow(_FACTS)
    finally:
        await connection.close(timeout=5)
    assert row is not None
    problems = []
    if row["number"] < OLDEST:
        problems.append(f"PostgreSQL {row['version']} is too old: point DATABASE_URL at version 15 or newer.")
    if row["encoding"] != "UTF8":
        problems.append(f"The database is encoded in {row['encoding']}: create one with ENCODING 'UTF8'.")
    if row["standby"]:
        problems.append("The database is a read-only standby: point DATABASE_URL at the primary.")
    missing = [name for name in EXTENSIONS if name not in row["installed"]]
    absent = [name for name in missing if name not in row["available"]]
    if absent:
        problems.append(
            f"PostgreSQL's extensions {', '.join(absent)} are not on its machine: install its contrib package "
            "(Debian: postgresql-contrib)."
        )
    elif missing and not row["may_create"]:
        problems.append(
            f"The extensions {', '.join(missing)} are missing and this user may not create them: as the "
            "database's owner run " + " ".join(f"CREATE EXTENSION {name};" for name in missing)
        )
    return DatabaseFacts(row["version"], tuple(problems))


def why_unreachable(url: str, error: BaseException) -> str:
    """What keeps us from the database and what to do; never shows the password."""
    if isinstance(error, ArgumentError | ValueError):
        return "DATABASE_URL is no address of a PostgreSQL: it looks like postgresql://user:password@host:5432/name."
    shown = without_password(url)
    if isinstance(error, asyncpg.InvalidPasswordError | asyncpg.InvalidAuthorizationSpecificationError):
        return f"PostgreSQL at {shown} refuses this user or password: mend DATABASE_URL. ({error})"
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"PostgreSQL at {shown} has no such database: create it, or mend DATABASE_URL. ({error})"
    if isinstance(error, asyncpg.TooManyConnectionsError):
        return f"PostgreSQL at {shown} has no connection left: raise its max_connections or lower the pool sizes."
    if isinstance(error, socket.gaierror):
        return f"The host in DATABASE_URL ({shown}) is not known: check its name."
    if isinstance(error, TimeoutError):
        return f"PostgreSQL at {shown} does not answer: check host, port and firewall in DATABASE_URL."
    detail = str(error) or type(error).__name__
    return f"PostgreSQL at {shown} cannot be reached: is it running, and is DATABASE_URL right? ({detail})"


def without_password(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    query = "?…" if parts.query else ""
    return f"{parts.scheme}://{parts.username or ''}@{host}{parts.path}{query}"
