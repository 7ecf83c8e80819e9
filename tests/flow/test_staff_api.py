"""Staff, groups and apps over HTTP, as the admin of a shop sets them up."""

from typing import Any

import pytest

from engine.accounts.rules import ALL_PERMISSIONS
from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import to_global
from engine.core.paging import encode_cursor
from engine.core.tables import sa
from engine.flows.shop import Shop
from tests.api import Api
from tests.mailbox import delivered, token_in
from tests.people import PASSWORD, make_group, make_staff, make_user

pytestmark = pytest.mark.anyio

GROUP = (
    "group { id name permissions { code name } restrictedAccessToChannels accessibleChannels { slug }"
    " users { email } userCanManage } errors { field code permissions users channels }"
)
CREATE_GROUP = f"mutation($i: PermissionGroupCreateInput!) {{ permissionGroupCreate(input: $i) {{ {GROUP} }} }}"
UPDATE_GROUP = (
    f"mutation($id: ID!, $i: PermissionGroupUpdateInput!) {{ permissionGroupUpdate(id: $id, input: $i) {{ {GROUP} }} }}"
)
DELETE_GROUP = "mutation($id: ID!) { permissionGroupDelete(id: $id) { group { name } errors { field code } } }"
CREATE_STAFF = (
    "mutation($i: StaffCreateInput!) { staffCreate(input: $i) { user { id email isStaff permissionGroups { name } }"
    " errors { field code groups } } }"
)
UPDATE_STAFF = (
    "mutation($id: ID!, $i: StaffUpdateInput!) { staffUpdate(id: $id, input: $i) {"
    " user { email firstName isActive note permissionGroups { name } } errors { field code users groups } } }"
)


@pytest.fixture(scope="module")
async def admin(api: Api, shop: Shop) -> Api:
    ctx = shop.ctx()
    await make_user(ctx, "boss@example.com", is_staff=True, is_superuser=True)
    await ctx.release()
    return await api.log_in("boss@example.com", PASSWORD)


@pytest.fixture(scope="module")
async def channel_id(shop: Shop) -> int:
    async def work(tx: WriteCtx) -> int:
        usd = Channel(slug="us", name="US", currency="USD", default_country="US")
        tx.add(usd, Channel(slug="eu", name="EU", currency="EUR", default_country="DE"))
        await tx.session.flush()
        assert usd.id is not None
        return usd.id

    return await transact(shop.ctx(), work)


async def test_the_superuser_is_told_all_their_rights_at_login(api: Api, admin: Api, channel_id: int) -> None:
    data = await api.run(
        'mutation { tokenCreate(email: "boss@example.com", password: "a quiet afternoon") { user {'
        " userPermissions { code name } isStaff restrictedAccessToChannels accessibleChannels { slug } } } }"
    )
    user = data["tokenCreate"]["user"]
    assert {p["code"] for p in user["userPermissions"]} == ALL_PERMISSIONS
    assert {"code": "MANAGE_ORDERS", "name": "Manage orders"} in user["userPermissions"]
    assert (user["isStaff"], user["restrictedAccessToChannels"]) == (True, False)
    assert [c["slug"] for c in user["accessibleChannels"]] == ["eu", "us"]


