"""Relay paging by keyset: the cursor carries the sort key of a row, so that page 5,000 costs what page 1 costs."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import sqlalchemy as sa

from engine.core.context import Row
from engine.core.errors import BadRequest

MAX_PAGE = 100
MAX_COUNT = 100_000
"""Where counting stops: a larger total is answered as this, so that no total costs more than looking at so many."""


@dataclass(frozen=True)
class PageArgs:
    """Checked Relay arguments. `size` rows are wanted, from the end when `backward`; `cursor` is the raw sort key."""

    size: int
    backward: bool = False
    cursor: tuple[Any, ...] | None = None

    @property
    def limit(self) -> int:
        """Rows to fetch: one more than wanted tells whether there is another page."""
        return self.size + 1


def page_args(
    field: str,
    *,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
    maximum: int = MAX_PAGE,
    edges: bool = True,
) -> PageArgs:
    """Raises BadRequest in Saleor's words. `edges=False` when only `totalCount` is asked for."""
    if first is None and last is None:
        if edges:
            raise BadRequest(
                f"You must provide a `first` or `last` value to properly paginate the `{field}` connection."
            )
        return PageArgs(0)
    if first is not None and last is not None:
        raise BadRequest(f"Passing both `first` and `last` for paginating the `{field}` connection is not supported.")
    if first is not None and before is not None:
        raise BadRequest("Argument `before` goes with `last`, not with `first`.")
    if last is not None and after is not None:
        raise BadRequest("Argument `after` goes with `first`, not with `last`.")
    size = first if first is not None else last
    name = "first" if first is not None else "last"
    if size is None or size < 0:
        raise BadRequest(f"Argument `{name}` must not be negative.")
    if size > maximum:
        raise BadRequest(
            f"Requesting {size} records on the `{field}` connection exceeds the `{name}` limit of {maximum} records."
        )
    cursor = after if first is not None else before
    return PageArgs(size, backward=last is not None, cursor=decode_cursor(cursor) if cursor else None)


def encode_cursor(values: list[Any] | tuple[Any, ...]) -> str:
    # `default` for the UUIDs of the driver, which are a class of their own
    return binascii.b2a_base64(orjson.dumps(values, default=str), newline=False).decode()


def decode_cursor(cursor: str) -> tuple[Any, ...]:
    try:
        values = orjson.loads(base64.b64decode(cursor, validate=True))
    except (binascii.Error, orjson.JSONDecodeError, ValueError) as error:
        raise BadRequest("Received cursor is invalid.") from error
    if not isinstance(values, list):
        raise BadRequest("Received cursor is invalid.")
    return tuple(values)


def counted(rows: sa.Select[Any]) -> sa.Select[Any]:
    """How many rows there are, up to MAX_COUNT. `rows` selects a column that need not be looked up."""
    return sa.select(sa.func.count()).select_from(rows.limit(sa.literal_column(str(MAX_COUNT))).subquery())


@dataclass(frozen=True)
class Key:
    """One column of a sort key. The last key of an order must be unique."""

    name: str
    """The column's name in the rows."""
    column: sa.ColumnElement[Any]
    descending: bool = False


