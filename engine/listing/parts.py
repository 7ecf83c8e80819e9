"""How each field of a `ListingFilter` narrows the listing."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

from engine.catalog.models import CollectionProduct, Product, ProductType, ProductVariant
from engine.core.tables import table
from engine.core.text import fold
from engine.inventory.models import Stock, Warehouse
from engine.listing import values
from engine.listing.rules import BESIDE, ListingFilter, StockRange, ValueCriterion

NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))

# under names of their own, for the statements around them may join the same tables
_filtered = table(Product).alias("filtered")
_filtered_type = table(ProductType).alias("filtered_type")
_filtered_member = table(CollectionProduct).alias("filtered_member")
_filtered_variant = table(ProductVariant).alias("filtered_variant")
_filtered_stock = table(Stock).alias("filtered_stock")
_enough = table(Stock).alias("enough")
_warehouse = table(Warehouse).alias("filtered_warehouse")

Columns: TypeAlias = Any
"""Those of `LISTING`, or of `everywhere()`."""
Clause: TypeAlias = Any
"""An SQL condition."""
Binds: TypeAlias = Sequence[tuple[Any, Any]]
"""The types and the values of what a clause binds."""

IDS = sa.ARRAY(sa.BigInteger)
TEXTS = sa.ARRAY(sa.Text)
TIME = sa.DateTime(timezone=True)
# not SQLAlchemy's own, which drop what they make superfluous and its parameters with it
ALWAYS = sa.literal_column("true", sa.Boolean)
NEVER = sa.literal_column("false", sa.Boolean)
_NO_IDS = sa.literal_column("'{}'::bigint[]", IDS)


@dataclass(frozen=True)
class Part:
    """How one field of the filter narrows.

    `clause(columns, value, *parameters)` gets a parameter for each of `binds(value)`, and looks at the value itself for
    no more than `kind(value)` tells: that is in the text, where PostgreSQL sees it before it plans.
    """

    clause: Callable[..., Clause]
    binds: Callable[[Any], Binds]
    kind: Callable[[Any], Hashable] = lambda value: None


def bound(kind: Any, clause: Callable[[Columns, Any], Clause]) -> Part:
    """One parameter, the value as it is; a tuple as a list."""
    return Part(
        lambda c, _, parameter: clause(c, parameter),
        lambda value: [(kind, list(value) if isinstance(value, tuple) else value)],
    )


def flag(clause: Callable[[Columns, bool], Clause]) -> Part:
    return Part(clause, lambda _: (), lambda wanted: bool(wanted))


def _is(column: str) -> Part:
    return flag(lambda c, wanted: c[column] if wanted else sa.not_(c[column]))


def _any(column: str) -> Part:
    return bound(IDS, lambda c, ids: c[column] == sa.any_(ids))


def _overlaps(column: str) -> Part:
    return bound(IDS, lambda c, ids: c[column].op("&&")(ids))


def _at_least(column: str, kind: Any) -> Part:
    return bound(kind, lambda c, least: c[column] >= least)


def _at_most(column: str, kind: Any) -> Part:
    return bound(kind, lambda c, most: c[column] <= most)


def _product(c: Columns, *conditions: Clause) -> Clause:
    return c.product_id.in_(sa.select(_filtered.c.id).where(*conditions))


def _named(c: Columns, _: Any, keys: Any, names: Any) -> Clause:
    return sa.and_(c.name_key == sa.any_(keys), _product(c, _filtered.c.name == sa.any_(names)))


def _below_and_in(c: Columns, ids: Any) -> Clause:
    """The last of the categories is the product's own."""
    own = c.category_ids[sa.func.cardinality(c.category_ids)]
    return sa.and_(c.category_ids.op("&&")(ids), own == sa.any_(ids))


def member_of(c: Columns, collection: Any) -> Clause:
    return (
        sa.exists()
        .where(_filtered_member.c.product_id == c.product_id, _filtered_member.c.collection_id == collection)
        .correlate_except(_filtered_member)
    )


def _gift_card(c: Columns, wanted: bool) -> Clause:
    cards = sa.select(_filtered_type.c.id).where(_filtered_type.c.kind == sa.literal_column("'GIFT_CARD'", sa.Text))
    return c.product_type_id.in_(cards) if wanted else c.product_type_id.not_in(cards)