async def test_a_colleague_is_invited_into_a_group_and_leaves_it(
    api: Api, admin: Api, ctx: Ctx, channel_id: int
) -> None:
    made = await admin.run(
        CREATE_GROUP,
        i={
            "name": "Packers",
            "addPermissions": ["MANAGE_ORDERS", "MANAGE_PRODUCTS"],
            "restrictedAccessToChannels": True,
            "addChannels": [to_global("Channel", channel_id)],
        },
    )
    group = made["permissionGroupCreate"]["group"]
    assert made["permissionGroupCreate"]["errors"] == []
    assert [p["code"] for p in group["permissions"]] == ["MANAGE_ORDERS", "MANAGE_PRODUCTS"]
    assert (group["accessibleChannels"], group["userCanManage"]) == ([{"slug": "us"}], True)
    invited = await admin.run(
        CREATE_STAFF,
        i={"email": "Pat@example.com", "addGroups": [group["id"]], "redirectUrl": "http://localhost/welcome"},
    )
    pat_id = invited["staffCreate"]["user"].pop("id")
    assert invited["staffCreate"] == {
        "user": {"email": "pat@example.com", "isStaff": True, "permissionGroups": [{"name": "Packers"}]},
        "errors": [],
    }
    (mail,) = await delivered(ctx, "pat@example.com")
    done = await api.run(
        'mutation($t: String!) { setPassword(email: "pat@example.com", password: "pats own words", token: $t) {'
        " token errors { code } } }",
        t=token_in(mail),
    )
    pat = Api(api.http, done["setPassword"]["token"])
    me = await pat.run("{ me { userPermissions { code } accessibleChannels { slug } restrictedAccessToChannels } }")
    assert me["me"] == {
        "userPermissions": [{"code": "MANAGE_ORDERS"}, {"code": "MANAGE_PRODUCTS"}],
        "accessibleChannels": [{"slug": "us"}],
        "restrictedAccessToChannels": True,
    }
    sources = await admin.run(
        "query($id: ID!) { user(id: $id) { userPermissions { code sourcePermissionGroups(userId: $id) { name } } } }",
        id=pat_id,
    )
    assert [p["sourcePermissionGroups"] for p in sources["user"]["userPermissions"]] == [[{"name": "Packers"}]] * 2

    changed = await admin.run(
        UPDATE_GROUP,
        id=group["id"],
        i={"name": "Senders", "removePermissions": ["MANAGE_PRODUCTS"], "addPermissions": ["MANAGE_SHIPPING"]},
    )
    assert [p["code"] for p in changed["permissionGroupUpdate"]["group"]["permissions"]] == [
        "MANAGE_ORDERS",
        "MANAGE_SHIPPING",
    ]
    moved = await admin.run(
        UPDATE_STAFF, id=pat_id, i={"firstName": "Pat", "note": "night shift\nonly", "removeGroups": [group["id"]]}
    )
    assert moved["staffUpdate"] == {
        "user": {
            "email": "pat@example.com",
            "firstName": "Pat",
            "isActive": True,
            "note": "night shift\nonly",
            "permissionGroups": [],
        },
        "errors": [],
    }
    assert (await pat.run("{ me { userPermissions { code } } }"))["me"]["userPermissions"] == []
    closed = await admin.run(UPDATE_STAFF, id=pat_id, i={"isActive": False})
    assert closed["staffUpdate"]["user"]["isActive"] is False
    assert await pat.signed_out()
    assert (await admin.run(DELETE_GROUP, id=group["id"]))["permissionGroupDelete"] == {
        "group": {"name": "Senders"},
        "errors": [],
    }
    gone = await admin.run(
        "mutation($id: ID!) { staffDelete(id: $id) { user { email } errors { field code } } }", id=pat_id
    )
    assert gone["staffDelete"]["errors"] == []
    assert (await admin.run("query($id: ID!) { user(id: $id) { email isStaff } }", id=pat_id))["user"][
        "isStaff"
    ] is False


async def test_a_customer_who_joins_the_staff_starts_with_a_new_password(api: Api, admin: Api, ctx: Ctx) -> None:
    await make_user(ctx, "regular@example.com")
    customer = await api.log_in("regular@example.com", PASSWORD)
    joined = await admin.run(CREATE_STAFF, i={"email": "regular@example.com"})
    assert joined["staffCreate"]["user"]["isStaff"] is True
    assert await customer.signed_out()
    old = await api.run(
        'mutation { tokenCreate(email: "regular@example.com", password: "a quiet afternoon") { errors { code } } }'
    )
    assert old["tokenCreate"]["errors"] == [{"code": "INVALID_CREDENTIALS"}]
    again = await admin.run(CREATE_STAFF, i={"email": "regular@example.com"})
    assert again["staffCreate"]["errors"] == [{"field": "email", "code": "UNIQUE", "groups": None}]


