"""Menus and their items, which nest three deep."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.content.models import Menu, MenuItem, MenuItemTranslation
from engine.core.conditions import Conditions, Wish, metadata, of, search
from engine.core.context import Ctx, Row
from engine.core.lists import EVERY, Listed
from engine.core.paging import Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table

_m = table(Menu)
_item = table(MenuItem)
_translation = table(MenuItemTranslation)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger).label("channel_id")
_MENUS = Statement(sa.select(_m).where(_m.c.id == sa.any_(_IDS)))
_BY_SLUG = Statement(sa.select(_m).where(_m.c.slug == sa.bindparam("slug", type_=sa.Text)))
_BY_NAME = Statement(sa.select(_m).where(_m.c.name == sa.bindparam("name", type_=sa.Text)).order_by(_m.c.id).limit(1))
_TOP = Statement(
    sa.select(_item)
    .where(_item.c.menu_id == sa.any_(_IDS), _item.c.parent_id.is_(None))
    .order_by(_item.c.menu_id, _item.c.sort_order, _item.c.id)
)
_ITEMS = Statement(sa.select(_item).where(_item.c.id == sa.any_(_IDS)))
_CHILDREN = Statement(
    sa.select(_item)
    .where(_item.c.parent_id == sa.any_(_IDS))
    .order_by(_item.c.parent_id, _item.c.sort_order, _item.c.id)
)
_TRANSLATIONS = Statement(
    sa.select(_translation).where(
        _translation.c.menu_item_id == sa.any_(_IDS),
        _translation.c.language == sa.bindparam("language", type_=sa.Text),
    )
)
_counted = sa.select(sa.func.count()).select_from(_item).where(_item.c.menu_id == _m.c.id)
_LISTED = Listed(
    sa.select(_m, _CHANNEL),
    _m.c.id,
    Conditions(
        {
            "slugs": of(sa.ARRAY(sa.Text), lambda slugs: _m.c.slug == sa.any_(slugs)),
            "search": search(sa.func.lower(_m.c.name), _m.c.slug),
            "metadata": metadata(_m.c.meta),
        }
    ),
    {"NAME": _m.c.name, "ITEMS_COUNT": _counted.correlate(_m).scalar_subquery()},
)


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_MENUS, ids=list(dict.fromkeys(ids))))


async def by_slug(ctx: Ctx, slug: str) -> Row | None:
    return await ctx.first(_BY_SLUG, slug=slug)


async def by_name(ctx: Ctx, name: str) -> Row | None:
    """The oldest menu of that name; names are not unique."""
    return await ctx.first(_BY_NAME, name=name)


async def menu_list(
    ctx: Ctx,
    args: PageArgs,
    channel_id: int | None = None,
    wish: Wish = EVERY,
    order: str = "NAME",
    *,
    descending: bool = False,
) -> Page:
    """Rows also carry `channel_id`, in which their items' collections are looked at. Orders: NAME, ITEMS_COUNT."""
    return await _LISTED.page(ctx, args, order, wish, descending=descending, channel_id=channel_id)


async def menu_count(ctx: Ctx, wish: Wish = EVERY) -> int:
    return await _LISTED.count(ctx, wish, channel_id=None)


async def top_items(ctx: Ctx, menu_ids: Sequence[int]) -> list[list[Row]]:
    """The items of the first level of each menu, in order."""
    return grouped(menu_ids, await ctx.fetch(_TOP, ids=list(dict.fromkeys(menu_ids))), "menu_id")


async def items_by_ids(ctx: Ctx, ids: Sequence[int | None]) -> list[Row | None]:
    wanted = list(dict.fromkeys(id for id in ids if id is not None))
    return in_order(ids, await ctx.fetch(_ITEMS, ids=wanted)) if wanted else [None] * len(ids)


async def children(ctx: Ctx, item_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(item_ids, await ctx.fetch(_CHILDREN, ids=list(dict.fromkeys(item_ids))), "parent_id")


async def item_translations(ctx: Ctx, item_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_TRANSLATIONS, ids=list(dict.fromkeys(item_ids)), language=language)
    return in_order(item_ids, rows, "menu_item_id")
