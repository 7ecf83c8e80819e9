"""Delivery methods, as shoppers are offered them and as staff set them up."""

from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.core.context import Row
from engine.core.ids import to_global
from engine.inventory import queries as inventory
from engine.shipping import queries
from schema.channels.types import Channel, CountryDisplay
from schema.common.connections import PageInfo
from schema.common.enums import LanguageCodeEnum
from schema.common.ids import global_id
from schema.common.languages import LanguageDisplay
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, money_row
from schema.common.scalars import JSONString
from schema.common.weight import Weight, weight_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.shipping.rows import listing_rows

if TYPE_CHECKING:
    from schema.inventory.types import Warehouse

STAFF_READERS = needs("MANAGE_SHIPPING")


@strawberry.type
class ShippingMethodTranslation:
    name: str | None

    @row_field
    def id(row: Row) -> strawberry.ID:
        return strawberry.ID(to_global("ShippingMethodTranslation", f"{row['shipping_method_id']}:{row['language']}"))

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


async def translations(parents: Rows, info: BatchInfo, language: str) -> list[Row | None]:
    return await queries.method_translations(info.context, [row["id"] for row in parents], language)


@strawberry.type(description="A way of delivery as it is offered for a cart, or was chosen for an order.")
class ShippingMethod(ObjectWithMetadata):
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


def _money(row: Row, column: str) -> Row | None:
    return None if row[column] is None else money_row(row[column], row["currency"])


@strawberry.type(description="A delivery method in a channel.")
class ShippingMethodChannelListing:
    channel: Channel

    @row_field
    def id(row: Row) -> strawberry.ID:
        key = f"{row['shipping_method_id']}:{row['channel_id']}"
        return strawberry.ID(to_global("ShippingMethodChannelListing", key))

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
class ShippingMethodType(ObjectWithMetadata):
    id: strawberry.ID = global_id("ShippingMethodType")
    name: str
    description: JSONString | None
    minimum_delivery_days: int | None
    maximum_delivery_days: int | None
    active: bool
    carrier_id: str = strawberry.field(description="The carrier plugin that quotes and ships it.")
    service_code: str = strawberry.field(description="What the carrier calls it.")

    @batch_field
    async def translation(
        parents: Rows, info: BatchInfo, language_code: LanguageCodeEnum
    ) -> list[ShippingMethodTranslation | None]:
        return await translations(parents, info, language_code)

    @batch_field(guard=STAFF_READERS)
    async def channel_listings(parents: Rows, info: BatchInfo) -> list[list[ShippingMethodChannelListing] | None]:
        rows: Rows = await listing_rows(info.context, [row["id"] for row in parents])
        return rows


@strawberry.type(description="Countries that the same delivery methods and warehouses serve.")
class ShippingZone(ObjectWithMetadata):
    id: strawberry.ID = global_id("ShippingZone")
    name: str
    description: str | None

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
