"""Reaching for accounts without the right to: every denial leaves all rows as they were."""

from typing import Any

import pytest

from engine.accounts.models import App, AppToken
from engine.accounts.rules import ALL_PERMISSIONS
from engine.accounts.tokens import app_token_hash, new_app_token
from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import int_pk, to_global
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows.shop import Shop
from engine.orders.models import Order
from schema.accounts.mutations import AccountsMutations
from schema.accounts.queries import AccountsQueries
from schema.execution.fields import spec_of
from tests.api import Api
from tests.people import PASSWORD, make_group, make_staff, make_user

pytestmark = pytest.mark.anyio

TABLES = (
    "account_user", "account_group", "account_group_user", "account_group_channel", "account_session", "address",
    "app", "app_token", "outbox_event", "pgqueuer",
)  # fmt: skip
_STATE = Statement(
    sa.text(
        "SELECT md5(concat("
        + ", '|', ".join(f"(SELECT string_agg(t::text, '/' ORDER BY t::text) FROM {name} t)" for name in TABLES)
        + "))"
    )
)
ID = {name: to_global(name, 1) for name in ("User", "Group", "App", "AppToken", "Address", "Channel")}
ADDRESS = '{streetAddress1: "x", city: "y", country: DE, postalCode: "10115", lastName: "z"}'

STAFF_ONLY = {
    "customers(first: 1) { edges { node { email } } }": "query",
    "staffUsers(first: 1) { edges { node { email } } }": "query",
    "permissionGroups(first: 1) { edges { node { name } } }": "query",
    f'permissionGroup(id: "{ID["Group"]}") {{ name }}': "query",
    f'user(id: "{ID["User"]}") {{ email }}': "query",
    'user(email: "superuser@perm.example") { email }': "query",
    "apps(first: 1) { edges { node { name } } }": "query",
    f'app(id: "{ID["App"]}") {{ name }}': "query",
    'permissionGroupCreate(input: {name: "mine"}) { errors { code } }': "mutation",
    f'permissionGroupUpdate(id: "{ID["Group"]}", input: {{name: "mine"}}) {{ errors {{ code }} }}': "mutation",
    f'permissionGroupDelete(id: "{ID["Group"]}") {{ errors {{ code }} }}': "mutation",
    'staffCreate(input: {email: "mole@example.com"}) { errors { code } }': "mutation",
    f'staffUpdate(id: "{ID["User"]}", input: {{isActive: false}}) {{ errors {{ code }} }}': "mutation",
    f'staffDelete(id: "{ID["User"]}") {{ errors {{ code }} }}': "mutation",
    'customerCreate(input: {email: "mine@e.fm"}) { errors { code } }': "mutation",
    f'customerUpdate(id: "{ID["User"]}", input: {{email: "mine@e.fm"}}) {{ errors {{ code }} }}': "mutation",
    f'customerDelete(id: "{ID["User"]}") {{ errors {{ code }} }}': "mutation",
    f'customerBulkDelete(ids: ["{ID["User"]}"]) {{ errors {{ code }} }}': "mutation",
    f'addressCreate(userId: "{ID["User"]}", input: {ADDRESS}) {{ errors {{ code }} }}': "mutation",
    f'addressUpdate(id: "{ID["Address"]}", input: {{city: "x"}}) {{ errors {{ code }} }}': "mutation",
    f'addressDelete(id: "{ID["Address"]}") {{ errors {{ code }} }}': "mutation",
    f'addressSetDefault(addressId: "{ID["Address"]}", userId: "{ID["User"]}", type: BILLING) {{ errors {{ code }} }}': (
        "mutation"
    ),
    'appCreate(input: {name: "mine"}) { authToken errors { code } }': "mutation",
    f'appUpdate(id: "{ID["App"]}", input: {{name: "mine"}}) {{ errors {{ code }} }}': "mutation",
    f'appDelete(id: "{ID["App"]}") {{ errors {{ code }} }}': "mutation",
    f'appActivate(id: "{ID["App"]}") {{ errors {{ code }} }}': "mutation",
    f'appDeactivate(id: "{ID["App"]}") {{ errors {{ code }} }}': "mutation",
    f'appTokenCreate(input: {{app: "{ID["App"]}"}}) {{ authToken errors {{ code }} }}': "mutation",
    f'appTokenDelete(id: "{ID["AppToken"]}") {{ errors {{ code }} }}': "mutation",
}
SIGNED_IN_ONLY = {
    f'address(id: "{ID["Address"]}") {{ city }}': "query",
    "tokensDeactivateAll { errors { code } }": "mutation",
    'passwordChange(newPassword: "long enough") { errors { code } }': "mutation",
    'requestEmailChange(password: "x", newEmail: "n@e.fm", redirectUrl: "http://a/") { errors { code } }': "mutation",
    'confirmEmailChange(token: "x") { errors { code } }': "mutation",
    'accountUpdate(input: {firstName: "x"}) { errors { code } }': "mutation",
    f"accountAddressCreate(input: {ADDRESS}) {{ errors {{ code }} }}": "mutation",
    f'accountAddressUpdate(id: "{ID["Address"]}", input: {{city: "x"}}) {{ errors {{ code }} }}': "mutation",
    f'accountAddressDelete(id: "{ID["Address"]}") {{ errors {{ code }} }}': "mutation",
    f'accountSetDefaultAddress(id: "{ID["Address"]}", type: BILLING) {{ errors {{ code }} }}': "mutation",
    'accountRequestDeletion(redirectUrl: "http://localhost/") { errors { code } }': "mutation",
    'accountDelete(token: "x") { errors { code } }': "mutation",
    "userAvatarDelete { errors { code } }": "mutation",
}
NEEDS_A_FILE = {"userAvatarUpdate"}
"""Denied in tests/flow/test_uploads.py."""


