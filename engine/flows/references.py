"""What the values of reference attributes point at, as far as the caller may see it where the owner was asked for."""

from collections.abc import Awaitable, Callable, Sequence

from engine.catalog import groups, queries
from engine.content import queries as content
from engine.core.context import Ctx, Row


async def first(ctx: Ctx, selections: Sequence[Row], kind: str) -> list[Row | None]:
    """The object of each selection's first value; None where there is none, or it is not to be seen."""
    found = await _found(ctx, selections, kind)
    return [
        found.get((selection["channel_id"], values[0][_column(kind)])) if (values := selection["values"]) else None
        for selection in selections
    ]


async def every(ctx: Ctx, selections: Sequence[Row], kind: str, limit: int | None = None) -> list[list[Row]]:
    """The objects of all values of each selection, at most `limit`."""
    found = await _found(ctx, selections, kind)
    seen = [
        [found.get((selection["channel_id"], value[_column(kind)])) for value in selection["values"]]
        for selection in selections
    ]
    return [[row for row in rows if row is not None][:limit] for rows in seen]


async def _found(ctx: Ctx, selections: Sequence[Row], kind: str) -> dict[tuple[int | None, int], Row]:
    wanted: dict[int | None, dict[int, None]] = {}
    for selection in selections:
        for value in selection["values"]:
            if value[_column(kind)] is not None:
                wanted.setdefault(selection["channel_id"], {})[value[_column(kind)]] = None
    found: dict[tuple[int | None, int], Row] = {}
    for channel_id, ids in wanted.items():
        for row in await _READ[kind](ctx, list(ids), channel_id):
            if row is not None:
                found[channel_id, row["id"]] = row
    return found


def _column(kind: str) -> str:
    return f"reference_{kind}_id"


async def _categories(ctx: Ctx, ids: list[int], _channel_id: int | None) -> list[Row | None]:
    return await groups.categories(ctx, ids)


_READ: dict[str, Callable[[Ctx, list[int], int | None], Awaitable[list[Row | None]]]] = {
    "product": queries.visible_products,
    "variant": queries.visible_variants,
    "category": _categories,
    "collection": groups.visible_collections,
    "page": content.visible_pages,
}
