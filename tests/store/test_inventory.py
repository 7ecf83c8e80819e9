"""Stock on a real PostgreSQL: what a claim takes, from where, and what the ledger says of it."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import NotFound, Refusal
from engine.core.statements import Statement
from engine.inventory import queries, service
from engine.inventory.errors import BelowAllocated, InsufficientStock, Shortage, UnknownWarehouse
from engine.orders.models import Fulfillment, Order, OrderLine
from tests.stockroom import Stockroom, build, cart, unbalanced

pytestmark = pytest.mark.anyio

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)
_BALANCES = Statement(
    sa.text(
        "SELECT s.on_hand, s.allocated FROM stock s JOIN warehouse w ON w.id = s.warehouse_id"
        " WHERE s.variant_id = :variant_id ORDER BY w.slug"
    ).bindparams(sa.bindparam("variant_id", type_=sa.BigInteger))
)
_ENTRIES = Statement(
    sa.text(
        "SELECT e.kind, e.on_hand_delta, e.allocated_delta, e.cause_type FROM stock_entry e"
        " JOIN stock s ON s.id = e.stock_id WHERE s.variant_id = :variant_id ORDER BY e.id"
    ).bindparams(sa.bindparam("variant_id", type_=sa.BigInteger))
)


@pytest.fixture
def at_noon(ctx: Ctx) -> Ctx:
    return replace(ctx, clock=FixedClock(NOW))


async def balances(ctx: Ctx, variant_id: int) -> list[tuple[int, int]]:
    return [tuple(row) for row in await ctx.fetch(_BALANCES, variant_id=variant_id)]


async def hold(ctx: Ctx, room: Stockroom, *lines: tuple[int, int], country: str | None = "DE") -> uuid.UUID:
    checkout_id, claim = await cart(ctx, room, *lines)
    await transact(
        ctx,
        service.claim_for_checkout,
        checkout_id=checkout_id,
        channel_id=room.channel_id,
        country=country,
        lines=claim,
        until=UNTIL,
    )
    return checkout_id


async def order_of(ctx: Ctx, room: Stockroom, checkout_id: uuid.UUID, variant_id: int, quantity: int) -> uuid.UUID:
    """Turns a checkout of one line into an order; returns the order line's id."""
    rows = await ctx.fetch(
        Statement(
            sa.text("SELECT id FROM checkout_line WHERE checkout_id = :id").bindparams(
                sa.bindparam("id", type_=sa.Uuid)
            )
        ),
        id=checkout_id,
    )

    async def work(tx: WriteCtx) -> uuid.UUID:
        order = Order(number=int(uuid.uuid4()) % 10**9, channel_id=room.channel_id, currency="EUR")
        tx.add(order)
        await tx.session.flush()
        line = OrderLine(
            order_id=order.id,
            variant_id=variant_id,
            product_name="Thing",
            quantity=quantity,
            **dict.fromkeys(
                ("unit_net", "unit_gross", "undiscounted_unit_net", "undiscounted_unit_gross", "total_net",
                 "total_gross", "undiscounted_total_net", "undiscounted_total_gross"), 0,
            ),
        )  # fmt: skip
        fulfillment = Fulfillment(order_id=order.id, fulfillment_order=1)
        tx.add(line, fulfillment)
        await tx.session.flush()
        await service.move_to_order(tx, checkout_id, {rows[0]["id"]: line.id}, order.id)
        return line.id

    return await transact(ctx, work)


async def test_a_claim_empties_the_first_warehouse_before_the_second(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(3, 10)])
    await hold(at_noon, room, (room.variants[0], 5))
    assert await balances(at_noon, room.variants[0]) == [(3, 3), (10, 2)]
    assert await unbalanced(at_noon) == []


async def test_a_claim_takes_from_the_fullest_warehouse_where_the_channel_says_so(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(3, 10)], strategy="PRIORITIZE_HIGH_STOCK")
    await hold(at_noon, room, (room.variants[0], 11))
    assert await balances(at_noon, room.variants[0]) == [(3, 1), (10, 10)]


