"""Customer-service tickets: Argosy's own types, in Saleor's manner."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, TypeAlias

import strawberry

from engine.accounts import queries as accounts
from engine.accounts.rules import Permission
from engine.core.context import Row
from engine.core.paging import Page
from engine.orders import queries as orders
from engine.support import queries
from engine.support.rules import TicketEventType, TicketPriority, TicketStatus
from engine.support.service import staff_view
from schema.common.connections import PageInfo
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field
from schema.execution.guards import needs
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.accounts.types import User
    from schema.orders.types import Order

AUser: TypeAlias = Annotated["User", strawberry.lazy("schema.accounts.types")]
AnOrder: TypeAlias = Annotated["Order", strawberry.lazy("schema.orders.types")]


@strawberry.type(description="A message of a ticket's thread.")
class TicketMessage:
    id: strawberry.ID = global_id("TicketMessage")
    body: str
    from_staff: bool
    internal: bool = strawberry.field(description="True for a note that only staff sees.")
    created_at: datetime

    @batch_field(guard=needs(Permission.MANAGE_TICKETS))
    async def author(parents: Rows, info: BatchInfo) -> list[AUser | None]:
        return await accounts.users_by_ids(info.context, [row["author_id"] for row in parents])


@strawberry.type(description="Something that happened to a ticket.")
class TicketEvent:
    id: strawberry.ID = global_id("TicketEvent")
    type: TicketEventType
    created_at: datetime

    @batch_field
    async def user(parents: Rows, info: BatchInfo) -> list[AUser | None]:
        return await accounts.users_by_ids(info.context, [row["user_id"] for row in parents])


@strawberry.type(description="A customer's question and its conversation.")
class Ticket(ObjectWithMetadata):
    id: strawberry.ID = global_id("Ticket")
    number: int
    subject: str
    email: str
    status: TicketStatus
    priority: TicketPriority
    language_code: str
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None

    @batch_field(description="The conversation, oldest first; internal notes only for staff.")
    async def messages(parents: Rows, info: BatchInfo) -> list[list[TicketMessage]]:
        ids = [row["id"] for row in parents]
        return await queries.messages_of(info.context, ids, internal=staff_view(info.context))

    @batch_field(guard=needs(Permission.MANAGE_TICKETS))
    async def events(parents: Rows, info: BatchInfo) -> list[list[TicketEvent]]:
        return await queries.events_of(info.context, [row["id"] for row in parents])

    @batch_field(guard=needs(Permission.MANAGE_TICKETS))
    async def user(parents: Rows, info: BatchInfo) -> list[AUser | None]:
        return await accounts.users_by_ids(info.context, [row["user_id"] for row in parents])

    @batch_field(guard=needs(Permission.MANAGE_TICKETS))
    async def assignee(parents: Rows, info: BatchInfo) -> list[AUser | None]:
        return await accounts.users_by_ids(info.context, [row["assignee_id"] for row in parents])

    @batch_field
    async def order(parents: Rows, info: BatchInfo) -> list[AnOrder | None]:
        return await orders.by_ids(info.context, [row["order_id"] for row in parents])


@strawberry.type
class TicketCountableEdge:
    node: Ticket
    cursor: str


@strawberry.type
class TicketCountableConnection:
    page_info: PageInfo
    edges: list[TicketCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await queries.count(info.context, row["filter"]) for row in parents]


def connection(page: Page, wanted: queries.TicketFilter) -> Row:
    return page.as_connection(filter=wanted)
