"""Stripe's webhooks become the engine's events, and only genuine ones do."""

import time

import pytest
from starlette.applications import Starlette

from engine.sdk.amounts import Amount
from engine.sdk.payments import (
    ActionRequest,
    EventType,
    Flow,
    InitializeRequest,
    PaymentResult,
    ProviderEvent,
    WebhookMessage,
    WebhookRefused,
)
from plugins.stripe.config import StripeConfig
from plugins.stripe.fake import FakeStripe, client_for, create_fake_stripe
from plugins.stripe.fake.attempts import settle_processing
from plugins.stripe.fake.charges import close_dispute, open_dispute
from plugins.stripe.fake.forms import Params
from plugins.stripe.fake.refunds import settle
from plugins.stripe.fake.store import Object
from plugins.stripe.fake.webhooks import create_endpoint, envelope
from plugins.stripe.provider import StripeProvider

pytestmark = pytest.mark.anyio

TWENTY = Amount(2000, "USD")
VISA = {"paymentMethodId": "pm_card_visa"}


@pytest.fixture
def app() -> Starlette:
    return create_fake_stripe()


@pytest.fixture
def fake(app: Starlette) -> FakeStripe:
    return app.state.fake


@pytest.fixture
def endpoint(fake: FakeStripe) -> Object:
    params = Params({"url": "https://shop.example/webhooks/stripe", "enabled_events": {"0": "*"}})
    return create_endpoint(fake, params)


@pytest.fixture
def provider(app: Starlette, endpoint: Object) -> StripeProvider:
    secret = endpoint["secret"]
    return StripeProvider(StripeConfig(), lambda: client_for(app), publishable_key="pk", webhook_secret=secret)


def begin(key: str = "try-1", *, flow: Flow = Flow.CHARGE, data=None) -> InitializeRequest:
    return InitializeRequest(reference=f"tx-{key}", idempotency_key=key, amount=TWENTY, flow=flow, data=data)


def act(result: PaymentResult, key: str, minor: int = 2000) -> ActionRequest:
    return ActionRequest("tx", key, result.psp_reference, Amount(minor, "USD"))


@pytest.fixture
def hooks(fake: FakeStripe, endpoint: Object, provider: StripeProvider) -> "Hooks":
    return Hooks(fake, endpoint, provider)


class Hooks:
    """Feeds the fake's recorded events to the provider, signed."""

    def __init__(self, fake: FakeStripe, endpoint: Object, provider: StripeProvider) -> None:
        self.fake, self.endpoint, self.provider = fake, endpoint, provider

    def message(self, event: Object, *, age: int = 0) -> WebhookMessage:
        now = int(time.time())
        body, headers = envelope(self.fake, event, self.endpoint, now - age)
        return WebhookMessage(body, {name.lower(): value for name, value in headers.items()}, now)

    async def read(self) -> list[ProviderEvent]:
        found: list[ProviderEvent] = []
        for event in reversed(self.fake.store.find("event")):
            found += await self.provider.parse_webhook(self.message(event))
        return found


async def test_webhooks_tell_the_story_of_a_payment(provider, hooks):
    held = await provider.initialize(begin(flow=Flow.AUTHORIZATION, data=VISA))
    await provider.capture(act(held, "c1", 1500))
    refund = await provider.refund(act(held, "r1", 400))
    told = await hooks.read()
    assert [(event.result.type, event.result.amount.minor) for event in told] == [
        (EventType.AUTHORIZATION_SUCCESS, 2000),
        (EventType.CHARGE_SUCCESS, 1500),
        (EventType.CANCEL_SUCCESS, 500),
        (EventType.REFUND_SUCCESS, 400),
    ]
    assert {event.psp_reference for event in told} == {held.psp_reference}
    assert [event.reference for event in told] == ["tx-try-1", "tx-try-1", "tx-try-1", "tx"]
    assert told[3].result.psp_reference == refund.psp_reference
    assert told[0].event_id.startswith("evt_")
    assert len({event.event_id for event in told}) == 4


