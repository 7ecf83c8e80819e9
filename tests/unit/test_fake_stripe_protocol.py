"""The fake of Stripe keeps the protocol: keys, idempotency, faults, events and signed webhooks."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import httpx2
import pytest
import stripe
from starlette.applications import Starlette

from plugins.stripe.fake import Call, FakeStripe, Fault, client_for, create_fake_stripe
from plugins.stripe.fake.webhooks import deliver_due, envelope, pending_deliveries
from plugins.stripe.transport import HTTPClient

pytestmark = pytest.mark.anyio

PAID = {
    "amount": 2000,
    "currency": "usd",
    "payment_method": "pm_card_visa",
    "payment_method_types": ["card"],
    "confirm": True,
}


@pytest.fixture
def app() -> Starlette:
    return create_fake_stripe()


@pytest.fixture
def fake(app: Starlette) -> FakeStripe:
    return app.state.fake


@pytest.fixture
def client(app: Starlette) -> stripe.StripeClient:
    return client_for(app)


async def refused(call) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as caught:
        await call
    return caught.value


async def raw(app: Starlette, method: str, path: str, **request) -> httpx2.Response:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=app), base_url="https://api.stripe.com"
    ) as browser:
        return await browser.request(method, path, **request)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer sk_test_other"}, {"Authorization": "Basic !"}])
async def test_a_request_without_the_right_key_is_401(app, fake, headers):
    answer = await raw(app, "POST", "/v1/payment_intents", headers=headers, data=PAID)
    assert (answer.status_code, answer.json()["error"]["type"]) == (401, "invalid_request_error")
    assert answer.headers["request-id"].startswith("req_")
    assert fake.store.find("payment_intent") == []


async def test_the_key_may_come_as_a_basic_user_name(app):
    answer = await raw(app, "GET", "/v1/payment_intents", auth=("sk_test_fake", ""))
    assert answer.json() == {"object": "list", "data": [], "has_more": False, "url": "/v1/payment_intents"}


@pytest.mark.parametrize(
    "body",
    [b"a[b=1", b"a=1&a[b]=2", b"a[b]=2&a=1", b"&".join(b"x%d=1" % n for n in range(600)), b"\xff=1", b"a" * 100_001],
)
async def test_a_broken_form_is_refused(app, body):
    headers = {"Authorization": "Bearer sk_test_fake", "Content-Type": "application/x-www-form-urlencoded"}
    answer = await raw(app, "POST", "/v1/payment_intents", headers=headers, content=body)
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


async def test_json_and_unknown_urls_are_refused(app):
    headers = {"Authorization": "Bearer sk_test_fake"}
    assert (await raw(app, "POST", "/v1/payment_intents", headers=headers, json=PAID)).status_code == 400
    for method, path in (("GET", "/v1/nothing"), ("DELETE", "/v1/refunds")):
        answer = await raw(app, method, path, headers=headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")


async def test_the_same_key_and_body_replays_the_first_answer(app, client, fake):
    options = {"idempotency_key": "order-1"}
    first, second = [await client.v1.payment_intents.create_async(PAID, options) for _ in range(2)]
    assert first.id == second.id
    assert len(fake.store.find("payment_intent")) == len(fake.store.find("charge")) == 1
    assert "idempotent-replayed" not in first.last_response.headers
    assert second.last_response.headers["idempotent-replayed"] == "true"
    assert second.last_response.headers["original-request"] == first.last_response.headers["request-id"]


async def test_a_decline_is_replayed_too(client, fake):
    params = PAID | {"payment_method": "pm_card_chargeDeclined"}
    errors = [
        await refused(client.v1.payment_intents.create_async(params, {"idempotency_key": "order-2"})) for _ in range(2)
    ]
    assert [error.code for error in errors] == ["card_declined", "card_declined"]
    assert len(fake.store.find("payment_intent")) == 1


async def test_a_key_used_for_something_else_is_refused(client, fake):
    made = await client.v1.payment_intents.create_async(PAID, {"idempotency_key": "order-3"})
    other = await refused(
        client.v1.payment_intents.create_async(PAID | {"amount": 2001}, {"idempotency_key": "order-3"})
    )
    assert isinstance(other, stripe.IdempotencyError)
    assert (other.http_status, other.error.type) == (400, "idempotency_error")
    elsewhere = await refused(client.v1.payment_intents.cancel_async(made.id, {}, {"idempotency_key": "order-3"}))
    assert isinstance(elsewhere, stripe.IdempotencyError)
    assert len(fake.store.find("payment_intent")) == 1


async def test_refused_parameters_leave_the_key_free(client):
    options = {"idempotency_key": "order-4"}
    assert (await refused(client.v1.payment_intents.create_async({"amount": 1}, options))).http_status == 400
    assert (await client.v1.payment_intents.create_async(PAID, options)).status == "succeeded"


async def test_a_key_in_use_is_409_until_its_request_ends(client, fake):
    fake.faults.append(Fault("delay", seconds=0.05))
    options = {"idempotency_key": "order-5"}
    slow = asyncio.create_task(client.v1.payment_intents.create_async(PAID, options))
    await asyncio.sleep(0.01)
    busy = await refused(client.v1.payment_intents.create_async(PAID, options))
    assert (busy.http_status, busy.error.code) == (409, "idempotency_key_in_use")
    first = await slow
    assert (await client.v1.payment_intents.create_async(PAID, options)).id == first.id


async def test_keys_are_forgotten_after_a_day():
    now = [time.time()]
    app = create_fake_stripe(clock=lambda: now[0])
    client, options = client_for(app), {"idempotency_key": "order-6"}
    first = await client.v1.payment_intents.create_async(PAID, options)
    now[0] += 24 * 3600 - 1
    assert (await client.v1.payment_intents.create_async(PAID, options)).id == first.id
    now[0] += 2
    assert (await client.v1.payment_intents.create_async(PAID, options)).id != first.id


async def test_fifty_at_once_with_one_key_make_one_payment(client, fake):
    options = {"idempotency_key": "order-7"}
    answers = await asyncio.gather(*(client.v1.payment_intents.create_async(PAID, options) for _ in range(50)))
    assert len({answer.id for answer in answers}) == len(fake.store.find("charge")) == 1


def creating(call: Call) -> bool:
    return (call.method, call.path) == ("POST", "/v1/payment_intents")


async def test_a_dropped_answer_hides_a_charge_that_a_retry_with_the_key_finds(client, fake):
    fake.faults.append(Fault("drop", creating, after_effect=True))
    options = {"idempotency_key": "order-8"}
    lost = await refused(client.v1.payment_intents.create_async(PAID, options))
    assert isinstance(lost, stripe.APIConnectionError)
    assert len(fake.store.find("charge")) == 1
    found = await client.v1.payment_intents.create_async(PAID, options)
    assert found.status == "succeeded"
    assert len(fake.store.find("charge")) == 1


async def test_a_client_that_gives_up_is_charged_all_the_same(client, fake):
    fake.faults.append(Fault("delay", creating, seconds=0.05))
    options = {"idempotency_key": "order-14"}
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await client.v1.payment_intents.create_async(PAID, options)
    assert fake.store.find("charge") == []
    await asyncio.gather(*fake.tasks)
    assert (await client.v1.payment_intents.create_async(PAID, options)).status == "succeeded"
    assert len(fake.store.find("charge")) == 1


@pytest.mark.parametrize("kind", ["drop", "error"])
async def test_a_fault_before_the_effect_leaves_nothing_behind(client, fake, kind):
    fake.faults.append(Fault(kind, creating, status=503))
    options = {"idempotency_key": "order-9"}
    error = await refused(client.v1.payment_intents.create_async(PAID, options))
    assert error.http_status == (503 if kind == "error" else None)
    assert fake.store.find("payment_intent") == []
    assert (await client.v1.payment_intents.create_async(PAID, options)).status == "succeeded"


async def test_a_stored_server_error_stays_with_its_key(client, fake):
    fake.faults.append(Fault("error", creating, stored=True))
    for _ in range(2):
        error = await refused(client.v1.payment_intents.create_async(PAID, {"idempotency_key": "order-10"}))
        assert (error.http_status, error.error.type) == (500, "api_error")
    assert fake.store.find("payment_intent") == []


async def test_an_account_in_a_file_outlives_its_process(tmp_path):
    path = tmp_path / "stripe.db"
    first = await client_for(create_fake_stripe(path=path)).v1.payment_intents.create_async(
        PAID, {"idempotency_key": "order-11"}
    )
    other = client_for(create_fake_stripe(path=path))
    assert (await other.v1.payment_intents.retrieve_async(first.id)).status == "succeeded"
    assert (await other.v1.payment_intents.create_async(PAID, {"idempotency_key": "order-11"})).id == first.id


async def endpoint(client: stripe.StripeClient, *events: str) -> stripe.WebhookEndpoint:
    return await client.v1.webhook_endpoints.create_async(
        {"url": "https://shop.example/webhooks/stripe", "enabled_events": list(events)}
    )


async def test_only_creation_tells_the_secret(client):
    made = await endpoint(client, "*")
    assert made.secret.startswith("whsec_")
    shown = await client.v1.webhook_endpoints.retrieve_async(made.id)
    listed = await client.v1.webhook_endpoints.list_async()
    assert "secret" not in shown.to_dict() | listed.data[0].to_dict()
    await client.v1.webhook_endpoints.delete_async(made.id)
    assert (await client.v1.webhook_endpoints.list_async()).data == []


async def test_webhooks_arrive_signed_and_the_sdk_verifies_them():
    posts: list[tuple[str, bytes, dict[str, str]]] = []

    async def shop(url: str, body: bytes, headers: dict[str, str]) -> int:
        posts.append((url, body, headers))
        return 200

    app = create_fake_stripe(deliver=shop)
    client = client_for(app)
    made = await endpoint(client, "payment_intent.succeeded", "charge.refunded")
    paid = await client.v1.payment_intents.create_async(PAID, {"idempotency_key": "order-12"})
    await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 500})
    assert await deliver_due(app.state.fake) == [200, 200]
    assert await deliver_due(app.state.fake) == []
    url, body, headers = posts[0]
    assert url == "https://shop.example/webhooks/stripe"
    event = client.construct_event(body, headers["Stripe-Signature"], made.secret)
    assert (event.type, event.data.object.id) == ("payment_intent.succeeded", paid.id)
    assert event.request.idempotency_key == "order-12"
    refunded = client.construct_event(posts[1][1], posts[1][2]["Stripe-Signature"], made.secret)
    assert refunded.data.previous_attributes["amount_refunded"] == 0
    kept = await client.v1.events.retrieve_async(event.id)
    assert kept.pending_webhooks == 0


async def test_altered_foreign_and_stale_signatures_are_refused(client, fake):
    made = (await endpoint(client, "*")).to_dict()
    await client.v1.payment_intents.create_async(PAID)
    event = fake.store.find("event")[0]
    body, headers = envelope(fake, event, made)
    client.construct_event(body, headers["Stripe-Signature"], made["secret"])
    stale = envelope(fake, event, made, at=int(time.time()) - 301)[1]["Stripe-Signature"]
    for sent, signature, secret in (
        (body.replace(b"2000", b"2001"), headers["Stripe-Signature"], made["secret"]),
        (body, headers["Stripe-Signature"], "whsec_other"),
        (body, stale, made["secret"]),
        (body, "", made["secret"]),
    ):
        with pytest.raises(stripe.SignatureVerificationError):
            client.construct_event(sent, signature, secret)


async def test_a_shop_that_is_down_gets_the_same_event_later():
    now, seen, down = [time.time()], [], [True]

    async def shop(url: str, body: bytes, headers: dict[str, str]) -> int:
        seen.append(json.loads(body)["id"])
        if down[0]:
            raise ConnectionRefusedError
        return 204

    app = create_fake_stripe(deliver=shop, clock=lambda: now[0])
    client, fake = client_for(app), app.state.fake
    await endpoint(client, "payment_intent.succeeded")
    await client.v1.payment_intents.create_async(PAID)
    assert await deliver_due(fake) == [0]
    down[0] = False
    assert await deliver_due(fake) == []
    now[0] += 3
    assert await deliver_due(fake) == [204]
    assert seen[0] == seen[1]
    assert pending_deliveries(fake) == []


async def test_webhooks_can_go_out_by_themselves():
    arrived = asyncio.Event()

    async def shop(url: str, body: bytes, headers: dict[str, str]) -> int:
        arrived.set()
        return 200

    client = client_for(create_fake_stripe(deliver=shop, auto_deliver=True))
    await endpoint(client, "payment_intent.succeeded")
    await client.v1.payment_intents.create_async(PAID)
    await asyncio.wait_for(arrived.wait(), 2)


async def test_helpers_play_the_bank_over_http_with_the_secret_key(app, client, fake):
    paid = await client.v1.payment_intents.create_async(PAID)
    path = f"/_fake/charges/{paid.latest_charge}/dispute"
    assert (await raw(app, "POST", path)).status_code == 401
    headers = {"Authorization": "Bearer sk_test_fake"}
    opened = await raw(app, "POST", path, headers=headers, data={"reason": "fraudulent"})
    closed = await raw(
        app, "POST", f"/_fake/disputes/{opened.json()['id']}/close", headers=headers, data={"outcome": "failure"}
    )
    assert (opened.json()["amount"], closed.json()["status"]) == (2000, "lost")
    fault = {"kind": "error", "path": "/refunds$", "times": "1", "status": "502"}
    assert (await raw(app, "POST", "/_fake/faults", headers=headers, data=fault)).status_code == 200
    assert (await refused(client.v1.refunds.create_async({"payment_intent": paid.id}))).http_status == 502
    assert [call.path for call in fake.calls] == ["/v1/payment_intents", "/v1/refunds"]


@pytest.mark.filterwarnings("ignore:Use 'content:DeprecationWarning")
async def test_the_sdks_own_http_client_is_served_too(app):
    http = stripe.HTTPXClient()
    http._client_async = httpx.AsyncClient(transport=httpx.ASGITransport(app=app))
    client = stripe.StripeClient("sk_test_fake", http_client=http)
    assert (await client.v1.payment_intents.create_async(PAID)).status == "succeeded"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """URL of a fake running in a process of its own."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    command = [sys.executable, "-m", "plugins.stripe.fake", "--port", str(port), "--state", str(tmp_path / "fake.db")]
    process = subprocess.Popen(command, env=os.environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.communicate(timeout=10)


async def test_it_runs_as_a_server_and_drops_connections_there_too(server):
    http = HTTPClient(httpx2.AsyncClient())
    client = stripe.StripeClient("sk_test_fake", base_addresses={"api": server}, http_client=http)
    headers = {"Authorization": "Bearer sk_test_fake"}
    fault = {"kind": "drop", "path": "/payment_intents$", "method": "POST", "after_effect": "true"}
    async with httpx2.AsyncClient() as browser:
        assert (await browser.post(f"{server}/_fake/faults", headers=headers, data=fault)).status_code == 200
    options = {"idempotency_key": "order-13"}
    assert isinstance(await refused(client.v1.payment_intents.create_async(PAID, options)), stripe.APIConnectionError)
    assert len((await client.v1.charges.list_async()).data) == 1
    found = await client.v1.payment_intents.create_async(PAID, options)
    assert (found.status, len((await client.v1.charges.list_async()).data)) == ("succeeded", 1)
    await http.close_async()
