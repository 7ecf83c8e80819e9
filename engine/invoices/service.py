"""Writes to invoices. Whoever calls holds the lock of the order."""

import uuid
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.core.context import Row, WriteCtx
from engine.core.tables import table
from engine.invoices import rules
from engine.invoices.errors import NumberTaken, UnknownInvoice
from engine.invoices.models import Invoice, InvoiceCounter

_i, _c = table(Invoice), table(InvoiceCounter)


async def request(tx: WriteCtx, order_id: uuid.UUID, number: str | None = None) -> Row:
    """An invoice whose document is to be made; without a `number` of the caller's it has the next one of its series.
    Raises NumberTaken."""
    if number is not None:
        return await _insert(tx, order_id, number=number)
    while True:
        try:
            return await _insert(tx, order_id, number=await _next_number(tx))
        except NumberTaken:
            continue  # somebody used it for an invoice made by hand


async def create(
    tx: WriteCtx, order_id: uuid.UUID, *, number: str, url: str, meta: dict[str, str], private_meta: dict[str, str]
) -> Row:
    """An invoice whose document is kept elsewhere. Raises NumberTaken."""
    return await _insert(
        tx, order_id, number=number, external_url=url, status="SUCCESS", meta=meta, private_meta=private_meta
    )


async def update(tx: WriteCtx, invoice_id: int, **values: Any) -> Row:
    """Raises UnknownInvoice, NumberTaken."""
    if "number" in values:
        taken = sa.select(_i.c.id).where(_i.c.number == values["number"], _i.c.id != invoice_id)
        if (await tx.execute(taken)).first() is not None:
            raise NumberTaken
    statement = sa.update(_i).where(_i.c.id == invoice_id).values(**values, updated_at=tx.clock.now()).returning(_i)
    row = (await tx.execute(statement)).mappings().first()
    if row is None:
        raise UnknownInvoice
    return row


async def _next_number(tx: WriteCtx) -> str:
    series = rules.series_of(tx.clock.now().date())
    first = insert(_c).values(series=series, last_number=1)
    counted = first.on_conflict_do_update(index_elements=["series"], set_={"last_number": _c.c.last_number + 1})
    return rules.number_of(series, (await tx.execute(counted.returning(_c.c.last_number))).scalar_one())


async def _insert(tx: WriteCtx, order_id: uuid.UUID, **values: Any) -> Row:
    now = tx.clock.now()
    statement = insert(_i).values(order_id=order_id, created_at=now, updated_at=now, **values)
    row = (await tx.execute(statement.on_conflict_do_nothing().returning(_i))).mappings().first()
    if row is None:
        raise NumberTaken
    return row
