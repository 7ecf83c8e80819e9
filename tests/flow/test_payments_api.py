"""Paying over HTTP with the gateway that every storefront knows, and what staff do with payments."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.accounts.models import App, AppToken
from engine.accounts.tokens import app_token_hash, new_app_token
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global, uuid_pk
from engine.extensions import service as extensions
from engine.flows.shop import Shop
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, PROCESS, READ_ORDER, REQUEST, done, dummy, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.stockroom import unbalanced
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio
READ = "query($id: ID!) { checkout(id: $id) { authorizeStatus chargeStatus totalPrice { gross { amount } } } }"


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened
        assert await unbalanced(opened.ctx) == []


@pytest.fixture
async def cart(store: Store, api: Api) -> str:
    """Two units at 10.00 and delivery at 4.90: 24.90."""
    return await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 2)


@pytest.fixture(scope="module")
async def cashier(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "cashier@example.com", "HANDLE_PAYMENTS", "MANAGE_ORDERS")
    await ctx.release()
    return await api.log_in("cashier@example.com", PASSWORD)


def amounts(transaction: Any) -> dict[str, float]:
    """The amounts that are not zero."""
    shown = {name.removesuffix("Amount"): value["amount"] for name, value in transaction.items() if "Amount" in name}
    return {name: amount for name, amount in shown.items() if amount}


async def test_a_charge_makes_an_order_once_however_often_it_is_completed(api: Api, store: Store, cart: str) -> None:
    paid = await done(api, INITIALIZE, id=cart, gateway=dummy())
    assert paid["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    assert paid["transactionEvent"]["pspReference"].startswith("dummy-")
    assert amounts(paid["transaction"]) == {"charged": 24.9}
    assert paid["transaction"]["actions"] == ["REFUND"]
    assert (await api.run(READ, id=cart))["checkout"] == {
        "authorizeStatus": "FULL", "chargeStatus": "FULL", "totalPrice": {"gross": {"amount": 24.9}}
    }  # fmt: skip

    completed = await done(api, COMPLETE, id=cart)
    order = completed["order"]
    assert (completed["confirmationNeeded"], completed["confirmationData"]) == (False, None)
    assert (order["status"], order["isPaid"], order["chargeStatus"], order["paymentStatus"]) == (
        "UNFULFILLED", True, "FULL", "FULLY_CHARGED"
    )  # fmt: skip
    assert order["total"]["gross"] == {"amount": 24.9, "currency": "EUR"}
    assert (order["totalCaptured"]["amount"], order["totalBalance"]["amount"]) == (24.9, 0)
    assert order["deliveryMethod"] == {"__typename": "ShippingMethod", "name": "Parcel", "price": {"amount": 4.9}}
    assert order["lines"][0]["variant"] == {"id": store.variants[0]}
    assert (order["voucher"], order["discounts"]) == (None, [])

    assert (await done(api, COMPLETE, id=cart))["order"] == order
    assert (await api.run(READ, id=cart))["checkout"] is None
    assert (await api.run(READ_ORDER, id=order["id"]))["order"] == order


async def test_without_a_payment_there_is_no_order_and_nothing_is_held(api: Api, store: Store, cart: str) -> None:
    assert await faults(api, COMPLETE, id=cart) == [("id", "CHECKOUT_NOT_FULLY_PAID")]
    held = await api.run("query($id: ID!) { checkout(id: $id) { stockReservationExpires } }", id=cart)
    assert held["checkout"]["stockReservationExpires"] is None


async def test_a_decline_is_an_answer_and_the_shopper_may_try_again(api: Api, cart: str) -> None:
    declined = await done(api, INITIALIZE, id=cart, gateway=dummy("CHARGE_FAILURE"))
    assert declined["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert declined["transactionEvent"]["message"]
    assert (amounts(declined["transaction"]), declined["transaction"]["actions"]) == ({}, [])
    held = await api.run("query($id: ID!) { checkout(id: $id) { stockReservationExpires } }", id=cart)
    assert held["checkout"]["stockReservationExpires"]
    assert await faults(api, COMPLETE, id=cart) == [("id", "CHECKOUT_NOT_FULLY_PAID")]
    await done(api, INITIALIZE, id=cart, gateway=dummy(gateway="saleor.io.dummy-payment-app"))
    assert (await done(api, COMPLETE, id=cart))["order"]["isPaid"] is True


async def test_a_payment_that_needs_the_shopper_goes_on_where_it_waited(api: Api, cart: str) -> None:
    waiting = await done(api, INITIALIZE, id=cart, gateway=dummy("CHARGE_ACTION_REQUIRED"))
    assert (waiting["transactionEvent"]["type"], amounts(waiting["transaction"])) == ("CHARGE_ACTION_REQUIRED", {})
    assert waiting["data"]
    id = waiting["transaction"]["id"]
    told = {"event": {"type": "CHARGE_SUCCESS", "includePspReference": True}}
    went_on = await done(api, PROCESS, id=id, data=told)
    assert (went_on["transactionEvent"]["type"], amounts(went_on["transaction"])) == (
        "CHARGE_SUCCESS",
        {"charged": 24.9},
    )
    # asked once more, it is the same success and not a second charge
    again = await done(api, PROCESS, id=id, data={"event": {"type": "CHARGE_FAILURE"}})
    assert again["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    assert [event["type"] for event in again["transaction"]["events"]] == [
        "CHARGE_REQUEST", "CHARGE_ACTION_REQUIRED", "CHARGE_REQUEST", "CHARGE_SUCCESS",
    ]  # fmt: skip


async def test_an_amount_is_one_of_the_currency_and_no_more_than_is_left(api: Api, cart: str) -> None:
    for amount, message in (("24.91", "more than"), ("0", "above zero"), ("1.001", "2 decimals")):
        answer = (await api.run(INITIALIZE, id=cart, gateway=dummy(), amount=amount))["it"]
        (error,) = answer["errors"]
        assert (error["field"], error["code"]) == ("amount", "INVALID")
        assert message in error["message"]
        assert answer["transaction"] is None
    part = await done(api, INITIALIZE, id=cart, gateway=dummy(), amount="20")
    assert amounts(part["transaction"]) == {"charged": 20}
    assert (await api.run(READ, id=cart))["checkout"]["chargeStatus"] == "PARTIAL"
    assert await faults(api, INITIALIZE, id=cart, gateway=dummy(), amount="4.91") == [("amount", "INVALID")]
    rest = await done(api, INITIALIZE, id=cart, gateway=dummy())
    assert amounts(rest["transaction"]) == {"charged": 4.9}
    assert await faults(api, INITIALIZE, id=cart, gateway=dummy()) == [("amount", "INVALID")]
    assert (await done(api, COMPLETE, id=cart))["order"]["totalCaptured"]["amount"] == 24.9


async def test_one_idempotency_key_is_one_payment(api: Api, cart: str) -> None:
    first = await done(api, INITIALIZE, id=cart, gateway=dummy(), amount="10", key="k-1")
    again = await done(api, INITIALIZE, id=cart, gateway=dummy(), amount="10", key="k-1")
    assert again["transaction"] == first["transaction"]
    taken = ("idempotencyKey", "UNIQUE")
    assert await faults(api, INITIALIZE, id=cart, gateway=dummy(), amount="11", key="k-1") == [taken]
    assert (await api.run(READ, id=cart))["checkout"]["chargeStatus"] == "PARTIAL"


async def test_what_is_not_there_is_not_found(api: Api, store: Store, cart: str) -> None:
    nowhere = to_global("Checkout", "00000000-0000-7000-8000-000000000000")
    assert await faults(api, INITIALIZE, id=nowhere, gateway=dummy()) == [("id", "NOT_FOUND")]
    assert await faults(api, INITIALIZE, id="nonsense", gateway=dummy()) == [("id", "NOT_FOUND")]
    assert await faults(api, INITIALIZE, id=cart, gateway=dummy(gateway="no.such")) == [("paymentGateway", "NOT_FOUND")]
    unconfigured = dummy(gateway="argosy.manual")
    assert await faults(api, INITIALIZE, id=cart, gateway=unconfigured) == [("paymentGateway", "NOT_FOUND")]
    unknown = to_global("TransactionItem", "00000000-0000-7000-8000-000000000000")
    assert await faults(api, PROCESS, id=unknown) == [("id", "NOT_FOUND")]
    assert await faults(api, COMPLETE, id=nowhere) == [("id", "NOT_FOUND")]


async def test_data_that_the_gateway_cannot_read_is_refused_and_remembered(api: Api, cart: str) -> None:
    assert await faults(api, INITIALIZE, id=cart, gateway=dummy("GIVE_ME_ALL")) == [("data", "INVALID")]
    paid = await done(api, INITIALIZE, id=cart, gateway=dummy())
    assert amounts(paid["transaction"]) == {"charged": 24.9}


async def test_no_stock_means_no_charge(api: Api, store: Store) -> None:
    slug, scarce = store.room.channel_slug, store.variants[1]
    first = await ready_checkout(api, slug, scarce, "one@example.com", 2)
    second = await ready_checkout(api, slug, scarce, "two@example.com", 1)
    await done(api, INITIALIZE, id=first, gateway=dummy())
    answer = (await api.run(INITIALIZE, id=second, gateway=dummy()))["it"]
    assert (answer["transaction"], [error["field"] for error in answer["errors"]]) == (None, ["lines"])
    assert (await api.run(READ, id=second))["checkout"]["authorizeStatus"] == "NONE"


async def test_only_an_app_that_handles_payments_chooses_the_flow(
    api: Api, shop: Shop, store: Store, cart: str
) -> None:
    (error,) = await api.errors(INITIALIZE, id=cart, gateway=dummy(None), action="AUTHORIZATION")
    assert "HANDLE_PAYMENTS" in error["message"]
    app = Api(api.http, await _app_token(shop, "HANDLE_PAYMENTS"))
    held = await done(app, INITIALIZE, id=cart, gateway=dummy(None), action="AUTHORIZATION")
    assert amounts(held["transaction"]) == {"authorized": 24.9}


async def _app_token(shop: Shop, *permissions: str) -> str:
    token = new_app_token()
    ctx = shop.ctx()

    async def work(tx: WriteCtx) -> None:
        app = App(name="Payments", permissions=list(permissions))
        tx.add(app)
        await tx.session.flush()
        assert app.id
        tx.add(AppToken(app_id=app.id, token_hash=app_token_hash(token), last_4=token[-4:]))

    await transact(ctx, work)
    await ctx.release()
    return token


async def test_gateways_say_what_a_storefront_needs(api: Api, cart: str) -> None:
    document = """mutation($id: ID!, $gateways: [PaymentGatewayToInitialize!]) {
      it: paymentGatewayInitialize(id: $id, paymentGateways: $gateways) {
        gatewayConfigs { id data errors { field code message } } errors { field code } } }"""
    everything = (await done(api, document, id=cart))["gatewayConfigs"]
    assert [config["id"] for config in everything] == ["mirumee.payments.dummy"]
    named = (await done(api, document, id=cart, gateways=[dummy(), {"id": "no.such"}]))["gatewayConfigs"]
    assert named[0]["data"]["events"]
    assert [(error["field"], error["code"]) for error in named[1]["errors"]] == [("id", "NOT_FOUND")]


async def test_staff_charge_refund_and_cancel_within_what_there_is(api: Api, cashier: Api, cart: str) -> None:
    held = await done(api, INITIALIZE, id=cart, gateway=dummy("AUTHORIZATION_SUCCESS"))
    id = held["transaction"]["id"]
    assert held["transaction"]["actions"] == ["CHARGE", "CANCEL"]
    order = (await done(api, COMPLETE, id=cart))["order"]
    assert (order["chargeStatus"], order["authorizeStatus"]) == ("NONE", "FULL")

    charged = await done(cashier, REQUEST, id=id, action="CHARGE", amount="20")
    assert amounts(charged["transaction"]) == {"authorized": 4.9, "charged": 20}
    assert await faults(cashier, REQUEST, id=id, action="CHARGE", amount="4.91") == [("amount", "INVALID")]
    cancelled = await done(cashier, REQUEST, id=id, action="CANCEL")
    assert amounts(cancelled["transaction"]) == {"charged": 20, "canceled": 4.9}
    refunded = await done(cashier, REQUEST, id=id, action="REFUND", amount="5.50")
    assert amounts(refunded["transaction"]) == {"charged": 14.5, "refunded": 5.5, "canceled": 4.9}
    assert await faults(cashier, REQUEST, id=id, action="CANCEL") == [("actionType", "INVALID")]
    seen = (await cashier.run("query($id: ID!) { order(id: $id) { events { type amount } } }", id=order["id"]))["order"]
    requested = [(event["type"], event["amount"]) for event in seen["events"] if event["type"].endswith("REQUESTED")]
    assert requested == [
        ("TRANSACTION_CHARGE_REQUESTED", 20),
        ("TRANSACTION_CANCEL_REQUESTED", 4.9),
        ("TRANSACTION_REFUND_REQUESTED", 5.5),
    ]


async def test_nobody_else_moves_money(api: Api, cashier: Api, cart: str) -> None:
    paid = await done(api, INITIALIZE, id=cart, gateway=dummy())
    id = paid["transaction"]["id"]
    (error,) = await api.errors(REQUEST, id=id, action="REFUND")
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    (error,) = await api.errors("query($id: ID!) { transaction(id: $id) { id } }", id=id)
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    shown = await cashier.run("query($id: ID!) { transaction(id: $id) { chargedAmount { amount } } }", id=id)
    assert shown["transaction"] == {"chargedAmount": {"amount": 24.9}}


REPORT = """mutation($id: ID!, $type: TransactionEventTypeEnum!, $amount: PositiveDecimal, $psp: String) {
  it: transactionEventReport(id: $id, type: $type, amount: $amount, pspReference: $psp) {
    alreadyProcessed transaction { chargedAmount { amount } authorizedAmount { amount } refundedAmount { amount } }
    errors { field code } } }"""


async def test_staff_record_a_bank_transfer_for_a_promise_to_pay(
    api: Api, store: Store, cashier: Api, cart: str
) -> None:
    await transact(store.ctx, extensions.configure, "argosy.manual", channel_id=store.room.channel_id, values={})
    promised = await done(
        api, INITIALIZE, id=cart, gateway={"id": "argosy.manual", "data": {"method": "bank_transfer"}}
    )
    assert (promised["transactionEvent"]["type"], promised["data"]["name"]) == (
        "AUTHORIZATION_SUCCESS",
        "Bank transfer",
    )
    order = (await done(api, COMPLETE, id=cart))["order"]
    assert (order["isPaid"], order["authorizeStatus"], order["chargeStatus"]) == (False, "FULL", "NONE")

    id = promised["transaction"]["id"]
    came = await done(cashier, REPORT, id=id, type="CHARGE_SUCCESS", amount="24.90", psp="statement 7")
    assert (came["alreadyProcessed"], amounts(came["transaction"])) == (False, {"charged": 24.9})
    twice = await done(cashier, REPORT, id=id, type="CHARGE_SUCCESS", amount="24.90", psp="statement 7")
    assert (twice["alreadyProcessed"], amounts(twice["transaction"])) == (True, {"charged": 24.9})
    other = await faults(cashier, REPORT, id=id, type="CHARGE_SUCCESS", amount="20", psp="statement 7")
    assert other == [("pspReference", "ALREADY_EXISTS")]
    paid = (await api.run(READ_ORDER, id=order["id"]))["order"]
    assert (paid["isPaid"], paid["chargeStatus"]) == (True, "FULL")
    events = await cashier.run("query($id: ID!) { order(id: $id) { events { type } } }", id=order["id"])
    assert [event["type"] for event in events["order"]["events"]].count("ORDER_FULLY_PAID") == 1


async def test_a_promise_to_pay_is_redeemed_in_parts_or_let_go(api: Api, store: Store, cashier: Api, cart: str) -> None:
    values = {"methods": ["invoice"]}
    await transact(store.ctx, extensions.configure, "argosy.manual", channel_id=store.room.channel_id, values=values)
    promised = await done(api, INITIALIZE, id=cart, gateway={"id": "manual"})
    id = promised["transaction"]["id"]
    assert promised["transaction"]["actions"] == ["CHARGE", "CANCEL"]
    part = await done(cashier, REQUEST, id=id, action="CHARGE", amount="14.90")
    assert amounts(part["transaction"]) == {"authorized": 10, "charged": 14.9}
    rest = await done(cashier, REQUEST, id=id, action="CANCEL")
    assert amounts(rest["transaction"]) == {"charged": 14.9, "canceled": 10}
    assert await faults(cashier, REQUEST, id=id, action="REFUND") == [("actionType", "INVALID")]


CREATE = """mutation($id: ID!, $transaction: TransactionCreateInput!, $event: TransactionEventInput) {
  it: transactionCreate(id: $id, transaction: $transaction, transactionEvent: $event) {
    transaction { id name actions chargedAmount { amount } authorizedAmount { amount } metadata { key value }
                  events { type message } } errors { field code } } }"""
CORRECT = """mutation($id: ID!, $transaction: TransactionUpdateInput) {
  it: transactionUpdate(id: $id, transaction: $transaction) {
    transaction { chargedAmount { amount } authorizedAmount { amount } pspReference } errors { field code } } }"""


async def test_a_payment_taken_elsewhere_is_recorded_and_corrected(api: Api, cashier: Api, cart: str) -> None:
    made = await done(
        cashier, CREATE, id=cart, event={"message": "At the counter"},
        transaction={
            "name": "Card terminal",
            "availableActions": ["REFUND"],
            "metadata": [{"key": "till", "value": "2"}],
            "amountCharged": {"amount": 24.9, "currency": "EUR"},
        },
    )  # fmt: skip
    transaction = made["transaction"]
    assert (transaction["name"], transaction["actions"], amounts(transaction)) == (
        "Card terminal", ["REFUND"], {"charged": 24.9}
    )  # fmt: skip
    assert transaction["events"] == [
        {"type": "CHARGE_SUCCESS", "message": ""},
        {"type": "INFO", "message": "At the counter"},
    ]
    assert transaction["metadata"] == [{"key": "till", "value": "2"}]
    wrong = {"amountCharged": {"amount": 1, "currency": "USD"}}
    assert await faults(cashier, CORRECT, id=transaction["id"], transaction=wrong) == [
        ("amountCharged", "INCORRECT_CURRENCY")
    ]
    less = {"amountCharged": {"amount": 20, "currency": "EUR"}, "pspReference": "T-9"}
    corrected = (await done(cashier, CORRECT, id=transaction["id"], transaction=less))["transaction"]
    assert (amounts(corrected), corrected["pspReference"]) == ({"charged": 20}, "T-9")
    assert await faults(cashier, REQUEST, id=transaction["id"], action="REFUND") == [
        ("id", "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK")
    ]
    assert await faults(api, COMPLETE, id=cart) == [("id", "CHECKOUT_NOT_FULLY_PAID")]


MARK = """mutation($id: ID!, $reference: String) { it: orderMarkAsPaid(id: $id, transactionReference: $reference) {
  order { isPaid chargeStatus transactions { pspReference chargedAmount { amount } } } errors { field code } } }"""


async def test_an_order_is_marked_as_paid_once(api: Api, cashier: Api, cart: str) -> None:
    await done(api, INITIALIZE, id=cart, gateway=dummy("AUTHORIZATION_SUCCESS"))
    order = (await done(api, COMPLETE, id=cart))["order"]
    marked = (await done(cashier, MARK, id=order["id"], reference="R-1"))["order"]
    assert (marked["isPaid"], marked["chargeStatus"]) == (True, "FULL")
    assert marked["transactions"][-1] == {"pspReference": "R-1", "chargedAmount": {"amount": 24.9}}
    assert await faults(cashier, MARK, id=order["id"]) == [("order", "PAYMENT_ERROR")]
    unpaid_key = uuid_pk(order["id"], "Order")
    assert await faults(cashier, MARK, id=to_global("Checkout", unpaid_key)) == [("id", "NOT_FOUND")]


async def test_what_the_provider_has_accepted_pays_for_a_checkout(api: Api, cart: str) -> None:
    accepted = await done(api, INITIALIZE, id=cart, gateway=dummy("CHARGE_REQUEST"))
    assert amounts(accepted["transaction"]) == {"chargePending": 24.9}
    shown = (await api.run(READ, id=cart))["checkout"]
    assert (shown["authorizeStatus"], shown["chargeStatus"]) == ("FULL", "FULL")
    order = (await done(api, COMPLETE, id=cart))["order"]
    assert (order["isPaid"], order["chargeStatus"], order["paymentStatus"]) == (False, "NONE", "PENDING")


async def test_a_payment_and_a_fulfilment_carry_metadata_of_staff(api: Api, cashier: Api, cart: str) -> None:
    paid = await done(api, INITIALIZE, id=cart, gateway=dummy())
    write = """mutation($id: ID!, $input: [MetadataInput!]!) { it: updateMetadata(id: $id, input: $input) {
      item { ... on TransactionItem { metadata { key value } chargedAmount { amount } } } errors { code } } }"""
    pairs = [{"key": "statement", "value": "7"}]
    written = await done(cashier, write, id=paid["transaction"]["id"], input=pairs)
    assert written["item"] == {"metadata": pairs, "chargedAmount": {"amount": 24.9}}
    (error,) = await api.errors(write, id=paid["transaction"]["id"], input=pairs)
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
