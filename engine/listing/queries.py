"""Ordered, filtered and counted products. The rows of a page are product rows that also carry `channel_id`."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeValue
from engine.attributes.queries import OF_VALUE, VALUE
from engine.attributes.rules import COUNTED
from engine.catalog.models import (
    CollectionProduct,
    Product,
    ProductAttributeValue,
    ProductType,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
)
from engine.catalog.queries import PRODUCT
from engine.catalog.rules import sees_all
from engine.channels.queries import by_slug_for
from engine.core.context import Ctx, Row
from engine.core.joins import EVERYTHING, Edge, Lookahead
from engine.core.money import MAX_AMOUNT
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped
from engine.core.statements import ShapeCache
from engine.core.tables import table
from engine.listing.conditions import CHANNEL, LISTING, narrows, parameters, shape, where
from engine.listing.everywhere import everywhere
from engine.listing.parts import Columns
from engine.listing.rules import BY_SLUG, ListingFilter, Sort

MAX_COUNT = 100_000
"""Where counting stops: a larger total is answered as this."""

MAX_ATTRIBUTES = 100

Scope: TypeAlias = Literal["category", "collection"]
"""What `pages` looks inside of: a category with all below it, or a collection."""

_p = table(Product)
_type = table(ProductType)
_member = table(CollectionProduct)
_variant = table(ProductVariant)
_attribute = table(Attribute)
_value = table(AttributeValue)
_assigned = table(ProductTypeAttribute)
_product_value = table(ProductAttributeValue)
_variant_value = table(VariantAttributeValue)
_statements = ShapeCache()
_scope = (
    sa.func.unnest(sa.bindparam("scope_ids", type_=sa.ARRAY(sa.BigInteger)))
    .table_valued("id")
    .render_derived(name="scope")
)

_COLUMNS = {
    Sort.NAME: "name_key",
    Sort.PUBLISHED: "is_published",
    Sort.PUBLISHED_AT: "published_at",
    Sort.CREATED_AT: "created_at",
    Sort.LAST_MODIFIED_AT: "updated_at",
    Sort.RATING: "rating",
}
_IDS = sa.ARRAY(sa.BigInteger)
_LAST_NUMBER = 1.7e308
_LAST_TEXT = "\U0010ffff"


async def page(
    ctx: Ctx,
    filter: ListingFilter,
    sort: Sort,
    descending: bool,
    args: PageArgs,
    *,
    attribute_id: int | None = None,
    channel: str | None = None,
    ahead: Lookahead = EVERYTHING,
) -> Page:
    """One page of products. `attribute_id` goes with `Sort.ATTRIBUTE`, `filter.collection_id` with `Sort.COLLECTION`,
    `channel` with BY_SLUG: of one that shoppers do not see the page is empty.

    Raises BadRequest for a cursor of another order.
    """
    keyset = _keyset(sort, descending, filter.channel_id is None, filter.published_only)
    statement = _statements.get(
        ("page", shape(filter), channel is None, sort, keyset.shape(args), ahead),
        lambda: _page(filter, sort, keyset, args, ahead),
        by_values=narrows(filter),
    )
    values = _page_values(ctx, filter, keyset, args, sort, attribute_id, channel)
    return keyset.page(await ctx.fetch(statement, **values), args)


async def pages(
    ctx: Ctx,
    filter: ListingFilter,
    sort: Sort,
    descending: bool,
    args: PageArgs,
    scope: Scope,
    scope_ids: Sequence[int],
    *,
    attribute_id: int | None = None,
    channel: str | None = None,
    ahead: Lookahead = EVERYTHING,
) -> list[Page]:
    """The page of each category or collection, in one statement. Who may see those is for the caller to know."""
    keyset = _keyset(sort, descending, filter.channel_id is None, filter.published_only)
    statement = _statements.get(
        ("pages", scope, shape(filter), channel is None, sort, keyset.shape(args), ahead),
        lambda: _pages(filter, sort, keyset, args, scope, ahead),
        by_values=True,
    )
    values = _page_values(ctx, filter, keyset, args, sort, attribute_id, channel)
    rows = await ctx.fetch(statement, **values, scope_ids=list(dict.fromkeys(scope_ids)))
    return [keyset.page(found, args) for found in grouped(scope_ids, rows, "scope_id")]


async def counts(ctx: Ctx, filter: ListingFilter, scope: Scope, scope_ids: Sequence[int]) -> list[int]:
    """How many products there are in each, up to MAX_COUNT."""
    statement = _statements.get(("counts", scope, shape(filter)), lambda: _counts(filter, scope), by_values=True)
    values = parameters(filter, ctx.clock.now())
    rows = await ctx.fetch(statement, **values, scope_ids=list(dict.fromkeys(scope_ids)))
    found = {row["scope_id"]: row["products"] for row in rows}
    return [found[id] for id in scope_ids]


async def count(ctx: Ctx, filter: ListingFilter) -> int:
    """How many products there are, up to MAX_COUNT."""
    statement = _statements.get(("count", shape(filter)), lambda: _count(filter), by_values=narrows(filter))
    found: int = await ctx.value(statement, **parameters(filter, ctx.clock.now()))
    return found


async def matching(ctx: Ctx, filter: ListingFilter) -> list[int]:
    """The ids of all products that pass, up to MAX_COUNT, in no order."""
    statement = _statements.get(("ids", shape(filter)), lambda: _ids(filter), by_values=narrows(filter))
    return [row["product_id"] for row in await ctx.fetch(statement, **parameters(filter, ctx.clock.now()))]


async def attributes(ctx: Ctx, filter: ListingFilter) -> list[Row]:
    """The attributes that the types of the products have, by their place in the storefront's search; the first 100."""
    statement = _statements.get(("attributes", shape(filter)), lambda: _attributes(filter), by_values=narrows(filter))
    return await ctx.fetch(statement, **parameters(filter, ctx.clock.now()), attribute_limit=MAX_ATTRIBUTES)


