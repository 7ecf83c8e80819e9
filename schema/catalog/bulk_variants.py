"""Many variants of a product made or changed at once."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import Ctx, Row, transact
from engine.core.errors import InvalidId, Refusal
from engine.core.ids import int_pk, split_global, to_global
from engine.flows import edit_variant
from engine.flows.edit_variant import Change, Draft
from engine.flows.set_stock import Count
from schema.attributes.value_inputs import BulkAttributeValueInput
from schema.catalog.product_inputs import (
    ProductVariantChannelListingAddInput,
    price_of,
    variant_draft,
)
from schema.catalog.types import ProductVariant
from schema.common.enums import ErrorPolicyEnum
from schema.common.errors import MutationError
from schema.common.ids import pk_of, pks_of
from schema.common.inputs import given
from schema.common.metadata import MetadataInput
from schema.common.scalars import PositiveDecimal, WeightScalar
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.errors import ProductErrorCode
from schema.inventory.mutations import StockInput

STAFF = needs("MANAGE_PRODUCTS")
MOST_AT_ONCE = 100


@strawberry.enum
class ProductVariantBulkErrorCode(StrEnum):
    ATTRIBUTE_ALREADY_ASSIGNED = "ATTRIBUTE_ALREADY_ASSIGNED"
    ATTRIBUTE_CANNOT_BE_ASSIGNED = "ATTRIBUTE_CANNOT_BE_ASSIGNED"
    ATTRIBUTE_VARIANTS_DISABLED = "ATTRIBUTE_VARIANTS_DISABLED"
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    INVALID_PRICE = "INVALID_PRICE"
    NOT_PRODUCTS_VARIANT = "NOT_PRODUCTS_VARIANT"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    PRODUCT_NOT_ASSIGNED_TO_CHANNEL = "PRODUCT_NOT_ASSIGNED_TO_CHANNEL"
    STOCK_ALREADY_EXISTS = "STOCK_ALREADY_EXISTS"


@strawberry.type
class ProductVariantBulkError(MutationError):
    path: str | None
    code: ProductVariantBulkErrorCode
    attributes: list[strawberry.ID] | None
    values: list[strawberry.ID] | None
    warehouses: list[strawberry.ID] | None
    channels: list[strawberry.ID] | None


@strawberry.type
class BulkProductError(MutationError):
    code: ProductErrorCode
    index: int | None = strawberry.field(description="Which of the given variants it is about, from 0.")
    attributes: list[strawberry.ID] | None
    values: list[strawberry.ID] | None
    warehouses: list[strawberry.ID] | None
    channels: list[strawberry.ID] | None


@strawberry.type
class ProductVariantBulkResult:
    product_variant: ProductVariant | None
    errors: list[ProductVariantBulkError] | None


@strawberry.input
class ProductVariantBulkCreateInput:
    attributes: list[BulkAttributeValueInput]
    sku: str | None = UNSET
    name: str | None = UNSET
    track_inventory: bool | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    quantity_limit_per_customer: int | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    external_reference: str | None = UNSET
    stocks: list[StockInput] | None = UNSET
    channel_listings: list[ProductVariantChannelListingAddInput] | None = UNSET


@strawberry.input
class StockUpdateInput:
    stock: strawberry.ID
    quantity: int


@strawberry.input
class ProductVariantStocksUpdateInput:
    create: list[StockInput] | None = UNSET
    update: list[StockUpdateInput] | None = UNSET
    remove: list[strawberry.ID] | None = UNSET


@strawberry.input
class ChannelListingUpdateInput:
    channel_listing: strawberry.ID
    price: PositiveDecimal | None = UNSET
    cost_price: PositiveDecimal | None = UNSET
    prior_price: PositiveDecimal | None = UNSET


@strawberry.input
class ProductVariantChannelListingUpdateInput:
    create: list[ProductVariantChannelListingAddInput] | None = UNSET
    update: list[ChannelListingUpdateInput] | None = UNSET
    remove: list[strawberry.ID] | None = UNSET


@strawberry.input
class ProductVariantBulkUpdateInput:
    attributes: list[BulkAttributeValueInput] | None = UNSET
    sku: str | None = UNSET
    name: str | None = UNSET
    track_inventory: bool | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    quantity_limit_per_customer: int | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    external_reference: str | None = UNSET
    stocks: ProductVariantStocksUpdateInput | None = UNSET
    channel_listings: ProductVariantChannelListingUpdateInput | None = UNSET
    id: strawberry.ID


@strawberry.type
class ProductVariantBulkCreate:
    count: int
    product_variants: list[ProductVariant]
    results: list[ProductVariantBulkResult]
    errors: list[BulkProductError]


@strawberry.type
class ProductVariantBulkUpdate:
    count: int
    results: list[ProductVariantBulkResult]
    errors: list[ProductVariantBulkError]


@strawberry.type
class BulkVariantMutations:
    @mutation_field(
        STAFF,
        empty={"count": 0, "product_variants": [], "results": []},
        description="Make variants of a product. Unless everything is to be rejected, those that can be made are.",
    )
    async def product_variant_bulk_create(
        self,
        info: BatchInfo,
        product: strawberry.ID,
        variants: list[ProductVariantBulkCreateInput],
        error_policy: ErrorPolicyEnum | None = None,
    ) -> ProductVariantBulkCreate:
        pk = pk_of(product, "Product", "product")
        results = await _each(info.context, edit_variant.create_many, pk, variants, _draft, error_policy)
        made = [one["product_variant"] for one in results if one["product_variant"] is not None]
        errors = [{**error, "index": index} for index, one in enumerate(results) for error in one["errors"] or ()]
        return payload(count=len(made), product_variants=made, results=results, errors=errors)

    @mutation_field(
        STAFF,
        empty={"count": 0, "results": []},
        description="Change variants of a product. Unless everything is to be rejected, those that can be changed are.",
    )
    async def product_variant_bulk_update(
        self,
        info: BatchInfo,
        product: strawberry.ID,
        variants: list[ProductVariantBulkUpdateInput],
        error_policy: ErrorPolicyEnum | None = None,
    ) -> ProductVariantBulkUpdate:
        pk = pk_of(product, "Product", "product")
        results = await _each(info.context, edit_variant.update_many, pk, variants, _change, error_policy)
        changed = [one for one in results if one["product_variant"] is not None]
        errors = [error for one in results for error in one["errors"] or ()]
        return payload(count=len(changed), results=results, errors=errors)


async def _each(
    ctx: Ctx, work: Any, product_id: int, inputs: Sequence[Any], read: Any, policy: ErrorPolicyEnum | None
) -> list[Row]:
    """Rows of `ProductVariantBulkResult`: of `work` on all inputs at once, or on one after the other."""
    if len(inputs) > MOST_AT_ONCE:
        raise Refusal(f"At most {MOST_AT_ONCE} variants at once.", field="variants")
    results: list[Row] = [_result(None) for _ in inputs]
    wanted: dict[int, Draft] = {}
    for number, input in enumerate(inputs):
        try:
            wanted[number] = read(input)
        except Refusal as refusal:
            results[number] = _result(None, refusal)
    together = policy in (None, ErrorPolicyEnum.REJECT_EVERYTHING)
    if together and len(wanted) < len(inputs):
        return results
    batches = [list(wanted)] if together else [[number] for number in wanted]
    for numbers in batches:
        try:
            made = await transact(ctx, work, product_id, [wanted[number] for number in numbers])
        except Refusal as refusal:
            at = numbers[refusal.facts.pop("row", 0)] if numbers else 0
            results[at] = _result(None, refusal)
        else:
            by_place = dict(zip(numbers, made, strict=True))
            for number, row in by_place.items():
                results[number] = _result(row)
    return results


def _result(variant: Row | None, refusal: Refusal | None = None) -> Row:
    return {"product_variant": variant, "errors": None if refusal is None else [_error(refusal)]}


def _error(refusal: Refusal) -> Row:
    known = ProductVariantBulkErrorCode.__members__
    facts = dict.fromkeys(("attributes", "values", "warehouses"))
    channel_id = refusal.facts.pop("channel_id", None)
    return {
        **facts,
        **refusal.as_row(),
        "path": refusal.field,
        "code": refusal.code if refusal.code in known else "INVALID",
        "channels": None if channel_id is None else [to_global("Channel", channel_id)],
    }


def _draft(input: ProductVariantBulkCreateInput) -> Draft:
    draft = variant_draft(input)
    prices = [price_of(one) for one in given(input).get("channel_listings") or ()]
    return Draft(draft.values, draft.attributes, draft.stocks, prices)


def _change(input: ProductVariantBulkUpdateInput) -> Change:
    asked = given(input)
    pk = pk_of(asked["id"], "ProductVariant", "id")
    stocks = given(asked["stocks"]) if asked.get("stocks") else {}
    listings = given(asked["channel_listings"]) if asked.get("channel_listings") else {}
    draft = variant_draft(input, stocks.get("create"))
    counts: list[Count] = list(draft.stocks)
    return Change(
        draft.values,
        draft.attributes,
        counts,
        [price_of(one) for one in listings.get("create") or ()],
        variant_id=pk,
        counts={pk_of(one.stock, "Stock", "stocks"): one.quantity for one in stocks.get("update") or ()},
        no_stocks=pks_of(stocks.get("remove"), "Stock", "stocks"),
        reprice={_listed(one.channel_listing, pk): _amounts(one) for one in listings.get("update") or ()},
        unprice=[_listed(id, pk) for id in listings.get("remove") or ()],
    )


def _amounts(input: ChannelListingUpdateInput) -> dict[str, Any]:
    asked = given(input)
    names = {"price": "amount", "prior_price": "before", "cost_price": "cost"}
    return {part: asked[name] for name, part in names.items() if name in asked}


def _listed(global_id: str, variant_id: int) -> int:
    """The channel of one of the variant's listings. Raises Refusal."""
    try:
        name, key = split_global(global_id)
        own, _, channel_id = key.partition("-")
        if name == "ProductVariantChannelListing" and own == str(variant_id):
            return int_pk(to_global("Channel", channel_id), "Channel")
    except (ValueError, InvalidId):
        pass
    raise Refusal("Couldn't resolve to a price of the variant.", field="channelListings", code="NOT_FOUND")