class Cast:
    """Who tries, and whom and what they try it on."""

    def __init__(self, api: Api):
        self.nobody = api
        self.ids: dict[str, str] = {}
        self.actors: dict[str, Api] = {}


@pytest.fixture(scope="module")
async def cast(api: Api, shop: Shop) -> Cast:
    ctx = shop.ctx()
    made = Cast(api)
    superuser = await make_user(ctx, "superuser@perm.example", is_staff=True, is_superuser=True)
    await make_user(ctx, "customer@perm.example")
    await make_staff(ctx, "packer@perm.example", "MANAGE_PRODUCTS")
    hr = await make_staff(ctx, "hr@perm.example", "MANAGE_STAFF", "MANAGE_APPS", "MANAGE_USERS")
    strong = await make_staff(ctx, "strong@perm.example", "MANAGE_STAFF", "MANAGE_ORDERS")
    strong_group = await make_group(ctx, "strong", "MANAGE_ORDERS", "MANAGE_SETTINGS", members=(strong,))
    weak_group = await make_group(ctx, "weak", "MANAGE_USERS")
    token = new_app_token()

    async def things(tx: WriteCtx) -> dict[str, int]:
        app = App(name="strong app", permissions=["MANAGE_ORDERS"])
        channels = [Channel(slug=slug, name=slug, currency="USD", default_country="US") for slug in ("own", "foreign")]
        tx.add(app, *channels)
        await tx.session.flush()
        row = AppToken(app_id=app.id or 0, token_hash=app_token_hash(token), last_4=token[-4:])
        tx.add(row)
        await tx.session.flush()
        return {"App": app.id or 0, "AppToken": row.id or 0, "own": channels[0].id or 0, "foreign": channels[1].id or 0}

    ids = await transact(ctx, things)
    local = await make_user(ctx, "limited@perm.example", is_staff=True)
    await make_group(ctx, "limited", "MANAGE_STAFF", members=(local,), channels=(ids["own"],))
    everywhere = await make_group(ctx, "staff everywhere", "MANAGE_STAFF")
    made.ids = {
        "superuser": to_global("User", superuser),
        "hr": to_global("User", hr),
        "strong": to_global("User", strong),
        "strong group": to_global("Group", strong_group),
        "weak group": to_global("Group", weak_group),
        "staff everywhere": to_global("Group", everywhere),
        "app": to_global("App", ids["App"]),
        "token": to_global("AppToken", ids["AppToken"]),
        "own": to_global("Channel", ids["own"]),
        "foreign": to_global("Channel", ids["foreign"]),
    }
    for name in ("customer", "packer", "hr", "limited", "superuser"):
        made.actors[name] = await api.log_in(f"{name}@perm.example", PASSWORD)
    made.actors["app"] = Api(api.http, token)
    await ctx.release()
    return made


