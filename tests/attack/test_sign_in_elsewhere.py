"""Signing in elsewhere, by somebody who changes what goes back and forth: nobody is signed in, nobody is made."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from engine.core.clock import SystemClock
from engine.core.context import Ctx
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows import sign_in as flow
from engine.flows.shop import Shop
from tests.api import Api
from tests.fakes.openid_provider import CLIENT_ID, FakeProvider, Person, serve_provider
from tests.people import PASSWORD, make_user
from tests.signing_in import BACK, PLUGIN, begin, browse, call, configure, finish, sign_in

pytestmark = pytest.mark.anyio
_PEOPLE = Statement(sa.text("SELECT (SELECT count(*) FROM account_user), (SELECT count(*) FROM account_session)"))
MADE_UP = base64.urlsafe_b64encode(json.dumps([PLUGIN, 1e12, "n", "v", BACK]).encode()).decode()


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    with serve_provider(FakeProvider()) as serving:
        yield serving


@pytest.fixture(autouse=True)
async def honest(ctx: Ctx, provider: FakeProvider) -> None:
    provider.person, provider.lie, provider.sign = Person(), lambda claims: None, None
    await configure(ctx, provider)


async def refused(ctx: Ctx, answer: Any, field: str, code: str, before: tuple[int, ...]) -> None:
    assert (answer["token"], answer["refreshToken"], answer["user"]) == (None, None, None)
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [(field, code)]
    assert await people(ctx) == before


async def people(ctx: Ctx) -> tuple[int, ...]:
    (row,) = await ctx.fetch(_PEOPLE)
    return tuple(row.values())


async def test_the_control_does_sign_in(api: Api, ctx: Ctx) -> None:
    users, sessions = await people(ctx)
    assert (await sign_in(api))["token"]
    assert await people(ctx) == (users + 1, sessions + 1)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda state: "", "REQUIRED"),
        (lambda state: "made up", "INVALID"),
        (lambda state: "A" * 5_000, "INVALID"),
        (lambda state: "ü" + state, "INVALID"),
        (lambda state: state[:-8] + "AAAAAAAA", "INVALID"),
        (
            lambda state: base64.urlsafe_b64encode(json.dumps([PLUGIN, 1e12, "n", "v", BACK]).encode()).decode(),
            "INVALID",
        ),
    ],
)
async def test_a_state_that_is_not_ours(api: Api, ctx: Ctx, change: Callable[[str], str], code: str) -> None:
    back, before = await browse(await begin(api)), await people(ctx)
    await refused(ctx, await finish(api, code=back["code"], state=change(back["state"])), "state", code, before)


async def test_a_state_is_good_once_even_when_asked_at_once(api: Api, ctx: Ctx) -> None:
    back = await browse(await begin(api))
    answers = await asyncio.gather(*(finish(api, **back) for _ in range(5)))
    assert len([answer for answer in answers if answer["token"]]) == 1
    assert {error["field"] for answer in answers for error in answer["errors"]} == {"state"}


async def test_a_state_is_good_for_ten_minutes(api: Api, shop: Shop, ctx: Ctx) -> None:
    class Slow(SystemClock):
        def now(self) -> Any:
            return super().now() - timedelta(minutes=10, seconds=1)

    long_ago = shop.ctx(clock=Slow(), base_url="http://shop.test")
    back, before = await browse(await flow.begin(long_ago, PLUGIN, BACK)), await people(ctx)
    await refused(ctx, await finish(api, **back), "state", "INVALID", before)


async def test_a_code_is_good_once(api: Api, ctx: Ctx) -> None:
    first, second = await browse(await begin(api)), await browse(await begin(api))
    assert (await finish(api, **first))["token"]
    before = await people(ctx)
    answer = await finish(api, code=first["code"], state=second["state"])
    await refused(ctx, answer, "code", "INVALID_CREDENTIALS", before)


async def test_a_stolen_code_is_no_good_with_another_state(api: Api, ctx: Ctx) -> None:
    victim, thief = await browse(await begin(api)), await browse(await begin(api))
    before = await people(ctx)
    answer = await finish(api, code=victim["code"], state=thief["state"])
    await refused(ctx, answer, "code", "INVALID_CREDENTIALS", before)


@pytest.mark.parametrize(
    "lie",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": 7},
        {"aud": "another shop"},
        {"aud": None},
        {"aud": [CLIENT_ID, "another shop"]},
        {"aud": [CLIENT_ID], "azp": "another shop"},
        {"iss": "https://evil.example"},
        {"iss": None},
        {"exp": int(time.time()) - 3_600},
        {"exp": None},
        {"exp": "never"},
        {"exp": float("nan")},
        {"iat": int(time.time()) - 3_600},
        {"iat": int(time.time()) + 3_600},
        {"iat": None},
        {"sub": ""},
        {"sub": None},
        {"sub": ["anna-1"]},
        {"sub": "x" * 300},
    ],
    ids=lambda lie: next(iter(lie)),
)
async def test_claims_that_do_not_hold(api: Api, ctx: Ctx, provider: FakeProvider, lie: dict[str, Any]) -> None:
    before = await people(ctx)

    def change(claims: dict[str, Any]) -> None:
        claims.update(lie)
        for name in [name for name, value in lie.items() if value is None]:
            del claims[name]

    provider.lie = change
    await refused(ctx, await sign_in(api), "code", "INVALID_CREDENTIALS", before)


def _written(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")


def _unsigned(claims: dict[str, Any], key: RSAKey) -> str:
    return f"{_written({'alg': 'none'})}.{_written(claims)}."


def _with_public_key(claims: dict[str, Any], key: RSAKey) -> str:
    """What everybody knows, as if it were a secret."""
    signed = f"{_written({'alg': 'HS256', 'kid': key.kid})}.{_written(claims)}"
    mac = hmac.digest(key.as_pem(private=False), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def _with_client_secret(claims: dict[str, Any], key: RSAKey) -> str:
    return jwt.encode({"alg": "HS256"}, claims, OctKey.import_key("a s%cret:of the shop" * 2), algorithms=["HS256"])


def _with_another_key(claims: dict[str, Any], key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": key.kid}, claims, RSAKey.generate_key(2048))


def _with_an_unknown_key(claims: dict[str, Any], key: RSAKey) -> str:
    return jwt.encode({"alg": "RS256", "kid": "nobody"}, claims, RSAKey.generate_key(2048))


def _with_its_own_key(claims: dict[str, Any], key: RSAKey) -> str:
    own = RSAKey.generate_key(2048)
    return jwt.encode({"alg": "RS256", "jwk": own.as_dict(private=False)}, claims, own)


def _altered(claims: dict[str, Any], key: RSAKey) -> str:
    head, _, tail = jwt.encode({"alg": "RS256", "kid": key.kid}, claims, key).split(".")
    return f"{head}.{_written({**claims, 'sub': 'somebody else'})}.{tail}"


@pytest.mark.parametrize(
    "sign",
    [
        _unsigned, _with_public_key, _with_client_secret, _with_another_key, _with_an_unknown_key, _with_its_own_key,
        _altered, lambda claims, key: "", lambda claims, key: "a.b.c", lambda claims, key: "x" * 30_000,
    ],
)  # fmt: skip
async def test_tokens_that_the_provider_did_not_sign(
    api: Api, ctx: Ctx, provider: FakeProvider, sign: Callable[[dict[str, Any], RSAKey], str]
) -> None:
    before = await people(ctx)
    provider.sign = sign
    await refused(ctx, await sign_in(api), "code", "INVALID_CREDENTIALS", before)


@pytest.mark.parametrize(
    "uri", ["", "https://evil.example/", "javascript:alert(1)", "http://localhost@evil.example/", "//evil.example/"]
)
async def test_the_browser_comes_back_only_to_the_shops_own_hosts(api: Api, uri: str) -> None:
    for name, fields, given in (
        ("externalAuthenticationUrl", "authenticationData", {"redirectUri": uri}),
        ("externalLogout", "logoutData", {"returnTo": uri or "x"}),
    ):
        answer = await call(api, name, fields, **given)
        assert len(answer["errors"]) == 1, name
        assert answer["errors"][0]["field"] in ("redirectUri", "returnTo")


async def test_the_address_tells_no_verifier_and_no_secret(api: Api) -> None:
    query = parse_qs(urlsplit(await begin(api)).query)
    assert query.keys() == {
        "response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge",
        "code_challenge_method",
    }  # fmt: skip
    assert query["code_challenge_method"] == ["S256"]


async def test_a_session_of_a_password_is_not_one_of_the_provider(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "plain@example.com")
    login = await api.log_in("plain@example.com", PASSWORD)
    answer = await call(api, "externalVerify", "isValid user { email }", token=login.token)
    assert (answer["isValid"], answer["user"]) == (False, None)


@pytest.mark.parametrize("input", ["[]", "7", '"text"', '{"redirectUri": 7}', '{"code": [], "state": {}}'])
async def test_input_of_any_shape_is_refused_as_data(api: Api, input: str) -> None:
    query = (
        "mutation($p: String!, $i: JSONString!) {"
        " a: externalAuthenticationUrl(pluginId: $p, input: $i) { errors { code } }"
        " b: externalObtainAccessTokens(pluginId: $p, input: $i) { errors { code } }"
        " c: externalRefresh(pluginId: $p, input: $i) { errors { code } }"
        " d: externalVerify(pluginId: $p, input: $i) { errors { code } } }"
    )
    data = await api.run(query, p=PLUGIN, i=input)
    assert [len(one["errors"]) for one in data.values()] == [1, 1, 1, 1]


async def test_the_fake_itself_refuses_who_is_unknown(provider: FakeProvider) -> None:
    async with httpx2.AsyncClient(trust_env=False) as browser:
        assert (await browser.get(f"{provider.issuer}/authorize?client_id=x")).status_code == 400
        assert (await browser.post(f"{provider.issuer}/token", data={"code": "x"})).status_code == 401
