"""Staff see and set plugins per channel; secrets go in and never come out."""

import pytest

from tests.api import Api

pytestmark = pytest.mark.anyio

PLUGIN = """query($id: ID!) { plugin(id: $id) { id name kind
  globalConfiguration { active configuration { name value type } }
  channelConfigurations { channel { slug } active configuration { name value } } } }"""
UPDATE = """mutation($id: ID!, $channel: ID, $input: PluginUpdateInput!) {
  pluginUpdate(id: $id, channelId: $channel, input: $input) { plugin { id } errors { field code message } } }"""
STRIPE = "saleor.app.payment.stripe"


async def channel_id(api: Api) -> str:
    found: str = (await api.run('{ channel(slug: "eu") { id } }'))["channel"]["id"]
    return found


async def test_the_installed_plugins_are_listed_for_staff_alone(demo_api: Api) -> None:
    (error,) = await demo_api.errors("{ plugins(first: 10) { totalCount } }")
    assert error["extensions"]["code"] == "PermissionDenied"
    admin = await demo_api.as_admin()
    found = (await admin.run("{ plugins(first: 10) { totalCount edges { node { id kind } } } }"))["plugins"]
    assert {"id": "argosy.table-rate", "kind": "carrier"} in [edge["node"] for edge in found["edges"]]
    assert found["totalCount"] == len(found["edges"])


async def test_a_secret_goes_in_and_is_never_shown(demo_api: Api) -> None:
    admin, channel = await demo_api.as_admin(), await channel_id(demo_api)
    settings = [{"name": "mode", "value": "stripe"}, {"name": "secret_key", "value": "sk_test_canary"}]
    updated = await admin.run(UPDATE, id=STRIPE, channel=channel, input={"active": True, "configuration": settings})
    assert updated["pluginUpdate"]["errors"] == []
    shown = await admin.send(PLUGIN, id=STRIPE)
    assert "sk_test_canary" not in shown.text
    (own,) = [c for c in shown.json()["data"]["plugin"]["channelConfigurations"] if c["channel"]["slug"] == "eu"]
    assert {"name": "mode", "value": "stripe"} in own["configuration"]
    assert {"name": "secret_key", "value": None} in own["configuration"]


@pytest.mark.parametrize(
    ("id", "configuration", "error"),
    [
        ("no.such.plugin", [], ("id", "NOT_FOUND")),
        (STRIPE, [{"name": "colour", "value": "red"}], ("configuration", "INVALID")),
        (STRIPE, [{"name": "mode", "value": "sideways"}], ("configuration", "PLUGIN_MISCONFIGURED")),
    ],
)
async def test_wrong_settings_are_refused_and_change_nothing(
    demo_api: Api, id: str, configuration: list[dict[str, str]], error: tuple[str, str]
) -> None:
    admin = await demo_api.as_admin()
    before = await admin.run(PLUGIN, id=STRIPE)
    refused = await admin.run(UPDATE, id=id, input={"configuration": configuration})
    assert [(e["field"], e["code"]) for e in refused["pluginUpdate"]["errors"]] == [error]
    assert await admin.run(PLUGIN, id=STRIPE) == before


async def test_plugins_are_narrowed_and_sorted(demo_api: Api) -> None:
    admin, channel = await demo_api.as_admin(), await channel_id(demo_api)
    query = "query($filter: PluginFilterInput, $sort: PluginSortingInput) { plugins(first: 50, filter: $filter,"
    query += " sortBy: $sort) { totalCount edges { node { id name } } } }"

    async def found(filter: object = None, sort: object = None) -> list[str]:
        edges = (await admin.run(query, filter=filter, sort=sort))["plugins"]["edges"]
        return [edge["node"]["id"] for edge in edges]

    every = await found()
    assert await found(sort={"field": "NAME", "direction": "DESC"}) == every[::-1]
    assert await found({"search": "table"}) == ["argosy.table-rate"]
    active = await found({"statusInChannels": {"active": True, "channels": [channel]}})
    assert "argosy.table-rate" in active
    assert await found({"statusInChannels": {"active": False, "channels": [channel]}}) == [
        plugin for plugin in every if plugin not in active
    ]
    assert sorted([*await found({"type": "GLOBAL"}), *await found({"type": "PER_CHANNEL"})]) == sorted(every)
