"""Changes to products. The listing mirrors them: a flow refreshes it in the same transaction."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from engine.catalog.errors import SlugTaken, UnknownChannels, UnknownProduct
from engine.catalog.models import Category, Product, ProductChannel
from engine.channels.models import Channel
from engine.core.context import WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import editorjs_to_text, fold

NAME_LENGTH = 250
SLUG = re.compile(r"[\w-]{1,255}")

_IDS = sa.ARRAY(sa.BigInteger)
_p = table(Product)
_published = table(ProductChannel)
_category = table(Category)
_channel = table(Channel)
_TOUCH = Statement(
    sa.update(_p)
    .where(_p.c.id == sa.bindparam("product_id", type_=sa.BigInteger))
    .values(updated_at=sa.bindparam("now", type_=sa.DateTime(timezone=True)))
    .returning(_p.c.id)
)
_KNOWN_CHANNELS = Statement(sa.select(_channel.c.id).where(_channel.c.id == sa.any_(sa.bindparam("ids", type_=_IDS))))
_CATEGORY = Statement(sa.select(_category.c.id).where(_category.c.id == sa.bindparam("id", type_=sa.BigInteger)))


@dataclass(frozen=True)
class Publication:
    """What changes of a product's place in a channel, by column of `product_channel`; the rest stays."""

    channel_id: int
    values: Mapping[str, Any]


async def update_product(tx: WriteCtx, product_id: int, changes: Mapping[str, Any]) -> None:
    """Set columns of a product: name, slug, description (EditorJS), seo_title, seo_description, rating, weight_grams,
    category_id, meta and private_meta (pairs to add). Raises UnknownProduct, SlugTaken, NotFound, Refusal.
    """
    values = dict(changes)
    _judge(values)
    if values.get("category_id") is not None and await tx.value(_CATEGORY, id=values["category_id"]) is None:
        raise NotFound("Couldn't resolve to a category.", field="category")
    if "name" in values:
        values["name_key"] = fold(values["name"])
    if "description" in values:
        values["description_text"] = editorjs_to_text(values["description"])
    for pairs in ("meta", "private_meta"):
        if pairs in values:
            values[pairs] = _p.c[pairs].concat(sa.cast(values[pairs], _p.c[pairs].type))
    update = sa.update(_p).where(_p.c.id == product_id).values(**values, updated_at=tx.clock.now()).returning(_p.c.id)
    try:
        found = (await tx.execute(update)).first()
    except IntegrityError as error:
        if "uq_product_slug" not in str(error.orig):
            raise
        raise SlugTaken from error
    if found is None:
        raise UnknownProduct
    tx.emit("product.updated", "Product", product_id)


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
    name, slug, weight = values.get("name", "-"), values.get("slug", "-"), values.get("weight_grams")
    if not name or not name.strip():
        raise Refusal("This field cannot be blank.", field="name", code="REQUIRED")
    if len(name) > NAME_LENGTH:
        raise Refusal(f"A name has at most {NAME_LENGTH} characters.", field="name")
    if not slug:
        raise Refusal("Slug value cannot be blank.", field="slug", code="REQUIRED")
    if not SLUG.fullmatch(slug):
        raise Refusal("A slug has letters, digits, hyphens and underscores only.", field="slug")
    if not isinstance(values.get("description"), dict | None):
        raise Refusal("A description is an EditorJS document.", field="description")
    if weight is not None and not 0 <= weight < 2**31:
        raise Refusal("Product can't have negative weight.", field="weight")
