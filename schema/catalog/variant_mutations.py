"""What staff change of variants."""

import strawberry

from engine.catalog import variant_service
from engine.catalog.errors import UnknownVariant
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.core.ids import int_pk
from engine.flows import edit_product, edit_variant
from schema.catalog.errors import ProductError
from schema.catalog.product_inputs import ProductVariantCreateInput, ProductVariantInput, variant_draft
from schema.catalog.types import Product, ProductVariant
from schema.common.ids import moves_of, pk_of, pks_of
from schema.common.inputs import ReorderInput
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.type
class ProductVariantCreate:
    product_variant: ProductVariant | None
    errors: list[ProductError]


@strawberry.type
class ProductVariantUpdate:
    product_variant: ProductVariant | None
    errors: list[ProductError]


@strawberry.type
class ProductVariantDelete:
    product_variant: ProductVariant | None
    errors: list[ProductError]


@strawberry.type
class ProductVariantBulkDelete:
    count: int
    errors: list[ProductError]


@strawberry.type
class ProductVariantSetDefault:
    product: Product | None
    errors: list[ProductError]


@strawberry.type
class ProductVariantReorder:
    product: Product | None
    errors: list[ProductError]


@strawberry.type
class VariantMutations:
    @mutation_field(STAFF, description="Make a variant of a product; it is sold where it then gets a price.")
    async def product_variant_create(self, info: BatchInfo, input: ProductVariantCreateInput) -> ProductVariantCreate:
        product_id = pk_of(input.product, "Product", "product")
        made = await transact(info.context, edit_variant.create, product_id, variant_draft(input))
        return payload(product_variant=made)

    @mutation_field(STAFF, description="Change a variant.")
    async def product_variant_update(
        self,
        info: BatchInfo,
        input: ProductVariantInput,
        id: strawberry.ID | None = None,
        external_reference: str | None = None,
        sku: str | None = None,
    ) -> ProductVariantUpdate:
        pk = await variant_pk(info.context, id, sku, external_reference)
        changed = await transact(info.context, edit_variant.update, pk, variant_draft(input))
        return payload(product_variant=changed)

    @mutation_field(STAFF, description="Delete a variant.")
    async def product_variant_delete(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        external_reference: str | None = None,
        sku: str | None = None,
    ) -> ProductVariantDelete:
        pk = await variant_pk(info.context, id, sku, external_reference)
        gone = await transact(info.context, edit_variant.delete, [pk])
        if not gone:
            raise UnknownVariant
        return payload(product_variant=gone[0])

    @mutation_field(
        STAFF, empty={"count": 0}, description="Delete variants; those that are gone already are no failure."
    )
    async def product_variant_bulk_delete(
        self, info: BatchInfo, ids: list[strawberry.ID] | None = None, skus: list[str] | None = None
    ) -> ProductVariantBulkDelete:
        if (ids is None) is (skus is None):
            raise Refusal("Exactly one of the arguments `ids` and `skus` is needed.", code="GRAPHQL_ERROR")
        wanted = pks_of(ids, "ProductVariant", "ids")
        gone = await transact(info.context, edit_variant.delete_known, wanted, skus or [])
        return payload(count=len(gone))

    @mutation_field(STAFF, description="Choose the variant that a product shows first.")
    async def product_variant_set_default(
        self, info: BatchInfo, product_id: strawberry.ID, variant_id: strawberry.ID
    ) -> ProductVariantSetDefault:
        pk, chosen = pk_of(product_id, "Product", "productId"), pk_of(variant_id, "ProductVariant", "variantId")
        return payload(product=await transact(info.context, _set_default, pk, chosen))

    @mutation_field(STAFF, description="Move variants within their product.")
    async def product_variant_reorder(
        self, info: BatchInfo, product_id: strawberry.ID, moves: list[ReorderInput]
    ) -> ProductVariantReorder:
        pk = pk_of(product_id, "Product", "productId")
        return payload(product=await transact(info.context, _reorder, pk, moves_of(moves, "ProductVariant")))


async def variant_pk(ctx: Ctx, id: str | None, sku: str | None, reference: str | None = None) -> int:
    """The key of the variant that one of the arguments names. Raises UnknownVariant, Refusal."""
    if sum(value is not None for value in (id, sku, reference)) != 1:
        message = "Exactly one of the arguments `id`, `sku` and `externalReference` is needed."
        raise Refusal(message, code="GRAPHQL_ERROR")
    if id is not None:
        return int_pk(id, "ProductVariant")
    return await transact(ctx, edit_variant.known, sku, reference)


async def _set_default(tx: WriteCtx, product_id: int, variant_id: int) -> Row:
    await variant_service.set_default(tx, product_id, variant_id)
    return await edit_product.row_of(tx, product_id)


async def _reorder(tx: WriteCtx, product_id: int, moves: list[tuple[int, int]]) -> Row:
    await variant_service.reorder_variants(tx, product_id, moves)
    return await edit_product.row_of(tx, product_id)
