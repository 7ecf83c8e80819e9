"""Opening, answering and steering tickets."""

import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.accounts.rules import Permission, normal_email
from engine.core.context import Ctx, Row, WriteCtx
from engine.core.errors import NotFound, PermissionDenied, Refusal
from engine.core.reference.languages import LANGUAGES
from engine.core.statements import Statement
from engine.core.tables import table
from engine.orders.models import Order
from engine.support import mails
from engine.support.errors import StatusNotAllowed, TicketClosed, TicketNotFound
from engine.support.mails import TicketMail
from engine.support.models import Ticket, TicketEvent, TicketMessage
from engine.support.rules import (
    MAX_BODY,
    MAX_SUBJECT,
    TicketEventType,
    TicketPriority,
    TicketStatus,
    after_message,
    may_become,
)

_t = table(Ticket)
_order = table(Order)
_LOCK = Statement(sa.select(_t).where(_t.c.id == sa.bindparam("id")).with_for_update())
_NUMBER = Statement(sa.text("SELECT nextval('ticket_number')"))
_ORDER = Statement(
    sa.select(_order.c.id, _order.c.user_id, _order.c.user_email, _order.c.channel_id).where(
        _order.c.id == sa.bindparam("id")
    )
)
_STAFF = Statement(
    sa.text("SELECT is_staff AND is_active FROM account_user WHERE id = :id").bindparams(
        sa.bindparam("id", type_=sa.BigInteger)
    )
)


@dataclass(frozen=True)
class NewTicket:
    """`email` is asked of guests; a signed-in customer's own is used instead."""

    subject: str
    body: str
    email: str | None = None
    order_id: uuid.UUID | None = None
    channel_id: int | None = None
    priority: TicketPriority = TicketPriority.NORMAL
    language_code: str = "en"


def staff_view(ctx: Ctx) -> bool:
    """Whether the caller works on tickets, and so sees internal notes and others' threads."""
    return ctx.caller.has(Permission.MANAGE_TICKETS)


def may_see(ctx: Ctx, ticket: Row) -> bool:
    """One's own; to who works on tickets, those of their channels and those of none."""
    channels = ctx.caller.channel_ids
    within = channels is None or ticket["channel_id"] is None or ticket["channel_id"] in channels
    return _own(ctx, ticket) or (staff_view(ctx) and within)


async def open_ticket(tx: WriteCtx, new: NewTicket) -> Row:
    """Raises Refusal for empty text, a missing e-mail, or an order that is not the customer's."""
    subject, body = _text(new.subject, "subject", MAX_SUBJECT), _text(new.body, "body", MAX_BODY)
    email = tx.caller.email or _email(new.email)
    if new.language_code.upper().replace("-", "_") not in LANGUAGES:
        raise Refusal("No language has this code.", field="languageCode", code="INVALID")
    channel_id = new.channel_id
    if new.order_id is not None:
        order = await _own_order(tx, new.order_id, email)
        channel_id = channel_id or order["channel_id"]
    number = (await tx.fetch(_NUMBER))[0][0]
    ticket = Ticket(
        number=number, channel_id=channel_id, user_id=tx.caller.user_id, email=email, subject=subject,
        priority=new.priority, order_id=new.order_id, language_code=new.language_code,
    )  # fmt: skip
    tx.add(ticket)
    await tx.session.flush()
    tx.add(TicketMessage(ticket_id=ticket.id, author_id=tx.caller.user_id, from_staff=False, internal=False, body=body))
    _note(tx, ticket.id, TicketEventType.CREATED)
    tx.emit("ticket.created", "Ticket", ticket.id, number=number)
    mails.post(tx, TicketMail.RECEIVED, ticket.id)
    await tx.session.flush()
    return (await tx.fetch(_LOCK, id=ticket.id))[0]


async def reply(tx: WriteCtx, ticket_id: uuid.UUID, body: str, *, internal: bool = False) -> Row:
    """Add to the thread. Internal notes are for staff alone."""
    ticket = await _locked(tx, ticket_id)
    staff = staff_view(tx)
    if internal and not staff:
        raise PermissionDenied((Permission.MANAGE_TICKETS,))
    # staff who wrote in as customers themselves answer as customers
    from_staff = staff and not _own(tx, ticket)
    now = TicketStatus(ticket["status"])
    if now is TicketStatus.CLOSED and not internal:
        raise TicketClosed
    message = TicketMessage(
        ticket_id=ticket_id,
        author_id=tx.caller.user_id,
        from_staff=from_staff,
        internal=internal,
        body=_text(body, "body", MAX_BODY),
    )
    tx.add(message)
    await tx.session.flush()
    _note(tx, ticket_id, TicketEventType.NOTE_ADDED if internal else TicketEventType.REPLIED)
    changes: dict[str, Any] = {}
    if from_staff and not internal and ticket["first_response_at"] is None:
        changes["first_response_at"] = tx.clock.now()
    after = after_message(now, from_staff=from_staff, internal=internal)
    if after is not now:
        changes |= _becoming(tx, ticket, after)
    tx.emit("ticket.replied", "Ticket", ticket_id, internal=internal, from_staff=from_staff)
    if from_staff and not internal:
        mails.post(tx, TicketMail.REPLIED, ticket_id, message_id=message.id)
    return await _update(tx, ticket_id, changes)


