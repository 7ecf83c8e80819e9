"""Categories, a tree, and collections, published per channel."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.catalog.models import (
    Category,
    CategoryTranslation,
    Collection,
    CollectionChannel,
    CollectionProduct,
    CollectionTranslation,
)
from engine.catalog.rules import sees_all
from engine.channels.models import Channel
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.paging import Key as SortKey
from engine.core.paging import Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_c = table(Category)
_collection = table(Collection)
_member = table(CollectionProduct)
_published = table(CollectionChannel)
_channel = table(Channel)
_category_translation = table(CategoryTranslation)
_collection_translation = table(CollectionTranslation)
_statements = ShapeCache(128)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNELS = sa.bindparam("channel_ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_SLUG = sa.bindparam("slug", type_=sa.Text)
_LANGUAGE = sa.bindparam("language", type_=sa.Text)
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_ALL = sa.bindparam("sees_all", type_=sa.Boolean)
_parent = sa.func.unnest(_IDS).table_valued("id").render_derived(name="parent")
_wanted = sa.func.unnest(_IDS, _CHANNELS).table_valued("id", "channel_id").render_derived(name="wanted")
_own_category = _c.alias("own")
_own_collection = _collection.alias("own")

CATEGORY = Edge(
    "category",
    [_c.c[name] for name in ("id", "name", "slug", "parent_id", "level", "sort_order", "external_reference")],
    lambda source, product, channel_id: source.outerjoin(_c, _c.c.id == product.category_id),
    shared=True,
)
"""A product's category, without what only its own page shows."""

_CATEGORIES = Statement(sa.select(_c).where(_c.c.id == sa.any_(_IDS)))
_CATEGORY_BY_SLUG = Statement(
    sa.select(_c).where(
        _c.c.id
        == sa.func.coalesce(
            sa.select(_category_translation.c.category_id)
            .where(_category_translation.c.language == _LANGUAGE, _category_translation.c.slug == _SLUG)
            .scalar_subquery(),
            sa.select(_own_category.c.id).where(_own_category.c.slug == _SLUG).scalar_subquery(),
        )
    )
)
_ANCESTORS = Statement(
    sa.select(_parent.c.id.label("of"), _c)
    .select_from(
        _parent.join(_own_category, _own_category.c.id == _parent.c.id).join(
            _c, sa.and_(_c.c.id == sa.any_(_own_category.c.path), _c.c.id != _parent.c.id)
        )
    )
    .order_by(_parent.c.id, _c.c.level)
)
_CHILD_COUNTS = Statement(
    sa.select(_c.c.parent_id, sa.func.count().label("children"))
    .where(_c.c.parent_id == sa.any_(_IDS))
    .group_by(_c.c.parent_id)
)
_CHILD_KEYSET = Keyset(SortKey("sort_order", _c.c.sort_order), SortKey("id", _c.c.id))


def collection_visible(collection_id: Any, channel_id: Any) -> sa.ColumnElement[bool]:
    """Whether the caller sees it in the channel: with the parameters `sees_all` and `now`."""
    return sa.or_(
        _ALL,
        sa.exists().where(
            _published.c.collection_id == collection_id,
            _published.c.channel_id == channel_id,
            _published.c.is_published.is_(True),
            sa.or_(_published.c.published_at.is_(None), _published.c.published_at <= _NOW),
            _channel.c.id == _published.c.channel_id,
            _channel.c.is_active.is_(True),
        ),
    )


_shown = sa.select(_collection, _CHANNEL.label("channel_id")).where(collection_visible(_collection.c.id, _CHANNEL))
_COLLECTIONS = Statement(_shown.where(_collection.c.id == sa.any_(_IDS)))
_COLLECTION_BY_SLUG = Statement(
    _shown.where(
        _collection.c.id
        == sa.func.coalesce(
            sa.select(_collection_translation.c.collection_id)
            .where(_collection_translation.c.language == _LANGUAGE, _collection_translation.c.slug == _SLUG)
            .scalar_subquery(),
            sa.select(_own_collection.c.id).where(_own_collection.c.slug == _SLUG).scalar_subquery(),
        )
    )
)
_COLLECTIONS_OF = Statement(
    sa.select(_wanted.c.id.label("product_id"), _wanted.c.channel_id, _collection)
    .select_from(
        _wanted.join(_member, _member.c.product_id == _wanted.c.id).join(
            _collection, _collection.c.id == _member.c.collection_id
        )
    )
    .where(collection_visible(_collection.c.id, _wanted.c.channel_id))
    .order_by(_wanted.c.id, _collection.c.name_key, _collection.c.id)
)
_COLLECTION_CHANNELS = Statement(
    sa.select(_published)
    .where(_published.c.collection_id == sa.any_(_IDS))
    .order_by(_published.c.collection_id, _published.c.channel_id)
)


