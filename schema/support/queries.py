import strawberry

from engine.accounts.rules import Permission
from engine.core.ids import uuid_pk
from engine.core.paging import page_args
from engine.support import queries
from engine.support.service import may_see
from schema.execution.fields import root_field
from schema.execution.guards import Guard
from schema.execution.info import BatchInfo
from schema.support.inputs import TicketFilterInput
from schema.support.types import Ticket, TicketCountableConnection, connection

READERS = Guard(permissions=(Permission.MANAGE_TICKETS,), user=True)


@strawberry.type
class SupportQueries:
    @root_field(READERS, description="A ticket: one's own, or any with MANAGE_TICKETS.")
    async def ticket(self, info: BatchInfo, id: strawberry.ID) -> Ticket | None:
        (row,) = await queries.by_ids(info.context, [uuid_pk(id, "Ticket")])
        return row if row is not None and may_see(info.context, row) else None

    @root_field(READERS, description="Tickets, most recently changed first: one's own, or all with MANAGE_TICKETS.")
    async def tickets(
        self,
        info: BatchInfo,
        filter: TicketFilterInput | None = None,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> TicketCountableConnection | None:
        wanted = (filter or TicketFilterInput()).as_filter(info.context)
        args = page_args("tickets", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        return connection(await queries.page(info.context, wanted, args), wanted)
