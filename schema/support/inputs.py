from typing import Any

import strawberry

from engine.core.context import Ctx
from engine.core.ids import int_pk, uuid_pk
from engine.support.queries import TicketFilter
from engine.support.rules import TicketPriority, TicketStatus
from engine.support.service import NewTicket, staff_view
from schema.common.inputs import given, set_or


@strawberry.input
class TicketCreateInput:
    subject: str
    body: str
    email: str | None = strawberry.field(default=strawberry.UNSET, description="Needed from guests.")
    order_id: strawberry.ID | None = strawberry.UNSET
    language_code: str | None = strawberry.UNSET

    def as_ticket(self) -> NewTicket:
        order_id = set_or(self.order_id)
        return NewTicket(
            subject=self.subject,
            body=self.body,
            email=set_or(self.email),
            order_id=uuid_pk(order_id, "Order") if order_id else None,
            language_code=set_or(self.language_code) or "en",
        )


@strawberry.input
class TicketReplyInput:
    body: str
    internal: bool = False


@strawberry.input
class TicketUpdateInput:
    status: TicketStatus | None = strawberry.UNSET
    priority: TicketPriority | None = strawberry.UNSET
    subject: str | None = strawberry.UNSET
    assignee: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="A member of staff; null takes the ticket from whoever has it."
    )

    def as_changes(self) -> dict[str, Any]:
        changes = given(self)
        assignee = changes.pop("assignee", strawberry.UNSET)
        if assignee is None:
            changes["unassign"] = True
        elif assignee is not strawberry.UNSET:
            changes["assignee"] = int_pk(assignee, "User")
        return changes


@strawberry.input
class TicketFilterInput:
    status: list[TicketStatus] | None = strawberry.UNSET
    priority: list[TicketPriority] | None = strawberry.UNSET
    assignee: strawberry.ID | None = strawberry.UNSET
    unassigned: bool | None = strawberry.UNSET
    order: strawberry.ID | None = strawberry.UNSET
    search: str | None = strawberry.UNSET

    def as_filter(self, ctx: Ctx) -> TicketFilter:
        """Narrowed to what the caller may see: `may_see` in the words of a list."""
        staff, limit = staff_view(ctx), ctx.caller.channel_ids
        wanted = {name: value for name, value in given(self).items() if value is not None}
        return TicketFilter(
            statuses=tuple(wanted["status"]) if "status" in wanted else None,
            priorities=tuple(wanted["priority"]) if "priority" in wanted else None,
            assignee_id=int_pk(wanted["assignee"], "User") if "assignee" in wanted else None,
            unassigned=wanted.get("unassigned"),
            order_id=uuid_pk(wanted["order"], "Order") if "order" in wanted else None,
            search=wanted.get("search"),
            viewer_id=None if staff else ctx.caller.user_id,
            channel_ids=tuple(sorted(limit)) if staff and limit is not None else None,
        )
