"""Warehouses and what they have."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.accounts import queries as accounts
from engine.core.context import Row
from engine.core.paging import page_args
from engine.inventory import queries
from engine.shipping import queries as shipping
from schema.accounts.types import Address
from schema.common.connections import PageInfo
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.shipping.types import ShippingZoneCountableConnection

STOCK_READERS = needs("MANAGE_PRODUCTS", "MANAGE_ORDERS")


@strawberry.enum
class WarehouseClickAndCollectOptionEnum(StrEnum):
    DISABLED = "DISABLED"
    LOCAL = "LOCAL"
    ALL = "ALL"


@strawberry.type(description="A place that keeps stock.")
class Warehouse(ObjectWithMetadata):
    id: strawberry.ID = global_id("Warehouse")
    name: str
    slug: str
    email: str
    is_private: bool

    @row_field
    def click_and_collect_option(row: Row) -> WarehouseClickAndCollectOptionEnum:
        return row["click_and_collect"]

    @batch_field
    async def address(parents: Rows, info: BatchInfo) -> list[Address | None]:
        return await accounts.addresses_by_ids(info.context, [row["address_id"] for row in parents])

    @batch_field(guard=needs("MANAGE_SHIPPING", "MANAGE_PRODUCTS"))
    async def shipping_zones(
        parents: Rows, info: BatchInfo, first: int | None = None
    ) -> list[Annotated["ShippingZoneCountableConnection", strawberry.lazy("schema.shipping.types")]]:
        args = page_args("shippingZones", first=first, edges=info.selects("edges"))
        zones = await shipping.zones_of_warehouses(info.context, [row["id"] for row in parents])
        return [_first_of(group, args.size) for group in zones]


def _first_of(rows: Rows, size: int) -> Row:
    return {
        "edges": [{"node": row, "cursor": str(place)} for place, row in enumerate(rows[:size])],
        "page_info": {
            "has_next_page": len(rows) > size,
            "has_previous_page": False,
            "start_cursor": "0" if rows[:size] else None,
            "end_cursor": str(len(rows[:size]) - 1) if rows[:size] else None,
        },
        "total_count": len(rows),
    }


@strawberry.type
class WarehouseCountableEdge:
    node: Warehouse
    cursor: str


@strawberry.type
class WarehouseCountableConnection:
    page_info: PageInfo
    edges: list[WarehouseCountableEdge]
    total_count: int | None


@strawberry.type(description="Units of a variant in a warehouse.")
class Stock:
    """The row is one of `engine.inventory.queries.stocks_of`."""

    id: strawberry.ID = global_id("Stock")

    @batch_field
    async def warehouse(parents: Rows, info: BatchInfo) -> list[Warehouse]:
        rows: Rows = await queries.warehouses_by_ids(info.context, [row["warehouse_id"] for row in parents])
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
