"""Moving things within a list by so many places."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

from engine.core.context import WriteCtx

T = TypeVar("T")


def moved(order: Sequence[T], moves: Iterable[tuple[T, int]]) -> list[T]:
    """The list after each move in turn: by that many places, down if positive, no further than its ends.

    Raises KeyError for what is not in the list.
    """
    found = list(order)
    for item, places in moves:
        try:
            at = found.index(item)
        except ValueError as error:
            raise KeyError(item) from error
        found.insert(max(0, min(at + places, len(found) - 1)), found.pop(at))
    return found


async def set_order(tx: WriteCtx, t: sa.Table, ids: Sequence[int], key: str = "id", *where: Any) -> None:
    """Number rows by `sort_order` in the order of their ids; `where` tells them from others with such ids."""
    given = sa.literal(list(ids), sa.ARRAY(sa.BigInteger))
    place = sa.func.unnest(given).table_valued("id", with_ordinality="place").render_derived(name="places")
    moving = sa.update(t).values(sort_order=place.c.place).where(t.c[key] == place.c.id, *where)
    await tx.execute(moving.where(t.c.sort_order != place.c.place))
