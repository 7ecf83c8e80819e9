"""Categories and collections as staff change them, with their pictures and the listing of their products."""

from collections.abc import Mapping, Sequence
from typing import Any

from engine.catalog import group_service, groups
from engine.catalog.media import category_key, collection_key
from engine.catalog.service import DELETE_FILES, publication
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound
from engine.flows.uploads import Incoming, discard, store_picture
from engine.listing.service import refresh


async def create_category(ctx: Ctx, given: Mapping[str, Any], parent_id: int | None, picture: Incoming | None) -> Row:
    """The new category's row. Raises what `group_service.create_category` raises, and UploadRefused."""
    return await _with_picture(ctx, picture, "categories", given, _create_category, parent_id)


async def update_category(ctx: Ctx, category_id: int, given: Mapping[str, Any], picture: Incoming | None) -> Row:
    return await _with_picture(ctx, picture, "categories", given, _update_category, category_id)


async def delete_categories(tx: WriteCtx, category_ids: Sequence[int]) -> list[Row]:
    """The rows of those that were there. Their products are in no category then, and unpublished."""
    gone, products = await group_service.delete_categories(tx, category_ids)
    await refresh(tx, products)
    return gone


async def create_collection(
    ctx: Ctx, given: Mapping[str, Any], product_ids: Sequence[int], picture: Incoming | None
) -> Row:
    return await _with_picture(ctx, picture, "collections", given, _create_collection, product_ids)


async def update_collection(ctx: Ctx, collection_id: int, given: Mapping[str, Any], picture: Incoming | None) -> Row:
    return await _with_picture(ctx, picture, "collections", given, _update_collection, collection_id)


async def delete_collections(tx: WriteCtx, collection_ids: Sequence[int]) -> list[Row]:
    gone, products = await group_service.delete_collections(tx, collection_ids)
    await refresh(tx, products)
    return gone


async def add_products(tx: WriteCtx, collection_id: int, product_ids: Sequence[int]) -> Row:
    await group_service.add_products(tx, collection_id, product_ids)
    await refresh(tx, product_ids)
    return await _collection(tx, collection_id)


async def remove_products(tx: WriteCtx, collection_id: int, product_ids: Sequence[int]) -> Row:
    await group_service.remove_products(tx, collection_id, product_ids)
    await refresh(tx, product_ids)
    return await _collection(tx, collection_id)


async def reorder_products(tx: WriteCtx, collection_id: int, moves: Sequence[tuple[int, int]]) -> Row:
    await group_service.reorder_products(tx, collection_id, moves)
    return await _collection(tx, collection_id)


async def publish_collection(
    tx: WriteCtx, collection_id: int, asked: Mapping[int, Mapping[str, Any]], remove: Sequence[int]
) -> Row:
    """`asked`: by channel id `is_published` and `published_at`, as far as given."""
    now = tx.clock.now()
    publications = [publication(values, channel_id, now) for channel_id, values in asked.items()]
    products = await group_service.publish_collection(tx, collection_id, publications, remove)
    await refresh(tx, products)
    return await _collection(tx, collection_id)


async def _with_picture(
    ctx: Ctx, picture: Incoming | None, folder: str, given: Mapping[str, Any], work: Any, *args: Any
) -> Row:
    """`work(tx, given, *args)` with the picture stored before; it goes again when the work fails."""
    if picture is None:
        return await transact(ctx, work, given, *args)
    stored = await store_picture(ctx, picture, folder, field="backgroundImage")
    try:
        return await transact(ctx, work, {**given, "background_image_key": stored.key}, *args)
    except BaseException:
        await discard(ctx, stored.key)
        raise


async def _create_category(tx: WriteCtx, given: Mapping[str, Any], parent_id: int | None) -> Row:
    return await _category(tx, await group_service.create_category(tx, given, parent_id))


async def _update_category(tx: WriteCtx, given: Mapping[str, Any], category_id: int) -> Row:
    if "background_image_key" in given:
        _delete_later(tx, await category_key(tx, category_id))
    await group_service.update_category(tx, category_id, given)
    return await _category(tx, category_id)


async def _create_collection(tx: WriteCtx, given: Mapping[str, Any], product_ids: Sequence[int]) -> Row:
    collection_id = await group_service.create_collection(tx, given, product_ids)
    await refresh(tx, product_ids)
    return await _collection(tx, collection_id)


async def _update_collection(tx: WriteCtx, given: Mapping[str, Any], collection_id: int) -> Row:
    if "background_image_key" in given:
        _delete_later(tx, await collection_key(tx, collection_id))
    await group_service.update_collection(tx, collection_id, given)
    return await _collection(tx, collection_id)


def _delete_later(tx: WriteCtx, key: str | None) -> None:
    if key is not None:
        tx.enqueue(DELETE_FILES, keys=[key])


async def _category(tx: WriteCtx, category_id: int) -> Row:
    (row,) = await groups.categories(tx, [category_id])
    if row is None:
        raise NotFound("Couldn't resolve to a category.", field="id")
    return row


async def _collection(tx: WriteCtx, collection_id: int) -> Row:
    (row,) = await groups.visible_collections(tx, [collection_id], None)
    if row is None:
        raise NotFound("Couldn't resolve to a collection.", field="id")
    return row
