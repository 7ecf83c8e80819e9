"""What order promotions do to a cart: the best of them alone, and none beside a voucher."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.checkout import queries as checkouts
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global, uuid_pk
from engine.core.tables import sa
from engine.flows.shop import Shop
from tests.api import Api
from tests.codes import order_promotion, voucher
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.purchase import ready_checkout
from tests.stockroom import unbalanced
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

CART = """
  id voucherCode discount { amount } discountName quantity
  lines { id quantity isGift variant { id } unitPrice { gross { amount } } undiscountedUnitPrice { amount }
    totalPrice { gross { amount } } }
  subtotalPrice { gross { amount } } totalPrice { gross { amount } }
  problems { __typename ... on CheckoutLineProblemInsufficientStock { line { id } } }
"""
READ = f"query($id: ID!) {{ checkout(id: $id) {{ {CART} }} }}"
ERRORS = "errors { field code lines }"
LINES = f"""mutation($id: ID, $lines: [CheckoutLineUpdateInput!]!) {{
  it: checkoutLinesUpdate(id: $id, lines: $lines) {{ checkout {{ {CART} }} {ERRORS} }} }}"""
DELETE = f"""mutation($id: ID, $ids: [ID!]!) {{
  it: checkoutLinesDelete(id: $id, linesIds: $ids) {{ checkout {{ {CART} }} {ERRORS} }} }}"""
ADD_CODE = f"""mutation($id: ID, $code: String!) {{ it: checkoutAddPromoCode(id: $id, promoCode: $code) {{
  checkout {{ {CART} }} {ERRORS} }} }}"""
REMOVE_CODE = f"""mutation($id: ID, $code: String!) {{ it: checkoutRemovePromoCode(id: $id, promoCode: $code) {{
  checkout {{ {CART} }} {ERRORS} }} }}"""
ORDER = """query($id: ID!) { order(id: $id) {
  discounts { type name valueType value amount { amount } } total { gross { amount } }
  lines { isGift quantity unitPrice { gross { amount } } totalPrice { gross { amount } } variant { id }
    undiscountedUnitPrice { gross { amount } } discounts { type total { amount } } } } }"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    """Variants at 10.00, of which there are 10, 2 and 5, delivered at 4.90."""
    async with open_store(shop) as opened:
        yield opened
        assert await unbalanced(opened.ctx) == []


async def cart(api: Api, store: Store, quantity: int = 3) -> str:
    return await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", quantity)


async def read(api: Api, id: str) -> Any:
    return (await api.run(READ, id=id))["checkout"]


async def set_quantity(api: Api, store: Store, id: str, quantity: int) -> Any:
    lines = [{"variantId": store.variants[0], "quantity": quantity}]
    return (await done(api, LINES, id=id, lines=lines))["checkout"]


def gifts(found: Any) -> list[str]:
    return [line["variant"]["id"] for line in found["lines"] if line["isGift"]]


async def bought(api: Api, id: str) -> Any:
    await done(api, INITIALIZE, id=id, gateway=dummy())
    order = (await done(api, COMPLETE, id=id))["order"]
    return (await api.run(ORDER, id=order["id"]))["order"]


async def sql(store: Store, text: str, **values: Any) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.text(text), values)

    await transact(store.ctx, work)


async def test_the_best_rule_alone_is_off_the_goods_and_in_the_order(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, value=100)
    await order_promotion(store.ctx, store.room, value=15_000, value_type="PERCENTAGE", name="Spring", name_key="s")
    await order_promotion(store.ctx, store.room, value=9999, at_least="30.01")
    id = await cart(api, store)
    found = await read(api, id)
    assert (found["discount"]["amount"], found["discountName"]) == (4.5, "Spring: Rule")
    assert (found["subtotalPrice"]["gross"]["amount"], found["totalPrice"]["gross"]["amount"]) == (25.5, 30.4)
    assert found["lines"][0]["unitPrice"]["gross"]["amount"] == 8.5
    order = await bought(api, id)
    (off,) = order["discounts"]
    assert (off["type"], off["name"], off["value"]) == ("ORDER_PROMOTION", "Spring: Rule", 15)
    assert (off["amount"]["amount"], order["total"]["gross"]["amount"]) == (4.5, 30.4)


async def test_a_voucher_keeps_order_promotions_off_while_it_is_there(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, value=1000)
    (code,) = await voucher(store.ctx, store.room, 100)
    id = await cart(api, store)
    assert (await done(api, ADD_CODE, id=id, code=code))["checkout"]["discount"]["amount"] == 1.0
    assert (await done(api, REMOVE_CODE, id=id, code=code))["checkout"]["discount"]["amount"] == 10.0


async def test_a_promotion_holds_by_the_clock_and_in_its_channel(api: Api, store: Store) -> None:
    rule = await order_promotion(store.ctx, store.room, value=1000)
    id = await cart(api, store)
    assert (await read(api, id))["discount"]["amount"] == 10.0
    await sql(store, "UPDATE promotion SET end_date = now() - interval '1 second'")
    assert (await read(api, id))["discount"]["amount"] == 0.0
    await sql(store, "UPDATE promotion SET end_date = NULL")
    await sql(store, "DELETE FROM promotion_rule_channel WHERE rule_id = :rule", rule=rule)
    assert (await read(api, id))["discount"]["amount"] == 0.0


async def test_a_gift_comes_into_the_cart_and_goes_with_what_earned_it(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, at_least="30", gifts=[store.room.variants[1]])
    id = await cart(api, store, 2)
    assert gifts(await read(api, id)) == []
    found = await set_quantity(api, store, id, 3)
    assert gifts(found) == [store.variants[1]]
    gift = found["lines"][1]
    assert (gift["quantity"], gift["totalPrice"]["gross"]["amount"]) == (1, 0.0)
    assert (gift["unitPrice"]["gross"]["amount"], gift["undiscountedUnitPrice"]["amount"]) == (0.0, 10.0)
    assert (found["quantity"], found["discount"]["amount"], found["totalPrice"]["gross"]["amount"]) == (4, 0.0, 34.9)
    assert gifts(await set_quantity(api, store, id, 2)) == []


async def test_a_gift_line_is_nobodys_to_edit_or_remove(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, gifts=[store.room.variants[1]])
    id = await cart(api, store)
    gift = (await read(api, id))["lines"][1]["id"]
    answer = await faults(api, LINES, id=id, lines=[{"lineId": gift, "quantity": 2}])
    assert answer == [("lines", "NON_EDITABLE_GIFT_LINE")]
    assert await faults(api, DELETE, id=id, ids=[gift]) == [("linesIds", "NON_REMOVABLE_GIFT_LINE")]
    lines = [{"variantId": store.variants[1], "quantity": 1}]
    found = (await done(api, LINES, id=id, lines=lines))["checkout"]
    assert [(line["isGift"], line["quantity"]) for line in found["lines"]] == [(False, 3), (True, 1), (False, 1)]


async def test_a_gift_is_sold_with_the_order_and_takes_its_unit(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, gifts=[store.room.variants[1]])
    id = await cart(api, store)
    order = await bought(api, id)
    assert [(line["isGift"], line["totalPrice"]["gross"]["amount"]) for line in order["lines"]] == [
        (False, 30.0),
        (True, 0.0),
    ]
    gift = order["lines"][1]
    assert gift["undiscountedUnitPrice"]["gross"]["amount"] == 10.0
    assert [(each["type"], each["total"]["amount"]) for each in gift["discounts"]] == [("ORDER_PROMOTION", 10.0)]
    assert order["total"]["gross"]["amount"] == 34.9


async def test_the_dearest_gift_in_stock_is_given_and_none_when_there_is_none(api: Api, store: Store) -> None:
    _, b, c = store.room.variants
    await sql(store, "UPDATE variant_price SET amount = 5000 WHERE variant_id = :id", id=b)
    await order_promotion(store.ctx, store.room, gifts=[b, c])
    id = await cart(api, store)
    assert gifts(await read(api, id)) == [store.variants[1]]
    await store.room.count(store.ctx, b, 0)
    assert gifts(await set_quantity(api, store, id, 4)) == [store.variants[2]]
    await store.room.count(store.ctx, c, 0)
    assert gifts(await set_quantity(api, store, id, 3)) == []


async def test_a_gift_that_is_no_longer_given_is_neither_shown_nor_held_nor_sold(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, gifts=[store.room.variants[1]])
    id = await cart(api, store)
    assert len((await read(api, id))["lines"]) == 2
    await sql(store, "UPDATE promotion SET end_date = now() - interval '1 second'")
    found = await read(api, id)
    assert (len(found["lines"]), found["quantity"], found["problems"]) == (1, 3, [])
    order = await bought(api, id)
    assert [line["isGift"] for line in order["lines"]] == [False]


async def test_a_gift_that_is_sold_out_does_not_keep_the_cart_from_completion(api: Api, store: Store) -> None:
    await order_promotion(store.ctx, store.room, gifts=[store.room.variants[1]])
    id = await cart(api, store)
    await store.room.count(store.ctx, store.room.variants[1], 0)
    assert [line["isGift"] for line in (await bought(api, id))["lines"]] == [False]


async def test_a_gift_makes_no_quote_of_delivery_stale(api: Api, store: Store) -> None:
    id = await cart(api, store)
    await order_promotion(store.ctx, store.room, gifts=[store.room.variants[1]])
    (code,) = await voucher(store.ctx, store.room, 100)
    await done(api, ADD_CODE, id=id, code=code)
    found = (await done(api, REMOVE_CODE, id=id, code=code))["checkout"]
    assert (gifts(found), found["problems"]) == ([store.variants[1]], [])
    (lines,) = await checkouts.lines_of(store.ctx, [uuid_pk(id, "Checkout")])
    assert [line["is_gift"] for line in lines] == [False, True]
    assert to_global("ProductVariant", lines[1]["variant_id"]) == store.variants[1]
