"""A person's account over HTTP, from registration to farewell."""

import socket
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from engine.accounts import queries
from engine.core.context import Ctx
from engine.core.ids import to_global
from engine.core.mail import Mail, send
from tests.api import Api
from tests.mailbox import delivered, link_in, token_in
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.anyio

REGISTER = (
    "mutation($input: AccountRegisterInput!) { accountRegister(input: $input) {"
    " user { id email firstName isActive isStaff addresses { id } permissionGroups { name } } "
    "requiresConfirmation errors { field code message } } }"
)
LOGIN = (
    "mutation($email: String!, $password: String!) { tokenCreate(email: $email, password: $password) {"
    " token refreshToken csrfToken user { email lastLogin } errors { field code message } } }"
)
ME = "{ me { id email firstName addresses { id city } defaultShippingAddress { id } } }"
ADDRESS = {
    "firstName": "Ada",
    "lastName": "Lovelace",
    "streetAddress1": "1600 Amphitheatre Parkway",
    "city": "Mountain View",
    "countryArea": "CA",
    "postalCode": "94043",
    "country": "US",
    "phone": "650 253 0000",
}


def registration(email: str, **values: Any) -> dict[str, Any]:
    return {"email": email, "password": PASSWORD, "redirectUrl": "http://localhost:3000/hello?shop=1", **values}


async def test_whoever_confirms_an_account_may_show_that_they_know_its_password(api: Api, ctx: Ctx) -> None:
    await api.run(REGISTER, input=registration("pia@example.com"))
    (mail,) = await delivered(ctx, "pia@example.com")
    confirm = """mutation($token: String!, $password: String!) {
      confirmAccount(email: "pia@example.com", token: $token, password: $password) {
        user { isConfirmed } errors { field code message } } }"""
    wrong = (await api.run(confirm, token=token_in(mail), password="guessed it"))["confirmAccount"]
    refusal = {"field": "password", "code": "INVALID", "message": "Invalid password"}
    assert wrong == {"user": None, "errors": [refusal]}
    early = await api.run(LOGIN, email="pia@example.com", password=PASSWORD)
    assert [error["code"] for error in early["tokenCreate"]["errors"]] == ["ACCOUNT_NOT_CONFIRMED"]
    right = (await api.run(confirm, token=token_in(mail), password=PASSWORD))["confirmAccount"]
    assert right == {"user": {"isConfirmed": True}, "errors": []}


