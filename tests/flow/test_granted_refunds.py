"""Refunds that are granted by line and shipping, and paid out once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import Refusal
from engine.flows import grant_refunds
from engine.flows.complete_checkout import complete_checkout
from engine.flows.grant_refunds import Grant
from engine.flows.initialize_transaction import Start, initialize_transaction
from engine.flows.payment_gateways import Owner
from engine.flows.payment_records import lock_payment, tell
from engine.flows.settle_payment import ask_about_claim
from engine.flows.shop import Shop
from engine.payments import service as payments
from engine.payments.events import Report
from engine.refunds import queries
from engine.sdk.payments import ProviderFault
from tests.api import Api
from tests.paying import (
    BANK,
    COMPLETE,
    INITIALIZE,
    Bank,
    configure_bank,
    done,
    dummy,
    faults,
    payment,
    ready_cart,
    with_bank,
)
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.stockroom import build
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

REFUND = """id status reason shippingCostsIncluded amount { amount } user { email } app { id } transaction { id }
  lines { id quantity reason orderLine { productName } } transactionEvents { type amount { amount } }"""
GRANT = f"""mutation($id: ID!, $input: OrderGrantRefundCreateInput!) {{
  it: orderGrantRefundCreate(id: $id, input: $input) {{ grantedRefund {{ {REFUND} }}
    order {{ totalGrantedRefund {{ amount }} totalRemainingGrant {{ amount }} }}
    errors {{ field code lines {{ code lineId }} }} }} }}"""
CHANGE = f"""mutation($id: ID!, $input: OrderGrantRefundUpdateInput!) {{
  it: orderGrantRefundUpdate(id: $id, input: $input) {{ grantedRefund {{ {REFUND} }}
    errors {{ field code addLines {{ code }} removeLines {{ code }} }} }} }}"""
PAY = """mutation($id: ID, $refund: ID!) {
  it: transactionRequestRefundForGrantedRefund(id: $id, grantedRefundId: $refund) {
    transaction { refundedAmount { amount } chargedAmount { amount } } errors { field code } } }"""
READ = f"""query($id: ID!) {{ order(id: $id) {{ grantedRefunds {{ {REFUND} }} totalRefunded {{ amount }}
  totalGrantedRefund {{ amount }} totalRemainingGrant {{ amount }} transactions {{ id }} }} }}"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
async def cashier(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "cashier@example.com", "HANDLE_PAYMENTS", "MANAGE_ORDERS", "MANAGE_STAFF")
    await ctx.release()
    return await api.log_in("cashier@example.com", PASSWORD)


@pytest.fixture
async def order(api: Api, cashier: Api, store: Store) -> Any:
    """Three units at 10.00 and delivery at 4.90, paid: 34.90."""
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 3)
    paid = await done(api, INITIALIZE, id=id, gateway=dummy())
    made = (await done(api, COMPLETE, id=id))["order"]
    return {"id": made["id"], "line": made["lines"][0]["id"], "payment": paid["transaction"]["id"]}


async def test_lines_and_shipping_are_granted_and_paid_out_once(cashier: Api, order: Any) -> None:
    given = {
        "transactionId": order["payment"], "reason": "Torn", "grantRefundForShipping": True,
        "lines": [{"id": order["line"], "quantity": 2, "reason": "wet"}],
    }  # fmt: skip
    granted = await done(cashier, GRANT, id=order["id"], input=given)
    refund = granted["grantedRefund"]
    assert (refund["amount"]["amount"], refund["status"], refund["transactionEvents"]) == (24.9, "NONE", [])
    assert (refund["user"]["email"], refund["app"]) == ("cashier@example.com", None)
    assert [(line["quantity"], line["reason"]) for line in refund["lines"]] == [(2, "wet")]
    assert granted["order"] == {"totalGrantedRefund": {"amount": 24.9}, "totalRemainingGrant": {"amount": 24.9}}
    paid = await done(cashier, PAY, id=order["payment"], refund=refund["id"])
    assert paid["transaction"] == {"refundedAmount": {"amount": 24.9}, "chargedAmount": {"amount": 10}}
    shown = (await cashier.run(READ, id=order["id"]))["order"]
    assert shown["grantedRefunds"][0]["status"] == "SUCCESS"
    assert [event["type"] for event in shown["grantedRefunds"][0]["transactionEvents"]] == [
        "REFUND_REQUEST", "REFUND_SUCCESS",
    ]  # fmt: skip
    assert (shown["totalRefunded"]["amount"], shown["totalRemainingGrant"]["amount"]) == (24.9, 0)
    again = await faults(cashier, PAY, id=order["payment"], refund=refund["id"])
    assert again == [("grantedRefundId", "REFUND_ALREADY_PROCESSED")]
    assert await faults(cashier, CHANGE, id=refund["id"], input={"reason": "x"}) == [("id", "INVALID")]


