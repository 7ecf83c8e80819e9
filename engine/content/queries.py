"""Pages and their types."""

from collections.abc import Iterator, Sequence
from itertools import count as numbers
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.content.models import Page as PageModel
from engine.content.models import PageTranslation, PageType
from engine.content.rules import PageFilter, PageSort, sees_drafts
from engine.core.context import Ctx, Row
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_p = table(PageModel)
_type = table(PageType)
_translation = table(PageTranslation)
_own = _p.alias("own")
_shapes = ShapeCache(128)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_SLUG = sa.bindparam("slug", type_=sa.Text)
_LANGUAGE = sa.bindparam("language", type_=sa.Text)
_SEARCH = sa.bindparam("search", type_=sa.Text)
_NOWHERE = 1_000_000

_visible = sa.or_(
    sa.bindparam("sees_drafts", type_=sa.Boolean),
    sa.and_(
        _p.c.is_published.is_(True),
        sa.or_(_p.c.published_at.is_(None), _p.c.published_at <= sa.bindparam("now", type_=sa.DateTime(timezone=True))),
    ),
)
_PAGES = sa.select(_p, _CHANNEL.label("channel_id")).where(_visible)
_BY_IDS = Statement(_PAGES.where(_p.c.id == sa.any_(_IDS)))
_BY_SLUG = Statement(
    _PAGES.where(
        _p.c.id
        == sa.func.coalesce(
            sa.select(_translation.c.page_id)
            .where(_translation.c.language == _LANGUAGE, _translation.c.slug == _SLUG)
            .scalar_subquery(),
            sa.select(_own.c.id).where(_own.c.slug == _SLUG).scalar_subquery(),
        )
    )
)
_TRANSLATIONS = Statement(
    sa.select(_translation.c.page_id.label("id"), *(column for column in _translation.c if column.name != "page_id"))
    .where(_translation.c.page_id == sa.any_(_IDS), _translation.c.language == _LANGUAGE)
)  # fmt: skip
_TYPES = Statement(sa.select(_type).where(_type.c.id == sa.any_(_IDS)))
_USED_TYPES = Statement(sa.select(_p.c.page_type_id).where(_p.c.page_type_id == sa.any_(_IDS)).distinct())

_title_at = sa.func.strpos(_p.c.title_key, _SEARCH, type_=sa.Integer)
_SORTS: dict[PageSort, tuple[str, sa.ColumnElement[Any]]] = {
    PageSort.TITLE: ("title_key", _p.c.title_key),
    PageSort.SLUG: ("sort_key", sa.collate(_p.c.slug, "C")),
    PageSort.VISIBILITY: ("is_published", _p.c.is_published),
    PageSort.PUBLISHED_AT: ("sort_key", sa.func.coalesce(_p.c.published_at, _p.c.created_at)),
    PageSort.CREATED_AT: ("created_at", _p.c.created_at),
    PageSort.RANK: ("sort_key", sa.case((_title_at > 0, _title_at), else_=_NOWHERE)),
}
_PARTS: dict[str, tuple[Any, Any]] = {
    "ids": (sa.ARRAY(sa.BigInteger), lambda value: _p.c.id == sa.any_(value)),
    "slugs": (sa.ARRAY(sa.Text), lambda value: _p.c.slug == sa.any_(value)),
    "type_ids": (sa.ARRAY(sa.BigInteger), lambda value: _p.c.page_type_id == sa.any_(value)),
}
_TYPE_SORT = {
    descending: Keyset(Key("name", sa.collate(_type.c.name, "C"), descending), Key("id", _type.c.id, descending))
    for descending in (False, True)
}
_TYPE_PARTS: dict[str, Any] = {
    "slugs": _type.c.slug == sa.any_(sa.bindparam("slugs", type_=sa.ARRAY(sa.Text))),
    "search": sa.or_(
        sa.func.strpos(sa.func.lower(_type.c.name), _SEARCH) > 0, sa.func.strpos(_type.c.slug, _SEARCH) > 0
    ),
}


async def visible_pages(ctx: Ctx, ids: Sequence[int | None], channel_id: int | None = None) -> list[Row | None]:
    """Rows also carry `channel_id`, for what their attributes point at; shoppers get what is published by now."""
    wanted = list(dict.fromkeys(id for id in ids if id is not None))
    if not wanted:
        return [None] * len(ids)
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=wanted, **_seeing(ctx, channel_id)))


async def visible_page_by_slug(ctx: Ctx, slug: str, language: str | None = None) -> Row | None:
    """By the slug in that language; one that no translation has is looked up among the untranslated."""
    return await ctx.first(_BY_SLUG, slug=slug, language=language, **_seeing(ctx, None))


