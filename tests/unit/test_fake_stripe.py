"""The fake of Stripe pays, declines, captures and refunds as the real one does, seen through the official SDK."""

import re

import httpx2
import pytest
import stripe
from starlette.applications import Starlette

from plugins.stripe.fake import FakeStripe, client_for, create_fake_stripe
from plugins.stripe.fake.attempts import finish_challenge, settle_processing
from plugins.stripe.fake.charges import close_dispute, open_dispute
from plugins.stripe.fake.errors import ApiError
from plugins.stripe.fake.refunds import settle

pytestmark = pytest.mark.anyio

CARD = {"amount": 2000, "currency": "usd", "payment_method_types": ["card"]}
PAID = CARD | {"payment_method": "pm_card_visa", "confirm": True}
HELD = PAID | {"capture_method": "manual"}


@pytest.fixture
def app() -> Starlette:
    return create_fake_stripe()


@pytest.fixture
def fake(app: Starlette) -> FakeStripe:
    return app.state.fake


@pytest.fixture
def client(app: Starlette) -> stripe.StripeClient:
    return client_for(app)


def events(fake: FakeStripe) -> list[str]:
    return [event["type"] for event in reversed(fake.store.find("event"))]


async def refused(call) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as caught:
        await call
    return caught.value


async def test_a_confirmed_payment_is_charged_at_once(client, fake):
    intent = await client.v1.payment_intents.create_async(PAID | {"metadata": {"order": "7"}})
    assert (intent.status, intent.amount_received, intent.amount_capturable) == ("succeeded", 2000, 0)
    assert intent.metadata.to_dict() == {"order": "7"}
    assert re.fullmatch(rf"{intent.id}_secret_\w+", intent.client_secret)
    charge = await client.v1.charges.retrieve_async(intent.latest_charge, {"expand": ["balance_transaction"]})
    assert (charge.paid, charge.captured, charge.amount_captured, charge.payment_intent) == (
        True,
        True,
        2000,
        intent.id,
    )
    assert (charge.balance_transaction.amount, charge.balance_transaction.net) == (2000, 2000 - 88)
    assert events(fake) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"]


async def test_a_payment_can_be_built_up_in_steps(client):
    made = await client.v1.payment_intents.create_async({"amount": 500, "currency": "eur"})
    assert (made.status, made.capture_method) == ("requires_payment_method", "automatic_async")
    assert made.automatic_payment_methods.to_dict() == {"allow_redirects": "always", "enabled": True}
    ready = await client.v1.payment_intents.update_async(
        made.id, {"amount": 700, "payment_method": "pm_card_visa", "metadata": {"a": "1", "b": "2"}}
    )
    assert (ready.status, ready.amount) == ("requires_confirmation", 700)
    changed = await client.v1.payment_intents.update_async(made.id, {"metadata": {"a": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"b": "2", "c": "3"}
    error = await refused(client.v1.payment_intents.confirm_async(made.id))
    assert "return_url" in error.user_message
    paid = await client.v1.payment_intents.confirm_async(made.id, {"return_url": "https://shop.example/done"})
    assert (paid.status, paid.amount_received) == ("succeeded", 700)


@pytest.mark.parametrize(
    ("token", "code", "decline_code"),
    [
        ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
        ("pm_card_chargeDeclinedInsufficientFunds", "card_declined", "insufficient_funds"),
        ("pm_card_chargeDeclinedExpiredCard", "expired_card", "expired_card"),
    ],
)
async def test_a_declined_card_leaves_the_intent_waiting_for_another(client, fake, token, code, decline_code):
    error = await refused(client.v1.payment_intents.create_async(PAID | {"payment_method": token}))
    assert isinstance(error, stripe.CardError)
    assert (error.http_status, error.code, error.error.decline_code) == (402, code, decline_code)
    intent = await client.v1.payment_intents.retrieve_async(error.error.payment_intent.id)
    assert (intent.status, intent.payment_method, intent.last_payment_error.code) == (
        "requires_payment_method",
        None,
        code,
    )
    charge = await client.v1.charges.retrieve_async(intent.latest_charge)
    assert (charge.status, charge.paid, charge.failure_code) == ("failed", False, code)
    assert events(fake) == ["payment_intent.created", "charge.failed", "payment_intent.payment_failed"]
    paid = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert (paid.status, paid.last_payment_error) == ("succeeded", None)


async def test_a_hold_is_captured_in_full_or_in_part_once(client, fake):
    held = await client.v1.payment_intents.create_async(HELD)
    assert (held.status, held.amount_capturable, held.amount_received) == ("requires_capture", 2000, 0)
    too_much = await refused(client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 2001}))
    assert (too_much.http_status, too_much.code) == (400, "amount_too_large")
    part = await client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1500})
    assert (part.status, part.amount_received, part.amount_capturable) == ("succeeded", 1500, 0)
    charge = await client.v1.charges.retrieve_async(part.latest_charge)
    assert (charge.amount, charge.amount_captured, charge.amount_refunded) == (2000, 1500, 0)
    again = await refused(client.v1.payment_intents.capture_async(held.id))
    assert (again.http_status, again.code) == (400, "payment_intent_unexpected_state")
    assert again.error.payment_intent.id == held.id
    whole = await client.v1.payment_intents.create_async(HELD)
    assert (await client.v1.payment_intents.capture_async(whole.id)).amount_received == 2000
    assert events(fake)[:5] == [
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.amount_capturable_updated",
        "charge.captured",
        "payment_intent.succeeded",
    ]


