"""Changes to menus and their items, which nest at most three deep."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.content import menus
from engine.content.models import Menu, MenuItem
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.reorder import set_order
from engine.core.slugs import Taken, add_with_slug, judge_name, judge_slug, slug_taken, uniquely
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import safe_link

DEEPEST = 2
_m = table(Menu)
_item = table(MenuItem)
_ARRAY = sa.ARRAY(sa.BigInteger)
_ID = sa.bindparam("id", type_=sa.BigInteger)
_LOCK_MENU = Statement(sa.select(_m.c.id).where(_m.c.id == _ID).with_for_update(key_share=True))
_ITEMS = Statement(
    sa.select(_item.c.id, _item.c.parent_id, _item.c.level)
    .where(_item.c.menu_id == _ID)
    .order_by(_item.c.sort_order, _item.c.id)
)
# what an item links to lies in this domain or beside it, and stays while it is linked
_TARGETS = {
    column: Statement(sa.text(f"SELECT id FROM {name} WHERE id = :id FOR KEY SHARE").bindparams(_ID))  # noqa: S608
    for column, name in (("category_id", "category"), ("collection_id", "collection"), ("page_id", "page"))
}
TAKEN: Taken = {"uq_menu_slug": slug_taken("Menu")}
LINKS = ("url", "category_id", "collection_id", "page_id")


@dataclass(frozen=True)
class Move:
    """`parent_id` None with `to_top`: to the first level; without it: below the parent it has. `places` within its
    siblings, None: last where it moves to another parent, else none."""

    item_id: int
    parent_id: int | None = None
    to_top: bool = False
    places: int | None = None


async def create_menu(tx: WriteCtx, given: Mapping[str, Any], items: Sequence[Mapping[str, Any]] = ()) -> int:
    """The id of a new menu. `given`: name, slug (made of the name unless given); `items` as in `create_item`."""
    values = {"name": None, **given}
    if not values.get("slug"):
        values.pop("slug", None)
    judge_name(values)
    judge_slug(values)
    menu_id = await add_with_slug(tx, _m, values, name=values["name"], taken=TAKEN)
    for item in items:
        await create_item(tx, menu_id, item)
    tx.emit("menu.created", "Menu", menu_id)
    return menu_id


async def update_menu(tx: WriteCtx, menu_id: int, given: Mapping[str, Any]) -> None:
    """Raises NotFound, Refusal."""
    await _lock(tx, menu_id)
    judge_name(given)
    judge_slug(given)
    if given:
        await uniquely(tx, sa.update(_m).where(_m.c.id == menu_id).values(**given), TAKEN)
    tx.emit("menu.updated", "Menu", menu_id)


async def delete_menus(tx: WriteCtx, menu_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there."""
    gone = sa.delete(_m).where(_m.c.id == sa.any_(sa.literal(list(menu_ids), _ARRAY))).returning(*_m.c)
    rows: list[Row] = [{**row._mapping, "channel_id": None} for row in (await tx.execute(gone)).all()]
    for row in rows:
        tx.emit("menu.deleted", "Menu", row["id"], row=packed(row))
    return rows


async def create_item(tx: WriteCtx, menu_id: int, given: Mapping[str, Any], parent_id: int | None = None) -> int:
    """The id of a new item, last below its parent. `given`: name and at most one of LINKS. Raises NotFound, Refusal."""
    await _lock(tx, menu_id, "menu")
    values = await _judged(tx, {"name": None, **given})
    level = 0
    if parent_id is not None:
        parent = next((row for row in await tx.fetch(_ITEMS, id=menu_id) if row["id"] == parent_id), None)
        if parent is None:
            raise NotFound("Couldn't resolve to an item of the menu.", field="parent")
        level = parent["level"] + 1
        _check_depth(level, "parent")
    siblings = (_item.c.menu_id == menu_id) & _item.c.parent_id.is_not_distinct_from(parent_id)
    last = sa.select(sa.func.coalesce(sa.func.max(_item.c.sort_order), 0) + 1).where(siblings)
    row = {**values, "menu_id": menu_id, "parent_id": parent_id, "level": level, "sort_order": last.scalar_subquery()}
    item_id = int((await tx.execute(sa.insert(_item).values(**row).returning(_item.c.id))).scalar_one())
    tx.emit("menu_item.created", "MenuItem", item_id, menu_id=menu_id)
    tx.emit("menu.updated", "Menu", menu_id)
    return item_id


