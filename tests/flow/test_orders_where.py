"""The order list by conditions that staff put together."""

from typing import Any

import pytest

from engine.accounts.models import Address
from engine.channels.models import Channel
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from engine.invoices.models import Invoice
from engine.orders.models import Fulfillment, Order, OrderEvent, OrderLine
from engine.payments.models import TransactionItem
from tests.api import Api
from tests.people import PASSWORD, make_group, make_staff, make_user

pytestmark = pytest.mark.anyio

LIST = """query($where: OrderWhereInput, $filter: OrderFilterInput) {
  orders(first: 20, where: $where, filter: $filter, sortBy: {field: NUMBER, direction: ASC}) {
    totalCount edges { node { number } } } }"""


@pytest.fixture(scope="module")
async def clerk(api: Api, shop: Shop) -> Api:
    """Over orders 1 to 3: one charged and sent, one half charged, one bare."""
    ctx = shop.ctx()
    buyer = await make_user(ctx, "buyer@example.com")
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS")

    async def work(tx: WriteCtx) -> None:
        channel = Channel(slug="here", name="Here", currency="EUR", default_country="DE")
        address = Address(country="FR", phone="+33 1", first_name="A", last_name="B", city="Paris")
        tx.add(channel, address)
        await tx.session.flush()
        for number, status, charged in ((1, "FULFILLED", 1_000), (2, "UNFULFILLED", 400), (3, "UNCONFIRMED", 0)):
            order = Order(
                number=number, channel_id=channel.id or 0, currency="EUR", status=status, subtotal_gross=1_000,
                total_gross=1_000, user_id=buyer if number == 2 else None, user_email=f"{number}@example.com",
                meta={"n": str(number)}, billing_address_id=address.id if number == 1 else None,
                voucher_code="TEN" if number == 3 else None,
            )  # fmt: skip
            tx.add(order)
            await tx.session.flush()
            zeros = dict.fromkeys(("unit_net", "unit_gross", "undiscounted_unit_net", "undiscounted_unit_gross"), 0)
            sums = dict.fromkeys(("total_net", "total_gross", "undiscounted_total_net", "undiscounted_total_gross"), 0)
            for _ in range(number):
                tx.add(OrderLine(order_id=order.id, product_name="Book", quantity=1, **zeros, **sums))
            if charged:
                tx.add(
                    TransactionItem(
                        order_id=order.id, channel_id=channel.id or 0, provider_id="", currency="EUR",
                        charged_amount=charged, psp_reference=f"psp-{number}",
                    )
                )  # fmt: skip
            if number == 1:
                tx.add(
                    Invoice(order_id=order.id, number="I-1"),
                    Fulfillment(order_id=order.id, fulfillment_order=1, meta={"box": "red"}),
                    OrderEvent(order_id=order.id, type="PLACED"),
                )

    await transact(ctx, work)
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def numbers(clerk: Api, where: Any) -> list[int]:
    found = (await clerk.run(LIST, where=where))["orders"]
    listed = [int(edge["node"]["number"]) for edge in found["edges"]]
    assert found["totalCount"] == len(listed)
    return listed


CASES: list[tuple[Any, list[int]]] = [
    ({}, [1, 2, 3]),
    ({"number": {"eq": 2}}, [2]),
    ({"number": {"oneOf": [1, 3]}}, [1, 3]),
    ({"number": {"range": {"gte": 2, "lte": 3}}}, [2, 3]),
    ({"status": {"oneOf": ["UNFULFILLED", "UNCONFIRMED"]}}, [2, 3]),
    ({"chargeStatus": {"eq": "PARTIAL"}}, [2]),
    ({"chargeStatus": {"oneOf": ["NONE", "FULL"]}}, [1, 3]),
    ({"authorizeStatus": {"eq": "FULL"}}, [1]),
    ({"userEmail": {"eq": "3@example.com"}}, [3]),
    ({"metadata": {"key": "n"}}, [1, 2, 3]),
    ({"metadata": {"key": "n", "value": {"eq": "2"}}}, [2]),
    ({"metadata": {"key": "n", "value": {"oneOf": ["2", "3"]}}}, [2, 3]),
    ({"voucherCode": {"eq": "TEN"}}, [3]),
    ({"hasInvoices": True}, [1]),
    ({"hasInvoices": False}, [2, 3]),
    ({"invoices": [{"createdAt": {"gte": "2000-01-01T00:00:00Z"}}]}, [1]),
    ({"invoices": [{"createdAt": {"lte": "2000-01-01T00:00:00Z"}}]}, []),
    ({"hasFulfillments": True}, [1]),
    ({"fulfillments": [{"status": {"eq": "FULFILLED"}, "metadata": {"key": "box", "value": {"eq": "red"}}}]}, [1]),
    ({"fulfillments": [{"warehouse": {"slug": {"eq": "nowhere"}}}]}, []),
    ({"linesCount": {"range": {"gte": 2}}}, [2, 3]),
    ({"lines": [{"metadata": {"key": "x"}}]}, []),
    ({"transactions": [{"pspReference": {"eq": "psp-2"}}]}, [2]),
    ({"totalGross": {"currency": "EUR", "amount": {"eq": 10}}}, [1, 2, 3]),
    ({"totalGross": {"amount": {"range": {"gte": 10.01}}}}, []),
    ({"events": [{"type": {"oneOf": ["PLACED", "CANCELED"]}}]}, [1]),
    ({"billingAddress": {"country": {"eq": "FR"}, "phoneNumber": {"eq": "+33 1"}}}, [1]),
    ({"billingAddress": {"country": {"notOneOf": ["FR"]}}}, []),
    ({"isClickAndCollect": True}, []),
    ({"isGiftCardUsed": False}, [1, 2, 3]),
    ({"isGiftCardBought": True}, []),
    ({"productTypeId": {"eq": to_global("ProductType", 1)}}, []),
    ({"user": {"eq": to_global("User", 10**9)}}, []),
    ({"OR": [{"number": {"eq": 1}}, {"AND": [{"number": {"eq": 2}}, {"status": {"eq": "UNFULFILLED"}}]}]}, [1, 2]),
    ({"OR": [{"number": {"eq": 1}}, {"number": {"eq": 2}}], "chargeStatus": {"eq": "FULL"}}, [1]),
]


@pytest.mark.parametrize(("where", "found"), CASES)
async def test_orders_are_found_by_each_condition(clerk: Api, where: Any, found: list[int]) -> None:
    assert await numbers(clerk, where) == found


async def test_an_id_of_something_else_and_two_kinds_of_filter_are_refused(clerk: Api) -> None:
    (error,) = await clerk.errors(LIST, where={"user": {"eq": "x"}})
    assert "Invalid ID" in error["message"]
    (error,) = await clerk.errors(LIST, where={}, filter={"search": "x"})
    assert error["message"] == "Only one filtering argument (filter or where) can be specified."


async def test_staff_of_another_channel_find_none_of_them(api: Api, shop: Shop, clerk: Api) -> None:
    ctx = shop.ctx()

    async def other(tx: WriteCtx) -> int:
        channel = Channel(slug="there", name="There", currency="EUR", default_country="DE")
        tx.add(channel)
        await tx.session.flush()
        return channel.id or 0

    there = await transact(ctx, other)
    stranger = await make_user(ctx, "there@example.com", is_staff=True)
    await make_group(ctx, "there", "MANAGE_ORDERS", members=(stranger,), channels=(there,))
    await ctx.release()
    limited = await api.log_in("there@example.com", PASSWORD)
    assert await numbers(limited, {"OR": [{"number": {"eq": 1}}, {}]}) == []
