"""What becomes of payments and checkouts when a provider, a shopper or a process does not do its part."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from engine.checkout import queries as checkouts
from engine.checkout import service as carts
from engine.checkout.hold import release_hold
from engine.checkout.service import NewLine
from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact, transaction_open
from engine.core.statements import Statement
from engine.core.tables import table
from engine.flows import payment_records
from engine.flows.complete_checkout import NotFullyPaid, complete_checkout
from engine.flows.initialize_transaction import Answer, Start, initialize_transaction
from engine.flows.payment_gateways import Owner
from engine.flows.process_transaction import process_transaction
from engine.flows.settle_payment import give_back, settle, sweep
from engine.flows.shop import Shop
from engine.flows.transaction_actions import request_action
from engine.inventory.queries import available
from engine.orders import queries as orders
from engine.payments import queries as payments
from engine.payments.errors import AmountRefused, DataRefused, NothingToPay
from engine.payments.models import TransactionItem
from engine.sdk.amounts import Amount
from engine.sdk.payments import EventType, InvalidPaymentData, PaymentResult, ProviderFault
from tests.paying import BANK, Bank, configure_bank, history, payment, ready_cart, requote, with_bank
from tests.stockroom import Stockroom, build, unbalanced

pytestmark = pytest.mark.anyio

NOON = datetime(2035, 5, 1, 12, tzinfo=UTC)
TOTAL = 2 * 1000 + 500
_HELD = Statement(sa.text("SELECT id FROM checkout WHERE held_until IS NOT NULL"))
_JOBS = Statement(sa.text("SELECT entrypoint, execute_after FROM pgqueuer ORDER BY id"))


@pytest.fixture(scope="module")
async def configured(shop: Shop) -> None:
    ctx = shop.ctx()
    await configure_bank(ctx)
    await ctx.release()


@pytest.fixture
def bank(monkeypatch: pytest.MonkeyPatch) -> Bank:
    monkeypatch.setattr(payment_records, "PAYMENT_SECONDS", 0.1)
    return Bank({"initialize": "CHARGE_SUCCESS", "refund": "REFUND_SUCCESS", "cancel": "CANCEL_SUCCESS"})


@pytest.fixture
async def at(shop: Shop, bank: Bank, configured: None) -> AsyncIterator[Ctx]:
    """A context at noon; `later(at, minutes=…)` for the same shop after a while."""
    made = replace(shop.ctx(clock=FixedClock(NOON)), plugins=with_bank(shop.plugins, bank))
    yield made
    assert await unbalanced(made) == []
    # the sweeper looks at the whole shop: nothing of one test may be left for the next
    await transact(made, forget_payments)
    for row in await made.fetch(_HELD):
        await transact(made, release_hold, row["id"])
    await made.release()


async def forget_payments(tx: WriteCtx) -> None:
    await tx.execute(sa.delete(table(TransactionItem)))


def later(ctx: Ctx, **ago: float) -> Ctx:
    return replace(ctx, clock=FixedClock(ctx.clock.now() + timedelta(**ago)))


@pytest.fixture
async def room(at: Ctx) -> Stockroom:
    return await build(at, stock=[(2, 0)])


async def cart(ctx: Ctx, room: Stockroom, quantity: int = 2) -> uuid.UUID:
    """As old as the payments that follow, by the shop's clock."""
    return await ready_cart(ctx, room, (room.variants[0], quantity))


async def pay(ctx: Ctx, checkout_id: uuid.UUID, **values: Any) -> Answer:
    return await initialize_transaction(ctx, Start(Owner("Checkout", checkout_id), BANK, **values))


async def order_of(ctx: Ctx, checkout_id: uuid.UUID) -> Any:
    return await orders.of_checkout(ctx, checkout_id)


async def on_sale(ctx: Ctx, room: Stockroom) -> int | None:
    (found,) = await available(ctx, [room.variants[0]], room.channel_id)
    return found


