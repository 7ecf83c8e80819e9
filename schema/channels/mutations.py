import strawberry

from engine.channels import service
from engine.core.context import transact
from engine.core.ids import int_pk, uuid_pk
from engine.flows import edit_channel
from schema.channels.errors import ChannelError
from schema.channels.inputs import ChannelCreateInput, ChannelDeleteInput, ChannelUpdateInput, channel_change
from schema.channels.types import Channel
from schema.common.inputs import ReorderInput, set_or
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

STAFF = needs("MANAGE_CHANNELS")


@strawberry.type
class ChannelCreate:
    channel: Channel | None
    errors: list[ChannelError]


@strawberry.type
class ChannelUpdate:
    channel: Channel | None
    errors: list[ChannelError]


@strawberry.type
class ChannelDelete:
    channel: Channel | None
    errors: list[ChannelError]


@strawberry.type
class ChannelActivate:
    channel: Channel | None
    errors: list[ChannelError]


@strawberry.type
class ChannelDeactivate:
    channel: Channel | None
    errors: list[ChannelError]


@strawberry.type
class ChannelReorderWarehouses:
    channel: Channel | None
    errors: list[ChannelError]


@strawberry.type
class ChannelsMutations:
    @mutation_field(STAFF, description="Open another place to sell; it is not active unless the input says so.")
    async def channel_create(self, info: BatchInfo, input: ChannelCreateInput) -> ChannelCreate:
        return payload(channel=await transact(info.context, edit_channel.create, channel_change(input)))

    @mutation_field(STAFF, description="Change a channel.")
    async def channel_update(self, info: BatchInfo, id: strawberry.ID, input: ChannelUpdateInput) -> ChannelUpdate:
        pk = int_pk(id, "Channel")
        return payload(channel=await transact(info.context, edit_channel.update, pk, channel_change(input)))

    @mutation_field(STAFF, description="Delete a channel; what was sold there goes to another one.")
    async def channel_delete(
        self, info: BatchInfo, id: strawberry.ID, input: ChannelDeleteInput | None = None
    ) -> ChannelDelete:
        target = int_pk(input.channel_id, "Channel") if input else None
        return payload(channel=await transact(info.context, edit_channel.delete, int_pk(id, "Channel"), target))

    @mutation_field(STAFF, description="Let shoppers see and use a channel.")
    async def channel_activate(self, info: BatchInfo, id: strawberry.ID) -> ChannelActivate:
        return payload(channel=await transact(info.context, service.set_active, int_pk(id, "Channel"), True))

    @mutation_field(STAFF, description="Keep shoppers from a channel.")
    async def channel_deactivate(self, info: BatchInfo, id: strawberry.ID) -> ChannelDeactivate:
        return payload(channel=await transact(info.context, service.set_active, int_pk(id, "Channel"), False))

    @mutation_field(STAFF, description="In which order a channel's warehouses are emptied.")
    async def channel_reorder_warehouses(
        self, info: BatchInfo, channel_id: strawberry.ID, moves: list[ReorderInput]
    ) -> ChannelReorderWarehouses:
        wanted = [(uuid_pk(move.id, "Warehouse"), set_or(move.sort_order) or 0) for move in moves]
        pk = int_pk(channel_id, "Channel")
        return payload(channel=await transact(info.context, edit_channel.reorder_warehouses, pk, wanted))