async def test_from_registration_to_dead_tokens(api: Api, ctx: Ctx) -> None:
    data = await api.run(REGISTER, input=registration(" Ada@Example.com ", firstName="Ada"))
    answer = data["accountRegister"]
    assert answer["errors"] == []
    assert answer["user"] == {
        "id": "",
        "email": "ada@example.com",
        "firstName": "Ada",
        "isActive": True,
        "isStaff": False,
        "addresses": [],
        "permissionGroups": [],
    }
    early = await api.run(LOGIN, email="ada@example.com", password=PASSWORD)
    assert [error["code"] for error in early["tokenCreate"]["errors"]] == ["ACCOUNT_NOT_CONFIRMED"]

    (mail,) = await delivered(ctx, "ada@example.com")
    assert link_in(mail).startswith("http://localhost:3000/hello?shop=1&email=ada%40example.com&token=")
    confirm = (
        'mutation($t: String!) { confirmAccount(email: "ADA@example.com", token: $t) {'
        " user { isConfirmed } errors { code } } }"
    )
    for _ in range(2):
        confirmed = await api.run(confirm, t=token_in(mail))
        assert confirmed["confirmAccount"] == {"user": {"isConfirmed": True}, "errors": []}

    login = (await api.run(LOGIN, email="ada@example.com", password=PASSWORD))["tokenCreate"]
    assert login["errors"] == []
    assert login["user"]["lastLogin"] is not None
    ada = Api(api.http, login["token"])
    assert (await ada.run(ME))["me"]["firstName"] == "Ada"

    refresh = (
        "mutation($r: String, $c: String) { tokenRefresh(refreshToken: $r, csrfToken: $c) {"
        " token user { email } errors { code field } } }"
    )
    again = (await api.run(refresh, r=login["refreshToken"], c=login["csrfToken"]))["tokenRefresh"]
    assert again["errors"] == []
    assert again["user"] == {"email": "ada@example.com"}
    newer = Api(api.http, again["token"])
    assert (await newer.run(ME))["me"]["email"] == "ada@example.com"

    other = await api.log_in("ada@example.com", PASSWORD)

    change = (
        "mutation($o: String, $n: String!) { passwordChange(oldPassword: $o, newPassword: $n) {"
        " errors { field code } } }"
    )
    wrong = (await newer.run(change, o="not it at all", n="another afternoon"))["passwordChange"]
    assert wrong["errors"] == [{"field": "oldPassword", "code": "INVALID_CREDENTIALS"}]
    weak = (await newer.run(change, o=PASSWORD, n="password123"))["passwordChange"]
    assert weak["errors"] == [{"field": "newPassword", "code": "PASSWORD_TOO_COMMON"}]
    assert (await newer.run(change, o=PASSWORD, n="another afternoon"))["passwordChange"]["errors"] == []

    assert (await newer.run(ME))["me"]["email"] == "ada@example.com"
    assert await other.signed_out()
    assert (await other.errors("{ customers(first: 1) { totalCount } }"))[0]["extensions"] == {
        "code": "InvalidTokenError",
        "exception": {"code": "InvalidTokenError"},
    }
    assert (await newer.run("mutation { tokensDeactivateAll { errors { code } } }"))["tokensDeactivateAll"][
        "errors"
    ] == []
    for dead in (ada, newer):
        assert await dead.signed_out()
    api.http.cookies.clear()
    for token, code in (
        (login["refreshToken"], "JWT_INVALID_TOKEN"),
        (again["token"], "JWT_INVALID_TOKEN"),
        (None, "JWT_MISSING_TOKEN"),
    ):
        refused = (await api.run(refresh, r=token))["tokenRefresh"]
        assert refused == {"token": None, "user": None, "errors": [{"code": code, "field": "refreshToken"}]}
    old = (await api.run(LOGIN, email="ada@example.com", password=PASSWORD))["tokenCreate"]
    assert old["errors"] == [
        {"field": "email", "code": "INVALID_CREDENTIALS", "message": "Please, enter valid credentials"}
    ]
    await api.log_in("ada@example.com", "another afternoon")
    assert [mail["Subject"] for mail in await delivered(ctx, "ada@example.com")] == [
        "Confirm your e-mail address",
        "Your password was changed",
    ]


async def test_registering_a_known_address_looks_the_same_and_changes_nothing(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "known@example.com", first_name="Kim")
    fresh = await api.run(REGISTER, input=registration("fresh@example.com", firstName="X"))
    known = await api.run(REGISTER, input=registration("known@example.com", firstName="X", password="somebody else's"))
    for data in (fresh, known):
        data["accountRegister"]["user"].pop("email")
    assert fresh == known
    (mail,) = await delivered(ctx, "known@example.com")
    assert mail["Subject"] == "You already have an account"
    kim = await api.log_in("known@example.com", PASSWORD)
    assert (await kim.run(ME))["me"]["firstName"] == "Kim"


async def test_a_link_confirms_only_the_registration_it_was_mailed_for(api: Api, ctx: Ctx) -> None:
    await api.run(REGISTER, input=registration("victim@example.com", password="the attacker's own"))
    (first,) = await delivered(ctx, "victim@example.com")
    await api.run(REGISTER, input=registration("victim@example.com", password="the victim's own"))
    second = (await delivered(ctx, "victim@example.com"))[1]
    confirm = (
        'mutation($t: String!) { confirmAccount(email: "victim@example.com", token: $t) { errors { field code } } }'
    )
    stale = await api.run(confirm, t=token_in(first))
    assert stale["confirmAccount"]["errors"] == [{"field": "token", "code": "INVALID"}]
    assert (await api.run(confirm, t=token_in(second)))["confirmAccount"]["errors"] == []
    await api.log_in("victim@example.com", "the victim's own")


