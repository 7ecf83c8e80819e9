"""The HTTP conventions that Saleor's clients go by."""

import json
from typing import Any

import httpx2
import pytest
from joserfc import jws

from engine.core.settings import Profile, Settings
from tests.api import ADMIN_EMAIL, ADMIN_PASSWORD, Api, open_api

pytestmark = pytest.mark.anyio
SIMPLE = '{ channel(slug: "eu") { slug } }'
LOGIN = (
    "mutation($e: String!, $p: String!, $a: String) { tokenCreate(email: $e, password: $p, audience: $a) {"
    " token refreshToken csrfToken errors { code } } }"
)
REFRESH = (
    "mutation($r: String, $c: String) { tokenRefresh(refreshToken: $r, csrfToken: $c) { token errors { field code } } }"
)


def claims(token: str) -> Any:
    return json.loads(jws.extract_compact(token.encode()).payload)


async def log_in(http: httpx2.AsyncClient, **headers: str) -> Any:
    body = {"query": LOGIN, "variables": {"e": ADMIN_EMAIL, "p": ADMIN_PASSWORD}}
    return await http.post("/graphql/", json=body, headers=headers)


async def test_preflights_of_known_origins_are_answered_others_refused(seeded_settings: Settings) -> None:
    production = {"profile": Profile.PRODUCTION, "secret_key": "x" * 40, "allowed_origins": ("https://dash.example",)}
    async with open_api(Settings.model_validate({**seeded_settings.model_dump(), **production})) as api:
        answer = await api.http.options("/graphql/", headers={"origin": "https://dash.example"})
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "https://dash.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert answer.headers["access-control-allow-methods"] == "POST, OPTIONS"
        assert answer.headers["access-control-max-age"] == "600"
        assert answer.headers["vary"] == "Origin"
        allowed = set(answer.headers["access-control-allow-headers"].split(", "))
        assert allowed >= {"Origin", "Content-Type", "Accept", "Authorization", "Authorization-Bearer"}
        posted = await api.http.post(
            "/graphql/", json={"query": "{ __typename }"}, headers={"origin": "https://dash.example"}
        )
        assert posted.headers["access-control-allow-origin"] == "https://dash.example"
        for origin in ("https://evil.example", "http://localhost:9000", "null", "https://dash.example.evil.example"):
            answer = await api.http.options("/graphql/", headers={"origin": origin})
            assert (answer.status_code, "access-control-allow-origin" in answer.headers) == (400, False)
        assert (await api.http.options("/graphql/")).status_code == 400


async def test_development_answers_any_origin_of_this_machine(demo_api: Api) -> None:
    for origin, status in (
        ("http://localhost:9000", 200),
        ("http://127.0.0.1:3000", 200),
        ("http://localhost.evil.example", 400),
        ("https://evil.example", 400),
    ):
        answer = await demo_api.http.options("/graphql/", headers={"origin": origin})
        assert answer.status_code == status, origin


async def test_every_body_that_clients_send_is_read(demo_api: Api) -> None:
    post = demo_api.http.post
    expected = {"channel": {"slug": "eu"}}
    for answer in (
        await post("/graphql/", json={"query": SIMPLE}),
        await post("/graphql/", content=json.dumps({"query": SIMPLE}), headers={"content-type": "Application/JSON"}),
        await post("/graphql/", content=SIMPLE, headers={"content-type": "application/graphql"}),
        await post("/graphql/", data={"query": SIMPLE}),
        await post(
            "/graphql/",
            data={
                "query": "query A($s: String) { channel(slug: $s) { slug } } query B { __typename }",
                "variables": '{"s": "eu"}',
                "operationName": "A",
            },
        ),
        await post("/graphql", json={"query": SIMPLE, "variables": None, "operationName": None, "extensions": {}}),
    ):
        assert (answer.status_code, answer.json().get("data")) == (200, expected)
        assert answer.headers["content-type"] == "application/json"