@pytest.mark.parametrize(
    ("query", "field", "variables", "expected"),
    [
        (CREATE_GROUP, "permissionGroupCreate", {"i": {"name": " "}}, ("name", "REQUIRED")),
        (CREATE_GROUP, "permissionGroupCreate", {"i": {"name": "Taken"}}, ("name", "UNIQUE")),
        (
            CREATE_GROUP,
            "permissionGroupCreate",
            {"i": {"name": "N", "addChannels": [to_global("Channel", 99)]}},
            ("addChannels", "NOT_FOUND"),
        ),
        (
            CREATE_GROUP,
            "permissionGroupCreate",
            {"i": {"name": "N", "addUsers": [to_global("User", 999)]}},
            ("addUsers", "NOT_FOUND"),
        ),
        (
            CREATE_GROUP,
            "permissionGroupCreate",
            {"i": {"name": "N", "addUsers": ["nonsense"]}},
            ("id", "NOT_FOUND"),
        ),
        (UPDATE_GROUP, "permissionGroupUpdate", {"id": to_global("Group", 999), "i": {}}, ("id", "NOT_FOUND")),
        (CREATE_STAFF, "staffCreate", {"i": {}}, ("email", "REQUIRED")),
        (CREATE_STAFF, "staffCreate", {"i": {"email": "x"}}, ("email", "INVALID")),
        (
            CREATE_STAFF,
            "staffCreate",
            {"i": {"email": "new@example.com", "redirectUrl": "http://evil.example/"}},
            ("redirectUrl", "INVALID"),
        ),
        (UPDATE_STAFF, "staffUpdate", {"id": to_global("User", 999), "i": {}}, ("id", "NOT_FOUND")),
    ],
)
async def test_what_cannot_be_is_said_of_which_field(
    admin: Api, ctx: Ctx, query: str, field: str, variables: dict[str, Any], expected: tuple[str, str]
) -> None:
    await admin.run(CREATE_GROUP, i={"name": "Taken"})
    (error,) = (await admin.run(query, **variables))[field]["errors"]
    assert (error["field"], error["code"]) == expected


