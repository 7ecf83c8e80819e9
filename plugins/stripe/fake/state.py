"""One fake Stripe account: its objects, keys, clock and the faults set on it."""

import asyncio
import secrets
import string
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from plugins.stripe.fake.errors import missing
from plugins.stripe.fake.faults import Call, Fault
from plugins.stripe.fake.store import Object, Store

API_KEY = "sk_test_fake"
PUBLISHABLE_KEY = "pk_test_fake"
API_VERSION = "2026-10-28.endive"
BASE_URL = "https://api.stripe.com"

Deliver = Callable[[str, bytes, dict[str, str]], Awaitable[int]]
"""Posts a webhook body with headers to a URL and returns the HTTP status; raises when it cannot."""

_ALPHABET = string.ascii_letters + string.digits


class FakeStripe:
    """Handle for tests: `faults`, the `calls` seen so far, and (through the modules) the helpers.

    `path` keeps the account in a file that several processes may share; by default it lives in memory.
    `clock` gives seconds since the epoch. `base_url` is where the 3-D Secure pages are reachable.
    """

    def __init__(
        self,
        *,
        api_key: str = API_KEY,
        publishable_key: str = PUBLISHABLE_KEY,
        path: Path | None = None,
        clock: Callable[[], float] = time.time,
        base_url: str = BASE_URL,
        deliver: Deliver | None = None,
        auto_deliver: bool = False,
    ) -> None:
        self.api_key, self.publishable_key = api_key, publishable_key
        self.store = Store(path)
        self.clock = clock
        self.base_url = base_url.rstrip("/")
        self.deliver, self.auto_deliver = deliver, auto_deliver
        self.faults: list[Fault] = []
        self.calls: deque[Call] = deque(maxlen=10_000)
        self.delivering = asyncio.Lock()
        self.tasks: set[asyncio.Task[Any]] = set()
        self._origin: dict[str, str | None] = {"id": None, "idempotency_key": None}

    def now(self) -> int:
        return int(self.clock())

    def today(self) -> date:
        return datetime.fromtimestamp(self.clock(), UTC).date()

    def token(self, length: int = 24) -> str:
        return "".join(secrets.choice(_ALPHABET) for _ in range(length))

    def new(self, kind: str, prefix: str, **fields: Any) -> Object:
        """An unsaved object with what every Stripe object carries."""
        identity = {"id": f"{prefix}_{self.token()}", "object": kind}
        return identity | {"created": self.now(), "livemode": False, "metadata": {}} | fields

    def save(self, item: Object) -> Object:
        self.store.put(item)
        return item

    def load(self, kind: str, wanted: str, param: str = "id", *, in_path: bool = True) -> Object:
        """The object, or `resource_missing`."""
        found = self.store.get(kind, wanted)
        if found is None:
            raise missing(kind, wanted, param, in_path=in_path)
        return found

    @property
    def origin(self) -> dict[str, str | None]:
        """The request behind the change being made, as events name it."""
        return self._origin

    @contextmanager
    def change(self, request_id: str | None = None, key: str | None = None) -> Iterator[None]:
        """One transaction. Nothing inside may await, so a single `origin` is enough."""
        self._origin = {"id": request_id, "idempotency_key": key}
        with self.store.transaction():
            yield

    def take_fault(self, call: Call) -> Fault | None:
        """The first fault that matches, its count used up by one."""
        for fault in self.faults:
            if fault.times > 0 and fault.when(call):
                fault.times -= 1
                return fault
        return None
