"""The Stripe provider says what happened to the money, against the in-tree fake."""

import time

import pytest
from starlette.applications import Starlette

from engine.sdk.amounts import Amount
from engine.sdk.payments import (
    Action,
    ActionRequest,
    ConfigRequest,
    EventType,
    Flow,
    InitializeRequest,
    InvalidPaymentData,
    PaymentProvider,
    PaymentResult,
    ProcessRequest,
    ProviderFault,
    WebhookMessage,
    WebhookProvider,
    WebhookRefused,
)
from plugins.stripe.config import StripeConfig
from plugins.stripe.fake import FakeStripe, Fault, client_for, create_fake_stripe
from plugins.stripe.fake.attempts import finish_challenge
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
def provider(app: Starlette) -> StripeProvider:
    return StripeProvider(
        StripeConfig(), lambda: client_for(app), publishable_key="pk_test_fake", webhook_secret="whsec_unused"
    )


def begin(key: str = "try-1", *, flow: Flow = Flow.CHARGE, amount: Amount = TWENTY, data=None, **more):
    return InitializeRequest(reference=f"tx-{key}", idempotency_key=key, amount=amount, flow=flow, data=data, **more)


def go_on(result: PaymentResult, key: str = "try-1", *, flow: Flow = Flow.CHARGE, data=None) -> ProcessRequest:
    return ProcessRequest(f"tx-{key}", f"{key}-process", result.psp_reference, TWENTY, flow, data)


def act(result: PaymentResult, key: str, minor: int = 2000, reason: str = "") -> ActionRequest:
    return ActionRequest("tx", key, result.psp_reference, Amount(minor, "USD"), reason)


def test_it_is_a_provider_with_webhooks(provider):
    assert isinstance(provider, PaymentProvider)
    assert isinstance(provider, WebhookProvider)


async def test_storefronts_get_the_publishable_key_only(provider):
    assert await provider.gateway_config(ConfigRequest(TWENTY)) == {
        "stripePublishableKey": "pk_test_fake",
        "publishableKey": "pk_test_fake",
    }


async def test_a_method_from_the_storefront_is_charged_at_once(provider, fake):
    result = await provider.initialize(begin(data=VISA))
    assert (result.type, result.amount, result.actions) == (EventType.CHARGE_SUCCESS, TWENTY, (Action.REFUND,))
    intent = fake.store.get("payment_intent", result.psp_reference)
    assert intent["metadata"] == {"argosy_transaction": "tx-try-1"}
    assert intent["automatic_payment_methods"]["allow_redirects"] == "never"


async def test_an_authorization_is_held_then_captured_in_part_and_refunded(provider):
    held = await provider.initialize(begin(flow=Flow.AUTHORIZATION, data=VISA))
    assert (held.type, held.amount) == (EventType.AUTHORIZATION_SUCCESS, TWENTY)
    assert held.actions == (Action.CHARGE, Action.CANCEL)
    charged = await provider.capture(act(held, "c1", 1500))
    assert (charged.type, charged.amount) == (EventType.CHARGE_SUCCESS, Amount(1500, "USD"))
    again = await provider.capture(act(held, "c2", 500))
    assert (again.type, again.psp_reference) == (EventType.CHARGE_FAILURE, held.psp_reference)
    part = await provider.refund(act(held, "r1", 400, "broken"))
    assert (part.type, part.amount) == (EventType.REFUND_SUCCESS, Amount(400, "USD"))
    rest = await provider.refund(act(held, "r2", 1100))
    assert part.psp_reference != rest.psp_reference
    over = await provider.refund(act(held, "r3", 1))
    assert (over.type, "already been refunded" in over.message) == (EventType.REFUND_FAILURE, True)
    assert (await provider.cancel(act(held, "x1"))).type is EventType.CANCEL_FAILURE


async def test_a_hold_is_cancelled_and_cancelling_again_is_no_failure(provider):
    held = await provider.initialize(begin(flow=Flow.AUTHORIZATION, data=VISA))
    assert (await provider.cancel(act(held, "x1"))).type is EventType.CANCEL_SUCCESS
    assert (await provider.cancel(act(held, "x2"))).type is EventType.CANCEL_SUCCESS
    assert (await provider.capture(act(held, "c1"))).type is EventType.CHARGE_FAILURE
    for ask in (provider.status, provider.process):
        assert (await ask(go_on(held))).type is EventType.AUTHORIZATION_FAILURE


