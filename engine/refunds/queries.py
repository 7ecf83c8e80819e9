import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.payments.models import TransactionEvent
from engine.refunds.models import GrantedRefund, GrantedRefundLine

_r, _l, _e = table(GrantedRefund), table(GrantedRefundLine), table(TransactionEvent)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_UUIDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_BY_IDS = Statement(sa.select(_r).where(_r.c.id == sa.any_(_IDS)))
_OF_ORDERS = Statement(sa.select(_r).where(_r.c.order_id == sa.any_(_UUIDS)).order_by(_r.c.order_id, _r.c.id))
_LINES_OF = Statement(
    sa.select(_l).where(_l.c.granted_refund_id == sa.any_(_IDS)).order_by(_l.c.granted_refund_id, _l.c.id)
)
_EVENTS_OF = Statement(
    sa.select(_e).where(_e.c.granted_refund_id == sa.any_(_IDS)).order_by(_e.c.granted_refund_id, _e.c.id)
)
_TOTALS = Statement(
    sa.select(_r.c.order_id, sa.cast(sa.func.sum(_r.c.amount), sa.BigInteger).label("amount"))
    .where(_r.c.order_id == sa.any_(_UUIDS))
    .group_by(_r.c.order_id)
)
_ID = sa.bindparam("id", type_=sa.Uuid)
_BUT = sa.bindparam("but", type_=sa.BigInteger)
_COUNTED = _r.c.status != "FAILURE"
_GRANTED_OF_LINES = Statement(
    sa.select(_l.c.order_line_id, sa.cast(sa.func.sum(_l.c.quantity), sa.BigInteger).label("quantity"))
    .join(_r, _r.c.id == _l.c.granted_refund_id)
    .where(_r.c.order_id == _ID, _COUNTED, _r.c.id != _BUT)
    .group_by(_l.c.order_line_id)
)
_SHIPPING_GRANTED = Statement(
    sa.select(sa.func.count()).where(_r.c.order_id == _ID, _r.c.shipping_costs_included, _COUNTED, _r.c.id != _BUT)
)
_WAITING = Statement(
    sa.select(sa.cast(sa.func.coalesce(sa.func.sum(_r.c.amount), 0), sa.BigInteger)).where(
        _r.c.transaction_id == _ID, _r.c.status == "NONE", _r.c.id != _BUT
    )
)
NONE = 0
"""No refund has this id."""


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def of_orders(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Oldest first."""
    return grouped(order_ids, await ctx.fetch(_OF_ORDERS, ids=list(order_ids)), "order_id")


async def totals_of_orders(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[int]:
    """All that was granted, in minor units, whatever became of it."""
    found = {row["order_id"]: row["amount"] for row in await ctx.fetch(_TOTALS, ids=list(order_ids))}
    return [found.get(id, 0) for id in order_ids]


async def lines_of(ctx: Ctx, refund_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(refund_ids, await ctx.fetch(_LINES_OF, ids=list(refund_ids)), "granted_refund_id")


async def events_of(ctx: Ctx, refund_ids: Sequence[int]) -> list[list[Row]]:
    """The payment events made for each refund, oldest first."""
    return grouped(refund_ids, await ctx.fetch(_EVENTS_OF, ids=list(refund_ids)), "granted_refund_id")


async def granted_units(ctx: Ctx, order_id: uuid.UUID, *, but: int = NONE) -> dict[uuid.UUID, int]:
    """By order line, what other refunds than `but` grant; failed ones do not count."""
    rows = await ctx.fetch(_GRANTED_OF_LINES, id=order_id, but=but)
    return {row["order_line_id"]: row["quantity"] for row in rows}


async def shipping_granted(ctx: Ctx, order_id: uuid.UUID, *, but: int = NONE) -> bool:
    return bool(await ctx.value(_SHIPPING_GRANTED, id=order_id, but=but))


async def waiting(ctx: Ctx, transaction_id: uuid.UUID, *, but: int = NONE) -> int:
    """Minor units of refunds that were granted of a payment and not asked for yet."""
    return int(await ctx.value(_WAITING, id=transaction_id, but=but))