async def test_webhooks_tell_of_failures_and_waiting(provider, fake, hooks):
    declined = {"paymentMethodId": "pm_card_chargeDeclined"}
    challenged = {"paymentMethodId": "pm_card_authenticationRequired"}
    bank = {"paymentMethodId": "pm_usBankAccount_processing"}
    await provider.initialize(begin("a", data=declined))
    waiting = await provider.initialize(begin("b", data=challenged))
    await provider.cancel(act(waiting, "x"))
    held = await provider.initialize(begin("c", flow=Flow.AUTHORIZATION, data=VISA))
    await provider.cancel(act(held, "y"))
    slow = await provider.initialize(begin("d", data=bank))
    assert slow.type is EventType.CHARGE_REQUEST
    with fake.change():
        settle_processing(fake, slow.psp_reference, success=True)
    assert [event.result.type for event in await hooks.read()] == [
        EventType.CHARGE_FAILURE,
        EventType.CHARGE_ACTION_REQUIRED,
        EventType.CHARGE_FAILURE,
        EventType.AUTHORIZATION_SUCCESS,
        EventType.CANCEL_SUCCESS,
        EventType.CHARGE_REQUEST,
        EventType.CHARGE_SUCCESS,
    ]


async def test_one_change_of_a_refund_is_one_event_however_often_told(provider, fake, hooks):
    paid = await provider.initialize(begin(data={"paymentMethodId": "pm_card_pendingRefund"}))
    refund = await provider.refund(act(paid, "r1"))
    assert refund.type is EventType.REFUND_REQUEST
    with fake.change():
        settle(fake, refund.psp_reference, success=False)
    told = {event.event_id: event.result.type for event in (await hooks.read())[1:]}
    assert told == {
        f"{refund.psp_reference}-pending": EventType.REFUND_REQUEST,
        f"{refund.psp_reference}-failed": EventType.REFUND_FAILURE,
    }


async def test_a_dispute_is_a_charge_back(provider, fake, hooks):
    paid = await provider.initialize(begin(data=VISA))
    with fake.change():
        charge = fake.store.find("charge")[0]["id"]
        dispute = open_dispute(fake, charge, amount=700)["id"]
        close_dispute(fake, dispute, won=False)
    back, closed = (await hooks.read())[1:]
    assert (back.result.type, back.result.amount) == (EventType.CHARGE_BACK, Amount(700, "USD"))
    assert (back.psp_reference, back.result.psp_reference) == (paid.psp_reference, dispute)
    assert (closed.result.type, closed.result.message) == (EventType.INFO, "Dispute lost: fraudulent")


async def test_forged_altered_stale_and_broken_webhooks_are_refused(provider, fake, endpoint, hooks):
    await provider.initialize(begin(data=VISA))
    event = fake.store.find("event")[0]
    good = hooks.message(event, age=299)
    assert len(await provider.parse_webhook(good)) == 1
    body, signature = good.body, good.headers
    broken = {name: value for name, value in event.items() if name != "data"}
    for bad in (
        WebhookMessage(body.replace(b"2000", b"1"), signature, good.now),
        WebhookMessage(body, {}, good.now),
        WebhookMessage(body, {"stripe-signature": "t=1"}, good.now),
        WebhookMessage(body, {"stripe-signature": "v1=abc,t=x"}, good.now),
        WebhookMessage(b"\xff" + body, signature, good.now),
        WebhookMessage(body, signature, good.now + 2),
        WebhookMessage(body, signature, good.now - 600),
        hooks.message(event, age=301),
        hooks.message(broken),
    ):
        with pytest.raises(WebhookRefused):
            await provider.parse_webhook(bad)


async def test_events_of_no_interest_are_left_out(provider, fake, hooks):
    event = {"id": "evt_1", "object": "event", "type": "customer.created", "created": 1, "data": {"object": {}}}
    assert await provider.parse_webhook(hooks.message(event)) == []
