"""Root fields of the catalogue."""

from typing import Any

import strawberry

from engine.catalog import groups, lists, queries
from engine.catalog.rules import sees_all
from engine.core.conditions import Wish
from engine.core.errors import BadRequest
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.flows import browse
from engine.listing import variants
from schema.catalog import lookahead
from schema.catalog.filters import listing_request
from schema.catalog.group_inputs import (
    CategoryFilterInput,
    CategorySortingInput,
    CategoryWhereInput,
    CollectionFilterInput,
    CollectionSortField,
    CollectionSortingInput,
    CollectionWhereInput,
    ProductTypeFilterInput,
    ProductTypeSortingInput,
    ProductVariantFilterInput,
    ProductVariantSortingInput,
    ProductVariantWhereInput,
    category_wish,
    collection_wish,
    product_type_wish,
    variant_wish,
)
from schema.catalog.inputs import ProductFilterInput, ProductOrder, ProductWhereInput
from schema.catalog.types import (
    Category,
    CategoryCountableConnection,
    Collection,
    CollectionCountableConnection,
    Product,
    ProductCountableConnection,
    ProductType,
    ProductTypeCountableConnection,
    ProductVariant,
    ProductVariantCountableConnection,
)
from schema.common.enums import LanguageCodeEnum, OrderDirection
from schema.common.inputs import given
from schema.common.wishes import either, pks
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo


@strawberry.type
class CatalogQueries:
    @root_field(PUBLIC, description="A product by id, slug or external reference, in a channel.")
    async def product(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        slug: str | None = None,
        slug_language_code: LanguageCodeEnum | None = None,
        external_reference: str | None = None,
        channel: str | None = None,
    ) -> Product | None:
        ctx, pk = info.context, None if id is None else int_pk(id, "Product")
        at: queries.At = channel
        if at is None:
            at = (await browse.default_place(ctx)).channel_id
        ahead = lookahead.PRODUCT.of_one(info)
        if pk is not None:
            return (await queries.visible_products(ctx, [pk], at, ahead))[0]
        if slug is not None:
            return await queries.visible_product_by_slug(ctx, slug, at, slug_language_code, ahead)
        if external_reference is not None:
            return await queries.visible_product_by_reference(ctx, external_reference, at, ahead)
        return None

    @root_field(PUBLIC, description="Products of a channel, filtered, ordered, searched.")
    async def products(
        self,
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
    ) -> ProductCountableConnection | None:
        request = listing_request(info, filter, where, sort_by, search, channel, before, after, first, last)
        return await browse.products(info.context, request)

    @root_field(PUBLIC, description="A variant by id, SKU or external reference, in a channel.")
    async def product_variant(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        sku: str | None = None,
        external_reference: str | None = None,
        channel: str | None = None,
    ) -> ProductVariant | None:
        ctx, pk = info.context, None if id is None else int_pk(id, "ProductVariant")
        at = await browse.place(ctx, channel)
        if at is None:
            return None
        if pk is not None:
            return (await queries.visible_variants(ctx, [pk], at.channel_id))[0]
        if sku is not None:
            return await queries.visible_variant_by_sku(ctx, sku, at.channel_id)
        if external_reference is not None:
            return await queries.visible_variant_by_reference(ctx, external_reference, at.channel_id)
        return None

    @root_field(PUBLIC, description="Variants sold in a channel.")
    async def product_variants(
        self,
        info: BatchInfo,
        ids: list[strawberry.ID] | None = None,
        channel: str | None = None,
        filter: ProductVariantFilterInput | None = None,
        where: ProductVariantWhereInput | None = None,
        sort_by: ProductVariantSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> ProductVariantCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("productVariants", first=first, after=after, last=last, before=before, edges=edges)
        wanted = Wish({"ids": None if ids is None else pks(ids, "ProductVariant")})
        wish = Wish(all_of=(wanted, either(filter, where, variant_wish)))
        at = await browse.place(info.context, channel)
        if at is None:
            wish, at = Wish({"ids": ()}), browse.Place(None, None)
        order = sort_by.field if sort_by else "ID"
        page = await variants.page(info.context, at.channel_id, args, wish, order, descending=_down(sort_by))
        total = await variants.count(info.context, at.channel_id, wish) if info.selects("totalCount") else None
        return _connection(page, total)

    @root_field(PUBLIC, description="A category by id or slug.")
    async def category(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        slug: str | None = None,
        slug_language_code: LanguageCodeEnum | None = None,
    ) -> Category | None:
        if id is not None:
            return (await groups.categories(info.context, [int_pk(id, "Category")]))[0]
        return None if slug is None else await groups.category_by_slug(info.context, slug, slug_language_code)

    @root_field(PUBLIC, description="Categories, by name unless asked otherwise.")
    async def categories(
        self,
        info: BatchInfo,
        filter: CategoryFilterInput | None = None,
        where: CategoryWhereInput | None = None,
        sort_by: CategorySortingInput | None = None,
        level: int | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> CategoryCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("categories", first=first, after=after, last=last, before=before, edges=edges)
        wish = Wish({"level": level}, all_of=(either(filter, where, category_wish),))
        order = sort_by.field if sort_by else "NAME"
        page = await lists.CATEGORIES.page(info.context, args, order, wish, descending=_down(sort_by))
        total = await lists.CATEGORIES.count(info.context, wish) if info.selects("totalCount") else None
        return _connection(page, total)

    @root_field(PUBLIC, description="A collection by id or slug, in a channel.")
    async def collection(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        slug: str | None = None,
        slug_language_code: LanguageCodeEnum | None = None,
        channel: str | None = None,
    ) -> Collection | None:
        ctx, pk = info.context, None if id is None else int_pk(id, "Collection")
        at = await browse.place(ctx, channel)
        if at is None:
            return None
        if pk is not None:
            return (await groups.visible_collections(ctx, [pk], at.channel_id))[0]
        if slug is None:
            return None
        return await groups.visible_collection_by_slug(ctx, slug, at.channel_id, slug_language_code)

    @root_field(PUBLIC, description="Collections of a channel, by name unless asked otherwise.")
    async def collections(
        self,
        info: BatchInfo,
        filter: CollectionFilterInput | None = None,
        where: CollectionWhereInput | None = None,
        sort_by: CollectionSortingInput | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> CollectionCountableConnection | None:
        ctx, edges = info.context, info.selects("edges")
        args = page_args("collections", first=first, after=after, last=last, before=before, edges=edges)
        wish = either(filter, where, collection_wish)
        named = channel or _set(filter, "channel") or _set(sort_by, "channel")
        at = await browse.place(ctx, named)
        if at is None:
            wish, at = Wish({"ids": ()}), browse.Place(None, None)
        order = _COLLECTION_ORDERS[sort_by.field] if sort_by else "NAME"
        if at.channel_id is None and (order in _OF_A_CHANNEL or "published" in wish.parts):
            raise BadRequest("Publication is asked for in a channel. Pass the `channel` argument.")
        seeing = {"channel_id": at.channel_id, "sees_all": sees_all(ctx.caller), "now": ctx.clock.now()}
        page = await lists.COLLECTIONS.page(ctx, args, order, wish, descending=_down(sort_by), **seeing)
        total = await lists.COLLECTIONS.count(ctx, wish, **seeing) if info.selects("totalCount") else None
        return _connection(page, total)

    @root_field(PUBLIC, description="A product type by id.")
    async def product_type(self, info: BatchInfo, id: strawberry.ID) -> ProductType | None:
        return (await queries.types_by_ids(info.context, [int_pk(id, "ProductType")]))[0]

    @root_field(PUBLIC, description="Product types, by slug unless asked otherwise.")
    async def product_types(
        self,
        info: BatchInfo,
        filter: ProductTypeFilterInput | None = None,
        sort_by: ProductTypeSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> ProductTypeCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("productTypes", first=first, after=after, last=last, before=before, edges=edges)
        wish = either(filter, None, product_type_wish)
        order = sort_by.field if sort_by else "SLUG"
        page = await lists.TYPES.page(info.context, args, order, wish, descending=_down(sort_by))
        total = await lists.TYPES.count(info.context, wish) if info.selects("totalCount") else None
        return _connection(page, total)


_COLLECTION_ORDERS = {
    CollectionSortField.NAME: "NAME",
    CollectionSortField.AVAILABILITY: "AVAILABILITY",
    CollectionSortField.PRODUCT_COUNT: "PRODUCT_COUNT",
    CollectionSortField.PUBLICATION_DATE: "PUBLISHED_AT",
    CollectionSortField.PUBLISHED_AT: "PUBLISHED_AT",
}
_OF_A_CHANNEL = ("AVAILABILITY", "PUBLISHED_AT")


def _set(input: Any, name: str) -> Any:
    return given(input).get(name) if input else None


def _down(sort_by: Any) -> bool:
    return bool(sort_by and sort_by.direction == OrderDirection.DESC)


def _connection(page: Any, total: int | None) -> Any:
    return page.as_connection(total_count=total)
