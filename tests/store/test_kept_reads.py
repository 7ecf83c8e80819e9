"""What a request has read it may use again, until it writes."""

import pytest

from engine.core.context import Caller, Ctx, WriteCtx, transact
from engine.flows import offers
from engine.flows.shop import Shop
from engine.inventory.models import Stock
from tests.catalog_data import TEE, US, fill

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def goods(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


async def test_a_write_forgets_what_was_read_before_it(ctx: Ctx) -> None:
    async def take_one(tx: WriteCtx) -> None:
        await tx.execute(Stock.__table__.update().where(Stock.variant_id == 1).values(on_hand=2))  # type: ignore[attr-defined]
        assert tx.kept() is not tx.kept()

    before = ctx.kept()
    assert await offers.buyable(ctx, [(TEE, US)]) == [True]
    assert before == {("units", US, None): {1: 5, 2: 0}}
    assert await offers.quantities(ctx, [(1, US)], most=50) == [5]
    await transact(ctx, take_one)
    assert ctx.kept() == {}
    # what was being read when the write came fills what nobody looks into any more
    before["late"] = 1
    assert ctx.kept() == {}
    assert await offers.quantities(ctx, [(1, US)], most=50) == [2]


async def test_a_write_that_fails_forgets_too(ctx: Ctx) -> None:
    async def fail(tx: WriteCtx) -> None:
        raise LookupError

    ctx.kept()["read"] = 1
    with pytest.raises(LookupError):
        await transact(ctx, fail)
    assert ctx.kept() == {}


async def test_nothing_is_shared_with_another_caller_or_kept_past_a_release(shop: Shop, ctx: Ctx) -> None:
    ctx.kept()["read"] = 1
    assert ctx.acting_as(Caller(user_id=1)).kept() == {}
    assert shop.ctx().kept() == {}
    await ctx.release()
    assert ctx.kept() == {}