class Keyset:
    """Orders and limits a select by its keys. Key columns must not be null.

    Use: `statement = keyset.apply(select, args)`, fetch with `keyset.parameters(args)`, then `page(rows, …)`.
    """

    def __init__(self, *keys: Key):
        self.keys = keys
        self._names = tuple(key.name for key in keys)
        self._shape = tuple((key.name, key.descending) for key in keys)

    def shape(self, args: PageArgs) -> tuple[Any, ...]:
        """The part of a statement's shape that depends on the page asked for."""
        return (self._shape, args.backward, args.cursor is not None, args.limit)

    def apply(self, select: sa.Select[Any], args: PageArgs) -> sa.Select[Any]:
        if args.cursor is not None:
            select = select.where(self._beyond(args.backward))
        order = self.order(args, [key.column for key in self.keys])
        # in the text: a plan made without knowing that few rows are wanted prepares for a tenth of the table
        return select.order_by(*order).limit(sa.literal_column(str(args.limit), sa.Integer))

    def order(self, args: PageArgs, columns: Sequence[sa.ColumnElement[Any]]) -> list[sa.ColumnElement[Any]]:
        """The order of the page over columns that hold the keys, such as those of a subquery."""
        return [
            column.desc() if key.descending != args.backward else column.asc()
            for key, column in zip(self.keys, columns, strict=True)
        ]

    def _beyond(self, backward: bool) -> sa.ColumnElement[bool]:
        if len({key.descending for key in self.keys}) == 1:
            # one row comparison lets a composite index answer it
            left = sa.tuple_(*(key.column for key in self.keys))
            right = sa.tuple_(*(self._bound(i) for i in range(len(self.keys))))
            return left < right if self.keys[0].descending != backward else left > right
        alternatives = []
        for i, key in enumerate(self.keys):
            equal = [self.keys[j].column == self._bound(j) for j in range(i)]
            bound = self._bound(i)
            step = key.column < bound if key.descending != backward else key.column > bound
            alternatives.append(sa.and_(*equal, step))
        return sa.or_(*alternatives)

    def _bound(self, index: int) -> sa.BindParameter[Any]:
        return sa.bindparam(f"cursor_{index}", type_=self.keys[index].column.type)

    def parameters(self, args: PageArgs) -> dict[str, Any]:
        """Raises BadRequest for a cursor that another order made."""
        if args.cursor is None:
            return {}
        if len(args.cursor) != len(self.keys):
            raise BadRequest("Received cursor is invalid.")
        bounds = zip(self.keys, args.cursor, strict=True)
        return {f"cursor_{i}": _typed(key.column.type, value) for i, (key, value) in enumerate(bounds)}

    def cursors(self, rows: Sequence[Row]) -> list[str]:
        names = self._names
        return [encode_cursor([row[name] for name in names]) for row in rows]

    def page(self, rows: list[Row], args: PageArgs) -> "Page":
        more = len(rows) > args.size
        kept = rows[: args.size]
        if args.backward:
            kept.reverse()
        return Page(
            rows=kept,
            cursors=self.cursors(kept),
            has_next=(args.cursor is not None) if args.backward else more,
            has_previous=more if args.backward else (args.cursor is not None),
        )


@dataclass(frozen=True)
class Page:
    rows: list[Row]
    cursors: list[str]
    has_next: bool
    has_previous: bool

    def as_connection(self, **extra: Any) -> Mapping[str, Any]:
        """The row of a Relay connection; `extra` adds keys such as what its `totalCount` is counted with."""
        return {
            "edges": [{"node": row, "cursor": cursor} for row, cursor in zip(self.rows, self.cursors, strict=True)],
            "page_info": {
                "has_next_page": self.has_next,
                "has_previous_page": self.has_previous,
                "start_cursor": self.cursors[0] if self.cursors else None,
                "end_cursor": self.cursors[-1] if self.cursors else None,
            },
            **extra,
        }


def _typed(kind: sa.types.TypeEngine[Any], value: Any) -> Any:
    """A cursor's value as the column's type wants it; cursors come from outside."""
    try:
        if isinstance(kind, sa.DateTime):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                raise ValueError(value)
            return moment.astimezone(UTC)
        if isinstance(kind, sa.Uuid):
            return UUID(value)
        if isinstance(kind, sa.Boolean):
            if not isinstance(value, bool):
                raise ValueError(value)
            return value
        if isinstance(kind, sa.Integer):
            bound = 2**63 if isinstance(kind, sa.BigInteger) else 2**31
            if isinstance(value, bool) or not isinstance(value, int) or not -bound <= value < bound:
                raise ValueError(value)
            return value
        if isinstance(kind, sa.Float):
            return float(value)
        if not isinstance(value, str) or "\x00" in value:
            raise ValueError(value)
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadRequest("Received cursor is invalid.") from error
    return value
