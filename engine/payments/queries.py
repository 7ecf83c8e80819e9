"""Payments, their histories and amounts, and the messages of their providers."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.checkout.models import Checkout
from engine.core.context import Ctx, Row
from engine.core.joins import Edge
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.payments.models import TransactionEvent, TransactionItem, WebhookInbox
from engine.payments.rules import Amounts

_t = table(TransactionItem)
_e = table(TransactionEvent)
_c = table(Checkout)
_inbox = table(WebhookInbox)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_WEBHOOK = Statement(sa.select(_inbox).where(_inbox.c.id == sa.bindparam("id", type_=sa.BigInteger)))
_LIMIT = sa.bindparam("max_rows", type_=sa.Integer)

AMOUNT_COLUMNS = (
    "authorized", "charged", "refunded", "canceled",
    "authorize_pending", "charge_pending", "refund_pending", "cancel_pending",
)  # fmt: skip
_UNANSWERED = sa.and_(_e.c.call.is_not(None), _e.c.answered_at.is_(None))

_BY_IDS = Statement(sa.select(_t).where(_t.c.id == sa.any_(_IDS)))
LOCK = Statement(sa.select(_t).where(_t.c.id == sa.bindparam("id", type_=sa.Uuid)).order_by(_t.c.id).with_for_update())
LOCK_OF_CHECKOUT = Statement(
    sa.select(_t).where(_t.c.checkout_id == sa.bindparam("id", type_=sa.Uuid)).order_by(_t.c.id).with_for_update()
)
_BY_KEY = Statement(
    sa.select(_t).where(
        _t.c.provider_id == sa.bindparam("provider_id"), _t.c.idempotency_key == sa.bindparam("idempotency_key")
    )
)
_BY_REFERENCE = Statement(
    sa.select(_t.c.id).where(
        _t.c.provider_id == sa.bindparam("provider_id"), _t.c.psp_reference == sa.bindparam("psp_reference")
    )
)
_EVENTS = Statement(
    sa.select(_e).where(_e.c.transaction_id == sa.any_(_IDS)).order_by(_e.c.transaction_id, _e.c.created_at, _e.c.id)
)
_EVENT = Statement(sa.select(_e).where(_e.c.id == sa.bindparam("id", type_=sa.BigInteger)))
_REPORT = Statement(
    sa.select(_e).where(
        _e.c.transaction_id == sa.bindparam("transaction_id", type_=sa.Uuid),
        _e.c.type == sa.bindparam("type"),
        _e.c.psp_reference == sa.bindparam("psp_reference"),
    )
)
_GRANTED = Statement(
    sa.select(_e.c.granted_refund_id)
    .where(
        _e.c.transaction_id == sa.bindparam("transaction_id", type_=sa.Uuid),
        _e.c.granted_refund_id.is_not(None),
        sa.or_(
            _e.c.id == sa.bindparam("claim_id", type_=sa.BigInteger),
            _e.c.psp_reference == sa.bindparam("psp_reference", type_=sa.Text),
        ),
    )
    .limit(1)
)
_STALE = Statement(
    sa.select(_e.c.id)
    .where(_UNANSWERED, sa.func.coalesce(_e.c.asked_at, _e.c.created_at) < sa.bindparam("before"))
    .order_by(sa.func.coalesce(_e.c.asked_at, _e.c.created_at))
    .limit(_LIMIT)
)
_RESTING = sa.and_(_t.c.provider_id != "", _t.c.updated_at < sa.bindparam("before"))
_WAITS = sa.exists(sa.select(_e.c.id).where(_e.c.transaction_id == _t.c.id, _e.c.type.like("%_ACTION_REQUIRED")))
_UNFINISHED = sa.union(
    sa.select(_t.c.id, _t.c.updated_at).where(
        _RESTING, _t.c.authorize_pending_amount + _t.c.charge_pending_amount > sa.literal_column("0")
    ),
    sa.select(_t.c.id, _t.c.updated_at).where(
        _RESTING,
        _t.c.created_at > sa.bindparam("begun_after"),
        *(_t.c[f"{name}_amount"] == 0 for name in AMOUNT_COLUMNS),
        _WAITS,
    ),
).subquery()
_PENDING = Statement(sa.select(_UNFINISHED.c.id).order_by(_UNFINISHED.c.updated_at).limit(_LIMIT))
_UNSETTLED = Statement(
    sa.select(_t.c.checkout_id)
    .join(_c, _c.c.id == _t.c.checkout_id)
    .where(
        _t.c.authorized_amount + _t.c.charged_amount + _t.c.authorize_pending_amount + _t.c.charge_pending_amount > 0,
        _t.c.order_id.is_(None),
        _t.c.updated_at < sa.bindparam("before"),
        sa.or_(_c.c.held_until.is_(None), _c.c.held_until < sa.bindparam("now")),
    )
    .group_by(_t.c.checkout_id)
    .order_by(sa.func.min(_t.c.updated_at))
    .limit(_LIMIT)
)


def _owned_by(owner: sa.ColumnElement[Any]) -> Statement:
    return Statement(sa.select(_t).where(owner == sa.any_(_IDS)).order_by(owner, _t.c.created_at, _t.c.id))


_SUMS = [sa.cast(sa.func.sum(_t.c[f"{name}_amount"]), sa.BigInteger).label(name) for name in AMOUNT_COLUMNS]


def _totals_by(owner: sa.ColumnElement[Any]) -> Statement:
    return Statement(
        sa.select(owner.label("owner_id"), *_SUMS).where(owner == sa.any_(_IDS)).group_by(owner).order_by(owner)
    )


ORDER_AMOUNTS = Edge(
    "paid",
    [sa.literal_column(f"paid.{name}", sa.BigInteger).label(name) for name in AMOUNT_COLUMNS],
    lambda source, order, _channel_id: source.outerjoin(
        sa.select(*_SUMS).where(_t.c.order_id == order.id).lateral("paid"), sa.true()
    ),
    key="authorized",
)
"""Where the money of an order stands, over all its payments, as a row of `Amounts`."""


def _unanswered_by(owner: sa.ColumnElement[Any]) -> Statement:
    amount = sa.cast(sa.func.sum(_e.c.amount), sa.BigInteger).label("amount")
    return Statement(
        sa.select(owner.label("owner_id"), amount)
        .join(_e, _e.c.transaction_id == _t.c.id)
        .where(owner == sa.any_(_IDS), _UNANSWERED, sa.or_(_e.c.call == "initialize", _e.c.call == "process"))
        .group_by(owner)
    )


def moved_for(order_id: sa.ColumnElement[uuid.UUID], column: str) -> sa.ColumnElement[int]:
    """In a statement about orders: what stands in `authorized` or `charged` over all payments of an order."""
    total = sa.func.coalesce(sa.func.sum(_t.c[f"{column}_amount"]), 0)
    return sa.select(total).where(_t.c.order_id == order_id).scalar_subquery()


def orders_holding(column: str) -> sa.Select[Any]:
    """The ids of the orders of which a payment has anything in `authorized` or `charged`."""
    return sa.select(_t.c.order_id).where(_t.c[f"{column}_amount"] > sa.literal_column("0"))


_OF_CHECKOUTS, _OF_ORDERS = _owned_by(_t.c.checkout_id), _owned_by(_t.c.order_id)
_CHECKOUT_TOTALS, _ORDER_TOTALS = _totals_by(_t.c.checkout_id), _totals_by(_t.c.order_id)
_CHECKOUT_UNANSWERED, _ORDER_UNANSWERED = _unanswered_by(_t.c.checkout_id), _unanswered_by(_t.c.order_id)


async def by_ids(ctx: Ctx, ids: Sequence[uuid.UUID]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def by_key(ctx: Ctx, provider_id: str, idempotency_key: str) -> Row | None:
    return await ctx.first(_BY_KEY, provider_id=provider_id, idempotency_key=idempotency_key)


async def id_by_reference(ctx: Ctx, provider_id: str, psp_reference: str) -> uuid.UUID | None:
    found: uuid.UUID | None = await ctx.value(_BY_REFERENCE, provider_id=provider_id, psp_reference=psp_reference)
    return found


async def transactions_of_checkouts(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Each checkout's payments, oldest first."""
    rows = await ctx.fetch(_OF_CHECKOUTS, ids=list(checkout_ids))
    return grouped(checkout_ids, rows, "checkout_id")


