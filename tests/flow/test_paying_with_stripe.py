"""Stripe through the whole shop: the storefront's calls, the shopper's bank and Stripe's own webhooks, over HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa

from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import uuid_pk
from engine.core.jobs import run_pending
from engine.core.settings import Settings
from engine.core.tables import table
from engine.extensions import service as extensions
from engine.flows import payment_records
from engine.flows.settle_payment import ask_about_claim
from engine.flows.wiring import WIRING
from engine.payments import queries as payments
from plugins.stripe import plugin as stripe_plugin
from plugins.stripe.config import StripeConfig
from plugins.stripe.fake import Fault, client_for, create_fake_stripe
from plugins.stripe.fake.attempts import finish_challenge
from plugins.stripe.fake.state import FakeStripe
from plugins.stripe.fake.webhooks import deliver_due
from plugins.stripe.provider import StripeProvider
from schema.app import create_app
from tests.api import BASE_URL, Api
from tests.paying import COMPLETE, INITIALIZE, PROCESS, READ_ORDER, REQUEST, done, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.stockroom import unbalanced
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

STRIPE = "saleor.app.payment.stripe"
EVENTS = [
    "payment_intent.succeeded", "payment_intent.amount_capturable_updated", "payment_intent.payment_failed",
    "payment_intent.requires_action", "payment_intent.processing", "payment_intent.canceled",
    "refund.created", "refund.updated", "refund.failed", "charge.dispute.created", "charge.dispute.closed",
]  # fmt: skip


@dataclass
class Bench:
    """A shop whose Stripe is the fake; webhooks go out and are worked on when a test says so."""

    api: Api
    cashier: Api
    store: Store
    fake: FakeStripe
    ctx: Ctx

    async def cart(self) -> str:
        """24.90 EUR."""
        return await ready_checkout(self.api, self.store.room.channel_slug, self.store.variants[0], "a@example.com", 2)

    async def pay(self, cart: str, method: str = "pm_card_visa", **data: Any) -> Any:
        given = {"id": STRIPE, "data": {"paymentMethodId": method, "returnUrl": "https://shop.example/back"} | data}
        return await done(self.api, INITIALIZE, id=cart, gateway=given)

    async def webhooks(self) -> list[int]:
        statuses = await deliver_due(self.fake, everything=True)
        await run_pending(self.ctx, WIRING)
        return statuses

    async def order(self, id: str) -> Any:
        return (await self.api.run(READ_ORDER, id=id))["order"]


@pytest.fixture(scope="module")
async def opened(settings: Settings) -> AsyncIterator[tuple[Any, httpx2.AsyncClient, FakeStripe]]:
    app = create_app(settings)
    http = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=BASE_URL)
    async with app.router.lifespan_context(app), http:

        async def deliver(url: str, body: bytes, headers: dict[str, str]) -> int:
            return (await http.post(url, content=body, headers=headers)).status_code

        bank = create_fake_stripe(deliver=deliver)
        client = client_for(bank)
        endpoint = await client.v1.webhook_endpoints.create_async(
            {"url": f"{BASE_URL}/webhooks/stripe/", "enabled_events": EVENTS}  # type: ignore[typeddict-item]
        )
        provider = StripeProvider(
            StripeConfig(mode="fake"),
            lambda: client,
            publishable_key="pk_test",
            webhook_secret=endpoint.secret or "",
        )
        plugin = replace(stripe_plugin, create=lambda *_: provider)
        known = app.state.shop.plugins
        plugins = {**known.plugins, STRIPE: plugin, "stripe": plugin}
        app.state.shop = replace(app.state.shop, plugins=replace(known, plugins=plugins, instances={}))
        yield app.state.shop, http, bank.state.fake


@pytest.fixture
async def bench(opened: tuple[Any, httpx2.AsyncClient, FakeStripe]) -> AsyncIterator[Bench]:
    shop, http, fake = opened
    api = Api(http)
    async with open_store(shop) as store:
        await transact(store.ctx, extensions.configure, STRIPE, channel_id=None, values={"mode": "fake"})
        email = f"{store.room.channel_slug}@example.com"
        await make_staff(store.ctx, email, "HANDLE_PAYMENTS", "MANAGE_ORDERS")
        yield Bench(api, await api.log_in(email, PASSWORD), store, fake, store.ctx)
        fake.faults.clear()
        assert await unbalanced(store.ctx) == []


def amounts(transaction: Any) -> dict[str, float]:
    shown = {name.removesuffix("Amount"): value["amount"] for name, value in transaction.items() if "Amount" in name}
    return {name: amount for name, amount in shown.items() if amount}


async def shown(bench: Bench, id: str) -> dict[str, float]:
    (row,) = await payments.by_ids(bench.ctx, [uuid_pk(id, "TransactionItem")])
    assert row is not None
    return {name: row[f"{name}_amount"] for name in payments.AMOUNT_COLUMNS if row[f"{name}_amount"]}


async def test_a_card_is_charged_and_the_webhooks_only_confirm_it(bench: Bench) -> None:
    cart = await bench.cart()
    paid = await bench.pay(cart)
    assert (paid["transactionEvent"]["type"], amounts(paid["transaction"])) == ("CHARGE_SUCCESS", {"charged": 24.9})
    assert paid["transaction"]["pspReference"].startswith("pi_")
    order = (await done(bench.api, COMPLETE, id=cart))["order"]
    assert set(await bench.webhooks()) == {200}
    assert (await bench.order(order["id"])) == order
    assert await shown(bench, paid["transaction"]["id"]) == {"charged": 2490}


async def test_a_declined_card_says_why_and_another_may_pay(bench: Bench) -> None:
    cart = await bench.cart()
    declined = await bench.pay(cart, "pm_card_chargeDeclinedInsufficientFunds")
    assert declined["transactionEvent"]["type"] == "CHARGE_FAILURE"
    assert "insufficient funds" in declined["transactionEvent"]["message"]
    assert declined["data"]["paymentIntent"]["errors"][0]["code"] == "insufficient_funds"
    assert amounts((await bench.pay(cart))["transaction"]) == {"charged": 24.9}


async def test_three_d_secure_goes_on_when_the_shopper_comes_back(bench: Bench) -> None:
    cart = await bench.cart()
    waiting = await bench.pay(cart, "pm_card_threeDSecure2Required")
    assert waiting["transactionEvent"]["type"] == "CHARGE_ACTION_REQUIRED"
    assert waiting["data"]["paymentIntent"]["stripeClientSecret"]
    assert await faults(bench.api, COMPLETE, id=cart) == [("id", "CHECKOUT_NOT_FULLY_PAID")]
    transaction = waiting["transaction"]
    with bench.fake.change():
        finish_challenge(bench.fake, transaction["pspReference"], success=True)
    went_on = await done(bench.api, PROCESS, id=transaction["id"])
    assert went_on["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    assert (await done(bench.api, COMPLETE, id=cart))["order"]["isPaid"] is True


async def test_a_shopper_who_never_comes_back_from_the_bank_has_an_order_all_the_same(bench: Bench) -> None:
    cart = await bench.cart()
    waiting = await bench.pay(cart, "pm_card_threeDSecure2Required")
    with bench.fake.change():
        finish_challenge(bench.fake, waiting["transaction"]["pspReference"], success=True)
    assert set(await bench.webhooks()) == {200}
    assert await shown(bench, waiting["transaction"]["id"]) == {"charged": 2490}
    await due_now(bench)
    await run_pending(bench.ctx, WIRING)
    made = (await done(bench.api, COMPLETE, id=cart))["order"]
    events = await bench.cashier.run("query($id: ID!) { order(id: $id) { events { type } } }", id=made["id"])
    assert events["order"]["events"][0] == {"type": "PLACED_AUTOMATICALLY_FROM_PAID_CHECKOUT"}


async def due_now(bench: Bench) -> None:
    """As if the time had come for what was put off."""

    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued'"))

    await transact(bench.ctx, work)


async def hold_first(bench: Bench) -> None:
    async def work(tx: WriteCtx) -> None:
        t = table(Channel)
        mine = t.c.id == bench.store.room.channel_id
        await tx.execute(sa.update(t).where(mine).values(default_transaction_flow="AUTHORIZATION"))

    await transact(bench.ctx, work)


async def test_a_held_payment_is_charged_in_part_and_stripe_lets_go_of_the_rest(bench: Bench) -> None:
    await hold_first(bench)
    cart = await bench.cart()
    held = await bench.pay(cart)
    id = held["transaction"]["id"]
    assert (amounts(held["transaction"]), held["transaction"]["actions"]) == (
        {"authorized": 24.9},
        ["CHARGE", "CANCEL"],
    )
    order = (await done(bench.api, COMPLETE, id=cart))["order"]
    charged = await done(bench.cashier, REQUEST, id=id, action="CHARGE", amount="20")
    assert charged["transaction"]["actions"] == ["REFUND"]
    assert set(await bench.webhooks()) == {200}
    assert await shown(bench, id) == {"charged": 2000, "canceled": 490}
    assert (await bench.order(order["id"]))["chargeStatus"] == "PARTIAL"


async def test_a_hold_is_let_go(bench: Bench) -> None:
    await hold_first(bench)
    held = await bench.pay(await bench.cart())
    cancelled = await done(bench.cashier, REQUEST, id=held["transaction"]["id"], action="CANCEL")
    assert amounts(cancelled["transaction"]) == {"canceled": 24.9}
    await bench.webhooks()
    assert await shown(bench, held["transaction"]["id"]) == {"canceled": 2490}


async def test_refunds_and_disputes_reach_the_order(bench: Bench) -> None:
    cart = await bench.cart()
    paid = await bench.pay(cart)
    id = paid["transaction"]["id"]
    order = (await done(bench.api, COMPLETE, id=cart))["order"]
    refunded = await done(bench.cashier, REQUEST, id=id, action="REFUND", amount="4.90")
    assert amounts(refunded["transaction"]) == {"charged": 20, "refunded": 4.9}
    await bench.webhooks()
    assert await shown(bench, id) == {"charged": 2000, "refunded": 490}
    assert (await bench.order(order["id"]))["paymentStatus"] == "PARTIALLY_REFUNDED"


async def test_a_disputed_payment_is_charged_back(bench: Bench) -> None:
    cart = await bench.cart()
    paid = await bench.pay(cart, "pm_card_createDispute")
    await done(bench.api, COMPLETE, id=cart)
    await bench.webhooks()
    assert await shown(bench, paid["transaction"]["id"]) == {}


async def test_an_answer_that_is_lost_on_the_way_is_asked_for_and_charges_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(payment_records, "PAYMENT_SECONDS", 1.0)
    cart = await bench.cart()
    bench.fake.faults.append(Fault("drop", after_effect=True))
    lost = await bench.pay(cart)
    assert (lost["transactionEvent"]["type"], amounts(lost["transaction"])) == ("CHARGE_REQUEST", {})
    id = lost["transaction"]["id"]
    assert await faults(bench.api, COMPLETE, id=cart) == [("id", "CHECKOUT_NOT_FULLY_PAID")]
    (events,) = await payments.events_of(bench.ctx, [uuid_pk(id, "TransactionItem")])
    await ask_about_claim(bench.ctx, events[0]["id"])
    assert await shown(bench, id) == {"charged": 2490}
    mine = {"argosy_transaction": str(events[0]["transaction_id"])}
    made = [call for call in bench.fake.calls if call.method == "POST" and call.params.get("metadata") == mine]
    assert [call.path for call in made] == ["/v1/payment_intents"]
    assert (await done(bench.api, COMPLETE, id=cart))["order"]["isPaid"] is True


async def test_a_webhook_with_another_key_is_refused(bench: Bench) -> None:
    answer = await bench.api.http.post(
        "/webhooks/stripe/",
        content=b"{}",
        headers={"stripe-signature": "t=1,v1=00", "content-type": "application/json"},
    )
    assert answer.status_code == 400
