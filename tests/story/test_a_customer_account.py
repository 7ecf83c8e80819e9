"""One person and the shop: from the first form to the last mail, as a storefront drives it."""

import json
from typing import Any

import pytest
from joserfc import jws, jwt
from joserfc.jwk import KeySet

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.settings import Settings
from engine.core.tables import sa
from tests.api import Api, open_api
from tests.mailbox import delivered, link_in, token_in

pytestmark = pytest.mark.anyio
EMAIL, NEW_EMAIL, PASSWORD, NEW_PASSWORD = "ines@example.com", "ines@new.example", "rain in porto", "sun in faro today"
BACK = "http://localhost:3000/account"
ERRORS = "errors { field code message }"
REGISTER = f"mutation($i: AccountRegisterInput!) {{ accountRegister(input: $i) {{ requiresConfirmation {ERRORS} }} }}"
LOGIN = (
    "mutation($e: String!, $p: String!) { tokenCreate(email: $e, password: $p) {"
    f" token refreshToken csrfToken user {{ id email lastLogin }} {ERRORS} }} }}"
)
ADDRESS = {
    "firstName": "Ines", "lastName": "Lima", "streetAddress1": "Rua das Flores 1", "city": "Porto",
    "postalCode": "4050-262", "country": "PT", "phone": "+351222000000",
}  # fmt: skip


async def log_in(api: Api, email: str = EMAIL, password: str = PASSWORD) -> Any:
    return (await api.run(LOGIN, e=email, p=password))["tokenCreate"]


async def newest_token(ctx: Ctx, to: str) -> str:
    """Of the mails with a link in them; those that only tell of something may come at the same time."""
    return token_in([mail for mail in await delivered(ctx, to) if "http" in mail.get_content()][-1])


