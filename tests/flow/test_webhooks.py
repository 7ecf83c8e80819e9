"""Webhooks of payment providers: only real ones are kept, and each is applied once in whatever order they come."""

import random
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import httpx2
import orjson
import pytest
import sqlalchemy as sa

from engine.core.clock import FixedClock
from engine.core.context import Ctx, Row, transact
from engine.core.jobs import Wiring, run_pending
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.flows import receive_webhook
from engine.flows.complete_checkout import complete_checkout
from engine.flows.initialize_transaction import Start, initialize_transaction
from engine.flows.payment_gateways import Owner
from engine.flows.shop import Shop
from engine.orders import queries as orders
from engine.payments import service
from engine.payments.rules import Amounts
from schema.app import create_app
from tests.api import BASE_URL
from tests.paying import BANK, Bank, configure_bank, history, payment, ready_cart, with_bank
from tests.stockroom import Stockroom, build

pytestmark = pytest.mark.anyio

TOTAL = 1500
SIGNED = {"x-bank": "signed"}
_INBOX = Statement(sa.text("SELECT * FROM webhook_inbox ORDER BY id"))
_EVENTS = Statement(sa.text("SELECT count(*) FROM transaction_event"))
JOBS = Wiring(jobs={receive_webhook.JOB: receive_webhook.process}, subscriptions={})


@dataclass
class Line:
    """The shop's webhook address, and its engine behind it."""

    http: httpx2.AsyncClient
    ctx: Ctx
    bank: Bank

    async def post(self, body: Any, provider: str = BANK, headers: dict[str, str] | None = None) -> int:
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        answer = await self.http.post(f"/webhooks/{provider}/", content=content, headers=headers or SIGNED)
        return answer.status_code

    async def work(self) -> None:
        """Run the jobs that are due."""
        await run_pending(self.ctx, JOBS)

    async def inbox(self) -> list[Row]:
        return await self.ctx.fetch(_INBOX)


@pytest.fixture(scope="module")
async def opened(settings: Settings) -> AsyncIterator[tuple[Shop, httpx2.AsyncClient, Bank]]:
    bank = Bank()
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        shop = replace(app.state.shop, plugins=with_bank(app.state.shop.plugins, bank))
        app.state.shop = shop
        ctx = shop.ctx()
        await configure_bank(ctx)
        await ctx.release()
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url=BASE_URL) as http:
            yield shop, http, bank


@pytest.fixture
async def line(opened: tuple[Shop, httpx2.AsyncClient, Bank]) -> AsyncIterator[Line]:
    shop, http, bank = opened
    bank.calls.clear()
    bank.says = {"initialize": "CHARGE_ACTION_REQUIRED"}
    ctx = shop.ctx()
    yield Line(http, ctx, bank)
    await ctx.release()


@pytest.fixture
async def room(line: Line) -> Stockroom:
    return await build(line.ctx, stock=[(1000, 0)])


async def waiting(line: Line, room: Stockroom) -> Row:
    """A payment of 15.00 that waits for its shopper."""
    checkout_id = await ready_cart(line.ctx, room, (room.variants[0], 1))
    return (await initialize_transaction(line.ctx, Start(Owner("Checkout", checkout_id), BANK))).transaction


def told(row: Row, type: str, **values: Any) -> dict[str, Any]:
    """An event about a payment, with an id of its own."""
    said = {"id": f"evt-{uuid.uuid4()}", "type": type, "amount": TOTAL, "psp": f"pay-{row['id']}"}
    return said | {"payment": f"pay-{row['id']}", "reference": str(row["id"])} | values


