import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import strawberry

from engine.channels import queries as channels
from engine.core.context import Row
from engine.core.errors import BadRequest
from engine.core.ids import uuid_pk
from engine.core.paging import page_args
from engine.flows import find_orders
from engine.orders import queries
from schema.common.money import TaxedMoney, taxed_row
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC, needs
from schema.execution.info import BatchInfo
from schema.orders.enums import ReportingPeriod
from schema.orders.event_types import OrderEventCountableConnection
from schema.orders.inputs import OrderFilterInput, OrderSortingInput, order_filter, order_sort
from schema.orders.loading import shown, with_paid
from schema.orders.reasons import ReasonQueries
from schema.orders.types import Order, OrderCountableConnection
from schema.orders.where_inputs import OrderWhereInput, order_where

EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def _opened(info: BatchInfo, pk: uuid.UUID) -> Any:
    (row,) = await queries.by_ids(info.context, [pk])
    if row is not None and row["status"] == "DRAFT" and not info.context.caller.has("MANAGE_ORDERS"):
        return None
    return shown(info.context, row)


@strawberry.type
class OrdersQueries(ReasonQueries):
    @root_field(PUBLIC, description="An order by its id, which is the credential of whoever holds it.")
    async def order(self, info: BatchInfo, id: strawberry.ID | None = None) -> Order | None:
        return None if id is None else await _opened(info, uuid_pk(id, "Order"))

    @root_field(PUBLIC, description="An order by the token in its id.", deprecation_reason="Use `order`.")
    async def order_by_token(self, info: BatchInfo, token: uuid.UUID) -> Order | None:
        return await _opened(info, token)

    @root_field(needs("MANAGE_ORDERS"), description="Orders placed and paid lately, for the first page of staff.")
    async def homepage_events(
        self,
        info: BatchInfo,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> OrderEventCountableConnection | None:
        ctx = info.context
        args = page_args(
            "homepageEvents", first=first, after=after, last=last, before=before, edges=info.selects("edges")
        )
        page = await queries.home_events(ctx, args, ctx.caller.channel_ids)
        connection: Row = page.as_connection()
        return connection

    @root_field(needs("MANAGE_ORDERS"), description="What was sold since the period began, in UTC; cancelled not.")
    async def orders_total(
        self, info: BatchInfo, period: ReportingPeriod | None = None, channel: str | None = None
    ) -> TaxedMoney | None:
        ctx = info.context
        if channel is not None:
            found = await channels.by_slug(ctx, channel)
        else:
            active = [row for row in await channels.all_channels(ctx) if row["is_active"]]
            if len(active) > 1:
                raise BadRequest("Say which channel: they have currencies of their own.")
            found = active[0] if active else None
        if found is None or (ctx.caller.channel_ids is not None and found["id"] not in ctx.caller.channel_ids):
            return None
        since = ctx.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
        since = since.replace(day=1) if period == ReportingPeriod.THIS_MONTH else since
        net, gross = await queries.turnover(ctx, found["id"], since if period is not None else EVER)
        return taxed_row(net, gross, found["currency"])

    @root_field(needs("MANAGE_ORDERS"), description="The shop's orders.")
    async def orders(
        self,
        info: BatchInfo,
        filter: OrderFilterInput | None = None,
        where: OrderWhereInput | None = None,
        sort_by: OrderSortingInput | None = None,
        search: str | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> OrderCountableConnection | None:
        ctx = info.context
        args = page_args("orders", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        if filter is not None and where is not None:
            raise BadRequest("Only one filtering argument (filter or where) can be specified.")
        wanted = await find_orders.in_channel(ctx, order_filter(filter, search, ctx.caller), channel)
        conditions = order_where(where)
        sort, descending = order_sort(sort_by)
        page = await find_orders.page(ctx, wanted, args, sort, descending=descending, where=conditions)
        connection: Row = replace(page, rows=with_paid(ctx, page.rows)).as_connection(wanted=(wanted, conditions))
        return connection