async def test_an_account_from_its_first_day_to_its_last(api: Api, ctx: Ctx) -> None:
    # registering, and nothing opens before the mail was read
    wanted = {"email": EMAIL, "password": PASSWORD, "firstName": "Ines", "redirectUrl": BACK, "channel": "web"}
    assert (await api.run(REGISTER, i=wanted))["accountRegister"] == {"requiresConfirmation": True, "errors": []}
    early = await log_in(api)
    assert (early["token"], early["errors"][0]["code"]) == (None, "ACCOUNT_NOT_CONFIRMED")
    (mail,) = await delivered(ctx, EMAIL)
    assert link_in(mail).startswith(f"{BACK}?email=ines%40example.com&token=")
    confirm = (
        "mutation($e: String!, $t: String!) { confirmAccount(email: $e, token: $t) {"
        f" user {{ isConfirmed }} {ERRORS} }} }}"
    )
    confirmed = (await api.run(confirm, e=EMAIL, t=token_in(mail)))["confirmAccount"]
    assert confirmed == {"user": {"isConfirmed": True}, "errors": []}

    # signing in: a token of Saleor's shape that anybody can verify by the published keys
    login = await log_in(api)
    keys = KeySet.import_key_set((await api.http.get("/.well-known/jwks.json")).json())
    claims = jwt.decode(login["token"], keys, algorithms=["RS256"]).claims
    assert {name: claims[name] for name in ("iss", "owner", "type", "email", "is_staff", "user_id")} == {
        "iss": "http://shop.test/graphql/", "owner": "saleor", "type": "access", "email": EMAIL, "is_staff": False,
        "user_id": login["user"]["id"],
    }  # fmt: skip
    assert claims["exp"] - claims["iat"] == 300
    refresh_claims = json.loads(jws.extract_compact(login["refreshToken"].encode()).payload)
    assert (refresh_claims["type"], refresh_claims["csrfToken"]) == ("refresh", login["csrfToken"])
    ines = Api(api.http, login["token"])

    # the session goes on
    refresh = f"mutation($t: String!) {{ tokenRefresh(refreshToken: $t) {{ token user {{ email }} {ERRORS} }} }}"
    refreshed = (await api.run(refresh, t=login["refreshToken"]))["tokenRefresh"]
    assert refreshed["user"] == {"email": EMAIL}
    verify = f"mutation($t: String!) {{ tokenVerify(token: $t) {{ isValid user {{ email }} payload {ERRORS} }} }}"
    verified = (await api.run(verify, t=refreshed["token"]))["tokenVerify"]
    assert (verified["isValid"], verified["payload"]["type"]) == (True, "access")
    nonsense = (await api.run(verify, t="a.b.c"))["tokenVerify"]
    assert (nonsense["isValid"], nonsense["user"], nonsense["errors"][0]["code"]) == (False, None, "JWT_INVALID_TOKEN")

    # an address book
    create = (
        "mutation($i: AddressInput!, $t: AddressTypeEnum) { accountAddressCreate(input: $i, type: $t) {"
        f" address {{ id city }} user {{ defaultShippingAddress {{ city }} }} {ERRORS} }} }}"
    )
    home = (await ines.run(create, i=ADDRESS, t="SHIPPING"))["accountAddressCreate"]
    assert (home["errors"], home["user"]["defaultShippingAddress"]) == ([], {"city": "Porto"})
    office = (await ines.run(create, i=ADDRESS | {"companyName": "Lima Lda"}))["accountAddressCreate"]["address"]["id"]
    wrong = (await ines.run(create, i=ADDRESS | {"postalCode": "1"}))["accountAddressCreate"]
    assert [(error["field"], error["code"]) for error in wrong["errors"]] == [("postalCode", "INVALID")]
    moved = await ines.run(
        'mutation($id: ID!) { accountAddressUpdate(id: $id, input: {city: "Braga"}) { address { city } }'
        " accountSetDefaultAddress(id: $id, type: BILLING) { user { defaultBillingAddress { city } } } }",
        id=office,
    )
    assert moved["accountAddressUpdate"]["address"] == {"city": "Braga"}
    assert moved["accountSetDefaultAddress"]["user"]["defaultBillingAddress"] == {"city": "Braga"}
    delete = f"mutation($id: ID!) {{ accountAddressDelete(id: $id) {{ user {{ addresses {{ city }} }} {ERRORS} }} }}"
    left = (await ines.run(delete, id=home["address"]["id"]))["accountAddressDelete"]
    assert left == {"user": {"addresses": [{"city": "Braga"}]}, "errors": []}

    # a new password ends every other session
    elsewhere = Api(api.http, (await log_in(api))["token"])
    change = f"mutation($o: String!, $n: String!) {{ passwordChange(oldPassword: $o, newPassword: $n) {{ {ERRORS} }} }}"
    assert (await ines.run(change, o=PASSWORD, n=NEW_PASSWORD))["passwordChange"]["errors"] == []
    assert await elsewhere.signed_out()
    assert (await ines.run("{ me { email } }"))["me"] is not None
    assert (await api.run(refresh, t=login["refreshToken"]))["tokenRefresh"]["errors"] == []
    assert (await log_in(api))["errors"][0]["code"] == "INVALID_CREDENTIALS"
    ines = Api(api.http, (await log_in(api, password=NEW_PASSWORD))["token"])

    # a new mail address proves itself
    ask = (
        "mutation($p: String!, $e: String!, $u: String!) {"
        f" requestEmailChange(password: $p, newEmail: $e, redirectUrl: $u) {{ {ERRORS} }} }}"
    )
    assert (await ines.run(ask, p=NEW_PASSWORD, e=NEW_EMAIL, u=BACK))["requestEmailChange"]["errors"] == []
    token = await newest_token(ctx, NEW_EMAIL)
    taken = await ines.run(
        f"mutation($t: String!) {{ confirmEmailChange(token: $t) {{ user {{ email }} {ERRORS} }} }}", t=token
    )
    assert taken["confirmEmailChange"] == {"user": {"email": NEW_EMAIL}, "errors": []}
    ines = Api(api.http, (await log_in(api, NEW_EMAIL, NEW_PASSWORD))["token"])

    # a forgotten password
    forgot = f"mutation($e: String!, $u: String!) {{ requestPasswordReset(email: $e, redirectUrl: $u) {{ {ERRORS} }} }}"
    assert (await api.run(forgot, e=NEW_EMAIL, u=BACK))["requestPasswordReset"]["errors"] == []
    elsewhere = (await api.run(forgot, e=NEW_EMAIL, u="https://evil.example/"))["requestPasswordReset"]["errors"]
    assert [(error["field"], error["code"]) for error in elsewhere] == [("redirectUrl", "INVALID")]
    token = await newest_token(ctx, NEW_EMAIL)
    set_password = (
        "mutation($e: String!, $p: String!, $t: String!) { setPassword(email: $e, password: $p, token: $t) {"
        f" token refreshToken user {{ email }} {ERRORS} }} }}"
    )
    again = (await api.run(set_password, e=NEW_EMAIL, p=PASSWORD, t=token))["setPassword"]
    assert (again["errors"], again["user"]) == ([], {"email": NEW_EMAIL})
    used = (await api.run(set_password, e=NEW_EMAIL, p=PASSWORD, t=token))["setPassword"]
    assert [(error["field"], error["code"]) for error in used["errors"]] == [("token", "INVALID")]
    ines = Api(api.http, again["token"])

    # leaving, in two steps
    ask = f"mutation($u: String!) {{ accountRequestDeletion(redirectUrl: $u) {{ {ERRORS} }} }}"
    assert (await ines.run(ask, u=BACK))["accountRequestDeletion"]["errors"] == []
    token = await newest_token(ctx, NEW_EMAIL)
    gone = await ines.run(f"mutation($t: String!) {{ accountDelete(token: $t) {{ {ERRORS} }} }}", t=token)
    assert gone["accountDelete"]["errors"] == []
    assert await ines.signed_out()
    assert (await log_in(api, NEW_EMAIL))["errors"][0]["code"] == "INVALID_CREDENTIALS"