async def facets(
    ctx: Ctx, filter: ListingFilter, slugs: Sequence[str] | None, *, hidden: bool, attribute: Edge = OF_VALUE
) -> list[Row]:
    """The values that any of the products carry, with `products`, how many do, and their `attribute`.

    Of the attributes with these slugs, or of those of `attributes`, as far as their values are counted; with `hidden`
    also of those that shoppers neither see nor filter by.
    """
    statement = _statements.get(
        ("facets", shape(filter), slugs is None, attribute),
        lambda: _facets(filter, slugs is None, attribute),
        by_values=narrows(filter),
    )
    chosen = {"attribute_limit": MAX_ATTRIBUTES} if slugs is None else {"slugs": list(slugs)}
    return await ctx.fetch(statement, **parameters(filter, ctx.clock.now()), **chosen, hidden=hidden)


@lru_cache(maxsize=1)
def _everywhere() -> sa.Subquery:
    return everywhere()


def _source(anywhere: bool) -> Any:
    return _everywhere() if anywhere else LISTING


@lru_cache(maxsize=256)
def _keyset(sort: Sort, descending: bool, anywhere: bool, published_only: bool) -> Keyset:
    c = _source(anywhere).c
    columns = [*_sort_columns(sort, c, published_only), c.product_id]
    return Keyset(*(Key(f"sort_{n}", column, descending) for n, column in enumerate(columns)))


def _sort_columns(sort: Sort, c: Columns, published_only: bool) -> list[sa.ColumnElement[Any]]:
    if sort in (Sort.PRICE, Sort.MINIMAL_PRICE):
        amount = c.price_amount if sort is Sort.PRICE else c.minimal_amount
        # what shoppers see always has a price; the plain column is the indexed one
        return [amount if published_only else sa.func.coalesce(amount, sa.cast(MAX_AMOUNT, sa.BigInteger))]
    if sort is Sort.COLLECTION:
        return [_member.c.sort_order]
    if sort is Sort.TYPE:
        return [sa.collate(_type.c.name, "C")]
    if sort is Sort.ATTRIBUTE:
        return [
            sa.func.coalesce(_least(sa.func.min(_value.c.numeric), c), sa.cast(_LAST_NUMBER, sa.Double)),
            sa.func.coalesce(_least(sa.func.min(sa.collate(_value.c.name, "C")), c), sa.literal(_LAST_TEXT, sa.Text)),
        ]
    return [c[_COLUMNS[sort]]]


def _least(value: sa.ColumnElement[Any], c: Columns) -> sa.ColumnElement[Any]:
    wanted = sa.bindparam("sort_attribute_id", type_=sa.BigInteger)
    return (
        sa.select(value).where(_value.c.attribute_id == wanted, _value.c.id == sa.any_(c.value_ids)).scalar_subquery()
    )


def _page_values(
    ctx: Ctx,
    filter: ListingFilter,
    keyset: Keyset,
    args: PageArgs,
    sort: Sort,
    attribute_id: int | None,
    channel: str | None,
) -> dict[str, Any]:
    values = parameters(filter, ctx.clock.now()) | keyset.parameters(args)
    if sort is Sort.ATTRIBUTE:
        values["sort_attribute_id"] = attribute_id
    if filter.channel_id == BY_SLUG:
        del values["channel_id"]
        values |= {"channel": channel, "sees_all": sees_all(ctx.caller)}
    return values


def _page(filter: ListingFilter, sort: Sort, keyset: Keyset, args: PageArgs, ahead: Lookahead) -> sa.Select[Any]:
    inside = sa.bindparam("collection_id", type_=sa.BigInteger) if sort is Sort.COLLECTION else None
    listed = keyset.apply(_listed(filter, sort, keyset, inside), args).subquery("listed")
    return _shown(listed, listed, keyset, args, ahead)


def _pages(
    filter: ListingFilter, sort: Sort, keyset: Keyset, args: PageArgs, scope: Scope, ahead: Lookahead
) -> sa.Select[Any]:
    if scope == "collection":
        rows = _listed(filter, sort, keyset, _scope.c.id)
    else:
        rows = _listed(filter, sort, keyset, None).where(_below(_source(filter.channel_id is None)))
    listed = keyset.apply(rows, args).lateral("listed")
    shown = _shown(_scope.join(listed, sa.true()), listed, keyset, args, ahead)
    return shown.add_columns(_scope.c.id.label("scope_id"))


