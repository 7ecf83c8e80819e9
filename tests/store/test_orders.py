"""Orders on a real PostgreSQL: what they keep of a sale, and how they are found again."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.accounts import queries as accounts
from engine.accounts.models import Address
from engine.catalog.models import Product, ProductMedia, ProductTranslation, ProductVariant, VariantTranslation
from engine.channels.models import Channel
from engine.checkout import queries as checkouts
from engine.checkout.models import Checkout, CheckoutLine
from engine.core.clock import FixedClock
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.paging import PageArgs, decode_cursor
from engine.core.tables import table
from engine.flows import find_orders
from engine.flows.complete_checkout import complete_checkout
from engine.flows.record_by_hand import mark_as_paid
from engine.inventory.service import deallocate_order
from engine.orders import queries
from engine.orders.rules import OrderFilter, Sort
from engine.tax.models import TaxClass, TaxRate
from tests.paying import ready_cart
from tests.people import make_user
from tests.stockroom import Stockroom, build, delete_variant, unbalanced

pytestmark = pytest.mark.anyio
NOON = datetime(2034, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
async def at(ctx: Ctx) -> AsyncIterator[Ctx]:
    yield replace(ctx, clock=FixedClock(NOON))
    assert await unbalanced(ctx) == []


async def unpaid_shop(ctx: Ctx, **values: Any) -> Stockroom:
    """A shop that makes orders before they are paid."""
    room = await build(ctx, **values)
    await change(ctx, Channel, room.channel_id, allow_unpaid_orders=True)
    return room


async def change(ctx: Ctx, model: Any, id: Any, **values: Any) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.update(table(model)).where(table(model).c.id == id).values(**values))

    await transact(ctx, work)


async def order(ctx: Ctx, room: Stockroom, *lines: tuple[int, int], **checkout: Any) -> Row:
    checkout_id = await ready_cart(ctx, room, *(lines or [(room.variants[0], 1)]))
    if checkout:
        await change(ctx, Checkout, checkout_id, **checkout)
    return await complete_checkout(ctx, checkout_id)


async def line_of(ctx: Ctx, order_id: uuid.UUID) -> Row:
    ((line,),) = await queries.lines_of(ctx, [order_id])
    return line


async def described(ctx: Ctx, room: Stockroom) -> None:
    """Give the shop's product all that a line can tell of it."""

    async def work(tx: WriteCtx) -> None:
        product, variant = room.products[0], room.variants[0]
        reduced = TaxClass(name="Reduced")
        picture = ProductMedia(product_id=product, alt="A cup", storage_key="products/cup.jpg", sort_order=1)
        tx.add(reduced, picture, ProductMedia(product_id=product, type="VIDEO"))
        await tx.session.flush()
        tx.add(
            TaxRate(country="DE", tax_class_id=reduced.id, rate=7_000, valid_from=NOON.date(), source="test"),
            ProductTranslation(product_id=product, language="de", name="Tasse"),
            VariantTranslation(variant_id=variant, language="de", name="Blau"),
        )
        t = table(Product)
        described = {"hs_code": "691110", "origin_country": "PT", "tax_class_id": reduced.id, "name": "Cup"}
        await tx.execute(sa.update(t).where(t.c.id == product).values(**described))
        v = table(ProductVariant)
        await tx.execute(sa.update(v).where(v.c.id == variant).values(name="Blue"))

    await transact(ctx, work)


async def test_a_line_keeps_what_was_sold_after_the_product_is_gone(at: Ctx) -> None:
    room = await unpaid_shop(at, price=1070)
    await described(at, room)
    made = await order(at, room, (room.variants[0], 3), language_code="de")
    line = await line_of(at, made["id"])
    kept = {
        "product_name": "Cup", "variant_name": "Blue", "translated_product_name": "Tasse",
        "translated_variant_name": "Blau", "hs_code": "691110", "origin_country": "PT", "weight_grams": 500,
        "tax_class_name": "Reduced", "tax_rate": 7_000, "quantity": 3, "unit_gross": 1070, "unit_net": 1000,
        "total_gross": 3210, "total_net": 3000,
    }  # fmt: skip
    assert {name: line[name] for name in kept} == kept
    assert line["product_sku"].startswith("SKU-")
    assert line["thumbnail_media_id"] is not None

    await transact(at, deallocate_order, made["id"])
    await _drop_stock(at, room.variants[0])
    await delete_variant(at, room.variants[0])
    after = await line_of(at, made["id"])
    assert after["variant_id"] is None
    assert {name: after[name] for name in kept} == kept