async def test_the_browser_pays_and_process_reads_the_outcome(provider, app):
    waiting = await provider.initialize(begin(data={"paymentIntent": {"paymentMethod": "card"}}))
    assert waiting.type is EventType.CHARGE_ACTION_REQUIRED
    payment = waiting.data["paymentIntent"]
    assert waiting.data["stripePublishableKey"] == waiting.data["publishableKey"] == "pk_test_fake"
    assert payment["client_secret"] == payment["stripeClientSecret"]
    assert (await provider.process(go_on(waiting))).type is EventType.CHARGE_ACTION_REQUIRED
    browser = client_for(app, api_key="pk_test_fake")
    await browser.v1.payment_intents.confirm_async(
        waiting.psp_reference,
        {"payment_method": "pm_card_visa", "use_stripe_sdk": True, "client_secret": payment["client_secret"]},
    )
    paid = await provider.process(go_on(waiting))
    assert (paid.type, paid.amount, paid.data) == (EventType.CHARGE_SUCCESS, TWENTY, None)


@pytest.mark.parametrize(
    ("flow", "required", "passed", "failed"),
    [
        (
            Flow.CHARGE,
            EventType.CHARGE_ACTION_REQUIRED,
            EventType.CHARGE_SUCCESS,
            EventType.CHARGE_FAILURE,
        ),
        (
            Flow.AUTHORIZATION,
            EventType.AUTHORIZATION_ACTION_REQUIRED,
            EventType.AUTHORIZATION_SUCCESS,
            EventType.AUTHORIZATION_FAILURE,
        ),
    ],
)
async def test_three_d_secure_continues_after_the_challenge(provider, fake, flow, required, passed, failed):
    data = {"paymentMethodId": "pm_card_authenticationRequired", "returnUrl": "https://shop.example/back"}
    one, two = [await provider.initialize(begin(key, flow=flow, data=data)) for key in ("a", "b")]
    assert one.type is required
    action = one.data["paymentIntent"]["nextAction"]
    assert (action["type"], "/_fake/authenticate/" in action["redirectToUrl"]) == ("redirect_to_url", True)
    with fake.change():
        finish_challenge(fake, one.psp_reference, success=True)
        finish_challenge(fake, two.psp_reference, success=False)
    assert (await provider.process(go_on(one, flow=flow))).type is passed
    refused = await provider.process(go_on(two, flow=flow))
    assert (refused.type, "unable to authenticate" in refused.message) == (failed, True)
    retried = await provider.process(go_on(two, flow=flow, data=VISA))
    assert (retried.type, retried.psp_reference) == (passed, two.psp_reference)


async def test_a_decline_is_a_failure_with_its_reason(provider):
    result = await provider.initialize(begin(data={"paymentMethodId": "pm_card_chargeDeclinedInsufficientFunds"}))
    assert (result.type, result.message) == (EventType.CHARGE_FAILURE, "Your card has insufficient funds.")
    assert result.psp_reference.startswith("pi_")
    assert result.data["paymentIntent"]["errors"][0]["code"] == "insufficient_funds"


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        (Amount(49, "USD"), "at least"),
        (Amount(100_000_000, "USD"), "no more than"),
        (Amount(1234, "KWD"), "in steps of 10"),
        (Amount(100, "IQD"), "does not take IQD"),
    ],
)
async def test_an_amount_stripe_does_not_take_is_a_failure(provider, fake, amount, message):
    result = await provider.initialize(begin(amount=amount, data=VISA))
    assert result.type is EventType.CHARGE_FAILURE
    assert message in result.message
    assert fake.store.find("payment_intent") == []


@pytest.mark.parametrize(
    "data",
    ["card", [], {"paymentMethodId": 7}, {"paymentMethodId": "pm_x/../y"}, {"paymentMethodId": "tok_visa"},
     VISA | {"returnUrl": "javascript:alert(1)"}],
)  # fmt: skip
async def test_senseless_data_is_refused_before_stripe_is_asked(provider, fake, data):
    with pytest.raises(InvalidPaymentData):
        await provider.initialize(begin(data=data))
    assert len(fake.calls) == 0


