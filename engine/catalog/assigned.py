"""Which attributes products and variants carry, with what values.

A selection is `{"attribute": row, "values": [rows], "channel_id": …}`; every attribute of the type is there, in the
type's order, with no values where none is set.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeValue
from engine.attributes.queries import ATTRIBUTE, VALUE
from engine.catalog.models import (
    Product,
    ProductAttributeValue,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
)
from engine.catalog.rules import sees_all
from engine.core.context import Ctx, Row
from engine.core.rows import grouped
from engine.core.statements import Statement
from engine.core.tables import table

_a = table(Attribute)
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
_TYPES_OF_VARIANTS = Statement(
    sa.select(_variant.c.id, _p.c.product_type_id)
    .join(_p, _p.c.id == _variant.c.product_id)
    .where(_variant.c.id == sa.any_(_IDS))
)
_VALUES_OF_PRODUCTS = Statement(
    sa.select(_product_value.c.product_id.label("owner_id"), *VALUE)
    .join(_v, _v.c.id == _product_value.c.value_id)
    .where(_product_value.c.product_id == sa.any_(_IDS))
    .order_by(_product_value.c.product_id, _product_value.c.sort_order, _v.c.sort_order, _v.c.id)
)
_VALUES_OF_VARIANTS = Statement(
    sa.select(_variant_value.c.variant_id.label("owner_id"), *VALUE)
    .join(_v, _v.c.id == _variant_value.c.value_id)
    .where(_variant_value.c.variant_id == sa.any_(_IDS))
    .order_by(_variant_value.c.variant_id, _variant_value.c.sort_order, _v.c.sort_order, _v.c.id)
)


async def attributes_of_types(ctx: Ctx, type_ids: Sequence[int], scope: str) -> list[list[Row]]:
    """The attributes of each type for `scope` PRODUCT or VARIANT; rows also carry `variant_selection`.

    Shoppers do not get attributes hidden from the storefront.
    """
    rows = await ctx.fetch(_ATTRIBUTES, ids=list(dict.fromkeys(type_ids)))
    every = sees_all(ctx.caller)
    kept = [row for row in rows if row["scope"] == scope and (every or row["visible_in_storefront"])]
    return grouped(type_ids, kept, "product_type_id")


async def of_products(ctx: Ctx, products: Sequence[Row]) -> list[list[Row]]:
    """The selections of product rows."""
    attributes = await attributes_of_types(ctx, [row["product_type_id"] for row in products], "PRODUCT")
    values = await ctx.fetch(_VALUES_OF_PRODUCTS, ids=[row["id"] for row in products])
    return _selections(products, attributes, values)


async def of_variants(ctx: Ctx, variants: Sequence[Row]) -> list[list[Row]]:
    """The selections of variant rows; their attribute rows also carry `variant_selection`."""
    ids = [row["id"] for row in variants]
    types = {row["id"]: row["product_type_id"] for row in await ctx.fetch(_TYPES_OF_VARIANTS, ids=ids)}
    attributes = await attributes_of_types(ctx, [types[id] for id in ids], "VARIANT")
    values = await ctx.fetch(_VALUES_OF_VARIANTS, ids=ids)
    return _selections(variants, attributes, values)


def _selections(owners: Sequence[Row], attributes: list[list[Row]], values: list[Row]) -> list[list[Row]]:
    by_owner: dict[tuple[int, int], list[Row]] = {}
    for value in values:
        by_owner.setdefault((value["owner_id"], value["attribute_id"]), []).append(value)
    return [
        [
            {
                "attribute": attribute,
                "values": by_owner.get((owner["id"], attribute["id"]), []),
                "channel_id": owner.get("channel_id"),
            }
            for attribute in own
        ]
        for owner, own in zip(owners, attributes, strict=True)
    ]
