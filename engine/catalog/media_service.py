"""Changes to the pictures and videos of products."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.catalog import pictures
from engine.catalog.errors import UnknownProduct, UnknownVariant
from engine.catalog.models import Product, ProductMedia, ProductVariant, VariantMedia
from engine.catalog.service import DELETE_FILES
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.reorder import set_order
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table

_m = table(ProductMedia)
_p = table(Product)
_v = table(ProductVariant)
_shown = table(VariantMedia)
_ARRAY = sa.ARRAY(sa.BigInteger)
_ID = sa.bindparam("id", type_=sa.BigInteger)
_LOCK_PRODUCT = Statement(sa.select(_p.c.id).where(_p.c.id == _ID).with_for_update(key_share=True))
_VARIANT = Statement(
    sa.select(_v.c.id, _v.c.product_id).where(_v.c.id == _ID).with_for_update(key_share=True, read=True)
)
ALT_LENGTH = 250
URL_LENGTH = 2_000
_YOUTUBE = re.compile(r"[\w-]{6,20}")
_VIMEO = re.compile(r"\d{4,15}")


async def add_media(tx: WriteCtx, product_id: int, values: Mapping[str, Any]) -> int:
    """The id of a new picture or video, last of its product. `values` are columns. Raises UnknownProduct, Refusal."""
    if await tx.value(_LOCK_PRODUCT, id=product_id) is None:
        raise UnknownProduct
    _judge_alt(values)
    last = sa.select(sa.func.coalesce(sa.func.max(_m.c.sort_order), -1) + 1).where(_m.c.product_id == product_id)
    row = {**values, "product_id": product_id, "sort_order": last.scalar_subquery()}
    media_id = int((await tx.execute(sa.insert(_m).values(**row).returning(_m.c.id))).scalar_one())
    tx.emit("product_media.created", "ProductMedia", media_id, product_id=product_id)
    tx.emit("product.updated", "Product", product_id)
    return media_id


async def update_media(tx: WriteCtx, media_id: int, values: Mapping[str, Any]) -> int:
    """Set `alt`, and of meta and private_meta the pairs to add. The id of its product. Raises NotFound, Refusal."""
    _judge_alt(values)
    changes = {
        name: _m.c[name].concat(sa.cast(value, _m.c[name].type)) if name in ("meta", "private_meta") else value
        for name, value in values.items()
    }
    update = sa.update(_m).where(_m.c.id == media_id).values(**changes, updated_at=tx.clock.now())
    product_id = (await tx.execute(update.returning(_m.c.product_id))).scalar_one_or_none()
    if product_id is None:
        raise _unknown()
    tx.emit("product_media.updated", "ProductMedia", media_id, product_id=product_id)
    tx.emit("product.updated", "Product", product_id)
    return int(product_id)


async def delete_media(tx: WriteCtx, media_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there; their files go by a job."""
    gone = sa.delete(_m).where(_m.c.id == sa.any_(sa.literal(list(media_ids), _ARRAY))).returning(*_m.c)
    rows: list[Row] = [row._mapping for row in (await tx.execute(gone)).all()]
    for row in rows:
        tx.emit("product_media.deleted", "ProductMedia", row["id"], product_id=row["product_id"], row=packed(row))
    for product_id in sorted({row["product_id"] for row in rows}):
        tx.emit("product.updated", "Product", product_id)
    files = [row["storage_key"] for row in rows if row["storage_key"]]
    if files:
        tx.enqueue(DELETE_FILES, keys=files)
    return rows


async def reorder_media(tx: WriteCtx, product_id: int, media_ids: Sequence[int]) -> list[Row]:
    """The rows of all media of the product, in the order that is given whole. Raises UnknownProduct, Refusal."""
    if await tx.value(_LOCK_PRODUCT, id=product_id) is None:
        raise UnknownProduct
    (own,) = await pictures.of_products(tx, [product_id])
    known = {row["id"] for row in own}
    if any(id not in known for id in media_ids):
        raise Refusal("Media does not belong to the product.", field="mediaIds", code="NOT_PRODUCTS_IMAGE")
    if len(set(media_ids)) != len(media_ids) or len(media_ids) != len(known):
        raise Refusal("Incorrect number of media IDs provided.", field="mediaIds")
    await set_order(tx, _m, media_ids)
    tx.emit("product.updated", "Product", product_id)
    (ordered,) = await pictures.of_products(tx, [product_id])
    return ordered