async def test_every_operation_is_idempotent_under_its_key(provider, fake):
    held = [await provider.initialize(begin(flow=Flow.AUTHORIZATION, data=VISA)) for _ in range(3)]
    captured = [await provider.capture(act(held[0], "try-1")) for _ in range(3)]
    refunded = [await provider.refund(act(held[0], "try-1", 500)) for _ in range(3)]
    assert len({result.psp_reference for result in held + captured}) == 1
    assert len({result.psp_reference for result in refunded}) == len(fake.store.find("refund")) == 1
    assert len(fake.store.find("charge")) == 1


async def test_a_repeated_beginning_tells_how_the_payment_stands_now(provider, fake):
    data = {"paymentMethodId": "pm_card_authenticationRequired"}
    first = await provider.initialize(begin(data=data))
    with fake.change():
        finish_challenge(fake, first.psp_reference, success=True)
    assert (await provider.initialize(begin(data=data))).type is EventType.CHARGE_SUCCESS


async def test_a_key_used_for_another_amount_is_a_fault_not_a_failure(provider):
    await provider.initialize(begin(data=VISA))
    with pytest.raises(ProviderFault):
        await provider.initialize(begin(amount=Amount(2001, "USD"), data=VISA))


@pytest.mark.parametrize(
    "fault",
    [{"kind": "drop", "after_effect": True}, {"kind": "error", "status": 503}, {"kind": "error", "status": 429}],
    ids=["drop", "503", "429"],
)
async def test_no_clear_answer_is_a_fault(provider, fake, fault):
    fake.faults.append(Fault(**fault))
    with pytest.raises(ProviderFault):
        await provider.initialize(begin(data=VISA))


async def test_an_answer_that_takes_too_long_is_a_fault(app, fake):
    hasty = StripeProvider(
        StripeConfig(timeout_seconds=0.05), lambda: client_for(app), publishable_key="pk", webhook_secret=""
    )
    fake.faults.append(Fault("delay", seconds=30))
    with pytest.raises(ProviderFault, match="in time"):
        await hasty.initialize(begin(data=VISA))


async def test_a_payment_whose_answer_was_lost_is_found_by_our_reference(provider, fake):
    fake.faults.append(Fault("drop", after_effect=True))
    with pytest.raises(ProviderFault):
        await provider.initialize(begin("lost", data=VISA))
    for number in range(3):
        await provider.initialize(begin(f"other-{number}"))
    lost = PaymentResult(EventType.CHARGE_REQUEST)
    found = await provider.status(go_on(lost, "lost"))
    assert (found.type, found.amount) == (EventType.CHARGE_SUCCESS, TWENTY)
    never = await provider.status(go_on(lost, "never-sent"))
    assert (never.type, never.psp_reference) == (EventType.CHARGE_FAILURE, None)


async def test_a_lost_payment_older_than_a_day_is_found_too(provider, fake):
    started = time.time()
    fake.clock = lambda: started - 3 * 86_400
    await provider.initialize(begin("it's \\ old", data=VISA))
    fake.clock = time.time
    found = await provider.status(go_on(PaymentResult(EventType.CHARGE_REQUEST), "it's \\ old"))
    assert found.type is EventType.CHARGE_SUCCESS


async def test_a_payment_unknown_to_these_keys_is_a_fault(provider):
    with pytest.raises(ProviderFault):
        await provider.status(go_on(PaymentResult(EventType.CHARGE_REQUEST, "pi_of_another_account")))


async def test_wrong_credentials_fail_an_action_and_leave_a_status_unknown(app, fake, provider):
    held = await provider.initialize(begin(flow=Flow.AUTHORIZATION, data=VISA))
    stranger = StripeProvider(
        StripeConfig(), lambda: client_for(app, api_key="sk_test_old"), publishable_key="pk", webhook_secret=""
    )
    refused = await stranger.capture(act(held, "c1"))
    assert (refused.type, refused.message) == (EventType.CHARGE_FAILURE, "Stripe refused the shop's credentials")
    with pytest.raises(ProviderFault):
        await stranger.status(go_on(held))
    with pytest.raises(WebhookRefused):
        await stranger.parse_webhook(WebhookMessage(b"{}", {}, time.time()))
