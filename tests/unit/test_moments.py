from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from engine.core.context import ANONYMOUS
from engine.core.errors import BadRequest
from schema.common.filters import DateRangeInput
from schema.common.moments import LATEST, midnight, utc
from schema.orders.inputs import OrderFilterInput, order_filter


def test_a_moment_without_an_offset_is_in_utc() -> None:
    assert utc(datetime(2030, 1, 2, 3)) == datetime(2030, 1, 2, 3, tzinfo=UTC)  # noqa: DTZ001
    assert utc(datetime(2030, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))) == datetime(2030, 1, 2, 1, tzinfo=UTC)
    assert utc(None) is None


def test_a_moment_beyond_the_last_is_refused() -> None:
    with pytest.raises(BadRequest, match="after the last moment"):
        utc(datetime.max.replace(tzinfo=timezone(timedelta(hours=-1))))


def test_a_day_begins_at_midnight_and_the_last_one_has_no_next() -> None:
    assert midnight(date(2030, 2, 28), days=1) == datetime(2030, 3, 1, tzinfo=UTC)
    assert midnight(date.max) == datetime(9999, 12, 31, tzinfo=UTC)
    assert midnight(date.max, days=1) == LATEST
    assert midnight(None) is None


def test_orders_are_asked_for_up_to_the_last_day() -> None:
    wanted = order_filter(OrderFilterInput(created=DateRangeInput(lte=date.max)), None, ANONYMOUS)
    assert wanted.created_before == LATEST
