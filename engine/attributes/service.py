"""Changes to attributes and the values that their owners share. A flow refreshes the listing of the owners."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.attributes import queries
from engine.attributes.assign import add_choice
from engine.attributes.models import Attribute, AttributePageReference, AttributeProductReference, AttributeValue
from engine.attributes.rules import CHOICES
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.reorder import moved, set_order
from engine.core.richtext import clean_document
from engine.core.slugs import Taken, add_with_slug, judge_name, judge_slug, reference_taken, slug_taken, uniquely
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table

_a = table(Attribute)
_v = table(AttributeValue)
_ARRAY = sa.ARRAY(sa.BigInteger)
_ID = sa.bindparam("id", type_=sa.BigInteger)
_LOCK = Statement(sa.select(_a).where(_a.c.id == _ID).with_for_update(key_share=True))
_VALUES = Statement(sa.select(_v.c.id, _v.c.name).where(_v.c.attribute_id == _ID).order_by(_v.c.sort_order, _v.c.id))
_LIMITED = {
    "PRODUCT": (table(AttributeProductReference), "product_type_id"),
    "PRODUCT_VARIANT": (table(AttributeProductReference), "product_type_id"),
    "PAGE": (table(AttributePageReference), "page_type_id"),
}
TAKEN: Taken = {
    "uq_attribute_slug": slug_taken("Attribute"),
    "uq_attribute_external_reference": reference_taken("Attribute"),
}
VALUE_TAKEN: Taken = {
    "uq_attribute_value_attribute_id": slug_taken("Attribute value"),
    "ix_attribute_value_external_reference": reference_taken("Attribute value"),
}
REFERENCES = ("REFERENCE", "SINGLE_REFERENCE")


async def create_attribute(
    tx: WriteCtx,
    given: Mapping[str, Any],
    values: Sequence[Mapping[str, Any]] = (),
    reference_types: Sequence[tuple[str, int]] = (),
) -> int:
    """The id of a new attribute. `given`: name, slug (made of the name unless given), type, input_type, entity_type,
    unit and the flags. `values` as in `create_value`; `reference_types` are (type name, key). Raises Refusal, NotFound.
    """
    columns = {"name": None, "input_type": "DROPDOWN", **given}
    if not columns.get("slug"):
        columns.pop("slug", None)
    judge_name(columns)
    judge_slug(columns)
    kind = columns["input_type"]
    if columns.get("type") not in ("PRODUCT_TYPE", "PAGE_TYPE"):
        raise Refusal("Attributes are carried by products and pages.", field="type")
    if kind in REFERENCES and columns.get("entity_type") is None:
        raise Refusal("Entity type is required when REFERENCE input type is used.", field="entityType", code="REQUIRED")
    if kind not in REFERENCES:
        columns["entity_type"] = None
    if columns.get("unit") is not None and kind != "NUMERIC":
        raise Refusal("Unit can be set only for a NUMERIC attribute.", field="unit")
    attribute_id = await add_with_slug(tx, _a, columns, name=columns["name"], taken=TAKEN)
    await _add_values(tx, attribute_id, kind, values, "values")
    await _limit(tx, attribute_id, columns["entity_type"], reference_types)
    tx.emit("attribute.created", "Attribute", attribute_id)
    return attribute_id


async def update_attribute(
    tx: WriteCtx,
    attribute_id: int,
    given: Mapping[str, Any],
    add: Sequence[Mapping[str, Any]] = (),
    remove: Sequence[int] = (),
    reference_types: Sequence[tuple[str, int]] | None = None,
) -> None:
    """Set name, slug, unit and flags; add and remove values. Raises NotFound, Refusal."""
    row = await lock_attribute(tx, attribute_id)
    judge_name(given)
    judge_slug(given)
    if given.get("unit") is not None and row["input_type"] != "NUMERIC":
        raise Refusal("Unit can be set only for a NUMERIC attribute.", field="unit")
    own = {value["id"] for value in await tx.fetch(_VALUES, id=attribute_id)} if remove else set()
    if not own.issuperset(remove):
        raise Refusal("Value does not belong to this attribute.", field="removeValues")
    update = sa.update(_a).where(_a.c.id == attribute_id).values(**given, updated_at=tx.clock.now())
    await uniquely(tx, update, TAKEN)
    await tx.execute(sa.delete(_v).where(_v.c.id == sa.any_(sa.literal(list(remove), _ARRAY))))
    await _add_values(tx, attribute_id, row["input_type"], add, "addValues")
    if reference_types is not None:
        await _limit(tx, attribute_id, row["entity_type"], reference_types)
    tx.emit("attribute.updated", "Attribute", attribute_id)


async def delete_attributes(tx: WriteCtx, rows: Sequence[Row], product_ids: Mapping[int, Sequence[int]]) -> None:
    """`product_ids`: by attribute, what products show it."""
    for row in rows:
        touched = list(product_ids[row["id"]])
        tx.emit("attribute.deleted", "Attribute", row["id"], product_ids=touched, row=packed(row))
    ids = sa.literal([row["id"] for row in rows], _ARRAY)
    await tx.execute(sa.delete(_a).where(_a.c.id == sa.any_(ids)))


async def create_value(tx: WriteCtx, attribute_id: int, given: Mapping[str, Any]) -> int:
    """The id of a new value, last in its attribute's order. `given`: name, value (the colour of a swatch), file_key,
    content_type, plain_text, rich_text, external_reference. Raises NotFound, Refusal.
    """
    row = await lock_attribute(tx, attribute_id, "attribute")
    (value_id,) = await _add_values(tx, attribute_id, row["input_type"], [given], "name")
    return value_id


async def update_value(tx: WriteCtx, value_id: int, given: Mapping[str, Any]) -> Row:
    """The value's row. `given` as in `create_value`. Raises NotFound, Refusal."""
    columns = _prepared(given)
    update = sa.update(_v).where(_v.c.id == value_id).values(**(columns or {"id": value_id})).returning(*_v.c)
    found = (await uniquely(tx, update, VALUE_TAKEN)).first()
    if found is None:
        raise _unknown_value()
    tx.emit("attribute_value.updated", "AttributeValue", value_id, attribute_id=found._mapping["attribute_id"])
    return found._mapping


