"""Writes to granted refunds. Whoever calls holds the lock of the order."""

import uuid
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.tables import table
from engine.refunds import queries, rules
from engine.refunds.models import GrantedRefund, GrantedRefundLine

_r, _l = table(GrantedRefund), table(GrantedRefundLine)


async def create(tx: WriteCtx, order: Row, **values: Any) -> Row:
    now = tx.clock.now()
    statement = sa.insert(_r).values(
        order_id=order["id"],
        currency=order["currency"],
        user_id=tx.caller.user_id,
        app_id=tx.caller.app_id,
        created_at=now,
        updated_at=now,
        **values,
    )
    return (await tx.execute(statement.returning(_r))).mappings().one()


async def update(tx: WriteCtx, refund_id: int, **values: Any) -> Row:
    statement = sa.update(_r).where(_r.c.id == refund_id).values(**values, updated_at=tx.clock.now())
    return (await tx.execute(statement.returning(_r))).mappings().one()


async def add_lines(tx: WriteCtx, refund_id: int, lines: Mapping[uuid.UUID, Mapping[str, Any]]) -> None:
    """Quantity, reason and reason_page_id by order line."""
    rows = [{"granted_refund_id": refund_id, "order_line_id": id, **values} for id, values in lines.items()]
    if rows:
        await tx.execute(sa.insert(_l).values(rows))


async def drop_lines(tx: WriteCtx, refund_id: int, line_ids: list[int]) -> None:
    await tx.execute(sa.delete(_l).where(_l.c.granted_refund_id == refund_id, _l.c.id.in_(line_ids)))


async def follow(tx: WriteCtx, refund_id: int) -> Row:
    """Bring the status in line with the payment events. A call of ours that was answered counts by its answer."""
    (events,) = await queries.events_of(tx, [refund_id])
    told = [
        (event["type"], event["psp_reference"] or str(event["id"]))
        for event in events
        if event["call"] is None or event["answered_at"] is None
    ]
    return await update(tx, refund_id, status=rules.status_of(told))
