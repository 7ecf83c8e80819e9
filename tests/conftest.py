"""Fixtures every test may use: a PostgreSQL server and, per test file, a database at the head migration."""

import asyncio
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from engine.core.context import Ctx
from engine.core.embedded import EmbeddedServer
from engine.core.settings import Settings
from engine.flows.shop import Shop, open_shop
from tests.api import Api, LiveServer, open_api, serve, test_settings

collect_ignore = ["outsider"]
"""A package of its own, which `test_plugins` installs as its author would."""
MOST_WORKERS = 4
"""On many cores too: each has a template of its own to fill, and they share the server's connections."""
SERVER = pytest.StashKey[str]()


@pytest.fixture(scope="session")
def passable_folder() -> Iterator[Callable[[], Path]]:
    """Makes temporary folders with a short path that, unlike pytest's own, another user can pass through."""
    made: list[Path] = []

    def make() -> Path:
        made.append(_passable())
        return made[-1]

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


def _passable() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="argosy-test-"))
    folder.chmod(0o711)
    return folder


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Files asked for by name are run right here: a worker of their own would cost more than it saves."""
    if all(Path(argument.partition("::")[0]).is_file() for argument in config.args):
        return 0
    cores = os.cpu_count() or 1
    return min(cores, MOST_WORKERS) if cores > 1 else 0


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """One PostgreSQL for all workers, started and stopped by the process that starts and stops them."""
    given = os.environ.get("DATABASE_URL")
    if not given:
        until_the_end = ExitStack()
        config.add_cleanup(until_the_end.close)
        given = until_the_end.enter_context(_own_server())("postgres")
    config.stash[SERVER] = given


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["server"] = node.config.stash[SERVER]


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Callable[[str], str]]:
    """Gives the URL of a database by name: on the workers' server, on that of DATABASE_URL, or on one of our own."""
    worker: dict[str, str] = getattr(request.config, "workerinput", {})
    given = worker.get("server") or os.environ.get("DATABASE_URL")
    if given:
        parts = urlsplit(given)
        yield lambda database: urlunsplit(parts._replace(path=f"/{database}"))
        return
    with _own_server() as url:
        yield url


@contextmanager
def _own_server() -> Iterator[Callable[[str], str]]:
    folder = _passable()
    server = EmbeddedServer(folder / "data")
    try:
        server.start(fsync=False)
        yield server.url
    finally:
        server.stop()
        if server.home is not None:
            shutil.rmtree(server.home)
        shutil.rmtree(folder, ignore_errors=True)


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
    _administer(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{template_database}" STRATEGY FILE_COPY')
    try:
        yield postgres_server(name)
    finally:
        _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


def _run(work: Coroutine[Any, Any, Any]) -> None:
    """In a thread of its own: Playwright keeps a loop running in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


def _administer(url: Callable[[str], str], statement: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    _run(run())


@pytest.fixture(scope="session")
def seeded_template(
    postgres_server: Callable[[str], str], template_database: str, passable_folder: Callable[[], Path]
) -> Iterator[tuple[str, Path]]:
    """Name of a database with the demo shop and the admin in it, and the data folder with its key and pictures."""
    from engine.cli.seed import ensure_admin, seed_demo

    async def fill(settings: Settings) -> None:
        await seed_demo(settings)
        await ensure_admin(settings)

    name = f"{template_database}_demo"
    _administer(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{template_database}" STRATEGY FILE_COPY')
    data_dir = passable_folder()
    try:
        _run(fill(test_settings(postgres_server(name), data_dir)))
        yield name, data_dir
    finally:
        _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def seeded_settings(
    request: pytest.FixtureRequest, postgres_server: Callable[[str], str], seeded_template: tuple[str, Path]
) -> Iterator[Settings]:
    """Settings of a demo shop that only this test file uses."""
    template, data_dir = seeded_template
    stem = re.sub(r"\W", "_", Path(str(request.path)).stem)[:30]
    name = f"{template}_{stem}"[:60]
    _administer(postgres_server, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
    try:
        yield test_settings(postgres_server(name), data_dir)
    finally:
        _administer(postgres_server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="module")
def settings(database_url: str, passable_folder: Callable[[], Path]) -> Settings:
    """Settings of a migrated shop without any data, that only this test file uses."""
    return test_settings(database_url, passable_folder())


@pytest.fixture(scope="module")
async def shop(settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(settings) as opened:
        yield opened


@pytest.fixture
async def ctx(shop: Shop) -> AsyncIterator[Ctx]:
    """An anonymous context on the empty shop; `ctx.acting_as(Caller(…))` for others."""
    made = shop.ctx()
    yield made
    await made.release()


@pytest.fixture(scope="module")
async def demo_shop(seeded_settings: Settings) -> AsyncIterator[Shop]:
    async with open_shop(seeded_settings) as opened:
        yield opened


@pytest.fixture
async def demo_ctx(demo_shop: Shop) -> AsyncIterator[Ctx]:
    made = demo_shop.ctx()
    yield made
    await made.release()


@pytest.fixture(scope="module")
async def demo_api(seeded_settings: Settings) -> AsyncIterator[Api]:
    """The API of the demo shop, called in process over HTTP."""
    async with open_api(seeded_settings) as api:
        yield api


@pytest.fixture(scope="module")
async def api(settings: Settings) -> AsyncIterator[Api]:
    """The API of a shop without data."""
    async with open_api(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def live_server(seeded_settings: Settings) -> Iterator[LiveServer]:
    """The demo shop on loopback, for a browser."""
    with serve(seeded_settings) as server:
        yield server
