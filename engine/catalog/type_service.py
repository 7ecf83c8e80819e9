"""Changes to product types and to which attributes their products and variants carry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.attributes.models import Attribute, AttributeValue
from engine.catalog import queries
from engine.catalog.models import (
    Product,
    ProductAttributeValue,
    ProductType,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
)
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.reorder import moved, set_order
from engine.core.slugs import Taken, add_with_slug, judge_name, judge_slug, slug_taken, uniquely
from engine.core.statements import Statement
from engine.core.tables import table

_type = table(ProductType)
_of_type = table(ProductTypeAttribute)
_a = table(Attribute)
_value = table(AttributeValue)
_p = table(Product)
_v = table(ProductVariant)
_ARRAY = sa.ARRAY(sa.BigInteger)
_ID = sa.bindparam("id", type_=sa.BigInteger)
_IDS = sa.bindparam("ids", type_=_ARRAY)
_LOCK = Statement(sa.select(_type.c.id, _type.c.has_variants).where(_type.c.id == _ID).with_for_update(key_share=True))
_ATTRIBUTES = Statement(
    sa.select(_a.c.id, _a.c.type, _a.c.input_type, _a.c.is_variant_only)
    .where(_a.c.id == sa.any_(_IDS))
    .order_by(_a.c.id)
    .with_for_update(key_share=True, read=True)
)
_CARRIED = Statement(
    sa.select(_of_type)
    .where(_of_type.c.product_type_id == _ID)
    .order_by(_of_type.c.scope, _of_type.c.sort_order, _of_type.c.attribute_id)
)
_PRODUCTS = Statement(sa.select(_p.c.id).where(_p.c.product_type_id == sa.any_(_IDS)).order_by(_p.c.id))
_TAX_CLASS = Statement(sa.text("SELECT id FROM tax_class WHERE id = :id FOR KEY SHARE").bindparams(_ID))
TAKEN: Taken = {"uq_product_type_slug": slug_taken("Product type")}
CHOOSING = frozenset({"BOOLEAN", "DROPDOWN", "NUMERIC", "SWATCH"})
"""Input types that variants may be chosen by."""


@dataclass(frozen=True)
class Assignment:
    attribute_id: int
    scope: str
    variant_selection: bool = False


async def create_type(tx: WriteCtx, given: Mapping[str, Any], assignments: Sequence[Assignment] = ()) -> int:
    """`given`: name, slug (made of the name unless given), kind, has_variants, is_shipping_required, is_digital,
    weight_grams, tax_class_id. Raises NotFound, Refusal.
    """
    values = await _prepared(tx, {"name": None, **given}, new=True)
    type_id = await add_with_slug(tx, _type, values, name=values["name"], taken=TAKEN)
    await _assign(tx, type_id, assignments)
    return type_id


async def update_type(
    tx: WriteCtx, type_id: int, given: Mapping[str, Any], attributes: Mapping[str, Sequence[int]]
) -> None:
    """`attributes`: by scope the ids of all that its products or variants are to carry, in order."""
    await _locked(tx, type_id)
    values = await _prepared(tx, dict(given), new=False)
    update = sa.update(_type).where(_type.c.id == type_id).values(**values, updated_at=tx.clock.now())
    await uniquely(tx, update, TAKEN)
    for scope, ids in attributes.items():
        carried = await tx.fetch(_CARRIED, id=type_id)
        own = [row["attribute_id"] for row in carried if row["scope"] == scope]
        await unassign(tx, type_id, [id for id in own if id not in ids])
        await _assign(tx, type_id, [Assignment(id, scope) for id in ids if id not in own])
        await set_order(tx, _of_type, ids, "attribute_id", _of_type.c.product_type_id == type_id)


async def assign(tx: WriteCtx, type_id: int, assignments: Sequence[Assignment]) -> None:
    """Raises NotFound, Refusal: `attributes` are those that cannot be assigned."""
    row = await _locked(tx, type_id)
    own = {each["attribute_id"] for each in await tx.fetch(_CARRIED, id=type_id)}
    again = [each.attribute_id for each in assignments if each.attribute_id in own]
    if again or len({each.attribute_id for each in assignments}) < len(assignments):
        raise _refused("Attribute has already been assigned to this product type.", again, "ATTRIBUTE_ALREADY_ASSIGNED")
    variants = [each.attribute_id for each in assignments if each.scope == "VARIANT"]
    if variants and not row["has_variants"]:
        raise _refused("Variants are disabled in this product type.", variants, "ATTRIBUTE_VARIANTS_DISABLED")
    await _assign(tx, type_id, assignments)


async def choose_by(tx: WriteCtx, type_id: int, choosing: Mapping[int, bool]) -> None:
    """Whether shoppers choose variants by each attribute. Raises NotFound, Refusal."""
    await _locked(tx, type_id)
    own = {row["attribute_id"] for row in await tx.fetch(_CARRIED, id=type_id) if row["scope"] == "VARIANT"}
    unknown = [id for id in choosing if id not in own]
    if unknown:
        raise _refused("Attributes are not assigned to the variants of this product type.", unknown, "NOT_FOUND")
    await _judge_choosing(tx, [Assignment(id, "VARIANT", chosen) for id, chosen in choosing.items()])
    for id, chosen in choosing.items():
        own_row = (_of_type.c.product_type_id == type_id) & (_of_type.c.attribute_id == id)
        await tx.execute(sa.update(_of_type).where(own_row).values(variant_selection=chosen))


async def unassign(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int]) -> list[int]:
    """Take attributes off a type, and their values off its products and variants. The ids of those products."""
    await _locked(tx, type_id)
    ids = sa.literal(list(attribute_ids), _ARRAY)
    own = _of_type.c.product_type_id == type_id
    gone = sa.delete(_of_type).where(own, _of_type.c.attribute_id == sa.any_(ids)).returning(_of_type.c.attribute_id)
    if not (await tx.execute(gone)).all():
        return []
    values = sa.select(_value.c.id).where(_value.c.attribute_id == sa.any_(ids))
    products = sa.select(_p.c.id).where(_p.c.product_type_id == type_id)
    variants = sa.select(_v.c.id).where(_v.c.product_id.in_(products))
    for t, owner, owners in (
        (table(ProductAttributeValue), "product_id", products),
        (table(VariantAttributeValue), "variant_id", variants),
    ):
        await tx.execute(sa.delete(t).where(t.c[owner].in_(owners), t.c.value_id.in_(values)))
    return [row["id"] for row in await tx.fetch(_PRODUCTS, ids=[type_id])]


async def reorder_attributes(tx: WriteCtx, type_id: int, scope: str, moves: Sequence[tuple[int, int]]) -> None:
    """Raises NotFound."""
    await _locked(tx, type_id)
    own = [row["attribute_id"] for row in await tx.fetch(_CARRIED, id=type_id) if row["scope"] == scope]
    try:
        order = moved(own, moves)
    except KeyError as error:
        raise NotFound("Couldn't resolve to an attribute of the type.", field="moves") from error
    await set_order(tx, _of_type, order, "attribute_id", _of_type.c.product_type_id == type_id)


async def products_of_types(tx: WriteCtx, type_ids: Sequence[int]) -> list[int]:
    return [row["id"] for row in await tx.fetch(_PRODUCTS, ids=list(type_ids))]


async def delete_types(tx: WriteCtx, type_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there; their products are to be gone before."""
    found = [row for row in await queries.types_by_ids(tx, list(type_ids)) if row is not None]
    await tx.execute(sa.delete(_type).where(_type.c.id == sa.any_(sa.literal([row["id"] for row in found], _ARRAY))))
    return found