def _listed(filter: ListingFilter, sort: Sort, keyset: Keyset, collection: Any) -> sa.Select[Any]:
    """The listing's narrow rows alone, so that nothing is joined to what the page then leaves out."""
    source: Any = _source(filter.channel_id is None)
    joined = source
    if collection is not None:
        joined = joined.join(
            _member, sa.and_(_member.c.product_id == source.c.product_id, _member.c.collection_id == collection)
        )
    if sort is Sort.TYPE:
        joined = joined.join(_type, _type.c.id == source.c.product_type_id)
    keys = [key.column.label(key.name) for key in keyset.keys]
    channel = sa.select(by_slug_for().c.id).scalar_subquery() if filter.channel_id == BY_SLUG else CHANNEL
    return (
        sa.select(source.c.product_id, source.c.channel_id, *keys)
        .select_from(joined)
        .where(*where(filter, source.c, channel))
    )


def _shown(source: Any, listed: Any, keyset: Keyset, args: PageArgs, ahead: Lookahead) -> sa.Select[Any]:
    keys = [listed.c[key.name] for key in keyset.keys]
    joined = source.join(_p, _p.c.id == listed.c.product_id)
    return (
        sa.select(*ahead.columns(PRODUCT), listed.c.channel_id, *keys)
        .select_from(ahead.join(joined, _p.c, listed.c.channel_id))
        .order_by(*keyset.order(args, keys))
    )


def _below(source: Any) -> sa.ColumnElement[bool]:
    found: sa.ColumnElement[bool] = source.c.category_ids.op("@>")(
        sa.func.array_append(sa.cast(sa.null(), _IDS), _scope.c.id)
    )
    return found


def _ids(filter: ListingFilter) -> sa.Select[Any]:
    source = _source(filter.channel_id is None)
    return sa.select(source.c.product_id).where(*where(filter, source.c)).limit(sa.literal_column(str(MAX_COUNT)))


def _count(filter: ListingFilter) -> sa.Select[Any]:
    return sa.select(sa.func.count()).select_from(_ids(filter).subquery())


def _counts(filter: ListingFilter, scope: Scope) -> sa.Select[Any]:
    source = _source(filter.channel_id is None)
    member = (
        sa.exists()
        .where(_member.c.product_id == source.c.product_id, _member.c.collection_id == _scope.c.id)
        .correlate_except(_member)
    )
    inside = member if scope == "collection" else _below(source)
    found = _ids(filter).where(inside).lateral("found")
    return (
        sa.select(_scope.c.id.label("scope_id"), sa.func.count(found.c.product_id).label("products"))
        .select_from(_scope.outerjoin(found, sa.true()))
        .group_by(_scope.c.id)
    )


def _attributes(filter: ListingFilter) -> sa.Select[Any]:
    source = _source(filter.channel_id is None)
    types = sa.select(source.c.product_type_id).where(*where(filter, source.c))
    return _attributes_of(types)


def _attributes_of(types: Any) -> sa.Select[Any]:
    assigned = sa.select(_assigned.c.attribute_id).where(_assigned.c.product_type_id.in_(types))
    return (
        sa.select(_attribute)
        .where(_attribute.c.id.in_(assigned))
        .order_by(_attribute.c.storefront_search_position, _attribute.c.slug)
        .limit(sa.bindparam("attribute_limit", type_=sa.Integer))
    )


def _facets(filter: ListingFilter, of_types: bool, attribute: Edge) -> sa.Select[Any]:
    source = _source(filter.channel_id is None)
    listed = sa.select(source.c.product_type_id, source.c.value_ids).where(*where(filter, source.c)).cte("listed")
    # unnested among the columns, not in FROM, where the planner would join and remember each row's array
    carried = sa.select(sa.func.unnest(listed.c.value_ids).label("id")).subquery("carried")
    counted = sa.select(carried.c.id, sa.func.count().label("products")).group_by(carried.c.id).subquery("counted")
    if of_types:
        chosen = _attributes_of(sa.select(listed.c.product_type_id)).with_only_columns(_attribute.c.id)
    else:
        slugs = sa.bindparam("slugs", type_=sa.ARRAY(sa.Text))
        chosen = sa.select(_attribute.c.id).where(_attribute.c.slug == sa.any_(slugs))
    ids = sa.func.array(chosen.correlate(None).scalar_subquery(), type_=_IDS)
    shown = sa.and_(_attribute.c.filterable_in_storefront, _attribute.c.visible_in_storefront)
    return (
        sa.select(*VALUE, *attribute.columns, counted.c.products)
        .select_from(attribute.join(counted.join(_value, _value.c.id == counted.c.id), _value.c, None))
        .where(
            _value.c.attribute_id == sa.any_(ids),
            _attribute.c.input_type.in_([sa.literal_column(f"'{kind}'", sa.Text) for kind in sorted(COUNTED)]),
            sa.or_(sa.bindparam("hidden", type_=sa.Boolean), shown),
        )
        .order_by(_attribute.c.storefront_search_position, _attribute.c.slug)
    )
