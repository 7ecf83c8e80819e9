"""Products, variants, their pictures and types. A product or variant row also carries `channel_id`, the channel it
was asked in (None: none), for those who price it.

`Key` is `(id, channel_id)`. Functions that take keys do not ask who may see: they follow what was already shown.
The `visible_…` functions do.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import sqlalchemy as sa

from engine.catalog.models import (
    Product,
    ProductChannel,
    ProductTranslation,
    ProductType,
    ProductVariant,
)
from engine.catalog.rules import sees_all
from engine.channels.models import Channel
from engine.channels.queries import by_slug_for
from engine.core.conditions import Conditions, Wish
from engine.core.context import Ctx, Row
from engine.core.joins import EVERYTHING, Edge, Lookahead
from engine.core.paging import Key as SortKey
from engine.core.paging import Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

Key: TypeAlias = tuple[int, int | None]
At: TypeAlias = int | str | None
"""A channel by id, or by a slug that the statement itself looks up: of an unknown one there is nothing to see."""

_p = table(Product)
_v = table(ProductVariant)
_type = table(ProductType)
_published = table(ProductChannel)
_channel = table(Channel)
_translation = table(ProductTranslation)
# prices belong to pricing, which lies above
_price = sa.table("variant_price", sa.column("variant_id"), sa.column("channel_id"), sa.column("amount"))
_statements = ShapeCache(64)

_NOT_SHOWN = {"description_text", "name_key"}
PRODUCT: tuple[sa.ColumnElement[Any], ...] = tuple(c for c in _p.c if c.name not in _NOT_SHOWN)
VARIANT: tuple[sa.ColumnElement[Any], ...] = tuple(_v.c)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNELS = sa.bindparam("channel_ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)
_SLUG = sa.bindparam("slug", type_=sa.Text)
_LANGUAGE = sa.bindparam("language", type_=sa.Text)
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_ALL = sa.bindparam("sees_all", type_=sa.Boolean)
_wanted = sa.func.unnest(_IDS, _CHANNELS).table_valued("id", "channel_id").render_derived(name="wanted")
_own = _p.alias("own")
_priced = _v.alias("priced")


def published_in(product_id: Any, channel_id: Any) -> sa.ColumnElement[bool]:
    """Whether shoppers see the product in the channel now: published there, and a variant of it has a price there."""
    published = (
        sa.exists()
        .where(
            _published.c.product_id == product_id,
            _published.c.channel_id == channel_id,
            _published.c.is_published.is_(True),
            sa.or_(_published.c.published_at.is_(None), _published.c.published_at <= _NOW),
            _channel.c.id == _published.c.channel_id,
            _channel.c.is_active.is_(True),
        )
        .correlate_except(_published, _channel)
    )
    priced = (
        sa.exists()
        .where(
            _priced.c.product_id == product_id, _price.c.variant_id == _priced.c.id, _price.c.channel_id == channel_id
        )
        .correlate_except(_priced, _price)
    )
    return sa.and_(published, priced)


def priced_in(variant_id: Any, channel_id: Any) -> sa.ColumnElement[bool]:
    """Whether the variant is sold in the channel. Correlates outward through lateral joins too."""
    return (
        sa.exists().where(_price.c.variant_id == variant_id, _price.c.channel_id == channel_id).correlate_except(_price)
    )


_BY: dict[str, sa.ColumnElement[bool]] = {
    "ids": _p.c.id == sa.any_(_IDS),
    "reference": _p.c.external_reference == sa.bindparam("reference", type_=sa.Text),
    "slug": _p.c.id
    == sa.func.coalesce(
        sa.select(_translation.c.product_id)
        .where(_translation.c.language == _LANGUAGE, _translation.c.slug == _SLUG)
        .scalar_subquery(),
        sa.select(_own.c.id).where(_own.c.slug == _SLUG).scalar_subquery(),
    ),
}
_VARIANTS_BY_KEYS = Statement(sa.select(*VARIANT, _wanted.c.channel_id).join(_wanted, _wanted.c.id == _v.c.id))
_SOLD_BY_KEYS = Statement(
    sa.select(*VARIANT, _wanted.c.channel_id)
    .join(_wanted, _wanted.c.id == _v.c.id)
    .where(sa.or_(_wanted.c.channel_id.is_(None), priced_in(_v.c.id, _wanted.c.channel_id)))
)
_shown_variant = sa.select(*VARIANT, _CHANNEL.label("channel_id")).where(
    sa.or_(
        sa.and_(_ALL, sa.or_(_CHANNEL.is_(None), priced_in(_v.c.id, _CHANNEL))),
        sa.and_(priced_in(_v.c.id, _CHANNEL), published_in(_v.c.product_id, _CHANNEL)),
    )
)
_VISIBLE_VARIANTS = Statement(_shown_variant.where(_v.c.id == sa.any_(_IDS)))
_VISIBLE_VARIANT_BY_SKU = Statement(_shown_variant.where(_v.c.sku == sa.bindparam("sku", type_=sa.Text)))
_VISIBLE_VARIANT_BY_REFERENCE = Statement(
    _shown_variant.where(_v.c.external_reference == sa.bindparam("reference", type_=sa.Text))
)
_VARIANT_KEYSET = Keyset(SortKey("sort_order", _v.c.sort_order), SortKey("id", _v.c.id))

PRODUCT_TYPE = Edge(
    "product_type",
    [c for c in _type.c if c.name not in {"created_at", "updated_at", "meta", "private_meta"}],
    lambda source, product, channel_id: source.outerjoin(_type, _type.c.id == product.product_type_id),
    shared=True,
)
"""A product's type without its metadata."""
_TYPES = Statement(sa.select(_type).where(_type.c.id == sa.any_(_IDS)))
_LISTINGS = Statement(
    sa.select(_published)
    .where(_published.c.product_id == sa.any_(_IDS))
    .order_by(_published.c.product_id, _published.c.channel_id)
)
_ON_SALE_SINCE = Statement(
    sa.select(_wanted.c.id, _wanted.c.channel_id, _published.c.available_for_purchase_at)
    .select_from(_wanted)
    .join(
        _published,
        sa.and_(_published.c.product_id == _wanted.c.id, _published.c.channel_id == _wanted.c.channel_id),
    )
)


