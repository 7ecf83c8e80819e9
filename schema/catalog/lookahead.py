"""What the fields selected below a product or variant need of its statement."""

from engine.catalog import groups, queries
from engine.core.joins import Edge, Lookahead
from engine.pricing.queries import PRICE
from schema.execution.info import BatchInfo

_META = ("metadata", "metafield", "metafields")
_PRIVATE = ("privateMetadata", "privateMetafield")
# columns that are large or take work to read, and the fields that read them
_LARGE: dict[str, tuple[str, ...]] = {"description": ("description",), "meta": _META, "private_meta": _PRIVATE}
# edges by the field that takes them; none of them carries a large column
_OF_PRODUCT: dict[str, Edge] = {
    "category": groups.CATEGORY,
    "productType": queries.PRODUCT_TYPE,
    "thumbnail": queries.FIRST_IMAGE,
}
_OF_VARIANT: dict[str, Edge] = {"pricing": PRICE}


def of_products(info: BatchInfo, *path: str) -> Lookahead:
    """`path` leads from the field to the product's."""
    return _ahead(info, path, _OF_PRODUCT)


def of_variants(info: BatchInfo, *path: str) -> Lookahead:
    return _ahead(info, path, _OF_VARIANT)


def reads_meta(info: BatchInfo, *path: str) -> bool:
    return _reads(info, path, "meta") or _reads(info, path, "private_meta")


def _ahead(info: BatchInfo, path: tuple[str, ...], edges: dict[str, Edge]) -> Lookahead:
    taken = tuple(
        edge
        for field, edge in edges.items()
        if info.selects(*path, field) and not any(_reads(info, (*path, field), column) for column in _LARGE)
    )
    return Lookahead(taken, frozenset(column for column in _LARGE if not _reads(info, path, column)))


def _reads(info: BatchInfo, path: tuple[str, ...], column: str) -> bool:
    return any(info.selects(*path, field) for field in _LARGE[column])
