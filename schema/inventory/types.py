"""Warehouses and what they have."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.accounts import queries as accounts
from engine.catalog import queries as catalog
from engine.core.context import Row
from engine.core.paging import page_args
from engine.inventory import pages, queries
from engine.shipping import queries as shipping
from schema.accounts.types import Address
from schema.common.connections import PageInfo, cut_page
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.catalog.variants import ProductVariant
    from schema.shipping.types import ShippingZoneCountableConnection

STOCK_READERS = needs("MANAGE_PRODUCTS", "MANAGE_ORDERS")


@strawberry.enum
class WarehouseClickAndCollectOptionEnum(StrEnum):
    DISABLED = "DISABLED"
    LOCAL = "LOCAL"
    ALL = "ALL"


@strawberry.type(description="A place that keeps stock.")
class Warehouse(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("Warehouse")
    name: str
    slug: str
    email: str
    is_private: bool
    external_reference: str | None

    @row_field
    def click_and_collect_option(row: Row) -> WarehouseClickAndCollectOptionEnum:
        return row["click_and_collect"]

    @batch_field
    async def address(parents: Rows, info: BatchInfo) -> list[Address]:
        rows: Rows = await accounts.addresses_by_ids(info.context, [row["address_id"] for row in parents])
        return rows

    @batch_field(guard=needs("MANAGE_SHIPPING", "MANAGE_PRODUCTS"))
    async def shipping_zones(
        parents: Rows,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> list[Annotated["ShippingZoneCountableConnection", strawberry.lazy("schema.shipping.types")]]:
        edges = info.selects("edges")
        args = page_args("shippingZones", first=first, after=after, last=last, before=before, edges=edges)
        zones = await shipping.zones_of_warehouses(info.context, [row["id"] for row in parents])
        return [cut_page(group, args) for group in zones]


@strawberry.type
class WarehouseCountableEdge:
    node: Warehouse
    cursor: str


@strawberry.type
class WarehouseCountableConnection:
    """The row has what was asked for in `wanted`."""

    page_info: PageInfo
    edges: list[WarehouseCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await pages.warehouse_count(info.context, row["wanted"]) for row in parents]


@strawberry.type(description="Units of a variant in a warehouse.")
class Stock(Node):
    """The row is one of `engine.inventory.queries.stocks_of`."""

    id: strawberry.ID = global_id("Stock")

    @batch_field
    async def warehouse(parents: Rows, info: BatchInfo) -> list[Warehouse]:
        rows: Rows = await queries.warehouses_by_ids(info.context, [row["warehouse_id"] for row in parents])
        return rows

    @batch_field(guard=STOCK_READERS)
    async def product_variant(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["ProductVariant", strawberry.lazy("schema.catalog.variants")]]:
        rows: Rows = await catalog.variants_of_keys(info.context, [(row["variant_id"], None) for row in parents])
        return rows

    @batch_field(guard=STOCK_READERS, description="Units on the shelf.")
    async def quantity(parents: Rows, info: BatchInfo) -> list[int]:
        return [row["quantity"] for row in parents]

    @batch_field(guard=STOCK_READERS, description="Units of it that orders have claimed.")
    async def quantity_allocated(parents: Rows, info: BatchInfo) -> list[int]:
        return [row["quantity_allocated"] for row in parents]

    @batch_field(guard=STOCK_READERS, description="Units of it that carts being paid for hold.")
    async def quantity_reserved(parents: Rows, info: BatchInfo) -> list[int]:
        return [row["quantity_reserved"] for row in parents]


@strawberry.type
class StockCountableEdge:
    node: Stock
    cursor: str


@strawberry.type
class StockCountableConnection:
    """The row has what was asked for in `wanted`."""

    page_info: PageInfo
    edges: list[StockCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await pages.stock_count(info.context, row["wanted"]) for row in parents]


@strawberry.type(description="Units of an order line that a warehouse keeps for it until they are sent.")
class Allocation(Node):
    """The row is one of `engine.inventory.pages.allocations_of_lines`."""

    id: strawberry.ID = global_id("Allocation")

    @batch_field(guard=STOCK_READERS)
    async def quantity(parents: Rows, info: BatchInfo) -> list[int]:
        return [row["quantity"] for row in parents]

    @batch_field(guard=STOCK_READERS)
    async def warehouse(parents: Rows, info: BatchInfo) -> list[Warehouse]:
        rows: Rows = await queries.warehouses_by_ids(info.context, [row["warehouse_id"] for row in parents])
        return rows
