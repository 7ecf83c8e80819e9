"""A PostgreSQL server, and on it a database for each size of shop."""

import asyncio
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from pydantic import SecretStr
from sqlalchemy.engine import make_url

from engine.core.database import asyncpg_dsn
from engine.core.embedded import EmbeddedServer
from engine.core.migrate import head, upgrade
from engine.core.settings import Settings
from engine.flows.shop import open_shop
from tests.benchmarks.data import VERSION, Progress, fill

BASE_URL = "http://shop.test"
KEPT = "argosy_bench_{products}"
_SECRET = hashlib.sha256(b"the benchmark's shop has nothing to hide").hexdigest()


@asynccontextmanager
async def open_server(url: str | None) -> AsyncIterator[Callable[[str], str]]:
    """Gives the URL of a database by its name: on the server of that URL, or on one of our own that then ends."""
    if url is not None:
        given = make_url(url)
        yield lambda name: given.set(database=name).render_as_string(hide_password=False)
        return
    folder = Path(tempfile.mkdtemp(prefix="argosy-bench-"))
    folder.chmod(0o711)
    server = EmbeddedServer(folder / "data")
    try:
        server.start(fsync=False)
        yield server.url
    finally:
        server.stop()
        if server.home is not None:
            shutil.rmtree(server.home, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def settings_of(url: str, data_dir: Path) -> Settings:
    """A shop as it runs in earnest, whatever the environment says, but for tokens that outlive the run."""
    return Settings(
        _env_file=None,
        database_url=SecretStr(url),
        data_dir=data_dir,
        public_url=BASE_URL,
        secret_key=SecretStr(_SECRET),
        access_token_seconds=24 * 3600,
        meilisearch_url=None,
        valkey_url=None,
        storage_url=None,
    )


def environment_of(url: str, data_dir: Path) -> dict[str, str]:
    """The same for another process."""
    ours = ("ARGOSY_", "DATABASE_", "MEILISEARCH_", "VALKEY_", "STORAGE_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return kept | {
        "DATABASE_URL": url,
        "ARGOSY_DATA_DIR": str(data_dir),
        "ARGOSY_PUBLIC_URL": BASE_URL,
        "ARGOSY_SECRET_KEY": _SECRET,
    }


@asynccontextmanager
async def open_database(
    server: Callable[[str], str], products: int, *, keep: bool, progress: Progress
) -> AsyncIterator[str]:
    """The URL of a database with a shop of that size: dropped at the end, or kept for the next run."""
    mark = f"benchmark data {VERSION} at migration {head()}"
    name = KEPT.format(products=products) if keep else f"argosy_bench_{secrets.token_hex(4)}_{products}"
    connection = await asyncpg.connect(asyncpg_dsn(server("postgres")))
    try:
        found = await connection.fetchrow(
            "SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1", name
        )
        if found is None or found["mark"] != mark:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
            await connection.execute(f'CREATE DATABASE "{name}" TEMPLATE template0')
            progress(f"{products:,} products: migrations")
            await _fill(server(name), products, progress)
            await connection.execute(f"COMMENT ON DATABASE \"{name}\" IS '{mark}'")
        yield server(name)
    finally:
        if not keep:
            await connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        await connection.close()


async def _fill(url: str, products: int, progress: Progress) -> None:
    await asyncio.to_thread(upgrade, url)
    async with open_shop(settings_of(url, Path())) as shop:
        await fill(shop, products, progress)
