"""Goods that come back or are refunded unsent, and the money for them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.core.ids import to_global
from engine.flows.shop import Shop
from engine.inventory.queries import stocks_of
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.stockroom import unbalanced
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

FULFILL = """mutation($order: ID, $input: OrderFulfillInput!) { it: orderFulfill(order: $order, input: $input) {
  fulfillments { id lines { id quantity } } order { status } errors { field code } } }"""
ORDER = """order { status totalRefunded { amount } totalGrantedRefund { amount } lines { quantityToFulfill }
  fulfillments { status totalRefundedAmount { amount } shippingRefundedAmount { amount } reason
    lines { quantity reason } }
  events { type amount shippingCostsIncluded lines { quantity } } }"""
REFUND = f"""mutation($order: ID!, $input: OrderRefundProductsInput!) {{
  it: orderFulfillmentRefundProducts(order: $order, input: $input) {{ {ORDER} fulfillment {{ status }}
    errors {{ field code }} }} }}"""
RETURN = f"""mutation($order: ID!, $input: OrderReturnProductsInput!) {{
  it: orderFulfillmentReturnProducts(order: $order, input: $input) {{ {ORDER} returnFulfillment {{ status }}
    errors {{ field code }} }} }}"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened
        assert await unbalanced(opened.ctx) == []


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def buy(api: Api, store: Store) -> Any:
    """Three units at 10.00 and delivery at 4.90: 34.90."""
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 3)
    await done(api, INITIALIZE, id=id, gateway=dummy())
    return (await done(api, COMPLETE, id=id))["order"]


async def send(clerk: Api, store: Store, order: Any, quantity: int = 3) -> str:
    """The line of the fulfilment."""
    stocks = [{"warehouse": to_global("Warehouse", store.room.warehouses[0]), "quantity": quantity}]
    lines = [{"orderLineId": order["lines"][0]["id"], "stocks": stocks}]
    given = {"lines": lines, "trackingNumber": "x", "notifyCustomer": False}
    made = (await done(clerk, FULFILL, order=order["id"], input=given))["fulfillments"]
    return str(made[0]["lines"][0]["id"])


async def shelf(store: Store) -> tuple[int, int]:
    ((row, *_),) = await stocks_of(store.ctx, [store.room.variants[0]])
    return row["quantity"], row["quantity_allocated"]


async def test_goods_that_come_back_are_counted_and_paid_back(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    line = await send(clerk, store, order)
    back = {
        "fulfillmentLines": [{"fulfillmentLineId": line, "quantity": 1, "reason": "torn"}], "refund": True,
        "includeShippingCosts": True, "reason": "Damaged",
    }  # fmt: skip
    answer = await done(clerk, RETURN, order=order["id"], input=back)
    assert answer["returnFulfillment"] == {"status": "REFUNDED_AND_RETURNED"}
    shown = answer["order"]
    assert (shown["status"], shown["totalRefunded"]["amount"]) == ("PARTIALLY_RETURNED", 14.9)
    assert [(part["status"], [each["quantity"] for each in part["lines"]]) for part in shown["fulfillments"]] == [
        ("FULFILLED", [2]), ("REFUNDED_AND_RETURNED", [1]),
    ]  # fmt: skip
    returned = shown["fulfillments"][1]
    assert (returned["totalRefundedAmount"]["amount"], returned["shippingRefundedAmount"]["amount"]) == (14.9, 4.9)
    assert (returned["reason"], returned["lines"][0]["reason"]) == ("Damaged", "torn")
    told = {event["type"]: event for event in shown["events"]}
    assert told["FULFILLMENT_RETURNED"]["lines"] == [{"quantity": 1}]
    assert (told["FULFILLMENT_REFUNDED"]["amount"], told["FULFILLMENT_REFUNDED"]["shippingCostsIncluded"]) == (
        14.9,
        True,
    )
    assert await shelf(store) == (7, 0)  # nobody has looked at it yet

    rest = {"fulfillmentLines": [{"fulfillmentLineId": line, "quantity": 2}]}
    last = (await done(clerk, RETURN, order=order["id"], input=rest))["order"]
    assert (last["status"], last["totalRefunded"]["amount"]) == ("RETURNED", 14.9)
    assert [part["status"] for part in last["fulfillments"]] == ["REFUNDED_AND_RETURNED", "RETURNED"]
    again = await faults(clerk, RETURN, order=order["id"], input=rest)
    assert again == [("fulfillmentLineId", "NOT_FOUND")]


async def test_goods_that_were_not_sent_are_refunded_and_for_sale_again(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    assert await shelf(store) == (10, 3)
    unsent = {"orderLines": [{"orderLineId": order["lines"][0]["id"], "quantity": 2}]}
    answer = await done(clerk, REFUND, order=order["id"], input=unsent)
    assert (answer["fulfillment"], answer["order"]["totalRefunded"]["amount"]) == ({"status": "REFUNDED"}, 20)
    assert (answer["order"]["status"], answer["order"]["lines"]) == ("PARTIALLY_FULFILLED", [{"quantityToFulfill": 1}])
    assert await shelf(store) == (10, 1)
    beyond = await faults(clerk, REFUND, order=order["id"], input=unsent)
    assert beyond == [("orderLineId", "INVALID")]
    assert await faults(clerk, REFUND, order=order["id"], input={}) == [("orderLines", "REQUIRED")]
    much = {"amountToRefund": 15}
    assert await faults(clerk, REFUND, order=order["id"], input=much) == [("amountToRefund", "CANNOT_REFUND")]
    assert await shelf(store) == (10, 1)
    await send(clerk, store, order, 1)
    assert await shelf(store) == (9, 0)


async def test_what_was_returned_is_refunded_later_and_no_refusal_moves_anything(
    api: Api, clerk: Api, store: Store
) -> None:
    order = await buy(api, store)
    line = await send(clerk, store, order)
    back = {"fulfillmentLines": [{"fulfillmentLineId": line, "quantity": 3}]}
    for wrong, fault in (
        ({"fulfillmentLines": [{"fulfillmentLineId": "x", "quantity": 1}]}, ("fulfillmentLineId", "NOT_FOUND")),
        ({"fulfillmentLines": [{"fulfillmentLineId": line, "quantity": 4}]}, ("fulfillmentLineId", "INVALID")),
        ({"fulfillmentLines": [{"fulfillmentLineId": line, "quantity": 0}]}, ("fulfillmentLineId", "INVALID")),
        ({**back, "refund": True, "amountToRefund": 35}, ("amountToRefund", "CANNOT_REFUND")),
    ):
        assert await faults(clerk, RETURN, order=order["id"], input=wrong) == [fault]
    returned = (await done(clerk, RETURN, order=order["id"], input=back))["order"]
    assert [part["status"] for part in returned["fulfillments"]] == ["RETURNED"]
    ids = "query($id: ID!) { order(id: $id) { fulfillments { lines { id } } } }"
    (kept,) = (await clerk.run(ids, id=order["id"]))["order"]["fulfillments"][0]["lines"]
    pay = {"fulfillmentLines": [{"fulfillmentLineId": kept["id"], "quantity": 3}], "amountToRefund": 12}
    paid = await done(clerk, REFUND, order=order["id"], input=pay)
    assert (paid["fulfillment"], paid["order"]["status"]) == ({"status": "REFUNDED_AND_RETURNED"}, "RETURNED")
    assert paid["order"]["totalRefunded"]["amount"] == 12
