"""Pictures and videos of products as staff give them: a file, or an address to fetch them from."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from engine.catalog import media_service, pictures
from engine.catalog import queries as catalog
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound, Refusal
from engine.flows.edit_product import row_of
from engine.flows.fetch_media import JOB as FETCH
from engine.flows.uploads import Incoming, discard, store_picture


async def create(ctx: Ctx, product_id: int, alt: str, file: Incoming | None, url: str | None) -> tuple[Row, Row]:
    """The product and the new picture or video: of the file, or of what lies at the address: a video of a site we know,
    else a picture, which a job fetches. Raises UnknownProduct, Refusal, UploadRefused.
    """
    if file is not None and url:
        raise Refusal("Either a file or an external URL is required.", field="input", code="DUPLICATED_INPUT_ITEM")
    if file is None:
        return await transact(ctx, _add, product_id, {"alt": alt, **_at(url)})
    stored = await store_picture(ctx, file, "products")
    values = {"alt": alt, "storage_key": stored.key, "content_type": stored.content_type}
    try:
        return await transact(ctx, _add, product_id, values)
    except BaseException:
        await discard(ctx, stored.key)
        raise


async def update(tx: WriteCtx, media_id: int, values: Mapping[str, Any]) -> tuple[Row, Row]:
    product_id = await media_service.update_media(tx, media_id, values)
    return await _both(tx, product_id, media_id)


async def delete(tx: WriteCtx, media_id: int) -> tuple[Row, Row]:
    """The product and what was deleted. Raises NotFound."""
    rows = await media_service.delete_media(tx, [media_id])
    if not rows:
        raise NotFound("Couldn't resolve to a product media.", field="id")
    return await row_of(tx, rows[0]["product_id"]), rows[0]


async def reorder(tx: WriteCtx, product_id: int, media_ids: Sequence[int]) -> tuple[Row, list[Row]]:
    media = await media_service.reorder_media(tx, product_id, media_ids)
    return await row_of(tx, product_id), media


async def show(tx: WriteCtx, variant_id: int, media_id: int, *, shown: bool) -> tuple[Row | None, Row | None]:
    """The variant and the picture that is now shown with it, or no longer."""
    change = media_service.show_with_variant if shown else media_service.hide_from_variant
    await change(tx, variant_id, media_id)
    (variant,) = await catalog.variants_of_keys(tx, [(variant_id, None)])
    (media,) = await pictures.by_ids(tx, [media_id])
    return variant, media


async def _add(tx: WriteCtx, product_id: int, values: Mapping[str, Any]) -> tuple[Row, Row]:
    media_id = await media_service.add_media(tx, product_id, values)
    if values.get("fetch_status") == "PENDING":
        tx.enqueue(FETCH, media_id=media_id)
    return await _both(tx, product_id, media_id)


async def _both(tx: WriteCtx, product_id: int, media_id: int) -> tuple[Row, Row]:
    (media,) = await pictures.by_ids(tx, [media_id])
    return await row_of(tx, product_id), media


def _at(url: str | None) -> dict[str, Any]:
    if not url:
        raise Refusal("Image or external URL is required.", field="input", code="REQUIRED")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or len(url) > media_service.URL_LENGTH:
        message = "Unsupported media provider or incorrect URL."
        raise Refusal(message, field="mediaUrl", code="UNSUPPORTED_MEDIA_PROVIDER")
    video = media_service.video_of(url)
    if video is not None:
        return {"type": "VIDEO", "source_url": url, "oembed": video}
    return {"source_url": url, "fetch_status": "PENDING"}
