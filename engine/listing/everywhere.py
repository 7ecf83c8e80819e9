"""All products in the columns of the listing, for staff who ask without a channel."""

from typing import Any

import sqlalchemy as sa

from engine.catalog.models import (
    Category,
    CollectionProduct,
    Product,
    ProductAttributeValue,
    ProductVariant,
    VariantAttributeValue,
)
from engine.core.tables import table
from engine.inventory.models import Stock
from engine.listing.parts import (
    ALWAYS,
    IDS,
    NEVER,
    PARTS,
    TIME,
    Clause,
    Columns,
    Part,
    bound,
    flag,
    group_part,
    meeting,
    member_of,
)
from engine.listing.rules import ValueCriterion

_p = table(Product)
_variant = table(ProductVariant)
_category = table(Category)
_member = table(CollectionProduct)
_stock = table(Stock)
_value = table(ProductAttributeValue)
_variant_value = table(VariantAttributeValue)
_shelf = table(Category).alias("shelf")
_carrier = table(ProductVariant).alias("carrier")
_carried = table(ProductAttributeValue).alias("carried_value")
_carried_by_variant = table(VariantAttributeValue).alias("carried_variant_value")


def everywhere() -> sa.Subquery:
    """No price, never published. `category_id` is there beside the columns of the listing."""
    nothing = sa.null()
    return (
        sa.select(
            sa.cast(nothing, sa.BigInteger).label("channel_id"),
            _p.c.id.label("product_id"),
            sa.false().label("is_published"),
            _p.c.created_at.label("published_at"),
            sa.true().label("visible_in_listings"),
            sa.cast(nothing, TIME).label("available_for_purchase_at"),
            _p.c.name_key,
            _p.c.product_type_id,
            sa.cast(nothing, sa.BigInteger).label("price_amount"),
            sa.cast(nothing, sa.BigInteger).label("minimal_amount"),
            sa.func.coalesce(_in_stock(), NEVER).label("in_stock"),
            sa.func.coalesce(_p.c.rating, sa.literal_column("0", sa.Double)).label("rating"),
            _p.c.category_id,
            sa.func.coalesce(_category.c.path, sa.literal_column("'{}'::bigint[]", IDS)).label("category_ids"),
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


def _in_stock() -> Any:
    """In a form that is looked up for the products of a page, not gathered for all beforehand."""
    some = sa.select(ALWAYS).where(
        _variant.c.product_id == _p.c.id, _stock.c.variant_id == _variant.c.id, _stock.c.on_hand > _stock.c.allocated
    )
    return some.limit(sa.literal_column("1")).correlate(_p).scalar_subquery()


def _gathered(select: Any) -> sa.ColumnElement[Any]:
    return sa.func.array(select.scalar_subquery(), type_=IDS)


def _on_shelves(c: Columns, ids: Any) -> Clause:
    return c.category_id.in_(sa.select(_shelf.c.id).where(_shelf.c.path.op("&&")(ids)))


def _assigned(c: Columns, group: Any, *parameters: Any) -> Clause:
    """What gathers a product's values has no index; what values are assigned to has."""

    def listed(value_id: Any) -> Clause:
        if isinstance(group, ValueCriterion):
            return value_id.in_(meeting(group, parameters))
        return value_id == sa.any_(parameters[0])

    of_variant = _carried_by_variant.c.variant_id == _carrier.c.id
    return c.product_id.in_(
        sa.union_all(
            sa.select(_carried.c.product_id).where(listed(_carried.c.value_id)),
            sa.select(_carrier.c.product_id)
            .join(_carried_by_variant, of_variant)
            .where(listed(_carried_by_variant.c.value_id)),
        )
    )


EVERYWHERE: dict[str, Part] = {
    **PARTS,
    "category_ids": bound(IDS, _on_shelves),
    "own_category_ids": bound(IDS, lambda c, ids: c.category_id == sa.any_(ids)),
    "has_category": flag(lambda c, wanted: c.category_id.is_not(None) if wanted else c.category_id.is_(None)),
    "collection_ids": bound(IDS, lambda c, ids: member_of(c, sa.any_(ids))),
}
EVERYWHERE_GROUP = group_part(_assigned)
