"""Categories and collections."""

import datetime

import strawberry

from engine.catalog import groups, translations
from engine.channels import queries as channels
from engine.core.paging import page_args
from engine.flows import browse, offers
from schema.catalog.filters import listing_request
from schema.catalog.inputs import ProductFilterInput, ProductOrder, ProductWhereInput
from schema.catalog.media import background_row
from schema.catalog.products import ProductCountableConnection
from schema.catalog.translations import CategoryTranslation, CollectionTranslation
from schema.channels.types import Channel
from schema.common.connections import PageInfo, connection_rows
from schema.common.enums import LanguageCodeEnum, ThumbnailFormatEnum
from schema.common.ids import Node, global_id, joint_id
from schema.common.media import Image
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import JSONString
from schema.execution.fields import Rows, batch_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo


@strawberry.type(description="A node of the tree that products are sorted into.")
class Category(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Category")
    seo_title: str | None
    seo_description: str | None
    name: str
    description: JSONString | None
    slug: str
    level: int
    external_reference: str | None
    updated_at: datetime.datetime

    @batch_field
    async def parent(parents: Rows, info: BatchInfo) -> list["Category | None"]:
        return await groups.categories(info.context, [row["parent_id"] for row in parents])

    @batch_field(description="What lies above it, the root first.")
    async def ancestors(
        parents: Rows, info: BatchInfo, first: int | None = None, last: int | None = None
    ) -> list["CategoryCountableConnection | None"]:
        args = page_args("ancestors", first=first, last=last, edges=info.selects("edges"))
        found = await groups.ancestors(info.context, [row["id"] for row in parents])
        return [_slice(rows, args.size, args.backward) for rows in found]

    @batch_field
    async def children(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list["CategoryCountableConnection | None"]:
        edges = info.selects("edges")
        args = page_args("children", first=first, after=after, last=last, before=before, edges=edges)
        ids = [row["id"] for row in parents]
        pages = await groups.child_pages(info.context, ids, args)
        counts = await groups.child_counts(info.context, ids) if info.selects("totalCount") else None
        return connection_rows(pages, counts)

    @batch_field(description="Products in it and in everything below it.")
    async def products(
        parents: Rows,
        info: BatchInfo,
        filter: ProductFilterInput | None = None,
        where: ProductWhereInput | None = None,
        sort_by: ProductOrder | None = None,
        search: str | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[ProductCountableConnection | None]:
        request = listing_request(info, filter, where, sort_by, search, channel, before, after, first, last)
        return await browse.products_in_categories(info.context, [row["id"] for row in parents], request)

    @batch_field
    async def background_image(
        parents: Rows, info: BatchInfo, size: int | None = None, format: ThumbnailFormatEnum | None = None
    ) -> list[Image | None]:
        rows: Rows = [background_row(info.context, "Category", row, size, format) for row in parents]
        return rows

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[CategoryTranslation | None]:
        return await translations.of_categories(info.context, [row["id"] for row in parents], language_code)


@strawberry.type
class CategoryCountableEdge:
    node: Category
    cursor: str


@strawberry.type
class CategoryCountableConnection:
    page_info: PageInfo
    edges: list[CategoryCountableEdge]
    total_count: int | None


@strawberry.type(description="Whether a collection is published in a channel.")
class CollectionChannelListing(Node):
    id: strawberry.ID = joint_id("CollectionChannelListing", "collection_id", "channel_id")
    published_at: datetime.datetime | None
    is_published: bool

    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel]:
        found: Rows = await channels.by_ids(info.context, [row["channel_id"] for row in parents])
        return found


@strawberry.type(description="Products put together by hand, in an order of their own.")
class Collection(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Collection")
    seo_title: str | None
    seo_description: str | None
    name: str
    description: JSONString | None
    slug: str
    external_reference: str | None

    @batch_field(description="Its products in the channel it was asked in.")
    async def products(
        parents: Rows,
        info: BatchInfo,
        filter: ProductFilterInput | None = None,
        where: ProductWhereInput | None = None,
        sort_by: ProductOrder | None = None,
        search: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[ProductCountableConnection | None]:
        request = listing_request(info, filter, where, sort_by, search, None, before, after, first, last)
        return await browse.products_in_collections(info.context, [offers.key_of(row) for row in parents], request)

    @batch_field
    async def background_image(
        parents: Rows, info: BatchInfo, size: int | None = None, format: ThumbnailFormatEnum | None = None
    ) -> list[Image | None]:
        rows: Rows = [background_row(info.context, "Collection", row, size, format) for row in parents]
        return rows

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[CollectionTranslation | None]:
        return await translations.of_collections(info.context, [row["id"] for row in parents], language_code)

    @batch_field(guard=needs("MANAGE_PRODUCTS"))
    async def channel_listings(parents: Rows, info: BatchInfo) -> list[list[CollectionChannelListing] | None]:
        found: Rows = await groups.collection_listings(info.context, [row["id"] for row in parents])
        return found


@strawberry.type
class CollectionCountableEdge:
    node: Collection
    cursor: str


@strawberry.type
class CollectionCountableConnection:
    page_info: PageInfo
    edges: list[CollectionCountableEdge]
    total_count: int | None


def _slice(rows: Rows, size: int, from_end: bool) -> Rows:
    """A connection of the few categories above one; their depth is their cursor."""
    kept = rows[len(rows) - size :] if from_end and size < len(rows) else rows[:size]
    cut = len(kept) < len(rows)
    return {
        "edges": [{"node": row, "cursor": str(row["level"])} for row in kept],
        "page_info": {
            "has_next_page": cut and not from_end,
            "has_previous_page": cut and from_end,
            "start_cursor": str(kept[0]["level"]) if kept else None,
            "end_cursor": str(kept[-1]["level"]) if kept else None,
        },
        "total_count": len(rows),
    }
