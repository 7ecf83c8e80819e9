"""Events, webhook endpoints, and delivery signed as Stripe signs (docs.stripe.com/webhooks, "Verify")."""

import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlsplit

import httpx2

from plugins.stripe.fake.errors import InvalidParameter
from plugins.stripe.fake.forms import Params, merge_metadata
from plugins.stripe.fake.state import API_VERSION, FakeStripe
from plugins.stripe.fake.store import Object

DELIVERY = "fake.delivery"
MAX_ATTEMPTS = 16
SECONDS = 10.0


def create_endpoint(fake: FakeStripe, params: Params, wanted: str = "") -> Object:
    params.allow("url", "enabled_events", "description", "metadata", "api_version", "expand")
    url = _url(params)
    if url is None:
        raise params.missing("url")
    events = params.strings("enabled_events")
    if not events:
        raise params.missing("enabled_events")
    endpoint = fake.new(
        "webhook_endpoint",
        "we",
        api_version=params.text("api_version"),
        application=None,
        description=params.text("description"),
        enabled_events=events,
        metadata=merge_metadata({}, params),
        secret=f"whsec_{fake.token(32)}",
        status="enabled",
        url=url,
    )
    return fake.save(endpoint)


def retrieve_endpoint(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("expand")
    return hide_secret(fake.load("webhook_endpoint", wanted))


def update_endpoint(fake: FakeStripe, params: Params, wanted: str) -> Object:
    params.allow("url", "enabled_events", "disabled", "description", "metadata", "expand")
    endpoint = fake.load("webhook_endpoint", wanted)
    endpoint["url"] = _url(params) or endpoint["url"]
    endpoint["enabled_events"] = params.strings("enabled_events") or endpoint["enabled_events"]
    endpoint["description"] = params.text("description") or endpoint["description"]
    endpoint["metadata"] = merge_metadata(endpoint["metadata"], params)
    if (disabled := params.boolean("disabled")) is not None:
        endpoint["status"] = "disabled" if disabled else "enabled"
    return hide_secret(fake.save(endpoint))


def delete_endpoint(fake: FakeStripe, params: Params, wanted: str) -> Object:
    fake.load("webhook_endpoint", wanted)
    fake.store.delete(wanted)
    return {"id": wanted, "object": "webhook_endpoint", "deleted": True}


def hide_secret(endpoint: Object) -> Object:
    """Only the answer that creates an endpoint tells its secret."""
    return {name: value for name, value in endpoint.items() if name != "secret"}


def _url(params: Params) -> str | None:
    url = params.text("url")
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).netloc):
        raise InvalidParameter("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")
    return url


def emit(fake: FakeStripe, name: str, item: Object, previous: dict[str, Any] | None = None) -> None:
    """Record an event with a snapshot of `item`, and queue it for every endpoint that wants it."""
    data: dict[str, Any] = {"object": item}
    if previous is not None:
        data["previous_attributes"] = previous
    wanting = [
        endpoint
        for endpoint in fake.store.find("webhook_endpoint", status="enabled")
        if name in endpoint["enabled_events"] or "*" in endpoint["enabled_events"]
    ]
    event = fake.new(
        "event",
        "evt",
        type=name,
        data=data,
        api_version=API_VERSION,
        pending_webhooks=len(wanting),
        request=fake.origin,
    )
    del event["metadata"]
    fake.save(event)
    for endpoint in reversed(wanting):
        delivery = fake.new(DELIVERY, "delivery", endpoint=endpoint["id"], event=event["id"])
        fake.save(delivery | {"attempts": 0, "due": 0, "done": 0, "status": None})


def sign(body: bytes, secret: str, at: int) -> str:
    """The `Stripe-Signature` header for a body sent at a time (seconds since the epoch)."""
    digest = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={at},v1={digest}"


def envelope(fake: FakeStripe, event: Object, endpoint: Object, at: int | None = None) -> tuple[bytes, dict[str, str]]:
    """Body and headers of one delivery. `at` sets another time of signing, to make a stale one."""
    body = json.dumps(event, indent=2).encode()
    signature = sign(body, endpoint["secret"], fake.now() if at is None else at)
    return body, {
        "Content-Type": "application/json; charset=utf-8",
        "Stripe-Signature": signature,
        "User-Agent": "Stripe/1.0 (+https://stripe.com/docs/webhooks)",
    }


def pending_deliveries(fake: FakeStripe) -> list[Object]:
    """Deliveries not yet answered with 2xx, oldest first."""
    return list(reversed(fake.store.find(DELIVERY, done=0)))


async def deliver_due(fake: FakeStripe, *, everything: bool = False) -> list[int]:
    """Send what is due, oldest first, and return the HTTP statuses (0 where no answer came).

    A failure is due again after 2, 4, 8 ... seconds, sixteen times in all; `everything` does not wait.
    """
    statuses = []
    async with fake.delivering:
        for delivery in pending_deliveries(fake):
            if delivery["due"] > fake.clock() and not everything:
                continue
            endpoint = fake.store.get("webhook_endpoint", delivery["endpoint"])
            event = fake.store.get("event", delivery["event"])
            status = await _send(fake, event, endpoint) if event and endpoint else 410
            delivery["attempts"] += 1
            delivery["status"] = status
            delivery["due"] = fake.clock() + 2 ** delivery["attempts"]
            answered = 200 <= status < 300
            delivery["done"] = int(answered or not endpoint or delivery["attempts"] >= MAX_ATTEMPTS)
            with fake.change():
                fake.save(delivery)
                current = fake.store.get("event", delivery["event"])
                if answered and current:
                    fake.save(current | {"pending_webhooks": current["pending_webhooks"] - 1})
            statuses.append(status)
    return statuses


async def _send(fake: FakeStripe, event: Object, endpoint: Object) -> int:
    body, headers = envelope(fake, event, endpoint)
    try:
        return await (fake.deliver or _post)(endpoint["url"], body, headers)
    except (httpx2.HTTPError, OSError):
        return 0


async def _post(url: str, body: bytes, headers: dict[str, str]) -> int:
    async with httpx2.AsyncClient(timeout=SECONDS) as client:
        return (await client.post(url, content=body, headers=headers)).status_code
