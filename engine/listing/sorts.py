"""The narrow rows of a listing in each of its orders: product, channel and the keys of the order, no more."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from engine.attributes.models import AttributeValue
from engine.catalog.models import CollectionProduct, ProductType
from engine.core.money import MAX_AMOUNT
from engine.core.paging import Key, Keyset, PageArgs
from engine.core.tables import table
from engine.listing.conditions import LISTING
from engine.listing.everywhere import everywhere
from engine.listing.parts import Clause, Columns
from engine.listing.rules import Sort

_member = table(CollectionProduct)
_type = table(ProductType)
_value = table(AttributeValue).alias("sort_value")

_COLUMNS = {
    Sort.NAME: "name_key",
    Sort.PUBLISHED: "is_published",
    Sort.PUBLISHED_AT: "published_at",
    Sort.CREATED_AT: "created_at",
    Sort.LAST_MODIFIED_AT: "updated_at",
    Sort.RATING: "rating",
}
_LAST_NUMBER = 1.7e308
_LAST_TEXT = "\U0010ffff"
_LAST_ID = 2**63 - 1

# by keys that are no columns of the listing: rows of a subquery called `sorted`
_MADE: dict[Sort, tuple[sa.types.TypeEngine[Any], ...]] = {
    Sort.TYPE: (sa.Text(),),
    Sort.ATTRIBUTE: (sa.Double(), sa.Text()),
}


@lru_cache(maxsize=1)
def _everywhere() -> sa.Subquery:
    return everywhere()


def source(anywhere: bool) -> Any:
    return _everywhere() if anywhere else LISTING


@lru_cache(maxsize=256)
def keyset(sort: Sort, descending: bool, anywhere: bool, published_only: bool) -> Keyset:
    if sort in _MADE:
        kinds = (*_MADE[sort], sa.BigInteger())
        columns: list[Any] = [sa.literal_column(f"sorted.sort_{n}", kind) for n, kind in enumerate(kinds)]
    else:
        c = source(anywhere).c
        columns = [_column(sort, c, published_only), c.product_id]
    return Keyset(*(Key(f"sort_{n}", column, descending) for n, column in enumerate(columns)))


def _column(sort: Sort, c: Columns, published_only: bool) -> sa.ColumnElement[Any]:
    if sort in (Sort.PRICE, Sort.MINIMAL_PRICE):
        amount = c.price_amount if sort is Sort.PRICE else c.minimal_amount
        # what shoppers see always has a price; the plain column is the indexed one
        return amount if published_only else sa.func.coalesce(amount, sa.literal_column(str(MAX_AMOUNT), sa.BigInteger))
    if sort is Sort.COLLECTION:
        return _member.c.sort_order
    column: sa.ColumnElement[Any] = c[_COLUMNS[sort]]
    return column


def rows(
    sort: Sort, keys: Keyset, args: PageArgs, anywhere: bool, where: Callable[[Columns], list[Clause]], collection: Any
) -> sa.Select[Any]:
    """A page of them, in order. `collection` is the id whose own order is asked for, for Sort.COLLECTION."""
    listed = source(anywhere)
    joined: Any
    if sort in _MADE:
        made = _by_type(listed, keys, args, where) if sort is Sort.TYPE else _by_attribute(listed, where)
        found = made.subquery("sorted")
        joined, c = found, found.c
    else:
        joined, c = listed, listed.c
    if sort is Sort.COLLECTION:
        inside = sa.and_(_member.c.product_id == c.product_id, _member.c.collection_id == collection)
        joined = joined.join(_member, inside)
    labels = [key.column.label(key.name) for key in keys.keys]
    select = sa.select(c.product_id, c.channel_id, *labels).select_from(joined)
    return keys.apply(select if sort in _MADE else select.where(*where(c)), args)


def _by_type(listed: Any, keys: Keyset, args: PageArgs, where: Callable[[Columns], list[Clause]]) -> sa.Select[Any]:
    """From each type as many as the page has: an index has the products of a type in order, none those of all by the
    names of their types."""
    down = keys.keys[0].descending != args.backward
    name = sa.collate(_type.c.name, "C")
    types = sa.select(_type.c.id, name.label("name"))
    id = listed.c.product_id
    within = sa.select(id, listed.c.channel_id)
    if args.cursor is not None:
        last, last_id = (key.column.type for key in keys.keys)
        at, at_id = sa.bindparam("cursor_0", type_=last), sa.bindparam("cursor_1", type_=last_id)
        types = types.where(name <= at if down else name >= at)
    kinds = types.subquery("kinds")
    if args.cursor is not None:
        none_yet = sa.literal_column(str(_LAST_ID if down else 0), sa.BigInteger)
        beyond = sa.case((kinds.c.name == at, at_id), else_=none_yet)
        within = within.where(id < beyond if down else id > beyond)
    within = within.where(listed.c.product_type_id == kinds.c.id, *where(listed.c))
    within = within.order_by(id.desc() if down else id).limit(sa.literal_column(str(args.limit), sa.Integer))
    each = within.lateral("each_type")
    return sa.select(
        each.c.product_id, each.c.channel_id, kinds.c.name.label("sort_0"), each.c.product_id.label("sort_1")
    ).select_from(kinds.join(each, sa.true()))


def _by_attribute(listed: Any, where: Callable[[Columns], list[Clause]]) -> sa.Select[Any]:
    """By the least number and the least name among a product's values of the attribute, those without any last.

    No index has this: it costs a look at every value of all products listed.
    """
    carried = sa.select(listed.c.product_id, sa.func.unnest(listed.c.value_ids).label("id")).where(*where(listed.c))
    each = carried.subquery("carried")
    wanted = _value.c.attribute_id == sa.bindparam("sort_attribute_id", type_=sa.BigInteger)
    least = (
        sa.select(
            each.c.product_id,
            sa.func.min(_value.c.numeric).label("number"),
            sa.func.min(sa.collate(_value.c.name, "C")).label("name"),
        )
        .join(_value, sa.and_(_value.c.id == each.c.id, wanted))
        .group_by(each.c.product_id)
        .subquery("least")
    )
    return (
        sa.select(
            listed.c.product_id,
            listed.c.channel_id,
            sa.func.coalesce(least.c.number, sa.literal_column(str(_LAST_NUMBER), sa.Double)).label("sort_0"),
            sa.func.coalesce(least.c.name, sa.literal(_LAST_TEXT, sa.Text)).label("sort_1"),
            listed.c.product_id.label("sort_2"),
        )
        .select_from(listed.outerjoin(least, least.c.product_id == listed.c.product_id))
        .where(*where(listed.c))
    )
