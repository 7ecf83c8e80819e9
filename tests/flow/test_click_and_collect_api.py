"""Goods picked up at a warehouse, from the choice to the order."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine.accounts.models import Address
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.core.tables import table
from engine.flows.shop import Shop
from engine.inventory import queries as inventory
from engine.inventory.models import Warehouse
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.purchase import ADDRESS
from tests.stockroom import unbalanced
from tests.storefront import CHOOSE, SHIP_TO, Store, new_cart, ok, open_store, refused

pytestmark = pytest.mark.anyio

POINTS = """query($id: ID!) { checkout(id: $id) { availableCollectionPoints { id name clickAndCollectOption }
  problems { __typename ... on CheckoutLineProblemInsufficientStock { availableQuantity } } } }"""
PERSON = """mutation($id: ID, $email: String!, $address: AddressInput!) {
  a: checkoutEmailUpdate(id: $id, email: $email) { errors { code } }
  b: checkoutBillingAddressUpdate(id: $id, billingAddress: $address) { errors { code } } }"""
ORDER = """query($id: ID!) { order(id: $id) {
  collectionPointName shippingAddress { city } billingAddress { city } shippingPrice { gross { amount } }
  total { gross { amount } } deliveryMethod { __typename ... on Warehouse { id } } } }"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    """Two houses: 10, 2 and 5 units of the variants in the first, and none but 4 of the first in the other."""
    async with open_store(shop) as opened:
        await opened.room.count(opened.ctx, opened.room.variants[0], 10, 4)
        yield opened
        assert await unbalanced(opened.ctx) == []


async def open_points(store: Store, *options: str) -> list[str]:
    """What each house in turn offers; returns their ids."""

    async def work(tx: WriteCtx) -> None:
        for house, option in zip(store.room.warehouses, options, strict=True):
            address = Address(country="DE", city=f"Town of {option}", street_address_1="Gate 1", postal_code="10115")
            tx.add(address)
            await tx.session.flush()
            t = table(Warehouse)
            await tx.execute(t.update().where(t.c.id == house).values(click_and_collect=option, address_id=address.id))

    await transact(store.ctx, work)
    return [to_global("Warehouse", house) for house in store.room.warehouses]


async def points(api: Api, id: str) -> list[str]:
    found = (await api.run(POINTS, id=id))["checkout"]["availableCollectionPoints"]
    return [point["id"] for point in found]


async def bought(api: Api, id: str) -> Any:
    answer = await api.run(PERSON, id=id, email="ada@example.com", address=ADDRESS)
    assert [answer[part]["errors"] for part in "ab"] == [[], []]
    await done(api, INITIALIZE, id=id, gateway=dummy())
    order = (await done(api, COMPLETE, id=id))["order"]
    return (await api.run(ORDER, id=order["id"]))["order"]


async def allocated(store: Store) -> list[int]:
    """Of the first variant, by house."""
    (rows,) = await inventory.stocks_of(store.ctx, [store.room.variants[0]])
    by_house = {row["warehouse_id"]: row["quantity_allocated"] for row in rows}
    return [by_house[house] for house in store.room.warehouses]


async def test_a_point_is_offered_when_it_could_hand_out_the_whole_cart(api: Api, store: Store) -> None:
    first, second = await open_points(store, "ALL", "LOCAL")
    assert await points(api, (await new_cart(api, store, (0, 4)))["id"]) == [first, second]
    cart = await new_cart(api, store, (0, 5))
    assert await points(api, cart["id"]) == [first]
    assert await refused(api, CHOOSE, id=cart["id"], deliveryMethodId=second) == [
        ("deliveryMethodId", "DELIVERY_METHOD_NOT_APPLICABLE")
    ]
    await store.room.count(store.ctx, store.room.variants[0], 0, 4)
    assert await points(api, cart["id"]) == []


async def test_an_order_picked_up_where_the_goods_are_takes_the_stock_of_that_house(api: Api, store: Store) -> None:
    _, second = await open_points(store, "DISABLED", "LOCAL")
    cart = await new_cart(api, store, (0, 3))
    chosen = await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=second)
    assert (chosen["shippingPrice"]["gross"]["amount"], chosen["problems"]) == (0.0, [])
    order = await bought(api, cart["id"])
    assert order["deliveryMethod"] == {"__typename": "Warehouse", "id": second}
    assert (order["shippingAddress"], order["billingAddress"]) == ({"city": "Town of LOCAL"}, {"city": "Berlin"})
    assert (order["shippingPrice"]["gross"]["amount"], order["total"]["gross"]["amount"]) == (0.0, 30.0)
    assert order["collectionPointName"].startswith("House ")
    assert await allocated(store) == [0, 3]


async def test_an_order_sent_to_a_point_takes_stock_from_any_house(api: Api, store: Store) -> None:
    _, second = await open_points(store, "DISABLED", "ALL")
    cart = await new_cart(api, store, (0, 12))
    await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=second)
    assert (await bought(api, cart["id"]))["shippingAddress"] == {"city": "Town of ALL"}
    assert sum(await allocated(store)) == 12


async def test_a_point_that_sells_out_or_closes_says_so_before_payment(api: Api, store: Store) -> None:
    _, second = await open_points(store, "DISABLED", "LOCAL")
    cart = await new_cart(api, store, (0, 3))
    await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=second)
    await api.run(PERSON, id=cart["id"], email="ada@example.com", address=ADDRESS)
    await store.room.count(store.ctx, store.room.variants[0], 10, 1)
    found = (await api.run(POINTS, id=cart["id"]))["checkout"]
    assert found["problems"] == [{"__typename": "CheckoutLineProblemInsufficientStock", "availableQuantity": 1}]
    assert await faults(api, INITIALIZE, id=cart["id"], gateway=dummy()) != []

    async def close(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE warehouse SET click_and_collect = 'DISABLED'"))

    await transact(store.ctx, close)
    assert await faults(api, COMPLETE, id=cart["id"]) == [("deliveryMethod", "INVALID_SHIPPING_METHOD")]


async def test_the_address_of_a_cart_that_is_picked_up_is_that_of_the_point(api: Api, store: Store) -> None:
    first, _ = await open_points(store, "ALL", "DISABLED")
    cart = await new_cart(api, store, (0, 1))
    await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=first)
    assert await refused(api, SHIP_TO, id=cart["id"], shippingAddress=ADDRESS) == [
        ("shippingAddress", "SHIPPING_CHANGE_FORBIDDEN")
    ]
    await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=None)
    assert (await ok(api, SHIP_TO, id=cart["id"], shippingAddress=ADDRESS))["shippingAddress"]["city"] == "Berlin"
