"""Changes to products. The listing mirrors them: a flow refreshes it in the same transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.attributes.assign import Given, Holder, assign, forget
from engine.catalog import assigned, queries
from engine.catalog.errors import Claimed, SlugTaken, UnknownChannels, UnknownProduct
from engine.catalog.models import (
    Category,
    CollectionProduct,
    Product,
    ProductAttributeValue,
    ProductChannel,
    ProductMedia,
    ProductType,
)
from engine.channels.models import Channel
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.richtext import clean_document
from engine.core.slugs import Taken, add_with_slug, judge_name, judge_slug, reference_taken, uniquely
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import editorjs_to_text, fold

_IDS = sa.ARRAY(sa.BigInteger)
_p = table(Product)
_published = table(ProductChannel)
_category = table(Category)
_channel = table(Channel)
_type = table(ProductType)
_member = table(CollectionProduct)
_media = table(ProductMedia)
_ID = sa.bindparam("id", type_=sa.BigInteger)
# what is pointed at stays while it is; tax lies above
_TAX_CLASS = Statement(sa.text("SELECT id FROM tax_class WHERE id = :id FOR KEY SHARE").bindparams(_ID))
_COLLECTIONS = Statement(
    sa.text("SELECT id FROM collection WHERE id = ANY(:ids) ORDER BY id FOR KEY SHARE").bindparams(
        sa.bindparam("ids", type_=_IDS)
    )
)
_TYPE = Statement(sa.select(_type.c.id).where(_type.c.id == _ID).with_for_update(key_share=True, read=True))
PRODUCTS = Holder("product", table(ProductAttributeValue), "product_id")
TAKEN: Taken = {"uq_product_slug": SlugTaken, "uq_product_external_reference": reference_taken("Product")}
DELETE_FILES = "catalog.delete_files"
_TOUCH = Statement(
    sa.update(_p)
    .where(_p.c.id == sa.bindparam("product_id", type_=sa.BigInteger))
    .values(updated_at=sa.bindparam("now", type_=sa.DateTime(timezone=True)))
    .returning(_p.c.id)
)
_KNOWN_CHANNELS = Statement(sa.select(_channel.c.id).where(_channel.c.id == sa.any_(sa.bindparam("ids", type_=_IDS))))
_CATEGORY = Statement(sa.select(_category.c.id).where(_category.c.id == _ID).with_for_update(key_share=True, read=True))


@dataclass(frozen=True)
class Publication:
    """What changes of a product's place in a channel, by column of `product_channel`; the rest stays."""

    channel_id: int
    values: Mapping[str, Any]


async def update_product(tx: WriteCtx, product_id: int, changes: Mapping[str, Any]) -> None:
    """Set columns of a product: name, slug, description (EditorJS), seo_title, seo_description, rating, weight_grams,
    category_id, tax_class_id, external_reference, meta and private_meta (pairs to add); `collection_ids` are those it
    is in besides. Raises UnknownProduct, SlugTaken, NotFound, Refusal.
    """
    values = dict(changes)
    collection_ids = values.pop("collection_ids", None)
    await _prepare(tx, values)
    for pairs in ("meta", "private_meta"):
        if pairs in values:
            values[pairs] = _p.c[pairs].concat(sa.cast(values[pairs], _p.c[pairs].type))
    update = sa.update(_p).where(_p.c.id == product_id).values(**values, updated_at=tx.clock.now()).returning(_p.c.id)
    if (await uniquely(tx, update, TAKEN)).first() is None:
        raise UnknownProduct
    if collection_ids is not None:
        await _collect(tx, product_id, collection_ids)
    tx.emit("product.updated", "Product", product_id)


async def create_product(tx: WriteCtx, type_id: int, given: Mapping[str, Any], attributes: Sequence[Given]) -> int:
    """The id of a new product, in no channel yet. `given` as in `update_product`; a name is needed, a slug is made of
    it. Raises also Faulty for attributes, and NotFound for an unknown type."""
    if await tx.value(_TYPE, id=type_id) is None:
        raise NotFound("Couldn't resolve to a product type.", field="productType")
    values = {"name": None, **given, "product_type_id": type_id}
    collection_ids = values.pop("collection_ids", None)
    if not values.get("slug"):
        values.pop("slug", None)
    await _prepare(tx, values)
    product_id = await add_with_slug(tx, _p, values, name=values["name"], taken=TAKEN)
    await give_attributes(tx, product_id, type_id, attributes, complete=True)
    if collection_ids:
        await _collect(tx, product_id, collection_ids)
    tx.emit("product.created", "Product", product_id)
    return product_id


async def give_attributes(
    tx: WriteCtx, product_id: int, type_id: int, given: Sequence[Given], *, complete: bool = False
) -> None:
    """Set those of the product's attributes that are given. Raises Faulty."""
    if given or complete:
        attributes = await assigned.carried_by_type(tx, type_id, "PRODUCT")
        await assign(tx, PRODUCTS, product_id, attributes, given, complete=complete)


