"""Attributes and their values. Which product, variant or page carries what is asked of the domain that owns those."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeTranslation, AttributeValue, AttributeValueTranslation
from engine.attributes.rules import CHOICES
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.paging import Key as SortKey
from engine.core.paging import Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_a = table(Attribute)
_v = table(AttributeValue)
_translation = table(AttributeTranslation)
_value_translation = table(AttributeValueTranslation)
_statements = ShapeCache(128)

ATTRIBUTE: tuple[sa.ColumnElement[Any], ...] = tuple(_a.c)
VALUE: tuple[sa.ColumnElement[Any], ...] = tuple(_v.c)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_LANGUAGE = sa.bindparam("language", type_=sa.Text)
_parent = sa.func.unnest(_IDS).table_valued("id").render_derived(name="parent")

_SHARED = _a.c.input_type == sa.any_(sa.literal(sorted(CHOICES), sa.ARRAY(sa.Text)))

_BY_IDS = Statement(sa.select(_a).where(_a.c.id == sa.any_(_IDS)))
_BY_SLUGS = Statement(sa.select(_a).where(_a.c.slug == sa.any_(sa.bindparam("slugs", type_=sa.ARRAY(sa.Text)))))
_VALUES = Statement(sa.select(_v).where(_v.c.id == sa.any_(_IDS)))
_TRANSLATIONS = Statement(
    sa.select(_translation).where(_translation.c.attribute_id == sa.any_(_IDS), _translation.c.language == _LANGUAGE)
)
_VALUE_TRANSLATIONS = Statement(
    sa.select(_value_translation).where(
        _value_translation.c.value_id == sa.any_(_IDS), _value_translation.c.language == _LANGUAGE
    )
)
_CHOICE_COUNTS = Statement(
    sa.select(_v.c.attribute_id, sa.func.count().label("choices"))
    .join(_a, _a.c.id == _v.c.attribute_id)
    .where(_v.c.attribute_id == sa.any_(_IDS), _SHARED)
    .group_by(_v.c.attribute_id)
)
_CHOICE_KEYSET = Keyset(SortKey("sort_order", _v.c.sort_order), SortKey("id", _v.c.id))
_KEYSETS = {descending: Keyset(SortKey("slug", sa.collate(_a.c.slug, "C"), descending)) for descending in (False, True)}
_PARTS: dict[str, Any] = {
    "ids": _a.c.id == sa.any_(_IDS),
    "slugs": _a.c.slug == sa.any_(sa.bindparam("slugs", type_=sa.ARRAY(sa.Text))),
    "search": sa.or_(
        sa.func.strpos(sa.func.lower(_a.c.name), sa.bindparam("search", type_=sa.Text)) > 0,
        sa.func.strpos(_a.c.slug, sa.bindparam("search", type_=sa.Text)) > 0,
    ),
    "type": _a.c.type == sa.bindparam("type", type_=sa.Text),
    "visible": _a.c.visible_in_storefront == sa.bindparam("visible", type_=sa.Boolean),
    "filterable": _a.c.filterable_in_storefront == sa.bindparam("filterable", type_=sa.Boolean),
}


def _of_value(columns: Iterable[sa.ColumnElement[Any]]) -> Edge:
    return Edge(
        "attribute",
        columns,
        lambda source, value, _channel_id: source.join(_a, _a.c.id == value.attribute_id),
        shared=True,
    )


OF_VALUE = _of_value(ATTRIBUTE)
"""The attribute of a value, or of anything else with an `attribute_id`."""
OF_VALUE_PLAIN = _of_value([c for c in _a.c if c.name not in {"meta", "private_meta"}])
"""The same without metadata."""


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(dict.fromkeys(ids))))


async def by_slugs(ctx: Ctx, slugs: Sequence[str]) -> list[Row | None]:
    return in_order(slugs, await ctx.fetch(_BY_SLUGS, slugs=list(dict.fromkeys(slugs))), "slug")


async def values_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_VALUES, ids=list(dict.fromkeys(ids))))


async def page(ctx: Ctx, args: PageArgs, *, descending: bool = False, **parts: Any) -> Page:
    """Attributes by slug. `parts`: ids, slugs, search (lower case), type, visible, filterable; None: any."""
    keyset = _KEYSETS[descending]
    chosen = _chosen(parts)
    statement = _statements.get(
        ("page", keyset.shape(args), tuple(chosen)),
        lambda: keyset.apply(sa.select(_a).where(*(_PARTS[name] for name in chosen)), args),
    )
    return keyset.page(await ctx.fetch(statement, **keyset.parameters(args), **chosen), args)


async def count(ctx: Ctx, **parts: Any) -> int:
    chosen = _chosen(parts)
    statement = _statements.get(
        ("count", tuple(chosen)),
        lambda: sa.select(sa.func.count()).select_from(_a).where(*(_PARTS[name] for name in chosen)),
    )
    found: int = await ctx.value(statement, **chosen)
    return found


async def choice_pages(ctx: Ctx, attribute_ids: Sequence[int], args: PageArgs) -> list[Page]:
    """A page of the shared values of each attribute; attributes whose values are not shared have none."""
    statement = _statements.get(("choices", _CHOICE_KEYSET.shape(args)), lambda: _choices(args))
    rows = await ctx.fetch(statement, ids=list(dict.fromkeys(attribute_ids)), **_CHOICE_KEYSET.parameters(args))
    return [_CHOICE_KEYSET.page(list(found), args) for found in grouped(attribute_ids, rows, "attribute_id")]


async def choice_counts(ctx: Ctx, attribute_ids: Sequence[int]) -> list[int]:
    rows = await ctx.fetch(_CHOICE_COUNTS, ids=list(dict.fromkeys(attribute_ids)))
    found = {row["attribute_id"]: row["choices"] for row in rows}
    return [found.get(id, 0) for id in attribute_ids]


async def translations(ctx: Ctx, attribute_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_TRANSLATIONS, ids=list(dict.fromkeys(attribute_ids)), language=language)
    return in_order(attribute_ids, rows, "attribute_id")


async def value_translations(ctx: Ctx, value_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_VALUE_TRANSLATIONS, ids=list(dict.fromkeys(value_ids)), language=language)
    return in_order(value_ids, rows, "value_id")


def _choices(args: PageArgs) -> sa.Select[Any]:
    shared = _CHOICE_KEYSET.apply(
        sa.select(_v).join(_a, _a.c.id == _v.c.attribute_id).where(_v.c.attribute_id == _parent.c.id, _SHARED),
        args,
    ).lateral("shared")
    return sa.select(shared).select_from(_parent.join(shared, sa.true()))


def _chosen(parts: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value if isinstance(value, bool | str) else list(value)
        for name, value in parts.items()
        if value is not None
    }
