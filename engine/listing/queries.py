"""Ordered, filtered and counted products. The rows of a page are product rows that also carry `channel_id`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeValue
from engine.attributes.queries import OF_VALUE, VALUE
from engine.attributes.rules import COUNTED
from engine.catalog.models import Product, ProductTypeAttribute
from engine.catalog.queries import PRODUCT
from engine.catalog.rules import sees_all
from engine.channels.queries import by_slug_for
from engine.core.context import Ctx, Row
from engine.core.joins import EVERYTHING, Edge, Lookahead
from engine.core.paging import MAX_COUNT, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped
from engine.core.statements import ShapeCache
from engine.core.tables import table
from engine.listing import sorts
from engine.listing.conditions import CHANNEL, narrows, parameters, shape, where
from engine.listing.parts import IDS, Clause, Columns, member_of
from engine.listing.rules import BY_SLUG, ListingFilter, Sort

MAX_ATTRIBUTES = 100

Scope: TypeAlias = Literal["category", "collection"]
"""What `pages` looks inside of: a category with all below it, or a collection."""

_p = table(Product)
_attribute = table(Attribute)
_value = table(AttributeValue)
_assigned = table(ProductTypeAttribute)
_statements = ShapeCache()
_scope = (
    sa.func.unnest(sa.bindparam("scope_ids", type_=sa.ARRAY(sa.BigInteger)))
    .table_valued("id")
    .render_derived(name="scope")
)


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
    keyset = sorts.keyset(sort, descending, filter.channel_id is None, filter.published_only)
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
    if len(set(scope_ids)) == 1:
        # how much there is in the only one is known before it is planned
        inside = narrowed(filter, scope, scope_ids[0])
        found = await page(ctx, inside, sort, descending, args, attribute_id=attribute_id, channel=channel, ahead=ahead)
        return [found] * len(scope_ids)
    keyset = sorts.keyset(sort, descending, filter.channel_id is None, filter.published_only)
    statement = _statements.get(
        ("pages", scope, shape(filter), channel is None, sort, keyset.shape(args), ahead),
        lambda: _pages(filter, sort, keyset, args, scope, ahead),
        by_values=True,
    )
    values = _page_values(ctx, filter, keyset, args, sort, attribute_id, channel)
    rows = await ctx.fetch(statement, **values, scope_ids=list(dict.fromkeys(scope_ids)))
    return [keyset.page(own, args) for own in grouped(scope_ids, rows, "scope_id")]


async def counts(ctx: Ctx, filter: ListingFilter, scope: Scope, scope_ids: Sequence[int]) -> list[int]:
    """How many products there are in each, up to MAX_COUNT."""
    if len(set(scope_ids)) == 1:
        return [await count(ctx, narrowed(filter, scope, scope_ids[0]))] * len(scope_ids)
    statement = _statements.get(("counts", scope, shape(filter)), lambda: _counts(filter, scope), by_values=True)
    values = parameters(filter, ctx.clock.now())
    rows = await ctx.fetch(statement, **values, scope_ids=list(dict.fromkeys(scope_ids)))
    found = {row["scope_id"]: row["products"] for row in rows}
    return [found[id] for id in scope_ids]


def narrowed(filter: ListingFilter, scope: Scope, id: int) -> ListingFilter:
    """The filter inside one category or collection."""
    if scope == "collection":
        return replace(filter, collection_id=id)
    if filter.category_ids is None:
        return replace(filter, category_ids=(id,))
    return replace(filter, all_of=(*filter.all_of, ListingFilter(filter.channel_id, category_ids=(id,))))


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
    listed = _listed(filter, sort, keyset, args, inside).subquery("listed")
    return _shown(listed, listed, keyset, args, ahead)


def _pages(
    filter: ListingFilter, sort: Sort, keyset: Keyset, args: PageArgs, scope: Scope, ahead: Lookahead
) -> sa.Select[Any]:
    listed = _listed(filter, sort, keyset, args, _scope.c.id, scope).lateral("listed")
    shown = _shown(_scope.join(listed, sa.true()), listed, keyset, args, ahead)
    return shown.add_columns(_scope.c.id.label("scope_id"))


def _listed(
    filter: ListingFilter, sort: Sort, keyset: Keyset, args: PageArgs, inside: Any, scope: Scope | None = None
) -> sa.Select[Any]:
    """The listing's narrow rows alone, so that nothing is joined to what the page then leaves out."""
    channel = sa.select(by_slug_for().c.id).scalar_subquery() if filter.channel_id == BY_SLUG else CHANNEL

    # its own order is read from what is in it
    known = sort is Sort.COLLECTION
    asked = replace(filter, collection_id=None) if known else filter

    def wanted(c: Columns) -> list[Clause]:
        return [*where(asked, c, channel), *([] if scope is None or known else [_within(scope, c)])]

    return sorts.rows(sort, keyset, args, filter.channel_id is None, wanted, inside)


