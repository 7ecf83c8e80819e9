"""The order list of staff: what is said of orders and of their money together."""

from dataclasses import replace

from engine.channels import queries as channels
from engine.core.context import Ctx
from engine.core.paging import Page, PageArgs
from engine.flows.order_where import built
from engine.orders import queries
from engine.orders.readiness import readiness
from engine.orders.rules import OrderFilter, Sort
from engine.orders.where import EVERYTHING, Where
from engine.payments.queries import moved_for, orders_holding

READY = readiness(moved_for, orders_holding)


async def in_channel(ctx: Ctx, filter: OrderFilter, slug: str | None) -> OrderFilter:
    """The filter narrowed to a channel; a slug that is none lets nothing through."""
    if slug is None:
        return filter
    found = await channels.by_slug(ctx, slug)
    ids = () if found is None else (found["id"],)
    if filter.channel_ids is not None:
        ids = tuple(id for id in ids if id in filter.channel_ids)
    return replace(filter, channel_ids=ids)


async def page(
    ctx: Ctx, filter: OrderFilter, args: PageArgs, sort: Sort, *, descending: bool, where: Where = EVERYTHING
) -> Page:
    """Of the orders that the filter lets through and the conditions hold of."""
    return await queries.page(ctx, filter, args, sort, descending=descending, money=READY, also=_also(where))


async def count(ctx: Ctx, filter: OrderFilter, where: Where = EVERYTHING) -> int:
    return await queries.count(ctx, filter, money=READY, also=_also(where))


def _also(where: Where) -> queries.Also:
    if where == EVERYTHING:
        return queries.NOTHING_MORE
    condition, made = built(where)
    return queries.Also(condition, made.values, tuple(made.shape))
