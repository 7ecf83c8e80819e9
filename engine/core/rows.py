"""Rows in the order of the keys they were asked for."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from engine.core.context import Row


def in_order(keys: Sequence[Hashable], rows: Iterable[Row], key: str = "id") -> list[Row | None]:
    """One row, or None, for each key."""
    found = {row[key]: row for row in rows}
    return [found.get(wanted) for wanted in keys]


def grouped(keys: Sequence[Hashable], rows: Iterable[Row], key: str) -> list[list[Row]]:
    """All rows of each key, in the order they came."""
    found: dict[Hashable, list[Row]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return [found.get(wanted, []) for wanted in keys]
