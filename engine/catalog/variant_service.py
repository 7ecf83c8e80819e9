"""Changes to variants. Their stock and prices are other domains'; the listing mirrors them: a flow refreshes it."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.attributes.assign import Faulty, Given, Holder, assign, forget
from engine.catalog import assigned, queries
from engine.catalog.errors import Claimed, UnknownProduct, UnknownVariant
from engine.catalog.models import (
    Product,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
)
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.locking import Rank, lock_rows
from engine.core.reorder import moved, set_order
from engine.core.slugs import Taken, judge_name, reference_taken, uniquely
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table

_p = table(Product)
_v = table(ProductVariant)
_of_type = table(ProductTypeAttribute)
_held = table(VariantAttributeValue)
_ARRAY = sa.ARRAY(sa.BigInteger)
_IDS = sa.bindparam("ids", type_=_ARRAY)
_ID = sa.bindparam("id", type_=sa.BigInteger)
VARIANTS = Holder("variant", _held, "variant_id")
TAKEN: Taken = {
    "uq_product_variant_sku": lambda: Refusal(
        "Product variant with this SKU already exists.", field="sku", code="UNIQUE"
    ),
    "uq_product_variant_external_reference": reference_taken("Product variant"),
}
_PRODUCT = Statement(sa.select(_p.c.id, _p.c.product_type_id).where(_p.c.id == _ID))
_LOCK_PRODUCT = Statement(
    sa.select(_p.c.id, _p.c.default_variant_id).where(_p.c.id == _ID).with_for_update(key_share=True)
)
_ORDER = Statement(sa.select(_v.c.id).where(_v.c.product_id == _ID).order_by(_v.c.sort_order, _v.c.id))
_CHOSEN_BY = Statement(
    sa.text(
        "SELECT v.id, coalesce(array_agg(a.id ORDER BY a.id) FILTER (WHERE a.id IS NOT NULL), '{}') AS value_ids,"
        " string_agg(a.name, ' / ' ORDER BY t.sort_order, a.id) AS name"
        " FROM product_variant v JOIN product p ON p.id = v.product_id"
        " LEFT JOIN product_variant_attribute_value h ON h.variant_id = v.id"
        " LEFT JOIN attribute_value a ON a.id = h.value_id"
        "  AND EXISTS (SELECT FROM product_type_attribute t WHERE t.product_type_id = p.product_type_id"
        "   AND t.attribute_id = a.attribute_id AND t.scope = 'VARIANT' AND t.variant_selection)"
        " LEFT JOIN product_type_attribute t ON t.product_type_id = p.product_type_id"
        "  AND t.attribute_id = a.attribute_id"
        " WHERE v.product_id = :id GROUP BY v.id ORDER BY v.id"
    ).bindparams(_ID)
)


async def create_variant(tx: WriteCtx, product_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> int:
    """The id of a new variant, last of its product, without price and stock. Call `settle` after it.

    `given` are columns: sku, name, track_inventory, weight_grams, quantity_limit_per_customer, external_reference, meta
    and private_meta. Raises NotFound, Refusal, Faulty.
    """
    product = await tx.first(_PRODUCT, id=product_id)
    if product is None:
        raise NotFound("Couldn't resolve to a product.", field="product")
    values = dict(given)
    _judge(values)
    last = sa.select(sa.func.coalesce(sa.func.max(_v.c.sort_order), 0) + 1).where(_v.c.product_id == product_id)
    row = {"name": "", **values, "product_id": product_id, "sort_order": last.scalar_subquery()}
    made = await uniquely(tx, sa.insert(_v).values(**row).returning(_v.c.id), TAKEN)
    variant_id = int(made.scalar_one())
    carried = await assigned.carried_by_type(tx, product["product_type_id"], "VARIANT")
    await assign(tx, VARIANTS, variant_id, carried, attributes, complete=True)
    tx.emit("product_variant.created", "ProductVariant", variant_id, product_id=product_id)
    return variant_id


async def update_variant(tx: WriteCtx, variant_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> int:
    """Set columns as in `create_variant` (of meta and private_meta the pairs to add), and attributes that are given.

    The id of its product. Call `settle` after it. Raises UnknownVariant, Refusal, Faulty.
    """
    values = dict(given)
    _judge(values)
    for pairs in ("meta", "private_meta"):
        if pairs in values:
            values[pairs] = _v.c[pairs].concat(sa.cast(values[pairs], _v.c[pairs].type))
    update = sa.update(_v).where(_v.c.id == variant_id).values(**values, updated_at=tx.clock.now())
    product_id = (await uniquely(tx, update.returning(_v.c.product_id), TAKEN)).scalar_one_or_none()
    if product_id is None:
        raise UnknownVariant
    if attributes:
        product = await tx.first(_PRODUCT, id=product_id)
        carried = await assigned.carried_by_type(tx, product["product_type_id"] if product else 0, "VARIANT")
        await assign(tx, VARIANTS, variant_id, carried, attributes, complete=False)
    tx.emit("product_variant.updated", "ProductVariant", variant_id, product_id=product_id)
    return int(product_id)


async def settle(tx: WriteCtx, product_id: int, variant_ids: Sequence[int]) -> None:
    """Once these variants are made or changed: each has a name and a choice of values of its own, and the product a
    variant that it shows first. Locks the product, so that two at once cannot be the same choice.

    Raises Faulty where a choice is another variant's already.
    """
    rows = await lock_rows(tx, Rank.LISTING, _LOCK_PRODUCT, id=product_id)
    if not rows:
        raise UnknownProduct
    changed = set(variant_ids)
    chosen = await tx.fetch(_CHOSEN_BY, id=product_id)
    taken: dict[tuple[int, ...], int] = {}
    for row in sorted(chosen, key=lambda each: each["id"] in changed):
        values = tuple(row["value_ids"])
        if values and taken.setdefault(values, row["id"]) != row["id"] and row["id"] in changed:
            raise Faulty("Duplicated attribute values for product variant.", code="DUPLICATED_INPUT_ITEM")
    for row in chosen:
        if row["id"] in changed:
            named = row["name"] or sa.func.coalesce(_v.c.sku, to_global("ProductVariant", row["id"]))
            await tx.execute(sa.update(_v).where(_v.c.id == row["id"], _v.c.name == "").values(name=named))
    if rows[0]["default_variant_id"] is None:
        await _default_to_first(tx, product_id)


async def delete_variants(tx: WriteCtx, variant_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there. Raises Claimed."""
    rows = [row for row in await queries.variants_of_keys(tx, [(id, None) for id in variant_ids]) if row is not None]
    ids = [row["id"] for row in rows]
    await forget(tx, VARIANTS, ids)
    gone = sa.delete(_v).where(_v.c.id == sa.any_(sa.literal(ids, _ARRAY)))
    await uniquely(tx, gone, {"fk_allocation_stock_id_stock": Claimed})
    for row in rows:
        tx.emit("product_variant.deleted", "ProductVariant", row["id"], product_id=row["product_id"], row=packed(row))
    for product_id in sorted({row["product_id"] for row in rows}):
        (product,) = await lock_rows(tx, Rank.LISTING, _LOCK_PRODUCT, id=product_id) or (None,)
        if product is not None and product["default_variant_id"] is None:
            await _default_to_first(tx, product_id)
    return rows