async def update_item(tx: WriteCtx, item_id: int, given: Mapping[str, Any]) -> None:
    """Set the name, or the link, in place of the one it had. Raises NotFound, Refusal."""
    values = await _judged(tx, dict(given))
    if any(values.get(name) is not None for name in LINKS):
        values = {**dict.fromkeys(LINKS), **values}
    update = sa.update(_item).where(_item.c.id == item_id).values(**(values or {"id": item_id}))
    menu_id = (await tx.execute(update.returning(_item.c.menu_id))).scalar_one_or_none()
    if menu_id is None:
        raise _unknown_item()
    tx.emit("menu_item.updated", "MenuItem", item_id, menu_id=menu_id)
    tx.emit("menu.updated", "Menu", menu_id)


async def delete_items(tx: WriteCtx, item_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there; what is below them goes too."""
    rows = [row for row in await menus.items_by_ids(tx, list(item_ids)) if row is not None]
    wanted = sa.literal([row["id"] for row in rows], _ARRAY)
    await tx.execute(sa.delete(_item).where(_item.c.id == sa.any_(wanted)))
    for row in rows:
        tx.emit("menu_item.deleted", "MenuItem", row["id"], row=packed({**row, "channel_id": None}))
    for menu_id in sorted({row["menu_id"] for row in rows}):
        tx.emit("menu.updated", "Menu", menu_id)
    return [{**row, "channel_id": None} for row in rows]


async def move_items(tx: WriteCtx, menu_id: int, moves: Sequence[Move]) -> None:
    """Each in turn. Raises NotFound; Refusal where an item would come below itself, or too deep."""
    await _lock(tx, menu_id, "menu")
    for move in moves:
        await _move(tx, menu_id, move)
    tx.emit("menu.updated", "Menu", menu_id)


async def _move(tx: WriteCtx, menu_id: int, move: Move) -> None:
    items = {row["id"]: row for row in await tx.fetch(_ITEMS, id=menu_id)}
    item = items.get(move.item_id)
    if item is None:
        raise NotFound("Couldn't resolve to an item of the menu.", field="moves")
    parent_id = move.parent_id if move.parent_id is not None else None if move.to_top else item["parent_id"]
    if parent_id is not None and parent_id not in items:
        raise NotFound("Couldn't resolve to an item of the menu.", field="parentId")
    inside = _with_all_below(items, move.item_id)
    if parent_id in inside:
        raise Refusal("Cannot assign a node to itself or to one below it.", field="parentId", code="CANNOT_ASSIGN_NODE")
    level = 0 if parent_id is None else items[parent_id]["level"] + 1
    sinking = level - item["level"]
    _check_depth(max(items[id]["level"] for id in inside) + sinking, "parentId")
    if sinking:
        below = _item.c.id == sa.any_(sa.literal(sorted(inside), _ARRAY))
        await tx.execute(sa.update(_item).where(below).values(level=_item.c.level + sinking))
    order = [id for id, row in items.items() if row["parent_id"] == parent_id and id != move.item_id]
    at = list(items).index(move.item_id)
    if parent_id == item["parent_id"]:
        own = [id for id, row in items.items() if row["parent_id"] == parent_id]
        at = own.index(move.item_id) + (move.places or 0)
    else:
        at = len(order) + (move.places or 0)
        await tx.execute(sa.update(_item).where(_item.c.id == move.item_id).values(parent_id=parent_id))
    order.insert(max(0, min(at, len(order))), move.item_id)
    await set_order(tx, _item, order)


def _with_all_below(items: Mapping[int, Row], item_id: int) -> set[int]:
    inside = {item_id}
    for _ in range(DEEPEST):
        inside |= {id for id, row in items.items() if row["parent_id"] in inside}
    return inside


def _check_depth(level: int, field: str) -> None:
    if level > DEEPEST:
        raise Refusal(f"Items nest at most {DEEPEST + 1} deep.", field=field, code="INVALID_MENU_ITEM")


async def _lock(tx: WriteCtx, menu_id: int, field: str = "id") -> None:
    if await tx.value(_LOCK_MENU, id=menu_id) is None:
        raise NotFound("Couldn't resolve to a menu.", field=field)


async def _judged(tx: WriteCtx, values: dict[str, Any]) -> dict[str, Any]:
    judge_name(values)
    links = {name: values[name] for name in LINKS if values.get(name) is not None}
    if len(links) > 1:
        raise Refusal("More than one item provided.", field="items", code="TOO_MANY_MENU_ITEMS")
    if "url" in links:
        values["url"] = safe_link(links["url"])
        if values["url"] is None:
            raise Refusal("Enter a valid URL.", field="url")
    for column, statement in _TARGETS.items():
        if column in links and await tx.value(statement, id=links[column]) is None:
            name = column.removesuffix("_id")
            raise NotFound(f"Couldn't resolve to a {name}.", field=name)
    return values


def _unknown_item() -> NotFound:
    return NotFound("Couldn't resolve to a menu item.", field="id")
