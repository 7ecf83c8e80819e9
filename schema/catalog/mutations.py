"""What staff change of the catalogue."""

import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from engine.catalog.errors import UnknownProduct
from engine.core.context import Ctx, transact
from engine.core.errors import Refusal
from engine.core.ids import int_pk
from engine.flows import edit_product
from schema.attributes.value_inputs import given_values
from schema.catalog.bulk_variants import BulkVariantMutations
from schema.catalog.errors import ProductChannelListingError, ProductError
from schema.catalog.group_mutations import GroupMutations
from schema.catalog.media_mutations import MediaMutations
from schema.catalog.product_inputs import (
    ProductCreateInput,
    ProductInput,
    ProductVariantChannelListingAddInput,
    channel_pk,
    naming_channels,
    price_of,
    product_changes,
)
from schema.catalog.type_mutations import ProductTypeMutations
from schema.catalog.types import Product, ProductVariant
from schema.catalog.variant_mutations import VariantMutations, variant_pk
from schema.common.ids import pk_of, pks_of
from schema.common.inputs import given
from schema.common.moments import midnight, utc
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.input
class ProductChannelListingAddInput:
    channel_id: strawberry.ID
    is_published: bool | None = UNSET
    publication_date: datetime.date | None = strawberry.field(default=UNSET, description="Use `publishedAt`.")
    published_at: datetime.datetime | None = UNSET
    visible_in_listings: bool | None = UNSET
    is_available_for_purchase: bool | None = UNSET
    available_for_purchase_date: datetime.date | None = strawberry.field(
        default=UNSET, description="Use `availableForPurchaseAt`."
    )
    available_for_purchase_at: datetime.datetime | None = UNSET
    add_variants: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Variants to sell there; each is, once it has a price there."
    )
    remove_variants: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Variants that are no longer sold there."
    )


@strawberry.input
class ProductChannelListingUpdateInput:
    update_channels: list[ProductChannelListingAddInput] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET


@strawberry.type
class ProductCreate:
    product: Product | None
    errors: list[ProductError]


@strawberry.type
class ProductUpdate:
    product: Product | None
    errors: list[ProductError]


@strawberry.type
class ProductDelete:
    product: Product | None
    errors: list[ProductError]


@strawberry.type
class ProductBulkDelete:
    count: int
    errors: list[ProductError]


@strawberry.type
class ProductChannelListingUpdate:
    product: Product | None
    errors: list[ProductChannelListingError]


@strawberry.type
class ProductVariantChannelListingUpdate:
    variant: ProductVariant | None
    errors: list[ProductChannelListingError]


@strawberry.type
class CatalogMutations(BulkVariantMutations, GroupMutations, MediaMutations, ProductTypeMutations, VariantMutations):
    @mutation_field(STAFF, description="Make a product, in no channel yet.")
    async def product_create(self, info: BatchInfo, input: ProductCreateInput) -> ProductCreate:
        type_id = pk_of(input.product_type, "ProductType", "productType")
        attributes = given_values(given(input).get("attributes"))
        made = await transact(info.context, edit_product.create, type_id, product_changes(input), attributes)
        return payload(product=made)

    @mutation_field(STAFF, description="Change a product.")
    async def product_update(
        self,
        info: BatchInfo,
        input: ProductInput,
        id: strawberry.ID | None = None,
        external_reference: str | None = None,
    ) -> ProductUpdate:
        ctx, attributes = info.context, given_values(given(input).get("attributes"))
        pk = await _product(ctx, id, external_reference)
        return payload(product=await transact(ctx, edit_product.update, pk, product_changes(input), attributes))

    @mutation_field(STAFF, description="Delete a product with its variants and pictures.")
    async def product_delete(
        self, info: BatchInfo, id: strawberry.ID | None = None, external_reference: str | None = None
    ) -> ProductDelete:
        pk = await _product(info.context, id, external_reference)
        gone = await transact(info.context, edit_product.delete, [pk])
        if not gone:
            raise UnknownProduct
        return payload(product=gone[0])

    @mutation_field(STAFF, empty={"count": 0}, description="Delete products; those already gone are no failure.")
    async def product_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> ProductBulkDelete:
        gone = await transact(info.context, edit_product.delete, pks_of(ids, "Product", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Publish a product in channels, or take it out of them.")
    async def product_channel_listing_update(
        self, info: BatchInfo, id: strawberry.ID, input: ProductChannelListingUpdateInput
    ) -> ProductChannelListingUpdate:
        pk = int_pk(id, "Product")
        with naming_channels():
            asked = {channel_pk(one.channel_id): given(one) for one in input.update_channels or ()}
            moments = {channel_id: _moments(values) for channel_id, values in asked.items()}
            remove = [channel_pk(channel_id) for channel_id in input.remove_channels or ()]
            product = await transact(
                info.context,
                edit_product.publish,
                pk,
                moments,
                remove,
                add_variants=_variants(asked, "add_variants"),
                remove_variants=_variants(asked, "remove_variants"),
            )
            return payload(product=product)

    @mutation_field(STAFF, description="Price a variant in channels.")
    async def product_variant_channel_listing_update(
        self,
        info: BatchInfo,
        input: list[ProductVariantChannelListingAddInput],
        id: strawberry.ID | None = None,
        sku: str | None = None,
    ) -> ProductVariantChannelListingUpdate:
        pk = await variant_pk(info.context, id, sku)
        with naming_channels():
            prices = [price_of(one) for one in input]
            return payload(variant=await transact(info.context, edit_product.price, pk, prices))


async def _product(ctx: Ctx, id: str | None, reference: str | None) -> int:
    if (id is None) is (reference is None):
        raise Refusal("Exactly one of the arguments `id` and `externalReference` is needed.", code="GRAPHQL_ERROR")
    if id is not None:
        return int_pk(id, "Product")
    return await transact(ctx, edit_product.by_reference, reference or "")


def _variants(asked: dict[int, dict[str, Any]], name: str) -> dict[int, list[int]]:
    field = {"add_variants": "addVariants", "remove_variants": "removeVariants"}[name]
    chosen = {channel_id: values.get(name) for channel_id, values in asked.items()}
    return {channel_id: pks_of(ids, "ProductVariant", field) for channel_id, ids in chosen.items() if ids}


def _moments(asked: dict[str, Any]) -> dict[str, Any]:
    """What `catalog.service.publication` takes; a day is its beginning."""
    names = ("is_published", "visible_in_listings", "is_available_for_purchase")
    found = {name: asked[name] for name in names if name in asked}
    for day, moment in (
        ("publication_date", "published_at"),
        ("available_for_purchase_date", "available_for_purchase_at"),
    ):
        if moment in asked:
            found[moment] = utc(asked[moment])
        elif day in asked:
            found[moment] = midnight(asked[day])
    return found
