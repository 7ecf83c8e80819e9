"""Lookahead: a statement brings along, in its own rows, the to-one neighbours that a selection goes on to.

An `Edge` adds a neighbour's columns under names of their own (`category__id`, `category__name`, …); the rows stay as
the driver gave them. Whoever resolves the neighbour asks `edge.taken(parents)` first, and reads it as ever when a
parent came by a statement without it:

    found = CATEGORY.taken(parents)
    if found is None:
        found = await categories(ctx, [row["category_id"] for row in parents])

A neighbour carries the columns that its edge names, no more: a selection that needs others must do without the edge.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row


class Edge:
    """`join(source, parent, channel_id)` outer-joins the neighbour to a FROM clause: `parent` has the parent's columns,
    `channel_id` is the channel it is asked in. `key` is a column of the neighbour that is null only without one.

    `shared`: many parents have the same neighbour, and `key` tells which; its row is then made once.
    `timely`: the join asks the time, `:now`; the statement is then run with `Lookahead.values`.
    """

    def __init__(
        self,
        name: str,
        columns: Iterable[sa.ColumnElement[Any]],
        join: Callable[[Any, Any, Any], sa.FromClause],
        *,
        key: str = "id",
        shared: bool = False,
        timely: bool = False,
    ):
        self.name = name
        self.timely = timely
        self.join = join
        named = [(column.name, column.label(f"{name}__{column.name}")) for column in columns]
        self.columns: tuple[sa.Label[Any], ...] = tuple(label for _, label in named)
        self._names = tuple(own for own, _ in named)
        labels = [label.name for _, label in named]
        # of a single name it would give the value alone
        self._values: Callable[[Row], tuple[Any, ...]] = itemgetter(*labels) if labels[1:] else _only(labels[0])
        self._key = f"{name}__{key}"
        self._shared = shared

    def __repr__(self) -> str:
        return f"Edge({self.name!r})"

    def taken(self, parents: Sequence[Row]) -> list[Row | None] | None:
        """The neighbour of each parent (None: it has none); None when any of them was read without this edge."""
        key, names, values = self._key, self._names, self._values
        try:
            if not self._shared:
                return [
                    None if parent[key] is None else dict(zip(names, values(parent), strict=True)) for parent in parents
                ]
            ids = [parent[key] for parent in parents]
            some = dict(zip(ids, parents, strict=True))
            made = {id: dict(zip(names, values(parent), strict=True)) for id, parent in some.items() if id is not None}
        except KeyError:
            return None
        return [made.get(id) for id in ids]


def _only(label: str) -> Callable[[Row], tuple[Any, ...]]:
    return lambda row: (row[label],)


@dataclass(frozen=True, slots=True)
class Lookahead:
    """What a selection needs of its rows: the edges to bring along, and the columns it does `without`.

    Part of a statement's shape. The default is every column and no edge.
    """

    edges: tuple[Edge, ...] = ()
    without: frozenset[str] = frozenset()

    def __hash__(self) -> int:
        # looked up by at every request; which edges there are tells nearly all of them apart
        return hash(self.edges)

    def columns(self, own: Iterable[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
        kept: list[Any] = [column for column in own if column.name not in self.without]
        return [*kept, *(column for edge in self.edges for column in edge.columns)]

    def values(self, now: datetime) -> dict[str, Any]:
        """What fills the parameters of the joins."""
        return {"now": now} if any(edge.timely for edge in self.edges) else {}

    def join(self, source: Any, parent: Any, channel_id: Any) -> Any:
        for edge in self.edges:
            source = edge.join(source, parent, channel_id)
        return source


EVERYTHING = Lookahead()
"""All columns of the row itself, no edge."""
