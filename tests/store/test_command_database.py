"""A command works on the database it is given, and says what keeps it from one."""

import asyncio
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest
from pydantic import SecretStr

from engine.cli.console import CommandError
from engine.cli.database import open_database, wait_for_database
from engine.core.embedded import EmbeddedServer
from engine.core.embedded.place import home_of
from engine.core.settings import Settings

Urls = Callable[[str], str]


def administer(url: str, *statements: str) -> None:
    async def run() -> None:
        connection = await asyncpg.connect(url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(run())


def version(settings: Settings) -> int:
    async def run() -> int:
        assert settings.database_url is not None
        connection = await asyncpg.connect(settings.database_url.get_secret_value())
        try:
            return int(await connection.fetchval("SHOW server_version_num"))
        finally:
            await connection.close()

    return asyncio.run(run())


@pytest.fixture
def folder(passable_folder: Callable[[], Path]) -> Iterator[Path]:
    data_dir = passable_folder() / "data"
    yield data_dir
    shutil.rmtree(home_of(data_dir), ignore_errors=True)


def test_the_given_database_is_used_as_it_is(postgres_server: Urls, folder: Path) -> None:
    given = Settings(_env_file=None, database_url=SecretStr(postgres_server("postgres")), data_dir=folder)
    with open_database(given) as settings:
        assert settings is given
    assert not folder.exists()


def test_without_one_the_running_shops_is_shared_and_left_running(folder: Path) -> None:
    server = EmbeddedServer(folder)
    url = server.start(fsync=False)
    try:
        with open_database(Settings(_env_file=None, database_url=None, data_dir=folder)) as settings:
            assert settings.database_url == SecretStr(url)
        assert server.alive()
    finally:
        server.stop()


def test_without_a_running_shop_a_server_runs_as_long_as_the_command(folder: Path) -> None:
    with open_database(Settings(_env_file=None, database_url=None, data_dir=folder)) as settings:
        assert version(settings) >= 180_000
    with pytest.raises(OSError, match=r"refused|No such file"):
        version(settings)


def test_an_encoding_that_cannot_hold_the_goods_is_refused(postgres_server: Urls) -> None:
    name = "argosy_test_ascii"
    administer(
        postgres_server("postgres"),
        f"DROP DATABASE IF EXISTS {name}",
        f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE_PROVIDER libc LOCALE 'C' TEMPLATE template0",
    )
    try:
        with pytest.raises(CommandError, match="encoded in SQL_ASCII"):
            wait_for_database(postgres_server(name))
    finally:
        administer(postgres_server("postgres"), f"DROP DATABASE {name}")


@pytest.mark.skipif("DATABASE_URL" in os.environ, reason="logs in as another user, which needs our own server")
def test_a_user_who_may_not_create_extensions_is_told_who_must(postgres_server: Urls) -> None:
    name, clerk = "argosy_test_clerk", "argosy_test_clerk"
    administer(
        postgres_server("postgres"),
        f"CREATE DATABASE {name} TEMPLATE template0",
        f"CREATE ROLE {clerk} LOGIN",
    )
    try:
        with pytest.raises(CommandError, match="CREATE EXTENSION btree_gin; CREATE EXTENSION pg_trgm;"):
            wait_for_database(postgres_server(name).replace("//postgres@", f"//{clerk}@"))
        wait_for_database(postgres_server(name))
    finally:
        administer(postgres_server("postgres"), f"DROP DATABASE {name}", f"DROP ROLE {clerk}")


def test_a_refused_connection_is_tried_again_and_then_named_without_the_password() -> None:
    with pytest.raises(CommandError, match="is it running") as caught:
        wait_for_database("postgresql://ann:hunter2@127.0.0.1:1/shop", seconds=0.6)
    assert "ann@127.0.0.1:1/shop" in str(caught.value)
    assert "hunter2" not in str(caught.value)
