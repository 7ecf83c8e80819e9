"""A cart over HTTP, from empty to ready for payment."""

import uuid
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine.accounts.models import Address
from engine.catalog.models import ProductType
from engine.core.context import WriteCtx, transact
from engine.core.database import HeldReads
from engine.core.ids import to_global
from engine.core.tables import table
from engine.flows.shop import Shop
from engine.inventory.models import Warehouse
from engine.shipping.models import ShippingMethod
from tests.api import Api
from tests.budgets import statements_of
from tests.codes import gift_card, voucher
from tests.people import PASSWORD, make_user
from tests.storefront import (
    ADD,
    ADD_CODE,
    BERLIN,
    BILL_TO,
    CART,
    CHOOSE,
    CREATE,
    EMAIL,
    ERRORS,
    LANGUAGE,
    NOTE,
    QUOTE,
    READ,
    SHIP_TO,
    UPDATE,
    Store,
    contents,
    new_cart,
    ok,
    open_store,
    refused,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


async def test_a_guest_fills_a_cart_up_to_the_payment(api: Api, store: Store) -> None:
    a, b, _ = store.variants
    cart = await ok(api, CREATE, input={"channel": store.room.channel_slug, "lines": []})
    assert (cart["lines"], cart["totalPrice"]["gross"]["amount"], cart["authorizeStatus"]) == ([], 0, "NONE")
    id = cart["id"]
    cart = await ok(api, ADD, id=id, lines=[{"variantId": a, "quantity": 2}, {"variantId": b, "quantity": 1}])
    assert contents(cart) == [(a, 2), (b, 1)]
    assert cart["lines"][0]["totalPrice"]["gross"]["amount"] == 20.0
    cart = await ok(api, UPDATE, id=id, lines=[{"lineId": cart["lines"][0]["id"], "quantity": 3}])
    cart = await ok(api, UPDATE, id=id, lines=[{"variantId": b, "quantity": 0}])
    assert contents(cart) == [(a, 3)]
    assert (await ok(api, EMAIL, id=id, email=" Ada@Example.com "))["email"] == "ada@example.com"
    assert (await ok(api, LANGUAGE, id=id, languageCode="PT_BR"))["languageCode"] == "PT_BR"
    await ok(api, NOTE, id=id, customerNote="Ring twice")
    await ok(api, BILL_TO, id=id, billingAddress=BERLIN)
    assert (await ok(api, QUOTE, id=id))["deliveries"] == []
    cart = await ok(api, SHIP_TO, id=id, shippingAddress=BERLIN, validationRules={"checkRequiredFields": True})
    assert cart["shippingAddress"] == {"city": "Berlin", "country": {"code": "DE"}}
    quoted = await ok(api, QUOTE, id=id)
    methods = [each["shippingMethod"] for each in quoted["deliveries"]]
    assert [(each["name"], each["price"]["amount"]) for each in methods] == [("Parcel", 4.9), ("Express", 12.9)]
    assert quoted["warnings"] == []
    cart = await ok(api, CHOOSE, id=id, deliveryMethodId=quoted["deliveries"][1]["id"])
    assert cart["delivery"]["shippingMethod"]["name"] == "Express"
    assert cart["deliveryMethod"] == {"__typename": "ShippingMethod", "name": "Express"}
    assert (cart["subtotalPrice"]["gross"]["amount"], cart["totalPrice"]["gross"]["amount"]) == (30.0, 42.9)
    assert (cart["problems"], cart["totalBalance"]["amount"], cart["chargeStatus"]) == ([], -42.9, "NONE")
    assert await api.run(READ, id=id) == {"checkout": cart}


async def test_what_is_offered_can_be_read_and_chosen_by_the_methods_own_id(api: Api, store: Store) -> None:
    cart = await new_cart(api, store, (0, 1))
    document = """query($id: ID!) { checkout(id: $id) {
      shippingMethods { id name } availableShippingMethods { id price { amount } }
      availablePaymentGateways { id name currencies config { field value } }
      availableCollectionPoints { id } giftCards { id } discount { amount } stockReservationExpires user { id } } }"""
    found = (await api.run(document, id=cart["id"]))["checkout"]
    assert (found["shippingMethods"], found["giftCards"], found["discount"]["amount"]) == ([], [], 0)
    assert (found["stockReservationExpires"], found["user"], found["availableCollectionPoints"]) == (None, None, [])
    (gateway,) = found["availablePaymentGateways"]
    assert (gateway["id"], gateway["currencies"]) == ("mirumee.payments.dummy", ["EUR"])
    await ok(api, SHIP_TO, id=cart["id"], shippingAddress=BERLIN)
    found = (await api.run(document, id=cart["id"]))["checkout"]
    assert [each["id"] for each in found["shippingMethods"]] == store.methods
    assert [each["price"]["amount"] for each in found["availableShippingMethods"]] == [4.9, 12.9]
    chosen = await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=store.methods[0])
    assert chosen["delivery"]["shippingMethod"]["id"] == store.methods[0]
    cleared = await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=None)
    assert (cleared["delivery"], cleared["shippingPrice"]["gross"]["amount"]) == (None, 0)


