"""When a paid checkout becomes an order without its shopper."""

from datetime import datetime, timedelta
from enum import Enum
from typing import Any


class Completion(Enum):
    NOW = "now"
    LATER = "later"
    NEVER = "never"


def completion(channel: Any, made_at: datetime, paid_at: datetime, now: datetime) -> Completion:
    """`channel` is its row; the checkout was made at `made_at` and its last payment moved at `paid_at`."""
    since, delay = channel["automatic_completion_since"], channel["automatic_completion_delay"]
    if not channel["automatic_completion"] or (since is not None and made_at < since):
        return Completion.NEVER
    if delay and now < paid_at + timedelta(minutes=delay):
        return Completion.LATER
    return Completion.NOW
