"""What staff change of menus."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.content import menu_service
from engine.content.menu_service import Move
from engine.core.context import transact
from engine.core.ids import int_pk
from engine.flows import edit_content
from schema.common.ids import pk_of, pks_of
from schema.common.inputs import given, set_or
from schema.content.errors import MenuError
from schema.content.types import Menu, MenuItem
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_MENUS")


@strawberry.input
class MenuItemInput:
    name: str | None = UNSET
    url: str | None = UNSET
    category: strawberry.ID | None = UNSET
    collection: strawberry.ID | None = UNSET
    page: strawberry.ID | None = UNSET


@strawberry.input
class MenuItemCreateInput:
    name: str
    url: str | None = UNSET
    category: strawberry.ID | None = UNSET
    collection: strawberry.ID | None = UNSET
    page: strawberry.ID | None = UNSET
    menu: strawberry.ID
    parent: strawberry.ID | None = UNSET


@strawberry.input
class MenuItemMoveInput:
    item_id: strawberry.ID
    parent_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="Below which item to move it; null: to the first level; left out: where it is."
    )
    sort_order: int | None = strawberry.field(
        default=UNSET, description="By how many places to move it, down if positive."
    )


@strawberry.input
class MenuInput:
    name: str | None = UNSET
    slug: str | None = UNSET


@strawberry.input
class MenuCreateInput:
    name: str
    slug: str | None = UNSET
    items: list[MenuItemInput] | None = UNSET


@strawberry.type
class MenuCreate:
    menu: Menu | None
    errors: list[MenuError]


@strawberry.type
class MenuUpdate:
    menu: Menu | None
    errors: list[MenuError]


@strawberry.type
class MenuDelete:
    menu: Menu | None
    errors: list[MenuError]


@strawberry.type
class MenuBulkDelete:
    count: int
    errors: list[MenuError]


@strawberry.type
class MenuItemCreate:
    menu_item: MenuItem | None
    errors: list[MenuError]


@strawberry.type
class MenuItemUpdate:
    menu_item: MenuItem | None
    errors: list[MenuError]


@strawberry.type
class MenuItemDelete:
    menu_item: MenuItem | None
    errors: list[MenuError]


@strawberry.type
class MenuItemBulkDelete:
    count: int
    errors: list[MenuError]


@strawberry.type
class MenuItemMove:
    menu: Menu | None
    errors: list[MenuError]


@strawberry.type
class MenuMutations:
    @mutation_field(STAFF, description="Make a menu, with items if there are any.")
    async def menu_create(self, info: BatchInfo, input: MenuCreateInput) -> MenuCreate:
        items = [_link(one) for one in set_or(input.items) or ()]
        return payload(menu=await transact(info.context, edit_content.create_menu, _named(input), items))

    @mutation_field(STAFF, description="Change a menu.")
    async def menu_update(self, info: BatchInfo, id: strawberry.ID, input: MenuInput) -> MenuUpdate:
        pk = int_pk(id, "Menu")
        return payload(menu=await transact(info.context, edit_content.update_menu, pk, _named(input)))

    @mutation_field(STAFF, description="Delete a menu with its items.")
    async def menu_delete(self, info: BatchInfo, id: strawberry.ID) -> MenuDelete:
        gone = await transact(info.context, menu_service.delete_menus, [int_pk(id, "Menu")])
        return payload(menu=edit_content.only(gone, "menu"))

    @mutation_field(STAFF, empty={"count": 0}, description="Delete menus with their items.")
    async def menu_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> MenuBulkDelete:
        gone = await transact(info.context, menu_service.delete_menus, pks_of(ids, "Menu", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Put an item last into a menu, or below one of its items.")
    async def menu_item_create(self, info: BatchInfo, input: MenuItemCreateInput) -> MenuItemCreate:
        parent = set_or(input.parent)
        below = None if parent is None else pk_of(parent, "MenuItem", "parent")
        menu_id, values = pk_of(input.menu, "Menu", "menu"), _link(input)
        return payload(menu_item=await transact(info.context, edit_content.create_item, menu_id, values, below))

    @mutation_field(STAFF, description="Change a menu item; a link takes the place of the one it had.")
    async def menu_item_update(self, info: BatchInfo, id: strawberry.ID, input: MenuItemInput) -> MenuItemUpdate:
        pk = int_pk(id, "MenuItem")
        return payload(menu_item=await transact(info.context, edit_content.update_item, pk, _link(input)))

    @mutation_field(STAFF, description="Delete a menu item and all below it.")
    async def menu_item_delete(self, info: BatchInfo, id: strawberry.ID) -> MenuItemDelete:
        gone = await transact(info.context, menu_service.delete_items, [int_pk(id, "MenuItem")])
        return payload(menu_item=edit_content.only(gone, "menu item"))

    @mutation_field(STAFF, empty={"count": 0}, description="Delete menu items and all below them.")
    async def menu_item_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> MenuItemBulkDelete:
        gone = await transact(info.context, menu_service.delete_items, pks_of(ids, "MenuItem", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Move items within their menu.")
    async def menu_item_move(
        self, info: BatchInfo, menu: strawberry.ID, moves: list[MenuItemMoveInput]
    ) -> MenuItemMove:
        pk, wanted = pk_of(menu, "Menu", "menu"), [_move(one) for one in moves]
        return payload(menu=await transact(info.context, edit_content.move_items, pk, wanted))


def _move(input: MenuItemMoveInput) -> Move:
    asked = given(input)
    parent = asked.get("parent_id")
    return Move(
        pk_of(asked["item_id"], "MenuItem", "moves"),
        None if parent is None else pk_of(parent, "MenuItem", "parentId"),
        to_top="parent_id" in asked,
        places=asked.get("sort_order"),
    )


def _named(input: Any) -> dict[str, Any]:
    asked = given(input)
    return {name: asked[name] for name in ("name", "slug") if asked.get(name) is not None}


def _link(input: Any) -> dict[str, Any]:
    """The columns that `menu_service.create_item` takes."""
    asked = given(input)
    columns: dict[str, Any] = {name: asked[name] for name in ("name", "url") if name in asked}
    if columns.get("name", "-") is None:
        del columns["name"]
    for name, type_name in (("category", "Category"), ("collection", "Collection"), ("page", "Page")):
        if name in asked:
            columns[f"{name}_id"] = asked[name] and pk_of(asked[name], type_name, name)
    return columns