async def _drop_stock(ctx: Ctx, variant_id: int) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.text("DELETE FROM stock WHERE variant_id = :id"), {"id": variant_id})

    await transact(ctx, work)


async def test_sums_are_those_of_the_lines_and_the_delivery(at: Ctx) -> None:
    room = await unpaid_shop(at, stock=[(9, 0), (9, 0)], price=999)
    a, b = room.variants
    made = await order(at, room, (a, 3), (b, 1))
    (lines,) = await queries.lines_of(at, [made["id"]])
    assert [(line["variant_id"], line["position"]) for line in lines] == [(a, 0), (b, 1)]
    assert made["subtotal_gross"] == sum(line["total_gross"] for line in lines) == 4 * 999
    assert (made["shipping_gross"], made["total_gross"]) == (500, 4 * 999 + 500)
    assert (made["carrier_id"], made["service_code"], made["shipping_method_name"]) == ("c", "std", "Parcel")


async def test_the_checkout_and_its_addresses_go_and_the_order_has_its_own(at: Ctx) -> None:
    room = await unpaid_shop(at)
    checkout_id = await ready_cart(at, room, (room.variants[0], 1))
    (checkout,) = await checkouts.by_ids(at, [checkout_id])
    assert checkout is not None
    await change(at, Checkout, checkout_id, meta={"gift": "yes"}, private_meta={"risk": "low"}, note="Ring twice")
    await change(at, CheckoutLine, (await checkouts.lines_of(at, [checkout_id]))[0][0]["id"], meta={"engraving": "A"})
    made = await complete_checkout(at, checkout_id, meta={"source": "app"})
    assert await checkouts.by_ids(at, [checkout_id]) == [None]
    before = [checkout["billing_address_id"], checkout["shipping_address_id"]]
    assert await accounts.addresses_by_ids(at, before) == [None, None]
    copies = await accounts.addresses_by_ids(at, [made["billing_address_id"], made["shipping_address_id"]])
    assert [row and (row["city"], row["user_id"]) for row in copies] == [("Berlin", None)] * 2
    assert (made["meta"], made["private_meta"]) == ({"gift": "yes", "source": "app"}, {"risk": "low"})
    assert (made["customer_note"], made["user_email"]) == ("Ring twice", "ada@example.com")
    assert (await line_of(at, made["id"]))["meta"] == {"engraving": "A"}


async def test_a_customers_own_address_stays_theirs(at: Ctx) -> None:
    room = await unpaid_shop(at)
    user_id = await make_user(at, "own@example.com")
    checkout_id = await ready_cart(at, room, (room.variants[0], 1))
    (checkout,) = await checkouts.by_ids(at, [checkout_id])
    assert checkout is not None
    await change(at, Address, checkout["billing_address_id"], user_id=user_id)
    await complete_checkout(at, checkout_id)
    (kept,) = await accounts.addresses_by_ids(at, [checkout["billing_address_id"]])
    assert kept is not None


async def test_numbers_go_up_and_a_channel_may_want_orders_confirmed(at: Ctx) -> None:
    room = await unpaid_shop(at)
    await change(at, Channel, room.channel_id, automatically_confirm_orders=False)
    first, second = await order(at, room), await order(at, room)
    assert first["number"] < second["number"]
    assert first["status"] == "UNCONFIRMED"


async def found(ctx: Ctx, **filter: Any) -> list[int]:
    """Numbers of the orders that match, as staff page through them, and counted the same."""
    wanted = OrderFilter(**filter)
    page = await find_orders.page(ctx, wanted, PageArgs(50), Sort.NUMBER, descending=False)
    assert await find_orders.count(ctx, wanted) == len(page.rows)
    return [row["number"] for row in page.rows]


