"""The life of a ticket: OPEN waits for staff, PENDING for the customer, RESOLVED is answered, CLOSED is over."""

from enum import StrEnum


class TicketStatus(StrEnum):
    OPEN = "OPEN"
    PENDING = "PENDING"
    RESOLVED = "RESOLVED"
    CLOSED = "CLOSED"


class TicketPriority(StrEnum):
    LOW = "LOW"
    NORMAL = "NORMAL"
    HIGH = "HIGH"
    URGENT = "URGENT"


class TicketEventType(StrEnum):
    CREATED = "CREATED"
    REPLIED = "REPLIED"
    NOTE_ADDED = "NOTE_ADDED"
    STATUS_CHANGED = "STATUS_CHANGED"
    PRIORITY_CHANGED = "PRIORITY_CHANGED"
    ASSIGNED = "ASSIGNED"
    UNASSIGNED = "UNASSIGNED"


_ALLOWED = {
    TicketStatus.OPEN: {TicketStatus.PENDING, TicketStatus.RESOLVED, TicketStatus.CLOSED},
    TicketStatus.PENDING: {TicketStatus.OPEN, TicketStatus.RESOLVED, TicketStatus.CLOSED},
    TicketStatus.RESOLVED: {TicketStatus.OPEN, TicketStatus.PENDING, TicketStatus.CLOSED},
    TicketStatus.CLOSED: {TicketStatus.OPEN},
}

MAX_SUBJECT = 200
MAX_BODY = 20_000


def may_become(now: TicketStatus, wanted: TicketStatus) -> bool:
    """Staying as it is counts as allowed and changes nothing."""
    return now is wanted or wanted in _ALLOWED[now]


def after_message(now: TicketStatus, *, from_staff: bool, internal: bool) -> TicketStatus:
    """A customer's message puts the ticket back before staff; a public answer puts it before the customer."""
    if internal or now is TicketStatus.CLOSED:
        return now
    if from_staff:
        return TicketStatus.PENDING if now is TicketStatus.OPEN else now
    return TicketStatus.OPEN
