"""The tree of categories that products' paths name, found or made level by level."""

from collections.abc import Sequence
from typing import Any

from engine.catalog import group_imports as groups
from engine.core.context import Row, WriteCtx
from engine.core.text import fold
from engine.flows.import_shopify.drafts import Draft
from engine.flows.import_shopify.shelves import candidates, choose

Path = tuple[str, ...]


async def grow(tx: WriteCtx, drafts: Sequence[Draft]) -> dict[Path, int]:
    """Category ids by path in lower case. A category of the same name in the same place is used as it is."""
    paths = {same(draft.category[:depth]): draft.category[:depth]
             for draft in drafts for depth in range(1, len(draft.category) + 1)}  # fmt: skip
    if not paths:
        return {}
    by_reference = await groups.categories_by_reference(tx, [_reference(path) for path in paths])
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
    rows = await groups.categories_named(tx, level, [fold(path[-1]) for path in paths.values()])
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
    used = await groups.categories_by_slug(tx, tried)
    taken: set[str] = set()
    for _, values in absent.values():
        values["slug"] = choose(values["name"], "category", used, lambda _: False, taken)[1]
    made = await groups.add_categories(tx, [values for _, values in absent.values()])
    if len(made) < len(absent):
        raise LookupError("somebody else is making categories of the same names")
    paths = []
    for row in made:
        key, _ = absent[row["external_reference"]]
        path = [*(found[key[:-1]][1] if row["parent_id"] is not None else ()), row["id"]]
        found[key] = (row["id"], path)
        paths.append({"id": row["id"], "path": path})
    await groups.set_paths(tx, paths)
