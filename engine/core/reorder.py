"""Moving things within a list by so many places."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

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
