"""Products, with their price and availability in the channel they were asked in."""

import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.catalog import assigned, groups, pictures, queries, translations
from engine.channels import queries as channels
from engine.core.context import Row
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.flows import facets, offers
from engine.listing.variants import CONDITIONS
from engine.tax import queries as tax
from schema.accounts.inputs import AddressInput
from schema.attributes.assigned import AssignedAttribute, assigned_row
from schema.attributes.types import Attribute, AttributeValue, SelectedAttribute
from schema.catalog.group_inputs import ProductVariantFilterInput, ProductVariantWhereInput, variant_wish
from schema.catalog.lookahead import VARIANT
from schema.catalog.media import ProductMedia, image_rows
from schema.catalog.pricing import ProductPricingInfo, pricing_row
from schema.catalog.product_types import ProductType
from schema.catalog.translations import ProductTranslation
from schema.catalog.variants import (
    ProductVariant,
    ProductVariantCountableConnection,
    channel_slugs,
    one_assigned,
    taxed_at,
)
from schema.channels.types import Channel
from schema.common.connections import PageInfo, connection_rows
from schema.common.enums import CountryCode, LanguageCodeEnum, ThumbnailFormatEnum
from schema.common.ids import Node, global_id, joint_id
from schema.common.lookahead import reads_metadata
from schema.common.media import Image
from schema.common.metadata import ObjectWithMetadata
from schema.common.scalars import JSONString, PositiveInt
from schema.common.weight import Weight, weight_row
from schema.common.wishes import either
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo
from schema.tax.types import TaxClass

if TYPE_CHECKING:
    from schema.catalog.groups import Category, Collection
else:
    Category = Annotated["Category", strawberry.lazy("schema.catalog.groups")]
    Collection = Annotated["Collection", strawberry.lazy("schema.catalog.groups")]


@strawberry.type(description="Whether a product is published and for sale in a channel.")
class ProductChannelListing(Node):
    id: strawberry.ID = joint_id("ProductChannelListing", "product_id", "channel_id")
    published_at: datetime.datetime | None
    is_published: bool
    visible_in_listings: bool
    available_for_purchase_at: datetime.datetime | None

    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel]:
        found: Rows = await channels.by_ids(info.context, [row["channel_id"] for row in parents])
        return found

    @batch_field
    async def is_available_for_purchase(parents: Rows, info: BatchInfo) -> list[bool | None]:
        found: Rows = await queries.for_sale(info.context, [(row["product_id"], row["channel_id"]) for row in parents])
        return found

    @batch_field
    async def pricing(
        parents: Rows, info: BatchInfo, address: AddressInput | None = None
    ) -> list[ProductPricingInfo | None]:
        keys = [(row["product_id"], row["channel_id"]) for row in parents]
        found = await offers.price_ranges(info.context, keys, *taxed_at(address))
        return [pricing_row(price) for price in found]


