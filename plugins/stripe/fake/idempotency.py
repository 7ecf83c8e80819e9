"""Idempotency keys as Stripe honours them (docs.stripe.com/api/idempotent_requests).

A key belongs to one endpoint and one set of parameters for 24 hours. The first answer that an endpoint
reached, success or failure, is replayed; refused parameters and conflicts leave the key free.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from plugins.stripe.fake.errors import IdempotencyInUse, IdempotencyMismatch, InvalidParameter
from plugins.stripe.fake.faults import Call
from plugins.stripe.fake.state import FakeStripe

KEPT_SECONDS = 24 * 3600
RUNNING_SECONDS = 60
MAX_KEY = 255


@dataclass(frozen=True, slots=True)
class Stored:
    """The first answer given to a key, and the request that got it."""

    status: int
    body: dict[str, Any]
    request_id: str


def claim(fake: FakeStripe, call: Call, request_id: str) -> Stored | None:
    """Take the key for this request, or return the stored answer. Raises the two idempotency errors.

    A request whose process died while it held the key is forgotten after a minute.
    """
    key = call.idempotency_key
    if key is None:
        return None
    if not 0 < len(key) <= MAX_KEY:
        raise InvalidParameter(f"Idempotency keys are at most {MAX_KEY} characters long.")
    digest = hashlib.sha256(json.dumps(call.params, sort_keys=True).encode()).hexdigest()
    now, connection = fake.clock(), fake.store.connection
    with fake.store.transaction():
        connection.execute(
            "DELETE FROM idempotency WHERE started < ? OR (status IS NULL AND started < ?)",
            (now - KEPT_SECONDS, now - RUNNING_SECONDS),
        )
        row = connection.execute(
            "SELECT endpoint, digest, status, body, request_id FROM idempotency WHERE key = ?", (key,)
        ).fetchone()
        if row is None:
            connection.execute(
                "INSERT INTO idempotency (key, endpoint, digest, started, request_id) VALUES (?, ?, ?, ?, ?)",
                (key, call.path, digest, now, request_id),
            )
            return None
    endpoint, known, status, body, first = row
    if endpoint != call.path:
        raise IdempotencyMismatch(
            "Keys for idempotent requests can only be used for the same endpoint they were first used for "
            f"('{endpoint}' vs '{call.path}'). Try using a key other than '{key}' if you meant to execute a "
            "different request."
        )
    if known != digest:
        raise IdempotencyMismatch(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request."
        )
    if status is None:
        raise IdempotencyInUse(
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {key}. Please try again later.",
            code="idempotency_key_in_use",
        )
    return Stored(status, json.loads(body), first)


def keep(fake: FakeStripe, call: Call, status: int, body: dict[str, Any]) -> None:
    """Store the answer under the request's key; call inside the transaction that made it."""
    if call.idempotency_key is not None:
        fake.store.connection.execute(
            "UPDATE idempotency SET status = ?, body = ? WHERE key = ?",
            (status, json.dumps(body), call.idempotency_key),
        )


def release(fake: FakeStripe, call: Call) -> None:
    """Free a key whose request ended before it ran."""
    if call.idempotency_key is not None:
        fake.store.connection.execute(
            "DELETE FROM idempotency WHERE key = ? AND status IS NULL", (call.idempotency_key,)
        )
