"""Fields of events about the catalogue and the shop's own pages."""

import uuid

import strawberry

from engine.attributes import queries as attributes
from engine.catalog import groups, pictures, queries
from engine.channels import queries as channels
from engine.content import menus
from engine.content import queries as pages
from engine.core.context import Ctx
from engine.flows import browse
from engine.inventory import queries as inventory
from schema.attributes.types import Attribute, AttributeValue
from schema.catalog import lookahead
from schema.catalog.media import ProductMedia
from schema.catalog.types import Category, Collection, Product, ProductVariant
from schema.content.types import Menu, MenuItem, Page, PageType, seen_from
from schema.events.loading import by_int
from schema.execution.fields import Rows, batch_field
from schema.execution.info import BatchInfo
from schema.inventory.types import Warehouse


async def _channel_id(ctx: Ctx, slug: str | None) -> int | None:
    row = await channels.by_slug(ctx, slug) if slug is not None else None
    return None if row is None else int(row["id"])


@strawberry.type
class ProductEvent:
    @batch_field(description="The product, in a channel.")
    async def product(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[Product | None]:
        ctx, ahead = info.context, lookahead.PRODUCT.of_one(info)
        found: Rows = await by_int(parents, lambda ids: queries.visible_products(ctx, ids, channel, ahead))
        return found

    @batch_field(description="The category of the product.")
    async def category(parents: Rows, info: BatchInfo) -> list[Category | None]:
        ctx = info.context
        products = await by_int(parents, lambda ids: queries.visible_products(ctx, ids, None))
        found: Rows = await groups.categories(ctx, [row and row["category_id"] for row in products])
        return found


@strawberry.type
class ProductVariantEvent:
    @batch_field(description="The variant, in a channel.")
    async def product_variant(
        parents: Rows, info: BatchInfo, channel: str | None = None
    ) -> list[ProductVariant | None]:
        ctx = info.context
        at = await browse.place(ctx, channel) if channel is not None else browse.Place(None, None)
        if at is None:
            return [None] * len(parents)
        found: Rows = await by_int(parents, lambda ids: queries.visible_variants(ctx, ids, at.channel_id))
        return found


@strawberry.type
class VariantStockEvent(ProductVariantEvent):
    @batch_field(description="The warehouse whose stock changed, if it was one.")
    async def warehouse(parents: Rows, info: BatchInfo) -> list[Warehouse | None]:
        told = [row["payload"].get("warehouse_id") for row in parents]
        wanted = [uuid.UUID(each) if each is not None else None for each in told]
        ids = [each for each in wanted if each is not None]
        found = dict(zip(ids, await inventory.warehouses_by_ids(info.context, ids), strict=True)) if ids else {}
        rows: Rows = [None if each is None else found[each] for each in wanted]
        return rows


@strawberry.type
class ProductMediaEvent:
    @batch_field
    async def product_media(parents: Rows, info: BatchInfo) -> list[ProductMedia | None]:
        found: Rows = await by_int(parents, lambda ids: pictures.by_ids(info.context, ids))
        return found


@strawberry.type
class CategoryEvent:
    @batch_field
    async def category(parents: Rows, info: BatchInfo) -> list[Category | None]:
        found: Rows = await by_int(parents, lambda ids: groups.categories(info.context, ids))
        return found


@strawberry.type
class CollectionEvent:
    @batch_field(description="The collection, in a channel.")
    async def collection(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[Collection | None]:
        ctx, at = info.context, await _channel_id(info.context, channel)
        found: Rows = await by_int(parents, lambda ids: groups.visible_collections(ctx, ids, at))
        return found


@strawberry.type
class AttributeEvent:
    @batch_field
    async def attribute(parents: Rows, info: BatchInfo) -> list[Attribute | None]:
        found: Rows = await by_int(parents, lambda ids: attributes.by_ids(info.context, ids))
        return found


@strawberry.type
class AttributeValueEvent:
    @batch_field
    async def attribute_value(parents: Rows, info: BatchInfo) -> list[AttributeValue | None]:
        found: Rows = await by_int(parents, lambda ids: attributes.values_by_ids(info.context, ids))
        return found


@strawberry.type
class MenuEvent:
    @batch_field(description="The menu, its links as seen in a channel.")
    async def menu(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[Menu | None]:
        at = await _channel_id(info.context, channel)
        found: Rows = await by_int(parents, lambda ids: menus.by_ids(info.context, ids))
        return [seen_from(at, row) for row in found]


@strawberry.type
class MenuItemEvent:
    @batch_field(description="The menu item, its link as seen in a channel.")
    async def menu_item(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[MenuItem | None]:
        at = await _channel_id(info.context, channel)
        found: Rows = await by_int(parents, lambda ids: menus.items_by_ids(info.context, ids))
        return [seen_from(at, row) for row in found]


@strawberry.type
class PageEvent:
    @batch_field
    async def page(parents: Rows, info: BatchInfo) -> list[Page | None]:
        found: Rows = await by_int(parents, lambda ids: pages.visible_pages(info.context, ids))
        return found


@strawberry.type
class PageTypeEvent:
    @batch_field
    async def page_type(parents: Rows, info: BatchInfo) -> list[PageType | None]:
        found: Rows = await by_int(parents, lambda ids: pages.types_by_ids(info.context, ids))
        return found