@pytest.mark.parametrize(
    ("values", "field", "code"),
    [
        ({"email": "nobody"}, "email", "INVALID"),
        ({"email": "  "}, "email", "REQUIRED"),
        ({"password": "short"}, "password", "PASSWORD_TOO_SHORT"),
        ({"password": "12345678901"}, "password", "PASSWORD_ENTIRELY_NUMERIC"),
        ({"firstName": "A\u0001B"}, "firstName", "INVALID"),
        ({"lastName": "x" * 257}, "lastName", "INVALID"),
        ({"redirectUrl": "https://evil.example/"}, "redirectUrl", "INVALID"),
        ({"redirectUrl": None}, "redirectUrl", "REQUIRED"),
        ({"metadata": [{"key": " ", "value": "x"}]}, "metadata", "REQUIRED"),
    ],
)
async def test_a_registration_that_cannot_be_is_refused(
    api: Api, ctx: Ctx, values: dict[str, Any], field: str, code: str
) -> None:
    data = await api.run(REGISTER, input=registration("refused@example.com") | values)
    assert data["accountRegister"]["user"] is None
    assert [(e["field"], e["code"]) for e in data["accountRegister"]["errors"]] == [(field, code)]
    assert await delivered(ctx, "refused@example.com") == []


async def test_a_forgotten_password_is_replaced_once_by_mail(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "forgot@example.com", is_confirmed=False)
    ask = (
        "mutation($e: String!, $r: String!) { requestPasswordReset(email: $e, redirectUrl: $r) {"
        " errors { field code } } }"
    )
    for email in ("forgot@example.com", "unknown@example.com"):
        answer = await api.run(ask, e=email, r="http://localhost/reset")
        assert answer["requestPasswordReset"] == {"errors": []}
    elsewhere = await api.run(ask, e="forgot@example.com", r="http://evil.example/")
    assert elsewhere["requestPasswordReset"]["errors"] == [{"field": "redirectUrl", "code": "INVALID"}]
    assert await delivered(ctx, "unknown@example.com") == []
    (mail,) = await delivered(ctx, "forgot@example.com")
    reset = (
        'mutation($e: String!, $t: String!) { setPassword(email: $e, token: $t, password: "a new beginning") {'
        " token refreshToken user { email isConfirmed } errors { field code } } }"
    )
    wrong = await api.run(reset, e="other@example.com", t=token_in(mail))
    assert wrong["setPassword"]["errors"] == [{"field": "token", "code": "INVALID"}]
    done = (await api.run(reset, e="forgot@example.com", t=token_in(mail)))["setPassword"]
    assert done["errors"] == []
    assert done["user"] == {"email": "forgot@example.com", "isConfirmed": True}
    assert (await Api(api.http, done["token"]).run(ME))["me"]["email"] == "forgot@example.com"
    twice = (await api.run(reset, e="forgot@example.com", t=token_in(mail)))["setPassword"]
    assert twice["errors"] == [{"field": "token", "code": "INVALID"}]
    await api.log_in("forgot@example.com", "a new beginning")


async def test_an_address_is_mailed_only_so_often(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "bombed@example.com")
    for _ in range(5):
        await api.run(
            'mutation { requestPasswordReset(email: "bombed@example.com", redirectUrl: "http://localhost/") {'
            " errors { code } } }"
        )
    assert len(await delivered(ctx, "bombed@example.com")) == 3