async def test_two_lines_of_one_variant_share_its_stock(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(3, 4)])
    variant = room.variants[0]
    await hold(at_noon, room, (variant, 2), (variant, 5))
    assert await balances(at_noon, variant) == [(3, 3), (4, 4)]
    with pytest.raises(InsufficientStock):
        await hold(at_noon, room, (variant, 1))


async def test_a_shortage_names_every_variant_and_claims_nothing(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(3, 0), (10, 10), (0, 0)])
    a, b, c = room.variants
    with pytest.raises(InsufficientStock) as caught:
        await hold(at_noon, room, (a, 4), (b, 1), (c, 1))
    assert caught.value.shortages == (Shortage(a, 3), Shortage(c, 0))
    assert await balances(at_noon, b) == [(10, 0), (10, 0)]
    assert await unbalanced(at_noon) == []


async def test_a_variant_that_is_not_tracked_is_never_refused(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(0, 0)], track_inventory=False)
    await hold(at_noon, room, (room.variants[0], 1000))
    assert await balances(at_noon, room.variants[0]) == [(0, 0), (0, 0)]
    assert await queries.available(at_noon, room.variants, room.channel_id, "DE") == [None]


async def test_stock_counts_only_where_the_country_is_covered(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(3, 10)])
    other = await build(at_noon)
    assert await queries.available(at_noon, room.variants, room.channel_id, "FR") == [13]
    assert await queries.available(at_noon, room.variants, room.channel_id, "JP") == [0]
    assert await queries.available(at_noon, room.variants, room.channel_id) == [13]
    assert await queries.available(at_noon, room.variants, other.channel_id) == [0]
    assert await queries.available(at_noon, [2**40], room.channel_id) == [0]
    with pytest.raises(InsufficientStock):
        await hold(at_noon, room, (room.variants[0], 1), country="JP")


async def test_claiming_again_replaces_the_earlier_claim(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(5, 5)])
    variant = room.variants[0]
    checkout_id, lines = await cart(at_noon, room, (variant, 4))
    values = {"checkout_id": checkout_id, "channel_id": room.channel_id, "country": "DE", "until": UNTIL}
    await transact(at_noon, service.claim_for_checkout, lines=lines, **values)
    await transact(at_noon, service.claim_for_checkout, lines=[replace(lines[0], quantity=9)], **values)
    assert await balances(at_noon, variant) == [(5, 5), (5, 4)]
    await transact(at_noon, service.claim_for_checkout, lines=[], **values)
    assert await balances(at_noon, variant) == [(5, 0), (5, 0)]
    assert await unbalanced(at_noon) == []


async def test_an_expired_hold_counts_as_free_and_the_next_claim_releases_it(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(5, 0)])
    variant = room.variants[0]
    await hold(at_noon, room, (variant, 5))
    assert await queries.available(at_noon, [variant], room.channel_id, "DE") == [0]
    later = replace(at_noon, clock=FixedClock(UNTIL))
    assert await queries.available(later, [variant], room.channel_id, "DE") == [5]
    with pytest.raises(InsufficientStock):
        await hold(at_noon, room, (variant, 1))
    await hold(later, room, (variant, 5))
    kinds = [row["kind"] for row in await later.fetch(_ENTRIES, variant_id=variant)]
    assert kinds == ["ADJUSTED", "CLAIMED", "RELEASED", "CLAIMED"]
    assert await unbalanced(at_noon) == []


async def test_a_released_hold_gives_everything_back_once(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(5, 5)])
    checkout_id = await hold(at_noon, room, (room.variants[0], 7))
    await transact(at_noon, service.release_checkout, checkout_id, cause="expired")
    await transact(at_noon, service.release_checkout, checkout_id, cause="expired")
    assert await balances(at_noon, room.variants[0]) == [(5, 0), (5, 0)]
    assert await unbalanced(at_noon) == []


async def test_a_hold_becomes_an_orders_allocation_that_no_longer_expires(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(2, 5)])
    variant = room.variants[0]
    checkout_id = await hold(at_noon, room, (variant, 4))
    await order_of(at_noon, room, checkout_id, variant, 4)
    years_later = replace(at_noon, clock=FixedClock(UNTIL + timedelta(days=900)))
    assert await queries.available(years_later, [variant], room.channel_id) == [3]
    (stocks,) = await queries.stocks_of(years_later, [variant])
    assert [(row["quantity"], row["quantity_allocated"], row["quantity_reserved"]) for row in stocks] == [
        (2, 2, 0), (5, 2, 0),
    ]  # fmt: skip
    assert await unbalanced(at_noon) == []


