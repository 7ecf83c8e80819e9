"""Orders that nobody has paid for, in channels that keep them for a time only: expired, and in the end forgotten."""

import uuid
from typing import Any

import sqlalchemy as sa
import structlog

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.flows.promo_codes import give_codes_back
from engine.inventory import service as inventory
from engine.inventory import turns
from engine.listing.service import refresh_variants
from engine.orders import queries, service
from engine.orders.errors import UnknownOrder

EXPIRE_JOB = "orders.expire"
FORGET_JOB = "orders.forget_expired"
BATCH = 200
log = structlog.get_logger("argosy.orders")
_NOW = sa.bindparam("now", type_=sa.DateTime(timezone=True))
_LIMIT = sa.bindparam("batch", type_=sa.Integer)
_ID = sa.bindparam("id", type_=sa.Uuid)
# money that has moved or is about to, whatever became of it, keeps an order alive
_UNPAID = """
  o.status IN ('UNFULFILLED', 'UNCONFIRMED') AND o.origin <> 'DRAFT' AND o.total_gross > 0
  AND o.created_at <= :now - make_interval(mins => c.expire_orders_after)
  AND NOT EXISTS (
    SELECT 1 FROM transaction_item t WHERE t.order_id = o.id AND t.authorized_amount + t.charged_amount
      + t.refunded_amount + t.authorize_pending_amount + t.charge_pending_amount > 0
  )
"""
_ORDERS = f"FROM sales_order o JOIN channel c ON c.id = o.channel_id WHERE {_UNPAID}"
_DUE = Statement(sa.text(f"SELECT o.id {_ORDERS} ORDER BY o.created_at, o.id LIMIT :batch").bindparams(_NOW, _LIMIT))
_STILL_DUE = Statement(sa.text(f"SELECT EXISTS (SELECT 1 {_ORDERS} AND o.id = :id)").bindparams(_NOW, _ID))
_FORGOTTEN = Statement(
    sa.text(
        "SELECT o.id FROM sales_order o JOIN channel c ON c.id = o.channel_id WHERE o.status = 'EXPIRED'"
        " AND o.updated_at <= :now - make_interval(days => c.delete_expired_orders_after)"
        " AND NOT EXISTS (SELECT 1 FROM transaction_item t WHERE t.order_id = o.id)"
        " AND NOT EXISTS (SELECT 1 FROM invoice i WHERE i.order_id = o.id)"
        " AND NOT EXISTS (SELECT 1 FROM granted_refund g WHERE g.order_id = o.id)"
        " ORDER BY o.updated_at, o.id LIMIT :batch"
    ).bindparams(_NOW, _LIMIT)
)
_FORGET = Statement(
    sa.text("DELETE FROM sales_order WHERE id = :id AND status = 'EXPIRED' RETURNING number").bindparams(_ID)
)


async def expire(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Each in a transaction of its own, so that one that is busy does not keep the others."""
    for row in await ctx.fetch(_DUE, now=ctx.clock.now(), batch=BATCH):
        await transact(ctx, expire_one, row["id"])


async def expire_one(tx: WriteCtx, order_id: uuid.UUID) -> bool:
    """Its stock and codes are given back; False when it was paid, sent or cancelled meanwhile."""
    try:
        order = await service.lock(tx, order_id)
    except UnknownOrder:
        return False
    if not await tx.value(_STILL_DUE, id=order_id, now=tx.clock.now()):
        return False
    order = await service.set_status(tx, order, "EXPIRED")
    (lines,) = await queries.lines_of(tx, [order_id])
    await give_codes_back(tx, order)
    await turns.returning(tx, order_id)
    await inventory.deallocate_order(tx, order_id, cause="order expired")
    await service.note(tx, order_id, "EXPIRED")
    tx.emit("order.expired", "Order", order_id)
    await refresh_variants(tx, (line["variant_id"] for line in lines))
    return True


async def forget(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Delete expired orders that were kept for their time. What money or an invoice hangs on stays."""
    for row in await ctx.fetch(_FORGOTTEN, now=ctx.clock.now(), batch=BATCH):
        number = await transact(ctx, _forget, row["id"])
        log.info("expired order deleted", order=str(row["id"]), number=number)


async def _forget(tx: WriteCtx, order_id: uuid.UUID) -> Any:
    return await tx.value(_FORGET, id=order_id)
