"""Places in the dashboard where the apps in use show themselves."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.accounts.models import App, AppExtension
from engine.core.context import Ctx
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.statements import ShapeCache
from engine.core.tables import table

_a, _x = table(App), table(AppExtension)
_IN_USE = sa.select(_x).join(_a, _a.c.id == _x.c.app_id).where(_a.c.is_active.is_(True))
_KEYSET = Keyset(Key("id", _x.c.id))
_PARTS: dict[str, sa.ColumnElement[bool]] = {
    "mounts": _x.c.mount_name == sa.any_(sa.bindparam("mounts", type_=sa.ARRAY(sa.Text))),
    "target": _x.c.target_name == sa.bindparam("target", type_=sa.Text),
}
_shapes = ShapeCache(32)


async def page(ctx: Ctx, args: PageArgs, **parts: Sequence[str] | str | None) -> Page:
    """`parts`: mounts, target; None: any."""
    chosen = _chosen(parts)
    statement = _shapes.get(
        ("page", _KEYSET.shape(args), tuple(chosen)),
        lambda: _KEYSET.apply(_IN_USE.where(*(_PARTS[name] for name in chosen)), args),
    )
    return _KEYSET.page(await ctx.fetch(statement, **chosen, **_KEYSET.parameters(args)), args)


async def count(ctx: Ctx, **parts: Sequence[str] | str | None) -> int:
    chosen = _chosen(parts)
    statement = _shapes.get(
        ("count", tuple(chosen)),
        lambda: sa.select(sa.func.count()).select_from(_IN_USE.where(*(_PARTS[name] for name in chosen)).subquery()),
    )
    return int(await ctx.value(statement, **chosen))


def _chosen(parts: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in parts.items() if value is not None}