async def test_an_address_book_is_its_owners_alone(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "owner@example.com")
    await make_user(ctx, "other@example.com")
    owner = await api.log_in("owner@example.com", PASSWORD)
    other = await api.log_in("other@example.com", PASSWORD)
    create = (
        "mutation($i: AddressInput!, $t: AddressTypeEnum) { accountAddressCreate(input: $i, type: $t) {"
        " address { id city phone country { code country } isDefaultShippingAddress isDefaultBillingAddress"
        " metadata { key value } }"
        " user { addresses { id } } errors { field code addressType } } }"
    )
    made = await owner.run(create, i=ADDRESS | {"metadata": [{"key": "k", "value": "v"}]}, t="SHIPPING")
    answer = made["accountAddressCreate"]
    assert answer["errors"] == []
    address_id = answer["address"].pop("id")
    assert answer["address"] == {
        "city": "Mountain View",
        "phone": "+16502530000",
        "country": {"code": "US", "country": "United States"},
        "isDefaultShippingAddress": True,
        "isDefaultBillingAddress": False,
        "metadata": [{"key": "k", "value": "v"}],
    }
    faulty = await owner.run(create, i=ADDRESS | {"postalCode": "ABC", "city": "", "phone": "12"}, t="BILLING")
    assert faulty["accountAddressCreate"]["errors"] == [
        {"field": "city", "code": "REQUIRED", "addressType": "BILLING"},
        {"field": "postalCode", "code": "INVALID", "addressType": "BILLING"},
        {"field": "phone", "code": "INVALID", "addressType": "BILLING"},
    ]

    update = (
        "mutation($id: ID!, $i: AddressInput!) { accountAddressUpdate(id: $id, input: $i) {"
        " address { city postalCode } errors { field code } } }"
    )
    delete = "mutation($id: ID!) { accountAddressDelete(id: $id) { address { id } errors { field code } } }"
    default = "mutation($id: ID!) { accountSetDefaultAddress(id: $id, type: BILLING) { errors { field code } } }"
    read = "query($id: ID!) { address(id: $id) { city } }"
    unknown = to_global("Address", 999_999)
    for foreign in (address_id, unknown):
        refused = [
            (await other.run(update, id=foreign, i={"city": "Palo Alto"}))["accountAddressUpdate"]["errors"],
            (await other.run(delete, id=foreign))["accountAddressDelete"]["errors"],
            (await other.run(default, id=foreign))["accountSetDefaultAddress"]["errors"],
        ]
        assert refused == [[{"field": "id", "code": "NOT_FOUND"}]] * 3
        assert (await other.run(read, id=foreign))["address"] is None

    changed = await owner.run(update, id=address_id, i={"city": "Palo Alto"})
    assert changed["accountAddressUpdate"] == {"address": {"city": "Palo Alto", "postalCode": "94043"}, "errors": []}
    assert (await owner.run(default, id=address_id))["accountSetDefaultAddress"]["errors"] == []
    assert (await owner.run(ME))["me"]["defaultShippingAddress"] == {"id": address_id}
    assert (await owner.run(delete, id=address_id))["accountAddressDelete"] == {
        "address": {"id": address_id},
        "errors": [],
    }
    me = (await owner.run(ME))["me"]
    assert (me["addresses"], me["defaultShippingAddress"]) == ([], None)


async def test_a_profile_and_its_default_addresses_are_changed_in_place(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "profile@example.com", first_name="Old", last_name="Name", meta={"kept": "1"})
    person = await api.log_in("profile@example.com", PASSWORD)
    update = (
        "mutation($i: AccountInput!) { accountUpdate(input: $i) { user { firstName lastName languageCode"
        " addresses { city isDefaultBillingAddress isDefaultShippingAddress } metafields }"
        " errors { field code addressType } } }"
    )
    first = await person.run(
        update,
        i={
            "firstName": "New",
            "languageCode": "PT_BR",
            "metadata": [{"key": "added", "value": "2"}],
            "defaultBillingAddress": ADDRESS,
        },
    )
    assert first["accountUpdate"] == {
        "user": {
            "firstName": "New",
            "lastName": "Name",
            "languageCode": "PT_BR",
            "addresses": [
                {"city": "Mountain View", "isDefaultBillingAddress": True, "isDefaultShippingAddress": False}
            ],
            "metafields": {"kept": "1", "added": "2"},
        },
        "errors": [],
    }
    second = await person.run(update, i={"defaultBillingAddress": ADDRESS | {"city": "Palo Alto"}})
    assert [a["city"] for a in second["accountUpdate"]["user"]["addresses"]] == ["Palo Alto"]
    faulty = await person.run(update, i={"firstName": "Lost", "defaultShippingAddress": {"country": "US"}})
    assert {e["addressType"] for e in faulty["accountUpdate"]["errors"]} == {"SHIPPING"}
    assert (await person.run(ME))["me"]["firstName"] == "New"