async def test_the_provider_is_asked_with_no_transaction_open_and_price_and_stock_held(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    checkout_id = await cart(at, room)
    seen: list[Any] = []

    async def look(call: str) -> None:
        assert not transaction_open()
        (row,) = await checkouts.by_ids(at, [checkout_id])
        assert row is not None
        seen.append(
            (row["held_until"], await on_sale(at, room), await payments.unanswered(at, checkout_id=checkout_id))
        )

    bank.during = look
    answer = await pay(at, checkout_id)
    assert seen == [(NOON + timedelta(minutes=15), 0, TOTAL)]
    assert answer.event["type"] == "CHARGE_SUCCESS"
    (_, request) = bank.calls[0]
    assert (request.reference, request.amount, request.email) == (
        str(answer.transaction["id"]), Amount(TOTAL, "EUR"), "ada@example.com"
    )  # fmt: skip
    assert request.billing_address.city == "Berlin"


@pytest.mark.parametrize("silence", [None, ProviderFault("down"), "REFUND_SUCCESS"])
async def test_a_provider_without_a_clear_answer_leaves_the_payment_pending_and_it_is_asked_later(
    at: Ctx, room: Stockroom, bank: Bank, silence: Any
) -> None:
    checkout_id = await cart(at, room)
    bank.says |= {"initialize": silence, "status": "CHARGE_SUCCESS"}
    answer = await pay(at, checkout_id)
    transaction_id = answer.transaction["id"]
    assert (answer.event["type"], answer.data) == ("CHARGE_REQUEST", None)
    assert "not answered" in answer.event["message"]
    assert (await payment(at, transaction_id))["charge_pending_amount"] == 0
    # what may have moved is neither paid with nor paid again
    with pytest.raises(NotFullyPaid):
        await complete_checkout(at, checkout_id)
    with pytest.raises(NothingToPay):
        await pay(at, checkout_id)

    await sweep(later(at, seconds=50), {})
    assert bank.names() == ["initialize"]
    await sweep(later(at, seconds=61), {})
    assert bank.names() == ["initialize", "status"]
    assert (await payment(at, transaction_id))["charged_amount"] == TOTAL
    assert await history(at, transaction_id) == ["CHARGE_REQUEST", "CHARGE_SUCCESS"]
    assert (await complete_checkout(at, checkout_id))["status"] == "UNFULFILLED"


async def test_a_job_to_ask_is_written_with_the_claim(at: Ctx, room: Stockroom, bank: Bank) -> None:
    bank.says["initialize"] = ProviderFault("down")
    before = len(await at.fetch(_JOBS))
    await pay(at, await cart(at, room))
    new = (await at.fetch(_JOBS))[before:]
    assert "payments.ask" in {row["entrypoint"] for row in new}


async def test_a_payment_that_never_reached_the_provider_fails_when_asked_about(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    checkout_id = await cart(at, room)
    bank.says |= {"initialize": None, "status": PaymentResult(EventType.CHARGE_FAILURE, message="no such payment")}
    answer = await pay(at, checkout_id)
    await sweep(later(at, seconds=61), {})
    assert await history(at, answer.transaction["id"]) == ["CHARGE_REQUEST", "CHARGE_FAILURE"]
    bank.says["initialize"] = "CHARGE_SUCCESS"
    assert (await pay(at, checkout_id)).transaction["charged_amount"] == TOTAL


async def test_a_refund_without_an_answer_keeps_its_amount_and_is_asked_again_under_the_same_key(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    paid = await pay(at, await cart(at, room))
    id = paid.transaction["id"]
    bank.says["refund"] = [ProviderFault("reset"), "REFUND_SUCCESS"]
    row = await request_action(at, id, "REFUND", amount=Decimal(20))
    assert (row["charged_amount"], row["refund_pending_amount"]) == (500, 2000)
    with pytest.raises(AmountRefused):
        await request_action(at, id, "REFUND", amount=Decimal("5.01"))
    await sweep(later(at, seconds=61), {})
    row = await payment(at, id)
    assert (row["charged_amount"], row["refund_pending_amount"], row["refunded_amount"]) == (500, 0, 2000)
    first, second = [request for name, request in bank.calls if name == "refund"]
    assert first == second


async def test_a_refusal_of_the_bank_is_an_event_and_gives_the_amount_back(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    paid = await pay(at, await cart(at, room))
    bank.says["refund"] = "REFUND_FAILURE"
    row = await request_action(at, paid.transaction["id"], "REFUND")
    assert (row["charged_amount"], row["refunded_amount"], row["available_actions"]) == (TOTAL, 0, ["REFUND"])


async def test_data_that_makes_no_sense_while_going_on_leaves_the_payment_waiting(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    bank.says |= {"initialize": "CHARGE_ACTION_REQUIRED", "process": [InvalidPaymentData("what?"), "CHARGE_SUCCESS"]}
    waiting = await pay(at, await cart(at, room))
    id = waiting.transaction["id"]
    with pytest.raises(DataRefused, match="what"):
        await process_transaction(at, id, {"x": 1})
    assert (await process_transaction(at, id)).transaction["charged_amount"] == TOTAL


async def test_a_paid_checkout_that_its_shopper_left_becomes_an_order(at: Ctx, room: Stockroom) -> None:
    checkout_id = await cart(at, room)
    await pay(at, checkout_id)
    order = await settle(at, checkout_id)
    assert order is not None
    again = [await settle(at, checkout_id), await complete_checkout(at, checkout_id)]
    assert [row and row["id"] for row in again] == [order["id"], order["id"]]
    (events,) = await orders.events_of(at, [order["id"]])
    assert [event["type"] for event in events] == ["PLACED_AUTOMATICALLY_FROM_PAID_CHECKOUT", "ORDER_FULLY_PAID"]


async def test_the_sweeper_settles_at_the_end_of_the_hold(at: Ctx, room: Stockroom) -> None:
    checkout_id = await cart(at, room)
    await pay(at, checkout_id)
    await sweep(later(at, minutes=11), {})
    assert await order_of(at, checkout_id) is None
    await sweep(later(at, minutes=13), {})
    assert await order_of(at, checkout_id) is not None


async def test_a_checkout_that_is_paid_in_part_is_not_completed_and_its_money_goes_back(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    checkout_id = await cart(at, room)
    answer = await pay(at, checkout_id, amount=Decimal(10))
    assert await settle(at, checkout_id) is None
    await sweep(later(at, minutes=14), {})
    assert await on_sale(at, room) == 0
    await sweep(later(at, minutes=16), {})
    assert (await on_sale(later(at, minutes=16), room), await order_of(at, checkout_id)) == (2, None)
    row = await payment(at, answer.transaction["id"])
    assert (row["charged_amount"], row["refunded_amount"]) == (0, 1000)
    assert bank.names() == ["initialize", "refund"]


async def test_what_is_only_authorised_is_let_go(at: Ctx, room: Stockroom, bank: Bank) -> None:
    bank.says["initialize"] = "AUTHORIZATION_SUCCESS"
    answer = await pay(at, await cart(at, room), amount=Decimal(10))
    await sweep(later(at, minutes=16), {})
    row = await payment(at, answer.transaction["id"])
    assert (row["authorized_amount"], row["canceled_amount"]) == (0, 1000)


async def test_a_payment_that_succeeds_after_its_stock_was_sold_is_paid_back(
    at: Ctx, room: Stockroom, bank: Bank
) -> None:
    late, quick = await cart(at, room), await cart(at, room)
    bank.says["initialize"] = "CHARGE_ACTION_REQUIRED"
    waiting = await pay(at, late)
    after = later(at, minutes=16)
    bank.says |= {"initialize": "CHARGE_SUCCESS", "status": "CHARGE_SUCCESS"}
    await pay(after, quick)
    assert await settle(after, quick) is not None
    # the shopper comes back from the bank: no more money may move, and what has moved goes back
    answer = await process_transaction(after, waiting.transaction["id"])
    assert "process" not in bank.names()
    assert answer.transaction["charged_amount"] == TOTAL
    assert await settle(after, late) is None
    row = await payment(at, waiting.transaction["id"])
    assert (row["charged_amount"], row["refunded_amount"]) == (0, TOTAL)
    assert await order_of(at, late) is None


async def test_a_late_payment_whose_stock_is_still_there_becomes_an_order(at: Ctx, room: Stockroom, bank: Bank) -> None:
    checkout_id = await cart(at, room)
    bank.says |= {"initialize": "CHARGE_ACTION_REQUIRED", "process": "CHARGE_SUCCESS"}
    waiting = await pay(at, checkout_id)
    after = later(at, minutes=20)
    await sweep(later(at, minutes=16), {})
    assert await on_sale(at, room) == 2
    await process_transaction(after, waiting.transaction["id"])
    assert await settle(after, checkout_id) is not None


async def test_a_hold_whose_payment_is_under_way_is_kept(at: Ctx, room: Stockroom, bank: Bank) -> None:
    checkout_id = await cart(at, room)
    bank.says |= {"initialize": None, "status": ProviderFault("still down")}
    await pay(at, checkout_id)
    for minutes in (13, 26, 39):
        await sweep(later(at, minutes=minutes), {})
    assert await on_sale(later(at, minutes=40), room) == 0
    bank.says["status"] = "CHARGE_SUCCESS"
    await sweep(later(at, minutes=41), {})
    assert await settle(later(at, minutes=42), checkout_id) is not None


async def test_a_hold_without_a_payment_is_released(at: Ctx, room: Stockroom, bank: Bank) -> None:
    checkout_id = await cart(at, room)
    bank.says["initialize"] = "CHARGE_FAILURE"
    await pay(at, checkout_id)
    await sweep(later(at, minutes=14), {})
    assert await on_sale(at, room) == 0
    await sweep(later(at, minutes=15), {})
    (row,) = await checkouts.by_ids(at, [checkout_id])
    assert row is not None
    assert (await on_sale(at, room), row["held_until"], row["held_snapshot"]) == (2, None, None)


async def test_a_cart_that_is_edited_after_paying_is_left_to_its_shopper_and_then_paid_back(
    at: Ctx, shop: Shop, room: Stockroom
) -> None:
    checkout_id = await cart(at, room, 1)
    answer = await pay(at, checkout_id)
    soon = later(at, minutes=1)
    await transact(soon, carts.add_lines, checkout_id, [NewLine(room.variants[0], 1)])
    assert await settle(soon, checkout_id) is None
    await sweep(later(at, minutes=10), {})
    assert (await payment(at, answer.transaction["id"]))["charged_amount"] == 1500
    await sweep(later(at, minutes=17), {})
    assert (await payment(at, answer.transaction["id"]))["refunded_amount"] == 1500


async def test_an_edited_cart_is_topped_up(at: Ctx, room: Stockroom) -> None:
    checkout_id = await cart(at, room, 1)
    await pay(at, checkout_id)
    await transact(at, carts.add_lines, checkout_id, [NewLine(room.variants[0], 1)])
    # the delivery was quoted for the cart before
    await requote(at, checkout_id)
    top_up = await pay(at, checkout_id)
    assert top_up.transaction["charged_amount"] == 1000
    assert (await complete_checkout(at, checkout_id))["total_gross"] == TOTAL


async def test_money_that_cannot_be_given_back_is_noted_for_people(at: Ctx, room: Stockroom) -> None:
    answer = await pay(at, await cart(at, room), amount=Decimal(10))
    gone = replace(later(at, minutes=16), plugins=at.plugins)

    async def forget(tx: WriteCtx) -> None:
        t = table(TransactionItem)
        await tx.execute(sa.update(t).where(t.c.id == answer.transaction["id"]).values(provider_id=""))

    await transact(at, forget)
    await sweep(gone, {})
    (events,) = await payments.events_of(at, [answer.transaction["id"]])
    assert (events[-1]["type"], events[-1]["message"][:24]) == ("INFO", "To be given back by hand")


async def test_giving_back_never_touches_a_checkout_that_went_on(at: Ctx, room: Stockroom, bank: Bank) -> None:
    checkout_id = await cart(at, room)
    await pay(at, checkout_id)
    await give_back(at, checkout_id, "held after all")
    await complete_checkout(at, checkout_id)
    await give_back(at, checkout_id, "an order by now")
    assert bank.names() == ["initialize"]


async def test_a_silent_provider_is_asked_about_what_it_has_not_finished(at: Ctx, room: Stockroom, bank: Bank) -> None:
    checkout_id = await cart(at, room)
    bank.says |= {"initialize": "CHARGE_REQUEST", "status": "CHARGE_SUCCESS"}
    answer = await pay(at, checkout_id)
    assert (await payment(at, answer.transaction["id"]))["charge_pending_amount"] == TOTAL
    order = await complete_checkout(at, checkout_id)
    await sweep(later(at, minutes=11), {})
    assert (await payment(at, answer.transaction["id"]))["charged_amount"] == TOTAL
    (events,) = await orders.events_of(at, [order["id"]])
    assert [event["type"] for event in events] == ["PLACED", "TRANSACTION_EVENT", "ORDER_FULLY_PAID"]


async def test_releasing_by_hand_lets_the_price_change(at: Ctx, room: Stockroom) -> None:
    checkout_id = await cart(at, room)
    await pay(at, checkout_id, amount=Decimal(10))
    assert await transact(at, release_hold, checkout_id) is True
    assert await on_sale(at, room) == 2
