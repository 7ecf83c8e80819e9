import strawberry

from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.shipping import queries
from schema.execution.fields import Rows, root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.shipping.types import ShippingZone, ShippingZoneCountableConnection

STAFF = needs("MANAGE_SHIPPING")


@strawberry.type
class ShippingQueries:
    @root_field(STAFF, description="A shipping zone by id.")
    async def shipping_zone(self, info: BatchInfo, id: strawberry.ID) -> ShippingZone | None:
        return (await queries.zones_by_ids(info.context, [int_pk(id, "ShippingZone")]))[0]

    @root_field(STAFF, description="The shop's shipping zones, by name.")
    async def shipping_zones(
        self,
        info: BatchInfo,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> ShippingZoneCountableConnection | None:
        args = page_args(
            "shippingZones", first=first, after=after, last=last, before=before, edges=info.selects("edges")
        )
        page = await queries.zone_page(info.context, args)
        total = await queries.zone_count(info.context) if info.selects("totalCount") else None
        connection: Rows = page.as_connection(total_count=total)
        return connection
