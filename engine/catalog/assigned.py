"""Which attributes products and variants carry, with what values.

A selection is `{"attribute": row, "values": [rows], "variant_selection": …, "channel_id": …}`; every attribute of the
type is there, in the type's order, with no values where none is set.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeValue
from engine.attributes.queries import ATTRIBUTE, OF_VALUE, OF_VALUE_PLAIN, VALUE
from engine.catalog.models import (
    Product,
    ProductAttributeValue,
    ProductType,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
)
from engine.catalog.rules import sees_all
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table

_a = table(Attribute)
_type = table(ProductType)
_shapes = ShapeCache(32)
_v = table(AttributeValue)
_p = table(Product)
_variant = table(ProductVariant)
_assigned = table(ProductTypeAttribute)
_product_value = table(ProductAttributeValue)
_variant_value = table(VariantAttributeValue)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

_ATTRIBUTES = Statement(
    sa.select(_assigned.c.product_type_id, _assigned.c.scope, _assigned.c.variant_selection, *ATTRIBUTE)
    .join(_a, _a.c.id == _assigned.c.attribute_id)
    .where(_assigned.c.product_type_id == sa.any_(_IDS))
    .order_by(_assigned.c.product_type_id, _assigned.c.scope, _assigned.c.sort_order, _a.c.id)
)
_SCOPE = sa.bindparam("scope", type_=sa.Text)
_parent = sa.func.unnest(_IDS).table_valued("id").render_derived(name="parent")
_TYPES = Keyset(Key("slug", sa.collate(_type.c.slug, "C")))
_TYPE_COUNTS = Statement(
    sa.select(_assigned.c.attribute_id, sa.func.count().label("types"))
    .where(_assigned.c.attribute_id == sa.any_(_IDS), _assigned.c.scope == _SCOPE)
    .group_by(_assigned.c.attribute_id)
)
_ALL = sa.bindparam("sees_all", type_=sa.Boolean)


def _selected(attribute: Edge, owners: Any, owner_id: Any, scope: str, held: Any, held_by: Any) -> Statement:
    """A row for each value that an owner has of an attribute, or one without value for an attribute it has none of."""
    source = owners.join(
        _assigned,
        sa.and_(
            _assigned.c.product_type_id == _p.c.product_type_id,
            _assigned.c.scope == sa.literal_column(f"'{scope}'", sa.Text),
        ),
    )
    values = held.join(_v, _v.c.id == held.c.value_id)
    joined = attribute.join(source, _assigned.c, None).outerjoin(
        values, sa.and_(held_by == owner_id, held_by == sa.any_(_IDS), _v.c.attribute_id == _a.c.id)
    )
    return Statement(
        sa.select(owner_id.label("owner_id"), _assigned.c.variant_selection, *attribute.columns, *VALUE)
        .select_from(joined)
        .where(owner_id == sa.any_(_IDS), sa.or_(_ALL, _a.c.visible_in_storefront))
        .order_by(owner_id, _assigned.c.sort_order, _a.c.id, held.c.sort_order, _v.c.sort_order, _v.c.id)
    )


def _of_products(attribute: Edge) -> Statement:
    return _selected(attribute, _p, _p.c.id, "PRODUCT", _product_value, _product_value.c.product_id)


def _of_variants(attribute: Edge) -> Statement:
    owners = _variant.join(_p, _p.c.id == _variant.c.product_id)
    return _selected(attribute, owners, _variant.c.id, "VARIANT", _variant_value, _variant_value.c.variant_id)


_OF_PRODUCTS = {edge: _of_products(edge) for edge in (OF_VALUE, OF_VALUE_PLAIN)}
_OF_VARIANTS = {edge: _of_variants(edge) for edge in (OF_VALUE, OF_VALUE_PLAIN)}


async def attributes_of_types(ctx: Ctx, type_ids: Sequence[int], scope: str) -> list[list[Row]]:
    """The attributes of each type for `scope` PRODUCT or VARIANT; rows also carry `variant_selection`.

    Shoppers do not get attributes hidden from the storefront.
    """
    rows = await ctx.fetch(_ATTRIBUTES, ids=list(dict.fromkeys(type_ids)))
    every = sees_all(ctx.caller)
    kept = [row for row in rows if row["scope"] == scope and (every or row["visible_in_storefront"])]
    return grouped(type_ids, kept, "product_type_id")


async def carried_by_type(ctx: Ctx, type_id: int, scope: str) -> list[Row]:
    """All attributes of a type for `scope` PRODUCT or VARIANT, for who writes them."""
    return [row for row in await ctx.fetch(_ATTRIBUTES, ids=[type_id]) if row["scope"] == scope]


async def ids_of_types(ctx: Ctx, type_ids: Sequence[int]) -> list[list[int]]:
    """The ids of all attributes of each type, for products and for variants."""
    rows = await ctx.fetch(_ATTRIBUTES, ids=list(dict.fromkeys(type_ids)))
    return [[row["id"] for row in own] for own in grouped(type_ids, rows, "product_type_id")]


async def type_pages(ctx: Ctx, attribute_ids: Sequence[int], scope: str, args: PageArgs) -> list[Page]:
    """A page, by slug, of the types that carry each attribute for `scope` PRODUCT or VARIANT."""
    statement = _shapes.get(_TYPES.shape(args), lambda: _carrying(args))
    ids = list(dict.fromkeys(attribute_ids))
    rows = await ctx.fetch(statement, ids=ids, scope=scope, **_TYPES.parameters(args))
    return [_TYPES.page(list(found), args) for found in grouped(attribute_ids, rows, "attribute_id")]


async def type_counts(ctx: Ctx, attribute_ids: Sequence[int], scope: str) -> list[int]:
    rows = await ctx.fetch(_TYPE_COUNTS, ids=list(dict.fromkeys(attribute_ids)), scope=scope)
    found = {row["attribute_id"]: row["types"] for row in rows}
    return [found.get(id, 0) for id in attribute_ids]


def _carrying(args: PageArgs) -> sa.Select[Any]:
    own = sa.select(_type, _assigned.c.attribute_id).join(_assigned, _assigned.c.product_type_id == _type.c.id)
    own = own.where(_assigned.c.attribute_id == _parent.c.id, _assigned.c.scope == _SCOPE)
    each = _TYPES.apply(own, args).lateral("carrying")
    return sa.select(each).select_from(_parent.join(each, sa.true()))


async def of_products(ctx: Ctx, products: Sequence[Row], *, meta: bool = True) -> list[list[Row]]:
    """The selections of product rows. Without `meta` the attributes have no metadata."""
    return await _selections(ctx, products, _OF_PRODUCTS, meta)


async def of_variants(ctx: Ctx, variants: Sequence[Row], *, meta: bool = True) -> list[list[Row]]:
    """The selections of variant rows."""
    return await _selections(ctx, variants, _OF_VARIANTS, meta)


async def _selections(
    ctx: Ctx, owners: Sequence[Row], statements: dict[Edge, Statement], meta: bool
) -> list[list[Row]]:
    edge = OF_VALUE if meta else OF_VALUE_PLAIN
    ids = list(dict.fromkeys(row["id"] for row in owners))
    rows = await ctx.fetch(statements[edge], ids=ids, sees_all=sees_all(ctx.caller))
    found: dict[int, list[tuple[Row, list[Row], bool]]] = {id: [] for id in ids}
    for row, attribute in zip(rows, edge.taken(rows) or (), strict=True):
        own = found[row["owner_id"]]
        if not own or own[-1][0] is not attribute:
            own.append((attribute, [], row["variant_selection"]))
        if row["id"] is not None:
            own[-1][1].append(row)
    return [
        [
            {
                "attribute": attribute,
                "values": values,
                "variant_selection": by_it,
                "channel_id": owner.get("channel_id"),
            }
            for attribute, values, by_it in found[owner["id"]]
        ]
        for owner in owners
    ]
