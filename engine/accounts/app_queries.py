"""Reads of apps and their tokens. Of a token only its last four characters are known."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from engine.accounts.models import App, AppToken
from engine.accounts.queries import like_pattern
from engine.core.context import Ctx, Row
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_a, _t = table(App), table(AppToken)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_BY_IDS = Statement(sa.select(_a).where(_a.c.id == sa.any_(_IDS)))
_TOKENS = Statement(
    sa.select(_t.c.id, _t.c.app_id, _t.c.name, _t.c.last_4).where(_t.c.app_id == sa.any_(_IDS)).order_by(_t.c.id)
)
_shapes = ShapeCache()


class AppSort(StrEnum):
    NAME = "NAME"
    CREATION_DATE = "CREATION_DATE"


@dataclass(frozen=True)
class AppFilter:
    search: str | None = None
    active: bool | None = None
    type: str | None = None


async def apps_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def tokens_of(ctx: Ctx, app_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(app_ids, await ctx.fetch(_TOKENS, ids=list(app_ids)), "app_id")


async def apps_page(ctx: Ctx, wanted: AppFilter, sort: AppSort, descending: bool, args: PageArgs) -> Page:
    first = (
        Key("name", _a.c.name.collate("C"), descending)
        if sort is AppSort.NAME
        else Key("created_at", _a.c.created_at, descending)
    )
    keyset = Keyset(first, Key("id", _a.c.id, descending))
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("page", tuple(values), keyset.shape(args)), lambda: keyset.apply(sa.select(_a).where(*conditions), args)
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def apps_count(ctx: Ctx, wanted: AppFilter) -> int:
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("count", tuple(values)), lambda: sa.select(sa.func.count()).select_from(_a).where(*conditions)
    )
    return int(await ctx.value(statement, **values))


def _conditions(wanted: AppFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.search is not None:
        conditions.append(sa.func.lower(_a.c.name).like(sa.bindparam("search", type_=sa.Text)))
        values["search"] = like_pattern(wanted.search)
    if wanted.active is not None:
        conditions.append(_a.c.is_active == sa.bindparam("active", type_=sa.Boolean))
        values["active"] = wanted.active
    if wanted.type is not None:
        conditions.append(_a.c.type == sa.bindparam("type", type_=sa.Text))
        values["type"] = wanted.type
    return conditions, values
