"""Vouchers as staff look through them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from engine.accounts.queries import like_pattern
from engine.core.context import Ctx, Row
from engine.core.metadata import meta_conditions
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.vouchers.models import (
    Voucher,
    VoucherCategory,
    VoucherChannel,
    VoucherCode,
    VoucherCollection,
    VoucherProduct,
    VoucherTranslation,
    VoucherVariant,
)
from engine.vouchers.queries import CODE, USED, VOUCHER

_v, _k, _c, _t = table(Voucher), table(VoucherCode), table(VoucherChannel), table(VoucherTranslation)
_BIGINTS = sa.ARRAY(sa.BigInteger)
_IDS = sa.bindparam("ids", type_=_BIGINTS)
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_FAR = sa.literal(datetime(9999, 1, 1, tzinfo=UTC), sa.DateTime(timezone=True))
_shapes = ShapeCache(128)
_here = sa.and_(_c.c.voucher_id == _v.c.id, _c.c.channel_id == _CHANNEL)

CATALOGUES: dict[str, tuple[sa.Table, str]] = {
    "products": (table(VoucherProduct), "product_id"),
    "variants": (table(VoucherVariant), "variant_id"),
    "collections": (table(VoucherCollection), "collection_id"),
    "categories": (table(VoucherCategory), "category_id"),
}
"""The tables of what a SPECIFIC_PRODUCT voucher is for, with their column of ids."""


class VoucherSort(StrEnum):
    CODE = "CODE"
    NAME = "NAME"
    START_DATE = "START_DATE"
    END_DATE = "END_DATE"
    VALUE = "VALUE"
    TYPE = "TYPE"
    USAGE_LIMIT = "USAGE_LIMIT"
    MINIMUM_SPENT_AMOUNT = "MINIMUM_SPENT_AMOUNT"


_SORTS: dict[VoucherSort, sa.ColumnElement[Any]] = {
    VoucherSort.CODE: sa.func.coalesce(CODE, "").collate("C"),
    VoucherSort.NAME: sa.func.lower(sa.func.coalesce(_v.c.name, "")).collate("C"),
    VoucherSort.START_DATE: _v.c.start_date,
    VoucherSort.END_DATE: sa.func.coalesce(_v.c.end_date, _FAR),
    VoucherSort.TYPE: _v.c.type,
    VoucherSort.USAGE_LIMIT: sa.func.coalesce(_v.c.usage_limit, 2**31 - 1),
    VoucherSort.VALUE: sa.func.coalesce(sa.select(_c.c.value).where(_here).scalar_subquery(), 0),
    VoucherSort.MINIMUM_SPENT_AMOUNT: sa.func.coalesce(sa.select(_c.c.min_spent).where(_here).scalar_subquery(), 0),
}
_BY_CHANNEL = (VoucherSort.VALUE, VoucherSort.MINIMUM_SPENT_AMOUNT)
_CODES = Keyset(Key("created_at", _k.c.created_at), Key("id", _k.c.id))
_LISTINGS = Statement(sa.select(_c).where(_c.c.voucher_id == sa.any_(_IDS)).order_by(_c.c.voucher_id, _c.c.channel_id))
_TRANSLATIONS = Statement(
    sa.select(_t).where(_t.c.voucher_id == sa.any_(_IDS), _t.c.language == sa.bindparam("language", type_=sa.Text))
)
_CODE_COUNTS = Statement(
    sa.select(_k.c.voucher_id, sa.func.count().label("number"))
    .where(_k.c.voucher_id == sa.any_(_IDS))
    .group_by(_k.c.voucher_id)
)


@dataclass(frozen=True)
class VoucherFilter:
    """Conditions that all hold; None asks nothing. `statuses` and `kinds` are alternatives; `kinds` are FIXED,
    PERCENTAGE and SHIPPING; `search` looks into names and codes."""

    ids: tuple[int, ...] | None = None
    statuses: tuple[str, ...] | None = None
    kinds: tuple[str, ...] | None = None
    used_from: int | None = None
    used_to: int | None = None
    started_from: datetime | None = None
    started_to: datetime | None = None
    search: str | None = None
    channel_id: int | None = None
    meta: tuple[tuple[str, str | None], ...] = ()


_ended = sa.and_(_v.c.end_date.is_not(None), _v.c.end_date <= _NOW)
_STATUS = sa.case((_v.c.start_date > _NOW, "SCHEDULED"), (_ended, "EXPIRED"), else_="ACTIVE")
_KIND = sa.case((_v.c.type == "SHIPPING", "SHIPPING"), else_=_v.c.value_type)
_PATTERN = sa.bindparam("search", type_=sa.Text)
_CONDITIONS: dict[str, sa.ColumnElement[bool]] = {
    "ids": _v.c.id == sa.any_(_IDS),
    "statuses": sa.any_(sa.bindparam("statuses", type_=sa.ARRAY(sa.Text))) == _STATUS,
    "kinds": sa.any_(sa.bindparam("kinds", type_=sa.ARRAY(sa.Text))) == _KIND,
    "used_from": sa.bindparam("used_from", type_=sa.BigInteger) <= USED,
    "used_to": sa.bindparam("used_to", type_=sa.BigInteger) >= USED,
    "started_from": _v.c.start_date >= sa.bindparam("started_from", type_=sa.DateTime(timezone=True)),
    "started_to": _v.c.start_date <= sa.bindparam("started_to", type_=sa.DateTime(timezone=True)),
    "search": sa.or_(
        _v.c.name.ilike(_PATTERN, escape="\\"),
        sa.exists().where(_k.c.voucher_id == _v.c.id, _k.c.code.ilike(_PATTERN, escape="\\")),
    ),
    "channel_id": sa.exists().where(_here),
}


async def page(
    ctx: Ctx, wanted: VoucherFilter, args: PageArgs, sort: VoucherSort | None = None, *, descending: bool = False
) -> Page:
    """Rows as `queries.by_ids` has them; by age without a sort. Of VALUE and MINIMUM_SPENT_AMOUNT, those of the
    filter's channel; without one the order is that of ids."""
    if sort in _BY_CHANNEL and wanted.channel_id is None:
        sort = None
    keys = [] if sort is None else [Key("sort_key", _SORTS[sort], descending)]
    keyset = Keyset(*keys, Key("id", _v.c.id, descending))
    conditions, values = _conditions(ctx, wanted)
    columns = list(VOUCHER) if sort is None else [*VOUCHER, _SORTS[sort].label("sort_key")]
    statement = _shapes.get(
        ("page", tuple(values), sort, keyset.shape(args)),
        lambda: keyset.apply(sa.select(*columns).where(*conditions), args),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def count(ctx: Ctx, wanted: VoucherFilter) -> int:
    """Up to `paging.MAX_COUNT`."""
    conditions, values = _conditions(ctx, wanted)
    statement = _shapes.get(("count", tuple(values)), lambda: counted(sa.select(_v.c.id).where(*conditions)))
    return int(await ctx.value(statement, **values))


async def listings_of(ctx: Ctx, voucher_ids: Sequence[int]) -> list[list[Row]]:
    """In which channels each voucher holds, and with what value there."""
    return grouped(voucher_ids, await ctx.fetch(_LISTINGS, ids=list(voucher_ids)), "voucher_id")


async def translations_of(ctx: Ctx, voucher_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_TRANSLATIONS, ids=list(voucher_ids), language=language)
    return in_order(voucher_ids, rows, "voucher_id")


async def code_pages(ctx: Ctx, voucher_ids: Sequence[int], args: PageArgs) -> list[Page]:
    """A page of each voucher's codes, oldest first."""
    statement = _shapes.get(("codes", _CODES.shape(args)), lambda: _of_vouchers(_k, _CODES, args))
    rows = await ctx.fetch(statement, ids=list(voucher_ids), **_CODES.parameters(args))
    return [_CODES.page(list(found), args) for found in grouped(voucher_ids, rows, "voucher_id")]


async def code_counts(ctx: Ctx, voucher_ids: Sequence[int]) -> list[int]:
    found = {row["voucher_id"]: row["number"] for row in await ctx.fetch(_CODE_COUNTS, ids=list(voucher_ids))}
    return [found.get(id, 0) for id in voucher_ids]


async def catalogue_pages(ctx: Ctx, name: str, voucher_ids: Sequence[int], args: PageArgs) -> list[Page]:
    """A page of the ids of what each voucher is for, by `name` of CATALOGUES; rows have `id`."""
    of, column = CATALOGUES[name]
    keyset = Keyset(Key("id", of.c[column]))
    statement = _shapes.get(("catalogue", name, keyset.shape(args)), lambda: _of_vouchers(of, keyset, args, column))
    rows = await ctx.fetch(statement, ids=list(voucher_ids), **keyset.parameters(args))
    return [keyset.page(list(found), args) for found in grouped(voucher_ids, rows, "voucher_id")]


async def catalogue_counts(ctx: Ctx, name: str, voucher_ids: Sequence[int]) -> list[int]:
    of, _ = CATALOGUES[name]
    statement = _shapes.get(
        ("catalogue count", name),
        lambda: (
            sa.select(of.c.voucher_id, sa.func.count().label("number"))
            .where(of.c.voucher_id == sa.any_(_IDS))
            .group_by(of.c.voucher_id)
        ),
    )
    found = {row["voucher_id"]: row["number"] for row in await ctx.fetch(statement, ids=list(voucher_ids))}
    return [found.get(id, 0) for id in voucher_ids]


def of_nodes(page: Page, nodes: Sequence[Row | None]) -> Page:
    """The page with what its ids stand for; what is gone meanwhile is left out."""
    kept = [(row, cursor) for row, cursor in zip(nodes, page.cursors, strict=True) if row is not None]
    return replace(page, rows=[row for row, _ in kept], cursors=[cursor for _, cursor in kept])


def _of_vouchers(of: sa.Table, keyset: Keyset, args: PageArgs, column: str = "id") -> sa.Select[Any]:
    """A page for each of `:ids`, in one statement."""
    own = sa.select(of, of.c[column].label("id")) if column != "id" else sa.select(of)
    page = keyset.apply(own.where(of.c.voucher_id == _v.c.id).correlate(_v), args).lateral("own")
    order = keyset.order(args, [page.c[key.name] for key in keyset.keys])
    return sa.select(page).select_from(_v.join(page, sa.true())).where(_v.c.id == sa.any_(_IDS)).order_by(*order)


def _conditions(ctx: Ctx, wanted: VoucherFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, Any]]:
    values: dict[str, Any] = {}
    for name in _CONDITIONS:
        value = getattr(wanted, name)
        if value is not None:
            values[name] = list(value) if isinstance(value, tuple) else value
    if wanted.search is not None:
        if wanted.search.strip():
            values["search"] = like_pattern(wanted.search)
        else:
            del values["search"]
    conditions = [_CONDITIONS[name] for name in values]
    if wanted.statuses is not None:
        values["now"] = ctx.clock.now()
    pairs, filled = meta_conditions(_v, wanted.meta)
    return [*conditions, *pairs], {**values, **filled}