async def test_a_changed_cart_says_what_became_of_its_delivery_and_lines(api: Api, store: Store) -> None:
    cart = await new_cart(api, store, (0, 1), (1, 2), (2, 1))
    id = cart["id"]
    await ok(api, SHIP_TO, id=id, shippingAddress=BERLIN)
    await ok(api, CHOOSE, id=id, deliveryMethodId=store.methods[0])
    changed = await ok(api, SHIP_TO, id=id, shippingAddress={**BERLIN, "postalCode": "10117"})
    assert changed["problems"] == [
        {"__typename": "CheckoutProblemDeliveryMethodStale", "delivery": {"id": changed["delivery"]["id"]}}
    ]
    again = await ok(api, QUOTE, id=id)
    assert changed["delivery"]["id"] in [each["id"] for each in again["deliveries"]]
    await store.room.count(store.ctx, store.room.variants[1], 1)

    async def spoil(tx: WriteCtx) -> None:
        await tx.execute(
            sa.text("UPDATE product_channel SET is_published = false WHERE product_id = :id"),
            {"id": store.room.products[2]},
        )
        await tx.execute(table(ShippingMethod).update().values(active=False))

    await transact(store.ctx, spoil)
    cart = (await api.run(READ, id=id))["checkout"]
    assert cart["problems"] == [
        {"__typename": "CheckoutProblemDeliveryMethodInvalid", "delivery": {"id": cart["delivery"]["id"]}},
        {
            "__typename": "CheckoutLineProblemInsufficientStock",
            "availableQuantity": 1,
            "line": {"id": cart["lines"][1]["id"]},
        },
        {"__typename": "CheckoutLineProblemVariantNotAvailable", "line": {"id": cart["lines"][2]["id"]}},
    ]


async def test_goods_can_be_picked_up_at_a_warehouse(api: Api, store: Store) -> None:
    cart = await new_cart(api, store, (0, 2))
    house = store.room.warehouses[0]

    async def allow(tx: WriteCtx) -> None:
        address = Address(country="DE", city="Berlin")
        tx.add(address)
        await tx.session.flush()
        t = table(Warehouse)
        await tx.execute(t.update().where(t.c.id == house).values(click_and_collect="ALL", address_id=address.id))

    point = to_global("Warehouse", house)
    assert await refused(api, CHOOSE, id=cart["id"], deliveryMethodId=point) == [("deliveryMethodId", "NOT_FOUND")]
    await transact(store.ctx, allow)
    chosen = await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=point)
    assert (chosen["deliveryMethod"]["__typename"], chosen["delivery"]) == ("Warehouse", None)
    document = "query($id: ID!) { checkout(id: $id) { availableCollectionPoints { id address { city } } } }"
    found = await api.run(document, id=cart["id"])
    assert found["checkout"]["availableCollectionPoints"] == [{"id": point, "address": {"city": "Berlin"}}]


async def test_goods_that_are_not_shipped_need_no_delivery(api: Api, store: Store) -> None:
    async def digital(tx: WriteCtx) -> None:
        t = table(ProductType)
        await tx.execute(t.update().where(t.c.id == store.room.product_type_id).values(is_shipping_required=False))

    await transact(store.ctx, digital)
    cart = await new_cart(api, store, (0, 1))
    assert cart["isShippingRequired"] is False
    assert await refused(api, SHIP_TO, id=cart["id"], shippingAddress=BERLIN) == [
        ("shippingAddress", "SHIPPING_NOT_REQUIRED")
    ]
    assert await refused(api, CHOOSE, id=cart["id"], deliveryMethodId=store.methods[0]) == [
        ("deliveryMethodId", "DELIVERY_METHOD_NOT_APPLICABLE")
    ]
    assert await refused(api, CHOOSE, id=cart["id"], deliveryMethodId=to_global("Warehouse", uuid.uuid4())) == [
        ("deliveryMethodId", "SHIPPING_NOT_REQUIRED")
    ]


ATTACH, DETACH = (
    f"mutation($id: ID) {{ it: {name}(id: $id) {{ checkout {{ id email user {{ email }} }} {ERRORS} }} }}"
    for name in ("checkoutCustomerAttach", "checkoutCustomerDetach")
)
CREATE_OWN = CREATE.replace(CART, "email user { email }")


