"""Where pictures lie in the storage, and what became of fetching those that are known by their address."""

from typing import Any

import sqlalchemy as sa

from engine.catalog.models import Category, Collection, ProductMedia
from engine.core.context import Ctx, WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table

_ID = sa.bindparam("id", type_=sa.BigInteger)


def _key(model: type[Any], column: str) -> Statement:
    t = table(model)
    return Statement(sa.select(t.c[column]).where(t.c.id == _ID))


_MEDIA = _key(ProductMedia, "storage_key")
_CATEGORY = _key(Category, "background_image_key")
_COLLECTION = _key(Collection, "background_image_key")
_PENDING = Statement(
    sa.text("SELECT source_url FROM product_media WHERE id = :id AND fetch_status = 'PENDING'").bindparams(_ID)
)
_RECORD = Statement(
    sa.text(
        "UPDATE product_media SET fetch_status = :status, fetch_error = :error, storage_key = :key,"
        " content_type = :content_type, updated_at = now()"
        " WHERE id = :id AND fetch_status = 'PENDING' AND source_url = :url RETURNING id"
    ).bindparams(
        _ID,
        *(sa.bindparam(name, type_=sa.Text) for name in ("status", "error", "key", "content_type", "url")),
    )
)


async def media_key(ctx: Ctx, media_id: int) -> str | None:
    """The storage key of a product's picture or video; None where there is none, or it was not fetched yet."""
    key: str | None = await ctx.value(_MEDIA, id=media_id)
    return key


async def category_key(ctx: Ctx, category_id: int) -> str | None:
    """The storage key of a category's background image."""
    key: str | None = await ctx.value(_CATEGORY, id=category_id)
    return key


async def collection_key(ctx: Ctx, collection_id: int) -> str | None:
    """The storage key of a collection's background image."""
    key: str | None = await ctx.value(_COLLECTION, id=collection_id)
    return key


async def pending_source(ctx: Ctx, media_id: int) -> str | None:
    """The address a picture is still to be fetched from; None where nothing is to be fetched any more."""
    row = await ctx.first(_PENDING, id=media_id)
    return None if row is None else row["source_url"] or ""


async def record_fetch(
    tx: WriteCtx,
    media_id: int,
    url: str,
    status: str,
    *,
    error: str | None = None,
    key: str | None = None,
    content_type: str | None = None,
) -> bool:
    """Note that the picture from `url` is STORED, has FAILED, or is still PENDING. False when it waits for that
    address no more."""
    rows = await tx.fetch(_RECORD, id=media_id, url=url, status=status, error=error, key=key, content_type=content_type)
    if rows and status == "STORED":
        tx.emit("product_media.updated", "ProductMedia", media_id)
    return bool(rows)
