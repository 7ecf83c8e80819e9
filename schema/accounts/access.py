"""Which fields of a person only they themselves and some of the staff may read."""

from collections.abc import Iterable, Sequence
from typing import Any

from engine.core.context import Caller, Row
from engine.core.errors import PermissionDenied

CUSTOMER_READERS = ("MANAGE_USERS", "MANAGE_ORDERS")
STAFF_READERS = ("MANAGE_STAFF",)


def readers_of(row: Row) -> tuple[str, ...]:
    """Permissions that open a user's private fields: another one for staff than for customers."""
    return STAFF_READERS if row["is_staff"] else CUSTOMER_READERS


def may_read(caller: Caller, row: Row) -> bool:
    return (caller.user_id is not None and caller.user_id == row["id"]) or caller.has(*readers_of(row))


def readable(caller: Caller, parents: Sequence[Row], values: Iterable[Any]) -> list[Any]:
    """`values`, with a denial where the parent is neither the caller nor open to them."""
    return [
        value if may_read(caller, row) or row["id"] is None else PermissionDenied((*readers_of(row), "OWNER"))
        for row, value in zip(parents, values, strict=True)
    ]