async def shop_setting(ctx: Ctx, **values: bool) -> None:
    async def work(tx: WriteCtx) -> None:
        for name, value in values.items():
            await tx.execute(sa.text(f"UPDATE shop_settings SET {name} = :value"), {"value": value})

    await transact(ctx, work)


async def test_a_shop_that_confirms_nobody_lets_everybody_in_at_once(api: Api, ctx: Ctx) -> None:
    await shop_setting(ctx, confirm_accounts_by_mail=False)
    try:
        wanted = {"email": "now@example.com", "password": PASSWORD}
        for password in (PASSWORD, "somebody else's"):
            answer = (await api.run(REGISTER, i=wanted | {"password": password}))["accountRegister"]
            assert answer == {"requiresConfirmation": False, "errors": []}
        assert (await log_in(api, "now@example.com"))["token"]
        assert (await log_in(api, "now@example.com", "somebody else's"))["token"] is None
        (mail,) = await delivered(ctx, "now@example.com")
        assert "http" not in mail.get_content()
    finally:
        await shop_setting(ctx, confirm_accounts_by_mail=True)


async def test_a_shop_may_let_people_in_before_they_confirm(api: Api, ctx: Ctx) -> None:
    await api.run(REGISTER, i={"email": "later@example.com", "password": PASSWORD, "redirectUrl": BACK})
    assert (await log_in(api, "later@example.com"))["token"] is None
    await shop_setting(ctx, login_without_confirmation=True)
    try:
        assert (await log_in(api, "later@example.com"))["token"]
    finally:
        await shop_setting(ctx, login_without_confirmation=False)


async def test_one_network_address_registers_only_so_many(settings: Settings) -> None:
    few = {"registrations_per_address": 2, "trusted_proxies": ("127.0.0.1",)}
    async with open_api(settings.model_copy(update=few)) as api:
        found = []
        for address in ("203.0.113.1", "203.0.113.1", "203.0.113.1", "203.0.113.2"):
            wanted = {"email": f"many{len(found)}@example.com", "password": PASSWORD, "redirectUrl": BACK}
            body = {"query": REGISTER, "variables": {"i": wanted}}
            answer = (await api.http.post("/graphql/", json=body, headers={"x-forwarded-for": address})).json()
            found.append([error["code"] for error in answer["data"]["accountRegister"]["errors"]])
        assert found == [[], [], ["INVALID"], []]
