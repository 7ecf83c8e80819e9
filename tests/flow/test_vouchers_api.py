"""Vouchers as staff keep them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.codes import gift_card, voucher
from tests.paying import done, faults
from tests.people import PASSWORD, make_staff
from tests.stockroom import Stockroom, build

pytestmark = pytest.mark.anyio

VOUCHER = """
  id name code used type discountValueType usageLimit startDate endDate applyOncePerOrder applyOncePerCustomer
  singleUse onlyForStaff minCheckoutItemsQuantity countries { code }
  codes(first: 10) { edges { node { id code used isActive } } totalCount pageInfo { hasNextPage } }
  channelListings { id channel { slug } discountValue currency minSpent { amount currency } }
  products(first: 5) { edges { node { id name } } totalCount } variants(first: 5) { edges { node { id } } }
  categories(first: 5) { totalCount } collections(first: 5) { totalCount }
"""
ERRORS = "errors { field code channels voucherCodes message }"
CREATE = f"""mutation($input: VoucherInput!) {{
  it: voucherCreate(input: $input) {{ voucher {{ {VOUCHER} }} {ERRORS} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: VoucherInput!) {{
  it: voucherUpdate(id: $id, input: $input) {{ voucher {{ {VOUCHER} }} {ERRORS} }} }}"""
LISTING = f"""mutation($id: ID!, $input: VoucherChannelListingInput!) {{
  it: voucherChannelListingUpdate(id: $id, input: $input) {{ voucher {{ {VOUCHER} }} {ERRORS} }} }}"""
CATALOGUES = f"""mutation($id: ID!, $input: CatalogueInput!) {{
  it: voucherCatalogues%s(id: $id, input: $input) {{ voucher {{ {VOUCHER} }} {ERRORS} }} }}"""
DELETE = f"mutation($id: ID!) {{ it: voucherDelete(id: $id) {{ voucher {{ id name }} {ERRORS} }} }}"
BULK = f"mutation($ids: [ID!]!) {{ it: voucherBulkDelete(ids: $ids) {{ count {ERRORS} }} }}"
CODES = "mutation($ids: [ID!]!) { it: voucherCodeBulkDelete(ids: $ids) { count errors { path code message } } }"
READ = f"query($id: ID!) {{ voucher(id: $id) {{ {VOUCHER} }} }}"
LIST = """query(
  $filter: VoucherFilterInput, $sort: VoucherSortingInput, $channel: String, $first: Int, $after: String
) {
  vouchers(filter: $filter, sortBy: $sort, channel: $channel, first: $first, after: $after) {
    totalCount edges { node { name } cursor } pageInfo { hasNextPage endCursor } } }"""


@pytest.fixture(scope="module")
async def room(shop: Shop) -> Stockroom:
    ctx = shop.ctx()
    made = await build(ctx, stock=[(1, 0), (1, 0)])
    await ctx.release()
    return made


@pytest.fixture(scope="module")
async def staff(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "sales@vouchers.example", "MANAGE_DISCOUNTS")
    await ctx.release()
    return await api.log_in("sales@vouchers.example", PASSWORD)


async def made(staff: Api, **values: Any) -> Any:
    return (await done(staff, CREATE, input={"addCodes": [""], **values}))["voucher"]


async def names(staff: Api, **asked: Any) -> list[str]:
    found = (await staff.run(LIST, **{"first": 50, **asked}))["vouchers"]
    return [edge["node"]["name"] for edge in found["edges"]]


async def test_a_voucher_is_made_listed_filled_changed_and_deleted(staff: Api, room: Stockroom) -> None:
    product, variant = to_global("Product", room.products[0]), to_global("ProductVariant", room.variants[1])
    found = await made(
        staff,
        name="Spring",
        addCodes=["SPRING-A", "SPRING-B"],
        type="SPECIFIC_PRODUCT",
        discountValueType="PERCENTAGE",
        products=[product],
        countries=["DE"],
        usageLimit=5,
        startDate="2030-01-01T00:00:00+02:00",
    )
    id = found["id"]
    assert [edge["node"]["code"] for edge in found["codes"]["edges"]] == ["SPRING-A", "SPRING-B"]
    assert (found["used"], found["usageLimit"], found["countries"]) == (0, 5, [{"code": "DE"}])
    assert datetime.fromisoformat(found["startDate"]) == datetime(2029, 12, 31, 22, tzinfo=UTC)
    assert [edge["node"]["id"] for edge in found["products"]["edges"]] == [product]
    assert found["channelListings"] == []
    channel = to_global("Channel", room.channel_id)
    listing = {"channelId": channel, "discountValue": "12.5", "minAmountSpent": 20}
    found = (await done(staff, LISTING, id=id, input={"addChannels": [listing]}))["voucher"]
    (here,) = found["channelListings"]
    assert (here["discountValue"], here["minSpent"], here["currency"]) == (
        12.5,
        {"amount": 20.0, "currency": "EUR"},
        "EUR",
    )
    change = {"addChannels": [{"channelId": channel, "discountValue": 10}]}
    (here,) = (await done(staff, LISTING, id=id, input=change))["voucher"]["channelListings"]
    assert (here["discountValue"], here["minSpent"]["amount"]) == (10.0, 20.0)
    found = (await done(staff, CATALOGUES % "Add", id=id, input={"variants": [variant]}))["voucher"]
    assert [edge["node"]["id"] for edge in found["variants"]["edges"]] == [variant]
    found = (await done(staff, CATALOGUES % "Remove", id=id, input={"products": [product]}))["voucher"]
    assert (found["products"]["totalCount"], found["categories"]["totalCount"]) == (0, 0)
    edit = {"name": "Summer", "addCodes": ["SUMMER"], "usageLimit": None, "discountValueType": "FIXED"}
    found = (await done(staff, UPDATE, id=id, input=edit))["voucher"]
    assert (found["name"], found["code"], found["usageLimit"], found["codes"]["totalCount"]) == (
        "Summer",
        "SUMMER",
        None,
        3,
    )
    assert found["channelListings"][0]["discountValue"] == 10.0
    assert (await staff.run(READ, id=id))["voucher"] == found
    gone = [edge["node"]["id"] for edge in found["codes"]["edges"][:2]]
    assert (await done(staff, CODES, ids=gone))["count"] == 2
    answer = (await staff.run(CODES, ids=gone))["it"]
    assert (answer["count"], [each["code"] for each in answer["errors"]]) == (0, ["NOT_FOUND"])
    removed = (await done(staff, LISTING, id=id, input={"removeChannels": [channel]}))["voucher"]
    assert removed["channelListings"] == []
    assert (await done(staff, DELETE, id=id))["voucher"] == {"id": id, "name": "Summer"}
    assert (await staff.run(READ, id=id))["voucher"] is None
    assert await faults(staff, DELETE, id=id) == [("id", "NOT_FOUND")]


async def test_what_cannot_be_is_refused_with_the_fields_name(staff: Api, shop: Shop, room: Stockroom) -> None:
    ctx = shop.ctx()
    card = await gift_card(ctx, 100)
    await ctx.release()
    await made(staff, addCodes=["TAKEN"])
    cases: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
        ({"addCodes": []}, [("codes", "REQUIRED")]),
        ({"addCodes": ["TAKEN"]}, [("codes", "ALREADY_EXISTS")]),
        ({"addCodes": [card.code]}, [("codes", "ALREADY_EXISTS")]),
        ({"addCodes": ["X1", "X1"]}, [("codes", "DUPLICATED_INPUT_ITEM")]),
        ({"code": "X2", "addCodes": ["X3"]}, [("code", "GRAPHQL_ERROR")]),
        ({"startDate": "2030-01-02T00:00:00Z", "endDate": "2030-01-01T00:00:00Z"}, [("endDate", "INVALID")]),
        ({"usageLimit": 0, "countries": ["XX1"]}, [("usageLimit", "INVALID"), ("countries", "INVALID")]),
        ({"usageLimit": 2, "singleUse": True}, [("usageLimit", "INVALID")]),
        ({"products": [to_global("Product", 10**9)]}, [("products", "NOT_FOUND")]),
        ({"products": ["x"]}, [("products", "NOT_FOUND")]),
    ]
    for values, expected in cases:
        assert await faults(staff, CREATE, input={"addCodes": [""], **values}) == expected, values
    id = (await made(staff, discountValueType="PERCENTAGE"))["id"]
    channel = to_global("Channel", room.channel_id)
    listings: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"channelId": channel}, ("discountValue", "REQUIRED")),
        ({"channelId": channel, "discountValue": 101}, ("discountValue", "INVALID")),
        ({"channelId": channel, "discountValue": 10, "minAmountSpent": "1.001"}, ("minAmountSpent", "INVALID")),
        ({"channelId": to_global("Channel", 10**6), "discountValue": 1}, ("addChannels", "NOT_FOUND")),
    ]
    for listing, error in listings:
        assert await faults(staff, LISTING, id=id, input={"addChannels": [listing]}) == [error]
    twice = {"addChannels": [{"channelId": channel, "discountValue": 1}], "removeChannels": [channel]}
    answer = (await staff.run(LISTING, id=id, input=twice))["it"]["errors"]
    assert [(each["code"], each["channels"]) for each in answer] == [("DUPLICATED_INPUT_ITEM", [channel])]
    assert await faults(staff, UPDATE, id=to_global("Voucher", 10**6), input={}) == [("id", "NOT_FOUND")]


async def test_vouchers_are_found_by_what_they_are_and_ordered(staff: Api, shop: Shop, room: Stockroom) -> None:
    known = (await staff.run("{ vouchers(first: 100) { edges { node { id } } } }"))["vouchers"]["edges"]
    ids = [edge["node"]["id"] for edge in known]
    assert (await done(staff, BULK, ids=ids))["count"] == len(ids)
    ctx = shop.ctx()
    past, future = datetime(2021, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC)
    await voucher(ctx, room, 300, name="c", min_spent=100)
    await voucher(ctx, room, 100, name="a", end_date=past, usage_limit=3)
    await voucher(ctx, room, 200, name="b", start_date=future, value_type="PERCENTAGE")
    await voucher(ctx, room, 50_000, name="d", type="SHIPPING", value_type="PERCENTAGE", meta={"k": "v"})
    await ctx.release()
    assert await names(staff) == ["c", "a", "b", "d"]
    assert await names(staff, filter={"status": ["EXPIRED", "SCHEDULED"]}) == ["a", "b"]
    assert await names(staff, filter={"discountType": ["FIXED"]}) == ["c", "a"]
    assert await names(staff, filter={"discountType": ["SHIPPING"]}) == ["d"]
    assert await names(staff, filter={"started": {"gte": "2090-01-01T00:00:00Z"}}) == ["b"]
    assert await names(staff, filter={"timesUsed": {"gte": 1}}) == []
    assert await names(staff, filter={"search": "CODE-"}) == ["c", "a", "b", "d"]
    assert await names(staff, filter={"metadata": [{"key": "k", "value": "v"}]}) == ["d"]
    assert await names(staff, channel="nowhere") == []
    by_value = {"field": "VALUE", "direction": "DESC", "channel": room.channel_slug}
    assert await names(staff, sort=by_value) == ["d", "c", "b", "a"]
    for field, expected in (
        ("NAME", "abcd"), ("USAGE_LIMIT", "acbd"), ("END_DATE", "acbd"), ("START_DATE", "cadb"), ("TYPE", "cabd"),
    ):  # fmt: skip
        assert await names(staff, sort={"field": field, "direction": "ASC"}) == list(expected), field
    first = (await staff.run(LIST, first=3, sort={"field": "NAME", "direction": "ASC"}))["vouchers"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"]) == (4, True)
    rest = {"first": 3, "after": first["pageInfo"]["endCursor"], "sort": {"field": "NAME", "direction": "ASC"}}
    assert await names(staff, **rest) == ["d"]


async def test_metadata_of_a_voucher_is_kept_by_who_manages_discounts(staff: Api, api: Api) -> None:
    id = (await made(staff))["id"]
    document = """mutation($id: ID!) { it: updateMetadata(id: $id, input: [{key: "a", value: "b"}]) {
      item { ... on Voucher { id code used metadata { key value } } } errors { code } } }"""
    item = (await done(staff, document, id=id))["item"]
    assert item["metadata"] == [{"key": "a", "value": "b"}]
    assert len(item["code"]) == 14
    assert (await api.errors(document, id=id))[0]["extensions"]["exception"]["code"] == "PermissionDenied"


@pytest.mark.parametrize(
    "document",
    [
        "{ vouchers(first: 1) { totalCount } }",
        '{ voucher(id: "Vm91Y2hlcjox") { id } }',
        'mutation { voucherCreate(input: {addCodes: ["MINE"]}) { errors { code } } }',
        'mutation { voucherUpdate(id: "Vm91Y2hlcjox", input: {name: "x"}) { errors { code } } }',
        'mutation { voucherDelete(id: "Vm91Y2hlcjox") { errors { code } } }',
        'mutation { voucherBulkDelete(ids: ["Vm91Y2hlcjox"]) { errors { code } } }',
        'mutation { voucherCataloguesAdd(id: "Vm91Y2hlcjox", input: {}) { errors { code } } }',
        'mutation { voucherCataloguesRemove(id: "Vm91Y2hlcjox", input: {}) { errors { code } } }',
        'mutation { voucherChannelListingUpdate(id: "Vm91Y2hlcjox", input: {}) { errors { code } } }',
        'mutation { voucherCodeBulkDelete(ids: ["Vm91Y2hlcjox"]) { errors { code } } }',
    ],
)
async def test_strangers_neither_see_nor_change_vouchers(api: Api, staff: Api, document: str) -> None:
    before = (await staff.run("{ vouchers(first: 1) { totalCount } }"))["vouchers"]["totalCount"]
    (error,) = await api.errors(document)
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    assert (await staff.run("{ vouchers(first: 1) { totalCount } }"))["vouchers"]["totalCount"] == before
