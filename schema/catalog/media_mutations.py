"""What staff change of the pictures and videos of products."""

import strawberry
from strawberry import UNSET

from engine.catalog import media_service
from engine.core.context import transact
from engine.core.ids import int_pk
from engine.flows import edit_media
from schema.catalog.errors import ProductError
from schema.catalog.media import ProductMedia
from schema.catalog.product_inputs import meta_columns
from schema.catalog.types import Product, ProductVariant
from schema.common.ids import pk_of, pks_of
from schema.common.inputs import given, set_or
from schema.common.metadata import MetadataInput
from schema.common.scalars import Upload
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.input
class ProductMediaCreateInput:
    alt: str | None = UNSET
    image: Upload | None = UNSET
    product: strawberry.ID
    media_url: str | None = UNSET


@strawberry.input
class ProductMediaUpdateInput:
    alt: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.type
class ProductMediaCreate:
    product: Product | None
    media: ProductMedia | None
    errors: list[ProductError]


@strawberry.type
class ProductMediaUpdate:
    product: Product | None
    media: ProductMedia | None
    errors: list[ProductError]


@strawberry.type
class ProductMediaDelete:
    product: Product | None
    media: ProductMedia | None
    errors: list[ProductError]


@strawberry.type
class ProductMediaBulkDelete:
    count: int
    errors: list[ProductError]


@strawberry.type
class ProductMediaReorder:
    product: Product | None
    media: list[ProductMedia] | None
    errors: list[ProductError]


@strawberry.type
class VariantMediaAssign:
    product_variant: ProductVariant | None
    media: ProductMedia | None
    errors: list[ProductError]


@strawberry.type
class VariantMediaUnassign:
    product_variant: ProductVariant | None
    media: ProductMedia | None
    errors: list[ProductError]


@strawberry.type
class MediaMutations:
    @mutation_field(STAFF, description="Give a product a picture, or a video by its address.")
    async def product_media_create(self, info: BatchInfo, input: ProductMediaCreateInput) -> ProductMediaCreate:
        pk, file = pk_of(input.product, "Product", "product"), set_or(input.image)
        url, alt = set_or(input.media_url), set_or(input.alt) or ""
        product, media = await edit_media.create(info.context, pk, alt, file, url)
        return payload(product=product, media=media)

    @mutation_field(STAFF, description="Change what is said of a picture or video.")
    async def product_media_update(
        self, info: BatchInfo, id: strawberry.ID, input: ProductMediaUpdateInput
    ) -> ProductMediaUpdate:
        asked = given(input)
        alt = {"alt": asked["alt"] or ""} if "alt" in asked else {}
        values = alt | meta_columns(asked)
        product, media = await transact(info.context, edit_media.update, int_pk(id, "ProductMedia"), values)
        return payload(product=product, media=media)

    @mutation_field(STAFF, description="Delete a picture or video.")
    async def product_media_delete(self, info: BatchInfo, id: strawberry.ID) -> ProductMediaDelete:
        product, media = await transact(info.context, edit_media.delete, int_pk(id, "ProductMedia"))
        return payload(product=product, media=media)

    @mutation_field(STAFF, empty={"count": 0}, description="Delete pictures and videos.")
    async def product_media_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> ProductMediaBulkDelete:
        gone = await transact(info.context, media_service.delete_media, pks_of(ids, "ProductMedia", "ids"))
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Put all pictures and videos of a product into an order.")
    async def product_media_reorder(
        self, info: BatchInfo, product_id: strawberry.ID, media_ids: list[strawberry.ID]
    ) -> ProductMediaReorder:
        pk, ids = pk_of(product_id, "Product", "productId"), pks_of(media_ids, "ProductMedia", "mediaIds")
        product, media = await transact(info.context, edit_media.reorder, pk, ids)
        return payload(product=product, media=media)

    @mutation_field(STAFF, description="Show a picture of the product with one of its variants.")
    async def variant_media_assign(
        self, info: BatchInfo, media_id: strawberry.ID, variant_id: strawberry.ID
    ) -> VariantMediaAssign:
        pk, shown = pk_of(variant_id, "ProductVariant", "variantId"), pk_of(media_id, "ProductMedia", "mediaId")
        variant, media = await transact(info.context, edit_media.show, pk, shown, shown=True)
        return payload(product_variant=variant, media=media)

    @mutation_field(STAFF, description="No longer show a picture with a variant.")
    async def variant_media_unassign(
        self, info: BatchInfo, media_id: strawberry.ID, variant_id: strawberry.ID
    ) -> VariantMediaUnassign:
        pk, hidden = pk_of(variant_id, "ProductVariant", "variantId"), pk_of(media_id, "ProductMedia", "mediaId")
        variant, media = await transact(info.context, edit_media.show, pk, hidden, shown=False)
        return payload(product_variant=variant, media=media)
