"""Pages, their types and menus as staff change them; each answers the row that the change leaves."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.attributes.assign import Given
from engine.content import menu_service, menus, page_service, queries
from engine.content.menu_service import Move
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound


async def create_page(tx: WriteCtx, type_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> Row:
    return await _page(tx, await page_service.create_page(tx, type_id, given, attributes))


async def update_page(tx: WriteCtx, page_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> Row:
    await page_service.update_page(tx, page_id, given, attributes)
    return await _page(tx, page_id)


async def create_type(tx: WriteCtx, given: Mapping[str, Any], attribute_ids: Sequence[int]) -> Row:
    return await _type(tx, await page_service.create_type(tx, given, attribute_ids))


async def update_type(
    tx: WriteCtx, type_id: int, given: Mapping[str, Any], add: Sequence[int], remove: Sequence[int]
) -> Row:
    await page_service.update_type(tx, type_id, given, add, remove)
    return await _type(tx, type_id)


async def assign_attributes(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int]) -> Row:
    await page_service.assign_attributes(tx, type_id, attribute_ids)
    return await _type(tx, type_id)


async def unassign_attributes(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int]) -> Row:
    await page_service.unassign(tx, type_id, attribute_ids)
    return await _type(tx, type_id)


async def reorder_attributes(tx: WriteCtx, type_id: int, moves: Sequence[tuple[int, int]]) -> Row:
    await page_service.reorder_attributes(tx, type_id, moves)
    return await _type(tx, type_id)


async def create_menu(tx: WriteCtx, given: Mapping[str, Any], items: Sequence[Mapping[str, Any]]) -> Row:
    return await _menu(tx, await menu_service.create_menu(tx, given, items))


async def update_menu(tx: WriteCtx, menu_id: int, given: Mapping[str, Any]) -> Row:
    await menu_service.update_menu(tx, menu_id, given)
    return await _menu(tx, menu_id)


async def create_item(tx: WriteCtx, menu_id: int, given: Mapping[str, Any], parent_id: int | None) -> Row:
    return await _item(tx, await menu_service.create_item(tx, menu_id, given, parent_id))


async def update_item(tx: WriteCtx, item_id: int, given: Mapping[str, Any]) -> Row:
    await menu_service.update_item(tx, item_id, given)
    return await _item(tx, item_id)


async def move_items(tx: WriteCtx, menu_id: int, moves: Sequence[Move]) -> Row:
    await menu_service.move_items(tx, menu_id, moves)
    return await _menu(tx, menu_id)


def only(rows: Sequence[Row], thing: str) -> Row:
    """The one row that was deleted. Raises NotFound where none was."""
    if not rows:
        raise NotFound(f"Couldn't resolve to a {thing}.", field="id")
    return rows[0]


async def _page(tx: WriteCtx, page_id: int) -> Row:
    return only([row for row in await queries.visible_pages(tx, [page_id]) if row is not None], "page")


async def _type(tx: WriteCtx, type_id: int) -> Row:
    return only([row for row in await queries.types_by_ids(tx, [type_id]) if row is not None], "page type")


async def _menu(tx: WriteCtx, menu_id: int) -> Row:
    row = only([row for row in await menus.by_ids(tx, [menu_id]) if row is not None], "menu")
    return {**row, "channel_id": None}


async def _item(tx: WriteCtx, item_id: int) -> Row:
    row = only([row for row in await menus.items_by_ids(tx, [item_id]) if row is not None], "menu item")
    return {**row, "channel_id": None}