async def visible_page_list(
    ctx: Ctx,
    filter: PageFilter,
    args: PageArgs,
    sort: PageSort = PageSort.TITLE,
    *,
    descending: bool = False,
    channel_id: int | None = None,
) -> Page:
    """A page of pages."""
    name, column = _SORTS[sort]
    keyset = Keyset(Key(name, column, descending), Key("id", _p.c.id, descending))
    columns = [column.label(name)] if name == "sort_key" else []
    statement = _shapes.get(
        ("list", sort, keyset.shape(args), _shape(filter)),
        lambda: keyset.apply(_PAGES.add_columns(*columns).where(*_clauses(filter, _names())), args),
    )
    parameters = _seeing(ctx, channel_id) | keyset.parameters(args) | _parameters(filter)
    return keyset.page(await ctx.fetch(statement, **parameters), args)


async def visible_page_count(ctx: Ctx, filter: PageFilter) -> int:
    statement = _shapes.get(
        ("count", _shape(filter)),
        lambda: sa.select(sa.func.count()).select_from(_p).where(_visible, *_clauses(filter, _names())),
    )
    seeing = {name: value for name, value in _seeing(ctx, None).items() if name != "channel_id"}
    found: int = await ctx.value(statement, **seeing, **_parameters(filter))
    return found


async def page_translations(ctx: Ctx, page_ids: Sequence[int], language: str) -> list[Row | None]:
    """`id` (the page's), `language`, and the texts; a null text is not translated."""
    return in_order(page_ids, await ctx.fetch(_TRANSLATIONS, ids=list(page_ids), language=language))


async def types_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_TYPES, ids=list(dict.fromkeys(ids))))


async def used_types(ctx: Ctx, ids: Sequence[int]) -> list[bool]:
    """Whether there is a page of each type, published or not."""
    found = {row["page_type_id"] for row in await ctx.fetch(_USED_TYPES, ids=list(ids))}
    return [id in found for id in ids]


async def type_list(ctx: Ctx, args: PageArgs, *, descending: bool = False, **parts: Any) -> Page:
    """Page types by name. `parts`: slugs, search (lower case); None: any."""
    keyset = _TYPE_SORT[descending]
    chosen = {name: value for name, value in parts.items() if value is not None}
    statement = _shapes.get(
        ("types", keyset.shape(args), tuple(chosen)),
        lambda: keyset.apply(sa.select(_type).where(*(_TYPE_PARTS[name] for name in chosen)), args),
    )
    return keyset.page(await ctx.fetch(statement, **keyset.parameters(args), **chosen), args)


async def type_count(ctx: Ctx, **parts: Any) -> int:
    chosen = {name: value for name, value in parts.items() if value is not None}
    statement = _shapes.get(
        ("type count", tuple(chosen)),
        lambda: sa.select(sa.func.count()).select_from(_type).where(*(_TYPE_PARTS[name] for name in chosen)),
    )
    found: int = await ctx.value(statement, **chosen)
    return found


def _seeing(ctx: Ctx, channel_id: int | None) -> dict[str, Any]:
    return {"channel_id": channel_id, "sees_drafts": sees_drafts(ctx.caller), "now": ctx.clock.now()}


def _shape(filter: PageFilter) -> tuple[Any, ...]:
    """Equal for filters whose statements differ in values only."""
    return (
        tuple(name for name in (*_PARTS, "metadata", "search") if getattr(filter, name) is not None),
        tuple(_shape(nested) for nested in filter.all_of),
        tuple(_shape(nested) for nested in filter.any_of),
    )


def _names() -> Iterator[str]:
    return (f"part_{number}" for number in numbers())


def _clauses(filter: PageFilter, names: Iterator[str]) -> list[Any]:
    clauses = []
    for name, (kind, clause) in _PARTS.items():
        if getattr(filter, name) is not None:
            clauses.append(clause(sa.bindparam(next(names), type_=kind)))
    if filter.metadata is not None:
        clauses.append(_p.c.meta.contains(sa.bindparam(next(names), type_=JSONB)))
        clauses.append(_p.c.meta.has_all(sa.bindparam(next(names), type_=sa.ARRAY(sa.Text))))
    if filter.search is not None:
        clauses.append(sa.or_(_title_at > 0, sa.func.strpos(_p.c.slug, _SEARCH) > 0))
    for nested in filter.all_of:
        clauses += _clauses(nested, names)
    if filter.any_of:
        clauses.append(sa.or_(*(sa.and_(sa.true(), *_clauses(nested, names)) for nested in filter.any_of)))
    return clauses


def _parameters(filter: PageFilter) -> dict[str, Any]:
    """Values for the names in `_clauses`, which come in the same order."""
    found: dict[str, Any] = dict(zip(_names(), _values(filter), strict=False))
    return found if filter.search is None else {**found, "search": filter.search}


def _values(filter: PageFilter) -> Iterator[Any]:
    for name in _PARTS:
        value = getattr(filter, name)
        if value is not None:
            yield list(value)
    if filter.metadata is not None:
        yield {key: value for key, value in filter.metadata if value is not None}
        yield [key for key, value in filter.metadata if value is None]
    for nested in (*filter.all_of, *filter.any_of):
        yield from _values(nested)