async def test_staff_find_orders_by_what_they_know_of_them(at: Ctx) -> None:
    room = await unpaid_shop(at, stock=[(50, 0)])
    here = {"channel_ids": (room.channel_id,)}
    ann = await order(at, room, email="ann_100%@example.com")
    tomorrow = replace(at, clock=FixedClock(NOON + timedelta(days=1)))
    bob = await order(tomorrow, room, email="bob@example.com", meta={"vip": "yes"})
    a, b = ann["number"], bob["number"]
    await change(at, Address, bob["shipping_address_id"], first_name="Robert", last_name="Smith")

    assert await found(at, **here) == [a, b]
    assert await found(at, **here, search=str(b)) == [b]
    assert await found(at, **here, search=f"#{a}") == [a]
    assert await found(at, **here, search="BOB@exam") == [b]
    assert await found(at, **here, search="ert Smi") == [b]
    assert await found(at, **here, search="ann_100%") == [a]
    assert await found(at, **here, search="ann100") == []
    assert await found(at, **here, search="%") == [a]
    assert await found(at, **here, customer="robert smith") == [b]
    assert await found(at, **here, statuses=("UNFULFILLED",)) == [a, b]
    assert await found(at, **here, statuses=("CANCELED",)) == []
    assert await found(at, **here, created_from=NOON + timedelta(hours=1)) == [b]
    assert await found(at, **here, created_before=NOON + timedelta(hours=1)) == [a]
    assert await found(at, **here, meta=(("vip", "yes"),)) == [b]
    assert await found(at, **here, meta=(("vip", None),)) == [b]
    assert await found(at, **here, meta=(("vip", "no"),)) == []
    assert await found(at, **here, pickup=True) == []
    assert await found(at, **here, ids=(ann["id"],)) == [a]
    assert await found(at, **here, checkout_ids=(bob["checkout_id"],)) == [b]
    assert await found(at, channel_ids=()) == []
    assert await found(at, **here, ready_for=("READY_TO_FULFILL",)) == []
    await mark_as_paid(at, bob["id"], None)
    assert await found(at, **here, ready_for=("READY_TO_FULFILL",)) == [b]
    assert await found(at, **here, ready_for=("READY_TO_FULFILL",), statuses=("UNFULFILLED",)) == [a, b]
    assert await found(at, **here, ready_for=("READY_TO_CAPTURE",)) == []


@pytest.mark.parametrize("sort", list(Sort))
async def test_pages_join_without_gap_or_repeat_in_every_order_and_direction(at: Ctx, sort: Sort) -> None:
    room = await unpaid_shop(at, stock=[(50, 0)])
    made = {(await order(at, room, email=f"{name}@example.com"))["number"] for name in "cabac"}
    here = OrderFilter(channel_ids=(room.channel_id,))
    for descending in (False, True):
        seen: list[int] = []
        cursor = None
        while True:
            page = await find_orders.page(at, here, PageArgs(2, cursor=cursor), sort, descending=descending)
            seen += [row["number"] for row in page.rows]
            if not page.has_next:
                break
            cursor = decode_cursor(page.cursors[-1])
        assert len(seen) == 5
        assert set(seen) == made
        whole = await find_orders.page(at, here, PageArgs(5), sort, descending=descending)
        assert [row["number"] for row in whole.rows] == seen


async def test_each_customer_has_a_page_of_their_own(at: Ctx) -> None:
    room = await unpaid_shop(at, stock=[(50, 0)])
    ann, bob, eve = [await make_user(at, f"{name}@page.example.com") for name in ("ann", "bob", "eve")]
    hers = [(await order(at, room, user_id=ann))["number"] for _ in range(3)]
    his = [(await order(at, room, user_id=bob))["number"]]
    pages = await queries.page_for_user(at, [bob, eve, ann], PageArgs(2))
    assert [[row["number"] for row in page.rows] for page in pages] == [his, [], hers[:0:-1]]
    assert [page.has_next for page in pages] == [False, False, True]
    assert await queries.count_for_users(at, [bob, eve, ann]) == [1, 0, 3]
