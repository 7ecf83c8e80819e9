"""What watches a process from outside is answered by what the process can do."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from pydantic import SecretStr

from engine.core.migrate import head
from engine.core.settings import Profile, Settings
from schema import health
from tests.api import Api, open_api, test_settings

pytestmark = pytest.mark.anyio
TOKEN = "of-prometheus-alone"


@pytest.fixture
async def own(postgres_server: Callable[[str], str], template_database: str) -> AsyncIterator[str]:
    """Name of a database that a test may do away with."""
    name = f"{template_database}_health"
    admin = await asyncpg.connect(postgres_server("postgres"))
    try:
        await admin.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template_database}" STRATEGY FILE_COPY')
        yield name
        await admin.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    finally:
        await admin.close()


@pytest.fixture
async def served(own: str, postgres_server: Callable[[str], str], tmp_path: Path) -> AsyncIterator[Api]:
    async with open_api(test_settings(postgres_server(own), tmp_path)) as api:
        yield api


async def ready(api: Api) -> tuple[int, Any]:
    response = await api.http.get("/healthz")
    return response.status_code, response.json()


async def test_readiness_is_asked_on_a_connection_there_is(served: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await ready(served) == (200, {"status": "ok"})

    async def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection of its own")

    monkeypatch.setattr(asyncpg, "connect", refuse)
    assert [await ready(served) for _ in range(20)] == [(200, {"status": "ok"})] * 20


async def test_it_is_not_ready_without_the_newest_migration(
    served: Api, own: str, postgres_server: Callable[[str], str]
) -> None:
    connection = await asyncpg.connect(postgres_server(own))
    try:
        await connection.execute("UPDATE alembic_version SET version_num = '0001'")
        reason = f"database is at migration 0001, not {head()}"
        assert await ready(served) == (503, {"status": "unready", "reason": reason})
        await connection.execute("DROP TABLE alembic_version")
        reason = f"database is at migration None, not {head()}"
        assert await ready(served) == (503, {"status": "unready", "reason": reason})
    finally:
        await connection.close()


async def test_it_is_not_ready_once_the_database_is_gone_and_is_again_with_it(
    served: Api, own: str, postgres_server: Callable[[str], str], template_database: str
) -> None:
    admin = await asyncpg.connect(postgres_server("postgres"))
    try:
        assert (await ready(served))[0] == 200
        await admin.execute(f'DROP DATABASE "{own}" WITH (FORCE)')
        async with asyncio.timeout(health.READY_SECONDS + 2):
            for _ in range(3):
                status, body = await ready(served)
                assert (status, body["reason"].split(":")[0]) == (503, "database")
        await admin.execute(f'CREATE DATABASE "{own}" TEMPLATE "{template_database}" STRATEGY FILE_COPY')
        assert (await ready(served))[0] == 200
    finally:
        await admin.close()


async def test_a_database_that_does_not_answer_is_not_waited_for(
    served: Api, own: str, postgres_server: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "READY_SECONDS", 0.2)
    connection = await asyncpg.connect(postgres_server(own))
    try:
        async with connection.transaction():
            await connection.execute("LOCK TABLE alembic_version")
            async with asyncio.timeout(10):
                assert await ready(served) == (503, {"status": "unready", "reason": "database: TimeoutError"})
        monkeypatch.undo()
        assert (await ready(served))[0] == 200
    finally:
        await connection.close()


async def test_metrics_are_open_in_development(api: Api) -> None:
    response = await api.http.get("/metrics")
    assert response.status_code == 200
    assert "python_info" in response.text


async def test_metrics_are_not_there_in_production(settings: Settings) -> None:
    async with open_api(_production(settings)) as api:
        response = await api.http.get("/metrics", headers={"authorization": "Bearer "})
        assert (response.status_code, response.text) == (404, "Not Found")


@pytest.mark.parametrize("profile", list(Profile))
async def test_metrics_with_a_token_are_for_who_has_it(settings: Settings, profile: Profile) -> None:
    chosen = _production(settings).model_copy(update={"profile": profile, "metrics_token": SecretStr(TOKEN)})
    async with open_api(chosen) as api:
        for authorization in ("", "Bearer", f"Bearer {TOKEN}s", f"Basic {TOKEN}", "Bearer ünknown"):
            response = await api.http.get("/metrics", headers={"authorization": authorization.encode()})
            assert (response.status_code, response.headers["www-authenticate"]) == (401, "Bearer")
            assert "python_info" not in response.text
        response = await api.http.get("/metrics", headers={"authorization": f"bearer {TOKEN}"})
        assert response.status_code == 200
        assert "python_info" in response.text


def _production(settings: Settings) -> Settings:
    values = {"profile": Profile.PRODUCTION, "secret_key": SecretStr("k" * 40), "public_url": "https://shop.example"}
    return settings.model_copy(update=values)