async def test_nobody_is_left_who_could_manage_the_staff(api: Api, ctx: Ctx) -> None:
    """Without a superuser in the shop, the last one who manages staff stays."""

    async def retire(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE account_user SET is_active = NOT is_active WHERE is_superuser"))

    first = await make_staff(ctx, "first@example.com", "MANAGE_STAFF", "MANAGE_ORDERS")
    other = await make_staff(ctx, "second@example.com", "MANAGE_STAFF")
    extra = await make_group(ctx, "extra", members=(first, other))
    await transact(ctx, retire)
    try:
        one = await api.log_in("first@example.com", PASSWORD)
        own = (await one.run("{ me { permissionGroups { id name } } }"))["me"]["permissionGroups"]
        (main,) = [group["id"] for group in own if group["name"] != "extra"]
        refused = [
            await one.run(UPDATE_GROUP, id=main, i={"removePermissions": ["MANAGE_ORDERS"]}),
            await one.run(UPDATE_GROUP, id=main, i={"removePermissions": ["MANAGE_STAFF"]}),
            await one.run(UPDATE_GROUP, id=main, i={"removeUsers": [to_global("User", first)]}),
        ]
        assert [r["permissionGroupUpdate"]["errors"][0]["code"] for r in refused] == [
            "LEFT_NOT_MANAGEABLE_PERMISSION"
        ] * 3
        assert [r["permissionGroupUpdate"]["errors"][0]["permissions"] for r in refused] == [["MANAGE_ORDERS"]] * 3
        deleted = await one.run(DELETE_GROUP, id=main)
        assert deleted["permissionGroupDelete"]["errors"] == [{"field": None, "code": "LEFT_NOT_MANAGEABLE_PERMISSION"}]
        assert (await one.run(DELETE_GROUP, id=to_global("Group", extra)))["permissionGroupDelete"]["errors"] == []
        last = await one.run(DELETE_GROUP, id=main)
        assert last["permissionGroupDelete"]["errors"] == [{"field": "id", "code": "CANNOT_REMOVE_FROM_LAST_GROUP"}]
        fellow = await one.run(UPDATE_STAFF, id=to_global("User", other), i={"isActive": False})
        assert fellow["staffUpdate"]["errors"] == []
    finally:
        await transact(ctx, retire)


async def test_an_app_calls_with_its_token_until_it_is_stopped(api: Api, admin: Api) -> None:
    made = await admin.run(
        "mutation($i: AppInput!) { appCreate(input: $i) { authToken app { id name isActive created type"
        " permissions { code } tokens { name authToken } } errors { field code permissions } } }",
        i={"name": "ERP", "identifier": "erp", "permissions": ["MANAGE_USERS"]},
    )
    answer = made["appCreate"]
    token, app_id = answer["authToken"], answer["app"]["id"]
    assert answer["errors"] == []
    assert len(token) == 30
    assert answer["app"]["permissions"] == [{"code": "MANAGE_USERS"}]
    assert answer["app"]["tokens"] == [{"name": "Default", "authToken": token[-4:]}]
    app = Api(api.http, token)
    assert (await app.run("{ customers(first: 1) { totalCount } app { name } me { id } }"))["app"] == {"name": "ERP"}
    assert (await app.errors("{ staffUsers(first: 1) { totalCount } }"))[0]["extensions"]["code"] == "PermissionDenied"

    second = await admin.run(
        "mutation($i: AppTokenInput!) { appTokenCreate(input: $i) { authToken appToken { id name authToken }"
        " errors { field code } } }",
        i={"app": app_id, "name": "spare"},
    )
    spare = second["appTokenCreate"]
    assert spare["appToken"]["name"] == "spare"
    delete = "mutation($id: ID!) { appTokenDelete(id: $id) { appToken { name } errors { field code } } }"
    assert (await admin.run(delete, id=spare["appToken"]["id"]))["appTokenDelete"]["errors"] == []
    assert (await admin.run(delete, id=spare["appToken"]["id"]))["appTokenDelete"]["errors"] == [
        {"field": "id", "code": "NOT_FOUND"}
    ]
    ended = await Api(api.http, spare["authToken"]).errors("{ customers(first: 1) { totalCount } }")
    assert ended[0]["extensions"]["code"] == "InvalidTokenError"

    stop = "mutation($id: ID!) { appDeactivate(id: $id) { app { isActive } errors { code } } }"
    assert (await admin.run(stop, id=app_id))["appDeactivate"] == {"app": {"isActive": False}, "errors": []}
    assert (await app.errors("{ customers(first: 1) { totalCount } }"))[0]["extensions"]["code"] == "InvalidTokenError"
    start = "mutation($id: ID!) { appActivate(id: $id) { app { isActive } errors { code } } }"
    assert (await admin.run(start, id=app_id))["appActivate"] == {"app": {"isActive": True}, "errors": []}
    assert (await app.run("{ app { name } }"))["app"] == {"name": "ERP"}
    update = (
        "mutation($id: ID!, $i: AppInput!) { appUpdate(id: $id, input: $i) { app { name } errors { field code } } }"
    )
    assert (await admin.run(update, id=app_id, i={"name": "Ledger"}))["appUpdate"]["app"] == {"name": "Ledger"}
    twin = await admin.run(
        "mutation($i: AppInput!) { appCreate(input: $i) { authToken errors { field code } } }",
        i={"name": "Twin", "identifier": "erp"},
    )
    assert twin["appCreate"] == {"authToken": None, "errors": [{"field": "identifier", "code": "UNIQUE"}]}
    listed = await admin.run('{ apps(first: 5, filter: {search: "ledg"}) { totalCount edges { node { name } } } }')
    assert listed["apps"] == {"totalCount": 1, "edges": [{"node": {"name": "Ledger"}}]}


async def test_customers_are_listed_found_and_paged(admin: Api, ctx: Ctx) -> None:
    for name in ("anna", "berta", "carla"):
        await make_user(ctx, f"{name}@list.example", first_name=name.capitalize(), last_name="100%_List")
    page = (
        "query($first: Int, $after: String, $last: Int, $before: String, $s: String, $sort: UserSortingInput) {"
        " customers(first: $first, after: $after, last: $last, before: $before, search: $s, sortBy: $sort) {"
        " totalCount pageInfo { hasNextPage hasPreviousPage endCursor startCursor } edges { node { firstName } } } }"
    )
    one = (await admin.run(page, first=2, s="100%_list"))["customers"]
    assert [e["node"]["firstName"] for e in one["edges"]] == ["Anna", "Berta"]
    assert (one["totalCount"], one["pageInfo"]["hasNextPage"]) == (3, True)
    two = (await admin.run(page, first=2, s="100%_list", after=one["pageInfo"]["endCursor"]))["customers"]
    assert [e["node"]["firstName"] for e in two["edges"]] == ["Carla"]
    back = (await admin.run(page, last=2, s="100%_list", before=two["pageInfo"]["startCursor"]))["customers"]
    assert [e["node"]["firstName"] for e in back["edges"]] == ["Anna", "Berta"]
    for field in ("FIRST_NAME", "LAST_NAME", "CREATED_AT", "LAST_MODIFIED_AT", "EMAIL"):
        down = await admin.run(page, first=9, s="LIST.example", sort={"field": field, "direction": "DESC"})
        assert [e["node"]["firstName"] for e in down["customers"]["edges"]] == ["Carla", "Berta", "Anna"]
    assert (await admin.run(page, first=9, s="100_"))["customers"]["totalCount"] == 0
    day = "2000-01-01"
    old = await admin.run(
        "query($f: CustomerFilterInput) { customers(filter: $f) { totalCount } }",
        f={"dateJoined": {"lte": day}, "updatedAt": {"gte": f"{day}T00:00:00Z"}},
    )
    assert old["customers"]["totalCount"] == 0
    await make_staff(ctx, "idle@staff.example", is_active=False)
    idle = await admin.run(
        '{ staffUsers(first: 9, filter: {status: DEACTIVATED, search: "@staff.example"}) {'
        " edges { node { email permissionGroups { name } } } } }"
    )
    assert idle["staffUsers"]["edges"] == [
        {"node": {"email": "idle@staff.example", "permissionGroups": [{"name": "group of idle@staff.example"}]}}
    ]
    groups = await admin.run(
        '{ permissionGroups(first: 9, filter: {search: "IDLE@"}) { totalCount'
        " edges { node { name users { email } } } } }"
    )
    assert groups["permissionGroups"] == {
        "totalCount": 1,
        "edges": [{"node": {"name": "group of idle@staff.example", "users": [{"email": "idle@staff.example"}]}}],
    }


@pytest.mark.parametrize(
    "filter",
    [
        'dateJoined: {lte: "9999-12-31"}',
        'dateJoined: {gte: "0001-01-01"}',
        'updatedAt: {lte: "9999-12-31T23:59:59Z"}',
    ],
)
async def test_the_last_day_there_is_can_be_asked_for(admin: Api, filter: str) -> None:
    answer = await admin.run(f"{{ customers(first: 1, filter: {{{filter}}}) {{ totalCount }} }}")
    assert (
        answer["customers"]["totalCount"]
        == (await admin.run("{ customers(first: 1) { totalCount } }"))["customers"]["totalCount"]
    )


async def test_a_moment_that_no_clock_shows_is_refused(admin: Api) -> None:
    cursor = encode_cursor(["0001-01-01T00:00:00+14:00", 1])
    for arguments in (
        'filter: {updatedAt: {gte: "0001-01-01T00:00:00+14:00"}}',
        f'sortBy: {{field: CREATED_AT, direction: ASC}}, after: "{cursor}"',
    ):
        (error,) = await admin.errors(f"{{ customers(first: 1, {arguments}) {{ edges {{ cursor }} }} }}")
        assert error["extensions"]["code"] == "GraphQLError"
