"""Rows are mappings: a field without a resolver reads a key, and in an abstract place a key tells the type."""

from typing import Any

TYPENAME = "__typename"


def read_column(row: Any, name: str) -> Any:
    return row[name]


def type_of_row(row: Any, _info: Any, _type: Any) -> str:
    name: str = row[TYPENAME]
    return name