async def test_a_hold_can_be_cancelled_and_a_payment_cannot(client, fake):
    held = await client.v1.payment_intents.create_async(HELD)
    gone = await client.v1.payment_intents.cancel_async(held.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason, gone.amount_capturable) == ("canceled", "abandoned", 0)
    assert (await client.v1.charges.retrieve_async(gone.latest_charge)).refunded is False
    assert fake.store.find("refund") == []
    assert events(fake)[-1] == "payment_intent.canceled"
    for call in (
        client.v1.payment_intents.cancel_async(gone.id),
        client.v1.payment_intents.confirm_async(gone.id),
        client.v1.payment_intents.update_async(gone.id, {"amount": 100}),
    ):
        assert (await refused(call)).code == "payment_intent_unexpected_state"
    paid = await client.v1.payment_intents.create_async(PAID)
    assert (await refused(client.v1.payment_intents.cancel_async(paid.id))).code == "payment_intent_unexpected_state"


async def test_three_d_secure_leads_to_a_page_and_back_to_the_shop(app, client, fake):
    intent = await client.v1.payment_intents.create_async(
        PAID | {"payment_method": "pm_card_authenticationRequired", "return_url": "https://shop.example/back?cart=9"}
    )
    assert (intent.status, intent.latest_charge) == ("requires_action", None)
    page = intent.next_action.redirect_to_url.url
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app)) as browser:
        assert "Complete authentication" in (await browser.get(page)).text
        wrong = await browser.post(page.split("?")[0], data={"client_secret": "x", "outcome": "success"})
        assert wrong.status_code == 400
        answer = await browser.post(
            page.split("?")[0], data={"client_secret": intent.client_secret, "outcome": "success"}
        )
    assert answer.status_code == 303
    assert httpx2.URL(answer.headers["location"]).params == httpx2.QueryParams(
        {
            "cart": "9",
            "payment_intent": intent.id,
            "payment_intent_client_secret": intent.client_secret,
            "redirect_status": "succeeded",
        }
    )
    paid = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (paid.status, paid.next_action, paid.amount_received) == ("succeeded", None, 2000)
    assert "payment_intent.requires_action" in events(fake)


async def test_a_failed_challenge_takes_no_money_and_another_card_may_follow(client, fake):
    intent = await client.v1.payment_intents.create_async(HELD | {"payment_method": "pm_card_threeDSecure2Required"})
    assert intent.next_action.type == "use_stripe_sdk"
    with fake.change():
        finish_challenge(fake, intent.id, success=False)
    failed = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (failed.status, failed.latest_charge) == ("requires_payment_method", None)
    assert failed.last_payment_error.code == "payment_intent_authentication_failure"
    held = await client.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert (held.status, held.amount_capturable) == ("requires_capture", 2000)


async def test_a_card_may_be_declined_after_its_challenge(client, fake):
    token = "pm_card_threeDSecureRequiredChargeDeclined"
    intent = await client.v1.payment_intents.create_async(PAID | {"payment_method": token})
    with fake.change():
        failed = finish_challenge(fake, intent.id, success=True)
    assert (failed["status"], failed["last_payment_error"]["code"]) == ("requires_payment_method", "card_declined")


