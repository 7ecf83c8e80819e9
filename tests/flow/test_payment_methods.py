"""How a payment was paid, as whoever records it says."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.flows.shop import Shop
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

DETAILS = """paymentMethodDetails { __typename name
  ... on CardPaymentMethodDetails { brand firstDigits lastDigits expMonth expYear } }"""
CREATE = f"""mutation($id: ID!, $input: TransactionCreateInput!) {{
  it: transactionCreate(id: $id, transaction: $input) {{
    transaction {{ id {DETAILS} }} errors {{ field code }} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: TransactionUpdateInput!) {{
  it: transactionUpdate(id: $id, transaction: $input) {{
    transaction {{ {DETAILS} }} errors {{ field code }} }} }}"""
LIST = "query($where: OrderWhereInput!) { orders(first: 9, where: $where) { edges { node { id } } } }"


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


@pytest.fixture
async def order(api: Api, store: Store) -> str:
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 1)
    paid = await done(api, INITIALIZE, id=id, gateway=dummy())
    assert paid["transaction"]["id"]
    made: str = (await done(api, COMPLETE, id=id))["order"]["id"]
    return made


async def test_a_card_is_kept_by_what_may_be_shown_of_it(clerk: Api, order: str) -> None:
    card = {"name": "Visa credit", "brand": "visa", "firstDigits": "4242", "lastDigits": "0007", "expMonth": 7,
            "expYear": 2031}  # fmt: skip
    made = (await done(clerk, CREATE, id=order, input={"paymentMethodDetails": {"card": card}}))["transaction"]
    assert made["paymentMethodDetails"] == {"__typename": "CardPaymentMethodDetails", **card}

    async def found(details: Any) -> list[str]:
        where = {"ids": [order], "transactions": [{"paymentMethodDetails": details}]}
        return [edge["node"]["id"] for edge in (await clerk.run(LIST, where=where))["orders"]["edges"]]

    assert await found({"card": {"brand": {"oneOf": ["visa", "amex"]}}}) == [order]
    assert await found({"card": {"brand": {"eq": "amex"}}}) == []
    assert await found({"type": {"eq": "OTHER"}}) == []
    other = {"paymentMethodDetails": {"other": {"name": "Bank transfer"}}}
    changed = (await done(clerk, UPDATE, id=made["id"], input=other))["transaction"]["paymentMethodDetails"]
    assert changed == {"__typename": "OtherPaymentMethodDetails", "name": "Bank transfer"}
    assert await found({"type": {"oneOf": ["OTHER"]}}) == [order]
    assert (await done(clerk, UPDATE, id=made["id"], input={"name": "x"}))["transaction"]["paymentMethodDetails"]


@pytest.mark.parametrize(
    ("card", "fault"),
    [
        ({"name": "4242 4242 4242 4242"}, "name"),
        ({"name": "x", "brand": "4242424242424242"}, "brand"),
        ({"name": "x", "lastDigits": "42424"}, "lastDigits"),
        ({"name": "x", "firstDigits": "42a"}, "firstDigits"),
        ({"name": "x", "expMonth": 13}, "expMonth"),
        ({"name": "x", "expYear": 31}, "expYear"),
    ],
)
async def test_no_card_number_and_no_nonsense_is_kept(clerk: Api, order: str, card: Any, fault: str) -> None:
    assert await faults(clerk, CREATE, id=order, input={"paymentMethodDetails": {"card": card}}) == [(fault, "INVALID")]


async def test_it_was_paid_one_way(clerk: Api, order: str) -> None:
    for details in ({}, {"card": {"name": "x"}, "other": {"name": "y"}}):
        given = {"paymentMethodDetails": details}
        assert await faults(clerk, CREATE, id=order, input=given) == [("paymentMethodDetails", "INVALID")]