async def state(ctx: Ctx) -> str:
    return str(await ctx.value(_STATE))


@pytest.mark.parametrize("actor", ["nobody", "customer", "packer", "app"])
async def test_staffs_own_fields_are_shut_to_all_others(ctx: Ctx, cast: Cast, actor: str) -> None:
    client = cast.nobody if actor == "nobody" else cast.actors[actor]
    before = await state(ctx)
    for field, operation in STAFF_ONLY.items():
        # an app may ask about itself, and one with MANAGE_ORDERS about customers
        if actor == "app" and field.startswith(("app(", "user(", "customers(")):
            continue
        body = (await client.send(f"{operation} {{ f: {field} }}")).json()
        assert body["data"] is None or body["data"]["f"] is None, field
        assert [error["extensions"]["code"] for error in body["errors"]] == ["PermissionDenied"], field
    assert await state(ctx) == before


@pytest.mark.parametrize("actor", ["nobody", "app"])
async def test_a_persons_own_fields_need_a_person(ctx: Ctx, cast: Cast, actor: str) -> None:
    client = cast.nobody if actor == "nobody" else cast.actors[actor]
    before = await state(ctx)
    for field, operation in SIGNED_IN_ONLY.items():
        body = (await client.send(f"{operation} {{ f: {field} }}")).json()
        assert body["data"] is None or body["data"]["f"] is None, field
        assert [error["extensions"]["code"] for error in body["errors"]] == ["PermissionDenied"], field
    assert await state(ctx) == before


async def test_the_lists_above_leave_out_no_field_of_accounts() -> None:
    shut = {field.partition("(")[0].partition(" ")[0] for field in (*STAFF_ONLY, *SIGNED_IN_ONLY)}
    declared: dict[str, Any] = {}
    for kind in (AccountsQueries, AccountsMutations):
        for field in kind.__strawberry_definition__.fields:  # type: ignore[attr-defined]
            name = field.python_name.split("_")[0] + "".join(p.capitalize() for p in field.python_name.split("_")[1:])
            declared[name] = spec_of(field)
    public = {
        name for name, spec in declared.items() if spec is not None and spec.guard is not None and spec.guard.anyone
    }
    assert public == {
        "me", "addressValidationRules", "tokenCreate", "tokenRefresh", "tokenVerify", "accountRegister",
        "confirmAccount", "requestPasswordReset", "setPassword", "externalAuthenticationUrl",
        "externalObtainAccessTokens", "externalRefresh", "externalVerify", "externalLogout",
    }  # fmt: skip
    assert declared.keys() - public == shut | NEEDS_A_FILE


GROUP_ERRORS = "errors { field code permissions users channels }"
STAFF_ERRORS = "errors { field code permissions groups users }"
CREATE_GROUP = (
    f"mutation($i: PermissionGroupCreateInput!) {{ r: permissionGroupCreate(input: $i) {{ {GROUP_ERRORS} }} }}"
)
UPDATE_GROUP = (
    "mutation($id: ID!, $i: PermissionGroupUpdateInput!) {"
    f" r: permissionGroupUpdate(id: $id, input: $i) {{ {GROUP_ERRORS} }} }}"
)
CREATE_STAFF = f"mutation($i: StaffCreateInput!) {{ r: staffCreate(input: $i) {{ {STAFF_ERRORS} }} }}"
UPDATE_STAFF = (
    f"mutation($id: ID!, $i: StaffUpdateInput!) {{ r: staffUpdate(id: $id, input: $i) {{ {STAFF_ERRORS} }} }}"
)
BY_ID = "mutation($id: ID!) {{ r: {name}(id: $id) {{ errors {{ field code }} }} }}"
CREATE_APP = "mutation($i: AppInput!) { r: appCreate(input: $i) { authToken errors { field code permissions } } }"
UPDATE_APP = "mutation($id: ID!, $i: AppInput!) { r: appUpdate(id: $id, input: $i) { errors { field code } } }"
CREATE_TOKEN = "mutation($i: AppTokenInput!) { r: appTokenCreate(input: $i) { authToken errors { field code } } }"


