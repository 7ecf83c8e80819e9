"""Which fields of a person only they themselves and some of the staff may read."""

from collections.abc import Iterable, Sequence
from typing import Any

from engine.core.context import Caller, Row
from engine.core.errors import PermissionDenied
from schema.execution.info import BatchInfo

CUSTOMER_READERS = ("MANAGE_USERS", "MANAGE_ORDERS")
STAFF_READERS = ("MANAGE_STAFF",)
_OWN = "_own"


def readers_of(row: Row) -> tuple[str, ...]:
    """Permissions that open a user's private fields: another one for staff than for customers."""
    return STAFF_READERS if row["is_staff"] else CUSTOMER_READERS


def as_own(row: Row) -> Row:
    """The user as answered to who just proved to be them, though the request itself came from nobody."""
    return {**row, _OWN: True}


def is_own(caller: Caller, row: Row) -> bool:
    return bool(row.get(_OWN, False)) or (caller.user_id is not None and caller.user_id == row["id"])


def may_read(caller: Caller, row: Row, permissions: Sequence[str] = ()) -> bool:
    return is_own(caller, row) or caller.has(*(permissions or readers_of(row)))


def readable(
    caller: Caller, parents: Sequence[Row], values: Iterable[Any], *, permissions: Sequence[str] = ()
) -> list[Any]:
    """`values`, with a denial where the parent is neither the caller nor open to them: by one of `permissions`, or
    else by those of `readers_of`."""
    return [
        value if may_read(caller, row, permissions) else PermissionDenied((*(permissions or readers_of(row)), "OWNER"))
        for row, value in zip(parents, values, strict=True)
    ]


def user_of(info: BatchInfo) -> int:
    """The signed-in user of a field whose guard lets nobody else in."""
    user_id = info.context.caller.user_id
    assert user_id is not None
    return user_id