def _stocks(c: Columns, range: StockRange, *parameters: Any) -> Clause:
    """Beside the sum over the warehouses, what an index knows: none holds more than the most, one its share of the
    least."""
    given = iter(parameters)
    inside, around, sums = [_filtered_stock.c.variant_id == _filtered_variant.c.id], [], []
    units = sa.func.sum(_filtered_stock.c.on_hand)
    shares: Any = (
        sa.select(sa.func.greatest(sa.func.count(), 1, type_=sa.BigInteger)).select_from(_warehouse).scalar_subquery()
    )
    if range.warehouse_ids is not None:
        warehouses = next(given)
        inside.append(_filtered_stock.c.warehouse_id == sa.any_(warehouses))
        around.append(_enough.c.warehouse_id == sa.any_(warehouses))
        shares = sa.func.greatest(sa.func.cardinality(warehouses), 1, type_=sa.BigInteger)
    if range.at_least is not None:
        least = next(given)
        sums.append(units >= least)
        around.append(_enough.c.on_hand >= least // shares)
    if range.at_most is not None:
        most = next(given)
        sums.append(units <= most)
        around.append(_enough.c.on_hand <= most)
    some = sa.select(_enough.c.variant_id).where(*around)
    fitting = sa.select(sa.and_(ALWAYS, *sums)).where(*inside).scalar_subquery()
    variant = sa.exists().where(
        _filtered_variant.c.product_id == c.product_id, _filtered_variant.c.id.in_(some), fitting
    )
    # asked once, so that a range in which nothing lies costs no look at every product
    any_at_all = sa.select(sa.exists(some)).scalar_subquery()
    return sa.and_(any_at_all, variant.correlate_except(_filtered_variant, _filtered_stock, _enough, _warehouse))


def _stock_binds(range: StockRange) -> Binds:
    warehouses = range.warehouse_ids
    return [
        *([] if warehouses is None else [(sa.ARRAY(sa.Uuid), list(warehouses))]),
        *((sa.BigInteger, units) for units in (range.at_least, range.at_most) if units is not None),
    ]


def _available(c: Columns, wanted: bool) -> Clause:
    since = c.available_for_purchase_at
    return since <= NOW if wanted else sa.or_(since.is_(None), since > NOW)


def _metadata(c: Columns, pairs: Any, *parameters: Any) -> Clause:
    given = iter(parameters)
    inside, keys = _meta_kind(pairs)
    meta = _filtered.c.meta
    asked = [*([meta.op("@>")(next(given))] if inside else []), *([meta.op("?&")(next(given))] if keys else [])]
    return _product(c, *asked) if asked else ALWAYS


def _meta_kind(pairs: Any) -> tuple[bool, bool]:
    return any(value is not None for _, value in pairs), any(value is None for _, value in pairs)


def _meta_binds(pairs: Any) -> Binds:
    inside = {key: value for key, value in pairs if value is not None}
    keys = [key for key, value in pairs if value is None]
    return [*([(JSONB, inside)] if inside else []), *([(TEXTS, keys)] if keys else [])]


def _carries(c: Columns, group: Any, *parameters: Any) -> Clause:
    if not isinstance(group, ValueCriterion):
        return c.value_ids.op("&&")(parameters[0])
    own = sa.func.unnest(c.value_ids).table_valued("id").render_derived(name="own_value")
    # in this form the values that meet it are gathered once, not looked up for every product
    met = own.c.id.in_(meeting(group, parameters)).is_(True)
    return sa.exists(sa.select(own.c.id).where(met)).correlate_except(own)


def meeting(criterion: ValueCriterion, parameters: Sequence[Any]) -> sa.Select[Any]:
    """The ids of the values that meet it."""
    given = iter(parameters)
    return values.meeting(criterion, lambda _: next(given))


def group_part(carries: Callable[..., Clause]) -> Part:
    """`carries(columns, group, *parameters)` for one of the value groups; the ids of a group are one parameter."""
    return Part(carries, _group_binds, _group_kind)


def _group_binds(group: Any) -> Binds:
    return values.binds(group) if isinstance(group, ValueCriterion) else [(IDS, list(group))]


def _group_kind(group: Any) -> Hashable:
    return values.shape(group) if isinstance(group, ValueCriterion) else None


PARTS: dict[str, Part] = {
    "product_ids": _any("product_id"),
    "slugs": bound(TEXTS, lambda c, slugs: _product(c, _filtered.c.slug == sa.any_(slugs))),
    "names": Part(_named, lambda names: [(TEXTS, [fold(name) for name in names]), (TEXTS, list(names))]),
    "category_ids": _overlaps("category_ids"),
    "own_category_ids": bound(IDS, _below_and_in),
    "has_category": flag(lambda c, wanted: c.category_ids != _NO_IDS if wanted else c.category_ids == _NO_IDS),
    "collection_ids": _overlaps("collection_ids"),
    "product_type_ids": _any("product_type_id"),
    "gift_card": flag(_gift_card),
    "price_from": _at_least("price_amount", sa.BigInteger),
    "price_to": _at_most("price_amount", sa.BigInteger),
    "minimal_from": _at_least("minimal_amount", sa.BigInteger),
    "minimal_to": _at_most("minimal_amount", sa.BigInteger),
    "in_stock": _is("in_stock"),
    "stocks": Part(
        _stocks,
        _stock_binds,
        lambda range: tuple(part is None for part in (range.warehouse_ids, range.at_least, range.at_most)),
    ),
    "available": flag(_available),
    "available_by": _at_most("available_for_purchase_at", TIME),
    "is_published": _is("is_published"),
    "published_by": _at_most("published_at", TIME),
    "visible": _is("visible_in_listings"),
    "updated_from": _at_least("updated_at", TIME),
    "updated_to": _at_most("updated_at", TIME),
    "metadata": Part(_metadata, _meta_binds, _meta_kind),
}
GROUP = group_part(_carries)
assert {field.name for field in fields(ListingFilter)} == PARTS.keys() | BESIDE
