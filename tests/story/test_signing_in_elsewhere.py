"""A customer signs in with an account kept elsewhere, goes on, and leaves."""

import json
from collections.abc import Iterator

import pytest

from engine.accounts.service import anonymise
from engine.core.context import Ctx, transact
from engine.core.ids import int_pk
from engine.core.statements import Statement
from engine.core.tables import sa
from tests.api import Api
from tests.fakes.openid_provider import FakeProvider, Person, serve_provider
from tests.people import PASSWORD, make_staff, make_user
from tests.signing_in import PLUGIN, call, configure, sign_in

pytestmark = pytest.mark.anyio
_EVENTS = Statement(sa.text("SELECT kind FROM outbox_event ORDER BY id"))


@pytest.fixture(scope="module")
def provider() -> Iterator[FakeProvider]:
    with serve_provider(FakeProvider()) as serving:
        yield serving


@pytest.fixture(autouse=True)
async def configured(ctx: Ctx, provider: FakeProvider) -> None:
    provider.person = Person()
    provider.email_in_token = True
    await configure(ctx, provider, trust_emails=False, staff_sign_in=False)


async def test_from_the_first_click_to_the_last(api: Api, ctx: Ctx, provider: FakeProvider) -> None:
    answer = await sign_in(api)
    assert answer["errors"] == []
    assert {name: answer["user"][name] for name in ("email", "firstName", "lastName", "isConfirmed")} == {
        "email": "anna@example.com",
        "firstName": "Anna",
        "lastName": "Berg",
        "isConfirmed": True,
    }
    anna = Api(api.http, answer["token"])
    assert (await anna.run("{ me { email } }"))["me"] == {"email": "anna@example.com"}

    old = answer["refreshToken"]
    refreshed = await call(api, "externalRefresh", "token refreshToken user { email }", refreshToken=old)
    assert refreshed["refreshToken"] == old
    assert (await Api(api.http, refreshed["token"]).run("{ me { email } }"))["me"] == {"email": "anna@example.com"}

    verified = await call(api, "externalVerify", "isValid user { email } verifyData", token=refreshed["token"])
    assert (verified["isValid"], verified["user"]) == (True, {"email": "anna@example.com"})
    claims = json.loads(verified["verifyData"])
    assert (claims["owner"], claims["iss"], claims["type"]) == (PLUGIN, "http://shop.test/graphql/", "access")

    left = await call(api, "externalLogout", "logoutData", returnTo="http://localhost/bye")
    logout = json.loads(left["logoutData"])["logoutUrl"]
    assert logout.startswith(
        f"{provider.issuer}/logout?client_id=the+shop&post_logout_redirect_uri=http%3A%2F%2Flocalhost"
    )

    again = await sign_in(api)
    assert again["user"]["id"] == answer["user"]["id"]
    kinds = [row["kind"] for row in await ctx.fetch(_EVENTS)]
    assert kinds.count("customer.created") == 1


async def test_an_address_that_changed_elsewhere_is_still_the_same_person(api: Api, provider: FakeProvider) -> None:
    before = await sign_in(api)
    provider.person = Person(email="anna.berg@example.com")
    after = await sign_in(api)
    assert (after["user"]["id"], after["user"]["email"]) == (before["user"]["id"], "anna@example.com")


async def test_a_customers_account_is_found_by_a_checked_address(api: Api, ctx: Ctx, provider: FakeProvider) -> None:
    await make_user(ctx, "ben@example.com", first_name="Ben")
    provider.person = Person(sub="ben", email="Ben@Example.com")
    answer = await sign_in(api)
    assert (answer["user"]["email"], answer["user"]["firstName"]) == ("ben@example.com", "Ben")
    assert (await api.log_in("ben@example.com", PASSWORD)).token


async def test_who_registered_somebody_elses_address_loses_it(api: Api, ctx: Ctx, provider: FakeProvider) -> None:
    await make_user(ctx, "cleo@example.com", is_confirmed=False)
    provider.person = Person(sub="cleo", email="cleo@example.com")
    assert (await sign_in(api))["user"]["isConfirmed"] is True
    query = 'mutation($p: String!) { tokenCreate(email: "cleo@example.com", password: $p) { errors { code } } }'
    assert (await api.run(query, p=PASSWORD))["tokenCreate"]["errors"] == [{"code": "INVALID_CREDENTIALS"}]


