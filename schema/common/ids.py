"""`id: ID!` of a type: the primary key of the row as a global id."""

from collections.abc import Iterable
from typing import Any

import strawberry

from engine.core.context import Row
from engine.core.errors import InvalidId, NotFound
from engine.core.ids import int_pk, to_global
from schema.execution.fields import row_field


def global_id(type_name: str, key: str = "id") -> Any:
    """Use as `id: strawberry.ID = global_id("Product")`; `key` is the row's column that holds the primary key."""

    def id(row: Row) -> strawberry.ID:
        made: Any = to_global(type_name, row[key])
        return made

    return row_field(id)


def joint_id(type_name: str, *keys: str) -> Any:
    """As `global_id`, of what several columns together tell apart, such as an object and a channel."""

    def id(row: Row) -> strawberry.ID:
        made: Any = to_global(type_name, "-".join(str(row[key]) for key in keys))
        return made

    return row_field(id)


def pk_of(id: str, type_name: str, field: str) -> int:
    """The bigint key inside a global id that an input names. Raises NotFound on that field of the input."""
    try:
        return int_pk(id, type_name)
    except InvalidId as error:
        raise NotFound(str(error), field=field) from error


def pks_of(ids: Iterable[str] | None, type_name: str, field: str) -> list[int]:
    return [pk_of(id, type_name, field) for id in ids or ()]


def moves_of(moves: Iterable[Any], type_name: str) -> list[tuple[int, int]]:
    """Of a list of `ReorderInput`: what to move, and by how many places."""
    return [(pk_of(move.id, type_name, "moves"), move.sort_order or 0) for move in moves]


@strawberry.interface(description="Whatever has a global id.")
class Node:
    id: strawberry.ID