async def set_default(tx: WriteCtx, product_id: int, variant_id: int) -> None:
    """Raises UnknownProduct, and Refusal for a variant of another product."""
    if not await lock_rows(tx, Rank.LISTING, _LOCK_PRODUCT, id=product_id):
        raise UnknownProduct
    if variant_id not in [row["id"] for row in await tx.fetch(_ORDER, id=product_id)]:
        message = "Provided variant doesn't belong to provided product."
        raise Refusal(message, field="productId", code="NOT_PRODUCTS_VARIANT")
    await tx.execute(sa.update(_p).where(_p.c.id == product_id).values(default_variant_id=variant_id))
    tx.emit("product.updated", "Product", product_id)


async def reorder_variants(tx: WriteCtx, product_id: int, moves: Sequence[tuple[int, int]]) -> None:
    """Move variants by so many places. Raises UnknownProduct, NotFound."""
    if not await lock_rows(tx, Rank.LISTING, _LOCK_PRODUCT, id=product_id):
        raise UnknownProduct
    try:
        order = moved([row["id"] for row in await tx.fetch(_ORDER, id=product_id)], moves)
    except KeyError as error:
        raise NotFound("Couldn't resolve to a variant of the product.", field="moves") from error
    await set_order(tx, _v, order)
    tx.emit("product.updated", "Product", product_id)


async def _default_to_first(tx: WriteCtx, product_id: int) -> None:
    first = sa.select(_v.c.id).where(_v.c.product_id == product_id).order_by(_v.c.sort_order, _v.c.id).limit(1)
    await tx.execute(sa.update(_p).where(_p.c.id == product_id).values(default_variant_id=first.scalar_subquery()))


def _judge(values: dict[str, Any]) -> None:
    if values.get("name") is None:
        values.pop("name", None)
    elif values["name"]:
        judge_name(values)
    if "sku" in values:
        values["sku"] = (values["sku"] or "").strip() or None
    weight, limit = values.get("weight_grams"), values.get("quantity_limit_per_customer")
    if weight is not None and not 0 <= weight < 2**31:
        raise Refusal("Product variant can't have negative weight.", field="weight")
    if limit is not None and limit < 1:
        message = "Product variant can't have quantity limit per customer lower than 1."
        raise Refusal(message, field="quantityLimitPerCustomer")
