"""What staff change of categories and collections."""

import datetime
from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.errors import NotFound
from engine.core.ids import int_pk
from engine.flows import edit_groups
from schema.catalog.errors import ProductError
from schema.catalog.product_inputs import (
    SeoInput,
    channel_pk,
    meta_columns,
    naming_channels,
    seo_columns,
)
from schema.catalog.types import Category, Collection
from schema.common.errors import MutationError
from schema.common.ids import pk_of, pks_of
from schema.common.inputs import given, set_or
from schema.common.metadata import MetadataInput
from schema.common.moments import midnight, utc
from schema.common.scalars import JSONString, Upload
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.errors import ProductErrorCode

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.input
class CategoryInput:
    description: JSONString | None = UNSET
    name: str | None = UNSET
    slug: str | None = UNSET
    seo: SeoInput | None = UNSET
    background_image: Upload | None = UNSET
    background_image_alt: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.input
class CollectionInput:
    is_published: bool | None = strawberry.field(
        default=UNSET, description="Deprecated: use `collectionChannelListingUpdate`; this changes nothing."
    )
    name: str | None = UNSET
    slug: str | None = UNSET
    description: JSONString | None = UNSET
    background_image: Upload | None = UNSET
    background_image_alt: str | None = UNSET
    seo: SeoInput | None = UNSET
    publication_date: datetime.date | None = strawberry.field(
        default=UNSET, description="Deprecated: use `collectionChannelListingUpdate`; this changes nothing."
    )
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.input
class CollectionCreateInput(CollectionInput):
    products: list[strawberry.ID] | None = UNSET


@strawberry.input
class MoveProductInput:
    product_id: strawberry.ID
    sort_order: int | None = strawberry.field(
        default=UNSET, description="By how many places to move it, down if positive; null: not at all."
    )


@strawberry.input
class PublishableChannelListingInput:
    channel_id: strawberry.ID
    is_published: bool | None = UNSET
    publication_date: datetime.date | None = strawberry.field(
        default=UNSET, description="Deprecated: use `publishedAt`."
    )
    published_at: datetime.datetime | None = UNSET


@strawberry.input
class CollectionChannelListingUpdateInput:
    add_channels: list[PublishableChannelListingInput] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET


@strawberry.enum
class CollectionErrorCode(StrEnum):
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    CANNOT_MANAGE_PRODUCT_WITHOUT_VARIANT = "CANNOT_MANAGE_PRODUCT_WITHOUT_VARIANT"
    FILE_SIZE_LIMIT_EXCEEDED = "FILE_SIZE_LIMIT_EXCEEDED"


@strawberry.type
class CollectionError(MutationError):
    code: CollectionErrorCode
    products: list[strawberry.ID] | None = strawberry.field(description="The products it is about.")


@strawberry.type
class CollectionChannelListingError(MutationError):
    code: ProductErrorCode
    channels: list[strawberry.ID] | None = strawberry.field(description="The channels it is about.")


@strawberry.type
class CategoryCreate:
    category: Category | None
    errors: list[ProductError]


@strawberry.type
class CategoryUpdate:
    category: Category | None
    errors: list[ProductError]


@strawberry.type
class CategoryDelete:
    category: Category | None
    errors: list[ProductError]


@strawberry.type
class CategoryBulkDelete:
    count: int
    errors: list[ProductError]


@strawberry.type
class CollectionCreate:
    collection: Collection | None
    errors: list[CollectionError]


@strawberry.type
class CollectionUpdate:
    collection: Collection | None
    errors: list[CollectionError]


@strawberry.type
class CollectionDelete:
    collection: Collection | None
    errors: list[CollectionError]


@strawberry.type
class CollectionBulkDelete:
    count: int
    errors: list[CollectionError]


@strawberry.type
class CollectionAddProducts:
    collection: Collection | None
    errors: list[CollectionError]


@strawberry.type
class CollectionRemoveProducts:
    collection: Collection | None
    errors: list[CollectionError]


@strawberry.type
class CollectionReorderProducts:
    collection: Collection | None
    errors: list[CollectionError]


@strawberry.type
class CollectionChannelListingUpdate:
    collection: Collection | None
    errors: list[CollectionChannelListingError]