def climbs(ids: dict[str, str]) -> list[tuple[str, dict[str, Any], str]]:
    """Ways in which who manages staff and apps, and no more, might come by more."""
    permission = "OUT_OF_SCOPE_PERMISSION"
    return [
        (CREATE_GROUP, {"i": {"name": "up", "addPermissions": ["MANAGE_ORDERS"]}}, "OUT_OF_SCOPE_PERMISSION"),
        (UPDATE_GROUP, {"id": ids["weak group"], "i": {"addPermissions": ["MANAGE_SETTINGS"]}}, permission),
        (UPDATE_GROUP, {"id": ids["strong group"], "i": {"addUsers": [ids["hr"]]}}, "OUT_OF_SCOPE_PERMISSION"),
        (UPDATE_GROUP, {"id": ids["strong group"], "i": {"removePermissions": ["MANAGE_ORDERS"]}}, permission),
        (UPDATE_GROUP, {"id": ids["weak group"], "i": {"addUsers": [ids["superuser"]]}}, "OUT_OF_SCOPE_USER"),
        (UPDATE_GROUP, {"id": ids["weak group"], "i": {"addUsers": [ids["strong"]]}}, "OUT_OF_SCOPE_USER"),
        (BY_ID.format(name="permissionGroupDelete"), {"id": ids["strong group"]}, "OUT_OF_SCOPE_PERMISSION"),
        (CREATE_STAFF, {"i": {"email": "mole@perm.example", "addGroups": [ids["strong group"]]}}, "OUT_OF_SCOPE_GROUP"),
        (UPDATE_STAFF, {"id": ids["hr"], "i": {"addGroups": [ids["strong group"]]}}, "OUT_OF_SCOPE_GROUP"),
        (UPDATE_STAFF, {"id": ids["superuser"], "i": {"email": "mine@perm.example"}}, "OUT_OF_SCOPE_USER"),
        (UPDATE_STAFF, {"id": ids["strong"], "i": {"email": "mine@perm.example"}}, "OUT_OF_SCOPE_USER"),
        (UPDATE_STAFF, {"id": ids["strong"], "i": {"isActive": False}}, "OUT_OF_SCOPE_USER"),
        (UPDATE_STAFF, {"id": ids["strong"], "i": {"removeGroups": [ids["strong group"]]}}, "OUT_OF_SCOPE_USER"),
        (UPDATE_STAFF, {"id": ids["hr"], "i": {"isActive": False}}, "DEACTIVATE_OWN_ACCOUNT"),
        (BY_ID.format(name="staffDelete"), {"id": ids["superuser"]}, "OUT_OF_SCOPE_USER"),
        (BY_ID.format(name="staffDelete"), {"id": ids["hr"]}, "DELETE_OWN_ACCOUNT"),
        (CREATE_APP, {"i": {"name": "up", "permissions": ["MANAGE_ORDERS"]}}, "OUT_OF_SCOPE_PERMISSION"),
        (UPDATE_APP, {"id": ids["app"], "i": {"name": "mine"}}, "OUT_OF_SCOPE_APP"),
        (CREATE_TOKEN, {"i": {"app": ids["app"]}}, "OUT_OF_SCOPE_APP"),
        (BY_ID.format(name="appTokenDelete"), {"id": ids["token"]}, "OUT_OF_SCOPE_APP"),
        (BY_ID.format(name="appDeactivate"), {"id": ids["app"]}, "OUT_OF_SCOPE_APP"),
        (BY_ID.format(name="appDelete"), {"id": ids["app"]}, "OUT_OF_SCOPE_APP"),
    ]  # fmt: skip


