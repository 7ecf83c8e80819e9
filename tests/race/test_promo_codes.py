"""One gift card and the last use of a voucher, wanted by many carts at once, each on connections of its own."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.checkout import codes
from engine.checkout.hold import hold
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.statements import Statement
from engine.flows.complete_checkout import complete_checkout
from engine.flows.initialize_transaction import Start, initialize_transaction
from engine.flows.payment_gateways import Owner
from engine.flows.shop import Shop, open_shop
from engine.gift_cards import balance, queries
from engine.vouchers import usage
from tests.codes import gift_card, voucher
from tests.paying import BANK, Bank, configure_bank, ready_cart, with_bank
from tests.stockroom import Stockroom, build, unbalanced

pytestmark = pytest.mark.anyio

CARTS = 8
TOTAL = 1000 + 500
_ORDERS = Statement(
    sa.text("SELECT count(*) FROM sales_order WHERE checkout_id = ANY(:ids)").bindparams(
        sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
    )
)
_USED = Statement(
    sa.text("SELECT used FROM voucher_code WHERE code = :code").bindparams(sa.bindparam("code", type_=sa.Text))
)
_UNLOCKED = Statement(
    sa.text(
        "SELECT k.id, k.voucher_id, k.code, k.used, k.is_active, v.usage_limit, v.single_use, v.apply_once_per_customer"
        " FROM voucher v JOIN voucher_code k ON k.voucher_id = v.id WHERE k.code = :code"
    ).bindparams(sa.bindparam("code", type_=sa.Text))
)
# The broken variants come last: what they leave behind would be found.
_WRONG = Statement(
    sa.text(
        "SELECT"
        " (SELECT count(*) FROM voucher_code k"
        "  WHERE k.used <> (SELECT count(*) FROM voucher_use u WHERE u.code_id = k.id))"
        " + (SELECT count(*) FROM gift_card g WHERE g.initial_amount - g.current_amount <>"
        "  (SELECT coalesce(sum(o.amount), 0) FROM order_gift_card o"
        "   WHERE o.gift_card_id = g.id AND o.given_back_at IS NULL))"
        " + (SELECT count(*) FROM sales_order o WHERE o.gift_cards_gross <>"
        "  (SELECT coalesce(sum(c.amount), 0) FROM order_gift_card c WHERE c.order_id = o.id))"
    )
)


@pytest.fixture(scope="module")
async def wide(settings: Any) -> AsyncIterator[Shop]:
    """A connection for everybody, so that they meet in the database and not at the pool."""
    async with open_shop(settings.model_copy(update={"read_pool_size": 12, "write_pool_size": 12})) as opened:
        ctx = opened.ctx()
        await configure_bank(ctx)
        await ctx.release()
        yield opened


@pytest.fixture
async def ctx(wide: Shop) -> AsyncIterator[Ctx]:
    bank = Bank({"initialize": "CHARGE_SUCCESS"})
    made = replace(wide.ctx(), plugins=with_bank(wide.plugins, bank))
    yield made
    assert await unbalanced(made) == []
    await made.release()


@pytest.fixture
async def room(ctx: Ctx) -> Stockroom:
    return await build(ctx, stock=[(10 * CARTS, 0)])


async def held_carts(ctx: Ctx, room: Stockroom, code: str, *, pay: bool) -> list[uuid.UUID]:
    """Carts with the code whose prices and stock are held, paid for or not."""
    return [await held_cart(ctx, room, code, pay=pay) for _ in range(CARTS)]


async def held_cart(ctx: Ctx, room: Stockroom, code: str, *, pay: bool) -> uuid.UUID:
    checkout_id = await ready_cart(ctx, room, (room.variants[0], 1))
    await transact(ctx, codes.add_code, checkout_id, code)
    if pay:
        await initialize_transaction(ctx, Start(Owner("Checkout", checkout_id), BANK))
    else:
        await transact(ctx, hold, checkout_id, until=ctx.clock.now() + timedelta(minutes=15))
    return checkout_id


async def complete_each(ctx: Ctx, ids: Sequence[uuid.UUID], *, at_once: bool) -> list[str]:
    """What each got: an order, or the name of its refusal."""
    gate = asyncio.Barrier(len(ids) if at_once else 1)

    async def run(checkout_id: uuid.UUID) -> str:
        own = replace(ctx, reads=type(ctx.reads)(ctx.database))
        try:
            await gate.wait()
            await complete_checkout(own, checkout_id)
        except Exception as error:
            return type(error).__name__
        finally:
            await own.release()
        return "order"

    if at_once:
        return list(await asyncio.gather(*(run(checkout_id) for checkout_id in ids)))
    return [await run(checkout_id) for checkout_id in ids]


async def left_on(ctx: Ctx, card_id: int | None) -> int:
    (card,) = await queries.by_ids(ctx, [card_id or 0])
    assert card is not None
    return int(card["current_amount"])


@pytest.mark.parametrize("at_once", [False, True])
async def test_one_gift_card_pays_for_one_of_many_carts(ctx: Ctx, room: Stockroom, at_once: bool) -> None:
    card = await gift_card(ctx, TOTAL)
    ids = await held_carts(ctx, room, card.code, pay=False)
    got = await complete_each(ctx, ids, at_once=at_once)
    assert sorted(got) == ["GiftCardRefused"] * (CARTS - 1) + ["order"]
    assert (await left_on(ctx, card.id), await ctx.value(_ORDERS, ids=ids)) == (0, 1)
    assert await ctx.value(_WRONG) == 0


@pytest.mark.parametrize("at_once", [False, True])
async def test_the_last_use_of_a_voucher_is_for_one_of_many_carts(ctx: Ctx, room: Stockroom, at_once: bool) -> None:
    (code,) = await voucher(ctx, room, 100, usage_limit=1)
    ids = await held_carts(ctx, room, code, pay=True)
    got = await complete_each(ctx, ids, at_once=at_once)
    assert sorted(got) == ["VoucherUsedUp"] * (CARTS - 1) + ["order"]
    assert (await ctx.value(_USED, code=code), await ctx.value(_ORDERS, ids=ids)) == (1, 1)
    assert await ctx.value(_WRONG) == 0


async def test_many_codes_of_a_voucher_are_one_use_for_a_customer(ctx: Ctx, room: Stockroom) -> None:
    many = await voucher(ctx, room, 100, apply_once_per_customer=True, codes=CARTS)
    ids = [await held_cart(ctx, room, code, pay=True) for code in many]
    got = await complete_each(ctx, ids, at_once=True)
    assert sorted(got) == ["VoucherUsedUp"] * (CARTS - 1) + ["order"]
    assert await ctx.value(_WRONG) == 0


async def test_looking_at_a_card_without_its_lock_would_spend_it_again_and_again(
    ctx: Ctx, room: Stockroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_at(tx: WriteCtx, ids: Sequence[int]) -> dict[int, Row]:
        rows = await queries.by_ids(tx, list(ids))
        await asyncio.sleep(0.3)
        return {row["id"]: row for row in rows if row is not None}

    card = await gift_card(ctx, TOTAL)
    ids = await held_carts(ctx, room, card.code, pay=False)
    monkeypatch.setattr(balance, "lock_cards", looked_at)
    got = await complete_each(ctx, ids, at_once=True)
    assert got.count("order") > 1
    assert await ctx.value(_WRONG) > 0


async def test_looking_at_a_code_without_its_lock_would_give_its_last_use_twice(
    ctx: Ctx, room: Stockroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def looked_at(tx: WriteCtx, code: str) -> Row | None:
        row = await tx.first(_UNLOCKED, code=code)
        await asyncio.sleep(0.3)
        return row

    (code,) = await voucher(ctx, room, 100, usage_limit=1)
    ids = await held_carts(ctx, room, code, pay=True)
    monkeypatch.setattr(usage, "lock_code", looked_at)
    got = await complete_each(ctx, ids, at_once=True)
    assert got.count("order") > 1
    assert int(await ctx.value(_USED, code=code)) > 1
