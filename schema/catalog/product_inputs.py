"""What staff say of products and variants, as plain values."""

import decimal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import strawberry
from strawberry import UNSET

from engine.catalog.errors import UnknownChannels
from engine.core.errors import InvalidId, NotFound, Refusal
from engine.core.ids import to_global, uuid_pk
from engine.flows.edit_variant import Draft
from engine.flows.set_stock import Count
from engine.pricing.service import Price
from schema.attributes.value_inputs import AttributeValueInput, given_values
from schema.common.ids import pk_of, pks_of
from schema.common.inputs import given
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import JSONString, PositiveDecimal, WeightScalar
from schema.inventory.mutations import StockInput


@strawberry.input
class SeoInput:
    title: str | None = UNSET
    description: str | None = UNSET


@strawberry.input
class ProductInput:
    attributes: list[AttributeValueInput] | None = UNSET
    category: strawberry.ID | None = UNSET
    charge_taxes: bool | None = strawberry.field(
        default=UNSET, description="Whether tax is charged is set for a channel; this changes nothing."
    )
    collections: list[strawberry.ID] | None = UNSET
    description: JSONString | None = UNSET
    name: str | None = UNSET
    slug: str | None = UNSET
    tax_class: strawberry.ID | None = UNSET
    tax_code: str | None = strawberry.field(default=UNSET, description="Use `taxClass`; this changes nothing.")
    seo: SeoInput | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    rating: float | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    external_reference: str | None = UNSET


@strawberry.input
class ProductCreateInput(ProductInput):
    product_type: strawberry.ID


@strawberry.input
class ProductVariantInput:
    attributes: list[AttributeValueInput] | None = UNSET
    sku: str | None = UNSET
    name: str | None = UNSET
    track_inventory: bool | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    quantity_limit_per_customer: int | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    external_reference: str | None = UNSET


@strawberry.input
class ProductVariantCreateInput:
    attributes: list[AttributeValueInput]
    sku: str | None = UNSET
    name: str | None = UNSET
    track_inventory: bool | None = UNSET
    weight: WeightScalar | None = strawberry.field(default=UNSET, description="In kilograms.")
    quantity_limit_per_customer: int | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    external_reference: str | None = UNSET
    product: strawberry.ID
    stocks: list[StockInput] | None = UNSET


@strawberry.input
class ProductVariantChannelListingAddInput:
    channel_id: strawberry.ID
    price: PositiveDecimal
    cost_price: PositiveDecimal | None = UNSET
    prior_price: PositiveDecimal | None = strawberry.field(default=UNSET, description="What it cost before.")
    preorder_threshold: int | None = strawberry.field(
        default=UNSET, description="Nothing is sold before it is in stock: refused."
    )


def product_changes(input: Any) -> dict[str, Any]:
    """The columns that `engine.catalog.service` takes."""
    asked = given(input)
    plain = ("name", "slug", "description", "rating", "external_reference")
    changes = {name: asked[name] for name in plain if name in asked}
    for name, column, type_name in (("category", "category_id", "Category"), ("tax_class", "tax_class_id", "TaxClass")):
        if name in asked:
            changes[column] = asked[name] and pk_of(asked[name], type_name, _camel(name))
    if asked.get("collections") is not None:
        changes["collection_ids"] = pks_of(asked["collections"], "Collection", "collections")
    return changes | seo_columns(asked) | _common(asked)


def variant_draft(input: Any, stocks: list[StockInput] | None = None) -> Draft:
    """`stocks` where the input's own are of another kind."""
    asked = given(input)
    names = ("sku", "name", "quantity_limit_per_customer", "external_reference")
    values = {name: asked[name] for name in names if name in asked}
    if asked.get("track_inventory") is not None:
        values["track_inventory"] = asked["track_inventory"]
    own = asked.get("stocks")
    counts = stock_counts(own if isinstance(own, list) else stocks)
    return Draft(values | _common(asked), given_values(asked.get("attributes")), counts)


def stock_counts(stocks: list[StockInput] | None) -> list[Count]:
    """Raises NotFound on `stocks`."""
    try:
        return [Count(uuid_pk(stock.warehouse, "Warehouse"), stock.quantity) for stock in stocks or ()]
    except InvalidId as error:
        raise NotFound(str(error), field="stocks") from error


def price_of(input: ProductVariantChannelListingAddInput) -> Price:
    asked = given(input)
    if asked.get("preorder_threshold") is not None:
        raise Refusal("Nothing is sold before it is in stock.", field="preorderThreshold")
    optional = {
        part: asked[name] for name, part in (("prior_price", "before"), ("cost_price", "cost")) if name in asked
    }
    return Price(channel_pk(asked["channel_id"]), asked["price"], **optional)


def channel_pk(channel_id: str) -> int:
    return pk_of(channel_id, "Channel", "channelId")


@contextmanager
def naming_channels() -> Iterator[None]:
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


def seo_columns(asked: dict[str, Any]) -> dict[str, Any]:
    """`seo_title` and `seo_description`, as far as an input's `seo` has them."""
    seo = given(asked["seo"]) if asked.get("seo") else {}
    return {f"seo_{name}": seo[name] for name in ("title", "description") if name in seo}


def meta_columns(asked: dict[str, Any]) -> dict[str, Any]:
    pairs = (("metadata", "meta"), ("private_metadata", "private_meta"))
    return {column: as_meta(asked[name]) for name, column in pairs if asked.get(name) is not None}


def grams(weight: decimal.Decimal | None) -> int | None:
    """Of a weight in kilograms."""
    return None if weight is None else int((weight * 1000).to_integral_value())


def _common(asked: dict[str, Any]) -> dict[str, Any]:
    weight = {"weight_grams": grams(asked["weight"])} if "weight" in asked else {}
    return weight | meta_columns(asked)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(part.title() for part in rest)