@pytest.mark.parametrize("said", [False, None, "false", "yes", 1])
async def test_an_address_that_nobody_checked_opens_nothing(
    api: Api, ctx: Ctx, provider: FakeProvider, said: object
) -> None:
    provider.person = Person(sub=f"dora-{said}", email="anna@example.com", email_verified=said)
    answer = await sign_in(api)
    assert (answer["token"], [error["code"] for error in answer["errors"]]) == (None, ["INVALID_CREDENTIALS"])


async def test_a_provider_whose_addresses_are_trusted_need_not_say_so(
    api: Api, ctx: Ctx, provider: FakeProvider
) -> None:
    await configure(ctx, provider, trust_emails=True)
    provider.person = Person(sub="emil", email="emil@example.com", email_verified=None)
    assert (await sign_in(api))["user"]["email"] == "emil@example.com"
    provider.person = Person(sub="fake emil", email="emil@example.com", email_verified=False)
    assert (await sign_in(api))["token"] is None


async def test_staff_sign_in_this_way_only_where_the_merchant_lets_them(
    api: Api, ctx: Ctx, provider: FakeProvider
) -> None:
    await make_staff(ctx, "boss@example.com", "MANAGE_ORDERS")
    provider.person = Person(sub="boss", email="boss@example.com")
    assert (await sign_in(api))["token"] is None
    await configure(ctx, provider, staff_sign_in=True, trust_emails=True)
    provider.person = Person(sub="no boss", email="boss@example.com", email_verified=None)
    assert (await sign_in(api))["token"] is None
    provider.person = Person(sub="boss", email="boss@example.com")
    assert (await sign_in(api))["user"]["isStaff"] is True
    await configure(ctx, provider, staff_sign_in=False)
    assert (await sign_in(api))["token"] is None


async def test_a_closed_account_stays_closed(api: Api, ctx: Ctx, provider: FakeProvider) -> None:
    await make_user(ctx, "frida@example.com", is_active=False)
    provider.person = Person(sub="frida", email="frida@example.com")
    assert [error["code"] for error in (await sign_in(api))["errors"]] == ["INACTIVE"]


async def test_who_left_starts_anew(api: Api, ctx: Ctx, provider: FakeProvider) -> None:
    provider.person = Person(sub="gina", email="gina@example.com")
    first = (await sign_in(api))["user"]["id"]
    await transact(ctx, anonymise, int_pk(first, "User"))
    second = (await sign_in(api))["user"]
    assert second["id"] != first
    assert second["email"] == "gina@example.com"


async def test_an_address_told_only_by_the_user_info_is_found_there(api: Api, provider: FakeProvider) -> None:
    provider.email_in_token = False
    provider.person = Person(sub="hugo", email="hugo@example.com", given_name="Hugo")
    user = (await sign_in(api))["user"]
    assert (user["email"], user["firstName"]) == ("hugo@example.com", "Hugo")


async def test_new_keys_are_noticed_and_known_ones_not_asked_for(api: Api, provider: FakeProvider) -> None:
    await sign_in(api)
    provider.asked.clear()
    await sign_in(api)
    assert provider.asked == ["token"]
    provider.rotate()
    provider.asked.clear()
    assert (await sign_in(api))["errors"] == []
    assert provider.asked == ["token", "jwks"]


async def test_a_provider_that_is_down_is_a_failure_the_storefront_can_show(
    api: Api, ctx: Ctx, provider: FakeProvider
) -> None:
    await configure(ctx, provider, scopes="openid email")  # a new object, which knows nothing yet
    provider.broken = True
    try:
        answer = await call(api, "externalAuthenticationUrl", "authenticationData", redirectUri="http://localhost/")
    finally:
        provider.broken = False
    assert [(error["field"], error["code"]) for error in answer["errors"]] == [("pluginId", "INVALID")]
    assert provider.issuer not in answer["errors"][0]["message"]


async def test_what_is_not_set_up_is_not_there(api: Api, ctx: Ctx) -> None:
    for plugin in ("nobody.knows", "saleor.app.payment.stripe"):
        answer = await call(
            api, "externalAuthenticationUrl", "authenticationData", plugin, redirectUri="http://localhost/"
        )
        assert [(error["field"], error["code"]) for error in answer["errors"]] == [("pluginId", "NOT_FOUND")]
