"""Tickets and what was said in them."""

import uuid
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.channels import queries as channels
from engine.cli.demo.parts import data
from engine.cli.demo.past import backdate, shopper, staff, step
from engine.core.context import Caller, WriteCtx
from engine.core.statements import Statement
from engine.support import service
from engine.support.rules import TicketPriority
from engine.support.service import NewTicket

HELPER = "amara@example.com"
_ORDER = Statement(sa.text("SELECT id FROM sales_order WHERE private_meta ->> 'demo' = :key"))


async def tickets(tx: WriteCtx) -> None:
    for place, one in enumerate(data("tickets")["ticket"]):
        await _ticket(tx, one, place)


async def _ticket(tx: WriteCtx, one: dict[str, Any], place: int) -> None:
    began = tx.clock.now() - timedelta(days=one["days_ago"], minutes=17 * place)
    customer = await shopper(tx, one["customer"]) if "customer" in one else Caller()
    helper = await staff(tx, HELPER)
    channel = await channels.by_slug(tx, one["channel"]) if "channel" in one else None
    first, *others = one["messages"]
    opened = await service.open_ticket(
        step(tx, began, customer),
        NewTicket(
            subject=one["subject"],
            body=first["text"],
            email=one.get("email"),
            order_id=await tx.value(_ORDER, key=one["order"]) if "order" in one else None,
            channel_id=channel["id"] if channel else None,
            priority=TicketPriority(one["priority"]),
            language_code=one.get("language", "en"),
        ),
    )
    ticket_id = uuid.UUID(str(opened["id"]))
    await backdate(tx, began)
    if "assignee" in one:
        assignee = (await staff(tx, one["assignee"])).user_id
        soon = began + timedelta(minutes=30)
        await service.steer(step(tx, soon, helper), ticket_id, assignee=assignee)
        await backdate(tx, soon)
    at = began
    for message in others:
        at = began + timedelta(hours=message["hours"])
        speaker = helper if message["by"] == "staff" else customer
        await service.reply(step(tx, at, speaker), ticket_id, message["text"], internal=message.get("note", False))
        await backdate(tx, at)
    if one.get("resolve"):
        await service.resolve(step(tx, at + timedelta(hours=1), helper), ticket_id)
        await backdate(tx, at + timedelta(hours=1))
