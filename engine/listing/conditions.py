"""A `ListingFilter` as SQL: a shape to cache the statement by, its conditions, and the values that fill them."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from itertools import count
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.catalog.models import (
    Category,
    CollectionProduct,
    Product,
    ProductAttributeValue,
    ProductType,
    ProductVariant,
    VariantAttributeValue,
)
from engine.core.tables import table
from engine.inventory.models import Stock
from engine.listing.models import ProductListing
from engine.listing.rules import ListingFilter

LISTING = table(ProductListing)
NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)

_p = table(Product)
_variant = table(ProductVariant)
_category = table(Category)
_member = table(CollectionProduct)
_stock = table(Stock)
_value = table(ProductAttributeValue)
_variant_value = table(VariantAttributeValue)
# under names of their own, for the statements around them may join the same tables
_filtered = table(Product).alias("filtered")
_filtered_type = table(ProductType).alias("filtered_type")
_filtered_member = table(CollectionProduct).alias("filtered_member")

Columns: TypeAlias = Any
"""`LISTING.c`, or the columns of `everywhere()`."""
Clause: TypeAlias = Any
"""An SQL condition."""

_IDS = sa.ARRAY(sa.BigInteger)
_TEXTS = sa.ARRAY(sa.Text)
_TIME = sa.DateTime(timezone=True)


@dataclass(frozen=True)
class _Part:
    """How one field of the filter narrows: the clause takes a bound parameter for each of `types`."""

    types: tuple[Any, ...]
    clause: Callable[..., Clause]
    values: Callable[[Any], Sequence[Any]] = lambda value: (value,)


def _any(column: str) -> _Part:
    return _Part((_IDS,), lambda c, ids: c[column] == sa.any_(ids), _listed)


def _overlaps(column: str) -> _Part:
    return _Part((_IDS,), lambda c, ids: c[column].op("&&")(ids), _listed)


def _at_least(column: str, kind: Any) -> _Part:
    return _Part((kind,), lambda c, bound: c[column] >= bound)


def _at_most(column: str, kind: Any) -> _Part:
    return _Part((kind,), lambda c, bound: c[column] <= bound)


def _flag(column: str) -> _Part:
    return _Part((sa.Boolean,), lambda c, wanted: c[column] == wanted)


def _listed(values: Any) -> Sequence[Any]:
    return (list(values),)


def _product(c: Columns, *conditions: Clause) -> Clause:
    return sa.exists().where(_filtered.c.id == c.product_id, *conditions).correlate_except(_filtered)


def _has_category(c: Columns, wanted: Any) -> Clause:
    return (sa.func.cardinality(c.category_ids) > 0) == wanted


def _in_collections(c: Columns, ids: Any) -> Clause:
    return _member_of(c, sa.any_(ids))


def _member_of(c: Columns, collection: Any) -> Clause:
    return (
        sa.exists()
        .where(_filtered_member.c.product_id == c.product_id, _filtered_member.c.collection_id == collection)
        .correlate_except(_filtered_member)
    )


def _gift_card(c: Columns, wanted: Any) -> Clause:
    cards = sa.select(_filtered_type.c.id).where(_filtered_type.c.kind == "GIFT_CARD")
    return c.product_type_id.in_(cards) == wanted


def _stocks(c: Columns, warehouses: Any, at_least: Any, at_most: Any) -> Clause:
    units = sa.func.sum(_stock.c.on_hand)
    fitting = (
        sa.select(_variant.c.product_id)
        .join(_stock, _stock.c.variant_id == _variant.c.id)
        .where(sa.or_(warehouses.is_(None), _stock.c.warehouse_id == sa.any_(warehouses)))
        .group_by(_variant.c.id)
        .having(sa.or_(at_least.is_(None), units >= at_least), sa.or_(at_most.is_(None), units <= at_most))
    )
    return c.product_id.in_(fitting)


def _available(c: Columns, wanted: Any) -> Clause:
    return sa.func.coalesce(c.available_for_purchase_at <= NOW, sa.false()) == wanted


_PARTS: dict[str, _Part] = {
    "product_ids": _any("product_id"),
    "slugs": _Part((_TEXTS,), lambda c, slugs: _product(c, _filtered.c.slug == sa.any_(slugs)), _listed),
    "names": _Part((_TEXTS,), lambda c, names: _product(c, _filtered.c.name == sa.any_(names)), _listed),
    "category_ids": _overlaps("category_ids"),
    "own_category_ids": _Part((_IDS,), lambda c, ids: _product(c, _filtered.c.category_id == sa.any_(ids)), _listed),
    "has_category": _Part((sa.Boolean,), _has_category),
    "collection_ids": _overlaps("collection_ids"),
    "product_type_ids": _any("product_type_id"),
    "gift_card": _Part((sa.Boolean,), _gift_card),
    "price_from": _at_least("price_amount", sa.BigInteger),
    "price_to": _at_most("price_amount", sa.BigInteger),
    "minimal_from": _at_least("minimal_amount", sa.BigInteger),
    "minimal_to": _at_most("minimal_amount", sa.BigInteger),
    "in_stock": _flag("in_stock"),
    "stocks": _Part(
        (sa.ARRAY(sa.Uuid), sa.BigInteger, sa.BigInteger),
        _stocks,
        lambda s: (None if s.warehouse_ids is None else list(s.warehouse_ids), s.at_least, s.at_most),
    ),
    "available": _Part((sa.Boolean,), _available),
    "available_by": _at_most("available_for_purchase_at", _TIME),
    "is_published": _flag("is_published"),
    "published_by": _at_most("published_at", _TIME),
    "visible": _flag("visible_in_listings"),
    "updated_from": _at_least("updated_at", _TIME),
    "updated_to": _at_most("updated_at", _TIME),
    "metadata": _Part(
        (JSONB, _TEXTS),
        lambda c, pairs, keys: _product(c, _filtered.c.meta.op("@>")(pairs), _filtered.c.meta.op("?&")(keys)),
        lambda pairs: ({k: v for k, v in pairs if v is not None}, [k for k, v in pairs if v is None]),
    ),
}
_FOR_STAFF = {**_PARTS, "collection_ids": _Part((_IDS,), _in_collections, _listed)}
"""Staff also ask for collections that are not published."""
_GROUP = _overlaps("value_ids")
assert {f.name for f in fields(ListingFilter)} - set(_PARTS) == {
    "channel_id", "published_only", "collection_id", "value_groups", "all_of", "any_of"
}  # fmt: skip


def everywhere() -> sa.Subquery:
    """All products in the columns of the listing, for staff who ask without a channel: no price, never published."""
    nothing = sa.null()
    return (
        sa.select(
            sa.cast(nothing, sa.BigInteger).label("channel_id"),
            _p.c.id.label("product_id"),
            sa.false().label("is_published"),
            _p.c.created_at.label("published_at"),
            sa.true().label("visible_in_listings"),
            sa.cast(nothing, _TIME).label("available_for_purchase_at"),
            _p.c.name_key,
            _p.c.product_type_id,
            sa.cast(nothing, sa.BigInteger).label("price_amount"),
            sa.cast(nothing, sa.BigInteger).label("minimal_amount"),
            sa.exists()
            .where(
                _variant.c.product_id == _p.c.id,
                _stock.c.variant_id == _variant.c.id,
                _stock.c.on_hand > _stock.c.allocated,
            )
            .label("in_stock"),
            sa.func.coalesce(_p.c.rating, 0.0).label("rating"),
            sa.func.coalesce(_category.c.path, sa.cast(sa.literal("{}"), _IDS)).label("category_ids"),
            _gathered(sa.select(_member.c.collection_id).where(_member.c.product_id == _p.c.id)).label(
                "collection_ids"
            ),
            _gathered(
                sa.union(
                    sa.select(_value.c.value_id).where(_value.c.product_id == _p.c.id).correlate(_p),
                    sa.select(_variant_value.c.value_id)
                    .join(_variant, _variant.c.id == _variant_value.c.variant_id)
                    .where(_variant.c.product_id == _p.c.id)
                    .correlate(_p),
                )
            ).label("value_ids"),
            _p.c.created_at,
            _p.c.updated_at,
        )
        .select_from(_p)
        .outerjoin(_category, _category.c.id == _p.c.category_id)
        .subquery("product_listing")
    )


def _gathered(select: Any) -> sa.ColumnElement[Any]:
    return sa.func.array(select.scalar_subquery(), type_=_IDS)


def shape(filter: ListingFilter) -> tuple[Any, ...]:
    """Equal for filters whose statements differ in values only."""
    return (
        filter.channel_id is None,
        filter.published_only,
        filter.collection_id is not None,
        *_tree(filter),
    )


def _tree(filter: ListingFilter) -> tuple[Any, ...]:
    return (
        tuple(name for name in _PARTS if getattr(filter, name) is not None),
        len(filter.value_groups),
        tuple(_tree(nested) for nested in filter.all_of),
        tuple(_tree(nested) for nested in filter.any_of),
    )


def where(filter: ListingFilter, c: Columns, channel_id: Any = CHANNEL) -> list[Clause]:
    """The conditions on the listing's columns; `parameters` gives their values in the same order of names."""
    clauses: list[Clause] = []
    if filter.channel_id is not None:
        clauses.append(c.channel_id == channel_id)
    if filter.published_only:
        clauses += [
            c.is_published.is_(True),
            c.published_at <= NOW,
            c.visible_in_listings.is_(True),
            c.minimal_amount.is_not(None),
        ]
    if filter.collection_id is not None:
        inside = sa.bindparam("collection_id", type_=sa.BigInteger)
        clauses.append(_member_of(c, inside))
    return clauses + _clauses(filter, c, _names(), _PARTS if filter.published_only else _FOR_STAFF)