def _shown(source: Any, listed: Any, keyset: Keyset, args: PageArgs, ahead: Lookahead) -> sa.Select[Any]:
    keys = [listed.c[key.name] for key in keyset.keys]
    joined = source.join(_p, _p.c.id == listed.c.product_id)
    return (
        sa.select(*ahead.columns(PRODUCT), listed.c.channel_id, *keys)
        .select_from(ahead.join(joined, _p.c, listed.c.channel_id))
        .order_by(*keyset.order(args, keys))
    )


def _within(scope: Scope, c: Columns) -> Clause:
    if scope == "collection":
        return member_of(c, _scope.c.id)
    return c.category_ids.op("@>")(sa.func.array_append(sa.cast(sa.null(), IDS), _scope.c.id))


def _ids(filter: ListingFilter) -> sa.Select[Any]:
    source = sorts.source(filter.channel_id is None)
    return sa.select(source.c.product_id).where(*where(filter, source.c)).limit(sa.literal_column(str(MAX_COUNT)))


def _count(filter: ListingFilter) -> sa.Select[Any]:
    return counted(_ids(filter))


def _counts(filter: ListingFilter, scope: Scope) -> sa.Select[Any]:
    source = sorts.source(filter.channel_id is None)
    found = _ids(filter).where(_within(scope, source.c)).lateral("found")
    return (
        sa.select(_scope.c.id.label("scope_id"), sa.func.count(found.c.product_id).label("products"))
        .select_from(_scope.outerjoin(found, sa.true()))
        .group_by(_scope.c.id)
    )


def _attributes(filter: ListingFilter) -> sa.Select[Any]:
    source = sorts.source(filter.channel_id is None)
    listed = sa.select(source.c.product_type_id).where(*where(filter, source.c))
    return _attributes_of(_once(listed.distinct(), "types"))


def _attributes_of(types: Any) -> sa.Select[Any]:
    assigned = sa.select(_assigned.c.attribute_id).where(_assigned.c.product_type_id.in_(sa.select(types.c[0])))
    return (
        sa.select(_attribute)
        .where(_attribute.c.id.in_(assigned))
        .order_by(_attribute.c.storefront_search_position, _attribute.c.slug)
        .limit(sa.bindparam("attribute_limit", type_=sa.Integer))
    )


def _facets(filter: ListingFilter, of_types: bool, attribute: Edge) -> sa.Select[Any]:
    source = sorts.source(filter.channel_id is None)
    listed = (
        sa.select(source.c.product_type_id, source.c.value_ids)
        .where(*where(filter, source.c))
        .limit(sa.literal_column(str(MAX_COUNT)))
        .cte("listed")
    )
    if of_types:
        chosen = _attributes_of(sa.select(listed.c.product_type_id).distinct().cte("types")).subquery("chosen")
    else:
        slugs = sa.bindparam("slugs", type_=sa.ARRAY(sa.Text))
        chosen = sa.select(_attribute).where(_attribute.c.slug == sa.any_(slugs)).subquery("chosen")
    shown = sa.and_(chosen.c.filterable_in_storefront, chosen.c.visible_in_storefront)
    counted = chosen.c.input_type.in_([sa.literal_column(f"'{kind}'", sa.Text) for kind in sorted(COUNTED)])
    ids = sa.select(chosen.c.id).where(counted, sa.or_(sa.bindparam("hidden", type_=sa.Boolean), shown))
    # few, so that of all that products carry no more is remembered than what is counted
    values = _once(
        sa.select(*VALUE, *attribute.columns, _attribute.c.storefront_search_position, _attribute.c.slug.label("among"))
        .select_from(attribute.join(_value, _value.c, None))
        .where(_value.c.attribute_id == sa.any_(sa.func.array(ids.scalar_subquery(), type_=IDS))),
        "counted_values",
    )
    # unnested among the columns, not in FROM, where each row's array would be put by
    carried = sa.select(sa.func.unnest(listed.c.value_ids).label("id")).subquery("carried")
    counts = (
        sa.select(values.c.id, sa.func.count().label("products"))
        .select_from(carried.join(values, values.c.id == carried.c.id))
        .group_by(values.c.id)
        .subquery("counts")
    )
    told = [column.name for column in (*VALUE, *attribute.columns)]
    return (
        sa.select(*(values.c[name] for name in told), counts.c.products)
        .select_from(values.join(counts, counts.c.id == values.c.id))
        .order_by(values.c.storefront_search_position, values.c.among)
    )


def _once(select: sa.Select[Any], name: str) -> Any:
    """Worked out by itself, not as a part of what uses it."""
    return select.cte(name).prefix_with("MATERIALIZED")