async def test_a_new_mail_address_must_prove_itself(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "before@example.com")
    await make_user(ctx, "taken@example.com")
    person = await api.log_in("before@example.com", PASSWORD)
    ask = (
        "mutation($n: String!, $p: String!) { requestEmailChange(newEmail: $n, password: $p,"
        ' redirectUrl: "http://localhost/") { errors { field code } } }'
    )
    wrong = await person.run(ask, n="after@example.com", p="not it at all")
    assert wrong["requestEmailChange"]["errors"] == [{"field": "password", "code": "INVALID_CREDENTIALS"}]
    for new in ("after@example.com", "taken@example.com"):
        assert (await person.run(ask, n=new, p=PASSWORD))["requestEmailChange"]["errors"] == []
    assert await delivered(ctx, "taken@example.com") == []
    (mail,) = await delivered(ctx, "after@example.com")
    confirm = "mutation($t: String!) { confirmEmailChange(token: $t) { user { email } errors { field code } } }"
    stranger = await api.log_in("taken@example.com", PASSWORD)
    stolen = await stranger.run(confirm, t=token_in(mail))
    assert stolen["confirmEmailChange"]["errors"] == [{"field": "token", "code": "INVALID"}]
    done = await person.run(confirm, t=token_in(mail))
    assert done["confirmEmailChange"] == {"user": {"email": "after@example.com"}, "errors": []}
    again = await person.run(confirm, t=token_in(mail))
    assert again["confirmEmailChange"]["errors"] == [{"field": "token", "code": "INVALID"}]
    assert [m["Subject"] for m in await delivered(ctx, "before@example.com")] == ["Your e-mail address was changed"]


async def test_who_leaves_is_forgotten(api: Api, ctx: Ctx) -> None:
    user_id = await make_user(ctx, "leaving@example.com", first_name="Leo", note="likes tea", meta={"a": "b"})
    person = await api.log_in("leaving@example.com", PASSWORD)
    await person.run("mutation($i: AddressInput!) { accountAddressCreate(input: $i) { errors { code } } }", i=ADDRESS)
    ask = 'mutation { accountRequestDeletion(redirectUrl: "http://localhost/bye") { errors { code } } }'
    assert (await person.run(ask))["accountRequestDeletion"]["errors"] == []
    (mail,) = await delivered(ctx, "leaving@example.com")
    delete = (
        "mutation($t: String!) { accountDelete(token: $t) { user { email firstName isActive } errors { field code } } }"
    )
    other = await make_user(ctx, "staying@example.com")
    stranger = await api.log_in("staying@example.com", PASSWORD)
    refused = await stranger.run(delete, t=token_in(mail))
    assert refused["accountDelete"]["errors"] == [{"field": "token", "code": "INVALID"}]
    done = await person.run(delete, t=token_in(mail))
    assert done["accountDelete"] == {
        "user": {"email": f"{user_id}@deleted.invalid", "firstName": "", "isActive": False},
        "errors": [],
    }
    assert await person.signed_out()
    (gone,) = await queries.users_by_ids(ctx, [user_id])
    assert gone is not None
    assert (gone["note"], gone["meta"], gone["last_name"]) == ("", {}, "")
    assert await queries.addresses_of(ctx, [user_id, other]) == [[], []]
    closed = await api.run(LOGIN, email="leaving@example.com", password=PASSWORD)
    assert closed["tokenCreate"]["errors"][0]["code"] == "INVALID_CREDENTIALS"