def _names() -> Iterator[str]:
    return (f"part_{number}" for number in count())


def _clauses(filter: ListingFilter, c: Columns, names: Iterator[str], parts: dict[str, _Part]) -> list[Clause]:
    def bound(part: _Part) -> Clause:
        return part.clause(c, *(sa.bindparam(next(names), type_=kind) for kind in part.types))

    clauses = [bound(part) for name, part in parts.items() if getattr(filter, name) is not None]
    clauses += [bound(_GROUP) for _ in filter.value_groups]
    for nested in filter.all_of:
        clauses += _clauses(nested, c, names, parts)
    if filter.any_of:
        alternatives = [sa.and_(sa.true(), *_clauses(nested, c, names, parts)) for nested in filter.any_of]
        clauses.append(sa.or_(*alternatives))
    return clauses


def parameters(filter: ListingFilter, now: datetime) -> dict[str, Any]:
    """Values for the names in `where`."""
    found: dict[str, Any] = dict(zip(_names(), _values(filter), strict=False))
    if filter.channel_id is not None:
        found["channel_id"] = filter.channel_id
    if filter.collection_id is not None:
        found["collection_id"] = filter.collection_id
    if filter.published_only or _asks_availability(filter):
        found["now"] = now
    return found


def _values(filter: ListingFilter) -> Iterator[Any]:
    for name, part in _PARTS.items():
        value = getattr(filter, name)
        if value is not None:
            yield from part.values(value)
    for group in filter.value_groups:
        yield list(group)
    for nested in (*filter.all_of, *filter.any_of):
        yield from _values(nested)


def _asks_availability(filter: ListingFilter) -> bool:
    return filter.available is not None or any(_asks_availability(f) for f in (*filter.all_of, *filter.any_of))