async def test_who_manages_staff_cannot_climb_above_themselves(ctx: Ctx, cast: Cast) -> None:
    before = await state(ctx)
    for query, variables, code in climbs(cast.ids):
        answer = (await cast.actors["hr"].run(query, **variables))["r"]
        assert [error["code"] for error in answer["errors"]] == [code], variables
        assert answer.get("authToken") is None
    assert await state(ctx) == before


async def test_holding_every_permission_does_not_open_a_superusers_account(ctx: Ctx, cast: Cast) -> None:
    await make_staff(ctx, "viceroy@perm.example", *ALL_PERMISSIONS)
    viceroy = await cast.nobody.log_in("viceroy@perm.example", PASSWORD)
    before = await state(ctx)
    for query, variables in (
        (UPDATE_STAFF, {"id": cast.ids["superuser"], "i": {"email": "mine@perm.example"}}),
        (BY_ID.format(name="staffDelete"), {"id": cast.ids["superuser"]}),
        (UPDATE_GROUP, {"id": cast.ids["weak group"], "i": {"removeUsers": [cast.ids["superuser"]]}}),
    ):
        answer = (await viceroy.run(query, **variables))["r"]
        assert [error["code"] for error in answer["errors"]] == ["OUT_OF_SCOPE_USER"]
    assert await state(ctx) == before


async def test_staff_of_one_channel_give_rights_in_that_channel_alone(ctx: Ctx, cast: Cast) -> None:
    limited, ids = cast.actors["limited"], cast.ids
    before = await state(ctx)
    for query, variables, code in (
        (CREATE_GROUP, {"i": {"name": "wide", "addPermissions": ["MANAGE_STAFF"]}}, "OUT_OF_SCOPE_CHANNEL"),
        (
            CREATE_GROUP,
            {"i": {"name": "wide", "restrictedAccessToChannels": True, "addChannels": [ids["foreign"]]}},
            "OUT_OF_SCOPE_CHANNEL",
        ),
        (UPDATE_GROUP, {"id": ids["staff everywhere"], "i": {"name": "mine"}}, "OUT_OF_SCOPE_CHANNEL"),
        (
            CREATE_STAFF,
            {"i": {"email": "mole@perm.example", "addGroups": [ids["staff everywhere"]]}},
            "OUT_OF_SCOPE_GROUP",
        ),
    ):
        answer = (await limited.run(query, **variables))["r"]
        assert [error["code"] for error in answer["errors"]] == [code], variables
    assert await state(ctx) == before
    own = {"name": "own", "restrictedAccessToChannels": True, "addChannels": [ids["own"]]}
    assert (await limited.run(CREATE_GROUP, i=own))["r"]["errors"] == []


async def test_staff_of_one_channel_come_by_no_other_through_colleagues_and_apps(ctx: Ctx, cast: Cast) -> None:
    own = int_pk(cast.ids["own"], "Channel")
    local = await make_user(ctx, "local@perm.example", is_staff=True)
    peer = await make_user(ctx, "peer@perm.example", is_staff=True)
    rights = ("MANAGE_STAFF", "MANAGE_APPS")
    await make_group(ctx, "of one channel", *rights, members=(local, peer), channels=(own,))
    everywhere = to_global("User", await make_staff(ctx, "wide@perm.example", "MANAGE_APPS"))
    wide = await cast.nobody.log_in("wide@perm.example", PASSWORD)
    app = 'mutation { r: appCreate(input: {name: "wide"}) { app { id tokens { id } } } }'
    made = (await wide.run(app))["r"]["app"]
    caller = await cast.nobody.log_in("local@perm.example", PASSWORD)
    before = await state(ctx)
    for query, variables, code in (
        (UPDATE_STAFF, {"id": everywhere, "i": {"email": "mine@perm.example"}}, "OUT_OF_SCOPE_USER"),
        (BY_ID.format(name="staffDelete"), {"id": everywhere}, "OUT_OF_SCOPE_USER"),
        (CREATE_APP, {"i": {"name": "up", "permissions": ["MANAGE_APPS"]}}, "FORBIDDEN"),
        (UPDATE_APP, {"id": made["id"], "i": {"name": "mine"}}, "OUT_OF_SCOPE_APP"),
        (CREATE_TOKEN, {"i": {"app": made["id"]}}, "OUT_OF_SCOPE_APP"),
        (BY_ID.format(name="appTokenDelete"), {"id": made["tokens"][0]["id"]}, "OUT_OF_SCOPE_APP"),
    ):
        answer = (await caller.run(query, **variables))["r"]
        assert [error["code"] for error in answer["errors"]] == [code], variables
        assert answer.get("authToken") is None
    assert await state(ctx) == before
    renamed = await caller.run(UPDATE_STAFF, id=to_global("User", peer), i={"firstName": "Pia"})
    assert renamed["r"]["errors"] == []


