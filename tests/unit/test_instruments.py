"""Counters, timings and the log of slow documents: there while their setting is on, and only then."""

import asyncio
from typing import Any

import httpx2
import pytest
import strawberry
from prometheus_client import REGISTRY
from starlette.applications import Starlette
from starlette.routing import Route
from structlog.testing import capture_logs

from engine.core.database import Database
from engine.core.errors import BadRequest
from engine.core.settings import Profile, Settings
from engine.flows.shop import Shop
from schema.execution.endpoint import GraphQLEndpoint
from schema.execution.fields import Rows, batch_field, root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.instruments import Instruments, TracedRun, document_hash
from schema.execution.run import Run
from schema.execution.types import build_schema
from tests.executing import NoMutation

pytestmark = pytest.mark.anyio


@strawberry.type
class Thing:
    number: int

    @batch_field
    async def doubled(parents: Rows, info: BatchInfo) -> list[int]:
        return [row["number"] * 2 for row in parents]

    @batch_field
    async def broken(parents: Rows, info: BatchInfo) -> list[int | None]:
        raise BadRequest("no")


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def things(self, info: BatchInfo) -> list[Thing]:
        rows: Rows = [{"number": number} for number in range(3)]
        return rows  # type: ignore[no-any-return]

    @root_field(PUBLIC)
    async def slow(self, info: BatchInfo, word: str = "") -> int:
        await asyncio.sleep(0.02)
        return 1


schema = build_schema(Query, NoMutation, scalar_map={})


def settings(**values: Any) -> Settings:
    off: dict[str, Any] = {"metrics": False, "slow_document_ms": 0, "trace_fields": False}
    return Settings(_env_file=None, **(off | values))


async def post(chosen: Settings, query: str, **body: Any) -> dict[str, Any]:
    app = Starlette(routes=[Route("/graphql/", GraphQLEndpoint(schema, chosen).handle, methods=["POST"])])
    app.state.shop = Shop(chosen, Database("postgresql://nobody@localhost/nothing"), None)  # type: ignore[arg-type]
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://shop.test") as http:
        answer: dict[str, Any] = (await http.post("/graphql/", json={"query": query, **body})).json()
        return answer


def counted(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


def of_requests() -> list[float]:
    return [
        counted("argosy_graphql_requests_total", operation="query", outcome="ok"),
        counted("argosy_graphql_requests_total", operation="query", outcome="errors"),
        counted("argosy_graphql_requests_total", operation="mutation", outcome="ok"),
        counted("argosy_graphql_refused_total"),
        counted("argosy_graphql_seconds_count", operation="query"),
    ]


async def moved(chosen: Settings, query: str, **body: Any) -> list[float]:
    before = of_requests()
    await post(chosen, query, **body)
    return [after - one for after, one in zip(of_requests(), before, strict=True)]


async def test_requests_are_counted_by_kind_and_outcome() -> None:
    on = settings(metrics=True)
    assert await moved(on, "{ things { number } }") == [1, 0, 0, 0, 1]
    assert await moved(on, "{ things { broken } }") == [0, 1, 0, 0, 1]
    assert await moved(on, "mutation { nothing }") == [0, 0, 1, 0, 0]
    assert await moved(on, "{ __schema { queryType { name } } }") == [1, 0, 0, 0, 1]


async def test_what_is_refused_is_counted_apart() -> None:
    on = settings(metrics=True)
    assert await moved(on, "{ nothingOfTheKind }") == [0, 0, 0, 1, 0]
    assert await moved(on, "{") == [0, 0, 0, 1, 0]
    assert await moved(on, "query($v: Int!) { slow @skip(if: true) }", variables={}) == [0, 0, 0, 1, 0]


async def test_nothing_is_counted_when_the_setting_is_off() -> None:
    for query in ("{ things { number } }", "{ things { broken } }", "{ nothingOfTheKind }"):
        assert await moved(settings(), query) == [0] * 5
    assert Instruments(settings()).on is False


async def test_fields_are_timed_only_on_request() -> None:
    assert Instruments(settings()).run is Run
    assert Instruments(settings(trace_fields=True)).run is TracedRun
    assert "fields" not in (await post(settings(metrics=True), "{ things { doubled } }"))["extensions"]
    answer = await post(settings(trace_fields=True), "{ things { number doubled again: doubled broken } slow }")
    fields = {entry["field"]: (entry["calls"], entry["parents"]) for entry in answer["extensions"]["fields"]}
    assert fields == {
        "Query.things": (1, 1),
        "Thing.doubled": (2, 6),
        "Thing.broken": (1, 3),
        "Query.slow": (1, 1),
    }
    first = answer["extensions"]["fields"][0]
    assert first["field"] == "Query.slow"
    assert 20 <= first["ms"] < 2_000


async def test_timed_fields_move_counters_of_their_own() -> None:
    def parents() -> float:
        return counted("argosy_graphql_field_parents_total", field="Thing.doubled")

    before = parents()
    await post(settings(metrics=True), "{ things { doubled } }")
    await post(settings(trace_fields=True), "{ things { doubled } }")
    assert parents() == before
    await post(settings(metrics=True, trace_fields=True), "{ things { doubled } }")
    assert parents() == before + 3


async def test_timings_are_not_told_in_production() -> None:
    answer = await post(settings(profile=Profile.PRODUCTION, trace_fields=True), "{ things { doubled } }")
    assert answer["extensions"].keys() == {"cost"}


async def test_what_the_stock_executor_ran_has_no_timings() -> None:
    answer = await post(settings(trace_fields=True), "{ __schema { queryType { name } } }")
    assert answer["data"] == {"__schema": {"queryType": {"name": "Query"}}}
    assert answer["extensions"].keys() == {"cost"}


async def test_a_slow_document_is_logged_by_its_hash_without_its_text() -> None:
    text = 'query Slowly { slow(word: "a customer\'s own words") }'
    with capture_logs() as logged:
        await post(settings(slow_document_ms=10), text)
    (entry,) = logged
    assert entry["event"] == "slow document"
    assert entry["document"] == document_hash(text)
    assert entry["operation"] == "Slowly"
    assert entry["milliseconds"] >= 20
    assert "own words" not in str(entry)


async def test_a_document_that_is_not_slow_is_not_logged() -> None:
    with capture_logs() as logged:
        await post(settings(slow_document_ms=10_000), "{ slow }")
        await post(settings(), "{ slow }")
    assert logged == []


def test_hashes_tell_documents_apart() -> None:
    assert document_hash("{ slow }") == document_hash("{ slow }")
    assert document_hash("{ slow }") != document_hash("{ slow } ")
