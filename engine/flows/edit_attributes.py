"""Attributes and their values as staff change them, with the listing of the products that carry them.

Attributes of products need MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES, those of pages MANAGE_PAGE_TYPES_AND_ATTRIBUTES.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.attributes import queries, service
from engine.core.context import Caller, Row, WriteCtx
from engine.core.errors import NotFound
from engine.listing.service import refresh
from engine.search.queries import products_called_by

PERMISSIONS = {
    "PRODUCT_TYPE": "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES",
    "PAGE_TYPE": "MANAGE_PAGE_TYPES_AND_ATTRIBUTES",
}


async def create(
    tx: WriteCtx,
    given: Mapping[str, Any],
    values: Sequence[Mapping[str, Any]],
    reference_types: Sequence[tuple[str, int]],
) -> Row:
    """The new attribute's row. Raises PermissionDenied, and what `attributes.service.create_attribute` raises."""
    _allow(tx.caller, given["type"])
    return await _attribute(tx, await service.create_attribute(tx, given, values, reference_types))


async def update(
    tx: WriteCtx,
    attribute_id: int,
    given: Mapping[str, Any],
    add: Sequence[Mapping[str, Any]],
    remove: Sequence[int],
    reference_types: Sequence[tuple[str, int]] | None,
) -> Row:
    _allow(tx.caller, (await _attribute(tx, attribute_id))["type"])
    touched = [id for value_id in remove for id in await products_called_by(tx, "AttributeValue", value_id)]
    await service.update_attribute(tx, attribute_id, given, add, remove, reference_types)
    await refresh(tx, touched)
    return await _attribute(tx, attribute_id)


async def delete(tx: WriteCtx, attribute_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there."""
    rows = [row for row in await queries.by_ids(tx, list(attribute_ids)) if row is not None]
    for row in rows:
        _allow(tx.caller, row["type"])
    touched = {row["id"]: await products_called_by(tx, "Attribute", row["id"]) for row in rows}
    await service.delete_attributes(tx, rows, touched)
    await refresh(tx, {id for ids in touched.values() for id in ids})
    return rows


async def known(tx: WriteCtx, reference: str) -> int:
    """The id of the attribute with that external reference. Raises NotFound."""
    row = await queries.by_reference(tx, reference)
    if row is None:
        raise NotFound("Couldn't resolve to an attribute.", field="externalReference")
    return int(row["id"])


async def create_value(tx: WriteCtx, attribute_id: int, given: Mapping[str, Any]) -> tuple[Row, Row]:
    """The attribute and its new value. Whoever fills products or pages may add to what they are filled with."""
    value_id = await service.create_value(tx, attribute_id, given)
    (value,) = await service.values_known(tx, [value_id])
    return await _attribute(tx, attribute_id), value


async def update_value(tx: WriteCtx, value_id: int, given: Mapping[str, Any]) -> tuple[Row, Row]:
    value = await service.update_value(tx, value_id, given)
    attribute = await _attribute(tx, value["attribute_id"])
    _allow(tx.caller, attribute["type"])
    return attribute, value


async def delete_values(tx: WriteCtx, value_ids: Sequence[int]) -> list[tuple[Row, Row]]:
    """Attribute and value of those that were there."""
    values = await service.values_known(tx, value_ids)
    found = [(await _attribute(tx, value["attribute_id"]), value) for value in values]
    for attribute, _ in found:
        _allow(tx.caller, attribute["type"])
    touched = {value["id"]: await products_called_by(tx, "AttributeValue", value["id"]) for value in values}
    await service.delete_values(tx, values, touched)
    await refresh(tx, {id for ids in touched.values() for id in ids})
    return found


async def reorder_values(tx: WriteCtx, attribute_id: int, moves: Sequence[tuple[int, int]]) -> Row:
    await service.reorder_values(tx, attribute_id, moves)
    attribute = await _attribute(tx, attribute_id)
    _allow(tx.caller, attribute["type"])
    return attribute


def _allow(caller: Caller, kind: str) -> None:
    """What is refused here undoes what was done before: nothing is committed yet."""
    caller.require(PERMISSIONS.get(kind, "MANAGE_CUSTOMER_TYPES_AND_ATTRIBUTES"))


async def _attribute(tx: WriteCtx, attribute_id: int) -> Row:
    (row,) = await queries.by_ids(tx, [attribute_id])
    if row is None:
        raise NotFound("Couldn't resolve to an attribute.", field="id")
    return row
