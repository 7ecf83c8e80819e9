"""Relay's rules for asking for a page, in Saleor's words."""

from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from engine.core.errors import BadRequest
from engine.core.paging import Key, Keyset, PageArgs, encode_cursor, page_args

_t = sa.table("thing", sa.column("at", sa.DateTime(timezone=True)), sa.column("id", sa.BigInteger))
NEWEST = Keyset(Key("at", _t.c.at, descending=True), Key("id", _t.c.id, descending=True))
AT = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "You must provide a `first` or `last` value to properly paginate the `products` connection."),
        ({"first": 1, "last": 1}, "Passing both `first` and `last`"),
        ({"first": 1, "before": "x"}, "`before` goes with `last`"),
        ({"last": 1, "after": "x"}, "`after` goes with `first`"),
        ({"first": 101}, "exceeds the `first` limit of 100 records"),
        ({"last": -1}, "must not be negative"),
        ({"first": 1, "after": "&"}, "cursor is invalid"),
        ({"first": 1, "after": "e30="}, "cursor is invalid"),
    ],
)
def test_a_page_asked_for_wrongly_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        page_args("products", **arguments)
    assert message in str(refusal.value)


def test_only_counting_needs_no_page() -> None:
    assert page_args("products", edges=False).size == 0


def test_a_cursor_carries_the_sort_key_there_and_back() -> None:
    (cursor,) = NEWEST.cursors([{"at": AT, "id": 7}])
    args = page_args("things", first=10, after=cursor)
    assert NEWEST.parameters(args) == {"cursor_0": AT, "cursor_1": 7}


@pytest.mark.parametrize(
    "values",
    [
        ["2026-05-01T00:00:00+00:00"],
        ["soon", 7],
        ["2026-05-01T00:00:00", 7],
        [1, 7],
        ["2026-05-01T00:00:00+00:00", "7"],
        ["2026-05-01T00:00:00+00:00", 2**63],
    ],
)
def test_a_cursor_of_another_order_is_refused(values: list[Any]) -> None:
    args = page_args("things", first=10, after=encode_cursor(values))
    with pytest.raises(BadRequest, match="cursor is invalid"):
        NEWEST.parameters(args)


def test_one_row_more_than_wanted_means_there_is_another_page() -> None:
    rows = [{"at": AT, "id": id} for id in (3, 2, 1)]
    page = NEWEST.page(rows, PageArgs(2))
    assert ([row["id"] for row in page.rows], page.has_next, page.has_previous) == ([3, 2], True, False)


def test_a_page_from_the_end_comes_in_the_listing_s_own_order() -> None:
    rows = [{"at": AT, "id": id} for id in (1, 2, 3)]
    page = NEWEST.page(rows, PageArgs(2, backward=True))
    assert ([row["id"] for row in page.rows], page.has_next, page.has_previous) == ([2, 1], False, True)


def test_equal_directions_compare_as_one_row_so_that_an_index_serves() -> None:
    args = PageArgs(2, cursor=(AT.isoformat(), 7))
    sql = str(NEWEST.apply(sa.select(_t), args))
    assert "(thing.at, thing.id) <" in sql