async def test_bodies_that_say_nothing_are_refused(demo_api: Api) -> None:
    post = demo_api.http.post
    for answer in (
        await post("/graphql/", content=SIMPLE, headers={"content-type": "text/plain"}),
        await post("/graphql/", data={"variables": "{}"}),
        await post("/graphql/", data={"query": SIMPLE, "variables": "{"}),
        await post("/graphql/", data={f"field{place}": "x" for place in range(20)}),
        await post("/graphql/", content=b"\xff\xfe", headers={"content-type": "application/graphql"}),
        await post(
            "/graphql/", content='{ channel(slug: "\0") { id } }', headers={"content-type": "application/graphql"}
        ),
    ):
        assert answer.status_code == 400
        assert answer.json().keys() == {"errors"}
        assert answer.json()["errors"][0]["extensions"] == {
            "code": "GraphQLError",
            "exception": {"code": "GraphQLError"},
        }
    assert (await post("/graphql/", data={"query": "x" * 200_000})).status_code == 413


async def test_lists_of_operations_are_answered_as_far_as_allowed(seeded_settings: Settings) -> None:
    one = {"query": SIMPLE}
    async with open_api(seeded_settings.model_copy(update={"max_batch": 2})) as api:
        answer = await api.http.post("/graphql/", json=[one, {"query": "{ nonsense }"}])
        assert (answer.status_code, len(answer.json())) == (400, 2)
        assert answer.json()[0]["data"] == {"channel": {"slug": "eu"}}
        assert (await api.http.post("/graphql/", json=[one, one, one])).status_code == 400
        assert (await api.http.post("/graphql/", json=[[one]])).status_code == 400
    async with open_api(seeded_settings) as api:
        answer = await api.http.post("/graphql/", json=[one])
        assert [body["data"] for body in answer.json()] == [{"channel": {"slug": "eu"}}]
        assert (await api.http.post("/graphql/", json=[one, one])).status_code == 400


async def test_every_answer_says_what_it_cost(demo_api: Api) -> None:
    answer = (await demo_api.send(SIMPLE)).json()
    assert answer["extensions"] == {"cost": {"requestedQueryCost": 2, "maximumAvailable": 50_000}}
    with_errors = (await demo_api.send("{ channels { id } }")).json()
    assert with_errors["extensions"]["cost"]["maximumAvailable"] == 50_000
    pages = "query($n: Int) { categories(first: $n) { edges { node { products(first: 100) { edges { node {"
    pages += ' variants { id name } } } } children(first: $n) { edges { node { name products(first: 100, channel: "eu")'
    pages += " { edges { node { name } } } } } } } } } }"
    response = await demo_api.send(pages, n=100)
    body = response.json()
    assert (response.status_code, "data" in body) == (400, False)
    assert body["errors"][0]["extensions"]["code"] == "QueryCostError"
    assert body["extensions"]["cost"]["requestedQueryCost"] > body["extensions"]["cost"]["maximumAvailable"]


async def test_the_schema_is_described_in_words_that_older_clients_know(demo_api: Api) -> None:
    query = (
        "query I($old: Boolean = true) { __schema { directives { name locations }"
        " types { name enumValues(includeDeprecated: $old) { name } } } __typename }"
    )
    for answer in (await demo_api.send(query.replace("($old: Boolean = true)", "").replace("$old", "true")),
                   await demo_api.send(query, old=False)):  # fmt: skip
        body = answer.json()
        assert "DIRECTIVE_DEFINITION" not in answer.text
        locations = next(kind for kind in body["data"]["__schema"]["types"] if kind["name"] == "__DirectiveLocation")
        assert {"name": "FIELD_DEFINITION"} in locations["enumValues"]
        assert any("ENUM_VALUE" in directive["locations"] for directive in body["data"]["__schema"]["directives"])