async def steer(
    tx: WriteCtx,
    ticket_id: uuid.UUID,
    *,
    status: TicketStatus | None = None,
    priority: TicketPriority | None = None,
    subject: str | None = None,
    assignee: int | None = None,
    unassign: bool = False,
) -> Row:
    """Change what staff steer a ticket by; what is None stays. The caller's right is the API's guard."""
    ticket = await _locked(tx, ticket_id)
    changes: dict[str, Any] = {}
    if status is not None and status != ticket["status"]:
        changes |= _becoming(tx, ticket, status)
    if priority is not None and priority != ticket["priority"]:
        changes["priority"] = priority
        _note(tx, ticket_id, TicketEventType.PRIORITY_CHANGED, before=ticket["priority"], after=priority)
    if subject is not None:
        changes["subject"] = _text(subject, "subject", MAX_SUBJECT)
    if unassign and ticket["assignee_id"] is not None:
        changes["assignee_id"] = None
        _note(tx, ticket_id, TicketEventType.UNASSIGNED)
    elif assignee is not None and assignee != ticket["assignee_id"]:
        if not await tx.value(_STAFF, id=assignee):
            raise NotFound("No active member of staff has this id.", field="assignee")
        changes["assignee_id"] = assignee
        _note(tx, ticket_id, TicketEventType.ASSIGNED, assignee_id=assignee)
    if changes:
        tx.emit("ticket.updated", "Ticket", ticket_id)
    return await _update(tx, ticket_id, changes)


async def resolve(tx: WriteCtx, ticket_id: uuid.UUID) -> Row:
    """By staff, or by the customer whose ticket it is. Resolving twice is the same as once."""
    return await steer(tx, ticket_id, status=TicketStatus.RESOLVED)


async def _locked(tx: WriteCtx, ticket_id: uuid.UUID) -> Row:
    rows = await tx.fetch(_LOCK, id=ticket_id)
    if not rows:
        raise TicketNotFound
    if not may_see(tx, rows[0]):
        raise TicketNotFound
    return rows[0]


def _own(ctx: Ctx, ticket: Row) -> bool:
    return ctx.caller.user_id is not None and bool(ticket["user_id"] == ctx.caller.user_id)


def _email(given: str | None) -> str:
    if not given or not given.strip():
        raise Refusal("An e-mail address is needed to answer you.", field="email", code="REQUIRED")
    address = normal_email(given)
    if address is None:
        raise Refusal("Enter a valid email address.", field="email", code="INVALID")
    return address


async def _own_order(tx: WriteCtx, order_id: uuid.UUID, email: str) -> Row:
    order = await tx.first(_ORDER, id=order_id)
    if order is not None:
        own = tx.caller.user_id is not None and order["user_id"] == tx.caller.user_id
        if own or order["user_email"].lower() == email or staff_view(tx):
            return order
    raise NotFound("Order not found.", field="orderId")


def _becoming(tx: WriteCtx, ticket: Row, status: TicketStatus) -> dict[str, Any]:
    now = TicketStatus(ticket["status"])
    if not may_become(now, status):
        raise StatusNotAllowed(now, status)
    _note(tx, ticket["id"], TicketEventType.STATUS_CHANGED, before=now, after=status)
    if status is TicketStatus.RESOLVED:
        tx.emit("ticket.resolved", "Ticket", ticket["id"])
    return {"status": status, "resolved_at": tx.clock.now() if status is TicketStatus.RESOLVED else None}


def _note(tx: WriteCtx, ticket_id: uuid.UUID, kind: TicketEventType, **parameters: object) -> None:
    tx.add(
        TicketEvent(
            ticket_id=ticket_id, type=kind, user_id=tx.caller.user_id, app_id=tx.caller.app_id, parameters=parameters
        )
    )


async def _update(tx: WriteCtx, ticket_id: uuid.UUID, changes: dict[str, Any]) -> Row:
    changed = {**changes, "updated_at": tx.clock.now()}
    result = await tx.execute(_t.update().where(_t.c.id == ticket_id).values(changed).returning(_t))
    return result.mappings().one()


def _text(value: str, field: str, limit: int) -> str:
    text = value.replace("\x00", "").strip()
    if not text:
        raise Refusal("This must not be empty.", field=field, code="REQUIRED")
    if len(text) > limit:
        raise Refusal(f"At most {limit} characters are allowed.", field=field, code="INVALID")
    return text
