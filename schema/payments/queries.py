import uuid

import strawberry

from engine.core.ids import uuid_pk
from engine.payments import queries
from schema.execution.fields import root_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.payments.types import TransactionItem


@strawberry.type
class PaymentsQueries:
    @root_field(needs("HANDLE_PAYMENTS"), description="A payment by id.")
    async def transaction(
        self, info: BatchInfo, id: strawberry.ID | None = None, token: uuid.UUID | None = None
    ) -> TransactionItem | None:
        key = uuid_pk(id, "TransactionItem") if id is not None else token
        if key is None:
            return None
        (row,) = await queries.by_ids(info.context, [key])
        channels = info.context.caller.channel_ids
        return row if row is None or channels is None or row["channel_id"] in channels else None
