"""Changes to categories and collections. A flow refreshes the listing of the products that they return."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.catalog import groups
from engine.catalog.models import (
    Category,
    Collection,
    CollectionChannel,
    CollectionProduct,
    Product,
    ProductChannel,
    ProductVariant,
)
from engine.catalog.service import DELETE_FILES, Publication, require_channels
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.reorder import moved, set_order
from engine.core.richtext import clean_document
from engine.core.slugs import Taken, add_with_slug, judge_name, judge_slug, reference_taken, slug_taken, uniquely
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import fold

_c = table(Category)
_collection = table(Collection)
_member = table(CollectionProduct)
_published = table(CollectionChannel)
_p = table(Product)
_listed = table(ProductChannel)
_v = table(ProductVariant)
_ARRAY = sa.ARRAY(sa.BigInteger)
_ID = sa.bindparam("id", type_=sa.BigInteger)
_IDS = sa.bindparam("ids", type_=_ARRAY)
_PARENT = Statement(
    sa.select(_c.c.id, _c.c.path, _c.c.level).where(_c.c.id == _ID).with_for_update(key_share=True, read=True)
)
_BELOW = Statement(sa.select(_c).where(_c.c.path.op("&&")(_IDS)).order_by(_c.c.id).with_for_update())
_LOCK_COLLECTION = Statement(sa.select(_collection.c.id).where(_collection.c.id == _ID).with_for_update())
_MEMBERS = Statement(
    sa.select(_member.c.product_id)
    .where(_member.c.collection_id == _ID)
    .order_by(_member.c.sort_order, _member.c.product_id)
)
_SELLABLE = Statement(
    sa.select(_p.c.id, sa.exists().where(_v.c.product_id == _p.c.id).label("has_variants"))
    .where(_p.c.id == sa.any_(_IDS))
    .order_by(_p.c.id)
)
CATEGORY_TAKEN: Taken = {
    "uq_category_slug": slug_taken("Category"),
    "uq_category_external_reference": reference_taken("Category"),
}
COLLECTION_TAKEN: Taken = {
    "uq_collection_slug": slug_taken("Collection"),
    "uq_collection_external_reference": reference_taken("Collection"),
}


async def create_category(tx: WriteCtx, given: Mapping[str, Any], parent_id: int | None = None) -> int:
    """The id of a new category, below the parent if there is one.

    `given`: name, slug (made of the name unless given), description (EditorJS), seo_title, seo_description,
    background_image_key, background_image_alt, external_reference, meta and private_meta.
    """
    values = _prepared({"name": None, **given}, new=True)
    path, level = [], 0
    if parent_id is not None:
        parent = await tx.first(_PARENT, id=parent_id)
        if parent is None:
            raise NotFound("Couldn't resolve to a category.", field="parent")
        path, level = list(parent["path"]), parent["level"] + 1
    row = {**values, "parent_id": parent_id, "level": level}
    category_id = await add_with_slug(tx, _c, row, name=values["name"], taken=CATEGORY_TAKEN)
    await tx.execute(sa.update(_c).where(_c.c.id == category_id).values(path=[*path, category_id]))
    tx.emit("category.created", "Category", category_id)
    return category_id


async def update_category(tx: WriteCtx, category_id: int, given: Mapping[str, Any]) -> None:
    """Set columns as in `create_category`; of meta and private_meta the pairs to add. Raises NotFound, Refusal."""
    await _update(tx, _c, category_id, given, CATEGORY_TAKEN)
    tx.emit("category.updated", "Category", category_id)


async def delete_categories(tx: WriteCtx, category_ids: Sequence[int]) -> tuple[list[Row], list[int]]:
    """Delete them with all below; the rows of those named, and the ids of the products that had one of them.

    Those products have no category any more and are published nowhere.
    """
    found = [row for row in await groups.categories(tx, list(category_ids)) if row is not None]
    gone = await tx.fetch(_BELOW, ids=[row["id"] for row in found])
    ids = sa.literal([row["id"] for row in gone], _ARRAY)
    own = (await tx.execute(sa.select(_p.c.id).where(_p.c.category_id == sa.any_(ids)).order_by(_p.c.id))).scalars()
    products = list(own)
    if products:
        hidden = sa.update(_listed).where(_listed.c.product_id == sa.any_(sa.literal(products, _ARRAY)))
        await tx.execute(hidden.values(is_published=False, published_at=None))
    await tx.execute(sa.delete(_c).where(_c.c.id == sa.any_(ids)))
    for row in gone:
        touched = products if row["id"] in category_ids else []
        tx.emit("category.deleted", "Category", row["id"], product_ids=touched, row=packed(row))
    _delete_pictures(tx, gone)
    return found, products


async def create_collection(tx: WriteCtx, given: Mapping[str, Any], product_ids: Sequence[int] = ()) -> int:
    """The id of a new collection, in no channel yet. `given` as in `create_category`. Raises NotFound, Refusal."""
    values = _prepared({"name": None, **given}, new=True)
    collection_id = await add_with_slug(tx, _collection, values, name=values["name"], taken=COLLECTION_TAKEN)
    if product_ids:
        await _add_members(tx, collection_id, product_ids)
    tx.emit("collection.created", "Collection", collection_id)
    return collection_id


async def update_collection(tx: WriteCtx, collection_id: int, given: Mapping[str, Any]) -> None:
    await _update(tx, _collection, collection_id, given, COLLECTION_TAKEN)
    tx.emit("collection.updated", "Collection", collection_id)


async def delete_collections(tx: WriteCtx, collection_ids: Sequence[int]) -> tuple[list[Row], list[int]]:
    """The rows of those that were there, and the ids of the products that were in them."""
    ids = sa.literal(list(collection_ids), _ARRAY)
    rows = (await tx.execute(sa.select(_collection).where(_collection.c.id == sa.any_(ids)).with_for_update())).all()
    found: list[Row] = [{**row._mapping, "channel_id": None} for row in rows]
    inside = sa.select(_member.c.product_id).where(_member.c.collection_id == sa.any_(ids)).distinct()
    products = list((await tx.execute(inside)).scalars())
    await tx.execute(sa.delete(_collection).where(_collection.c.id == sa.any_(ids)))
    for row in found:
        tx.emit("collection.deleted", "Collection", row["id"], product_ids=products, row=packed(row))
    _delete_pictures(tx, found)
    return found, products


async def add_products(tx: WriteCtx, collection_id: int, product_ids: Sequence[int]) -> None:
    """Put products last into a collection; those in it stay where they are. Raises NotFound, Refusal."""
    await _lock(tx, collection_id)
    await _add_members(tx, collection_id, product_ids)
    _tell(tx, collection_id, product_ids)


async def remove_products(tx: WriteCtx, collection_id: int, product_ids: Sequence[int]) -> None:
    await _lock(tx, collection_id)
    gone = _member.c.product_id == sa.any_(sa.literal(list(product_ids), _ARRAY))
    await tx.execute(sa.delete(_member).where(_member.c.collection_id == collection_id, gone))
    _tell(tx, collection_id, product_ids)


async def reorder_products(tx: WriteCtx, collection_id: int, moves: Sequence[tuple[int, int]]) -> None:
    """Move products by so many places. Raises NotFound."""
    await _lock(tx, collection_id)
    try:
        order = moved([row["product_id"] for row in await tx.fetch(_MEMBERS, id=collection_id)], moves)
    except KeyError as error:
        raise NotFound("Couldn't resolve to a product of the collection.", field="moves") from error
    await set_order(tx, _member, order, "product_id", _member.c.collection_id == collection_id)
    tx.emit("collection.updated", "Collection", collection_id)


async def publish_collection(
    tx: WriteCtx, collection_id: int, publications: Sequence[Publication], remove: Sequence[int] = ()
) -> list[int]:
    """Put a collection into channels, change its place in them, or take it out. The ids of its products.

    Raises NotFound, UnknownChannels.
    """
    await _lock(tx, collection_id)
    await require_channels(tx, [each.channel_id for each in publications], "addChannels")
    if remove:
        channels = _published.c.channel_id == sa.any_(sa.literal(list(remove), _ARRAY))
        await tx.execute(sa.delete(_published).where(_published.c.collection_id == collection_id, channels))
    for each in publications:
        new = insert(_published).values(collection_id=collection_id, channel_id=each.channel_id, **each.values)
        key = ["collection_id", "channel_id"]
        kept = new.on_conflict_do_update(index_elements=key, set_=dict(each.values)) if each.values else None
        await tx.execute(new.on_conflict_do_nothing() if kept is None else kept)
    tx.emit("collection.updated", "Collection", collection_id)
    return [row["product_id"] for row in await tx.fetch(_MEMBERS, id=collection_id)]


async def _lock(tx: WriteCtx, collection_id: int) -> None:
    if await tx.value(_LOCK_COLLECTION, id=collection_id) is None:
        raise NotFound("Couldn't resolve to a collection.", field="id")


async def _add_members(tx: WriteCtx, collection_id: int, product_ids: Sequence[int]) -> None:
    wanted = list(dict.fromkeys(product_ids))
    found = {row["id"]: row["has_variants"] for row in await tx.fetch(_SELLABLE, ids=wanted)}
    if len(found) < len(wanted):
        raise NotFound("Couldn't resolve to a product.", field="products")
    if not all(found.values()):
        message = "Cannot manage products without variants."
        raise Refusal(message, field="products", code="CANNOT_MANAGE_PRODUCT_WITHOUT_VARIANT")
    last = sa.select(sa.func.coalesce(sa.func.max(_member.c.sort_order), 0))
    start = (await tx.execute(last.where(_member.c.collection_id == collection_id))).scalar_one()
    rows = [
        {"collection_id": collection_id, "product_id": id, "sort_order": start + place}
        for place, id in enumerate(wanted, start=1)
    ]
    if rows:
        await tx.execute(insert(_member).values(rows).on_conflict_do_nothing())


async def _update(tx: WriteCtx, t: sa.Table, id: int, given: Mapping[str, Any], taken: Taken) -> None:
    values = _prepared(dict(given), new=False)
    for pairs in ("meta", "private_meta"):
        if pairs in values:
            values[pairs] = t.c[pairs].concat(sa.cast(values[pairs], t.c[pairs].type))
    update = sa.update(t).where(t.c.id == id).values(**values, updated_at=tx.clock.now()).returning(t.c.id)
    if (await uniquely(tx, update, taken)).first() is None:
        raise NotFound(f"Couldn't resolve to a {t.name}.", field="id")


def _prepared(values: dict[str, Any], *, new: bool) -> dict[str, Any]:
    if new and not values.get("slug"):
        values.pop("slug", None)
    judge_name(values)
    judge_slug(values)
    if values.get("background_image_alt", "") is None:
        values["background_image_alt"] = ""
    if "description" in values:
        values["description"] = clean_document(values["description"], field="description")
    if "name" in values:
        values["name_key"] = fold(values["name"])
    return values


def _tell(tx: WriteCtx, collection_id: int, product_ids: Sequence[int]) -> None:
    tx.emit("collection.updated", "Collection", collection_id)
    for product_id in product_ids:
        tx.emit("product.updated", "Product", product_id)


def _delete_pictures(tx: WriteCtx, rows: Sequence[Row]) -> None:
    keys = [row["background_image_key"] for row in rows if row["background_image_key"]]
    if keys:
        tx.enqueue(DELETE_FILES, keys=keys)