async def test_staff_do_not_delete_themselves(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "clerk@example.com", is_staff=True)
    clerk = await api.log_in("clerk@example.com", PASSWORD)
    ask = 'mutation { accountRequestDeletion(redirectUrl: "http://localhost/") { errors { code } } }'
    assert (await clerk.run(ask))["accountRequestDeletion"]["errors"] == [{"code": "DELETE_STAFF_ACCOUNT"}]


async def test_all_devices_are_signed_out_at_once(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "devices@example.com")
    phone, laptop = [await api.log_in("devices@example.com", PASSWORD) for _ in range(2)]
    verify = "mutation($t: String!) { tokenVerify(token: $t) { isValid user { email } payload errors { code } } }"
    good = (await api.run(verify, t=laptop.token))["tokenVerify"]
    assert (good["isValid"], good["user"]) == (True, {"email": "devices@example.com"})
    assert good["payload"]["iss"] == "http://shop.test/graphql/"
    await phone.run("mutation { tokensDeactivateAll { errors { code } } }")
    for token in (phone.token, laptop.token, "nonsense"):
        dead = (await api.run(verify, t=token))["tokenVerify"]
        assert dead == {"isValid": False, "user": None, "payload": None, "errors": [{"code": "JWT_INVALID_TOKEN"}]}


async def test_a_closed_account_says_so_only_to_who_knows_the_password(api: Api, ctx: Ctx) -> None:
    await make_user(ctx, "closed@example.com", is_active=False)
    right = await api.run(LOGIN, email="closed@example.com", password=PASSWORD)
    wrong = await api.run(LOGIN, email="closed@example.com", password="not it at all")
    assert right["tokenCreate"]["errors"][0]["code"] == "INACTIVE"
    assert wrong["tokenCreate"]["errors"][0]["code"] == "INVALID_CREDENTIALS"


async def test_address_rules_are_told_per_country(api: Api) -> None:
    data = await api.run(
        "{ addressValidationRules(countryCode: US) { addressFormat allowedFields requiredFields countryAreaType"
        " countryAreaChoices { raw verbose } cityType postalCodeType postalCodeExamples } }"
    )
    rules = data["addressValidationRules"]
    assert {"streetAddress1", "streetAddress2", "postalCode"} <= set(rules["allowedFields"])
    assert set(rules["requiredFields"]) == {"city", "countryArea", "postalCode", "streetAddress1"}
    assert {"raw": "CA", "verbose": "California"} in rules["countryAreaChoices"]
    (error,) = await api.errors("{ addressValidationRules(countryCode: EU) { addressFormat } }")
    assert error["extensions"]["code"] == "GraphQLError"


async def test_our_keys_are_published(api: Api) -> None:
    response = await api.http.get("/.well-known/jwks.json")
    assert response.status_code == 200
    assert [set(key) for key in response.json()["keys"]] == [{"kty", "n", "e", "use", "alg", "kid"}]


async def test_mail_goes_by_smtp_where_a_server_is_set(ctx: Ctx) -> None:
    class Inbox:
        def __init__(self) -> None:
            self.got: list[Any] = []

        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            self.got.append(envelope)
            return "250 OK"

    inbox = Inbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Controller(inbox, hostname="127.0.0.1", port=port)
    server.start()
    try:
        settings = ctx.settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}")})
        await send(replace(ctx, settings=settings), Mail("ada@example.com", "Grüße", "Schöne Grüße\n"))
    finally:
        server.stop()
    (envelope,) = inbox.got
    assert (envelope.mail_from, envelope.rcpt_tos) == ("shop@example.com", ["ada@example.com"])
