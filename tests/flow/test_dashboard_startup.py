"""What the admin dashboard asks first, as staff with all rights, with some, and as nobody."""

from typing import Any

import pytest

from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import Ctx
from engine.core.ids import int_pk
from tests.api import ADMIN_EMAIL, ADMIN_PASSWORD, Api
from tests.people import PASSWORD, make_group, make_user

pytestmark = pytest.mark.anyio
USER = """fragment User on User {
  id email firstName lastName isStaff isActive dateJoined restrictedAccessToChannels
  metadata { key value } userPermissions { code name } avatar(size: 128) { url }
  accessibleChannels { id isActive name slug currencyCode defaultCountry { code country }
    stockSettings { allocationStrategy } }
  editableGroups { id name } permissionGroups { id name permissions { code } }
  addresses { id } defaultShippingAddress { id } defaultBillingAddress { id }
}"""
LOGIN = (
    "mutation login($e: String!, $p: String!) { tokenCreate(email: $e, password: $p) {"
    " errors { field code message } csrfToken token refreshToken"
    " user { id email firstName lastName isStaff userPermissions { code name } avatar { url } metadata { key } } } }"
)
ME = "query UserDetails { me { ...User } } " + USER
FIRST = """query {
  shop { availableExternalAuthentications { id name } countries { code country } defaultCountry { code country }
    defaultWeightUnit name permissions { code name } version domain { host url } }
  channels { id slug isActive currencyCode }
}"""
STAFF = """query {
  staffUsers(first: 20) { totalCount edges { node { id email isActive avatar(size: 48) { url } } } }
  permissionGroups(first: 20, sortBy: {field: NAME, direction: ASC}) { edges { node {
    id name userCanManage users { id } permissions { code } accessibleChannels { slug } } } }
}"""
CUSTOMERS = """query {
  customers(first: 20, sortBy: {field: LAST_NAME, direction: ASC}) { totalCount pageInfo { hasNextPage endCursor }
    edges { node { id email firstName lastName orders(first: 5) { totalCount edges { node { id number } } }
      defaultBillingAddress { city country { code } } note metadata { key } privateMetadata { key } } } }
}"""


async def test_the_owner_sees_everything(demo_api: Api) -> None:
    login = (await demo_api.run(LOGIN, e=ADMIN_EMAIL, p=ADMIN_PASSWORD))["tokenCreate"]
    assert login["errors"] == []
    admin = Api(demo_api.http, login["token"])
    me = (await admin.run(ME))["me"]
    assert {name: me[name] for name in ("id", "email", "isStaff", "userPermissions")} == {
        name: login["user"][name] for name in ("id", "email", "isStaff", "userPermissions")
    }
    assert {permission["code"] for permission in me["userPermissions"]} == ALL_PERMISSIONS
    assert (me["isStaff"], me["restrictedAccessToChannels"]) == (True, False)
    first = await admin.run(FIRST)
    assert {channel["id"] for channel in me["accessibleChannels"]} == {channel["id"] for channel in first["channels"]}
    assert {permission["code"] for permission in first["shop"]["permissions"]} == ALL_PERMISSIONS
    assert len(first["shop"]["countries"]) > 200
    staff = await admin.run(STAFF)
    assert ADMIN_EMAIL in [edge["node"]["email"] for edge in staff["staffUsers"]["edges"]]
    customers = (await admin.run(CUSTOMERS))["customers"]
    assert customers["totalCount"] == len(customers["edges"])
    assert any(edge["node"]["orders"]["totalCount"] for edge in customers["edges"])


async def test_staff_of_one_channel_see_its_own(demo_api: Api, demo_ctx: Ctx) -> None:
    (channel, *_others) = (await (await demo_api.as_admin()).run("{ channels { id slug } }"))["channels"]
    member = await make_user(demo_ctx, "till@example.com", is_staff=True)
    await make_group(demo_ctx, "till", "MANAGE_ORDERS", members=(member,), channels=(int_pk(channel["id"], "Channel"),))
    till = await demo_api.log_in("till@example.com", PASSWORD)
    me: Any = (await till.run(ME))["me"]
    assert [found["slug"] for found in me["accessibleChannels"]] == [channel["slug"]]
    assert (me["restrictedAccessToChannels"], me["userPermissions"]) == (
        True,
        [{"code": "MANAGE_ORDERS", "name": "Manage orders"}],
    )
    assert [group["name"] for group in me["permissionGroups"]] == ["till"]
    body = (await till.send(STAFF)).json()
    assert {error["extensions"]["exception"]["code"] for error in body["errors"]} == {"PermissionDenied"}
    assert body["data"] == {"staffUsers": None, "permissionGroups": None}


async def test_nobody_is_told_so_without_an_error(demo_api: Api) -> None:
    assert (await demo_api.run(ME)) == {"me": None}