async def transactions_of_orders(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    return grouped(order_ids, await ctx.fetch(_OF_ORDERS, ids=list(order_ids)), "order_id")


async def events_of(ctx: Ctx, transaction_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Each payment's history, oldest first."""
    return grouped(transaction_ids, await ctx.fetch(_EVENTS, ids=list(transaction_ids)), "transaction_id")


async def event(ctx: Ctx, event_id: int) -> Row | None:
    return await ctx.first(_EVENT, id=event_id)


async def same_report(ctx: Ctx, transaction_id: uuid.UUID, type: str, psp_reference: str) -> Row | None:
    return await ctx.first(_REPORT, transaction_id=transaction_id, type=type, psp_reference=psp_reference)


async def totals_for_checkouts(ctx: Ctx, checkout_ids: Sequence[uuid.UUID]) -> list[Amounts]:
    """Where the money of each checkout stands, over all its payments; zeros where there is none."""
    return _amounts(checkout_ids, await ctx.fetch(_CHECKOUT_TOTALS, ids=list(checkout_ids)))


async def totals_for_orders(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[Amounts]:
    return _amounts(order_ids, await ctx.fetch(_ORDER_TOTALS, ids=list(order_ids)))


async def unanswered(ctx: Ctx, *, checkout_id: uuid.UUID | None = None, order_id: uuid.UUID | None = None) -> int:
    """Minor units of payments that were begun and whose provider has not answered: they may move or not."""
    statement = _ORDER_UNANSWERED if checkout_id is None else _CHECKOUT_UNANSWERED
    row = await ctx.first(statement, ids=[order_id if checkout_id is None else checkout_id])
    return row["amount"] if row is not None else 0


async def granted_refund_of(
    ctx: Ctx, transaction_id: uuid.UUID, psp_reference: str | None, claim_id: int | None, report_type: str
) -> int | None:
    """The granted refund that a report is about: that of the claim it answers, or of an earlier report of the same
    reference."""
    if not report_type.startswith("REFUND_"):
        return None
    row = await ctx.first(_GRANTED, transaction_id=transaction_id, claim_id=claim_id or 0, psp_reference=psp_reference)
    return None if row is None else int(row["granted_refund_id"])


async def stale_claims(ctx: Ctx, before: datetime, limit: int) -> list[int]:
    """Ids of claims that nobody has answered or asked about since `before`, longest waiting first."""
    return [row["id"] for row in await ctx.fetch(_STALE, before=before, max_rows=limit)]


async def pending_transactions(ctx: Ctx, before: datetime, begun_after: datetime, limit: int) -> list[uuid.UUID]:
    """Payments at rest since `before` that their provider has not finished, or (begun after `begun_after`) that wait
    for their shopper; longest at rest first."""
    rows = await ctx.fetch(_PENDING, before=before, begun_after=begun_after, max_rows=limit)
    return [row["id"] for row in rows]


async def unsettled_checkouts(ctx: Ctx, before: datetime, limit: int) -> list[uuid.UUID]:
    """Checkouts that have money, no standing hold, and payments at rest since `before`."""
    rows = await ctx.fetch(_UNSETTLED, before=before, now=ctx.clock.now(), max_rows=limit)
    return [row["checkout_id"] for row in rows]


async def webhook(ctx: Ctx, inbox_id: int) -> Row | None:
    """A provider's message as it was kept, with `processed_at` once it is done with."""
    return await ctx.first(_WEBHOOK, id=inbox_id)


def _amounts(ids: Sequence[uuid.UUID], rows: Sequence[Row]) -> list[Amounts]:
    found = {row["owner_id"]: Amounts(*(row[name] for name in AMOUNT_COLUMNS)) for row in rows}
    return [found.get(wanted, Amounts()) for wanted in ids]
