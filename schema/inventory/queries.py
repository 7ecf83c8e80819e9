from enum import StrEnum

import strawberry
from strawberry import UNSET

from engine.core.ids import int_pk, uuid_pk
from engine.core.paging import page_args
from engine.inventory import pages, queries
from schema.common.enums import OrderDirection
from schema.common.filters import MetadataFilter
from schema.common.inputs import given, set_or
from schema.execution.fields import Rows, root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.types import (
    Stock,
    StockCountableConnection,
    Warehouse,
    WarehouseClickAndCollectOptionEnum,
    WarehouseCountableConnection,
)

STAFF = needs("MANAGE_PRODUCTS", "MANAGE_ORDERS", "MANAGE_SHIPPING")
STOCK_READERS = needs("MANAGE_PRODUCTS")


@strawberry.enum
class WarehouseSortField(StrEnum):
    NAME = "NAME"


@strawberry.input
class WarehouseSortingInput:
    direction: OrderDirection
    field: WarehouseSortField


@strawberry.input
class WarehouseFilterInput:
    click_and_collect_option: WarehouseClickAndCollectOptionEnum | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    search: str | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    is_private: bool | None = UNSET
    channels: list[strawberry.ID] | None = UNSET
    slugs: list[str] | None = UNSET


@strawberry.input
class StockFilterInput:
    search: str | None = UNSET
    quantity: float | None = UNSET


@strawberry.type
class InventoryQueries:
    @root_field(STAFF, description="A warehouse by id, or by what another system calls it.")
    async def warehouse(
        self, info: BatchInfo, id: strawberry.ID | None = None, external_reference: str | None = None
    ) -> Warehouse | None:
        if id is not None:
            return (await queries.warehouses_by_ids(info.context, [uuid_pk(id, "Warehouse")]))[0]
        if external_reference is not None:
            return await queries.warehouse_by_reference(info.context, external_reference)
        return None

    @root_field(STAFF, description="The shop's warehouses, by name.")
    async def warehouses(
        self,
        info: BatchInfo,
        filter: WarehouseFilterInput | None = None,
        sort_by: WarehouseSortingInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> WarehouseCountableConnection | None:
        args = page_args("warehouses", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        wanted = _warehouses(filter)
        descending = sort_by is not None and sort_by.direction == OrderDirection.DESC
        page = await pages.warehouse_page(info.context, wanted, args, descending=descending)
        connection: Rows = page.as_connection(wanted=wanted)
        return connection

    @root_field(STOCK_READERS, description="Units of a variant in a warehouse, by id.")
    async def stock(self, info: BatchInfo, id: strawberry.ID) -> Stock | None:
        return (await pages.stocks_by_ids(info.context, [int_pk(id, "Stock")]))[0]

    @root_field(STOCK_READERS, description="Units of every variant in every warehouse.")
    async def stocks(
        self,
        info: BatchInfo,
        filter: StockFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> StockCountableConnection | None:
        args = page_args("stocks", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        asked = given(filter) if filter else {}
        wanted = pages.StockFilter(search=asked.get("search"), quantity=asked.get("quantity"))
        page = await pages.stock_page(info.context, wanted, args)
        connection: Rows = page.as_connection(wanted=wanted)
        return connection


def _warehouses(filter: WarehouseFilterInput | None) -> pages.WarehouseFilter:
    asked = given(filter) if filter else {}
    return pages.WarehouseFilter(
        search=asked.get("search"),
        ids=tuple(uuid_pk(id, "Warehouse") for id in asked["ids"]) if asked.get("ids") else None,
        slugs=tuple(asked["slugs"]) if asked.get("slugs") else None,
        channel_ids=tuple(int_pk(id, "Channel") for id in asked["channels"]) if asked.get("channels") else None,
        is_private=asked.get("is_private"),
        click_and_collect=asked.get("click_and_collect_option"),
        meta=tuple((item.key, set_or(item.value)) for item in asked.get("metadata") or ()),
    )
