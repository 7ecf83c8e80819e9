"""Reading tickets. `viewer_id` narrows to one customer's own; None is for staff, who see all."""

import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from engine.accounts.queries import like_pattern
from engine.core.context import Ctx, Row
from engine.core.paging import Key, Keyset, Page, PageArgs, counted
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.support.models import Ticket, TicketEvent, TicketMessage

_t = table(Ticket)
_m = table(TicketMessage)
_e = table(TicketEvent)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_shapes = ShapeCache(128)

_BY_IDS = Statement(sa.select(_t).where(_t.c.id == sa.any_(_IDS)))
_MESSAGES = Statement(
    sa.select(_m)
    .where(_m.c.ticket_id == sa.any_(_IDS))
    .where(sa.or_(sa.bindparam("internal", type_=sa.Boolean), ~_m.c.internal))
    .order_by(_m.c.ticket_id, _m.c.id)
)
_EVENTS = Statement(sa.select(_e).where(_e.c.ticket_id == sa.any_(_IDS)).order_by(_e.c.ticket_id, _e.c.id))


@dataclass(frozen=True)
class TicketFilter:
    statuses: tuple[str, ...] | None = None
    priorities: tuple[str, ...] | None = None
    assignee_id: int | None = None
    unassigned: bool | None = None
    order_id: uuid.UUID | None = None
    search: str | None = None
    """Part of the subject or e-mail, or the ticket's number."""
    viewer_id: int | None = None
    channel_ids: tuple[int, ...] | None = None
    """Only tickets of these channels, and those of none."""


async def by_ids(ctx: Ctx, ids: list[uuid.UUID]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=ids))


async def messages_of(ctx: Ctx, ticket_ids: list[uuid.UUID], *, internal: bool) -> list[list[Row]]:
    """Oldest first; internal notes only when `internal`."""
    return grouped(ticket_ids, await ctx.fetch(_MESSAGES, ids=ticket_ids, internal=internal), "ticket_id")


async def events_of(ctx: Ctx, ticket_ids: list[uuid.UUID]) -> list[list[Row]]:
    return grouped(ticket_ids, await ctx.fetch(_EVENTS, ids=ticket_ids), "ticket_id")


async def page(ctx: Ctx, wanted: TicketFilter, args: PageArgs) -> Page:
    """Most recently changed first."""
    keyset = Keyset(Key("updated_at", _t.c.updated_at, descending=True), Key("id", _t.c.id, descending=True))
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("page", tuple(conditions), keyset.shape(args)),
        lambda: keyset.apply(sa.select(_t).where(*conditions.values()), args),
        by_values=bool(conditions),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def count(ctx: Ctx, wanted: TicketFilter) -> int:
    """How many there are, up to MAX_COUNT."""
    conditions, values = _conditions(wanted)
    statement = _shapes.get(
        ("count", tuple(conditions)),
        lambda: counted(sa.select(_t.c.id).where(*conditions.values())),
        by_values=bool(conditions),
    )
    return int(await ctx.value(statement, **values))


def _conditions(wanted: TicketFilter) -> tuple[dict[str, sa.ColumnElement[bool]], dict[str, object]]:
    conditions: dict[str, sa.ColumnElement[bool]] = {}
    values: dict[str, object] = {}

    def add(name: str, condition: sa.ColumnElement[bool], **given: object) -> None:
        conditions[name] = condition
        values.update(given)

    texts = sa.ARRAY(sa.Text)
    if wanted.statuses is not None:
        statuses = list(wanted.statuses)
        add("statuses", _t.c.status == sa.any_(sa.bindparam("statuses", type_=texts)), statuses=statuses)
    if wanted.priorities is not None:
        priorities = list(wanted.priorities)
        add("priorities", _t.c.priority == sa.any_(sa.bindparam("priorities", type_=texts)), priorities=priorities)
    if wanted.assignee_id is not None:
        add("assignee", _t.c.assignee_id == sa.bindparam("assignee"), assignee=wanted.assignee_id)
    if wanted.unassigned is not None:
        nobody = _t.c.assignee_id.is_(None)
        add("unassigned" if wanted.unassigned else "assigned", nobody if wanted.unassigned else sa.not_(nobody))
    if wanted.order_id is not None:
        add("order_id", _t.c.order_id == sa.bindparam("order_id"), order_id=wanted.order_id)
    if wanted.viewer_id is not None:
        add("viewer", _t.c.user_id == sa.bindparam("viewer"), viewer=wanted.viewer_id)
    if wanted.channel_ids is not None:
        inside = _t.c.channel_id == sa.any_(sa.bindparam("channels", type_=sa.ARRAY(sa.BigInteger)))
        add("channels", sa.or_(_t.c.channel_id.is_(None), inside), channels=list(wanted.channel_ids))
    if wanted.search is not None:
        term, pattern = sa.bindparam("search", type_=sa.Text), sa.bindparam("pattern", type_=sa.Text)
        known = [sa.func.lower(_t.c.subject).like(sa.func.lower(pattern)), _t.c.email == sa.func.lower(term)]
        given: dict[str, object] = {"search": wanted.search, "pattern": like_pattern(wanted.search)}
        number = wanted.search.isascii() and wanted.search.isdecimal() and len(wanted.search) < 18
        if number:
            known.append(_t.c.number == sa.bindparam("number", type_=sa.BigInteger))
            given["number"] = int(wanted.search)
        add("number or text" if number else "text", sa.or_(*known), **given)
    return conditions, values
