"""Lists of one kind of row: narrowed by a `Wish`, ordered by one of the orders there are, read in pages, counted."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.conditions import Conditions, Wish
from engine.core.context import Ctx
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.statements import ShapeCache

EVERY = Wish()


class Listed:
    """`select` gives the rows, `id` their key. `orders` are columns by the order's name; every order ends in `id`
    unless its column is in `total`. An expression is no column of the rows and comes along as `sort_key`.
    """

    def __init__(
        self,
        select: sa.Select[Any],
        id: sa.ColumnElement[Any],
        conditions: Conditions,
        orders: Mapping[str, sa.ColumnElement[Any]],
        *,
        total: Sequence[str] = (),
    ):
        self._select = select
        self._id = id
        self._conditions = conditions
        self._orders = dict(orders)
        self._total = frozenset(total)
        self._statements = ShapeCache(128)

    async def page(
        self, ctx: Ctx, args: PageArgs, order: str, wish: Wish = EVERY, *, descending: bool = False, **seeing: Any
    ) -> Page:
        """`seeing` are values that the select itself asks for."""
        column = self._orders[order]
        name = column.name if isinstance(column, sa.Column) else "sort_key"
        keys = [Key(name, self._compared(column), descending)]
        if order not in self._total:
            keys.append(Key("id", self._id, descending))
        keyset = Keyset(*keys)
        extra = [] if name == column.key else [column.label(name)]
        asked = self._conditions.values(wish)
        statement = self._statements.get(
            (order, keyset.shape(args), self._conditions.shape(wish)),
            lambda: keyset.apply(self._select.add_columns(*extra).where(*self._conditions.clauses(wish)), args),
            by_values=bool(asked),
        )
        values = {**seeing, **asked, **keyset.parameters(args)}
        return keyset.page(await ctx.fetch(statement, **values), args)

    async def count(self, ctx: Ctx, wish: Wish = EVERY, **seeing: Any) -> int:
        """How many there are, up to MAX_COUNT."""
        asked = self._conditions.values(wish)
        statement = self._statements.get(
            ("count", self._conditions.shape(wish)),
            lambda: counted(self._select.where(*self._conditions.clauses(wish))),
            by_values=bool(asked),
        )
        found: int = await ctx.value(statement, **seeing, **asked)
        return found

    @staticmethod
    def _compared(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
        """Text by code point, whatever the database's locale."""
        if isinstance(column, sa.Column) and isinstance(column.type, sa.Text) and not column.type.collation:
            return sa.collate(column, "C")
        return column
