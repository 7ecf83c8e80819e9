"""Changes to pages and page types."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.attributes.assign import Given, Holder, assign, forget
from engine.attributes.models import Attribute, AttributeValue
from engine.content import assigned, queries
from engine.content.models import Page, PageAttributeValue, PageType, PageTypeAttribute
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.reorder import moved, set_order
from engine.core.richtext import clean_document
from engine.core.slugs import Taken, add_with_slug, judge_name, judge_slug, slug_taken, uniquely
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import fold

_p = table(Page)
_type = table(PageType)
_of_type = table(PageTypeAttribute)
_of_page = table(PageAttributeValue)
_a = table(Attribute)
_value = table(AttributeValue)
_ARRAY = sa.ARRAY(sa.BigInteger)
_ID = sa.bindparam("id", type_=sa.BigInteger)
_IDS = sa.bindparam("ids", type_=_ARRAY)
_TYPE = Statement(sa.select(_type.c.id).where(_type.c.id == _ID).with_for_update(key_share=True, read=True))
_LOCK_TYPE = Statement(sa.select(_type.c.id).where(_type.c.id == _ID).with_for_update(key_share=True))
_CARRIED = Statement(
    sa.select(_of_type.c.attribute_id)
    .where(_of_type.c.page_type_id == _ID)
    .order_by(_of_type.c.sort_order, _of_type.c.attribute_id)
)
_ATTRIBUTES = Statement(
    sa.select(_a.c.id, _a.c.type).where(_a.c.id == sa.any_(_IDS)).with_for_update(key_share=True, read=True)
)
_PAGES_OF = Statement(sa.select(_p.c.id).where(_p.c.page_type_id == sa.any_(_IDS)).order_by(_p.c.id))
PAGES = Holder("page", _of_page, "page_id")
PAGE_TAKEN: Taken = {"uq_page_slug": slug_taken("Page")}
TYPE_TAKEN: Taken = {"uq_page_type_slug": slug_taken("Page type")}


async def create_page(tx: WriteCtx, type_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> int:
    """The id of a new page. `given`: title, slug (made of the title unless given), content (EditorJS), seo_title,
    seo_description, is_published, published_at. Raises NotFound, Refusal, Faulty.
    """
    if await tx.value(_TYPE, id=type_id) is None:
        raise NotFound("Couldn't resolve to a page type.", field="pageType")
    values = {"title": None, **given, "page_type_id": type_id}
    if not values.get("slug"):
        values.pop("slug", None)
    _prepare(tx, values)
    page_id = await add_with_slug(tx, _p, values, name=values["title"], taken=PAGE_TAKEN)
    carried = await assigned.carried_by_type(tx, type_id)
    await assign(tx, PAGES, page_id, carried, attributes, complete=True)
    tx.emit("page.created", "Page", page_id)
    return page_id


async def update_page(tx: WriteCtx, page_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> None:
    """Set columns as in `create_page`, and attributes that are given. Raises NotFound, Refusal, Faulty."""
    values = dict(given)
    _prepare(tx, values)
    update = sa.update(_p).where(_p.c.id == page_id).values(**values, updated_at=tx.clock.now())
    type_id = (await uniquely(tx, update.returning(_p.c.page_type_id), PAGE_TAKEN)).scalar_one_or_none()
    if type_id is None:
        raise _unknown_page()
    if attributes:
        carried = await assigned.carried_by_type(tx, type_id)
        await assign(tx, PAGES, page_id, carried, attributes, complete=False)
    tx.emit("page.updated", "Page", page_id)


async def publish_pages(tx: WriteCtx, page_ids: Sequence[int], *, published: bool) -> int:
    """How many there are. One that is published without a moment is so from now on."""
    now = tx.clock.now()
    moment = sa.func.coalesce(_p.c.published_at, now) if published else _p.c.published_at
    update = sa.update(_p).where(_p.c.id == sa.any_(sa.literal(list(page_ids), _ARRAY)))
    changed = update.values(is_published=published, published_at=moment, updated_at=now).returning(_p.c.id)
    ids = list((await tx.execute(changed)).scalars())
    for id in ids:
        tx.emit("page.updated", "Page", id)
    return len(ids)


async def delete_pages(tx: WriteCtx, page_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there."""
    wanted = sa.any_(sa.literal(list(page_ids), _ARRAY))
    await forget(tx, PAGES, list(page_ids))
    gone = (await tx.execute(sa.delete(_p).where(_p.c.id == wanted).returning(*_p.c))).all()
    rows: list[Row] = [{**row._mapping, "channel_id": None} for row in gone]
    for row in rows:
        tx.emit("page.deleted", "Page", row["id"], row=packed(row))
    return rows


async def create_type(tx: WriteCtx, given: Mapping[str, Any], attribute_ids: Sequence[int]) -> int:
    """The id of a new page type. `given`: name, slug (made of the name unless given). Raises NotFound, Refusal."""
    values = {"name": None, **given}
    if not values.get("slug"):
        values.pop("slug", None)
    judge_name(values)
    judge_slug(values)
    type_id = await add_with_slug(tx, _type, values, name=values["name"], taken=TYPE_TAKEN)
    await _carry(tx, type_id, attribute_ids, "addAttributes")
    tx.emit("page_type.created", "PageType", type_id)
    return type_id


