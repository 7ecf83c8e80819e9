"""SQLAlchemy Core statements compiled to text once and run on asyncpg directly.

`Statement(sa.select(...))` compiles at import. A statement whose shape depends on the request (which filters,
which order) comes from a `ShapeCache`, compiled on first use and kept in a bounded LRU.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any

from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.sql import ClauseElement

_make_dialect: Any = PGDialect_asyncpg
_dialect = _make_dialect()
_MISSING: Any = object()

BY_VALUES = "\n-- planned by its values"
"""Ends the text of a statement that `HeldReads` has planned anew at every run."""


class Statement:
    """SQL text with `$n` places, and the names that fill them in order.

    Values are asyncpg's own: list for an array, aware datetime for timestamptz, dict for jsonb.

    A connection plans it once, whatever the values: planning costs several times what most statements do. With
    `by_values` it is planned at every run, where the way in depends on what is asked for, such as how rare a value is.
    """

    __slots__ = ("_count", "_defaults", "_names", "sql")

    def __init__(self, element: ClauseElement, *, by_values: bool = False):
        compiled: Any = element.compile(dialect=_dialect)
        self.sql: str = compiled.string + (BY_VALUES if by_values else "")
        self._names: tuple[str, ...] = tuple(compiled.positiontup or ())
        self._count = len(set(self._names))
        binds = compiled.params
        required = {name for name in self._names if binds[name] is None}
        self._defaults = {name: (_MISSING if name in required else binds[name]) for name in self._names}

    def arguments(self, given: dict[str, Any]) -> list[Any]:
        """Values in place order; a name without a value, or an unknown name, is a TypeError."""
        if len(given) == self._count:
            try:
                return [given[name] for name in self._names]
            except KeyError:
                pass
        if not given.keys() <= self._defaults.keys():
            raise TypeError(f"unknown parameters {sorted(given.keys() - self._defaults.keys())}: {self.sql}")
        values = [given.get(name, self._defaults[name]) for name in self._names]
        if _MISSING in values:
            missing = [n for n, v in zip(self._names, values, strict=True) if v is _MISSING]
            raise TypeError(f"missing parameters {missing}: {self.sql}")
        return values


class ShapeCache:
    """Statements by shape, least recently used dropped; `build` runs only for a shape not seen lately."""

    def __init__(self, size: int = 512):
        self._size = size
        self._kept: OrderedDict[Hashable, Statement] = OrderedDict()

    def get(self, shape: Hashable, build: Callable[[], ClauseElement], *, by_values: bool = False) -> Statement:
        found = self._kept.get(shape)
        if found is None:
            found = self._kept[shape] = Statement(build(), by_values=by_values)
            if len(self._kept) > self._size:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(shape)
        return found
