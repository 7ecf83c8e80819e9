"""Mails about a ticket, to whoever asked. They quote what staff wrote, never what a stranger typed."""

import uuid
from enum import StrEnum
from typing import Any

from engine.core import mail
from engine.core.context import Ctx, WriteCtx
from engine.shop import mail as shop_mail
from engine.support import queries

JOB = "support.mail"


class TicketMail(StrEnum):
    """Also the name of the template."""

    RECEIVED = "ticket_received"
    REPLIED = "ticket_replied"


def post(tx: WriteCtx, kind: TicketMail, ticket_id: uuid.UUID, *, message_id: int | None = None) -> None:
    """Send it once this transaction is committed."""
    tx.enqueue(JOB, kind=kind.value, ticket_id=str(ticket_id), message_id=message_id)


async def deliver(ctx: Ctx, payload: dict[str, Any]) -> None:
    """The job. A ticket that is gone meanwhile gets no mail."""
    kind, ticket_id = TicketMail(payload["kind"]), uuid.UUID(payload["ticket_id"])
    (ticket,) = await queries.by_ids(ctx, [ticket_id])
    if ticket is None:
        return
    values: dict[str, Any] = {"number": ticket["number"]}
    if kind is TicketMail.REPLIED:
        (messages,) = await queries.messages_of(ctx, [ticket_id], internal=False)
        values["body"] = next((row["body"] for row in messages if row["id"] == payload["message_id"]), None)
        if values["body"] is None:
            return
    await shop_mail.send(ctx, mail.render("engine.support", kind.value, ticket["email"], **values))