async def categories(ctx: Ctx, ids: Sequence[int | None]) -> list[Row | None]:
    wanted = list(dict.fromkeys(id for id in ids if id is not None))
    return in_order(ids, await ctx.fetch(_CATEGORIES, ids=wanted)) if wanted else [None] * len(ids)


async def category_by_slug(ctx: Ctx, slug: str, language: str | None = None) -> Row | None:
    """By the slug in that language; one that no translation has is looked up among the untranslated."""
    return await ctx.first(_CATEGORY_BY_SLUG, slug=slug, language=language)


async def ancestors(ctx: Ctx, ids: Sequence[int]) -> list[list[Row]]:
    """The categories above each, the root first."""
    return grouped(ids, await ctx.fetch(_ANCESTORS, ids=list(dict.fromkeys(ids))), "of")


async def child_pages(ctx: Ctx, ids: Sequence[int], args: PageArgs) -> list[Page]:
    """A page of the categories right below each."""
    statement = _statements.get(("children", _CHILD_KEYSET.shape(args)), lambda: _children(args))
    rows = await ctx.fetch(statement, ids=list(dict.fromkeys(ids)), **_CHILD_KEYSET.parameters(args))
    return [_CHILD_KEYSET.page(list(found), args) for found in grouped(ids, rows, "parent_id")]


async def child_counts(ctx: Ctx, ids: Sequence[int]) -> list[int]:
    rows = await ctx.fetch(_CHILD_COUNTS, ids=list(dict.fromkeys(ids)))
    found = {row["parent_id"]: row["children"] for row in rows}
    return [found.get(id, 0) for id in ids]


async def visible_collections(ctx: Ctx, ids: Sequence[int | None], channel_id: int | None) -> list[Row | None]:
    """Rows also carry `channel_id`; shoppers get those published in that channel."""
    wanted = list(dict.fromkeys(id for id in ids if id is not None))
    return in_order(ids, await ctx.fetch(_COLLECTIONS, ids=wanted, **_seeing(ctx, channel_id)))


async def visible_collection_by_slug(
    ctx: Ctx, slug: str, channel_id: int | None, language: str | None = None
) -> Row | None:
    """By the slug in that language; one that no translation has is looked up among the untranslated."""
    return await ctx.first(_COLLECTION_BY_SLUG, slug=slug, language=language, **_seeing(ctx, channel_id))


async def collections_of(ctx: Ctx, products: Sequence[tuple[int, int | None]]) -> list[list[Row]]:
    """The collections of each `(product id, channel id)` that the caller may see there."""
    unique = list(dict.fromkeys(products))
    rows = await ctx.fetch(
        _COLLECTIONS_OF,
        ids=[key[0] for key in unique],
        channel_ids=[key[1] for key in unique],
        sees_all=sees_all(ctx.caller),
        now=ctx.clock.now(),
    )
    found: dict[tuple[int, int | None], list[Row]] = {}
    for row in rows:
        found.setdefault((row["product_id"], row["channel_id"]), []).append(row)
    return [found.get(key, []) for key in products]


async def collection_listings(ctx: Ctx, collection_ids: Sequence[int]) -> list[list[Row]]:
    """Where each collection is published, by channel."""
    return grouped(collection_ids, await ctx.fetch(_COLLECTION_CHANNELS, ids=list(collection_ids)), "collection_id")


def _children(args: PageArgs) -> sa.Select[Any]:
    below = _CHILD_KEYSET.apply(sa.select(_c).where(_c.c.parent_id == _parent.c.id), args).lateral("below")
    return sa.select(below).select_from(_parent.join(below, sa.true()))


def _seeing(ctx: Ctx, channel_id: int | None) -> dict[str, Any]:
    return {"channel_id": channel_id, "sees_all": sees_all(ctx.caller), "now": ctx.clock.now()}
