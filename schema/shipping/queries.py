import strawberry
from strawberry import UNSET

from engine.channels import queries as channels
from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.shipping import queries
from schema.common.inputs import given
from schema.execution.fields import Rows, root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.shipping.types import ShippingZone, ShippingZoneCountableConnection

STAFF = needs("MANAGE_SHIPPING")


@strawberry.input
class ShippingZoneFilterInput:
    search: str | None = UNSET
    channels: list[strawberry.ID] | None = UNSET


@strawberry.type
class ShippingQueries:
    @root_field(STAFF, description="A shipping zone by id.")
    async def shipping_zone(self, info: BatchInfo, id: strawberry.ID) -> ShippingZone | None:
        return (await queries.zones_by_ids(info.context, [int_pk(id, "ShippingZone")]))[0]

    @root_field(STAFF, description="The shop's shipping zones, by name.")
    async def shipping_zones(
        self,
        info: BatchInfo,
        filter: ShippingZoneFilterInput | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> ShippingZoneCountableConnection | None:
        args = page_args(
            "shippingZones", first=first, after=after, last=last, before=before, edges=info.selects("edges")
        )
        wanted = await _wanted(info, filter, channel)
        page = await queries.zone_page(info.context, wanted, args)
        total = await queries.zone_count(info.context, wanted) if info.selects("totalCount") else None
        connection: Rows = page.as_connection(total_count=total)
        return connection


async def _wanted(info: BatchInfo, filter: ShippingZoneFilterInput | None, channel: str | None) -> queries.ZoneFilter:
    """Of zones of an unknown channel there are none."""
    asked = given(filter) if filter else {}
    ids = tuple(int_pk(id, "Channel") for id in asked["channels"]) if asked.get("channels") else None
    if channel is not None:
        row = await channels.by_slug(info.context, channel)
        here = {row["id"]} if row is not None else set()
        ids = tuple(here if ids is None else here.intersection(ids))
    return queries.ZoneFilter(search=asked.get("search"), channel_ids=ids)