async def test_a_customer_takes_a_guests_cart_and_strangers_see_no_customer(api: Api, store: Store) -> None:
    emails = [f"{name}-{uuid.uuid4().hex[:8]}@example.com" for name in ("ada", "bob")]
    for email in emails:
        await make_user(store.ctx, email)
    ada, bob = [await api.log_in(email, PASSWORD) for email in emails]
    cart = await new_cart(api, store, (0, 1))
    (error,) = await api.errors(ATTACH, id=cart["id"])
    assert error["extensions"]["code"] == "PermissionDenied"
    taken = await ok(ada, ATTACH, id=cart["id"])
    assert (taken["email"], taken["user"]) == (emails[0], {"email": emails[0]})
    for wrong in (ATTACH, DETACH):
        (error,) = await bob.errors(wrong, id=cart["id"])
        assert error["extensions"]["code"] == "PermissionDenied"
    (error,) = await api.errors("query($id: ID!) { checkout(id: $id) { id user { email } } }", id=cart["id"])
    assert error["path"] == ["checkout", "user"]
    assert (await ok(ada, DETACH, id=cart["id"]))["user"] is None
    own = await ok(bob, CREATE_OWN, input={"channel": store.room.channel_slug, "lines": []})
    assert own == {"email": emails[1], "user": {"email": emails[1]}}


async def test_an_address_goes_into_the_book_only_when_asked(api: Api, store: Store) -> None:
    email = f"cy-{uuid.uuid4().hex[:8]}@example.com"
    await make_user(store.ctx, email)
    cy = await api.log_in(email, PASSWORD)
    cart = await new_cart(cy, store, (0, 1))
    await ok(cy, SHIP_TO, id=cart["id"], shippingAddress=BERLIN)
    assert await cy.run("{ me { addresses { city } } }") == {"me": {"addresses": []}}
    await ok(cy, SHIP_TO, id=cart["id"], shippingAddress=BERLIN, saveAddress=True)
    assert await cy.run("{ me { addresses { city } } }") == {"me": {"addresses": [{"city": "Berlin"}]}}


async def test_metadata_of_a_cart_is_open_to_whoever_has_its_id(api: Api, store: Store) -> None:
    cart = await new_cart(api, store, (0, 1))
    document = """mutation($id: ID!) { updateMetadata(id: $id, input: [{key: "gift", value: "yes"}]) {
      item { metadata { key value } ... on Checkout { id totalPrice { gross { amount } } } } errors { code } } }"""
    found = (await api.run(document, id=cart["id"]))["updateMetadata"]
    assert found["item"] == {
        "metadata": [{"key": "gift", "value": "yes"}],
        "id": cart["id"],
        "totalPrice": {"gross": {"amount": 10.0}},
    }


async def test_a_whole_cart_is_read_in_the_statements_of_its_budget(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = await new_cart(api, store, (0, 1), (1, 1), (2, 1))
    await ok(api, SHIP_TO, id=cart["id"], shippingAddress=BERLIN)
    await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=store.methods[0])
    statements = []
    fetch = HeldReads.fetch

    async def counted(reads: HeldReads, sql: str, arguments: list[Any]) -> list[Any]:
        statements.append(sql)
        return await fetch(reads, sql, arguments)

    monkeypatch.setattr(HeldReads, "fetch", counted)
    await api.run(READ, id=cart["id"])
    assert len(statements) == statements_of("cart")


async def test_codes_cost_a_cart_one_statement_for_what_is_shown_of_its_gift_cards(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    cart = await new_cart(api, store, (0, 1), (1, 1), (2, 1))
    await ok(api, SHIP_TO, id=cart["id"], shippingAddress=BERLIN)
    await ok(api, CHOOSE, id=cart["id"], deliveryMethodId=store.methods[0])
    (code,) = await voucher(store.ctx, store.room, 100)
    for each in (code, (await gift_card(store.ctx, 500)).code):
        await ok(api, ADD_CODE, id=cart["id"], promoCode=each)
    statements = []
    fetch = HeldReads.fetch

    async def counted(reads: HeldReads, sql: str, arguments: list[Any]) -> list[Any]:
        statements.append(sql)
        return await fetch(reads, sql, arguments)

    monkeypatch.setattr(HeldReads, "fetch", counted)
    codes = "voucherCode discount { amount } discountName giftCards { displayCode currentBalance { amount } }"
    await api.run(f"query($id: ID!) {{ checkout(id: $id) {{ {CART} {codes} }} }}", id=cart["id"])
    assert len(statements) == statements_of("cart_with_codes")
