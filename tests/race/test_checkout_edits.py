"""One cart in several windows, and many carts that want the last unit, each on a connection of its own."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from engine.checkout import customer, delivery, queries, service
from engine.checkout.customer import NewAddress
from engine.checkout.delivery import QuotedDelivery
from engine.checkout.hold import release_if_expired
from engine.checkout.pricing import price
from engine.checkout.service import LineChange, NewCheckout, NewLine
from engine.core.addresses import AddressData
from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.database import Database
from engine.core.errors import Refusals
from engine.core.settings import Settings
from engine.inventory.errors import InsufficientStock
from engine.shipping.models import ShippingMethod, ShippingMethodChannel
from tests.stockroom import Stockroom, build, unbalanced

pytestmark = pytest.mark.anyio

AT_ONCE = 12
UNTIL = datetime.now(UTC) + timedelta(hours=1)
BERLIN = AddressData(
    first_name="Ada", last_name="L", street_address_1="Weg 1", city="Berlin", postal_code="10115", country="DE"
)


@pytest.fixture(scope="module")
async def crowd(settings: Settings) -> AsyncIterator[Ctx]:
    assert settings.database_url is not None
    async with Database(settings.database_url.get_secret_value(), write_pool_size=AT_ONCE) as database:
        ctx = Ctx.background(settings, database)
        yield ctx
        await ctx.release()


async def method(ctx: Ctx, room: Stockroom) -> int:
    async def work(tx: WriteCtx) -> int:
        made = ShippingMethod(shipping_zone_id=room.zone_id, name="Parcel", carrier_id="c", service_code="s")
        tx.add(made)
        await tx.session.flush()
        assert made.id
        tx.add(ShippingMethodChannel(shipping_method_id=made.id, channel_id=room.channel_id))
        return made.id

    return await transact(ctx, work)


async def quote(ctx: Ctx, checkout_id: UUID, method_id: int) -> None:
    place = (await queries.places(ctx, [checkout_id]))[checkout_id]
    assert place.fingerprint
    quotes = [QuotedDelivery(method_id, "c", "s", "Parcel", 500, "EUR")]
    (offer,) = await transact(ctx, delivery.record_quotes, checkout_id, place.fingerprint, quotes)
    await transact(ctx, delivery.choose_delivery, checkout_id, offer["id"])


async def ready_cart(ctx: Ctx, room: Stockroom, method_id: int, quantity: int = 1) -> UUID:
    new = NewCheckout(
        channel_slug=room.channel_slug,
        lines=[NewLine(room.variants[0], quantity)],
        email="ada@example.com",
        shipping_address=NewAddress(BERLIN),
        billing_address=NewAddress(BERLIN),
    )
    checkout_id: UUID = (await transact(ctx, service.create_checkout, new))["id"]
    await quote(ctx, checkout_id, method_id)
    return checkout_id


async def outcomes(*work: Awaitable[Any]) -> list[Any]:
    """Results and typed refusals; any other failure is raised."""
    found = await asyncio.gather(*work, return_exceptions=True)
    for each in found:
        if isinstance(each, BaseException) and not isinstance(each, InsufficientStock | Refusals):
            raise each
    return found


async def test_units_added_in_many_windows_are_all_there(crowd: Ctx) -> None:
    room = await build(crowd, stock=[(AT_ONCE, 0)])
    (variant,) = room.variants
    row = await transact(crowd, service.create_checkout, NewCheckout(channel_slug=room.channel_slug))
    await outcomes(*(transact(crowd, service.add_lines, row["id"], [NewLine(variant, 1)]) for _ in range(AT_ONCE)))
    (lines,) = await queries.lines_of(crowd, [row["id"]])
    assert [(line["variant_id"], line["quantity"]) for line in lines] == [(variant, AT_ONCE)]


async def test_carts_held_at_once_share_the_last_units(crowd: Ctx) -> None:
    room = await build(crowd, stock=[(1, 2)])
    method_id = await method(crowd, room)
    carts = [await ready_cart(crowd, room, method_id) for _ in range(AT_ONCE)]
    found = await outcomes(*(transact(crowd, service.hold, cart, until=UNTIL) for cart in carts))
    assert sum(not isinstance(each, InsufficientStock) for each in found) == 3
    held = [row for row in await queries.by_ids(crowd, carts) if row and row["held_until"]]
    assert len(held) == 3
    assert await unbalanced(crowd) == []


async def test_a_cart_edited_while_it_is_held_is_either_held_as_it_is_or_not_held(crowd: Ctx) -> None:
    for _ in range(5):
        room = await build(crowd, stock=[(20, 0)], price=1000)
        (variant,) = room.variants
        cart = await ready_cart(crowd, room, await method(crowd, room))
        await outcomes(
            transact(crowd, service.hold, cart, until=UNTIL),
            transact(crowd, service.update_lines, cart, [LineChange(variant_id=variant, quantity=3)]),
            transact(crowd, service.hold, cart, until=UNTIL),
            transact(crowd, customer.set_billing_address, cart, NewAddress(replace(BERLIN, city="Hamburg"))),
        )
        (row,), (lines,), (priced,) = (
            await queries.by_ids(crowd, [cart]),
            await queries.lines_of(crowd, [cart]),
            await price(crowd, [cart]),
        )
        assert row is not None
        assert priced is not None
        assert [line.quantity for line in priced.lines] == [line["quantity"] for line in lines] == [3]
        if row["held_until"] is None:
            await quote(crowd, cart, priced.shipping.shipping_method_id if priced.shipping else 0)
            await transact(crowd, service.hold, cart, until=UNTIL)
    assert await unbalanced(crowd) == []


async def test_a_hold_extended_while_the_sweeper_comes_is_kept_whole_or_taken_whole(crowd: Ctx) -> None:
    """`hold` runs after the expiry, as a payment that succeeds late does."""
    for _ in range(10):
        room = await build(crowd, stock=[(2, 0)])
        cart = await ready_cart(crowd, room, await method(crowd, room), quantity=2)
        short = datetime.now(UTC) + timedelta(minutes=1)
        await transact(crowd, service.hold, cart, until=short)
        late = replace(crowd, clock=FixedClock(short + timedelta(seconds=1)))
        rival = await ready_cart(late, room, await method(crowd, room), quantity=2)
        found = await outcomes(
            transact(late, service.hold, cart, until=UNTIL),
            transact(late, release_if_expired, cart),
            transact(late, service.hold, rival, until=UNTIL),
        )
        winners = [isinstance(found[0], InsufficientStock), isinstance(found[2], InsufficientStock)]
        assert winners.count(False) == 1
        held = [row["id"] for row in await queries.by_ids(crowd, [cart, rival]) if row and row["held_until"] == UNTIL]
        assert held == ([rival] if winners[0] else [cart])
    assert await unbalanced(crowd) == []
