"""Where the money of the orders in one answer stands, read once however many fields ask for it."""

import asyncio
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from engine.core.context import Ctx, Row
from engine.payments import queries
from engine.payments.rules import Amounts
from schema.common.lookahead import Neighbours

PAID = "_paid"
_AMOUNTS = (
    "totalAuthorized", "totalCharged", "totalCaptured", "totalCanceled", "totalRefunded", "totalAuthorizePending",
    "totalChargePending", "totalCancelPending", "totalRefundPending", "isPaid", "paymentStatus", "paymentStatusDisplay",
    "authorizeStatus", "chargeStatus", "totalBalance", "totalRemainingGrant", "actions",
)  # fmt: skip
ORDER = Neighbours(dict.fromkeys(_AMOUNTS, (queries.ORDER_AMOUNTS, ())))


class Paid:
    """Shared by the rows of one selection; sibling fields wait for the same read."""

    __slots__ = ("_ctx", "_ids", "_task")

    def __init__(self, ctx: Ctx, order_ids: Iterable[uuid.UUID]):
        self._ctx = ctx
        self._ids = list(dict.fromkeys(order_ids))
        self._task: asyncio.Task[list[Amounts]] | None = None

    async def all(self) -> dict[uuid.UUID, Amounts]:
        if self._task is None:
            self._task = asyncio.ensure_future(queries.totals_for_orders(self._ctx, self._ids))
        return dict(zip(self._ids, await self._task, strict=True))


def with_paid(ctx: Ctx, rows: Sequence[Row | None]) -> list[Any]:
    """Order rows whose money fields share one read; null stays null."""
    paid = Paid(ctx, [row["id"] for row in rows if row is not None])
    return [None if row is None else {**row, "__typename": "Order", PAID: paid} for row in rows]


def shown(ctx: Ctx, row: Row | None) -> Any:
    return with_paid(ctx, [row])[0]


async def paid_for(ctx: Ctx, parents: Sequence[Row]) -> list[Amounts]:
    """The money of each order row, whether it brought it along, shares a read, or neither."""
    carried = queries.ORDER_AMOUNTS.taken(parents)
    if carried is not None:
        return [Amounts(**row) if row else Amounts() for row in carried]
    found: dict[uuid.UUID, Amounts] = {}
    for paid in {row.get(PAID) for row in parents} - {None}:
        found.update(await paid.all())
    missing = [row["id"] for row in parents if row["id"] not in found]
    if missing:
        found.update(await Paid(ctx, missing).all())
    return [found[row["id"]] for row in parents]
