"""Filters that nest: what a request asks of rows, as conditions of a statement and the values for it.

PARTS = Conditions({
    "ids": of(sa.ARRAY(sa.BigInteger), lambda ids: t.c.id == sa.any_(ids)),
    "published": flag(lambda wanted: t.c.is_published.is_(wanted)),
})
statement = shapes.get(("things", PARTS.shape(wish)), lambda: select.where(*PARTS.clauses(wish)))
rows = await ctx.fetch(statement, **PARTS.values(wish))
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB


@dataclass(frozen=True)
class Wish:
    """All `parts` must hold, all of `all_of` and, if there are any, one of `any_of`. None as a part asks nothing."""

    parts: Mapping[str, Any] = field(default_factory=dict)
    all_of: tuple["Wish", ...] = ()
    any_of: tuple["Wish", ...] = ()


@dataclass(frozen=True)
class Part:
    """`clause` gets a parameter for each of `binds(value)`, or the value itself where there are none.

    With `kind` it gets the value before them, and may look at no more of it than `kind(value)` tells.
    """

    clause: Callable[..., Any]
    binds: Callable[[Any], Sequence[tuple[Any, Any]]] | None = None
    kind: Callable[[Any], Hashable] | None = None

    def shape(self, value: Any) -> Hashable:
        if self.kind is not None:
            return self.kind(value)
        return None if self.binds else value

    def made(self, value: Any, names: Iterator[str]) -> Any:
        if self.binds is None:
            return self.clause(value)
        bound = [sa.bindparam(next(names), type_=kind) for kind, _ in self.binds(value)]
        return self.clause(*([value] if self.kind else []), *bound)


def of(kind: Any, clause: Callable[[Any], Any]) -> Part:
    """One parameter of that type."""
    return Part(clause, lambda value: [(kind, list(value) if isinstance(value, tuple | set | frozenset) else value)])


def flag(clause: Callable[[Any], Any]) -> Part:
    """What is asked for stands in the statement's text: for the few values of a flag or an enum."""
    return Part(clause)


def search(*columns: Any) -> Part:
    """Text that stands in one of the columns. Give it in the case that the columns are in."""
    return of(sa.Text, lambda text: sa.or_(*(sa.func.strpos(column, text) > 0 for column in columns)))


def metadata(column: Any) -> Part:
    """Pairs that must all be there; None as a value asks for the key alone."""

    def binds(pairs: Sequence[tuple[str, str | None]]) -> list[tuple[Any, Any]]:
        return [
            (JSONB, {key: value for key, value in pairs if value is not None}),
            (sa.ARRAY(sa.Text), [key for key, value in pairs if value is None]),
        ]

    return Part(lambda have, keys: sa.and_(column.contains(have), column.has_all(keys)), binds)


class Conditions:
    """The parts that a kind of row may be asked for by."""

    def __init__(self, parts: Mapping[str, Part], prefix: str = "part"):
        self._parts = dict(parts)
        self._prefix = prefix

    def shape(self, wish: Wish) -> tuple[Hashable, ...]:
        """Equal for wishes whose statements differ in values only."""
        return (
            tuple((name, part.shape(value)) for name, part, value in self._asked(wish)),
            tuple(self.shape(nested) for nested in wish.all_of),
            tuple(self.shape(nested) for nested in wish.any_of),
        )

    def clauses(self, wish: Wish) -> list[Any]:
        return self._clauses(wish, self._names())

    def values(self, wish: Wish) -> dict[str, Any]:
        """For the parameters of `clauses`."""
        return dict(zip(self._names(), self._values(wish), strict=False))

    def _asked(self, wish: Wish) -> Iterator[tuple[str, Part, Any]]:
        unknown = wish.parts.keys() - self._parts.keys()
        if unknown:
            raise TypeError(f"nothing is asked for by {sorted(unknown)}")
        for name, part in self._parts.items():
            value = wish.parts.get(name)
            if value is not None:
                yield name, part, value

    def _names(self) -> Iterator[str]:
        return (f"{self._prefix}_{number}" for number in count())

    def _clauses(self, wish: Wish, names: Iterator[str]) -> list[Any]:
        clauses = [part.made(value, names) for _, part, value in self._asked(wish)]
        for nested in wish.all_of:
            clauses += self._clauses(nested, names)
        if wish.any_of:
            alternatives = [sa.and_(sa.true(), *self._clauses(nested, names)) for nested in wish.any_of]
            clauses.append(sa.or_(*alternatives))
        return clauses

    def _values(self, wish: Wish) -> Iterator[Any]:
        for _, part, value in self._asked(wish):
            if part.binds:
                yield from (one for _, one in part.binds(value))
        for nested in (*wish.all_of, *wish.any_of):
            yield from self._values(nested)
