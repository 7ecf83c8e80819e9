import strawberry

from engine.channels import queries
from engine.core.ids import int_pk
from schema.channels.types import Channel
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC, STAFF
from schema.execution.info import BatchInfo


@strawberry.type
class ChannelsQueries:
    @root_field(PUBLIC, description="A channel by id or slug.")
    async def channel(
        self, info: BatchInfo, id: strawberry.ID | None = None, slug: str | None = None
    ) -> Channel | None:
        if id is not None:
            return (await queries.by_ids(info.context, [int_pk(id, "Channel")]))[0]
        return await queries.by_slug(info.context, slug) if slug is not None else None

    @root_field(STAFF, description="All channels.")
    async def channels(self, info: BatchInfo) -> list[Channel] | None:
        return await queries.all_channels(info.context)