@pytest.mark.parametrize(
    "query",
    [
        "{ __schema { queryType { name } } channel(slug: \"eu\") { id } }",
        "{ ...A me { id } } fragment A on Query { __type(name: \"User\") { name } }",
        "query($no: Boolean = false) { __schema @include(if: $no) { queryType { name } } me { id } }",
    ],
)  # fmt: skip
async def test_the_schema_is_not_asked_for_beside_data(demo_api: Api, query: str) -> None:
    response = await demo_api.send(query)
    assert response.status_code == 400
    assert response.json()["errors"][0]["message"] == ("Queries and introspection cannot be mixed in the same request.")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("", "You must provide a `first` or `last` value to properly paginate the `products` connection."),
        ("first: 101", "Requesting 101 records on the `products` connection exceeds the `first` limit of 100 records."),
        ("last: 200", "Requesting 200 records on the `products` connection exceeds the `last` limit of 100 records."),
        ("first: 1, last: 1", "`first` and `last`"),
        ('first: 1, before: "WyJhIl0="', "`before`"),
        ('last: 1, after: "WyJhIl0="', "`after`"),
        ("first: -1", "negative"),
        ('first: 1, after: "nonsense"', "Received cursor is invalid."),
    ],
)
async def test_pages_have_limits(demo_api: Api, arguments: str, words: str) -> None:
    given = f'(channel: "eu"{", " if arguments else ""}{arguments})'
    response = await demo_api.send(f"{{ products{given} {{ edges {{ node {{ id }} }} }} }}")
    (error,) = response.json()["errors"]
    assert (response.status_code, words in error["message"]) == (200, True)
    assert error["extensions"] == {"code": "GraphQLError", "exception": {"code": "GraphQLError"}}


async def test_a_total_needs_no_page(demo_api: Api) -> None:
    assert (await demo_api.run('{ products(channel: "eu") { totalCount } }'))["products"]["totalCount"] > 0


async def test_wrong_ids_say_what_was_expected(demo_api: Api) -> None:
    for query, kind in (('{ checkout(id: "x") { id } }', "Checkout"), ('{ product(id: "x") { id } }', "Product")):
        (error,) = await demo_api.errors(query)
        assert error["message"] == f"Invalid ID: x. Expected: {kind}."
    customer = await demo_api.as_admin()
    data = await customer.run('mutation { accountAddressDelete(id: "x") { errors { field code } } }')
    assert data["accountAddressDelete"]["errors"] == [{"field": "id", "code": "NOT_FOUND"}]


async def test_a_token_may_come_in_either_header_and_scheme(demo_api: Api) -> None:
    token = (await demo_api.as_admin()).token or ""
    for headers in (
        {"authorization": f"Bearer {token}"},
        {"authorization": f"JWT {token}"},
        {"authorization-bearer": token},
        {"authorization-bearer": token, "authorization": "Bearer nonsense"},
    ):
        answer = await demo_api.http.post("/graphql/", json={"query": "{ me { email } }"}, headers=headers)
        assert answer.json()["data"] == {"me": {"email": ADMIN_EMAIL}}, headers
    for headers in ({"authorization": token}, {"authorization": f"Basic {token}"}, {}):
        answer = await demo_api.http.post("/graphql/", json={"query": "{ me { email } }"}, headers=headers)
        assert answer.json()["data"] == {"me": None}
        assert "errors" not in answer.json()


async def test_a_token_that_does_not_hold_is_an_error_of_the_field_that_needs_it(demo_api: Api) -> None:
    response = await Api(demo_api.http, "a.b.c").send("{ channels { id } }")
    assert (response.status_code, response.json()["data"]) == (200, {"channels": None})
    assert response.json()["errors"][0]["extensions"] == {
        "code": "InvalidTokenError",
        "exception": {"code": "InvalidTokenError"},
    }