async def update_type(
    tx: WriteCtx, type_id: int, given: Mapping[str, Any], add: Sequence[int] = (), remove: Sequence[int] = ()
) -> None:
    """Raises NotFound, Refusal."""
    await _lock_type(tx, type_id)
    judge_name(given)
    judge_slug(given)
    if given:
        await uniquely(tx, sa.update(_type).where(_type.c.id == type_id).values(**given), TYPE_TAKEN)
    await unassign(tx, type_id, remove)
    await _carry(tx, type_id, add, "addAttributes")
    tx.emit("page_type.updated", "PageType", type_id)


async def assign_attributes(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int]) -> None:
    """Raises NotFound, Refusal."""
    await _lock_type(tx, type_id)
    own = {row["attribute_id"] for row in await tx.fetch(_CARRIED, id=type_id)}
    again = [id for id in attribute_ids if id in own]
    if again or len(set(attribute_ids)) < len(attribute_ids):
        message = "Some of the attributes have been already assigned or duplicates are provided."
        raise _refused(message, again, "ATTRIBUTE_ALREADY_ASSIGNED", "attributeIds")
    await _carry(tx, type_id, attribute_ids, "attributeIds")


async def unassign(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int]) -> None:
    """Take attributes off a type, and their values off its pages. Raises NotFound."""
    await _lock_type(tx, type_id)
    ids = sa.any_(sa.literal(list(attribute_ids), _ARRAY))
    await tx.execute(sa.delete(_of_type).where(_of_type.c.page_type_id == type_id, _of_type.c.attribute_id == ids))
    values = sa.select(_value.c.id).where(_value.c.attribute_id == ids)
    pages = sa.select(_p.c.id).where(_p.c.page_type_id == type_id)
    await tx.execute(sa.delete(_of_page).where(_of_page.c.page_id.in_(pages), _of_page.c.value_id.in_(values)))


async def reorder_attributes(tx: WriteCtx, type_id: int, moves: Sequence[tuple[int, int]]) -> None:
    """Raises NotFound."""
    await _lock_type(tx, type_id)
    try:
        order = moved([row["attribute_id"] for row in await tx.fetch(_CARRIED, id=type_id)], moves)
    except KeyError as error:
        raise NotFound("Couldn't resolve to an attribute of the type.", field="moves") from error
    await set_order(tx, _of_type, order, "attribute_id", _of_type.c.page_type_id == type_id)


async def delete_types(tx: WriteCtx, type_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there; all their pages go with them."""
    found = [row for row in await queries.types_by_ids(tx, list(type_ids)) if row is not None]
    ids = [row["id"] for row in found]
    await delete_pages(tx, [row["id"] for row in await tx.fetch(_PAGES_OF, ids=ids)])
    await tx.execute(sa.delete(_type).where(_type.c.id == sa.any_(sa.literal(ids, _ARRAY))))
    for row in found:
        tx.emit("page_type.deleted", "PageType", row["id"], row=packed(row))
    return found


async def _carry(tx: WriteCtx, type_id: int, attribute_ids: Sequence[int], field: str) -> None:
    if not attribute_ids:
        return
    found = {row["id"]: row["type"] for row in await tx.fetch(_ATTRIBUTES, ids=sorted(set(attribute_ids)))}
    missing = [id for id in attribute_ids if id not in found]
    if missing:
        raise _refused("Couldn't resolve to an attribute.", missing, "NOT_FOUND", field)
    foreign = [id for id in attribute_ids if found[id] != "PAGE_TYPE"]
    if foreign:
        raise _refused("Only page attributes can be assigned.", foreign, "INVALID", field)
    last = sa.select(sa.func.coalesce(sa.func.max(_of_type.c.sort_order), 0)).where(_of_type.c.page_type_id == type_id)
    start = (await tx.execute(last)).scalar_one()
    rows = [
        {"page_type_id": type_id, "attribute_id": id, "sort_order": start + place}
        for place, id in enumerate(dict.fromkeys(attribute_ids), start=1)
    ]
    await tx.execute(insert(_of_type).values(rows).on_conflict_do_nothing())


async def _lock_type(tx: WriteCtx, type_id: int) -> None:
    if await tx.value(_LOCK_TYPE, id=type_id) is None:
        raise NotFound("Couldn't resolve to a page type.", field="id")


def _prepare(tx: WriteCtx, values: dict[str, Any]) -> None:
    judge_name(values, "title")
    judge_slug(values)
    if "content" in values:
        values["content"] = clean_document(values["content"], field="content")
    if "title" in values:
        values["title_key"] = fold(values["title"])
    if values.get("is_published", "-") is None:
        del values["is_published"]
    if values.get("is_published") and values.get("published_at") is None:
        values["published_at"] = tx.clock.now()


def _refused(message: str, attribute_ids: Sequence[int], code: str, field: str) -> Refusal:
    ids = [to_global("Attribute", id) for id in attribute_ids]
    return Refusal(message, field=field, code=code, attributes=ids)


def _unknown_page() -> NotFound:
    return NotFound("Couldn't resolve to a page.", field="id")