@strawberry.type(description="Something sold, in one or more variants.")
class Product(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Product")
    seo_title: str | None
    seo_description: str | None
    name: str
    description: JSONString | None = strawberry.field(description="An EditorJS document.")
    slug: str
    rating: float | None
    hs_code: str | None = strawberry.field(description="Harmonized System code, 6 to 10 digits.")
    origin_country: str | None = strawberry.field(description="Where it was made, ISO 3166-1 alpha-2.")
    external_reference: str | None
    updated_at: datetime.datetime

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def weight(row: Row) -> Weight | None:
        return weight_row(row["weight_grams"])

    @batch_field
    async def product_type(parents: Rows, info: BatchInfo) -> list[ProductType]:
        ids = [row["product_type_id"] for row in parents]
        found: Rows = queries.PRODUCT_TYPE.taken(parents) or await queries.types_by_ids(info.context, ids)
        return found

    @batch_field
    async def category(parents: Rows, info: BatchInfo) -> list[Category | None]:
        found = groups.CATEGORY.taken(parents)
        return found or await groups.categories(info.context, [row["category_id"] for row in parents])

    @batch_field(description="The collections it is in, as far as they are published in the channel.")
    async def collections(parents: Rows, info: BatchInfo) -> list[list[Collection] | None]:
        found: Rows = await groups.collections_of(info.context, [offers.key_of(row) for row in parents])
        return found

    @batch_field(description="Slug of the channel the product was asked in.")
    async def channel(parents: Rows, info: BatchInfo) -> list[str | None]:
        return await channel_slugs(info, parents)

    @batch_field(description="Its first picture; `size` is about how many pixels the longer side has.")
    async def thumbnail(
        parents: Rows, info: BatchInfo, size: int | None = None, format: ThumbnailFormatEnum | None = None
    ) -> list[Image | None]:
        found: Rows = pictures.FIRST_IMAGE.taken(parents)
        if found is None:
            found = await pictures.first_images(info.context, [row["id"] for row in parents])
        images: Rows = image_rows(info.context, found, size, format)
        return images

    @batch_field
    async def media(parents: Rows, info: BatchInfo) -> list[list[ProductMedia] | None]:
        found: Rows = await pictures.of_products(info.context, [row["id"] for row in parents])
        return found

    @batch_field
    async def media_by_id(parents: Rows, info: BatchInfo, id: strawberry.ID) -> list[ProductMedia | None]:
        (found,) = await pictures.by_ids(info.context, [int_pk(id, "ProductMedia")])
        return [found if found and found["product_id"] == row["id"] else None for row in parents]

    @batch_field(description="What its variants cost in the channel. With an address, taxed as there.")
    async def pricing(
        parents: Rows, info: BatchInfo, address: AddressInput | None = None
    ) -> list[ProductPricingInfo | None]:
        keys = [offers.key_of(row) for row in parents]
        found = await offers.price_ranges(info.context, keys, *taxed_at(address))
        return [pricing_row(price) for price in found]

    @batch_field(description="Whether it is for sale in the channel and in stock.")
    async def is_available(
        parents: Rows, info: BatchInfo, address: AddressInput | None = None, country_code: CountryCode | None = None
    ) -> list[bool | None]:
        keys = [offers.key_of(row) for row in parents]
        return await offers.buyable(info.context, keys, country_code or taxed_at(address)[0])

    @batch_field
    async def is_available_for_purchase(parents: Rows, info: BatchInfo) -> list[bool | None]:
        found: Rows = await queries.for_sale(info.context, [offers.key_of(row) for row in parents])
        return found

    @batch_field
    async def available_for_purchase_at(parents: Rows, info: BatchInfo) -> list[datetime.datetime | None]:
        return await queries.for_sale_since(info.context, [offers.key_of(row) for row in parents])

    @batch_field
    async def default_variant(parents: Rows, info: BatchInfo) -> list[ProductVariant | None]:
        return await queries.default_variants(info.context, parents)

    @batch_field(description="Its variants that are sold in the channel.")
    async def product_variants(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
        filter: ProductVariantFilterInput | None = None,
        where: ProductVariantWhereInput | None = None,
    ) -> list[ProductVariantCountableConnection | None]:
        edges = info.selects("edges")
        args = page_args("productVariants", first=first, after=after, last=last, before=before, edges=edges)
        keys = [offers.key_of(row) for row in parents]
        narrowed = (either(filter, where, variant_wish), CONDITIONS) if filter or where else None
        ahead = VARIANT.of_many(info, "edges", "node")
        pages = await queries.variant_pages(info.context, keys, args, ahead, narrowed)
        counts = await queries.variant_counts(info.context, keys, narrowed) if info.selects("totalCount") else None
        return connection_rows(pages, counts)

    @batch_field(deprecation_reason="Use `productVariants`.")
    async def variants(parents: Rows, info: BatchInfo) -> list[list[ProductVariant] | None]:
        args = page_args("variants", first=100)
        keys = [offers.key_of(row) for row in parents]
        pages = await queries.variant_pages(info.context, keys, args, VARIANT.of_many(info))
        return [page.rows for page in pages]

    @batch_field
    async def attributes(parents: Rows, info: BatchInfo) -> list[list[SelectedAttribute]]:
        return await assigned.of_products(info.context, parents, meta=reads_metadata(info, "attribute"))

    @batch_field
    async def attribute(parents: Rows, info: BatchInfo, slug: str) -> list[SelectedAttribute | None]:
        found = await assigned.of_products(info.context, parents, meta=reads_metadata(info, "attribute"))
        return [next((one for one in rows if one["attribute"]["slug"] == slug), None) for rows in found]

    @batch_field
    async def assigned_attributes(
        parents: Rows, info: BatchInfo, limit: PositiveInt | None = None
    ) -> list[list[AssignedAttribute]]:
        found: Rows = await assigned.of_products(info.context, parents, meta=reads_metadata(info, "attribute"))
        return [[assigned_row(one) for one in rows[:limit]] for rows in found]

    @batch_field
    async def assigned_attribute(parents: Rows, info: BatchInfo, slug: str) -> list[AssignedAttribute | None]:
        found = await assigned.of_products(info.context, parents, meta=reads_metadata(info, "attribute"))
        return [one_assigned(rows, slug) for rows in found]

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[ProductTranslation | None]:
        return await translations.of_products(info.context, [row["id"] for row in parents], language_code)

    @batch_field(guard=needs("MANAGE_PRODUCTS"))
    async def channel_listings(parents: Rows, info: BatchInfo) -> list[list[ProductChannelListing] | None]:
        found: Rows = await queries.channel_listings(info.context, [row["id"] for row in parents])
        return found

    @batch_field(guard=STAFF)
    async def tax_class(parents: Rows, info: BatchInfo) -> list[TaxClass | None]:
        return await tax.classes(info.context, [row["tax_class_id"] for row in parents])


@strawberry.type
class ProductCountableEdge:
    node: Product
    cursor: str


@strawberry.type
class ProductFacetValue:
    value: AttributeValue
    count: int = strawberry.field(description="How many of the listed products carry it.")


@strawberry.type(description="An attribute to narrow a listing by, and what each of its values would leave.")
class ProductFacet:
    attribute: Attribute
    values: list[ProductFacetValue]


@strawberry.type
class ProductCountableConnection:
    page_info: PageInfo
    edges: list[ProductCountableEdge]
    total_count: int | None

    @batch_field(description="Counts over all pages. Without slugs: every attribute the products are filtered by.")
    async def facets(parents: Rows, info: BatchInfo, attributes: list[str] | None = None) -> list[list[ProductFacet]]:
        meta = reads_metadata(info, "attribute")
        return [await facets.rows(info.context, row, attributes, meta=meta) for row in parents]
