"""When a paid checkout becomes an order without its shopper."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.channels.rules import Completion, completion

NOON = datetime(2035, 5, 1, 12, tzinfo=UTC)


def channel(**values: Any) -> dict[str, Any]:
    unset = {"automatic_completion": True, "automatic_completion_since": None, "automatic_completion_delay": None}
    return {**unset, **values}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, Completion.NOW),
        ({"automatic_completion": False}, Completion.NEVER),
        ({"automatic_completion_since": NOON}, Completion.NOW),
        ({"automatic_completion_since": NOON + timedelta(seconds=1)}, Completion.NEVER),
        ({"automatic_completion_delay": 0}, Completion.NOW),
        ({"automatic_completion_delay": 10}, Completion.NOW),
        ({"automatic_completion_delay": 11}, Completion.LATER),
        ({"automatic_completion_delay": 11, "automatic_completion": False}, Completion.NEVER),
    ],
)
def test_a_channel_says_when(settings: dict[str, Any], expected: Completion) -> None:
    paid_at = NOON + timedelta(minutes=5)
    assert completion(channel(**settings), NOON, paid_at, paid_at + timedelta(minutes=10)) is expected