async def test_a_hold_that_another_buyer_took_over_cannot_become_an_order(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(5, 0)])
    variant = room.variants[0]
    lost = await hold(at_noon, room, (variant, 5))
    await hold(replace(at_noon, clock=FixedClock(UNTIL)), room, (variant, 3))
    with pytest.raises(InsufficientStock) as caught:
        await order_of(at_noon, room, lost, variant, 5)
    assert caught.value.shortages == (Shortage(variant, 0),)
    assert await balances(at_noon, variant) == [(5, 3), (0, 0)]


async def test_shipping_uses_the_lines_own_allocation_then_frees_the_rest_of_it_elsewhere(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(2, 5)])
    variant = room.variants[0]
    line_id = await order_of(at_noon, room, await hold(at_noon, room, (variant, 4)), variant, 4)
    assert await balances(at_noon, variant) == [(2, 2), (5, 2)]
    for quantity in (1, 3):
        await transact(
            at_noon,
            service.ship,
            fulfillment_id=1,
            order_line_id=line_id,
            warehouse_id=room.warehouses[1],
            quantity=quantity,
        )
    assert await balances(at_noon, variant) == [(2, 0), (1, 0)]
    assert await unbalanced(at_noon) == []


async def test_shipping_more_than_the_shelf_holds_is_refused(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(4, 1)])
    variant = room.variants[0]
    line_id = await order_of(at_noon, room, await hold(at_noon, room, (variant, 4)), variant, 4)
    with pytest.raises(InsufficientStock) as caught:
        await transact(
            at_noon, service.ship, fulfillment_id=1, order_line_id=line_id, warehouse_id=room.warehouses[1], quantity=2
        )
    assert caught.value.shortages == (Shortage(variant, 1),)
    assert await balances(at_noon, variant) == [(4, 4), (1, 0)]


async def test_a_cancelled_order_gives_its_stock_back(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(4, 4)])
    variant = room.variants[0]
    line_id = await order_of(at_noon, room, await hold(at_noon, room, (variant, 6)), variant, 6)
    order_id = await at_noon.value(
        Statement(
            sa.text("SELECT order_id FROM order_line WHERE id = :id").bindparams(sa.bindparam("id", type_=sa.Uuid))
        ),
        id=line_id,
    )
    await transact(at_noon, service.deallocate_order, order_id)
    await transact(at_noon, service.deallocate_order, order_id)
    assert await balances(at_noon, variant) == [(4, 0), (4, 0)]
    assert await unbalanced(at_noon) == []


async def test_a_count_below_what_is_claimed_is_refused_until_the_hold_expires(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(5, 0)])
    variant = room.variants[0]
    await hold(at_noon, room, (variant, 4))
    with pytest.raises(BelowAllocated):
        await room.count(at_noon, variant, 3)
    await room.count(replace(at_noon, clock=FixedClock(UNTIL)), variant, 3)
    assert await balances(at_noon, variant) == [(3, 0), (0, 0)]
    assert await unbalanced(at_noon) == []


async def test_counts_of_nothing_we_know_are_refused(at_noon: Ctx) -> None:
    room = await build(at_noon)
    values = {"cause_type": "test", "cause_id": "1"}
    known = {"variant_id": room.variants[0], "warehouse_id": room.warehouses[0], "quantity": 1}
    for wrong, error in (
        ({"variant_id": 2**40}, NotFound),
        ({"warehouse_id": uuid.uuid4()}, UnknownWarehouse),
        ({"quantity": -1}, Refusal),
        ({"quantity": 2**31}, Refusal),
    ):
        with pytest.raises(error):
            await transact(at_noon, service.set_on_hand, **{**known, **wrong}, **values)
    assert await balances(at_noon, room.variants[0]) == [(10, 0), (10, 0)]
