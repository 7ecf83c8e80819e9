"""Faults a test injects: slowness, server errors, and connections that drop after the effect."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from plugins.stripe.fake.forms import Value


class Dropped(ConnectionResetError):
    """The connection broke before an answer was read."""


@dataclass(frozen=True, slots=True)
class Call:
    """One API request as it came in; `params` is the decoded form, nested objects as dicts."""

    method: str
    path: str
    params: dict[str, Value]
    idempotency_key: str | None = None


def _every(call: Call) -> bool:
    return True


@dataclass(slots=True)
class Fault:
    """What to do to requests that match `when`, at most `times` times.

    - `delay`: wait `seconds`, then carry on.
    - `error`: answer `status` with an `api_error`. Nothing happens and nothing is remembered, unless
      `stored`, which keeps the error under the idempotency key as Stripe does once an endpoint has begun.
    - `drop`: break the connection.

    With `after_effect` the request takes full effect, its true answer is stored under its idempotency key,
    and only the reply is an error or lost.
    """

    kind: Literal["delay", "error", "drop"]
    when: Callable[[Call], bool] = field(default=_every)
    times: int = 1
    seconds: float = 0.0
    status: int = 500
    after_effect: bool = False
    stored: bool = False
