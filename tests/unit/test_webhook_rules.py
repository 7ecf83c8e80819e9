"""What a webhook's message carries, checked by code that does not share ours, and who may get which event."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.jwk import RSAKey

from engine.webhooks import rules
from engine.webhooks.events import BY_KIND, EVENTS, SYNC_EVENTS
from engine.webhooks.rules import DeliveryStatus

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PRIVATE = rsa.generate_private_key(65537, 2048)
BODIES = st.binary(max_size=300)


def sign(data: bytes) -> bytes:
    return PRIVATE.sign(data, padding.PKCS1v15(), hashes.SHA256())


@given(BODIES)
def test_the_detached_signature_is_one_that_jose_libraries_accept(body: bytes) -> None:
    signature = rules.jws_signature("a key", sign, body)
    key = RSAKey.import_key(_jwk())
    found = jws.deserialize_compact(signature, key, payload=body)
    assert found.headers() == {"alg": "RS256", "b64": False, "crit": ["b64"], "kid": "a key", "typ": "JWT"}
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(signature, key, payload=body + b"!")


def _jwk() -> dict[str, str]:
    numbers = PRIVATE.public_key().public_numbers()
    raw = numbers.n.to_bytes(256, "big")
    return {"kty": "RSA", "e": "AQAB", "n": base64.urlsafe_b64encode(raw).rstrip(b"=").decode()}


@given(BODIES, st.text(min_size=1, max_size=40))
def test_a_key_makes_the_signature_that_storefronts_compare(body: bytes, secret: str) -> None:
    assert rules.hex_signature(secret, body) == hmac.digest(secret.encode(), body, "sha256").hex()


def standard_check(secret: str, headers: dict[str, str], body: bytes, now: datetime) -> bool:
    """As the specification has receivers do it: base64 after `whsec_`, five minutes of tolerance, any `v1` will do."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if abs(now.timestamp() - int(headers["webhook-timestamp"])) > 300:
        return False
    content = b".".join((headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body))
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    pairs = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(found, wanted) for version, found in pairs)


@given(BODIES, st.binary(min_size=24, max_size=64))
def test_standard_webhooks_receivers_accept_a_message_and_refuse_an_altered_or_old_one(body: bytes, key: bytes) -> None:
    secret = f"whsec_{base64.b64encode(key).decode()}"
    headers = rules.standard_headers(secret, "12-order_created", NOW, body)
    assert standard_check(secret, headers, body, NOW)
    assert not standard_check(secret, headers, body + b" ", NOW)
    assert not standard_check(secret, {**headers, "webhook-id": "13-order_created"}, body, NOW)
    assert not standard_check(secret, headers, body, NOW + timedelta(minutes=6))


def test_a_key_that_is_no_standard_secret_is_taken_as_it_is() -> None:
    headers = rules.standard_headers("plain", "1-a", NOW, b"x")
    content = f"1-a.{int(NOW.timestamp())}.x".encode()
    wanted = base64.b64encode(hmac.digest(b"plain", content, "sha256")).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert "webhook-signature" not in rules.standard_headers(None, "1-a", NOW, b"x")


def test_waits_double_five_times() -> None:
    waits = [rules.next_try(tries) for tries in range(1, 7)]
    assert [wait and wait.total_seconds() for wait in waits] == [10, 20, 40, 80, 160, None]


@pytest.mark.parametrize(
    ("code", "status", "again"),
    [
        (200, DeliveryStatus.SUCCESS, False),
        (204, DeliveryStatus.SUCCESS, False),
        (301, DeliveryStatus.FAILED, False),
        (404, DeliveryStatus.FAILED, False),
        (429, DeliveryStatus.FAILED, False),
        (500, DeliveryStatus.FAILED, True),
        (599, DeliveryStatus.FAILED, True),
        (None, DeliveryStatus.FAILED, True),
    ],
)
def test_only_what_may_pass_is_sent_again(code: int | None, status: DeliveryStatus, again: bool) -> None:
    assert rules.verdict(code) == (status, again)


def test_any_events_means_all_the_app_may_know() -> None:
    assert rules.entitled(["any_events"], ["MANAGE_ORDERS"], "order_created")
    assert not rules.entitled(["any_events"], ["MANAGE_ORDERS"], "product_created")
    assert not rules.entitled(["order_updated"], ["MANAGE_ORDERS"], "order_created")
    assert rules.entitled(["attribute_created"], [], "attribute_created")


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "elsewhere"},
        {"Content-Type": "text/plain"},
        {"X-Saleor-Event": "order_paid"},
        {"X-Two": "a\r\nInjected: b"},
        {"X-Two\r\nInjected": "b"},
        {"X-Number": 7},
        {"X-Long": "a" * 999},
        {f"X-{n}": "a" for n in range(6)},
    ],
)
def test_headers_that_could_do_harm_are_refused(headers: dict[str, object]) -> None:
    assert rules.bad_header(headers)


def test_headers_of_an_apps_own_are_fine() -> None:
    assert rules.bad_header({"Authorization": "Bearer x", "x-vercel-protection-bypass": "y", "X-A": ""}) is None


@pytest.mark.parametrize(
    "url",
    ["", "shop.example", "ftp://shop.example/", "http://", "http://a b/", "http://u:p@shop.example/", "http://a:0/",
     "http://[::1", "http://shop.example/\n", f"http://a.example/{'x' * 2_000}", "javascript:alert(1)", "awssqs://a/b"],
)  # fmt: skip
def test_addresses_nothing_can_be_sent_to_are_refused(url: str) -> None:
    assert rules.target_fault(url)


@pytest.mark.parametrize("url", ["https://shop.example/hook?a=b", "http://10.0.0.1:3000/", "http://[::1]:80/a"])
def test_other_addresses_are_fine(url: str) -> None:
    assert rules.target_fault(url) is None


def test_the_table_has_all_of_saleors_events_once() -> None:
    assert (len(EVENTS), len(SYNC_EVENTS)) == (150, 23)
    assert all(event.kinds for event in EVENTS.values() if event.subject)
    assert all(event.subject for events in BY_KIND.values() for event in events)
