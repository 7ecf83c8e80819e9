"""What the endpoint does with requests that are not what it hopes for: a clear refusal, and the next one is served."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import SecretStr

from engine.channels.models import Channel, ChannelCountry
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.settings import Settings
from tests.api import Api, open_api

pytestmark = pytest.mark.anyio

CHANNEL = "query($slug: String) { channel(slug: $slug) { slug currencyCode countries { code country } } }"


@pytest.fixture(scope="module", autouse=True)
async def a_channel(api: Api, shop: object) -> AsyncIterator[None]:
    async def make(tx: WriteCtx) -> None:
        channel = Channel(slug="web", name="Web", currency="EUR", default_country="DE")
        tx.add(channel)
        await tx.session.flush()
        tx.add(*(ChannelCountry(channel_id=channel.id, country=country) for country in ("FR", "DE")))

    ctx: Ctx = shop.ctx()  # type: ignore[attr-defined]
    await transact(ctx, make)
    yield
    await ctx.release()


async def test_a_query_is_answered(api: Api) -> None:
    data = await api.run(CHANNEL, slug="web")
    assert data == {
        "channel": {
            "slug": "web",
            "currencyCode": "EUR",
            "countries": [{"code": "DE", "country": "Germany"}, {"code": "FR", "country": "France"}],
        }
    }


async def test_what_is_not_there_is_null(api: Api) -> None:
    assert await api.run(CHANNEL, slug="nowhere") == {"channel": None}


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"{", 400, "not valid JSON"),
        (b"\xff\xfe", 400, "not valid JSON"),
        (b"[]", 400, "Must provide a query string."),
        (b'"text"', 400, "Must provide a query string."),
        (b'{"query": 7}', 400, "Must provide a query string."),
        (b'{"query": "{ channel { id } }", "variables": []}', 400, "must be an object"),
        (b'{"query": "{ channel { id "}', 400, "Syntax Error"),
        (b'{"query": "{ channel { id } }", "variables": {"a": "x\\u0000"}}', 400, "NUL character"),
        (b'{"query": "{ channel(slug: \\"\\\\u{00}\\") { id } }"}', 400, "NUL character"),
        (b'{"query": "{ channel(slug: \\"\\u005cu0000\\") { id } }"}', 400, "NUL character"),
        (b'{"query": "{ nonsense }"}', 400, "Cannot query field"),
        (b'{"query": "query A { channel { id } } query B { channel { id } }"}', 400, "operation name"),
        (b'{"query": "{ ' + b"a " * 3_000 + b'}"}', 400, "2000"),
        (b'{"query": "' + b"{ channel " * 40 + b'"}', 400, "Syntax Error"),
        (b'{"query": "{ ' + b"x" * 100_000 + b'}"}', 413, "larger than 100000 bytes"),
    ],
)
async def test_bad_requests_are_refused_in_words(api: Api, body: bytes, status: int, message: str) -> None:
    response = await api.http.post("/graphql/", content=body)
    assert response.status_code == status
    assert "data" not in response.json()
    assert message in response.json()["errors"][0]["message"]


async def test_too_deep_and_too_many_aliases_are_refused(api: Api) -> None:
    aliases = " ".join(f"a{i}: channel {{ id }}" for i in range(31))
    (error,) = await api.errors(f"{{ {aliases} }}")
    assert error["message"] == "The document uses 31 aliases; at most 30 are allowed."


async def test_a_wrong_id_says_what_was_expected(api: Api) -> None:
    (error,) = await api.errors('{ channel(id: "UHJvZHVjdDox") { id } }')
    assert error["message"] == "Invalid ID: UHJvZHVjdDox. Expected: Channel."
    assert error["extensions"] == {"code": "GraphQLError", "exception": {"code": "GraphQLError"}}


async def test_denial_names_the_permissions_that_would_do(api: Api) -> None:
    (error,) = await api.errors("{ channels { id } }")
    assert error["extensions"]["code"] == "PermissionDenied"
    assert "AUTHENTICATED_STAFF_USER" in error["message"]


async def test_a_token_that_is_none_is_told_apart_from_a_denial(api: Api) -> None:
    (error,) = await Api(api.http, "no.such.token").errors("{ channels { id } }")
    assert error["extensions"]["code"] == "InvalidTokenError"


async def test_a_browser_is_sent_to_the_playground_and_other_methods_away(api: Api) -> None:
    assert (await api.http.get("/graphql/")).headers["location"] == "/playground"
    assert (await api.http.put("/graphql/")).status_code == 405
    assert (await api.http.options("/graphql/", headers={"origin": "https://evil.example"})).status_code == 400


async def test_it_is_ready_when_the_database_is_at_the_newest_migration(api: Api) -> None:
    response = await api.http.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


async def test_introspection_is_open(api: Api) -> None:
    data = await api.run("{ __schema { queryType { name } } }")
    assert data == {"__schema": {"queryType": {"name": "Query"}}}


async def test_it_is_not_ready_with_a_key_that_opens_nothing(settings: Settings) -> None:
    async with open_api(settings) as right:
        assert (await right.http.get("/healthz")).status_code == 200
    wrong = settings.model_copy(update={"secret_key": SecretStr("another key of more than 32 characters")})
    async with open_api(wrong) as api:
        response = await api.http.get("/healthz")
        assert response.status_code == 503
        assert "ARGOSY_SECRET_KEY" in response.json()["reason"]


async def test_a_body_that_comes_slowly_keeps_no_connection_from_others(settings: Settings) -> None:
    few = settings.model_copy(update={"read_pool_size": 1})
    began, go_on = asyncio.Event(), asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'{"query": "{ __typename }"'
        began.set()
        await go_on.wait()
        yield b"}"

    async with open_api(few) as api:
        app: Any = api.http._transport.app
        sent: list[Any] = []
        chunks = body()

        async def receive() -> Any:
            chunk = await anext(chunks, b"")
            return {"type": "http.request", "body": chunk, "more_body": chunk not in (b"", b"}")}

        async def send(message: Any) -> None:
            sent.append(message)

        headers = [(b"host", b"shop.test"), (b"authorization", b"Bearer " + b"x" * 30)]
        scope = {
            "type": "http", "method": "POST", "path": "/graphql/", "raw_path": b"/graphql/", "query_string": b"",
            "headers": headers, "scheme": "http", "server": ("shop.test", 80), "client": None, "root_path": "",
            "http_version": "1.1", "app": app, "state": {},
        }  # fmt: skip
        slow = asyncio.create_task(app(scope, receive, send))
        await began.wait()
        async with asyncio.timeout(5):
            assert (await api.run('{ channel(slug: "web") { slug } }'))["channel"] == {"slug": "web"}
        go_on.set()
        await slow
    assert sent[0]["status"] == 200
