"""Tickets and the mail around them."""

import uuid
from datetime import timedelta

from engine.core import ratelimit
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.support import service
from engine.support.errors import TooManyTickets
from engine.support.service import NewTicket

GUEST_TICKETS = 5
GUEST_WINDOW = timedelta(hours=1)


async def open_ticket(ctx: Ctx, new: NewTicket) -> Row:
    """Guests may open a few an hour from one network address. Raises Refusal."""
    if not ctx.caller.authenticated:
        key = f"ticket:{ctx.client_address}"
        if not await ratelimit.hit(ctx, key, limit=GUEST_TICKETS, window=GUEST_WINDOW):
            raise TooManyTickets
    return await transact(ctx, service.open_ticket, new)


async def reply(tx: WriteCtx, ticket_id: uuid.UUID, body: str, *, internal: bool = False) -> Row:
    """A public answer of staff is also mailed to the customer."""
    return await service.reply(tx, ticket_id, body, internal=internal)
