"""Vouchers and gift cards on a cart, and on the order it becomes."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.core.context import transact
from engine.core.ids import int_pk, to_global, uuid_pk
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows import promo_codes
from engine.flows.shop import Shop
from engine.gift_cards import queries as gift_cards
from tests.api import Api
from tests.codes import gift_card, voucher
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

CART = """
  id voucherCode discount { amount currency } discountName translatedDiscountName
  giftCards { id displayCode currentBalance { amount currency } }
  lines { unitPrice { gross { amount } } undiscountedUnitPrice { amount } totalPrice { gross { amount } } }
  subtotalPrice { gross { amount } } shippingPrice { gross { amount } } totalPrice { gross { amount } }
  totalBalance { amount }
"""
ADD = f"""mutation($id: ID, $code: String!) {{ it: checkoutAddPromoCode(id: $id, promoCode: $code) {{
  checkout {{ {CART} }} errors {{ field code message }} }} }}"""
REMOVE = f"""mutation($id: ID, $code: String, $codeId: ID) {{
  it: checkoutRemovePromoCode(id: $id, promoCode: $code, promoCodeId: $codeId) {{
    checkout {{ {CART} }} errors {{ field code message }} }} }}"""
LINES = f"""mutation($id: ID, $lines: [CheckoutLineUpdateInput!]!) {{
  it: checkoutLinesUpdate(id: $id, lines: $lines) {{ checkout {{ {CART} }} errors {{ field code }} }} }}"""
ORDER = """query($id: ID!) { order(id: $id) {
  voucherCode voucher { code name type } giftCards { displayCode currentBalance { amount } }
  discounts { type name valueType value amount { amount } total { amount } reason }
  total { gross { amount } } undiscountedTotal { gross { amount } } subtotal { gross { amount } }
  shippingPrice { gross { amount } }
  lines { quantity unitPrice { gross { amount } } undiscountedUnitPrice { gross { amount } }
    totalPrice { gross { amount } } undiscountedTotalPrice { gross { amount } } voucherCode
    unitDiscount { amount } unitDiscountType unitDiscountValue
    discounts { type valueType value total { amount } unit { amount } } } } }"""
CLEAR = "mutation($id: ID) { it: checkoutDeliveryMethodUpdate(id: $id) { checkout { voucherCode } errors { code } } }"
CANCEL = "mutation($id: ID!) { it: orderCancel(id: $id) { order { status } errors { field code } } }"
_USED = Statement(
    sa.text("SELECT used, is_active FROM voucher_code WHERE code = :code").bindparams(
        sa.bindparam("code", type_=sa.Text)
    )
)


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    """Variants at 10.00, delivered at 4.90."""
    async with open_store(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@codes.example", "MANAGE_ORDERS", "MANAGE_DISCOUNTS")
    await ctx.release()
    return await api.log_in("clerk@codes.example", PASSWORD)


async def cart(api: Api, store: Store, quantity: int = 3) -> str:
    return await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", quantity)


async def add(api: Api, id: str, code: str) -> Any:
    return (await done(api, ADD, id=id, code=code))["checkout"]


def amounts(found: Any) -> tuple[float, ...]:
    names = ("subtotalPrice", "shippingPrice", "totalPrice")
    return tuple(found[name]["gross"]["amount"] for name in names)


async def bought(api: Api, id: str) -> Any:
    await done(api, INITIALIZE, id=id, gateway=dummy())
    order = (await done(api, COMPLETE, id=id))["order"]
    return (await api.run(ORDER, id=order["id"]))["order"] | {"id": order["id"]}


async def test_a_voucher_for_the_entire_order_goes_from_the_cart_into_the_order(api: Api, store: Store) -> None:
    (code,) = await voucher(store.ctx, store.room, 10_000, value_type="PERCENTAGE")
    id = await cart(api, store)
    found = await add(api, id, f" {code} ")
    assert (found["voucherCode"], found["discount"]) == (code, {"amount": 3.0, "currency": "EUR"})
    assert found["discountName"].startswith("Voucher ")
    assert amounts(found) == (27.0, 4.9, 31.9)
    assert found["lines"][0]["unitPrice"]["gross"]["amount"] == 9.0
    assert found["lines"][0]["undiscountedUnitPrice"]["amount"] == 10.0
    order = await bought(api, id)
    assert (order["voucherCode"], order["voucher"]["code"]) == (code, code)
    assert order["voucher"]["type"] == "ENTIRE_ORDER"
    (off,) = order["discounts"]
    assert (off["type"], off["valueType"], off["value"], off["amount"]["amount"]) == ("VOUCHER", "PERCENTAGE", 10, 3.0)
    assert order["total"]["gross"]["amount"] == 31.9
    assert order["undiscountedTotal"]["gross"]["amount"] == 34.9
    line = order["lines"][0]
    assert (line["unitPrice"]["gross"]["amount"], line["undiscountedUnitPrice"]["gross"]["amount"]) == (9.0, 10.0)
    assert (await store.ctx.first(_USED, code=code))["used"] == 1  # type: ignore[index]


async def test_a_voucher_for_products_is_off_each_unit_of_their_lines(api: Api, store: Store) -> None:
    meant = [store.room.variants[0]]
    (code,) = await voucher(store.ctx, store.room, 250, type="SPECIFIC_PRODUCT", variants=meant)
    id = await cart(api, store)
    assert amounts(await add(api, id, code)) == (22.5, 4.9, 27.4)
    order = await bought(api, id)
    line = order["lines"][0]
    assert order["discounts"] == []
    assert (line["voucherCode"], line["unitDiscount"]["amount"]) == (code, 2.5)
    assert (line["unitDiscountType"], line["unitDiscountValue"]) == ("FIXED", 2.5)
    assert [(each["type"], each["total"]["amount"], each["unit"]["amount"]) for each in line["discounts"]] == [
        ("VOUCHER", 7.5, 2.5)
    ]


async def test_a_voucher_for_other_products_takes_nothing_off(api: Api, store: Store) -> None:
    (code,) = await voucher(store.ctx, store.room, 250, type="SPECIFIC_PRODUCT", products=[store.room.products[1]])
    assert amounts(await add(api, await cart(api, store), code)) == (30.0, 4.9, 34.9)


async def test_a_voucher_for_delivery_is_off_its_price_and_goes_with_the_choice(api: Api, store: Store) -> None:
    (code,) = await voucher(store.ctx, store.room, 100_000, value_type="PERCENTAGE", type="SHIPPING", countries=["DE"])
    id = await cart(api, store)
    found = await add(api, id, code)
    assert (amounts(found), found["discount"]["amount"]) == ((30.0, 0.0, 30.0), 4.9)
    assert (await done(api, CLEAR, id=id))["checkout"]["voucherCode"] is None
    assert await faults(api, ADD, id=id, code=code) == [("promoCode", "VOUCHER_NOT_APPLICABLE")]


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ({"min_spent": 3001}, "cost less"),
        ({"min_checkout_items_quantity": 4}, "minimum of 4 items"),
        ({"only_for_staff": True}, "staff"),
        ({"type": "SHIPPING", "countries": ["FR"]}, "country"),
    ],
)
async def test_a_voucher_whose_terms_the_cart_does_not_meet_is_refused(
    api: Api, store: Store, terms: dict[str, Any], why: str
) -> None:
    (code,) = await voucher(store.ctx, store.room, 100, **terms)
    answer = (await api.run(ADD, id=await cart(api, store), code=code))["it"]
    assert [(each["field"], each["code"]) for each in answer["errors"]] == [("promoCode", "VOUCHER_NOT_APPLICABLE")]
    assert why in answer["errors"][0]["message"]


async def test_a_voucher_goes_when_the_cart_no_longer_meets_its_terms(api: Api, store: Store) -> None:
    (code,) = await voucher(store.ctx, store.room, 500, min_spent=3000)
    id = await cart(api, store)
    await add(api, id, code)
    lines = [{"variantId": store.variants[0], "quantity": 2}]
    found = (await done(api, LINES, id=id, lines=lines))["checkout"]
    assert (found["voucherCode"], found["subtotalPrice"]["gross"]["amount"]) == (None, 20.0)


async def test_a_voucher_that_ended_takes_nothing_off_and_keeps_the_cart_from_completion(
    api: Api, store: Store
) -> None:
    (code,) = await voucher(store.ctx, store.room, 500)
    id = await cart(api, store)
    await add(api, id, code)

    async def end(tx: Any) -> None:
        await tx.execute(sa.text("UPDATE voucher SET end_date = now() - interval '1 second'"))

    await transact(store.ctx, end)
    read = (await api.run(f"query($id: ID) {{ checkout(id: $id) {{ {CART} }} }}", id=id))["checkout"]
    assert (read["voucherCode"], read["discount"]["amount"], amounts(read)[0]) == (code, 0.0, 30.0)
    assert await faults(api, COMPLETE, id=id) == [("voucherCode", "VOUCHER_NOT_APPLICABLE")]
    await done(api, REMOVE, id=id, code=code)
    assert (await bought(api, id))["voucherCode"] is None


async def test_a_code_for_a_single_use_ends_with_its_order_and_lives_again_when_that_is_cancelled(
    api: Api, store: Store, clerk: Api
) -> None:
    first, second = await voucher(store.ctx, store.room, 500, single_use=True, codes=2)
    id = await cart(api, store, 1)
    await add(api, id, first)
    order = await bought(api, id)
    other = await cart(api, store, 1)
    assert await faults(api, ADD, id=other, code=first) == [("promoCode", "INVALID")]
    assert (await add(api, other, second))["voucherCode"] == second
    await done(clerk, CANCEL, id=order["id"])
    assert (await add(api, other, first))["voucherCode"] == first


async def test_a_customer_uses_a_voucher_once_whatever_its_code(api: Api, store: Store) -> None:
    first, second = await voucher(store.ctx, store.room, 500, apply_once_per_customer=True, codes=2)
    id = await cart(api, store, 1)
    await add(api, id, first)
    await bought(api, id)
    assert await faults(api, ADD, id=await cart(api, store, 1), code=second) == [
        ("promoCode", "VOUCHER_NOT_APPLICABLE")
    ]
    bob = await ready_checkout(api, store.room.channel_slug, store.variants[0], "bob@example.com")
    assert (await add(api, bob, second))["voucherCode"] == second


async def test_what_a_gift_card_has_left_pays_for_another_order(api: Api, store: Store, clerk: Api) -> None:
    card = await gift_card(store.ctx, 2000)
    id = await cart(api, store, 1)
    found = await add(api, id, card.code)
    assert found["giftCards"] == [
        {
            "id": to_global("GiftCard", card.id or 0),
            "displayCode": card.code[-4:],
            "currentBalance": {"amount": 20.0, "currency": "EUR"},
        }
    ]
    assert (amounts(found), found["totalBalance"]["amount"]) == ((10.0, 4.9, 0.0), 0.0)
    order = (await done(api, COMPLETE, id=id))["order"]
    assert (order["total"]["gross"]["amount"], order["chargeStatus"], order["isPaid"]) == (0.0, "FULL", True)
    assert (await gift_cards.by_ids(store.ctx, [card.id or 0]))[0]["current_amount"] == 510  # type: ignore[index]
    id = await cart(api, store, 1)
    assert amounts(await add(api, id, card.code)) == (10.0, 4.9, 9.8)
    order = await bought(api, id)
    assert order["giftCards"] == [{"displayCode": card.code[-4:], "currentBalance": {"amount": 0.0}}]
    assert (order["total"]["gross"]["amount"], order["undiscountedTotal"]["gross"]["amount"]) == (9.8, 14.9)
    assert await faults(api, ADD, id=await cart(api, store, 1), code=card.code) == [
        ("promoCode", "GIFT_CARD_NOT_APPLICABLE")
    ]
    await done(clerk, CANCEL, id=order["id"])
    assert (await gift_cards.by_ids(store.ctx, [card.id or 0]))[0]["current_amount"] == 510  # type: ignore[index]


async def test_codes_come_off_a_cart_by_themselves_or_by_id(api: Api, store: Store, clerk: Api) -> None:
    (code,) = await voucher(store.ctx, store.room, 500)
    cards = [await gift_card(store.ctx, 100) for _ in range(2)]
    id = await cart(api, store)
    for each in (code, *(card.code for card in cards)):
        found = await add(api, id, each)
    assert amounts(found) == (25.0, 4.9, 27.9)
    assert len((await done(api, REMOVE, id=id, code=cards[0].code))["checkout"]["giftCards"]) == 1
    by_id = to_global("GiftCard", cards[1].id or 0)
    assert (await done(api, REMOVE, id=id, codeId=by_id))["checkout"]["giftCards"] == []
    assert await faults(api, REMOVE, id=id, codeId=by_id) == [("promoCodeId", "NOT_FOUND")]
    voucher_id = (await clerk.run("query($id: ID) { checkout(id: $id) { voucher { id code } } }", id=id))["checkout"]
    assert voucher_id["voucher"]["code"] == code
    found = (await done(api, REMOVE, id=id, codeId=voucher_id["voucher"]["id"]))["checkout"]
    assert (found["voucherCode"], amounts(found)) == (None, (30.0, 4.9, 34.9))
    assert await faults(api, REMOVE, id=id, code=code) == [("promoCode", "NOT_FOUND")]
    assert await faults(api, REMOVE, id=id, codeId=store.variants[0]) == [("promoCodeId", "NOT_FOUND")]
    assert await faults(api, REMOVE, id=id) == [(None, "GRAPHQL_ERROR")]
    assert int_pk(voucher_id["voucher"]["id"], "Voucher") > 0


async def test_a_held_cart_that_gets_a_code_loses_its_hold(api: Api, store: Store) -> None:
    card = await gift_card(store.ctx, 100)
    id = await cart(api, store, 1)
    await done(api, INITIALIZE, id=id, gateway=dummy())
    assert amounts(await add(api, id, card.code)) == (10.0, 4.9, 13.9)
    held = Statement(
        sa.text("SELECT held_until FROM checkout WHERE id = :id").bindparams(sa.bindparam("id", type_=sa.Uuid))
    )
    assert await store.ctx.value(held, id=uuid_pk(id, "Checkout")) is None


async def test_codes_that_are_none_are_invalid_and_guessing_is_stopped(
    api: Api, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = await cart(api, store)
    foreign = await gift_card(store.ctx, 100, currency="USD")
    asleep = await gift_card(store.ctx, 100, is_active=False)
    taken = await gift_card(store.ctx, 100, assigned_to_email="bob@example.com")
    assert await faults(api, ADD, id=id, code=taken.code) == [("promoCode", "GIFT_CARD_NOT_APPLICABLE")]
    for code in ("NONE", "", "x" * 300, foreign.code, asleep.code):
        assert await faults(api, ADD, id=id, code=code) == [("promoCode", "INVALID")]
    monkeypatch.setattr(promo_codes, "PER_CART", 5)
    right = await gift_card(store.ctx, 100)
    answer = (await api.run(ADD, id=id, code=right.code))["it"]
    assert [each["code"] for each in answer["errors"]] == ["INVALID"]
    assert "Too many" in answer["errors"][0]["message"]
