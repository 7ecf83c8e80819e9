"""What the fields selected below an object need of the statement that reads it."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TypeAlias

from engine.core.joins import Edge, Lookahead
from schema.execution.info import BatchInfo

Selects: TypeAlias = Callable[..., bool]
META = ("metadata", "metafield", "metafields")
PRIVATE_META = ("privateMetadata", "privateMetafield", "privateMetafields")
ALL_META = (*META, *PRIVATE_META)
METADATA: Mapping[str, Sequence[str]] = {"meta": META, "private_meta": PRIVATE_META}
"""The columns of metadata, which take work to read, and the fields that read them."""


class Neighbours:
    """The edges of a type by the field that takes them, each with the fields below it that it has no columns for; and
    the columns of the type that are `spared` where none of the fields that read it is selected. A moment takes as long
    to read as ten numbers."""

    def __init__(self, edges: Mapping[str, tuple[Edge, Sequence[str]]], spared: Mapping[str, Sequence[str]] = METADATA):
        self._edges = tuple((field, edge, lacking) for field, (edge, lacking) in edges.items())
        self._spared = tuple(spared.items())

    def of_many(self, info: BatchInfo, *path: str) -> Lookahead:
        """For the objects that `path` leads to from the field: its edges, without spared columns that nothing reads."""
        return _of_many(self, info.selects, path)

    def of_one(self, info: BatchInfo) -> Lookahead:
        """For the field's own object, of which there is one: whole, with its edges."""
        return _of_one(self, info.selects)

    def unread(self, selects: Selects, path: tuple[str, ...]) -> frozenset[str]:
        return frozenset(column for column, fields in self._spared if not _any(selects, path, fields))

    def chosen(self, selects: Selects, path: tuple[str, ...]) -> tuple[Edge, ...]:
        chosen: dict[Edge, None] = {}
        for field, edge, lacking in self._edges:
            if edge not in chosen and selects(*path, field) and not _any(selects, (*path, field), lacking):
                chosen[edge] = None
        return tuple(chosen)


@lru_cache(maxsize=2_048)
def _of_many(neighbours: Neighbours, selects: Selects, path: tuple[str, ...]) -> Lookahead:
    """Kept, since the same document asks with the same `selects` each time it is sent."""
    return Lookahead(neighbours.chosen(selects, path), neighbours.unread(selects, path))


@lru_cache(maxsize=2_048)
def _of_one(neighbours: Neighbours, selects: Selects) -> Lookahead:
    return Lookahead(neighbours.chosen(selects, ()))


def reads_metadata(info: BatchInfo, *path: str) -> bool:
    """Whether metadata of what the path leads to is selected."""
    return _reads_metadata(info.selects, path)


@lru_cache(maxsize=2_048)
def _reads_metadata(selects: Selects, path: tuple[str, ...]) -> bool:
    return _any(selects, path, ALL_META)


def _any(selects: Selects, path: tuple[str, ...], fields: Sequence[str]) -> bool:
    return any(selects(*path, field) for field in fields)
