"""Apps hear when the last unit of a stock is taken, and when there are units again; not of what is in between."""

from typing import Any

import pytest
import sqlalchemy as sa

from engine.channels.models import Channel
from engine.core.context import Ctx, transact
from engine.core.statements import Statement
from engine.core.tables import table
from engine.flows.complete_checkout import complete_checkout
from engine.flows.order_actions import cancel_order
from engine.flows.set_stock import Count, set_stocks
from tests.paying import ready_cart
from tests.stockroom import Stockroom, build

pytestmark = pytest.mark.anyio

_TOLD = Statement(
    sa.text(
        "SELECT kind, object_id, payload FROM outbox_event WHERE kind IN ('product_variant.out_of_stock',"
        " 'product_variant.back_in_stock') AND object_id = :id ORDER BY id"
    ).bindparams(sa.bindparam("id", type_=sa.Text))
)


async def told(ctx: Ctx, variant_id: int) -> list[tuple[str, str]]:
    rows = await ctx.fetch(_TOLD, id=str(variant_id))
    return [(row["kind"].partition(".")[2], row["payload"]["warehouse_id"]) for row in rows]


async def open_to_unpaid(ctx: Ctx, room: Stockroom) -> None:
    channel = table(Channel)

    async def work(tx: Any) -> None:
        await tx.execute(channel.update().where(channel.c.id == room.channel_id).values(allow_unpaid_orders=True))

    await transact(ctx, work)


async def test_a_sale_of_the_last_unit_and_its_cancellation_are_told(ctx: Ctx) -> None:
    room = await build(ctx, stock=[(2, 0)])
    await open_to_unpaid(ctx, room)
    (variant,), house = room.variants, str(room.warehouses[0])
    orders = [await complete_checkout(ctx, await ready_cart(ctx, room, (variant, 1))) for _ in range(2)]
    assert await told(ctx, variant) == [("out_of_stock", house)]
    await transact(ctx, cancel_order, orders[0]["id"])
    await transact(ctx, cancel_order, orders[1]["id"])
    assert await told(ctx, variant) == [("out_of_stock", house), ("back_in_stock", house)]


async def test_a_count_tells_of_a_stock_that_is_empty_or_filled_again(ctx: Ctx) -> None:
    room = await build(ctx, stock=[(5, 0)])
    (variant,), (first, second) = room.variants, room.warehouses
    for counts in ([Count(first, 3)], [Count(first, 0), Count(second, 0)], [Count(first, 7), Count(second, 1)]):
        await transact(ctx, set_stocks, variant, counts)
    assert sorted(await told(ctx, variant)) == sorted(
        [("out_of_stock", str(first)), ("back_in_stock", str(first)), ("back_in_stock", str(second))]
    )
