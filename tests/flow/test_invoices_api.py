"""Invoices over HTTP: made by a worker, numbered without gaps, for the customer and for staff."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine.core.context import WriteCtx, transact
from engine.core.ids import uuid_pk
from engine.core.jobs import run_pending
from engine.core.tables import table
from engine.flows.invoices import request_invoice
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from engine.orders.models import Order
from tests.api import BASE_URL, Api
from tests.mailbox import delivered, link_in
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff, make_user
from tests.purchase import ready_checkout
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

FIELDS = "id number status url createdAt order { id }"
REQUEST = f"""mutation($id: ID!, $number: String) {{ it: invoiceRequest(orderId: $id, number: $number) {{
  invoice {{ {FIELDS} }} order {{ id }} errors {{ field code }} }} }}"""
CREATE = f"""mutation($id: ID!, $input: InvoiceCreateInput!) {{ it: invoiceCreate(orderId: $id, input: $input) {{
  invoice {{ {FIELDS} metadata {{ key }} }} errors {{ field code }} }} }}"""
UPDATE = f"""mutation($id: ID!, $input: UpdateInvoiceInput!) {{ it: invoiceUpdate(id: $id, input: $input) {{
  invoice {{ {FIELDS} }} errors {{ field code }} }} }}"""
DELETE = "mutation($id: ID!) { it: invoiceDelete(id: $id) { invoice { status url } errors { field code } } }"
SEND = "mutation($id: ID!) { it: invoiceSendNotification(id: $id) { invoice { id } errors { field code } } }"
READ = f"query($id: ID!) {{ order(id: $id) {{ invoices {{ {FIELDS} }} }} }}"
EVENTS = "query($id: ID!) { order(id: $id) { events { type invoiceNumber } } }"


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS")
    await make_user(ctx, "buyer@example.com")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def buy(api: Api, store: Store, email: str = "ada@example.com") -> str:
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], email, 1)
    await done(api, INITIALIZE, id=id, gateway=dummy())
    order: str = (await done(api, COMPLETE, id=id))["order"]["id"]
    return order


async def the_invoice(api: Api, id: str) -> Any:
    (invoice,) = (await api.run(READ, id=id))["order"]["invoices"]
    return invoice


async def test_an_invoice_that_is_asked_for_becomes_a_pdf_at_an_address_nobody_guesses(
    api: Api, clerk: Api, shop: Shop, store: Store
) -> None:
    buyer = await api.log_in("buyer@example.com", PASSWORD)
    order = await buy(buyer, store, "buyer@example.com")
    asked = (await done(clerk, REQUEST, id=order))["invoice"]
    assert (asked["status"], asked["url"], asked["order"]) == ("PENDING", None, {"id": order})
    await run_pending(shop.ctx(), WIRING)
    made = await the_invoice(clerk, order)
    assert (made["status"], made["number"]) == ("SUCCESS", asked["number"])
    assert made["url"].startswith(f"{BASE_URL}/media/invoices/")
    assert len(made["url"].split("/")[-2]) == 32
    file = await api.http.get(made["url"])
    assert (file.content[:5], file.headers["content-type"]) == (b"%PDF-", "application/pdf")
    assert file.headers["cache-control"] == "private, no-store"

    assert (await buyer.run(READ, id=order))["order"]["invoices"][0]["number"] == asked["number"]
    (error,) = await api.errors(READ, id=order)
    assert error["extensions"]["code"] == "PermissionDenied"

    await done(clerk, SEND, id=made["id"])
    mails = [mail for mail in await delivered(shop.ctx(), "buyer@example.com") if "Invoice" in mail["Subject"]]
    assert [link_in(mail) for mail in mails] == [made["url"]]
    told = [(event["type"], event["invoiceNumber"]) for event in (await clerk.run(EVENTS, id=order))["order"]["events"]]
    number = asked["number"]
    assert [pair for pair in told if pair[0].startswith("INVOICE")] == [
        ("INVOICE_REQUESTED", number), ("INVOICE_GENERATED", number), ("INVOICE_SENT", number),
    ]  # fmt: skip

    assert (await done(clerk, DELETE, id=made["id"]))["invoice"] == {"status": "DELETED", "url": None}
    assert (await clerk.run(READ, id=order))["order"]["invoices"] == []
    await run_pending(shop.ctx(), WIRING)
    assert (await api.http.get(made["url"])).status_code == 404
    assert await faults(clerk, DELETE, id=made["id"]) == [("id", "NOT_FOUND")]


async def test_what_cannot_be_invoiced_or_sent_says_why(api: Api, clerk: Api, shop: Shop, store: Store) -> None:
    order = await buy(api, store)
    early = (await done(clerk, REQUEST, id=order))["invoice"]["id"]
    assert await faults(clerk, SEND, id=early) == [("invoice", "NOT_READY")]

    async def set_order(tx: WriteCtx, **values: Any) -> None:
        orders = table(Order)
        await tx.execute(sa.update(orders).where(orders.c.id == uuid_pk(order, "Order")).values(**values))

    await run_pending(shop.ctx(), WIRING)
    await transact(store.ctx, set_order, user_email="")
    assert await faults(clerk, SEND, id=early) == [("order", "EMAIL_NOT_SET")]
    await transact(store.ctx, set_order, status="UNCONFIRMED")
    assert await faults(clerk, REQUEST, id=order) == [("orderId", "INVALID_STATUS")]
    await transact(store.ctx, set_order, status="UNFULFILLED", billing_address_id=None)
    assert await faults(clerk, REQUEST, id=order) == [("orderId", "NOT_READY")]
    assert await faults(clerk, REQUEST, id=early) == [("id", "NOT_FOUND")]


async def test_invoices_made_elsewhere_are_kept_with_their_own_number(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    kept = {"number": "F-77", "url": "https://books.example/77.pdf", "metadata": [{"key": "k", "value": "v"}]}
    made = (await done(clerk, CREATE, id=order, input=kept))["invoice"]
    assert (made["status"], made["url"], made["metadata"]) == ("SUCCESS", kept["url"], [{"key": "k"}])
    assert await faults(clerk, CREATE, id=order, input=kept) == [("number", "INVALID_STATUS")]
    assert await faults(clerk, CREATE, id=order, input={"number": " ", "url": "x"}) == [("number", "REQUIRED")]
    assert await faults(clerk, CREATE, id=order, input={"number": "1", "url": "javascript:1"}) == [("url", "REQUIRED")]
    moved = (await done(clerk, UPDATE, id=made["id"], input={"url": "https://books.example/v2.pdf"}))["invoice"]
    assert (moved["number"], moved["url"]) == ("F-77", "https://books.example/v2.pdf")
    assert await faults(clerk, UPDATE, id=made["id"], input={"number": ""}) == [("number", "REQUIRED")]


async def test_numbers_have_no_gap_however_many_ask_at_once(api: Api, clerk: Api, shop: Shop, store: Store) -> None:
    orders = [uuid_pk(await buy(api, store), "Order") for _ in range(3)]

    async def ask(place: int) -> str:
        ctx = shop.ctx()
        try:
            if place % 4 == 3:  # one that fails after it had its number
                return await transact(ctx, fail, orders[place % 3])
            _, invoice = await transact(ctx, request_invoice, orders[place % 3], None)
            return str(invoice["number"])
        finally:
            await ctx.release()

    async def fail(tx: WriteCtx, order_id: Any) -> str:
        await request_invoice(tx, order_id, None)
        raise RuntimeError("crashed")

    answers = await asyncio.gather(*(ask(place) for place in range(16)), return_exceptions=True)
    numbers = sorted(int(answer.partition("/")[2]) for answer in answers if isinstance(answer, str))
    assert numbers == list(range(numbers[0], numbers[0] + 12))
