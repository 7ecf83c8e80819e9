"""Relay's `PageInfo`. Each domain declares its own `XCountableConnection` and `XCountableEdge`."""

from collections.abc import Sequence
from typing import Any

import strawberry

from engine.core.context import Row
from engine.core.errors import BadRequest
from engine.core.paging import Page, PageArgs, encode_cursor


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


def connection_rows(pages: Sequence[Page], counts: Sequence[int] | None = None) -> Any:
    """The rows of `XCountableConnection` for several parents; `counts` only where `totalCount` is asked."""
    totals: Sequence[int | None] = counts or [None] * len(pages)
    return [page.as_connection(total_count=total) for page, total in zip(pages, totals, strict=True)]


def cut_page(rows: Sequence[Row], args: PageArgs, **extra: Any) -> Any:
    """The row of a connection over rows that are all there already, being few; a cursor is a place among them."""
    start, stop = 0, len(rows)
    if args.cursor is not None:
        (place,) = args.cursor if len(args.cursor) == 1 else (None,)
        if isinstance(place, bool) or not isinstance(place, int) or place < 0:
            raise BadRequest("Received cursor is invalid.")
        start, stop = (0, min(place, stop)) if args.backward else (place + 1, stop)
    first, last = (max(start, stop - args.size), stop) if args.backward else (start, min(stop, start + args.size))
    cursors = [encode_cursor([place]) for place in range(first, last)]
    page = Page(list(rows[first:last]), cursors, has_next=last < len(rows), has_previous=first > 0)
    return page.as_connection(**{"total_count": len(rows), **extra})