@strawberry.type
class GroupMutations:
    @mutation_field(STAFF, description="Make a category, at the root or below another.")
    async def category_create(
        self, info: BatchInfo, input: CategoryInput, parent: strawberry.ID | None = None
    ) -> CategoryCreate:
        above = None if parent is None else pk_of(parent, "Category", "parent")
        picture = set_or(input.background_image)
        return payload(category=await edit_groups.create_category(info.context, _columns(input), above, picture))

    @mutation_field(STAFF, description="Change a category.")
    async def category_update(self, info: BatchInfo, id: strawberry.ID, input: CategoryInput) -> CategoryUpdate:
        pk, picture = int_pk(id, "Category"), set_or(input.background_image)
        return payload(category=await edit_groups.update_category(info.context, pk, _columns(input), picture))

    @mutation_field(STAFF, description="Delete a category and all below it. Their products are unpublished.")
    async def category_delete(self, info: BatchInfo, id: strawberry.ID) -> CategoryDelete:
        gone = await transact(info.context, edit_groups.delete_categories, [int_pk(id, "Category")])
        if not gone:
            raise NotFound("Couldn't resolve to a category.", field="id")
        return payload(category=gone[0])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete categories as `categoryDelete` does.")
    async def category_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> CategoryBulkDelete:
        gone = await transact(info.context, edit_groups.delete_categories, pks_of(ids, "Category", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Make a collection, in no channel yet.")
    async def collection_create(self, info: BatchInfo, input: CollectionCreateInput) -> CollectionCreate:
        products, picture = pks_of(set_or(input.products), "Product", "products"), set_or(input.background_image)
        made = await edit_groups.create_collection(info.context, _columns(input), products, picture)
        return payload(collection=made)

    @mutation_field(STAFF, description="Change a collection.")
    async def collection_update(self, info: BatchInfo, id: strawberry.ID, input: CollectionInput) -> CollectionUpdate:
        pk, picture = int_pk(id, "Collection"), set_or(input.background_image)
        return payload(collection=await edit_groups.update_collection(info.context, pk, _columns(input), picture))

    @mutation_field(STAFF, description="Delete a collection; its products stay.")
    async def collection_delete(self, info: BatchInfo, id: strawberry.ID) -> CollectionDelete:
        gone = await transact(info.context, edit_groups.delete_collections, [int_pk(id, "Collection")])
        if not gone:
            raise NotFound("Couldn't resolve to a collection.", field="id")
        return payload(collection=gone[0])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete collections; their products stay.")
    async def collection_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> CollectionBulkDelete:
        gone = await transact(info.context, edit_groups.delete_collections, pks_of(ids, "Collection", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Put products last into a collection.")
    async def collection_add_products(
        self, info: BatchInfo, collection_id: strawberry.ID, products: list[strawberry.ID]
    ) -> CollectionAddProducts:
        pk, ids = pk_of(collection_id, "Collection", "collectionId"), pks_of(products, "Product", "products")
        return payload(collection=await transact(info.context, edit_groups.add_products, pk, ids))

    @mutation_field(STAFF, description="Take products out of a collection.")
    async def collection_remove_products(
        self, info: BatchInfo, collection_id: strawberry.ID, products: list[strawberry.ID]
    ) -> CollectionRemoveProducts:
        pk, ids = pk_of(collection_id, "Collection", "collectionId"), pks_of(products, "Product", "products")
        return payload(collection=await transact(info.context, edit_groups.remove_products, pk, ids))

    @mutation_field(STAFF, description="Move products within a collection.")
    async def collection_reorder_products(
        self, info: BatchInfo, collection_id: strawberry.ID, moves: list[MoveProductInput]
    ) -> CollectionReorderProducts:
        pk = pk_of(collection_id, "Collection", "collectionId")
        wanted = [(pk_of(move.product_id, "Product", "moves"), set_or(move.sort_order) or 0) for move in moves]
        return payload(collection=await transact(info.context, edit_groups.reorder_products, pk, wanted))

    @mutation_field(STAFF, description="Publish a collection in channels, or take it out of them.")
    async def collection_channel_listing_update(
        self, info: BatchInfo, id: strawberry.ID, input: CollectionChannelListingUpdateInput
    ) -> CollectionChannelListingUpdate:
        pk = int_pk(id, "Collection")
        with naming_channels():
            asked = {channel_pk(one.channel_id): _publication(one) for one in set_or(input.add_channels) or ()}
            remove = [channel_pk(channel_id) for channel_id in set_or(input.remove_channels) or ()]
            changed = await transact(info.context, edit_groups.publish_collection, pk, asked, remove)
            return payload(collection=changed)


def _columns(input: Any) -> dict[str, Any]:
    asked = given(input)
    plain = ("name", "slug", "description", "background_image_alt")
    columns = {name: asked[name] for name in plain if name in asked}
    if "background_image" in asked and asked["background_image"] is None:
        columns["background_image_key"] = None
    return columns | seo_columns(asked) | meta_columns(asked)


def _publication(input: PublishableChannelListingInput) -> dict[str, Any]:
    asked = given(input)
    found = {"is_published": asked["is_published"]} if "is_published" in asked else {}
    if "published_at" in asked:
        found["published_at"] = utc(asked["published_at"])
    elif "publication_date" in asked:
        found["published_at"] = midnight(asked["publication_date"])
    return found