async def show_with_variant(tx: WriteCtx, variant_id: int, media_id: int) -> int:
    """Show a picture of the product with one of its variants. The id of the product. Raises NotFound, Refusal."""
    product_id = await _together(tx, variant_id, media_id)
    new = insert(_shown).values(variant_id=variant_id, media_id=media_id).on_conflict_do_nothing()
    if (await tx.execute(new.returning(_shown.c.media_id))).first() is None:
        raise Refusal("This media is already assigned", field="mediaId", code="MEDIA_ALREADY_ASSIGNED")
    tx.emit("product_variant.updated", "ProductVariant", variant_id, product_id=product_id)
    return product_id


async def hide_from_variant(tx: WriteCtx, variant_id: int, media_id: int) -> int:
    """As `show_with_variant`, the other way."""
    product_id = await _together(tx, variant_id, media_id)
    own = (_shown.c.variant_id == variant_id) & (_shown.c.media_id == media_id)
    if (await tx.execute(sa.delete(_shown).where(own).returning(_shown.c.media_id))).first() is None:
        message = "Media is not assigned to this variant."
        raise Refusal(message, field="mediaId", code="NOT_PRODUCTS_IMAGE")
    tx.emit("product_variant.updated", "ProductVariant", variant_id, product_id=product_id)
    return product_id


def video_of(url: str) -> dict[str, Any] | None:
    """How a video at YouTube or Vimeo is shown (oEmbed 1.0), told from its address; None for any other address."""
    parts = urlsplit(url)
    host = (parts.hostname or "").removeprefix("www.").removeprefix("m.")
    path = parts.path.strip("/").split("/")
    if host == "youtu.be":
        id = path[0]
    elif host in ("youtube.com", "youtube-nocookie.com"):
        id = (
            path[1]
            if path[0] in ("embed", "shorts", "v") and len(path) > 1
            else parse_qs(parts.query).get("v", [""])[0]
        )
    elif host in ("vimeo.com", "player.vimeo.com"):
        id = path[-1]
        if not _VIMEO.fullmatch(id):
            return None
        return _oembed("Vimeo", "https://vimeo.com/", f"https://player.vimeo.com/video/{id}")
    else:
        return None
    if not _YOUTUBE.fullmatch(id):
        return None
    picture = {
        "thumbnail_url": f"https://i.ytimg.com/vi/{id}/hqdefault.jpg",
        "thumbnail_width": 480,
        "thumbnail_height": 360,
    }
    return _oembed("YouTube", "https://www.youtube.com/", f"https://www.youtube.com/embed/{id}") | picture


def _oembed(provider: str, home: str, embed: str) -> dict[str, Any]:
    frame = f'<iframe width="480" height="270" src="{embed}" frameborder="0" allowfullscreen></iframe>'
    return {
        "type": "video", "version": "1.0", "provider_name": provider, "provider_url": home, "width": 480, "height": 270,
        "html": frame,
    }  # fmt: skip


async def _together(tx: WriteCtx, variant_id: int, media_id: int) -> int:
    variant = await tx.first(_VARIANT, id=variant_id)
    if variant is None:
        raise UnknownVariant
    (media,) = await pictures.by_ids(tx, [media_id])
    if media is None:
        raise _unknown("mediaId")
    if media["product_id"] != variant["product_id"]:
        message = "This media doesn't belong to that product."
        raise Refusal(message, field="mediaId", code="NOT_PRODUCTS_IMAGE")
    return int(variant["product_id"])


def _judge_alt(values: Mapping[str, Any]) -> None:
    if len(values.get("alt") or "") > ALT_LENGTH:
        raise Refusal(f"Alt field exceeds the character limit of {ALT_LENGTH}.", field="alt")


def _unknown(field: str = "id") -> NotFound:
    return NotFound("Couldn't resolve to a product media.", field=field)
