"""Staff who change the shop at the same moment, each on a connection of their own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.channels.errors import SlugTaken
from engine.core.context import Ctx, transact
from engine.core.errors import Refusal
from engine.core.statements import Statement
from engine.flows import edit_channel, edit_warehouse
from engine.flows.edit_channel import ChannelChange
from engine.flows.shop import Shop
from engine.inventory.errors import InsufficientStock
from engine.inventory.service import claim_for_checkout
from engine.tax import lists, service
from tests.stockroom import build, cart, unbalanced

pytestmark = pytest.mark.anyio
DOCK = {"street_address_1": "Dock 1", "city": "Berlin", "country": "DE", "postal_code": "10115", "company_name": "D"}
_ROWS = Statement(sa.text("SELECT rate, valid_from, valid_to FROM tax_rate WHERE country = 'MT' ORDER BY id"))
_STOCKS = Statement(
    sa.text("SELECT count(*) FROM stock WHERE warehouse_id = ANY(:ids)").bindparams(
        sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
    )
)


async def together(shop: Shop, count: int, work: Callable[[Ctx, int], Awaitable[Any]]) -> list[Any]:
    async def one(place: int) -> Any:
        ctx = shop.ctx()
        try:
            return await work(ctx, place)
        finally:
            await ctx.release()

    return await asyncio.gather(*(one(place) for place in range(count)), return_exceptions=True)


async def test_one_of_many_channels_of_a_name_is_made_and_the_others_are_told(shop: Shop) -> None:
    values = {"name": "Same", "slug": "same", "currency": "EUR", "default_country": "DE"}
    found = await together(shop, 8, lambda ctx, _: transact(ctx, edit_channel.create, ChannelChange(values)))
    assert sorted(type(each).__name__ for each in found if isinstance(each, Exception)) == ["SlugTaken"] * 7
    assert all(isinstance(each, SlugTaken) for each in found if isinstance(each, Exception))


async def test_warehouses_of_one_name_get_addresses_of_their_own(shop: Shop) -> None:
    found = await together(shop, 8, lambda ctx, _: transact(ctx, edit_warehouse.create, {"name": "Hall"}, DOCK))
    assert len({row["slug"] for row in found}) == 8


async def test_a_warehouse_is_never_deleted_under_a_claim(shop: Shop) -> None:
    for _ in range(5):
        await _delete_and_claim(shop)


async def _delete_and_claim(shop: Shop) -> None:
    ctx = shop.ctx()
    room = await build(ctx, stock=[(5, 0)])
    house = room.warehouses[0]
    checkout_id, lines = await cart(ctx, room, (room.variants[0], 2))

    async def work(own: Ctx, place: int) -> Any:
        if place == 0:
            return await transact(own, edit_warehouse.delete, house)
        return await transact(
            own,
            claim_for_checkout,
            checkout_id=checkout_id,
            channel_id=room.channel_id,
            country="DE",
            lines=lines,
            until=datetime.now(UTC) + timedelta(minutes=5),
        )

    deleted, claimed = await together(shop, 2, work)
    # one of both, and never a claim on goods that are gone
    if isinstance(deleted, Refusal):
        assert claimed is None
    else:
        assert isinstance(claimed, InsufficientStock)
        assert await ctx.value(_STOCKS, ids=[house]) == 0
    assert await unbalanced(ctx) == []
    await ctx.release()


async def test_the_last_of_many_changes_of_a_rate_holds_and_none_is_lost(shop: Shop) -> None:
    wanted = [18_000 + place for place in range(6)]
    found = await together(shop, 6, lambda ctx, place: transact(ctx, service.set_country, "MT", {None: wanted[place]}))
    assert found == [None] * 6
    ctx = shop.ctx()
    rows = await ctx.fetch(_ROWS)
    assert sorted(row["rate"] for row in rows) == wanted
    assert {type(row["valid_from"]) for row in rows} == {date}
    ((held,),) = await lists.rates_of_countries(ctx, ["MT"])
    assert held["rate"] == rows[-1]["rate"]
    await ctx.release()
