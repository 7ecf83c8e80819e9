"""Fixtures every test may use: a PostgreSQL server and, per test file, a database at the head migration."""

import asyncio
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from engine.core.embedded import EmbeddedServer


@pytest.fixture(scope="session")
def passable_folder() -> Iterator[Callable[[], Path]]:
    """Makes temporary folders with a short path that, unlike pytest's own, another user can pass through."""
    made: list[Path] = []

    def make() -> Path:
        made.append(Path(tempfile.mkdtemp(prefix="argosy-test-")))
        made[-1].chmod(0o711)
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server(passable_folder: Callable[[], Path]) -> Iterator[Callable[[str], str]]:
    """Gives the URL of a database by name, on the server of DATABASE_URL or on one of our own."""
    given = os.environ.get("DATABASE_URL")
    if given:
        parts = urlsplit(given)
        yield lambda database: urlunsplit(parts._replace(path=f"/{database}"))
        return
    server = EmbeddedServer(passable_folder() / "data")
    try:
        server.start(fsync=False)
        yield server.url
    finally:
        server.stop()
        if server.home is not None:
            shutil.rmtree(server.home)


@pytest.fixture(scope="session")
def template_database(postgres_server: Callable[[str], str]) -> Iterator[str]:
    """Name of a database at the head migration that others are cloned from."""
    from engine.core.migrate import upgrade

    name = f"argosy_test_{secrets.token_hex(4)}"
    _administer(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE template0')
    try:
        upgrade(postgres_server(name))
        yield name
    finally:
        _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def database_url(
    request: pytest.FixtureRequest, postgres_server: Callable[[str], str], template_database: str
) -> Iterator[str]:
    """A database at the head migration, empty of shop data, that only this test file uses."""
    stem = re.sub(r"\W", "_", Path(str(request.path)).stem)[:30]
    name = f"{template_database}_{stem}"
    _administer(
        postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{template_database}" STRATEGY FILE_COPY'
    )
    try:
        yield postgres_server(name)
    finally:
        _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _administer(url: Callable[[str], str], statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())
