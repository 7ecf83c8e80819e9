"""Relay's `PageInfo`. Each domain declares its own `XCountableConnection` and `XCountableEdge`."""

from collections.abc import Sequence
from typing import Any

import strawberry

from engine.core.paging import Page


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
