"""Product types as staff change them, with the listing of the products of a type."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.catalog import queries, service, type_service
from engine.catalog.type_service import Assignment
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound
from engine.listing.service import refresh


async def create(tx: WriteCtx, given: Mapping[str, Any], assignments: Sequence[Assignment]) -> Row:
    """The new type's row. Raises what `type_service.create_type` raises."""
    return await _row(tx, await type_service.create_type(tx, given, assignments))


async def update(tx: WriteCtx, type_id: int, given: Mapping[str, Any], attributes: Mapping[str, Sequence[int]]) -> Row:
    await type_service.update_type(tx, type_id, given, attributes)
    if attributes:
        await refresh(tx, await type_service.products_of_types(tx, [type_id]))
    return await _row(tx, type_id)


async def assign(tx: WriteCtx, type_id: int, assignments: Sequence[Assignment]) -> Row:
    await type_service.assign(tx, type_id, assignments)
    return await _row(tx, type_id)


async def choose_by(tx: WriteCtx, type_id: int, choosing: Mapping[int, bool]) -> Row:
    await type_service.choose_by(tx, type_id, choosing)
    return await _row(tx, type_id)


async def unassign(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int]) -> Row:
    await refresh(tx, await type_service.unassign(tx, type_id, attribute_ids))
    return await _row(tx, type_id)


async def reorder(tx: WriteCtx, type_id: int, scope: str, moves: Sequence[tuple[int, int]]) -> Row:
    await type_service.reorder_attributes(tx, type_id, scope, moves)
    return await _row(tx, type_id)


async def delete(tx: WriteCtx, type_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there; all their products go with them. Raises Claimed."""
    await service.delete_products(tx, await type_service.products_of_types(tx, type_ids))
    return await type_service.delete_types(tx, type_ids)


async def _row(tx: WriteCtx, type_id: int) -> Row:
    (row,) = await queries.types_by_ids(tx, [type_id])
    if row is None:
        raise NotFound("Couldn't resolve to a product type.", field="id")
    return row
