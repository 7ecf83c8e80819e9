"""Gift cards as staff look through them."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from engine.accounts.models import User
from engine.accounts.queries import like_pattern
from engine.core.context import Ctx, Row
from engine.core.metadata import meta_conditions
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.gift_cards.models import GiftCard, GiftCardEvent, GiftCardTag, GiftCardTagging

_g, _t, _gt, _e = table(GiftCard), table(GiftCardTag), table(GiftCardTagging), table(GiftCardEvent)
_u = table(User)
_INTS = sa.ARRAY(sa.BigInteger)
_IDS = sa.bindparam("ids", type_=_INTS)
_shapes = ShapeCache(128)
_PATTERN = sa.bindparam("search", type_=sa.Text)
_NEWEST = Keyset(Key("created_at", _g.c.created_at, descending=True), Key("id", _g.c.id, descending=True))
_TAGS = Keyset(Key("name", _t.c.name.collate("C")), Key("id", _t.c.id))


class GiftCardSort(StrEnum):
    PRODUCT = "PRODUCT"
    USED_BY = "USED_BY"
    CURRENT_BALANCE = "CURRENT_BALANCE"
    CREATED_AT = "CREATED_AT"
    RANK = "RANK"


_SORTS: dict[GiftCardSort, sa.ColumnElement[Any]] = {
    GiftCardSort.PRODUCT: sa.func.coalesce(_g.c.product_id, 0),
    GiftCardSort.USED_BY: sa.func.coalesce(_g.c.assigned_to_email, "").collate("C"),
    GiftCardSort.CURRENT_BALANCE: _g.c.current_amount,
    GiftCardSort.CREATED_AT: _g.c.created_at,
    # all that is found matches as well as any other: newest first
    GiftCardSort.RANK: _g.c.created_at,
}


@dataclass(frozen=True)
class GiftCardFilter:
    """Conditions that all hold; None asks nothing. Balances are minor units. `search` looks into codes, tags and the
    addresses of whoever made a card or has it."""

    is_active: bool | None = None
    used: bool | None = None
    code: str | None = None
    currency: str | None = None
    created_by: str | None = None
    current_from: int | None = None
    current_to: int | None = None
    initial_from: int | None = None
    initial_to: int | None = None
    tags: tuple[str, ...] | None = None
    products: tuple[int, ...] | None = None
    assigned_to: tuple[int, ...] | None = None
    search: str | None = None
    meta: tuple[tuple[str, str | None], ...] = ()


def _bound(name: str) -> sa.BindParameter[Any]:
    return sa.bindparam(name, type_=sa.BigInteger)


_tag_of = sa.select(_gt.c.gift_card_id).join(_t, _t.c.id == _gt.c.tag_id)
_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "is_active": _g.c.is_active == sa.bindparam("is_active", type_=sa.Boolean),
    "used": _g.c.last_used_on.is_not(None) == sa.bindparam("used", type_=sa.Boolean),
    "code": _g.c.code == sa.bindparam("code", type_=sa.Text),
    "currency": _g.c.currency == sa.bindparam("currency", type_=sa.Text),
    "created_by": sa.func.lower(_g.c.created_by_email) == sa.func.lower(sa.bindparam("created_by", type_=sa.Text)),
    "current_from": _g.c.current_amount >= _bound("current_from"),
    "current_to": _g.c.current_amount <= _bound("current_to"),
    "initial_from": _g.c.initial_amount >= _bound("initial_from"),
    "initial_to": _g.c.initial_amount <= _bound("initial_to"),
    "tags": _g.c.id.in_(_tag_of.where(_t.c.name == sa.any_(sa.bindparam("tags", type_=sa.ARRAY(sa.Text))))),
    "products": _g.c.product_id == sa.any_(sa.bindparam("products", type_=_INTS)),
    "assigned_to": _g.c.assigned_to_id == sa.any_(sa.bindparam("assigned_to", type_=_INTS)),
    "search": sa.or_(
        _g.c.code.ilike(_PATTERN, escape="\\"),
        _g.c.created_by_email.ilike(_PATTERN, escape="\\"),
        _g.c.assigned_to_email.ilike(_PATTERN, escape="\\"),
        _g.c.id.in_(_tag_of.where(_t.c.name.ilike(_PATTERN, escape="\\"))),
    ),
}
_TAGS_OF = Statement(
    sa.select(_gt.c.gift_card_id, _t.c.id, _t.c.name)
    .join(_t, _t.c.id == _gt.c.tag_id)
    .where(_gt.c.gift_card_id == sa.any_(_IDS))
    .order_by(_gt.c.gift_card_id, _t.c.name)
)
_EVENTS_OF = Statement(
    sa.select(_e, _g.c.currency)
    .join(_g, _g.c.id == _e.c.gift_card_id)
    .where(_e.c.gift_card_id == sa.any_(_IDS))
    .order_by(_e.c.gift_card_id, _e.c.id)
)
_CURRENCIES = Statement(sa.select(_g.c.currency).distinct().order_by(_g.c.currency))


async def page(
    ctx: Ctx,
    wanted: GiftCardFilter,
    args: PageArgs,
    sort: GiftCardSort = GiftCardSort.CREATED_AT,
    *,
    descending: bool = True,
) -> Page:
    """Rows of `gift_card`."""
    keyset = Keyset(Key("sort_key", _SORTS[sort], descending), Key("id", _g.c.id, descending))
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("page", tuple(values), sort, keyset.shape(args)),
        lambda: keyset.apply(sa.select(_g, _SORTS[sort].label("sort_key")).where(*conditions), args),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def count(ctx: Ctx, wanted: GiftCardFilter) -> int:
    """Up to `paging.MAX_COUNT`."""
    conditions, values = _conditions(wanted)
    statement = _shapes.get(("count", tuple(values)), lambda: counted(sa.select(_g.c.id).where(*conditions)))
    return int(await ctx.value(statement, **values))


async def pages_of_users(ctx: Ctx, user_ids: Sequence[int], args: PageArgs) -> list[Page]:
    """One page of the cards that each customer has, newest first. All pages take one statement."""
    statement = _shapes.get(("users", _NEWEST.shape(args)), lambda: _users_page(args))
    rows = await ctx.fetch(statement, ids=list(user_ids), **_NEWEST.parameters(args))
    return [_NEWEST.page(found, args) for found in grouped(user_ids, rows, "assigned_to_id")]


def _users_page(args: PageArgs) -> sa.Select[Any]:
    own = _NEWEST.apply(sa.select(_g).where(_g.c.assigned_to_id == _u.c.id).correlate(_u), args).lateral("own")
    order = _NEWEST.order(args, [own.c.created_at, own.c.id])
    return sa.select(*own.c).select_from(_u.join(own, sa.true())).where(_u.c.id == sa.any_(_IDS)).order_by(*order)


async def tags_of(ctx: Ctx, card_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(card_ids, await ctx.fetch(_TAGS_OF, ids=list(card_ids)), "gift_card_id")


async def events_of(ctx: Ctx, card_ids: Sequence[int]) -> list[list[Row]]:
    """Each card's history, oldest first, with its `currency`."""
    return grouped(card_ids, await ctx.fetch(_EVENTS_OF, ids=list(card_ids)), "gift_card_id")