async def delete_values(tx: WriteCtx, rows: Sequence[Row], product_ids: Mapping[int, Sequence[int]]) -> None:
    """`product_ids`: by value, what products carry it."""
    for row in rows:
        touched = list(product_ids[row["id"]])
        tx.emit("attribute_value.deleted", "AttributeValue", row["id"], product_ids=touched, row=packed(row))
    ids = sa.literal([row["id"] for row in rows], _ARRAY)
    await tx.execute(sa.delete(_v).where(_v.c.id == sa.any_(ids)))


async def reorder_values(tx: WriteCtx, attribute_id: int, moves: Sequence[tuple[int, int]]) -> None:
    """Raises NotFound."""
    await lock_attribute(tx, attribute_id, "attributeId")
    try:
        order = moved([row["id"] for row in await tx.fetch(_VALUES, id=attribute_id)], moves)
    except KeyError as error:
        raise NotFound("Couldn't resolve to a value of the attribute.", field="moves") from error
    await set_order(tx, _v, order)
    tx.emit("attribute.updated", "Attribute", attribute_id)


async def lock_attribute(tx: WriteCtx, attribute_id: int, field: str = "id") -> Row:
    """Raises NotFound."""
    row = await tx.first(_LOCK, id=attribute_id)
    if row is None:
        raise NotFound("Couldn't resolve to an attribute.", field=field)
    return row


async def values_known(tx: WriteCtx, value_ids: Sequence[int]) -> list[Row]:
    """The rows of those there are."""
    return [row for row in await queries.values_by_ids(tx, value_ids) if row is not None]


async def _add_values(
    tx: WriteCtx, attribute_id: int, input_type: str, values: Sequence[Mapping[str, Any]], field: str
) -> list[int]:
    if values and input_type not in CHOICES:
        raise Refusal(f"Values cannot be used with input type {input_type}.", field=field)
    known = {row["name"] for row in await tx.fetch(_VALUES, id=attribute_id)} if values else set()
    ids = []
    for given in values:
        columns = _prepared({"name": None, **given})
        name = columns.pop("name")
        if name in known:
            message = f"Value {name} already exists within this attribute."
            raise Refusal(message, field=field, code="ALREADY_EXISTS")
        known.add(name)
        reference = columns.get("external_reference")
        if reference is not None and await tx.value(_BY_REFERENCE, reference=reference) is not None:
            raise reference_taken("Attribute value")()
        id = await add_choice(tx, attribute_id, name, columns)
        tx.emit("attribute_value.created", "AttributeValue", id, attribute_id=attribute_id)
        ids.append(id)
    return ids


_BY_REFERENCE = Statement(sa.select(_v.c.id).where(_v.c.external_reference == sa.bindparam("reference", type_=sa.Text)))


async def _limit(
    tx: WriteCtx, attribute_id: int, entity_type: str | None, reference_types: Sequence[tuple[str, int]]
) -> None:
    """What a reference attribute may point at from now on: all types if there are none."""
    if entity_type not in _LIMITED:
        if reference_types:
            raise Refusal("Reference types cannot be set for this attribute.", field="referenceTypes")
        return
    t, column = _LIMITED[entity_type]
    wanted = {"product_type_id": "ProductType", "page_type_id": "PageType"}[column]
    if any(name != wanted for name, _ in reference_types):
        raise Refusal(f"Invalid reference types: only {wanted} is allowed.", field="referenceTypes")
    ids = [pk for _, pk in dict.fromkeys(reference_types)]
    await tx.execute(sa.delete(t).where(t.c.attribute_id == attribute_id))
    if ids:
        unknown = {
            f"fk_{t.name}_{column}_{column.removesuffix('_id')}": lambda: NotFound(
                "Couldn't resolve to a type.", field="referenceTypes"
            )
        }
        await uniquely(tx, insert(t).values([{"attribute_id": attribute_id, column: id} for id in ids]), unknown)


def _prepared(given: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(given)
    judge_name(columns)
    if "rich_text" in columns:
        columns["rich_text"] = clean_document(columns["rich_text"], field="richText")
    if "value" in columns:
        columns["value"] = (columns["value"] or "").strip()
    return columns


def _unknown_value() -> NotFound:
    return NotFound("Couldn't resolve to an attribute value.", field="id")