async def products_of(ctx: Ctx, keys: Sequence[Key], ahead: Lookahead = EVERYTHING) -> list[Row | None]:
    statement = _statements.get(
        ("products", ahead),
        lambda: _of_product(ahead, _wanted.join(_p, _p.c.id == _wanted.c.id), _wanted.c.channel_id),
    )
    return await _by_keys(ctx, statement, keys)


async def visible_products(ctx: Ctx, ids: Sequence[int], at: At, ahead: Lookahead = EVERYTHING) -> list[Row | None]:
    return in_order(ids, await _visible(ctx, "ids", at, ahead, ids=list(ids)))


async def visible_product_by_slug(
    ctx: Ctx, slug: str, at: At, language: str | None = None, ahead: Lookahead = EVERYTHING
) -> Row | None:
    """By the slug in that language; one that no translation has is looked up among the untranslated."""
    rows = await _visible(ctx, "slug", at, ahead, slug=slug, language=language)
    return rows[0] if rows else None


async def visible_product_by_reference(ctx: Ctx, reference: str, at: At, ahead: Lookahead = EVERYTHING) -> Row | None:
    rows = await _visible(ctx, "reference", at, ahead, reference=reference)
    return rows[0] if rows else None


async def _visible(ctx: Ctx, by: str, at: At, ahead: Lookahead, **values: Any) -> list[Row]:
    named = isinstance(at, str)
    statement = _statements.get(("visible", by, named, ahead), lambda: _visible_products(by, named, ahead))
    place = {"channel": at} if named else {"channel_id": at}
    return await ctx.fetch(statement, **values, **place, sees_all=sees_all(ctx.caller), now=ctx.clock.now())


def _visible_products(by: str, named: bool, ahead: Lookahead) -> sa.Select[Any]:
    place = by_slug_for() if named else None
    source = _p if place is None else _p.join(place, sa.true())
    channel_id: Any = _CHANNEL if place is None else place.c.id
    shown = sa.or_(_ALL, published_in(_p.c.id, channel_id))
    return _of_product(ahead, source, channel_id).where(_BY[by], shown)


def _of_product(ahead: Lookahead, source: Any, channel_id: Any) -> sa.Select[Any]:
    return sa.select(*ahead.columns(PRODUCT), channel_id.label("channel_id")).select_from(
        ahead.join(source, _p.c, channel_id)
    )


async def variants_of_keys(ctx: Ctx, keys: Sequence[Key]) -> list[Row | None]:
    return await _by_keys(ctx, _VARIANTS_BY_KEYS, keys)


async def visible_variants(ctx: Ctx, ids: Sequence[int], channel_id: int | None) -> list[Row | None]:
    rows = await ctx.fetch(_VISIBLE_VARIANTS, ids=list(ids), **_seeing(ctx, channel_id))
    return in_order(ids, rows)


async def visible_variant_by_sku(ctx: Ctx, sku: str, channel_id: int | None) -> Row | None:
    return await ctx.first(_VISIBLE_VARIANT_BY_SKU, sku=sku, **_seeing(ctx, channel_id))


async def visible_variant_by_reference(ctx: Ctx, reference: str, channel_id: int | None) -> Row | None:
    return await ctx.first(_VISIBLE_VARIANT_BY_REFERENCE, reference=reference, **_seeing(ctx, channel_id))


