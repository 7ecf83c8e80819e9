"""A shop that looks at every fulfilment before its goods leave."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from engine.inventory.queries import stocks_of
from engine.shop import service as shop_settings
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.stockroom import unbalanced
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

FULFILL = """mutation($order: ID, $input: OrderFulfillInput!) { it: orderFulfill(order: $order, input: $input) {
  fulfillments { id status warehouse { id } } order { status } errors { field code } } }"""
APPROVE = """mutation($id: ID!) { it: orderFulfillmentApprove(id: $id, notifyCustomer: false) {
  fulfillment { status } order { status fulfillments { trackingNumber } events { type } } errors { field code } } }"""
CANCEL = """mutation($id: ID!) { it: orderFulfillmentCancel(id: $id) {
  fulfillment { status } order { status lines { quantityToFulfill } } errors { field code } } }"""


async def set_shop(tx: WriteCtx, **values: bool) -> None:
    await shop_settings.update(tx, values)


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        await transact(opened.ctx, set_shop, fulfillment_auto_approve=False)
        yield opened
        await transact(opened.ctx, set_shop, fulfillment_auto_approve=True, fulfillment_allow_unpaid=True)
        assert await unbalanced(opened.ctx) == []


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def waiting(api: Api, clerk: Api, store: Store, kind: str = "CHARGE_SUCCESS") -> Any:
    """The fulfilment of an order of two units, which waits."""
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 2)
    await done(api, INITIALIZE, id=id, gateway=dummy(kind))
    order = (await done(api, COMPLETE, id=id))["order"]
    stocks = [{"warehouse": to_global("Warehouse", store.room.warehouses[0]), "quantity": 2}]
    lines = [{"orderLineId": order["lines"][0]["id"], "stocks": stocks}]
    sent = await done(clerk, FULFILL, order=order["id"], input={"lines": lines})
    assert sent["order"]["status"] == "UNFULFILLED"
    return sent["fulfillments"][0]


async def shelf(store: Store) -> tuple[int, int]:
    ((row, *_),) = await stocks_of(store.ctx, [store.room.variants[0]])
    return row["quantity"], row["quantity_allocated"]


async def test_goods_leave_the_shelf_when_they_are_approved(api: Api, clerk: Api, store: Store) -> None:
    fulfillment = await waiting(api, clerk, store)
    assert fulfillment["status"] == "WAITING_FOR_APPROVAL"
    assert fulfillment["warehouse"] == {"id": to_global("Warehouse", store.room.warehouses[0])}
    assert await shelf(store) == (10, 2)
    approved = await done(clerk, APPROVE, id=fulfillment["id"])
    assert (approved["fulfillment"]["status"], approved["order"]["status"]) == ("FULFILLED", "FULFILLED")
    types = [event["type"] for event in approved["order"]["events"]]
    assert types[-3:] == ["FULFILLMENT_AWAITS_APPROVAL", "FULFILLMENT_FULFILLED_ITEMS", "TRACKING_UPDATED"]
    assert approved["order"]["fulfillments"][0]["trackingNumber"].startswith("AGY")
    assert await shelf(store) == (8, 0)
    assert await faults(clerk, APPROVE, id=fulfillment["id"]) == [("status", "INVALID")]
    assert await shelf(store) == (8, 0)


async def test_one_that_is_not_approved_after_all_leaves_its_goods_with_the_order(
    api: Api, clerk: Api, store: Store
) -> None:
    fulfillment = await waiting(api, clerk, store)
    undone = await done(clerk, CANCEL, id=fulfillment["id"])
    assert undone["order"] == {"status": "UNFULFILLED", "lines": [{"quantityToFulfill": 2}]}
    assert await shelf(store) == (10, 2)
    assert await faults(clerk, APPROVE, id=fulfillment["id"]) == [("status", "INVALID")]


async def test_what_is_not_paid_for_is_not_sent_where_the_shop_says_so(api: Api, clerk: Api, store: Store) -> None:
    fulfillment = await waiting(api, clerk, store, "AUTHORIZATION_SUCCESS")
    await transact(store.ctx, set_shop, fulfillment_allow_unpaid=False)
    assert await faults(clerk, APPROVE, id=fulfillment["id"]) == [("order", "CANNOT_FULFILL_UNPAID_ORDER")]
    assert await shelf(store) == (10, 2)