async def _assign(tx: WriteCtx, type_id: int, assignments: Sequence[Assignment]) -> None:
    if not assignments:
        return
    ids = [each.attribute_id for each in assignments]
    found = {row["id"]: row for row in await tx.fetch(_ATTRIBUTES, ids=sorted(set(ids)))}
    missing = [id for id in ids if id not in found]
    if missing:
        raise _refused("Couldn't resolve to an attribute.", missing, "NOT_FOUND")
    foreign = [id for id in ids if found[id]["type"] != "PRODUCT_TYPE"]
    if foreign:
        raise _refused("Only product type attributes can be assigned.", foreign, "INVALID")
    narrow = [
        each.attribute_id
        for each in assignments
        if each.scope == "PRODUCT" and found[each.attribute_id]["is_variant_only"]
    ]
    if narrow:
        message = "Cannot assign variant only attributes."
        raise _refused(message, narrow, "ATTRIBUTE_CANNOT_BE_ASSIGNED")
    await _judge_choosing(tx, assignments)
    last = sa.select(sa.func.coalesce(sa.func.max(_of_type.c.sort_order), 0)).where(
        _of_type.c.product_type_id == type_id
    )
    start = (await tx.execute(last)).scalar_one()
    rows = [
        {
            "product_type_id": type_id,
            "attribute_id": each.attribute_id,
            "scope": each.scope,
            "variant_selection": each.variant_selection,
            "sort_order": start + place,
        }
        for place, each in enumerate(assignments, start=1)
    ]
    await uniquely(
        tx,
        insert(_of_type).values(rows),
        {
            "pk_product_type_attribute": lambda: _refused(
                "An attribute is carried by products or by variants, not by both.", ids, "ATTRIBUTE_ALREADY_ASSIGNED"
            )
        },
    )


async def _judge_choosing(tx: WriteCtx, assignments: Sequence[Assignment]) -> None:
    chosen = [each.attribute_id for each in assignments if each.variant_selection]
    kinds = await tx.fetch(_ATTRIBUTES, ids=sorted(chosen)) if chosen else []
    wrong = [row["id"] for row in kinds if row["input_type"] not in CHOOSING]
    products = [each.attribute_id for each in assignments if each.variant_selection and each.scope == "PRODUCT"]
    if wrong or products:
        message = "These attributes cannot be used to choose variants by."
        raise _refused(message, wrong or products, "ATTRIBUTE_CANNOT_BE_ASSIGNED")


async def _locked(tx: WriteCtx, type_id: int) -> Row:
    row = await tx.first(_LOCK, id=type_id)
    if row is None:
        raise NotFound("Couldn't resolve to a product type.", field="id")
    return row


async def _prepared(tx: WriteCtx, values: dict[str, Any], *, new: bool) -> dict[str, Any]:
    if new and not values.get("slug"):
        values.pop("slug", None)
    judge_name(values)
    judge_slug(values)
    weight = values.get("weight_grams")
    if weight is not None and not 0 <= weight < 2**31:
        raise Refusal("Product type can't have negative weight.", field="weight")
    if values.get("tax_class_id") is not None and await tx.value(_TAX_CLASS, id=values["tax_class_id"]) is None:
        raise NotFound("Couldn't resolve to a tax class.", field="taxClass")
    return values


def _refused(message: str, attribute_ids: Sequence[int], code: str) -> Refusal:
    ids = [to_global("Attribute", id) for id in attribute_ids]
    return Refusal(message, field="operations", code=code, attributes=ids)