async def variant_pages(
    ctx: Ctx,
    products: Sequence[Key],
    args: PageArgs,
    ahead: Lookahead = EVERYTHING,
    narrowed: tuple[Wish, Conditions] | None = None,
) -> list[Page]:
    """A page of the variants of each product, in their order: those with a price in its channel, or all without one;
    those of a wish, if there is one."""
    shape, values, clauses = _narrowing(narrowed)
    statement = _statements.get(
        ("variants", _VARIANT_KEYSET.shape(args), ahead, shape),
        lambda: _variants_of_products(args, ahead, clauses()),
    )
    values |= ahead.values(ctx.clock.now())
    rows = await ctx.fetch(statement, **_columns(products), **_VARIANT_KEYSET.parameters(args), **values)
    found: dict[Key, list[Row]] = {}
    for row in rows:
        found.setdefault((row["product_id"], row["channel_id"]), []).append(row)
    return [_VARIANT_KEYSET.page(list(found.get(key, [])), args) for key in products]


async def variant_counts(
    ctx: Ctx, products: Sequence[Key], narrowed: tuple[Wish, Conditions] | None = None
) -> list[int]:
    shape, values, clauses = _narrowing(narrowed)
    statement = _statements.get(("variant counts", shape), lambda: _counts_of_variants(clauses()))
    rows = await ctx.fetch(statement, **_columns(products), **values)
    found = {(row["id"], row["channel_id"]): row["variants"] for row in rows}
    return [found[key] for key in products]


async def types_by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_TYPES, ids=list(ids)))


async def channel_listings(ctx: Ctx, product_ids: Sequence[int]) -> list[list[Row]]:
    """Where each product is published and for sale, by channel."""
    return grouped(product_ids, await ctx.fetch(_LISTINGS, ids=list(product_ids)), "product_id")


async def for_sale(ctx: Ctx, keys: Sequence[Key]) -> list[bool]:
    """Whether each product may be bought in its channel now, stock aside."""
    now = ctx.clock.now()
    return [moment is not None and moment <= now for moment in await for_sale_since(ctx, keys)]


async def for_sale_since(ctx: Ctx, keys: Sequence[Key]) -> list[datetime | None]:
    """From when each product may be bought in its channel; None: not at all."""
    rows = await ctx.fetch(_ON_SALE_SINCE, **_columns(keys))
    since = {(row["id"], row["channel_id"]): row["available_for_purchase_at"] for row in rows}
    return [since.get(key) for key in keys]


async def default_variants(ctx: Ctx, products: Sequence[Row]) -> list[Row | None]:
    """The variant each product row names as its first; None where it has no price in the channel asked."""
    keys = [(row["default_variant_id"], row.get("channel_id")) for row in products]
    return await _by_keys(ctx, _SOLD_BY_KEYS, keys)


def _narrowing(narrowed: tuple[Wish, Conditions] | None) -> tuple[Any, dict[str, Any], Callable[[], Sequence[Any]]]:
    """The shape of a wish, its values, and what makes its clauses."""
    if narrowed is None:
        return None, {}, tuple
    wish, conditions = narrowed
    return conditions.shape(wish), conditions.values(wish), lambda: conditions.clauses(wish)


def _counts_of_variants(clauses: Sequence[Any]) -> sa.Select[Any]:
    sold = sa.or_(_wanted.c.channel_id.is_(None), priced_in(_v.c.id, _wanted.c.channel_id))
    return (
        sa.select(_wanted.c.id, _wanted.c.channel_id, sa.func.count(_v.c.id).label("variants"))
        .select_from(_wanted.outerjoin(_v, sa.and_(_v.c.product_id == _wanted.c.id, sold, *clauses)))
        .group_by(_wanted.c.id, _wanted.c.channel_id)
    )


def _variants_of_products(args: PageArgs, ahead: Lookahead, clauses: Sequence[Any]) -> sa.Select[Any]:
    variants = _VARIANT_KEYSET.apply(
        sa.select(*VARIANT).where(
            _v.c.product_id == _wanted.c.id,
            sa.or_(_wanted.c.channel_id.is_(None), priced_in(_v.c.id, _wanted.c.channel_id)),
            *clauses,
        ),
        args,
    ).lateral("variants")
    order = [variants.c.product_id, *_VARIANT_KEYSET.order(args, [variants.c.sort_order, variants.c.id])]
    return (
        sa.select(*ahead.columns(variants.c), _wanted.c.channel_id)
        .select_from(ahead.join(_wanted.join(variants, sa.true()), variants.c, _wanted.c.channel_id))
        .order_by(*order)
    )


def _seeing(ctx: Ctx, channel_id: int | None) -> dict[str, Any]:
    return {"channel_id": channel_id, "sees_all": sees_all(ctx.caller), "now": ctx.clock.now()}


def _columns(keys: Sequence[Key]) -> dict[str, Any]:
    unique = list(dict.fromkeys(keys))
    return {"ids": [key[0] for key in unique], "channel_ids": [key[1] for key in unique]}


async def _by_keys(ctx: Ctx, statement: Statement, keys: Sequence[Key]) -> list[Row | None]:
    rows = await ctx.fetch(statement, **_columns(keys))
    found = {(row["id"], row["channel_id"]): row for row in rows}
    return [found.get(key) for key in keys]
