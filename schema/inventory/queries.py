import strawberry

from engine.core.ids import uuid_pk
from engine.core.paging import page_args
from engine.inventory import queries
from schema.execution.fields import Rows, root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.types import Warehouse, WarehouseCountableConnection

STAFF = needs("MANAGE_PRODUCTS", "MANAGE_ORDERS", "MANAGE_SHIPPING")


@strawberry.type
class InventoryQueries:
    @root_field(STAFF, description="A warehouse by id.")
    async def warehouse(self, info: BatchInfo, id: strawberry.ID | None = None) -> Warehouse | None:
        if id is None:
            return None
        return (await queries.warehouses_by_ids(info.context, [uuid_pk(id, "Warehouse")]))[0]

    @root_field(STAFF, description="The shop's warehouses, by name.")
    async def warehouses(
        self,
        info: BatchInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> WarehouseCountableConnection | None:
        args = page_args("warehouses", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        page = await queries.warehouse_page(info.context, args)
        total = await queries.warehouse_count(info.context) if info.selects("totalCount") else None
        connection: Rows = page.as_connection(total_count=total)
        return connection
