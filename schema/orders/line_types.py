"""Lines of an order, and what has been sent of them."""

import datetime
from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.catalog import pictures
from engine.catalog import queries as catalog
from engine.content import queries as content
from engine.core.context import Row
from engine.core.ids import to_global
from engine.core.money import RATE_SCALE
from engine.inventory import pages
from engine.orders import discounts, queries
from engine.shipping import queries as shipping
from engine.tax import queries as tax
from schema.catalog.media import image_rows
from schema.common.enums import ThumbnailFormatEnum
from schema.common.ids import Node, global_id
from schema.common.lookahead import Neighbours
from schema.common.media import Image
from schema.common.metadata import ObjectWithMetadata
from schema.common.money import Money, TaxedMoney, money_row, taxed_row
from schema.common.scalars import PositiveDecimal
from schema.common.weight import Weight, weight_row
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF, needs
from schema.execution.info import BatchInfo
from schema.orders.discount_types import OrderLineDiscount, major_value
from schema.orders.enums import FulfillmentStatus, ShipmentStatus
from schema.vouchers.enums import DiscountValueTypeEnum

if TYPE_CHECKING:
    from schema.catalog.types import ProductVariant
    from schema.content.types import Page
    from schema.inventory.types import Allocation, Warehouse
    from schema.tax.types import TaxClass

READERS = needs("MANAGE_ORDERS")
LINE = Neighbours({"thumbnail": (queries.PICTURE_OF_LINE, ())})


@strawberry.type(description="What was sold, as it was then.")
class OrderLine(ObjectWithMetadata, Node):
    id: strawberry.ID = global_id("OrderLine")
    product_name: str
    variant_name: str
    translated_product_name: str
    translated_variant_name: str
    product_sku: str | None
    quantity: int
    quantity_fulfilled: int
    is_shipping_required: bool
    is_gift: bool | None
    voucher_code: str | None
    unit_discount_reason: str | None
    is_price_overridden: bool | None
    price_override_reason: str | None
    tax_class_name: str | None
    hs_code: str | None = strawberry.field(description="Harmonized System code, for customs.")
    origin_country: str | None = strawberry.field(description="Country of origin, ISO 3166-1 alpha-2.")

    @row_field
    def product_variant_id(row: Row) -> str | None:
        return to_global("ProductVariant", row["variant_id"]) if row["variant_id"] is not None else None

    @row_field
    def quantity_to_fulfill(row: Row) -> int:
        return row["quantity"] - row["quantity_fulfilled"]

    @row_field(description="Tax as a part of one: 0.19 for 19 %.")
    def tax_rate(row: Row) -> float:
        return row["tax_rate"] / RATE_SCALE

    @row_field(description="Of one unit.")
    def weight(row: Row) -> Weight | None:
        return weight_row(row["weight_grams"])

    @row_field
    def unit_price(row: Row) -> TaxedMoney:
        return taxed_row(row["unit_net"], row["unit_gross"], row["currency"])

    @row_field
    def undiscounted_unit_price(row: Row) -> TaxedMoney:
        return taxed_row(row["undiscounted_unit_net"], row["undiscounted_unit_gross"], row["currency"])

    @batch_field(description="Reductions of the line by itself; those of the whole order are the order's.")
    async def discounts(parents: Rows, info: BatchInfo) -> list[list[OrderLineDiscount] | None]:
        rows: Rows = await discounts.of_lines(info.context, [row["id"] for row in parents])
        return rows

    @row_field
    def unit_discount_type(row: Row) -> DiscountValueTypeEnum | None:
        return row["unit_discount_type"]

    @row_field
    def unit_discount_value(row: Row) -> PositiveDecimal:
        kind = row["unit_discount_type"] or "FIXED"
        return major_value(row["unit_discount_value"], kind, row["currency"])

    @row_field
    def unit_discount(row: Row) -> Money:
        return money_row(row["undiscounted_unit_gross"] - row["unit_gross"], row["currency"])

    @row_field
    def total_price(row: Row) -> TaxedMoney:
        return taxed_row(row["total_net"], row["total_gross"], row["currency"])

    @row_field
    def undiscounted_total_price(row: Row) -> TaxedMoney:
        return taxed_row(row["undiscounted_total_net"], row["undiscounted_total_gross"], row["currency"])

    @batch_field(guard=STAFF, description="What it was taxed as, while there is such a class.")
    async def tax_class(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["TaxClass", strawberry.lazy("schema.tax.types")] | None]:
        return await tax.classes(info.context, [row["tax_class_id"] for row in parents])

    @batch_field(guard=needs("MANAGE_PRODUCTS", "MANAGE_ORDERS"), description="Where its goods are kept for it.")
    async def allocations(
        parents: Rows, info: BatchInfo
    ) -> list[list[Annotated["Allocation", strawberry.lazy("schema.inventory.types")]] | None]:
        rows: Rows = await pages.allocations_of_lines(info.context, [row["id"] for row in parents])
        return rows

    @batch_field(description="A picture of it; `size` is about how many pixels the longer side has.")
    async def thumbnail(
        parents: Rows, info: BatchInfo, size: int | None = None, format: ThumbnailFormatEnum | None = None
    ) -> list[Image | None]:
        ids = [row["thumbnail_media_id"] for row in parents]
        found: Rows = queries.PICTURE_OF_LINE.taken(parents) or await pictures.by_ids(info.context, ids)
        rows: Rows = image_rows(info.context, found, size, format)
        return rows

    @batch_field(description="The variant, while it may still be seen.")
    async def variant(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["ProductVariant", strawberry.lazy("schema.catalog.types")] | None]:
        wanted: dict[int, set[int]] = defaultdict(set)
        for row in parents:
            if row["variant_id"] is not None:
                wanted[row["channel_id"]].add(row["variant_id"])
        found: dict[tuple[int, int], Row] = {}
        for channel_id, ids in wanted.items():
            rows = await catalog.visible_variants(info.context, sorted(ids), channel_id)
            found.update({(channel_id, row["id"]): row for row in rows if row is not None})
        return [found.get((row["channel_id"], row["variant_id"])) for row in parents]


