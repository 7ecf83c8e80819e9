"""What a cart refuses over HTTP, hostile input included, and that it then stays as it was."""

import uuid
from collections.abc import AsyncIterator

import pytest
import sqlalchemy as sa

from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.stockroom import delete_variant
from tests.storefront import (
    ADD,
    ADD_CODE,
    BERLIN,
    BILL_TO,
    CHOOSE,
    CREATE,
    DELETE,
    DELETE_ONE,
    EMAIL,
    LANGUAGE,
    NOTE,
    NOWHERE,
    QUOTE,
    READ,
    REMOVE_CODE,
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


async def test_a_refused_line_says_which_variant_and_changes_nothing(api: Api, store: Store) -> None:
    a, b, c = store.variants
    cart = await new_cart(api, store, (0, 1))
    id = cart["id"]

    async def adding(*lines: tuple[str, int]) -> list[tuple[str | None, str]]:
        return await refused(api, ADD, id=id, lines=[{"variantId": v, "quantity": q} for v, q in lines])

    assert await adding((a, 0)) == [("quantity", "ZERO_QUANTITY")]
    assert await adding((a, -5)) == [("quantity", "ZERO_QUANTITY")]
    assert await adding((c, 1), (b, 3)) == [("quantity", "INSUFFICIENT_STOCK")]
    assert await adding((a, 2**31 - 1)) == [("quantity", "QUANTITY_GREATER_THAN_LIMIT")]
    assert await adding(*[(a, 2**31 - 1)] * 3) == [("quantity", "QUANTITY_GREATER_THAN_LIMIT")]
    assert await adding((to_global("ProductVariant", 2**62), 1)) == [("variantId", "NOT_FOUND")]
    assert await adding((to_global("Product", store.room.products[0]), 1)) == [("variantId", "NOT_FOUND")]
    for nonsense in ("", "1", "AAAA", "\u0007", "UHJvZHVjdFZhcmlhbnQ6LTE="):
        assert await adding((nonsense, 1)) == [("variantId", "NOT_FOUND")]
    answer = (await api.run(ADD, id=id, lines=[{"variantId": b, "quantity": 3}]))["it"]
    assert answer["errors"][0]["variants"] == [b]
    assert await refused(api, UPDATE, id=id, lines=[{"variantId": a, "quantity": -1}]) == [
        ("quantity", "ZERO_QUANTITY")
    ]
    line = {"variantId": a, "quantity": 1, "priceOverrideReason": "because"}
    assert await refused(api, ADD, id=id, lines=[line]) == [
        ("priceOverrideReason", "PRICE_OVERRIDE_REASON_WITHOUT_OVERRIDE")
    ]
    (error,) = await api.errors(ADD, id=id, lines=[{"variantId": a, "quantity": 1, "price": 0.01}])
    assert error["extensions"]["code"] == "PermissionDenied"
    assert contents((await api.run(READ, id=id))["checkout"]) == [(a, 1)]


async def test_lines_of_another_cart_cannot_be_touched(api: Api, store: Store) -> None:
    mine, other = await new_cart(api, store, (0, 1)), await new_cart(api, store, (0, 1))
    own, foreign = mine["lines"][0]["id"], other["lines"][0]["id"]
    assert await refused(api, DELETE, id=mine["id"], linesIds=[own, foreign]) == [("linesIds", "NOT_FOUND")]
    assert await refused(api, DELETE_ONE, id=mine["id"], lineId=foreign) == [("lineId", "NOT_FOUND")]
    assert await refused(api, DELETE_ONE, id=mine["id"], lineId=None) == [("lineId", "NOT_FOUND")]
    assert await refused(api, UPDATE, id=mine["id"], lines=[{"lineId": foreign, "quantity": 2}]) == [
        ("lineId", "NOT_FOUND")
    ]
    assert len((await api.run(READ, id=mine["id"]))["checkout"]["lines"]) == 1
    assert (await ok(api, DELETE, id=mine["id"], linesIds=[own]))["lines"] == []
    assert len((await api.run(READ, id=other["id"]))["checkout"]["lines"]) == 1


async def test_a_line_whose_variant_was_deleted_is_gone(api: Api, store: Store) -> None:
    cart = await new_cart(api, store, (0, 1), (2, 1))
    gone = store.variants[0]
    await delete_variant(store.ctx, store.room.variants[0])
    assert contents((await api.run(READ, id=cart["id"]))["checkout"]) == [(store.variants[2], 1)]
    assert await refused(api, ADD, id=cart["id"], lines=[{"variantId": gone, "quantity": 1}]) == [
        ("variantId", "NOT_FOUND")
    ]
    assert await refused(api, UPDATE, id=cart["id"], lines=[{"variantId": gone, "quantity": 1}]) == [
        ("variantId", "NOT_FOUND")
    ]


@pytest.mark.parametrize("id", [NOWHERE, to_global("Order", uuid.UUID(int=1)), "garbage", ""])
async def test_a_cart_that_is_not_there_is_refused_everywhere(api: Api, store: Store, id: str) -> None:
    code = "NOT_FOUND" if id else "REQUIRED"
    for document, variables in (
        (ADD, {"lines": []}),
        (UPDATE, {"lines": []}),
        (DELETE, {"linesIds": []}),
        (EMAIL, {"email": "a@example.com"}),
        (SHIP_TO, {"shippingAddress": BERLIN}),
        (BILL_TO, {"billingAddress": BERLIN}),
        (CHOOSE, {"deliveryMethodId": store.methods[0]}),
        (CHOOSE, {"deliveryMethodId": None}),
        (LANGUAGE, {"languageCode": "EN"}),
        (NOTE, {"customerNote": ""}),
        (ADD_CODE, {"promoCode": "X"}),
        (REMOVE_CODE, {"promoCode": "X"}),
    ):
        assert await refused(api, document, id=id, **variables) == [("id", code)], document
    answer = (await api.run(QUOTE, id=id))["it"]
    assert (answer["deliveries"], [error["field"] for error in answer["errors"]]) == ([], ["id"])


async def test_reading_a_cart_needs_its_own_kind_of_id(api: Api) -> None:
    assert await api.run(READ, id=NOWHERE) == {"checkout": None}
    (error,) = await api.errors(READ, id=to_global("Order", uuid.UUID(int=1)))
    assert "Expected: Checkout." in error["message"]


async def test_a_cart_is_made_only_for_a_channel_that_is_open(api: Api, store: Store) -> None:
    assert await refused(api, CREATE, input={"channel": "no-such", "lines": []}) == [("channel", "NOT_FOUND")]
    assert await refused(api, CREATE, input={"lines": []}) == [("channel", "MISSING_CHANNEL_SLUG")]

    async def close(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE channel SET is_active = false WHERE id = :id"), {"id": store.room.channel_id})

    await transact(store.ctx, close)
    closed = {"channel": store.room.channel_slug, "lines": []}
    assert await refused(api, CREATE, input=closed) == [("channel", "CHANNEL_INACTIVE")]


async def test_addresses_and_emails_are_checked_field_by_field(api: Api, store: Store) -> None:
    cart = await new_cart(api, store)
    wrong = {**BERLIN, "postalCode": "nope", "city": "", "phone": "12"}
    answer = (await api.run(SHIP_TO, id=cart["id"], shippingAddress=wrong))["it"]
    assert [(error["field"], error["code"], error["addressType"]) for error in answer["errors"]] == [
        ("city", "REQUIRED", "SHIPPING"), ("postalCode", "INVALID", "SHIPPING"), ("phone", "INVALID", "SHIPPING"),
    ]  # fmt: skip
    partial = {"country": "DE"}
    lenient = {"checkRequiredFields": False}
    assert await ok(api, SHIP_TO, id=cart["id"], shippingAddress=partial, validationRules=lenient)
    skipping = {**partial, "skipValidation": True}
    (error,) = await api.errors(BILL_TO, id=cart["id"], billingAddress=skipping)
    assert error["extensions"]["code"] == "PermissionDenied"
    for email in ("", "nobody", "a@b", "x" * 300 + "@example.com", "a\u0007@example.com"):
        assert [field for field, _ in await refused(api, EMAIL, id=cart["id"], email=email)] == ["email"]
    assert [code for _, code in await refused(api, NOTE, id=cart["id"], customerNote="x" * 10_001)] == ["INVALID"]


async def test_no_code_is_good_in_a_shop_that_issues_none(api: Api, store: Store) -> None:
    cart = await new_cart(api, store, (0, 1))
    assert await refused(api, ADD_CODE, id=cart["id"], promoCode="SALE") == [("promoCode", "INVALID")]
    assert await refused(api, REMOVE_CODE, id=cart["id"], promoCode="SALE") == [("promoCode", "NOT_FOUND")]
