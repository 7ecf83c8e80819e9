"""Root fields of the catalogue."""

from typing import Any

import strawberry

from engine.attributes import queries as attributes
from engine.catalog import groups, queries
from engine.catalog.rules import sees_all
from engine.core.context import Row
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.core.text import fold
from engine.flows import browse
from schema.attributes.types import Attribute, AttributeCountableConnection
from schema.catalog import lookahead
from schema.catalog.filters import ids as pks
from schema.catalog.filters import listing_request
from schema.catalog.inputs import (
    AttributeFilterInput,
    CategoryFilterInput,
    CategorySortingInput,
    CollectionFilterInput,
    CollectionSortingInput,
    ProductFilterInput,
    ProductOrder,
    ProductVariantFilterInput,
    ProductWhereInput,
)
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
from schema.common.enums import LanguageCodeEnum
from schema.common.inputs import given
from schema.execution.fields import Rows, root_field
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
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> ProductVariantCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("productVariants", first=first, after=after, last=last, before=before, edges=edges)
        wanted = None if ids is None else pks(ids, "ProductVariant")
        skus = given(filter).get("sku") if filter else None
        at = await browse.place(info.context, channel)
        if at is None:
            wanted, at = (), browse.Place(None, None)
        page = await queries.variant_page(info.context, at.channel_id, args, ids=wanted, skus=skus)
        total = None
        if info.selects("totalCount"):
            total = await queries.variant_count(info.context, at.channel_id, ids=wanted, skus=skus)
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

    @root_field(PUBLIC, description="Categories by name.")
    async def categories(
        self,
        info: BatchInfo,
        filter: CategoryFilterInput | None = None,
        sort_by: CategorySortingInput | None = None,
        level: int | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> CategoryCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("categories", first=first, after=after, last=last, before=before, edges=edges)
        parts = {**_parts(filter, "Category"), "level": level}
        down = bool(sort_by and sort_by.direction == "DESC")
        page = await groups.category_page(info.context, args, descending=down, **parts)
        total = await groups.category_count(info.context, **parts) if info.selects("totalCount") else None
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

    @root_field(PUBLIC, description="Collections of a channel, by name.")
    async def collections(
        self,
        info: BatchInfo,
        filter: CollectionFilterInput | None = None,
        sort_by: CollectionSortingInput | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> CollectionCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("collections", first=first, after=after, last=last, before=before, edges=edges)
        parts = _parts(filter, "Collection")
        down = bool(sort_by and sort_by.direction == "DESC")
        at = await browse.place(info.context, channel)
        if at is None:
            parts, at = {"ids": ()}, browse.Place(None, None)
        page = await groups.collection_page(info.context, at.channel_id, args, descending=down, **parts)
        total = None
        if info.selects("totalCount"):
            total = await groups.collection_count(info.context, at.channel_id, **parts)
        return _connection(page, total)

    @root_field(PUBLIC, description="A product type by id.")
    async def product_type(self, info: BatchInfo, id: strawberry.ID) -> ProductType | None:
        return (await queries.types_by_ids(info.context, [int_pk(id, "ProductType")]))[0]

    @root_field(PUBLIC, description="Product types, by slug.")
    async def product_types(
        self,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> ProductTypeCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("productTypes", first=first, after=after, last=last, before=before, edges=edges)
        total = await queries.type_count(info.context) if info.selects("totalCount") else None
        return _connection(await queries.type_page(info.context, args), total)

    @root_field(PUBLIC, description="An attribute by id or slug.")
    async def attribute(
        self, info: BatchInfo, id: strawberry.ID | None = None, slug: str | None = None
    ) -> Attribute | None:
        ctx = info.context
        found: Row | None = None
        if id is not None:
            (found,) = await attributes.by_ids(ctx, [int_pk(id, "Attribute")])
        elif slug is not None:
            (found,) = await attributes.by_slugs(ctx, [slug])
        return found if found and (found["visible_in_storefront"] or sees_all(ctx.caller)) else None

    @root_field(PUBLIC, description="Attributes by slug, also those of the products of a category or collection.")
    async def attributes(
        self,
        info: BatchInfo,
        filter: AttributeFilterInput | None = None,
        search: str | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> AttributeCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("attributes", first=first, after=after, last=last, before=before, edges=edges)
        asked = given(filter) if filter else {}
        parts = await _attribute_parts(info, asked, search or asked.get("search"), channel or asked.get("channel"))
        page = await attributes.page(info.context, args, **parts)
        total = await attributes.count(info.context, **parts) if info.selects("totalCount") else None
        return _connection(page, total)


async def _attribute_parts(info: BatchInfo, asked: Rows, search: str | None, channel: str | None) -> Rows:
    ctx = info.context
    wanted = None if asked.get("ids") is None else set(pks(asked["ids"], "Attribute"))
    inside: dict[str, Any] = {}
    if asked.get("in_category"):
        inside["category_ids"] = pks([asked["in_category"]], "Category")
    if asked.get("in_collection"):
        inside["collection_ids"] = pks([asked["in_collection"]], "Collection")
    if inside:
        found = set(await browse.attribute_ids(ctx, channel, browse.Wish(inside)))
        wanted = found if wanted is None else wanted & found
    return {
        "ids": wanted,
        "slugs": asked.get("slugs"),
        "search": search and search.lower(),
        "visible": asked.get("visible_in_storefront") if sees_all(ctx.caller) else True,
        "filterable": asked.get("filterable_in_storefront"),
    }


def _parts(filter: CategoryFilterInput | CollectionFilterInput | None, type_name: str) -> dict[str, Any]:
    asked = given(filter) if filter else {}
    wanted, search = asked.get("ids"), asked.get("search")
    return {
        "ids": None if wanted is None else pks(wanted, type_name),
        "slugs": asked.get("slugs"),
        "search": search and fold(search),
    }


def _connection(page: Any, total: int | None) -> Any:
    return page.as_connection(total_count=total)
