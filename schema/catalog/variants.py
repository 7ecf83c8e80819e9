"""What is sold: variants, with their price, stock and pictures in the channel they were asked in."""

import datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.catalog import assigned, pictures, queries, translations
from engine.channels import queries as channels
from engine.core.context import Row
from engine.flows import offers
from engine.inventory import queries as inventory
from engine.pricing import queries as pricing
from schema.accounts.inputs import AddressInput
from schema.attributes.assigned import AssignedAttribute, assigned_row
from schema.attributes.enums import VariantAttributeScope
from schema.attributes.types import SelectedAttribute
from schema.catalog.lookahead import PRODUCT
from schema.catalog.media import ProductMedia
from schema.catalog.pricing import VariantPricingInfo, amount_row, pricing_row
from schema.catalog.product_types import chosen
from schema.catalog.translations import ProductVariantTranslation
from schema.channels.types import Channel
from schema.common.connections import PageInfo
from schema.common.enums import CountryCode, LanguageCodeEnum
from schema.common.ids import Node, global_id, joint_id
from schema.common.lookahead import reads_metadata
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money
from schema.common.scalars import PositiveInt
from schema.common.weight import Weight, weight_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.types import STOCK_READERS, Stock

if TYPE_CHECKING:
    from schema.catalog.products import Product
else:
    Product = Annotated["Product", strawberry.lazy("schema.catalog.products")]

MOST_PER_CHECKOUT = 50
"""What `quantityAvailable` says at most, so that it does not tell a shop's whole stock."""


@strawberry.type(description="The price of a variant in a channel, as entered.")
class ProductVariantChannelListing(Node):
    id: strawberry.ID = joint_id("ProductVariantChannelListing", "variant_id", "channel_id")

    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel]:
        found: Rows = await channels.by_ids(info.context, [row["channel_id"] for row in parents])
        return found

    @row_field
    def price(row: Row) -> Money | None:
        return amount_row(row["amount"], row["currency"])

    @row_field
    def prior_price(row: Row) -> Money | None:
        return amount_row(row["compare_at_amount"], row["currency"])

    @row_field
    def cost_price(row: Row) -> Money | None:
        return amount_row(row["cost_amount"], row["currency"])


@strawberry.type(description="A version of a product that can be bought, such as one of its sizes.")
class ProductVariant(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("ProductVariant")
    name: str
    sku: str | None
    barcode: str | None
    track_inventory: bool
    quantity_limit_per_customer: int | None
    external_reference: str | None
    updated_at: datetime.datetime

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @row_field
    def weight(row: Row) -> Weight | None:
        return weight_row(row["weight_grams"])

    @batch_field(description="Slug of the channel the variant was asked in.")
    async def channel(parents: Rows, info: BatchInfo) -> list[str | None]:
        return await channel_slugs(info, parents)

    @batch_field
    async def product(parents: Rows, info: BatchInfo) -> list[Product]:
        keys = [(row["product_id"], row.get("channel_id")) for row in parents]
        found: Rows = await queries.products_of(info.context, keys, PRODUCT.of_many(info))
        return found

    @batch_field(description="What it costs. With an address, taxed as there.")
    async def pricing(
        parents: Rows, info: BatchInfo, address: AddressInput | None = None
    ) -> list[VariantPricingInfo | None]:
        found = await offers.prices(info.context, parents, *taxed_at(address))
        return [pricing_row(price) for price in found]

    @batch_field(description="Units that can be bought now, in the country if one is given.")
    async def quantity_available(
        parents: Rows, info: BatchInfo, address: AddressInput | None = None, country_code: CountryCode | None = None
    ) -> list[int | None]:
        country = country_code or taxed_at(address)[0]
        keys = [offers.key_of(row) for row in parents]
        found = await offers.quantities(info.context, keys, MOST_PER_CHECKOUT, country)
        return [
            units if units is None else min(units, row["quantity_limit_per_customer"] or units)
            for row, units in zip(parents, found, strict=True)
        ]

    @batch_field(guard=STOCK_READERS, description="What each warehouse holds.")
    async def stocks(parents: Rows, info: BatchInfo) -> list[list[Stock] | None]:
        found: Rows = await inventory.stocks_of(info.context, [row["id"] for row in parents])
        return found

    @batch_field(guard=needs("MANAGE_PRODUCTS"))
    async def channel_listings(parents: Rows, info: BatchInfo) -> list[list[ProductVariantChannelListing] | None]:
        found: Rows = await pricing.price_rows(info.context, [row["id"] for row in parents])
        return found

    @batch_field
    async def attributes(
        parents: Rows, info: BatchInfo, variant_selection: VariantAttributeScope | None = None
    ) -> list[list[SelectedAttribute]]:
        found = await assigned.of_variants(info.context, parents, meta=reads_metadata(info, "attribute"))
        return [[one for one in rows if chosen(one, variant_selection)] for rows in found]

    @batch_field
    async def assigned_attributes(
        parents: Rows,
        info: BatchInfo,
        variant_selection: VariantAttributeScope | None = None,
        limit: PositiveInt | None = None,
    ) -> list[list[AssignedAttribute]]:
        found: Rows = await assigned.of_variants(info.context, parents, meta=reads_metadata(info, "attribute"))
        return [[assigned_row(one) for one in rows if chosen(one, variant_selection)][:limit] for rows in found]

    @batch_field
    async def assigned_attribute(parents: Rows, info: BatchInfo, slug: str) -> list[AssignedAttribute | None]:
        found = await assigned.of_variants(info.context, parents, meta=reads_metadata(info, "attribute"))
        return [one_assigned(rows, slug) for rows in found]

    @batch_field
    async def media(parents: Rows, info: BatchInfo) -> list[list[ProductMedia] | None]:
        found: Rows = await pictures.of_variants(info.context, [row["id"] for row in parents])
        return found

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[ProductVariantTranslation | None]:
        return await translations.of_variants(info.context, [row["id"] for row in parents], language_code)


@strawberry.type
class ProductVariantCountableEdge:
    node: ProductVariant
    cursor: str


@strawberry.type
class ProductVariantCountableConnection:
    page_info: PageInfo
    edges: list[ProductVariantCountableEdge]
    total_count: int | None


def taxed_at(address: AddressInput | None) -> tuple[str | None, str]:
    """Country and region of an address argument, for tax."""
    if not address:
        return None, ""
    country: Any = address.country or None
    return country, address.country_area or ""


def one_assigned(selections: list[Row], slug: str) -> Any:
    return next((assigned_row(one) for one in selections if one["attribute"]["slug"] == slug), None)


async def channel_slugs(info: BatchInfo, parents: Rows) -> list[str | None]:
    ids = [row.get("channel_id") for row in parents]
    found = {row["id"]: row["slug"] for row in await channels.by_ids(info.context, [id for id in ids if id]) if row}
    return [found.get(id) for id in ids]
