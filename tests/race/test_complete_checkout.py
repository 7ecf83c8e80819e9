"""Many who complete and pay the same cart at once, on connections of their own."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from engine.checkout.errors import CheckoutNotFound
from engine.checkout.pricing import price
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import Refusal, Refusals
from engine.core.statements import Statement
from engine.flows import initialize_transaction as initializing
from engine.flows.complete_checkout import complete_checkout
from engine.flows.initialize_transaction import Answer, Start, initialize_transaction
from engine.flows.payment_gateways import Owner
from engine.flows.settle_payment import give_back, settle
from engine.flows.shop import Shop, open_shop
from engine.flows.transaction_actions import request_action
from engine.orders import queries as orders
from engine.payments import queries as payments
from tests.paying import BANK, Bank, configure_bank, payment, ready_cart, with_bank
from tests.stockroom import Stockroom, build, unbalanced

pytestmark = pytest.mark.anyio
T = TypeVar("T")

AT_ONCE = 10
ROUNDS = 3
TOTAL = 2 * 1000 + 500
_ORDERS = Statement(
    sa.text("SELECT count(*) AS number FROM sales_order WHERE checkout_id = :id").bindparams(
        sa.bindparam("id", type_=sa.Uuid)
    )
)
_ORDERS_LIKE = Statement(
    sa.text("SELECT count(*) AS number FROM sales_order WHERE user_email = :email").bindparams(
        sa.bindparam("email", type_=sa.Text)
    )
)
_UNFINISHED = Statement(
    sa.text(
        "SELECT (SELECT count(*) FROM checkout) AS checkouts,"
        " (SELECT count(*) FROM allocation WHERE checkout_id IS NOT NULL) AS held,"
        " (SELECT count(*) FROM sales_order o WHERE o.total_gross <>"
        "  (SELECT sum(total_gross) FROM order_line l WHERE l.order_id = o.id) + o.shipping_gross) AS wrong"
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
def bank() -> Bank:
    return Bank({"initialize": "CHARGE_SUCCESS", "refund": "REFUND_SUCCESS", "capture": "CHARGE_SUCCESS"})


@pytest.fixture
async def ctx(wide: Shop, bank: Bank) -> AsyncIterator[Ctx]:
    made = replace(wide.ctx(), plugins=with_bank(wide.plugins, bank))
    yield made
    assert await unbalanced(made) == []
    await made.release()


@pytest.fixture
async def room(ctx: Ctx) -> Stockroom:
    return await build(ctx, stock=[(2 * ROUNDS * 4, 0)])


async def at_once(ctx: Ctx, works: Sequence[Callable[[Ctx], Awaitable[T]]]) -> list[T | BaseException]:
    """Each work with a context, and so connections, of its own; all begin together."""
    gate = asyncio.Barrier(len(works))

    async def run(work: Callable[[Ctx], Awaitable[T]]) -> T:
        own = replace(ctx, reads=type(ctx.reads)(ctx.database))
        try:
            await gate.wait()
            return await work(own)
        finally:
            await own.release()

    return await asyncio.gather(*(run(work) for work in works), return_exceptions=True)


async def pay(ctx: Ctx, checkout_id: uuid.UUID) -> Answer:
    return await initialize_transaction(ctx, Start(Owner("Checkout", checkout_id), BANK))


async def paid_cart(ctx: Ctx, room: Stockroom) -> uuid.UUID:
    checkout_id = await ready_cart(ctx, room, (room.variants[0], 2))
    await pay(ctx, checkout_id)
    return checkout_id


async def test_one_after_the_other_get_the_same_order(ctx: Ctx, room: Stockroom) -> None:
    checkout_id = await paid_cart(ctx, room)
    made = [await complete_checkout(ctx, checkout_id) for _ in range(AT_ONCE)]
    assert len({row["id"] for row in made}) == 1
    assert await ctx.value(_ORDERS, id=checkout_id) == 1


async def test_ten_who_complete_at_once_get_one_order(ctx: Ctx, room: Stockroom) -> None:
    for _ in range(ROUNDS):
        checkout_id = await paid_cart(ctx, room)
        made = await at_once(ctx, [partial(complete_checkout, checkout_id=checkout_id)] * AT_ONCE)
        assert [row for row in made if isinstance(row, BaseException)] == []
        assert len({row["id"] for row in made if not isinstance(row, BaseException)}) == 1
        assert await ctx.value(_ORDERS, id=checkout_id) == 1
        (placed,) = await orders.events_of(ctx, [made[0]["id"]])  # type: ignore[index]
        assert [event["type"] for event in placed] == ["PLACED", "ORDER_FULLY_PAID"]
    left = await ctx.first(_UNFINISHED)
    assert left is not None
    assert (left["held"], left["wrong"]) == (0, 0)


async def test_return_page_webhook_and_sweeper_settle_together_once(ctx: Ctx, room: Stockroom) -> None:
    checkout_id = await paid_cart(ctx, room)
    works: list[Callable[[Ctx], Awaitable[Any]]] = [
        lambda own: complete_checkout(own, checkout_id),
        lambda own: settle(own, checkout_id),
        lambda own: give_back(own, checkout_id, "too late"),
    ] * 3
    made = await at_once(ctx, works)
    assert [row for row in made if isinstance(row, BaseException)] == []
    assert await ctx.value(_ORDERS, id=checkout_id) == 1
    order = await orders.of_checkout(ctx, checkout_id)
    assert order is not None
    (paid,) = await payments.totals_for_orders(ctx, [order["id"]])
    assert (paid.charged, paid.refunded) == (TOTAL, 0)


async def complete_without_a_lock(ctx: Ctx, checkout_id: uuid.UUID, email: str) -> bool:
    """What a naive shop does: look whether there is an order, then make one. No lock, no unique checkout."""
    found = await orders.of_checkout(ctx, checkout_id)
    (priced,) = await price(ctx, [checkout_id])
    if found is not None or priced is None:
        return False
    await asyncio.sleep(0.02)

    async def make(tx: WriteCtx) -> None:
        await tx.execute(
            sa.text(
                "INSERT INTO sales_order (id, number, channel_id, user_email, currency)"
                " VALUES (gen_random_uuid(), nextval('order_number'), :channel, :email, 'EUR')"
            ),
            {"channel": priced.channel_id, "email": email},
        )

    await transact(ctx, make)
    return True


async def test_looking_before_making_would_sell_the_cart_again_and_again(ctx: Ctx, room: Stockroom) -> None:
    checkout_id = await paid_cart(ctx, room)
    email = f"{checkout_id}@example.com"
    await at_once(ctx, [lambda own: complete_without_a_lock(own, checkout_id, email)] * AT_ONCE)
    assert await ctx.value(_ORDERS_LIKE, email=email) > 1
    await complete_checkout(ctx, checkout_id)


async def test_two_windows_pay_one_after_the_other_and_the_second_is_told_nothing_is_left(
    ctx: Ctx, room: Stockroom
) -> None:
    checkout_id = await paid_cart(ctx, room)
    with pytest.raises(Refusal, match="Nothing is left to pay"):
        await pay(ctx, checkout_id)
    await complete_checkout(ctx, checkout_id)


async def test_two_windows_that_pay_at_once_pay_once(ctx: Ctx, room: Stockroom, bank: Bank) -> None:
    for _ in range(ROUNDS):
        bank.calls.clear()
        checkout_id = await ready_cart(ctx, room, (room.variants[0], 2))
        answers = await at_once(ctx, [partial(pay, checkout_id=checkout_id)] * AT_ONCE)
        refused = [answer for answer in answers if isinstance(answer, BaseException)]
        assert {type(error).__name__ for error in refused} == {"NothingToPay"}
        assert (len(refused), len(bank.calls)) == (AT_ONCE - 1, 1)
        (paid,) = await payments.totals_for_checkouts(ctx, [checkout_id])
        assert paid.charged == TOTAL
        await complete_checkout(ctx, checkout_id)


async def test_without_counting_what_is_under_way_both_windows_would_pay(
    ctx: Ctx, room: Stockroom, bank: Bank, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def overlooked(*_: object, **__: object) -> int:
        return 0

    monkeypatch.setattr(initializing.queries, "unanswered", overlooked)
    reached = asyncio.Barrier(2)

    async def together(_call: str) -> None:
        await asyncio.wait_for(reached.wait(), 5)

    bank.during = together
    checkout_id = await ready_cart(ctx, room, (room.variants[0], 2))
    await at_once(ctx, [lambda own: pay(own, checkout_id)] * 2)
    (paid,) = await payments.totals_for_checkouts(ctx, [checkout_id])
    assert paid.charged == 2 * TOTAL
    bank.during = None
    await complete_checkout(ctx, checkout_id)


async def test_paying_and_completing_at_once_never_gives_goods_for_a_payment_that_fails(
    ctx: Ctx, room: Stockroom, bank: Bank
) -> None:
    bank.says["initialize"] = "CHARGE_FAILURE"
    checkout_id = await ready_cart(ctx, room, (room.variants[0], 2))

    async def slowly(_call: str) -> None:
        await asyncio.sleep(0.05)

    bank.during = slowly
    works: list[Callable[[Ctx], Awaitable[Any]]] = [lambda own: pay(own, checkout_id)]
    works += [lambda own: complete_checkout(own, checkout_id)] * 5
    answers = await at_once(ctx, works)
    assert isinstance(answers[0], Answer)
    assert {getattr(answer, "code", None) for answer in answers[1:]} == {"CHECKOUT_NOT_FULLY_PAID"}
    assert await ctx.value(_ORDERS, id=checkout_id) == 0


async def test_twenty_partial_refunds_at_once_never_pay_back_more_than_was_charged(
    ctx: Ctx, room: Stockroom, bank: Bank
) -> None:
    paid = await pay(ctx, await ready_cart(ctx, room, (room.variants[0], 2)))
    id = paid.transaction["id"]
    answers = await at_once(ctx, [lambda own: request_action(own, id, "REFUND", amount=Decimal("2.00"))] * 20)
    done = [answer for answer in answers if not isinstance(answer, BaseException)]
    row = await payment(ctx, id)
    assert (len(done), row["refunded_amount"], row["charged_amount"]) == (12, 2400, 100)
    assert bank.names().count("refund") == 12


async def test_a_cart_that_is_gone_is_not_found_by_any_of_many(ctx: Ctx) -> None:
    nowhere = uuid.uuid4()
    answers = await at_once(ctx, [lambda own: complete_checkout(own, nowhere)] * AT_ONCE)
    assert {type(answer) for answer in answers} == {CheckoutNotFound}
    assert not [answer for answer in answers if isinstance(answer, Refusals)]