async def test_no_more_is_granted_than_was_sold_and_charged(api: Api, cashier: Api, order: Any) -> None:
    payment_id, line = order["payment"], order["line"]

    async def refused(**input: Any) -> Any:
        answer = (await cashier.run(GRANT, id=order["id"], input={"transactionId": payment_id, **input}))["it"]
        (error,) = answer["errors"]
        return error["field"], error["code"], [fault["code"] for fault in error["lines"] or []]

    assert await refused() == ("amount", "REQUIRED", [])
    assert await refused(amount=34.91) == ("amount", "AMOUNT_GREATER_THAN_AVAILABLE", [])
    assert await refused(amount=0) == ("amount", "AMOUNT_GREATER_THAN_AVAILABLE", [])
    assert await refused(amount=-1) == ("amount", "AMOUNT_GREATER_THAN_AVAILABLE", [])
    beyond = [{"id": line, "quantity": 4}]
    assert await refused(lines=beyond) == ("lines", "INVALID", ["QUANTITY_GREATER_THAN_AVAILABLE"])
    assert await refused(lines=[{"id": "x", "quantity": 1}]) == ("lines", "INVALID", ["NOT_FOUND"])
    assert await refused(lines=[{"id": line, "quantity": 0}]) == ("lines", "INVALID", ["INVALID"])
    assert await refused(amount=1, transactionId="x") == ("transactionId", "NOT_FOUND", [])
    await done(cashier, GRANT, id=order["id"], input={"transactionId": payment_id, "amount": 30})
    assert await refused(amount=5) == ("amount", "AMOUNT_GREATER_THAN_AVAILABLE", [])
    shipping = {"transactionId": payment_id, "amount": 1, "grantRefundForShipping": True}
    await done(cashier, GRANT, id=order["id"], input=shipping)
    assert (await refused(amount=1, grantRefundForShipping=True))[1] == "SHIPPING_COSTS_ALREADY_GRANTED"
    (error,) = await api.errors(READ, id=order["id"])
    assert error["extensions"]["code"] == "PermissionDenied"


async def test_a_grant_is_changed_by_line_until_it_is_paid_out(cashier: Api, order: Any) -> None:
    given = {"transactionId": order["payment"], "lines": [{"id": order["line"], "quantity": 1}]}
    refund = (await done(cashier, GRANT, id=order["id"], input=given))["grantedRefund"]
    id, kept = refund["id"], refund["lines"][0]["id"]
    twice = (await cashier.run(CHANGE, id=id, input={"addLines": [{"id": order["line"], "quantity": 1}]}))["it"]
    assert twice["errors"][0]["addLines"] == [{"code": "INVALID"}]
    swap = {"removeLines": [kept], "addLines": [{"id": order["line"], "quantity": 3}]}
    changed = (await done(cashier, CHANGE, id=id, input=swap))["grantedRefund"]
    assert (changed["amount"]["amount"], [line["quantity"] for line in changed["lines"]]) == (30, [3])
    gone = (await cashier.run(CHANGE, id=id, input={"removeLines": [kept]}))["it"]["errors"][0]
    assert gone["removeLines"] == [{"code": "NOT_FOUND"}]
    assert await faults(cashier, CHANGE, id=id, input={}) == [("amount", "REQUIRED")]
    assert await faults(cashier, CHANGE, id=id, input={"amount": 35}) == [("amount", "AMOUNT_GREATER_THAN_AVAILABLE")]


