"""What the fields selected below an object need of the statement that reads it."""

from collections.abc import Mapping

from engine.core.joins import Edge, Lookahead
from schema.execution.info import BatchInfo

_META = ("metadata", "metafield", "metafields")
_PRIVATE = ("privateMetadata", "privateMetafield")
# columns that are large or take work to read, and the fields that read them
_LARGE: dict[str, tuple[str, ...]] = {"description": ("description",), "meta": _META, "private_meta": _PRIVATE}


def lookahead(info: BatchInfo, path: tuple[str, ...], edges: Mapping[str, Edge]) -> Lookahead:
    """`path` leads from the field to the object's; `edges` by the object's field that takes them.

    No edge carries a large column, so a neighbour of which such a one is selected is read by itself.
    """
    taken = {
        edge: None
        for field, edge in edges.items()
        if info.selects(*path, field) and not any(_reads(info, (*path, field), column) for column in _LARGE)
    }
    return Lookahead(tuple(taken), frozenset(column for column in _LARGE if not _reads(info, path, column)))


def reads_meta(info: BatchInfo, *path: str) -> bool:
    """Whether metadata of what the path leads to is selected."""
    return _reads(info, path, "meta") or _reads(info, path, "private_meta")


def _reads(info: BatchInfo, path: tuple[str, ...], column: str) -> bool:
    return any(info.selects(*path, field) for field in _LARGE[column])
