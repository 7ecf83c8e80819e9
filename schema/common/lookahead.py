"""What the fields selected below an object need of the statement that reads it."""

from collections.abc import Mapping, Sequence

from engine.core.joins import Edge, Lookahead
from schema.execution.info import BatchInfo

META = ("metadata", "metafield", "metafields")
PRIVATE_META = ("privateMetadata", "privateMetafield")
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
        without = [column for column, fields in self._spared if not selects_any(info, path, fields)]
        return Lookahead(self._chosen(info, path), frozenset(without))

    def of_one(self, info: BatchInfo) -> Lookahead:
        """For the field's own object, of which there is one: whole, with its edges."""
        return Lookahead(self._chosen(info, ()))

    def _chosen(self, info: BatchInfo, path: tuple[str, ...]) -> tuple[Edge, ...]:
        chosen: dict[Edge, None] = {}
        for field, edge, lacking in self._edges:
            if edge not in chosen and info.selects(*path, field) and not selects_any(info, (*path, field), lacking):
                chosen[edge] = None
        return tuple(chosen)


def selects_any(info: BatchInfo, path: tuple[str, ...], fields: Sequence[str]) -> bool:
    for field in fields:  # noqa: SIM110  (no generator: this runs for every request)
        if info.selects(*path, field):
            return True
    return False


def reads_metadata(info: BatchInfo, *path: str) -> bool:
    """Whether metadata of what the path leads to is selected."""
    return selects_any(info, path, ALL_META)
