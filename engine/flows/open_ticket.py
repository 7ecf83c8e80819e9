"""Opening a ticket, with the limit that keeps strangers from flooding the queue."""

from datetime import timedelta

from engine.core import ratelimit
from engine.core.context import Ctx, Row, transact
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