async def test_a_slow_bank_answers_later(client, fake):
    pay = CARD | {"payment_method_types": ["us_bank_account"], "payment_method": "pm_usBankAccount_processing"}
    first, second = [await client.v1.payment_intents.create_async(pay | {"confirm": True}) for _ in range(2)]
    assert (first.status, first.amount_received) == ("processing", 0)
    with fake.change():
        assert settle_processing(fake, first.id, success=True)["amount_received"] == 2000
        assert settle_processing(fake, second.id, success=False)["status"] == "requires_payment_method"


async def test_a_browser_confirms_with_the_publishable_key_and_the_client_secret(app, client):
    intent = await client.v1.payment_intents.create_async(CARD | {"metadata": {"order": "7"}})
    browser = client_for(app, api_key="pk_test_fake")
    wrong = await refused(browser.v1.payment_intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"}))
    assert wrong.code == "payment_intent_invalid_parameter"
    paid = await browser.v1.payment_intents.confirm_async(
        intent.id,
        {"payment_method": "pm_card_visa", "use_stripe_sdk": True, "client_secret": intent.client_secret},
    )
    assert paid.status == "succeeded"
    assert not {"metadata", "latest_charge"} & paid.to_dict().keys()
    error = await refused(browser.v1.payment_intents.capture_async(intent.id))
    assert (error.http_status, error.json_body["error"]["code"]) == (401, "secret_key_required")


async def test_refunds_never_exceed_what_was_captured(client, fake):
    held = await client.v1.payment_intents.create_async(HELD)
    early = await refused(client.v1.refunds.create_async({"payment_intent": held.id}))
    assert early.http_status == 400
    await client.v1.payment_intents.capture_async(held.id, {"amount_to_capture": 1000})
    one = await client.v1.refunds.create_async({"payment_intent": held.id, "amount": 300, "reason": "duplicate"})
    assert (one.status, one.amount, one.charge) == ("succeeded", 300, held.latest_charge)
    over = await refused(client.v1.refunds.create_async({"charge": held.latest_charge, "amount": 701}))
    assert (over.http_status, over.param, over.code) == (400, "amount", None)
    rest = await client.v1.refunds.create_async({"payment_intent": held.id})
    assert rest.amount == 700
    none_left = await refused(client.v1.refunds.create_async({"payment_intent": held.id}))
    assert none_left.code == "charge_already_refunded"
    charge = await client.v1.charges.retrieve_async(held.latest_charge)
    assert (charge.amount_refunded, charge.refunded) == (1000, True)
    listed = await client.v1.refunds.list_async({"payment_intent": held.id})
    assert [refund.id for refund in listed.data] == [rest.id, one.id]
    assert (await client.v1.refunds.retrieve_async(one.id)).reason == "duplicate"
    assert events(fake)[-2:] == ["refund.created", "charge.refunded"]


async def test_a_refund_may_be_pending_or_fail_at_the_bank(client, fake):
    slow = await client.v1.payment_intents.create_async(PAID | {"payment_method": "pm_card_pendingRefund"})
    refund = await client.v1.refunds.create_async({"payment_intent": slow.id})
    assert refund.status == "pending"
    with fake.change():
        settle(fake, refund.id, success=False)
    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "failed"
    assert (await client.v1.charges.retrieve_async(slow.latest_charge)).amount_refunded == 0
    balance = await client.v1.balance_transactions.list_async({"source": refund.id})
    assert sum(line.amount for line in balance.data) == 0
    assert events(fake)[-3:] == ["refund.updated", "charge.refund.updated", "refund.failed"]


async def test_a_dispute_takes_the_money_and_blocks_refunds(client, fake):
    paid = await client.v1.payment_intents.create_async(PAID)
    with fake.change():
        dispute = open_dispute(fake, paid.latest_charge, amount=1200, reason="product_not_received")
        with pytest.raises(ApiError):
            open_dispute(fake, paid.latest_charge, amount=1)
    assert events(fake)[-2:] == ["charge.dispute.created", "charge.dispute.funds_withdrawn"]
    blocked = await refused(client.v1.refunds.create_async({"payment_intent": paid.id}))
    assert blocked.code == "charge_disputed"
    with fake.change():
        close_dispute(fake, dispute["id"], won=True)
    shown = await client.v1.disputes.retrieve_async(dispute["id"])
    assert (shown.status, [line["amount"] for line in shown.to_dict()["balance_transactions"]]) == (
        "won",
        [-1200, 1200],
    )
    disputed = await client.v1.payment_intents.create_async(PAID | {"payment_method": "pm_card_createDispute"})
    assert (await client.v1.charges.retrieve_async(disputed.latest_charge)).disputed is True


@pytest.mark.parametrize(
    ("amount", "currency", "code"),
    [
        (49, "usd", "amount_too_small"),
        (50, "usd", None),
        (49, "jpy", "amount_too_small"),
        (50, "jpy", None),
        (100_000_000, "usd", "amount_too_large"),
        (1234, "kwd", "invalid_charge_amount_no_decimal_compatible"),
        (1230, "kwd", None),
        (1050, "isk", "invalid_charge_amount_no_decimal_compatible"),
        (1000, "isk", None),
        (150, "ugx", "invalid_charge_amount_no_decimal_compatible"),
        (0, "usd", "parameter_invalid_integer"),
    ],
)
async def test_amounts_follow_the_currency(client, amount, currency, code):
    call = client.v1.payment_intents.create_async({"amount": amount, "currency": currency})
    if code is None:
        assert (await call).amount == amount
    else:
        error = await refused(call)
        assert (error.http_status, error.code, error.param) == (400, code, "amount")


async def test_listing_pages_through_intents_newest_first(client):
    made = [(await client.v1.payment_intents.create_async(CARD)).id for _ in range(5)]
    first = await client.v1.payment_intents.list_async({"limit": 2})
    assert ([item.id for item in first.data], first.has_more) == (made[:2:-1], True)
    walked = [item.id async for item in first.auto_paging_iter()]
    assert walked == made[::-1]
    before = await client.v1.payment_intents.list_async({"ending_before": made[0], "limit": 3})
    assert [item.id for item in before.data] == made[3:0:-1]
    assert (await client.v1.payment_intents.list_async({"created": {"gt": 2**40}})).data == []


async def test_expansion_follows_a_path(client):
    paid = await client.v1.payment_intents.create_async(PAID | {"expand": ["latest_charge.balance_transaction"]})
    assert paid.latest_charge.balance_transaction.type == "charge"
    listed = await client.v1.payment_intents.list_async({"expand": ["data.latest_charge"]})
    assert listed.data[0].latest_charge.id == paid.latest_charge.id
    error = await refused(client.v1.payment_intents.retrieve_async(paid.id, {"expand": ["status"]}))
    assert "cannot be expanded" in error.user_message


@pytest.mark.parametrize(
    ("params", "code", "param"),
    [
        ({"currency": "usd"}, "parameter_missing", "amount"),
        ({"amount": 100}, "parameter_missing", "currency"),
        (CARD | {"amount": "10.5"}, "parameter_invalid_integer", "amount"),
        (CARD | {"amount": {"a": "1"}}, None, "amount"),
        (CARD | {"currency": "dollars"}, None, "currency"),
        (CARD | {"currency": "iqd"}, None, "currency"),
        (CARD | {"colour": "red"}, "parameter_unknown", "colour"),
        (CARD | {"confirm": "yes"}, None, "confirm"),
        (CARD | {"capture_method": "later"}, None, "capture_method"),
        (CARD | {"payment_method": "pm_nobody"}, "resource_missing", "payment_method"),
        (CARD | {"description": ""}, "parameter_invalid_empty", "description"),
        (CARD | {"automatic_payment_methods": {"enabled": True}}, "parameters_exclusive", None),
        (
            CARD | {"automatic_payment_methods": {"enable": True}},
            "parameter_unknown",
            "automatic_payment_methods[enable]",
        ),
        (CARD | {"return_url": "https://shop.example"}, None, "return_url"),
        (CARD | {"confirm": True}, "payment_intent_unexpected_state", None),
    ],
)
async def test_wrong_parameters_are_named_and_nothing_is_made(client, fake, params, code, param):
    error = await refused(client.v1.payment_intents.create_async(params))
    assert isinstance(error, stripe.InvalidRequestError)
    assert (error.http_status, error.code, error.param) == (400, code, param)
    assert fake.store.find("payment_intent") == []


async def test_an_unknown_object_is_404(client):
    error = await refused(client.v1.payment_intents.retrieve_async("pi_nobody"))
    assert (error.http_status, error.code) == (404, "resource_missing")