async def currencies(ctx: Ctx) -> list[str]:
    return [row["currency"] for row in await ctx.fetch(_CURRENCIES)]


async def tag_page(ctx: Ctx, search: str | None, args: PageArgs) -> Page:
    """All tags, by name."""
    conditions, values = _tags(search)
    statement = _shapes.get(
        ("tags", tuple(values), _TAGS.shape(args)),
        lambda: _TAGS.apply(sa.select(_t).where(*conditions), args),
    )
    return _TAGS.page(await ctx.fetch(statement, **values, **_TAGS.parameters(args)), args)


async def tag_count(ctx: Ctx, search: str | None) -> int:
    conditions, values = _tags(search)
    statement = _shapes.get(("tag count", tuple(values)), lambda: counted(sa.select(_t.c.id).where(*conditions)))
    return int(await ctx.value(statement, **values))


def _tags(search: str | None) -> tuple[list[sa.ColumnElement[bool]], dict[str, Any]]:
    if not search or not search.strip():
        return [], {}
    return [_t.c.name.ilike(_PATTERN, escape="\\")], {"search": like_pattern(search)}


def _conditions(wanted: GiftCardFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, Any]]:
    values: dict[str, Any] = {}
    for name in _CONDITIONS:
        value = getattr(wanted, name)
        if value is not None and (name != "search" or value.strip()):
            values[name] = list(value) if isinstance(value, tuple) else value
    if "search" in values:
        values["search"] = like_pattern(values["search"])
    conditions = [_CONDITIONS[name] for name in values]
    pairs, filled = meta_conditions(_g, wanted.meta)
    return [*conditions, *pairs], {**values, **filled}