async def paid_by_bank(shop: Shop, bank: Bank) -> tuple[Ctx, Any, Any]:
    """A context with the bank, an order of 25.00 that it charged, and the payment's id."""
    ctx = replace(shop.ctx(), plugins=with_bank(shop.plugins, bank))
    room = await build(ctx)
    cart = await ready_cart(ctx, room, (room.variants[0], 2))
    answer = await initialize_transaction(ctx, Start(Owner("Checkout", cart), BANK))
    order = await complete_checkout(ctx, cart)
    return ctx, order["id"], answer.transaction["id"]


@pytest.fixture(scope="module")
async def with_its_plugin(shop: Shop) -> None:
    await configure_bank(shop.ctx())


async def test_twenty_who_pay_the_same_refund_out_at_once_move_it_once(shop: Shop, with_its_plugin: None) -> None:
    bank = Bank({"initialize": "CHARGE_SUCCESS", "refund": "REFUND_SUCCESS"})
    ctx, order_id, transaction_id = await paid_by_bank(shop, bank)
    _, granted = await transact(ctx, grant_refunds.grant, order_id, Grant(transaction_id, Decimal(7)))

    async def pay() -> Any:
        own = replace(shop.ctx(), plugins=ctx.plugins)
        try:
            return await grant_refunds.pay_out(own, transaction_id, granted["id"])
        except Refusal as refusal:
            return refusal.code
        finally:
            await own.release()

    answers = await asyncio.gather(*(pay() for _ in range(20)))
    refusals = [answer for answer in answers if isinstance(answer, str)]
    assert len(refusals) == 19
    assert set(refusals) <= {"REFUND_IS_PENDING", "REFUND_ALREADY_PROCESSED"}
    assert bank.names().count("refund") == 1
    assert (await payment(ctx, transaction_id))["refunded_amount"] == 700


async def test_grants_that_are_made_at_once_never_exceed_what_is_charged(shop: Shop, with_its_plugin: None) -> None:
    bank = Bank({"initialize": "CHARGE_SUCCESS"})
    ctx, order_id, transaction_id = await paid_by_bank(shop, bank)

    async def grant() -> str:
        own = replace(shop.ctx(), plugins=ctx.plugins)
        try:
            await transact(own, grant_refunds.grant, order_id, Grant(transaction_id, Decimal(10)))
            return "granted"
        except Refusal as refusal:
            return refusal.code
        finally:
            await own.release()

    answers = sorted(await asyncio.gather(*(grant() for _ in range(8))))
    assert answers == ["AMOUNT_GREATER_THAN_AVAILABLE"] * 6 + ["granted"] * 2


async def test_a_refund_follows_what_its_bank_says_later(shop: Shop, with_its_plugin: None) -> None:
    bank = Bank({"initialize": "CHARGE_SUCCESS", "refund": [ProviderFault("silent"), "REFUND_REQUEST"]})
    ctx, order_id, transaction_id = await paid_by_bank(shop, bank)

    async def status() -> str:
        (row,) = await queries.by_ids(ctx, [first["id"]])
        return str(row["status"])  # type: ignore[index]

    _, first = await transact(ctx, grant_refunds.grant, order_id, Grant(transaction_id, Decimal(5)))
    await grant_refunds.pay_out(ctx, None, first["id"])
    assert await status() == "PENDING"
    (events,) = await queries.events_of(ctx, [first["id"]])
    await ask_about_claim(ctx, events[0]["id"])
    assert (await status(), (await payment(ctx, transaction_id))["refund_pending_amount"]) == ("PENDING", 500)
    (events,) = await queries.events_of(ctx, [first["id"]])

    async def word(tx: WriteCtx) -> None:
        row, order = await lock_payment(tx, transaction_id)
        report = Report("REFUND_FAILURE", 500, events[-1]["psp_reference"])
        await tell(tx, await payments.record(tx, row, report), order)

    await transact(ctx, word)
    assert await status() == "FAILURE"
    bank.says["refund"] = "REFUND_SUCCESS"
    await grant_refunds.pay_out(ctx, None, first["id"])
    assert await status() == "SUCCESS"
    await ctx.release()
