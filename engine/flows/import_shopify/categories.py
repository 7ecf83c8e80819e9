"""The tree of categories that products' paths name, found or made level by level."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement
from engine.core.text import fold
from engine.flows.import_shopify.drafts import Draft
from engine.flows.import_shopify.shelves import candidates, choose
from engine.flows.import_shopify.statements import over_rows, texts

Path = tuple[str, ...]

_BY_REFERENCE = Statement(
    sa.text("SELECT id, path, external_reference FROM category WHERE external_reference = ANY(:refs)").bindparams(
        texts("refs")
    )
)
_BY_NAME = Statement(
    sa.text(
        "SELECT id, parent_id, path, name_key FROM category WHERE level = :level AND name_key = ANY(:names) ORDER BY id"
    ).bindparams(sa.bindparam("level", type_=sa.Integer), texts("names"))
)
_BY_SLUG = Statement(sa.text("SELECT id, slug FROM category WHERE slug = ANY(:slugs)").bindparams(texts("slugs")))
_ADD = over_rows(
    "INSERT INTO category (name, name_key, slug, parent_id, level, external_reference)"
    " SELECT name, name_key, slug, parent_id, level, external_reference FROM {rows} ON CONFLICT DO NOTHING"
    " RETURNING id, external_reference, parent_id",
    "name text, name_key text, slug text, parent_id bigint, level int, external_reference text",
)
_SET_PATH = over_rows("UPDATE category c SET path = r.path FROM {rows} WHERE c.id = r.id", "id bigint, path bigint[]")


async def grow(tx: WriteCtx, drafts: Sequence[Draft]) -> dict[Path, int]:
    """Category ids by path in lower case. A category of the same name in the same place is used as it is."""
    paths = {same(draft.category[:depth]): draft.category[:depth]
             for draft in drafts for depth in range(1, len(draft.category) + 1)}  # fmt: skip
    if not paths:
        return {}
    rows = await tx.fetch(_BY_REFERENCE, refs=[_reference(path) for path in paths])
    by_reference = {row["external_reference"]: row for row in rows}
    found: dict[Path, tuple[int, list[int]]] = {}
    for level in range(max(map(len, paths))):
        missing = []
        for path in (one for one in paths if len(one) == level + 1):
            row = by_reference.get(_reference(path))
            if row is None:
                missing.append(path)
            else:
                found[path] = (row["id"], list(row["path"]))
        if missing:
            await _level(tx, level, {path: paths[path] for path in missing}, found)
    return {path: id for path, (id, _) in found.items()}


def same(path: Path) -> Path:
    return tuple(name.casefold() for name in path)


def _reference(path: Path) -> str:
    return "shopify:category:" + " > ".join(path)


async def _level(tx: WriteCtx, level: int, paths: dict[Path, Path], found: dict[Path, tuple[int, list[int]]]) -> None:
    rows = await tx.fetch(_BY_NAME, level=level, names=[fold(path[-1]) for path in paths.values()])
    there: dict[tuple[int | None, str], Row] = {}
    for row in rows:
        there.setdefault((row["parent_id"], row["name_key"]), row)
    absent: dict[str, tuple[Path, dict[str, Any]]] = {}
    for key, path in paths.items():
        parent = found[key[:-1]] if level else None
        row = there.get((parent[0] if parent else None, fold(path[-1])))
        if row is not None:
            found[key] = (row["id"], list(row["path"]))
            continue
        absent[_reference(key)] = key, {
            "name": path[-1], "name_key": fold(path[-1]), "parent_id": parent[0] if parent else None, "level": level,
            "external_reference": _reference(key),
        }  # fmt: skip
    if absent:
        await _add(tx, absent, found)


async def _add(
    tx: WriteCtx, absent: dict[str, tuple[Path, dict[str, Any]]], found: dict[Path, tuple[int, list[int]]]
) -> None:
    tried = [slug for _, values in absent.values() for slug in candidates(values["name"], "category")]
    used = {row["slug"]: row for row in await tx.fetch(_BY_SLUG, slugs=tried)}
    taken: set[str] = set()
    for _, values in absent.values():
        values["slug"] = choose(values["name"], "category", used, lambda _: False, taken)[1]
    made = await tx.fetch(_ADD, rows=[values for _, values in absent.values()])
    if len(made) < len(absent):
        raise LookupError("somebody else is making categories of the same names")
    paths = []
    for row in made:
        key, _ = absent[row["external_reference"]]
        path = [*(found[key[:-1]][1] if row["parent_id"] is not None else ()), row["id"]]
        found[key] = (row["id"], path)
        paths.append({"id": row["id"], "path": path})
    await tx.fetch(_SET_PATH, rows=paths)
