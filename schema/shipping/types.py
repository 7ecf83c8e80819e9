"""Delivery methods, as shoppers are offered them and as staff set them up."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.catalog import queries as catalog
from engine.core.context import Row
from engine.core.ids import to_global
from engine.core.paging import page_args
from engine.inventory import queries as inventory
from engine.shipping import queries
from engine.tax import queries as tax
from schema.channels.types import Channel
from schema.common.connections import PageInfo, cut_page
from schema.common.countries import CountryDisplay
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import Node, global_id
from schema.common.languages import LanguageDisplay
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, MoneyRange, money_row
from schema.common.scalars import JSONString
from schema.common.weight import Weight, weight_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo
from schema.shipping.rows import listing_rows
from schema.tax.types import TaxClass

if TYPE_CHECKING:
    from schema.catalog.products import ProductCountableConnection
    from schema.inventory.types import Warehouse

STAFF_READERS = needs("MANAGE_SHIPPING")


@strawberry.enum(description="Whether the merchant thinks of a method's limits as of prices or of weights.")
class ShippingMethodTypeEnum(StrEnum):
    PRICE = "PRICE"
    WEIGHT = "WEIGHT"


@strawberry.enum
class PostalCodeRuleInclusionTypeEnum(StrEnum):
    INCLUDE = "INCLUDE"
    EXCLUDE = "EXCLUDE"


@strawberry.type(description="Postal codes that a method is offered to or kept from.")
class ShippingMethodPostalCodeRule(Node):
    id: strawberry.ID = global_id("ShippingMethodPostalCodeRule")
    start: str | None
    end: str | None
    inclusion_type: PostalCodeRuleInclusionTypeEnum | None


def _translation_id(row: Row) -> strawberry.ID:
    return strawberry.ID(to_global("ShippingMethodTranslation", f"{row['shipping_method_id']}:{row['language']}"))


def _listing_id(row: Row) -> strawberry.ID:
    key = f"{row['shipping_method_id']}:{row['channel_id']}"
    return strawberry.ID(to_global("ShippingMethodChannelListing", key))


@strawberry.type
class ShippingMethodTranslation(Node):
    name: str | None
    description: JSONString | None

    id: strawberry.ID = row_field(_translation_id)

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


async def translations(parents: Rows, info: BatchInfo, language: str) -> list[Row | None]:
    return await queries.method_translations(info.context, [row["id"] for row in parents], language)


@strawberry.type(description="A way of delivery as it is offered for a cart, or was chosen for an order.")
class ShippingMethod(Node, ObjectWithMetadata):
    """The row is that of the method with `amount`, `currency`, `active` and `message` of the offer."""

    id: strawberry.ID = global_id("ShippingMethod")
    name: str
    description: JSONString | None
    minimum_delivery_days: int | None
    maximum_delivery_days: int | None
    active: bool
    message: str | None

    @row_field
    def price(row: Row) -> Money:
        return money_row(row["amount"], row["currency"])

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[ShippingMethodTranslation | None]:
        return await translations(parents, info, language_code)


DeliveryMethod = Annotated[
    Annotated["Warehouse", strawberry.lazy("schema.inventory.types")] | ShippingMethod,
    strawberry.union("DeliveryMethod"),
]


@strawberry.type(description="One band of a price table. A band holds from its least value up to, not with, its most.")
class ShippingRate:
    @row_field
    def price(row: Row) -> Money:
        return money_row(row["amount"], row["currency"])

    @row_field
    def minimum_weight(row: Row) -> Weight:
        return weight_row(row["min_weight_grams"])

    @row_field
    def maximum_weight(row: Row) -> Weight | None:
        return weight_row(row["max_weight_grams"])

    @row_field
    def minimum_subtotal(row: Row) -> Money:
        return money_row(row["min_subtotal"], row["currency"])

    @row_field
    def maximum_subtotal(row: Row) -> Money | None:
        return _money(row, "max_subtotal")


def _range(rows: Rows) -> Row | None:
    """Amounts of different currencies cannot be compared: with more than one there is no range."""
    if len({row["currency"] for row in rows}) != 1:
        return None
    amounts, currency = [row["amount"] for row in rows], rows[0]["currency"]
    return {"start": money_row(min(amounts), currency), "stop": money_row(max(amounts), currency)}


def _money(row: Row, column: str) -> Row | None:
    return None if row[column] is None else money_row(row[column], row["currency"])


@strawberry.type(description="A delivery method in a channel.")
class ShippingMethodChannelListing(Node):
    channel: Channel

    id: strawberry.ID = row_field(_listing_id)

    @row_field(description="What it costs by the merchant's own table, the least of it; null when the carrier says.")
    def price(row: Row) -> Money | None:
        amounts = [rate["amount"] for rate in row["rates"]]
        return money_row(min(amounts), row["currency"]) if amounts else None

    @row_field
    def minimum_order_price(row: Row) -> Money | None:
        return _money(row, "minimum_order_amount")

    @row_field
    def maximum_order_price(row: Row) -> Money | None:
        return _money(row, "maximum_order_amount")

    @row_field(description="A subtotal from which delivery costs nothing.")
    def free_over_price(row: Row) -> Money | None:
        return _money(row, "free_over_amount")

    @row_field(description="The merchant's own price table, if there is one.")
    def rates(row: Row) -> list[ShippingRate]:
        return row["rates"]


@strawberry.type(description="A delivery method of a zone, as staff set it up.")
class ShippingMethodType(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("ShippingMethodType")
    name: str
    description: JSONString | None
    minimum_delivery_days: int | None
    maximum_delivery_days: int | None
    active: bool
    type: ShippingMethodTypeEnum | None
    carrier_id: str = strawberry.field(description="The carrier plugin that quotes and ships it.")
    service_code: str = strawberry.field(description="What the carrier calls it.")

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[ShippingMethodTranslation | None]:
        return await translations(parents, info, language_code)

    @row_field
    def minimum_order_weight(row: Row) -> Weight | None:
        return weight_row(row["minimum_order_weight_grams"])

    @row_field
    def maximum_order_weight(row: Row) -> Weight | None:
        return weight_row(row["maximum_order_weight_grams"])

    @batch_field(guard=STAFF)
    async def tax_class(parents: Rows, info: BatchInfo) -> list[TaxClass | None]:
        return await tax.classes(info.context, [row["tax_class_id"] for row in parents])

    @batch_field
    async def postal_code_rules(parents: Rows, info: BatchInfo) -> list[list[ShippingMethodPostalCodeRule] | None]:
        rows: Rows = await queries.postal_code_rules_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(guard=STAFF_READERS, description="An order with one of them is not offered the method.")
    async def excluded_products(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["ProductCountableConnection", strawberry.lazy("schema.catalog.products")] | None]:
        ids = await queries.excluded_products(info.context, [row["id"] for row in parents])
        flat = list({each for group in ids for each in group})
        rows = dict(zip(flat, await catalog.visible_products(info.context, flat, None), strict=True))
        edges = info.selects("edges")
        args = page_args("excludedProducts", first=first, after=after, last=last, before=before, edges=edges)
        found = [[rows[each] for each in group if rows[each] is not None] for group in ids]
        return [cut_page(group, args, filter=None, search=None) for group in found]

    @batch_field(guard=STAFF_READERS)
    async def channel_listings(parents: Rows, info: BatchInfo) -> list[list[ShippingMethodChannelListing] | None]:
        rows: Rows = await listing_rows(info.context, [row["id"] for row in parents])
        return rows


@strawberry.type(description="Countries that the same delivery methods and warehouses serve.")
class ShippingZone(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("ShippingZone")
    name: str
    description: str | None

    @row_field(description="It has the countries that no other zone had when it was saved.")
    def default(row: Row) -> bool:
        return row["is_default"]

    @batch_field(description="From the least to the most that a method's cheapest price is, in one currency.")
    async def price_range(parents: Rows, info: BatchInfo) -> list[MoneyRange | None]:
        groups = await queries.prices_of_zones(info.context, [row["id"] for row in parents])
        return [_range(rows) for rows in groups]

    @batch_field
    async def countries(parents: Rows, info: BatchInfo) -> list[list[CountryDisplay]]:
        return await queries.countries_of(info.context, [row["id"] for row in parents])

    @batch_field
    async def shipping_methods(parents: Rows, info: BatchInfo) -> list[list[ShippingMethodType] | None]:
        rows: Rows = await queries.methods_of_zones(info.context, [row["id"] for row in parents])
        return rows

    @batch_field
    async def warehouses(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["Warehouse", strawberry.lazy("schema.inventory.types")]]]:
        ids = await queries.warehouses_of_zones(info.context, [row["id"] for row in parents])
        flat = list({each for group in ids for each in group})
        rows: Rows = dict(zip(flat, await inventory.warehouses_by_ids(info.context, flat), strict=True))
        return [[rows[each] for each in group] for group in ids]

    @batch_field
    async def channels(parents: Rows, info: BatchInfo) -> list[list[Channel]]:
        return await queries.channels_of(info.context, [row["id"] for row in parents])


@strawberry.type
class ShippingZoneCountableEdge:
    node: ShippingZone
    cursor: str


@strawberry.type
class ShippingZoneCountableConnection:
    page_info: PageInfo
    edges: list[ShippingZoneCountableEdge]
    total_count: int | None