@strawberry.type
class FulfillmentLine(Node):
    id: strawberry.ID = global_id("FulfillmentLine")
    quantity: int

    @row_field(description="Why it came back, as staff said.")
    def reason(row: Row) -> str | None:
        return row["reason"] or None

    @batch_field(description="A page that says why.")
    async def reason_reference(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Page", strawberry.lazy("schema.content.types")] | None]:
        return await content.visible_pages(info.context, [row["reason_page_id"] for row in parents])

    @batch_field
    async def order_line(parents: Rows, info: BatchInfo) -> list[OrderLine | None]:
        return await queries.lines_by_ids(info.context, [row["order_line_id"] for row in parents])


@strawberry.type(description="A parcel as its carrier knows it.")
class Shipment:
    id: strawberry.ID = global_id("Shipment")
    status: ShipmentStatus
    tracking_number: str | None
    tracking_url: str | None
    carrier_id: str
    shipped_at: datetime.datetime | None

    @batch_field(guard=READERS, description="Why the carrier did not take it; it is asked again.")
    async def error(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [row["error"] for row in parents]


async def _refunded(parents: Rows, info: BatchInfo, column: str) -> Rows:
    found = await queries.by_ids(info.context, list({row["order_id"] for row in parents if row[column] is not None}))
    currencies = {order["id"]: order["currency"] for order in found if order is not None}
    return [row[column] and money_row(row[column], currencies[row["order_id"]]) for row in parents]


@strawberry.type(description="A part of an order that was sent from one warehouse.")
class Fulfillment(ObjectWithMetadata, Node):
    id: strawberry.ID = global_id("Fulfillment")
    fulfillment_order: int
    status: FulfillmentStatus
    tracking_number: str

    @row_field
    def created(row: Row) -> datetime.datetime:
        return row["created_at"]

    @batch_field(description="Of the shipping, what was asked to be paid back with these goods.")
    async def shipping_refunded_amount(parents: Rows, info: BatchInfo) -> list[Money | None]:
        return await _refunded(parents, info, "shipping_refund_amount")

    @batch_field(description="All that was asked to be paid back for these goods.")
    async def total_refunded_amount(parents: Rows, info: BatchInfo) -> list[Money | None]:
        return await _refunded(parents, info, "total_refund_amount")

    @row_field(description="Why the goods came back, as staff said.")
    def reason(row: Row) -> str | None:
        return row["reason"] or None

    @batch_field(description="A page that says why.")
    async def reason_reference(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Page", strawberry.lazy("schema.content.types")] | None]:
        return await content.visible_pages(info.context, [row["reason_page_id"] for row in parents])

    @row_field
    def status_display(row: Row) -> str | None:
        return row["status"].replace("_", " ").capitalize()

    @batch_field
    async def lines(parents: Rows, info: BatchInfo) -> list[list[FulfillmentLine] | None]:
        rows: Rows = await queries.fulfillment_lines_of(info.context, [row["id"] for row in parents])
        return rows

    @batch_field
    async def warehouse(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Warehouse", strawberry.lazy("schema.inventory.types")] | None]:
        return await queries.warehouses_of(info.context, [row["id"] for row in parents])

    @batch_field
    async def shipments(parents: Rows, info: BatchInfo) -> list[list[Shipment]]:
        return await shipping.shipments_of(info.context, [row["id"] for row in parents])
