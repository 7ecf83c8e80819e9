"""Relay's `PageInfo`. Each domain declares its own `XCountableConnection` and `XCountableEdge`."""

import strawberry


@strawberry.type
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None
