from enum import StrEnum

import strawberry

from engine.accounts.rules import Permission
from engine.core.context import transact
from engine.core.ids import uuid_pk
from engine.flows import open_ticket as opening
from engine.support import service
from schema.common.errors import MutationError
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import PUBLIC, Guard, needs
from schema.execution.info import BatchInfo
from schema.support.inputs import TicketCreateInput, TicketReplyInput, TicketUpdateInput
from schema.support.types import Ticket

WRITERS = Guard(permissions=(Permission.MANAGE_TICKETS,), user=True)


@strawberry.enum
class TicketErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    INVALID_STATUS = "INVALID_STATUS"
    LIMIT_REACHED = "LIMIT_REACHED"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    TICKET_CLOSED = "TICKET_CLOSED"


@strawberry.type
class TicketError(MutationError):
    code: TicketErrorCode


@strawberry.type
class TicketCreate:
    ticket: Ticket | None
    errors: list[TicketError]


@strawberry.type
class TicketReply:
    ticket: Ticket | None
    errors: list[TicketError]


@strawberry.type
class TicketUpdate:
    ticket: Ticket | None
    errors: list[TicketError]


@strawberry.type
class TicketResolve:
    ticket: Ticket | None
    errors: list[TicketError]


@strawberry.type
class SupportMutations:
    @mutation_field(PUBLIC, description="Ask customer service, as a customer or (with an e-mail) as a guest.")
    async def ticket_create(self, info: BatchInfo, input: TicketCreateInput) -> TicketCreate:
        return payload(ticket=await opening.open_ticket(info.context, input.as_ticket()))

    @mutation_field(WRITERS, description="Add to a ticket's conversation, or an internal note.")
    async def ticket_reply(self, info: BatchInfo, id: strawberry.ID, input: TicketReplyInput) -> TicketReply:
        ticket = await transact(info.context, service.reply, uuid_pk(id, "Ticket"), input.body, internal=input.internal)
        return payload(ticket=ticket)

    @mutation_field(
        needs(Permission.MANAGE_TICKETS), description="Set a ticket's status, priority, subject or assignee."
    )
    async def ticket_update(self, info: BatchInfo, id: strawberry.ID, input: TicketUpdateInput) -> TicketUpdate:
        ticket = await transact(info.context, service.steer, uuid_pk(id, "Ticket"), **input.as_changes())
        return payload(ticket=ticket)

    @mutation_field(WRITERS, description="Call a ticket answered; staff, or the customer who opened it.")
    async def ticket_resolve(self, info: BatchInfo, id: strawberry.ID) -> TicketResolve:
        return payload(ticket=await transact(info.context, service.resolve, uuid_pk(id, "Ticket")))