async def test_a_users_private_fields_stay_with_them_and_the_right_staff(ctx: Ctx, cast: Cast) -> None:
    customer = await make_user(ctx, "shy@perm.example", note="a secret")
    reader = await make_staff(ctx, "reader@perm.example", "MANAGE_ORDERS")
    clerk = await cast.nobody.log_in("reader@perm.example", PASSWORD)
    read = "query($id: ID!) { user(id: $id) { email addresses { id } note } }"
    body = (await clerk.send(read, id=to_global("User", customer))).json()
    assert body["data"]["user"] == {"email": "shy@perm.example", "addresses": [], "note": None}
    assert [error["path"] for error in body["errors"]] == [["user", "note"]]
    # who reads customers does not thereby read staff, not even whether there is one of that id
    name = "query($id: ID!) { user(id: $id) { email } }"
    for foreign in (cast.ids["superuser"], to_global("User", 999_999)):
        assert (await clerk.run(name, id=foreign))["user"] is None
    assert (await clerk.run(name, id=to_global("User", reader)))["user"] == {"email": "reader@perm.example"}
    secret = {"password_hash", "passwordHash", "tokenKey", "token_key"}
    shown = await cast.nobody.run('{ __type(name: "User") { fields { name } } }')
    assert secret.isdisjoint(field["name"] for field in shown["__type"]["fields"])


async def test_a_customers_orders_are_shown_to_them_and_to_staff_of_the_channel(ctx: Ctx, cast: Cast) -> None:
    buyer = await make_user(ctx, "buyer@perm.example")
    own, foreign = (int_pk(cast.ids[name], "Channel") for name in ("own", "foreign"))

    async def sell(tx: WriteCtx) -> None:
        for number, channel_id in enumerate((own, foreign, own), start=901):
            status = "DRAFT" if number == 903 else "UNFULFILLED"
            tx.add(Order(number=number, channel_id=channel_id, user_id=buyer, currency="USD", status=status))

    await transact(ctx, sell)
    seller = await make_user(ctx, "seller@perm.example", is_staff=True)
    await make_group(ctx, "sellers", "MANAGE_ORDERS", members=(seller,), channels=(own,))
    fields = "orders(first: 5) { totalCount edges { node { number } } }"
    ask = f"query($id: ID!) {{ user(id: $id) {{ {fields} }} }}"
    person = await cast.nobody.log_in("buyer@perm.example", PASSWORD)
    mine = (await person.run(f"{{ me {{ {fields} }} }}"))["me"]["orders"]
    assert (mine["totalCount"], sorted(e["node"]["number"] for e in mine["edges"])) == (2, ["901", "902"])
    buyer_id = to_global("User", buyer)
    for email, numbers in (("superuser@perm.example", ["901", "902"]), ("seller@perm.example", ["901"])):
        client = await cast.nobody.log_in(email, PASSWORD)
        found = (await client.run(ask, id=buyer_id))["user"]["orders"]
        assert (found["totalCount"], sorted(e["node"]["number"] for e in found["edges"])) == (len(numbers), numbers)
    body = (await cast.actors["hr"].send(ask, id=buyer_id)).json()
    assert body["data"]["user"] == {"orders": None}
    assert [error["extensions"]["code"] for error in body["errors"]] == ["PermissionDenied"]