async def delete_products(tx: WriteCtx, product_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there. What only they had goes with them; files too, by a job. Raises Claimed."""
    ids = sorted(set(product_ids))
    rows = [row for row in await queries.products_of(tx, [(id, None) for id in ids]) if row is not None]
    wanted = sa.any_(sa.literal([row["id"] for row in rows], _IDS))
    keys = (await tx.execute(sa.select(_media.c.storage_key).where(_media.c.product_id == wanted))).scalars()
    files = [key for key in keys if key is not None]
    await forget(tx, PRODUCTS, [row["id"] for row in rows])
    await uniquely(tx, sa.delete(_p).where(_p.c.id == wanted), {"fk_allocation_stock_id_stock": Claimed})
    for row in rows:
        tx.emit("product.deleted", "Product", row["id"], product_ids=[row["id"]], row=packed(row))
    if files:
        tx.enqueue(DELETE_FILES, keys=files)
    return rows


async def _collect(tx: WriteCtx, product_id: int, collection_ids: Sequence[int]) -> None:
    """Put the product last into these collections, and into no others."""
    ids = sorted(set(collection_ids))
    if len(await tx.fetch(_COLLECTIONS, ids=ids)) < len(ids):
        raise NotFound("Couldn't resolve to a collection.", field="collections")
    wanted = sa.literal(ids, _IDS)
    mine = _member.c.product_id == product_id
    await tx.execute(sa.delete(_member).where(mine, _member.c.collection_id != sa.all_(wanted)))
    other = _member.alias("other")
    each = sa.func.unnest(wanted).table_valued("id").render_derived(name="each")
    last = sa.select(sa.func.coalesce(sa.func.max(other.c.sort_order), 0) + 1).where(other.c.collection_id == each.c.id)
    rows = sa.select(each.c.id, sa.literal(product_id, sa.BigInteger), last.scalar_subquery())
    new = insert(_member).from_select(["collection_id", "product_id", "sort_order"], rows)
    await tx.execute(new.on_conflict_do_nothing())


async def _prepare(tx: WriteCtx, values: dict[str, Any]) -> None:
    """Judge the columns of a product, clean them, and fill in those that follow from them."""
    if "description" in values:
        values["description"] = clean_document(values["description"], field="description")
        values["description_text"] = editorjs_to_text(values["description"])
    _judge(values)
    if values.get("category_id") is not None and await tx.value(_CATEGORY, id=values["category_id"]) is None:
        raise NotFound("Couldn't resolve to a category.", field="category")
    if values.get("tax_class_id") is not None and await tx.value(_TAX_CLASS, id=values["tax_class_id"]) is None:
        raise NotFound("Couldn't resolve to a tax class.", field="taxClass")
    if "name" in values:
        values["name_key"] = fold(values["name"])


async def publish(
    tx: WriteCtx, product_id: int, publications: Sequence[Publication], remove: Sequence[int] = ()
) -> None:
    """Put a product into channels, change its place in them, or take it out. Raises UnknownProduct, UnknownChannels."""
    if await tx.value(_TOUCH, product_id=product_id, now=tx.clock.now()) is None:
        raise UnknownProduct
    await require_channels(tx, [each.channel_id for each in publications], "updateChannels")
    if remove:
        gone = sa.delete(_published).where(
            _published.c.product_id == product_id, _published.c.channel_id == sa.any_(sa.literal(list(remove), _IDS))
        )
        await tx.execute(gone)
    for each in publications:
        new = insert(_published).values(product_id=product_id, channel_id=each.channel_id, **each.values)
        key = [_published.c.product_id, _published.c.channel_id]
        kept = new.on_conflict_do_update(index_elements=key, set_=dict(each.values)) if each.values else None
        await tx.execute(new.on_conflict_do_nothing() if kept is None else kept)
    tx.emit("product.updated", "Product", product_id)


async def require_channels(tx: WriteCtx, channel_ids: Sequence[int], field: str) -> None:
    """Raises UnknownChannels unless there is a channel for each id."""
    known = {row["id"] for row in await tx.fetch(_KNOWN_CHANNELS, ids=list(channel_ids))}
    unknown = [id for id in channel_ids if id not in known]
    if unknown:
        raise UnknownChannels(field, unknown)


def publication(asked: Mapping[str, Any], channel_id: int, now: datetime) -> Publication:
    """From `is_published`, `published_at`, `visible_in_listings`, `is_available_for_purchase` and
    `available_for_purchase_at`, as far as given. What is published or for sale without a moment is so from now on.
    """
    values = {name: asked[name] for name in ("is_published", "visible_in_listings") if asked.get(name) is not None}
    if "published_at" in asked:
        values["published_at"] = asked["published_at"]
    if values.get("is_published") and values.get("published_at") is None:
        values["published_at"] = now
    on_sale = asked.get("is_available_for_purchase")
    if on_sale is False:
        values["available_for_purchase_at"] = None
    elif on_sale or "available_for_purchase_at" in asked:
        values["available_for_purchase_at"] = asked.get("available_for_purchase_at") or (now if on_sale else None)
    return Publication(channel_id, values)


def _judge(values: Mapping[str, Any]) -> None:
    judge_name(values)
    judge_slug(values)
    weight = values.get("weight_grams")
    if weight is not None and not 0 <= weight < 2**31:
        raise Refusal("Product can't have negative weight.", field="weight")
    if values.get("external_reference") == "":
        raise Refusal("This field cannot be blank.", field="externalReference", code="REQUIRED")