async def test_the_issuer_is_the_address_that_was_called(demo_api: Api) -> None:
    for url, issuer in (
        ("http://shop.test/graphql/", "http://shop.test/graphql/"),
        ("https://other.test:8443/graphql/", "https://other.test:8443/graphql/"),
    ):
        body = {"query": LOGIN, "variables": {"e": ADMIN_EMAIL, "p": ADMIN_PASSWORD}}
        answer = (await demo_api.http.post(url, json=body)).json()["data"]["tokenCreate"]
        told = claims(answer["token"])
        assert told["iss"] == claims(answer["refreshToken"])["iss"] == issuer
        assert (told["owner"], told["type"], "aud" in told) == ("saleor", "access", False)


async def test_forwarded_headers_count_only_from_a_proxy_that_is_trusted(seeded_settings: Settings) -> None:
    sent = {
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
        "x-forwarded-for": "203.0.113.9, 127.0.0.1",
    }
    for trusted, issuer in (
        ((), "http://shop.test/graphql/"),
        (("10.0.0.0/8",), "http://shop.test/graphql/"),
        (("10.0.0.0/8", "127.0.0.1"), "https://shop.example/graphql/"),
    ):
        async with open_api(seeded_settings.model_copy(update={"trusted_proxies": trusted})) as api:
            answer = (await log_in(api.http, **sent)).json()["data"]["tokenCreate"]
            assert claims(answer["token"])["iss"] == issuer
            mine = await api.http.post(
                "/graphql/",
                json={"query": "{ me { email } }"},
                headers={**sent, "authorization": f"Bearer {answer['token']}"},
            )
            assert mine.json()["data"]["me"] == {"email": ADMIN_EMAIL}


async def test_an_audience_stays_with_the_session(demo_api: Api) -> None:
    answer = (await demo_api.run(LOGIN, e=ADMIN_EMAIL, p=ADMIN_PASSWORD, a="till"))["tokenCreate"]
    again = (await demo_api.run(REFRESH, r=answer["refreshToken"]))["tokenRefresh"]
    assert claims(answer["token"])["aud"] == claims(again["token"])["aud"] == "custom:till"
    assert (await Api(demo_api.http, again["token"]).run("{ me { email } }"))["me"] == {"email": ADMIN_EMAIL}


async def test_a_browser_keeps_its_refresh_token_in_a_cookie_no_script_can_read(seeded_settings: Settings) -> None:
    async with open_api(seeded_settings) as api:
        answer = await log_in(api.http)
        (cookie,) = answer.headers.get_list("set-cookie")
        tokens = answer.json()["data"]["tokenCreate"]
        assert cookie == (f"refreshToken={tokens['refreshToken']}; Max-Age=2592000; Path=/; HttpOnly; SameSite=Lax")
        assert (await api.run(REFRESH))["tokenRefresh"]["errors"] == [{"field": "csrfToken", "code": "REQUIRED"}]
        wrong = (await api.run(REFRESH, c="guess"))["tokenRefresh"]
        assert wrong["errors"] == [{"field": "csrfToken", "code": "JWT_INVALID_CSRF_TOKEN"}]
        right = (await api.run(REFRESH, c=tokens["csrfToken"]))["tokenRefresh"]
        assert (right["errors"], bool(right["token"])) == ([], True)
        await Api(api.http, right["token"]).run("mutation { tokensDeactivateAll { errors { code } } }")
        gone = (await api.run(REFRESH, c=tokens["csrfToken"]))["tokenRefresh"]
        assert gone["errors"] == [{"field": "refreshToken", "code": "JWT_MISSING_TOKEN"}]


async def test_the_cookie_goes_to_other_origins_only_over_https(demo_api: Api) -> None:
    body = {"query": LOGIN, "variables": {"e": ADMIN_EMAIL, "p": ADMIN_PASSWORD}}
    answer = await demo_api.http.post("https://secure.test/graphql/", json=body)
    assert answer.headers["set-cookie"].endswith("; HttpOnly; SameSite=None; Secure")
