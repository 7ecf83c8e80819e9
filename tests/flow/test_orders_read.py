"""What staff read of orders besides the orders themselves."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global, uuid_pk
from engine.flows.shop import Shop
from engine.orders import service
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy
from tests.people import PASSWORD, make_group, make_staff, make_user
from tests.purchase import ready_checkout
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

HOME = """query($last: Int, $before: String) { homepageEvents(last: $last, before: $before) { totalCount
  pageInfo { hasPreviousPage startCursor }
  edges { node { type orderNumber relatedOrder { id } related { id } app { id } discount { value }
    lines { discount { value } } } } } }"""
TOTAL = """query($channel: String, $period: ReportingPeriod) {
  ordersTotal(period: $period, channel: $channel) { gross { amount currency } net { amount } } }"""
DETAILS = """query($id: ID!) { order(id: $id) { canFinalize token languageCode externalReference original
  shippingMethods { id name price { amount } } lines { taxClass { id } allocations { quantity warehouse { id } } }
  transactions { createdBy { ... on User { email } ... on App { name } }
    events { type createdBy { ... on User { email } } } } } }"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS", "HANDLE_PAYMENTS")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def buy(api: Api, store: Store, quantity: int = 1) -> Any:
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", quantity)
    await done(api, INITIALIZE, id=id, gateway=dummy())
    return (await done(api, COMPLETE, id=id))["order"]


async def test_the_first_page_of_staff_shows_what_was_placed_and_paid(
    api: Api, clerk: Api, shop: Shop, store: Store
) -> None:
    orders = [await buy(api, store), await buy(api, store)]
    latest = (await clerk.run(HOME, last=3))["homepageEvents"]
    assert [(edge["node"]["type"], edge["node"]["orderNumber"]) for edge in latest["edges"]] == [
        ("ORDER_FULLY_PAID", orders[0]["number"]),
        ("PLACED", orders[1]["number"]),
        ("ORDER_FULLY_PAID", orders[1]["number"]),
    ]
    assert latest["pageInfo"]["hasPreviousPage"] is True
    earlier = (await clerk.run(HOME, last=1, before=latest["pageInfo"]["startCursor"]))["homepageEvents"]
    assert earlier["edges"][0]["node"]["orderNumber"] == orders[0]["number"]
    (error,) = await api.errors(HOME, last=1)
    assert error["extensions"]["code"] == "PermissionDenied"

    ctx = shop.ctx()
    elsewhere = await make_user(ctx, f"elsewhere-{orders[0]['number']}@example.com", is_staff=True)
    await make_group(ctx, f"elsewhere {orders[0]['number']}", "MANAGE_ORDERS", members=(elsewhere,), channels=())
    limited = await api.log_in(f"elsewhere-{orders[0]['number']}@example.com", PASSWORD)
    assert (await limited.run(HOME, last=9))["homepageEvents"]["totalCount"] == 0
    await ctx.release()


async def test_turnover_is_of_one_channel_and_leaves_cancelled_orders_out(api: Api, clerk: Api, store: Store) -> None:
    await buy(api, store, 2)
    gone = await buy(api, store)
    cancel = "mutation($id: ID!) { it: orderCancel(id: $id) { errors { code } } }"
    await done(clerk, cancel, id=gone["id"])
    slug = store.room.channel_slug
    for period in ("TODAY", "THIS_MONTH", None):
        total = (await clerk.run(TOTAL, channel=slug, period=period))["ordersTotal"]
        assert total["gross"] == {"amount": 24.9, "currency": "EUR"}
    assert (await clerk.run(TOTAL, channel="nowhere"))["ordersTotal"] is None


async def test_staff_see_who_recorded_a_payment_and_what_an_order_could_be_sent_with(
    api: Api, clerk: Api, store: Store
) -> None:
    order = await buy(api, store, 2)
    record = """mutation($id: ID!) { it: transactionCreate(id: $id, transaction: {name: "Bank transfer"}) {
      transaction { createdBy { ... on User { email } } } errors { code } } }"""
    made = await done(clerk, record, id=order["id"])
    assert made["transaction"]["createdBy"] == {"email": "clerk@example.com"}
    shown = (await clerk.run(DETAILS, id=order["id"]))["order"]
    assert (shown["canFinalize"], shown["languageCode"], shown["original"]) == (True, "en", None)
    assert to_global("Order", shown["token"]) == order["id"]
    assert {method["name"]: method["price"]["amount"] for method in shown["shippingMethods"]}["Parcel"] == 4.9
    assert [part["quantity"] for part in shown["lines"][0]["allocations"]] == [2]
    assert [payment["createdBy"] for payment in shown["transactions"]] == [None, {"email": "clerk@example.com"}]


async def test_a_correction_and_a_replacement_name_what_they_are_about(api: Api, clerk: Api, store: Store) -> None:
    order, other = await buy(api, store), await buy(api, store)

    async def work(tx: WriteCtx) -> int:
        id = uuid_pk(order["id"], "Order")
        first = await service.note(tx, id, "NOTE_ADDED", message="x")
        await service.note(tx, id, "NOTE_UPDATED", message="y", related_event_id=first)
        related = str(uuid_pk(other["id"], "Order"))
        await service.note(tx, id, "ORDER_REPLACEMENT_CREATED", related_order_id=related)
        return first

    first = await transact(store.ctx, work)
    read = "query($id: ID!) { order(id: $id) { events { type related { id message } relatedOrder { id } } } }"
    events = {event["type"]: event for event in (await clerk.run(read, id=order["id"]))["order"]["events"]}
    assert events["NOTE_UPDATED"]["related"] == {"id": to_global("OrderEvent", first), "message": "x"}
    assert events["ORDER_REPLACEMENT_CREATED"]["relatedOrder"] == {"id": other["id"]}


async def test_documents_that_ask_for_payments_of_old_find_transactions_instead(
    api: Api, clerk: Api, store: Store
) -> None:
    order = await buy(api, store)
    read = "query($id: ID!) { order(id: $id) { payments { id gateway total { amount } } transactions { name } } }"
    shown = (await clerk.run(read, id=order["id"]))["order"]
    assert (shown["payments"], len(shown["transactions"])) == ([], 1)
    (error,) = await api.errors(read.replace("transactions { name }", "id"), id=order["id"])
    assert error["extensions"]["code"] == "PermissionDenied"
