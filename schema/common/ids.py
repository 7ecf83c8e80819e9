"""`id: ID!` of a type: the primary key of the row as a global id."""

from typing import Any

import strawberry

from engine.core.context import Row
from engine.core.ids import to_global
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


@strawberry.interface(description="Whatever has a global id.")
class Node:
    id: strawberry.ID
