"""Attributes and their values. Which product, variant or page carries what is asked of the domain that owns those."""

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from engine.attributes.models import (
    Attribute,
    AttributePageReference,
    AttributeProductReference,
    AttributeTranslation,
    AttributeValue,
    AttributeValueTranslation,
)
from engine.attributes.rules import CHOICES
from engine.core.conditions import Conditions, Part, Wish, flag, metadata, of, search
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.lists import EVERY, Listed
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
_BY_REFERENCE = Statement(sa.select(_a).where(_a.c.external_reference == sa.bindparam("reference", type_=sa.Text)))
_VALUES = Statement(sa.select(_v).where(_v.c.id == sa.any_(_IDS)))
_TRANSLATIONS = Statement(
    sa.select(_translation).where(_translation.c.attribute_id == sa.any_(_IDS), _translation.c.language == _LANGUAGE)
)
_VALUE_TRANSLATIONS = Statement(
    sa.select(_value_translation).where(
        _value_translation.c.value_id == sa.any_(_IDS), _value_translation.c.language == _LANGUAGE
    )
)
_REFERENCE_TYPES = Statement(
    sa.union_all(
        *(
            sa.select(
                t.c.attribute_id,
                (t.c.product_type_id if name == "product_type_id" else sa.cast(sa.null(), sa.BigInteger)).label(
                    "product_type_id"
                ),
                (t.c.page_type_id if name == "page_type_id" else sa.cast(sa.null(), sa.BigInteger)).label(
                    "page_type_id"
                ),
            ).where(t.c.attribute_id == sa.any_(_IDS))
            for t, name in (
                (table(AttributeProductReference), "product_type_id"),
                (table(AttributePageReference), "page_type_id"),
            )
        )
    )
)
_CHOICES = Conditions(
    {
        "ids": of(sa.ARRAY(sa.BigInteger), lambda ids: _v.c.id == sa.any_(ids)),
        "slugs": of(sa.ARRAY(sa.Text), lambda slugs: _v.c.slug == sa.any_(slugs)),
        "names": of(sa.ARRAY(sa.Text), lambda names: _v.c.name == sa.any_(names)),
        "search": search(sa.func.lower(_v.c.name), _v.c.slug),
    }
)
_CHOICE_ORDERS = {"sort_order": _v.c.sort_order, "name": _v.c.name, "slug": _v.c.slug}


def _is(column: Any) -> Part:
    return flag(lambda wanted: column.is_(wanted))


_BOOLEANS = (
    "value_required", "is_variant_only", "visible_in_storefront", "filterable_in_storefront",
    "filterable_in_dashboard", "available_in_grid",
)  # fmt: skip
PARTS = {
    "ids": of(sa.ARRAY(sa.BigInteger), lambda ids: _a.c.id == sa.any_(ids)),
    "without": of(sa.ARRAY(sa.BigInteger), lambda ids: _a.c.id != sa.all_(ids)),
    "slugs": of(sa.ARRAY(sa.Text), lambda slugs: _a.c.slug == sa.any_(slugs)),
    "names": of(sa.ARRAY(sa.Text), lambda names: _a.c.name == sa.any_(names)),
    "metadata": metadata(_a.c.meta),
    "search": search(sa.func.lower(_a.c.name), _a.c.slug),
    "types": of(sa.ARRAY(sa.Text), lambda types: _a.c.type == sa.any_(types)),
    "input_types": of(sa.ARRAY(sa.Text), lambda types: _a.c.input_type == sa.any_(types)),
    "entity_types": of(sa.ARRAY(sa.Text), lambda types: _a.c.entity_type == sa.any_(types)),
    "units": of(sa.ARRAY(sa.Text), lambda units: _a.c.unit == sa.any_(units)),
    "with_choices": flag(lambda wanted: _SHARED if wanted else sa.not_(_SHARED)),
    **{name: _is(_a.c[name]) for name in _BOOLEANS},
}
"""What a wish may ask of attributes: `search` is in lower case, `without` leaves out, the others are plain."""
ORDERS = {
    "SLUG": _a.c.slug,
    "NAME": _a.c.name,
    "STOREFRONT_SEARCH_POSITION": _a.c.storefront_search_position,
    **{name.upper(): _a.c[name] for name in _BOOLEANS},
}
_LISTED = Listed(sa.select(_a), _a.c.id, Conditions(PARTS), ORDERS, total=("SLUG",))


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


