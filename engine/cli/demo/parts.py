"""The demo shop is made in parts. Each is one transaction that also notes that it was done, so that a seed which
was killed goes on where it stopped, and one that is finished never comes back into a shop that was changed since."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from tomllib import loads
from typing import Any

import sqlalchemy as sa

from engine.attributes.models import Attribute
from engine.catalog.models import Category, Collection, Product, ProductType
from engine.content.models import Menu, Page, PageType
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.outbox import Outbox, OutboxEvent
from engine.core.statements import Statement
from engine.core.tables import table
from engine.orders.models import Order
from engine.tax.models import TaxClass

NOTE = "DemoPart"
LAST = "tickets"
"""The part made after all others: once it is done, the demo is whole."""
_LOCK = sa.text("SELECT pg_advisory_xact_lock(hashtextextended('argosy:seed', 0))")
_event = table(OutboxEvent)
_DONE = Statement(sa.select(_event.c.object_id).where(_event.c.object_type == NOTE))
_GOODS = (Product, ProductType, Category, Collection, Attribute, Page, PageType, Menu, TaxClass, Order)
_OWN_GOODS = Statement(sa.select(sa.or_(*(sa.exists(sa.select(table(model).c.id)) for model in _GOODS))))


@dataclass(frozen=True)
class Part:
    """`silent` parts tell of things long past: nobody gets a mail or a webhook about them."""

    name: str
    work: Callable[[WriteCtx], Awaitable[None]]
    silent: bool = False


async def lock(tx: WriteCtx) -> None:
    """One seed at a time."""
    await tx.execute(_LOCK)


async def done(ctx: Ctx) -> set[str]:
    return {row["object_id"] for row in await ctx.fetch(_DONE)}


async def has_own_goods(ctx: Ctx) -> bool:
    """Whether somebody has begun a shop of their own here, which the demo must not mix with."""
    return bool(await ctx.value(_OWN_GOODS))


async def run_part(ctx: Ctx, part: Part) -> bool:
    """False when it was done before."""
    return await transact(ctx, _run, part)


async def _run(tx: WriteCtx, part: Part) -> bool:
    await lock(tx)
    if part.name in await done(tx):
        return False
    await part.work(replace(tx, outbox=Outbox()) if part.silent else tx)
    await tx.session.flush()
    tx.emit("demo.seeded", NOTE, part.name)
    return True


@cache
def data(name: str) -> Any:
    """The content of `data/<name>.toml`."""
    return loads(files(__package__).joinpath("data", f"{name}.toml").read_text(encoding="utf-8"))


def pk(row: Any) -> int:
    """The key of a row that was flushed."""
    found: int = row.id
    return found
