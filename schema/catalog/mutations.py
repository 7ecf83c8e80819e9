"""What staff change of the catalogue."""

import datetime
import decimal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import strawberry
from strawberry import UNSET

from engine.catalog.errors import UnknownChannels
from engine.core.context import transact
from engine.core.errors import InvalidId, NotFound, Refusal
from engine.core.ids import int_pk, to_global
from engine.flows import edit_product
from engine.pricing.service import Price
from schema.catalog.errors import ProductChannelListingError, ProductError
from schema.catalog.filters import utc
from schema.catalog.types import Product, ProductVariant
from schema.common.inputs import given
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import JSONString, PositiveDecimal, WeightScalar
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.input
class SeoInput:
    title: str | None = UNSET
    description: str | None = UNSET


@strawberry.input
class ProductInput:
    name: str | None = UNSET
    slug: str | None = UNSET
    description: JSONString | None = UNSET
    category: strawberry.ID | None = UNSET
    seo: SeoInput | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    rating: float | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET


@strawberry.input
class ProductChannelListingAddInput:
    channel_id: strawberry.ID
    is_published: bool | None = UNSET
    published_at: datetime.datetime | None = UNSET
    visible_in_listings: bool | None = UNSET
    is_available_for_purchase: bool | None = UNSET
    available_for_purchase_at: datetime.datetime | None = UNSET


@strawberry.input
class ProductChannelListingUpdateInput:
    update_channels: list[ProductChannelListingAddInput] | None = UNSET
    remove_channels: list[strawberry.ID] | None = UNSET


@strawberry.input
class ProductVariantChannelListingAddInput:
    channel_id: strawberry.ID
    price: PositiveDecimal
    cost_price: PositiveDecimal | None = UNSET
    prior_price: PositiveDecimal | None = strawberry.field(default=UNSET, description="What it cost before.")


@strawberry.type
class ProductUpdate:
    product: Product | None
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
class CatalogMutations:
    @mutation_field(STAFF, description="Change a product.")
    async def product_update(self, info: BatchInfo, id: strawberry.ID, input: ProductInput) -> ProductUpdate:
        changed = await transact(info.context, edit_product.update, int_pk(id, "Product"), _changes(input))
        return payload(product=changed)

    @mutation_field(STAFF, description="Publish a product in channels, or take it out of them.")
    async def product_channel_listing_update(
        self, info: BatchInfo, id: strawberry.ID, input: ProductChannelListingUpdateInput
    ) -> ProductChannelListingUpdate:
        pk = int_pk(id, "Product")
        with _naming_channels():
            asked = {_channel(one.channel_id): _moments(given(one)) for one in input.update_channels or ()}
            remove = [_channel(channel_id) for channel_id in input.remove_channels or ()]
            return payload(product=await transact(info.context, edit_product.publish, pk, asked, remove))

    @mutation_field(STAFF, description="Price a variant in channels.")
    async def product_variant_channel_listing_update(
        self, info: BatchInfo, id: strawberry.ID, input: list[ProductVariantChannelListingAddInput]
    ) -> ProductVariantChannelListingUpdate:
        pk = int_pk(id, "ProductVariant")
        with _naming_channels():
            prices = [_price(one) for one in input]
            return payload(variant=await transact(info.context, edit_product.price, pk, prices))


def _changes(input: ProductInput) -> dict[str, Any]:
    asked = given(input)
    plain = ("name", "slug", "description", "rating")
    changes = {name: asked[name] for name in plain if name in asked}
    if "category" in asked:
        changes["category_id"] = asked["category"] and _pk(asked["category"], "Category", "category")
    if asked.get("seo"):
        seo = given(asked["seo"])
        changes |= {f"seo_{name}": seo[name] for name in ("title", "description") if name in seo}
    if "weight" in asked:
        weight: decimal.Decimal | None = asked["weight"]
        changes["weight_grams"] = None if weight is None else int((weight * 1000).to_integral_value())
    for name, column in (("metadata", "meta"), ("private_metadata", "private_meta")):
        if asked.get(name) is not None:
            changes[column] = as_meta(asked[name])
    return changes


def _moments(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: utc(value) for name, value in asked.items() if name != "channel_id"}


def _price(input: ProductVariantChannelListingAddInput) -> Price:
    asked = given(input)
    optional = {
        part: asked[name] for name, part in (("prior_price", "before"), ("cost_price", "cost")) if name in asked
    }
    return Price(_channel(asked["channel_id"]), asked["price"], **optional)


def _channel(channel_id: str) -> int:
    return _pk(channel_id, "Channel", "channelId")


def _pk(global_id: str, type_name: str, field: str) -> int:
    try:
        return int_pk(global_id, type_name)
    except InvalidId as error:
        raise NotFound(str(error), field=field) from error


@contextmanager
def _naming_channels() -> Iterator[None]:
    """Give a refusal the global ids of the channels it is about."""
    try:
        yield
    except UnknownChannels as refusal:
        refusal.facts["channels"] = [to_global("Channel", id) for id in refusal.channel_ids]
        raise
    except Refusal as refusal:
        channel_id = refusal.facts.pop("channel_id", None)
        if channel_id is not None:
            refusal.facts["channels"] = [to_global("Channel", channel_id)]
        raise