async def by_reference(ctx: Ctx, reference: str) -> Row | None:
    return await ctx.first(_BY_REFERENCE, reference=reference)


async def values_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_VALUES, ids=list(dict.fromkeys(ids))))


async def page(ctx: Ctx, args: PageArgs, wish: Wish = EVERY, order: str = "SLUG", *, descending: bool = False) -> Page:
    """Attributes, ordered by a column of `ORDERS`. For the parts of a wish see `PARTS`."""
    return await _LISTED.page(ctx, args, order, wish, descending=descending)


async def count(ctx: Ctx, wish: Wish = EVERY) -> int:
    return await _LISTED.count(ctx, wish)


async def choice_pages(
    ctx: Ctx,
    attribute_ids: Sequence[int],
    args: PageArgs,
    wish: Wish = EVERY,
    order: str = "sort_order",
    *,
    descending: bool = False,
) -> list[Page]:
    """A page of the shared values of each attribute; attributes whose values are not shared have none.

    `wish`: ids, slugs, names, search (lower case; in the name or the slug). `order`: sort_order, name, slug.
    """
    keyset = Keyset(
        SortKey(order, _CHOICE_ORDERS[order], descending=descending), SortKey("id", _v.c.id, descending=descending)
    )
    statement = _statements.get(
        ("choices", keyset.shape(args), _CHOICES.shape(wish)), lambda: _choices(keyset, args, wish)
    )
    ids = list(dict.fromkeys(attribute_ids))
    rows = await ctx.fetch(statement, ids=ids, **keyset.parameters(args), **_CHOICES.values(wish))
    return [keyset.page(list(found), args) for found in grouped(attribute_ids, rows, "attribute_id")]


async def choice_counts(ctx: Ctx, attribute_ids: Sequence[int], wish: Wish = EVERY) -> list[int]:
    statement = _statements.get(
        ("choice counts", _CHOICES.shape(wish)),
        lambda: (
            sa.select(_v.c.attribute_id, sa.func.count().label("choices"))
            .join(_a, _a.c.id == _v.c.attribute_id)
            .where(_v.c.attribute_id == sa.any_(_IDS), _SHARED, *_CHOICES.clauses(wish))
            .group_by(_v.c.attribute_id)
        ),
    )
    rows = await ctx.fetch(statement, ids=list(dict.fromkeys(attribute_ids)), **_CHOICES.values(wish))
    found = {row["attribute_id"]: row["choices"] for row in rows}
    return [found.get(id, 0) for id in attribute_ids]


async def reference_types(ctx: Ctx, attribute_ids: Sequence[int]) -> list[Row]:
    """`attribute_id`, and `product_type_id` or `page_type_id`: what reference attributes are limited to."""
    return await ctx.fetch(_REFERENCE_TYPES, ids=list(dict.fromkeys(attribute_ids)))


async def translations(ctx: Ctx, attribute_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_TRANSLATIONS, ids=list(dict.fromkeys(attribute_ids)), language=language)
    return in_order(attribute_ids, rows, "attribute_id")


async def value_translations(ctx: Ctx, value_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_VALUE_TRANSLATIONS, ids=list(dict.fromkeys(value_ids)), language=language)
    return in_order(value_ids, rows, "value_id")


def _choices(keyset: Keyset, args: PageArgs, wish: Wish) -> sa.Select[Any]:
    of_parent = (_v.c.attribute_id == _parent.c.id, _SHARED, *_CHOICES.clauses(wish))
    values = sa.select(_v).join(_a, _a.c.id == _v.c.attribute_id).where(*of_parent)
    shared = keyset.apply(values, args).lateral("shared")
    return sa.select(shared).select_from(_parent.join(shared, sa.true()))
