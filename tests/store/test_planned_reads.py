"""A read is planned once per connection, unless its statement says that the plan depends on its values."""

from typing import Any

import pytest
import sqlalchemy as sa

from engine.core.context import Ctx
from engine.core.statements import Statement
from engine.flows.shop import Shop

pytestmark = pytest.mark.anyio

_TWICE = sa.text("SELECT :number * 2 AS twice").bindparams(sa.bindparam("number", type_=sa.Integer))
_MODE = Statement(sa.text("SHOW plan_cache_mode"))
_PLANS = Statement(
    sa.text("SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement = :sql").bindparams(
        sa.bindparam("sql", type_=sa.Text)
    )
)


async def plans(ctx: Ctx, statement: Statement) -> Any:
    for number in (1, 2, 3):
        assert await ctx.value(statement, number=number) == 2 * number
    row = await ctx.first(_PLANS, sql=statement.sql)
    assert row is not None
    return dict(row)


async def test_a_statement_is_planned_once(ctx: Ctx) -> None:
    assert await plans(ctx, Statement(_TWICE)) == {"generic_plans": 3, "custom_plans": 0}


async def test_one_that_goes_by_its_values_is_planned_at_every_run(shop: Shop) -> None:
    ctx, other = shop.ctx(), shop.ctx()
    try:
        assert await other.value(_MODE) == "force_generic_plan"
        assert await plans(ctx, Statement(_TWICE, by_values=True)) == {"generic_plans": 0, "custom_plans": 3}
        assert await ctx.value(_MODE) == "force_generic_plan", "for the statements after it all is as before"
        await ctx.value(Statement(_TWICE, by_values=True), number=1)
    finally:
        await ctx.release()
        await other.release()


async def test_whoever_takes_a_connection_next_is_not_held_to_the_way_of_the_last(shop: Shop) -> None:
    for _ in range(2):
        ctx = shop.ctx()
        assert await ctx.value(_MODE) == "force_generic_plan"
        assert await ctx.value(Statement(_TWICE, by_values=True), number=1) == 2
        await ctx.release()
