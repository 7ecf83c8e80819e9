"""How a message is signed, who may get it, and when a delivery is tried again."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

import orjson

from engine.webhooks.events import ANY, EVENTS

RETRIES = 5
FIRST_WAIT = timedelta(seconds=10)
"""It doubles with every try: 10, 20, 40, 80 and 160 seconds (Saleor's)."""
MAX_HEADERS = 5
HEADER_LENGTH = 998
URL_LENGTH = 2_000
STANDARD_SECRET = "whsec_"  # noqa: S105  (a prefix)
_HEADER_NAME = re.compile(r"(?:x-|authorization)[!#$%&'*+.^_`|~0-9a-z-]*", re.IGNORECASE)
_HEADER_VALUE = re.compile(r"[\x20-\x7e\t]*")
_RESERVED = re.compile(r"x-saleor-.*", re.IGNORECASE)


class DeliveryStatus(StrEnum):
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"


def entitled(events: Collection[str], permissions: Collection[str], event: str) -> bool:
    """Whether a webhook for `events` of an app with `permissions` is told of `event` (lower case)."""
    needed = EVENTS[event].permission
    return (event in events or ANY in events) and (needed is None or needed in permissions)


def verdict(status_code: int | None) -> tuple[DeliveryStatus, bool]:
    """What an answer means, and whether the same message may be sent again: not where the receiver refuses it or sends
    us elsewhere. None: there was no answer."""
    if status_code is not None and 200 <= status_code < 300:
        return DeliveryStatus.SUCCESS, False
    return DeliveryStatus.FAILED, status_code is None or not 300 <= status_code < 500


def next_try(tries: int) -> timedelta | None:
    """How long to wait after that many tries, all of them in vain; None: give up."""
    return FIRST_WAIT * 2 ** (tries - 1) if tries <= RETRIES else None


def hex_signature(secret: str, body: bytes) -> str:
    """`Saleor-Signature` of a webhook with a secret: HMAC-SHA256 of the body, in hexadecimal."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def jws_signature(kid: str, sign: Callable[[bytes], bytes], body: bytes) -> str:
    """`Saleor-Signature` of a webhook without one: a JWS (RS256) whose payload, the body as it is, stands outside it
    (RFC 7515 appendix F, RFC 7797)."""
    header = _base64url(orjson.dumps({"alg": "RS256", "b64": False, "crit": ["b64"], "kid": kid, "typ": "JWT"}))
    return f"{header}..{_base64url(sign(header.encode() + b'.' + body))}"


def standard_headers(secret: str | None, message_id: str, moment: datetime, body: bytes) -> dict[str, str]:
    """Those of Standard Webhooks (version 1); without a secret there is no signature among them. A secret that begins
    with `whsec_` is base64, as that specification writes them; any other is taken as it is."""
    seconds = str(int(moment.timestamp()))
    headers = {"webhook-id": message_id, "webhook-timestamp": seconds}
    if secret is not None:
        content = f"{message_id}.{seconds}.".encode() + body
        digest = hmac.new(_standard_key(secret), content, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(digest).decode()}"
    return headers


def saleor_headers(event: str, api_url: str, signature: str) -> dict[str, str]:
    """What tells of a message, and which shop it is from."""
    return {**_spelt({"Event": event, "Signature": signature}), **shop_headers(api_url)}


def shop_headers(api_url: str) -> dict[str, str]:
    return _spelt({"Domain": urlsplit(api_url).netloc, "Api-Url": api_url})


def _spelt(told: Mapping[str, str]) -> dict[str, str]:
    """Each in both spellings that Saleor's apps look for."""
    return {f"{prefix}{name}": value for name, value in told.items() for prefix in ("Saleor-", "X-Saleor-")}


def bad_header(headers: Mapping[str, object]) -> str | None:
    """Why custom headers are refused; None: they are not. Names begin with `X-` or `Authorization`."""
    if len(headers) > MAX_HEADERS:
        return f"Number of headers exceeds the limit: {MAX_HEADERS}."
    for name, value in headers.items():
        if len(name) > HEADER_LENGTH or not _HEADER_NAME.fullmatch(name):
            return f'"{name[:80]}" does not match allowed key pattern: "X-*" or "Authorization*".'
        if _RESERVED.fullmatch(name):
            return f'"{name[:80]}" is one that the shop itself sends.'
        if not isinstance(value, str) or len(value) > HEADER_LENGTH or not _HEADER_VALUE.fullmatch(value):
            return f'The value of "{name[:80]}" is no text that a header can hold.'
    return None


def target_fault(url: str) -> str | None:
    """Why nothing can be sent to an address, as far as it alone tells; None: it can."""
    if len(url) > URL_LENGTH or not url.isascii() or not url.isprintable() or " " in url:
        return "Enter a valid URL."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return "Enter a valid URL."
    if parts.scheme not in ("http", "https") or not host or port == 0:
        return "Enter a valid URL: http or https, with a host."
    if parts.username is not None or parts.password is not None:
        return "Put no name or password into the URL; send them as a custom header."
    return None


def _standard_key(secret: str) -> bytes:
    if secret.startswith(STANDARD_SECRET):
        try:
            return base64.b64decode(secret.removeprefix(STANDARD_SECRET), validate=True)
        except ValueError:
            pass
    return secret.encode()


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