async def test_a_message_is_kept_at_once_and_applied_by_a_job(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    before = len(await line.inbox())
    assert await line.post([told(row, "CHARGE_SUCCESS")]) == 200
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == 0
    (kept,) = (await line.inbox())[before:]
    assert (kept["processed_at"], kept["headers"]["x-bank"]) == (None, "signed")
    await line.work()
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == TOTAL
    assert (await line.inbox())[-1]["processed_at"] is not None


async def test_secrets_of_the_request_are_not_kept(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    headers = SIGNED | {"authorization": "Bearer x", "cookie": "a=b"}
    assert await line.post([told(row, "CHARGE_SUCCESS")], headers=headers) == 200
    assert not {"authorization", "cookie"} & set((await line.inbox())[-1]["headers"])
    await line.work()


@pytest.mark.parametrize("headers", [{"x-bank": "forged"}, {"x-other": "1"}])
async def test_a_forged_message_is_refused_and_nothing_is_written(
    line: Line, room: Stockroom, headers: dict[str, str]
) -> None:
    row = await waiting(line, room)
    before = len(await line.inbox()), await line.ctx.value(_EVENTS)
    assert await line.post([told(row, "CHARGE_SUCCESS")], headers=headers) == 400
    assert (len(await line.inbox()), await line.ctx.value(_EVENTS)) == before


async def test_a_provider_that_is_not_here_has_no_address(line: Line) -> None:
    assert await line.post([], provider="no.such") == 404
    assert await line.post([], provider="mirumee.payments.dummy") == 404
    assert (await line.http.get(f"/webhooks/{BANK}/")).status_code == 405
    assert (await line.http.post(f"/webhooks/{BANK}/?channel=nowhere", content=b"[]")).status_code == 404


async def test_a_message_that_is_too_large_is_refused(line: Line) -> None:
    assert await line.post(b" " * 1_000_001) == 413


async def test_the_same_message_five_times_counts_once(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    message = [told(row, "CHARGE_SUCCESS")]
    before = len(await line.inbox())
    assert [await line.post(message) for _ in range(5)] == [200] * 5
    await line.work()
    assert [await line.post(message) for _ in range(2)] == [200] * 2
    await line.work()
    assert len(await line.inbox()) == before + 1
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == TOTAL


async def test_another_event_that_reports_the_same_changes_nothing(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    assert await line.post([told(row, "CHARGE_SUCCESS")]) == 200
    assert await line.post([told(row, "CHARGE_SUCCESS")]) == 200
    await line.work()
    assert (await history(line.ctx, row["id"])).count("CHARGE_SUCCESS") == 1


async def test_a_payment_is_found_by_the_providers_reference_alone(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    assert await line.post([told(row, "CHARGE_SUCCESS", reference=None)]) == 200
    await line.work()
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == TOTAL


async def test_a_message_about_a_payment_that_is_not_here_yet_waits_for_it(line: Line, room: Stockroom) -> None:
    unknown = {"id": uuid.uuid4()}
    message = told(unknown, "CHARGE_SUCCESS")
    assert await line.post([message]) == 200
    await line.work()
    kept = (await line.inbox())[-1]
    assert (kept["processed_at"], kept["event_id"]) == (None, message["id"])
    # the payment comes in, and the message is worked on again
    row = await waiting(line, room)
    await transact(line.ctx, _rename, row["id"], message["payment"])
    await receive_webhook.process(line.ctx, {"inbox_id": kept["id"], "attempt": 2})
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == TOTAL


async def _rename(tx: Any, transaction_id: uuid.UUID, reference: str) -> None:
    await tx.execute(
        sa.text("UPDATE transaction_item SET psp_reference = :reference WHERE id = :id"),
        {"reference": reference, "id": transaction_id},
    )


async def test_a_message_about_nobodys_payment_is_given_up_in_the_end(line: Line) -> None:
    assert await line.post([told({"id": uuid.uuid4()}, "CHARGE_SUCCESS")]) == 200
    kept = (await line.inbox())[-1]
    await receive_webhook.process(line.ctx, {"inbox_id": kept["id"], "attempt": receive_webhook.ATTEMPTS})
    given_up = (await line.inbox())[-1]
    assert given_up["processed_at"] is not None
    assert given_up["error"] == "No payment of ours has this reference."


async def test_a_message_in_another_currency_is_put_aside(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    assert await line.post([told(row, "CHARGE_SUCCESS", currency="USD")]) == 200
    await line.work()
    assert "no amount of a payment in EUR" in (await line.inbox())[-1]["error"]
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == 0


async def test_a_webhook_that_outruns_the_answer_is_that_answer(line: Line, room: Stockroom) -> None:
    """It comes while the provider is still being asked, before its answer is recorded."""
    checkout_id = await ready_cart(line.ctx, room, (room.variants[0], 1))
    line.bank.says["initialize"] = "CHARGE_SUCCESS"

    async def outrun(_call: str) -> None:
        (_, request) = line.bank.calls[-1]
        assert await line.post([told({"id": request.reference}, "CHARGE_SUCCESS")]) == 200
        await line.work()

    line.bank.during = outrun
    try:
        answer = await initialize_transaction(line.ctx, Start(Owner("Checkout", checkout_id), BANK))
    finally:
        line.bank.during = None
    assert answer.transaction["charged_amount"] == TOTAL
    assert await history(line.ctx, answer.transaction["id"]) == ["CHARGE_REQUEST", "CHARGE_SUCCESS"]


LIFE = ("CHARGE_REQUEST", "CHARGE_FAILURE", "CHARGE_SUCCESS", "REFUND_REQUEST", "REFUND_SUCCESS", "CHARGE_BACK")


def life(row: Row) -> list[dict[str, Any]]:
    """All that happens to a payment, in order: declined, paid after all, refunded in part, disputed in part."""
    events = []
    for kind in LIFE:
        if kind.startswith("REFUND"):
            events.append(told(row, kind, amount=400, psp=f"refund-{row['id']}"))
        elif kind == "CHARGE_BACK":
            events.append(told(row, kind, amount=100, psp=f"dispute-{row['id']}"))
        else:
            events.append(told(row, kind))
    return events


async def test_whatever_order_the_messages_come_in_the_end_is_the_same(line: Line, room: Stockroom) -> None:
    in_order = await waiting(line, room)
    for message in life(in_order):
        assert await line.post([message]) == 200
        await line.work()
    expected = await payment(line.ctx, in_order["id"])
    assert service.amounts(expected) == Amounts(charged=1000, refunded=400)

    chance = random.Random(7)
    for _ in range(8):
        row = await waiting(line, room)
        messages = [message for message in life(row) for _ in range(chance.choice((1, 2, 5)))]
        chance.shuffle(messages)
        while messages:
            size = chance.randint(1, 4)
            burst, messages = messages[:size], messages[size:]
            assert await line.post(burst) == 200
            await line.work()
        found = await payment(line.ctx, row["id"])
        assert service.amounts(found) == service.amounts(expected)
        assert found["available_actions"] == expected["available_actions"]


async def test_an_order_hears_of_its_payment_once(line: Line, room: Stockroom) -> None:
    checkout_id = await ready_cart(line.ctx, room, (room.variants[0], 1))
    line.bank.says["initialize"] = "CHARGE_REQUEST"
    answer = await initialize_transaction(line.ctx, Start(Owner("Checkout", checkout_id), BANK))
    order = await complete_checkout(line.ctx, checkout_id)
    message = told(answer.transaction, "CHARGE_SUCCESS")
    for _ in range(3):
        assert await line.post([message]) == 200
        assert await line.post([told(answer.transaction, "CHARGE_SUCCESS")]) == 200
        await line.work()
    (events,) = await orders.events_of(line.ctx, [order["id"]])
    assert [event["type"] for event in events] == ["PLACED", "TRANSACTION_EVENT", "ORDER_FULLY_PAID"]


async def test_a_message_is_judged_by_the_time_it_came_even_when_worked_on_late(line: Line, room: Stockroom) -> None:
    row = await waiting(line, room)
    assert await line.post([told(row, "CHARGE_SUCCESS")]) == 200
    kept = (await line.inbox())[-1]
    seen: list[float] = []
    parse = line.bank.parse_webhook

    async def watch(message: Any) -> Any:
        seen.append(message.now)
        return await parse(message)

    line.bank.parse_webhook = watch  # type: ignore[method-assign]
    try:
        tomorrow = replace(line.ctx, clock=FixedClock(line.ctx.clock.now() + timedelta(days=1)))
        await receive_webhook.process(tomorrow, {"inbox_id": kept["id"], "attempt": 1})
    finally:
        del line.bank.parse_webhook
    assert seen == [kept["received_at"].timestamp()]
    assert (await payment(line.ctx, row["id"]))["charged_amount"] == TOTAL
