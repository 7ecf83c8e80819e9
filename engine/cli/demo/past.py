"""Doing things as somebody else, some days ago."""

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa

from engine.accounts.models import User
from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.clock import FixedClock
from engine.core.context import Caller, Row, WriteCtx
from engine.core.statements import Statement
from engine.core.tables import metadata, table

_u = table(User)
_BY_EMAIL = Statement(sa.select(_u).where(_u.c.email == sa.bindparam("email", type_=sa.Text)))
_DATED = ("address", "allocation", "fulfillment", "order_", "sales_order", "stock_entry", "ticket", "transaction_")


def _backdate() -> str:
    changes: list[str] = []
    for t in sorted(metadata.tables.values(), key=lambda t: t.name):
        times = [name for name in ("created_at", "updated_at") if name in t.c]
        if times and t.name.startswith(_DATED):
            values = ", ".join(f"{name} = CASE WHEN {name} = now() THEN :at ELSE {name} END" for name in times)
            made_now = " OR ".join(f"{name} = now()" for name in times)
            changes.append(f"c{len(changes)} AS (UPDATE {t.name} SET {values} WHERE {made_now})")  # noqa: S608
    return f"WITH {', '.join(changes)} SELECT 1"


_BACKDATE = Statement(sa.text(_backdate()).bindparams(sa.bindparam("at", type_=sa.DateTime(timezone=True))))


def step(tx: WriteCtx, at: datetime, caller: Caller) -> WriteCtx:
    """The transaction as it would have been one of its own: of that caller, at that time, with no lock taken yet."""
    return replace(tx, clock=FixedClock(at), caller=caller, _held_ranks=[])


async def backdate(tx: WriteCtx, at: datetime) -> None:
    """Give rows whose time the database filled in the time of the step that made them."""
    await tx.fetch(_BACKDATE, at=at)


async def person(tx: WriteCtx, email: str) -> Row:
    found = await tx.first(_BY_EMAIL, email=email)
    assert found is not None, email
    return found


async def shopper(tx: WriteCtx, email: str) -> Caller:
    user = await person(tx, email)
    return Caller(user_id=user["id"], email=user["email"])


async def staff(tx: WriteCtx, email: str) -> Caller:
    user = await person(tx, email)
    return Caller(user_id=user["id"], email=user["email"], is_staff=True, permissions=ALL_PERMISSIONS)
