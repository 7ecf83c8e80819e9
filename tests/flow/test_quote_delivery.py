"""Quoting delivery with carriers that answer, lie, fail and hang."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from engine.checkout import customer, queries, service
from engine.checkout.customer import NewAddress
from engine.checkout.errors import CheckoutNotFound
from engine.checkout.service import NewCheckout, NewLine
from engine.core.addresses import AddressData
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import Refusal
from engine.core.outside import outside_call
from engine.extensions import queries as extensions
from engine.extensions.models import PluginConfiguration
from engine.extensions.registry import Registry
from engine.flows import quote_delivery as flow
from engine.sdk.amounts import Amount
from engine.sdk.carriers import CarrierFault, Quote, QuoteRequest, ShipRequest, ShipResult
from engine.sdk.plugins import Capability, Kind, Plugin, PluginEnvironment
from engine.shipping.models import ShippingMethod, ShippingMethodChannel, ShippingRate
from plugins.table_rate import plugin as table_rate
from tests.stockroom import Stockroom, build

pytestmark = pytest.mark.anyio

BERLIN = AddressData(
    first_name="Ada", last_name="L", street_address_1="Weg 1", city="Berlin", postal_code="10115", country="DE"
)
Answer = Callable[[QuoteRequest], Any]


class Fake:
    """A carrier that does what it is told."""

    def __init__(self, answer: Answer):
        self.answer = answer

    async def quote(self, request: QuoteRequest) -> Sequence[Quote]:
        found = self.answer(request)
        return await found if asyncio.iscoroutine(found) else found

    async def ship(self, request: ShipRequest) -> ShipResult:
        return ShipResult("1", "1")


def carrier(plugin_id: str, answer: Answer) -> Plugin[Any]:
    return Plugin(
        plugin_id, plugin_id, Kind.CARRIER, "1", ">=0", lambda *_: Fake(answer), frozenset({Capability.QUOTE})
    )


async def with_carriers(ctx: Ctx, *plugins: Plugin[Any]) -> Ctx:
    """A context where these carriers, and no others, are installed and set up for every channel."""

    async def work(tx: WriteCtx) -> None:
        known = {row["plugin_id"] for row in await extensions.all_configurations(tx)}
        tx.add(*(PluginConfiguration(plugin_id=plugin.id) for plugin in plugins if plugin.id not in known))

    await transact(ctx, work)
    environment = PluginEnvironment(production=False, data_dir=ctx.settings.data_dir)
    return replace(ctx, plugins=Registry(environment, {plugin.id: plugin for plugin in plugins}))


async def method(
    ctx: Ctx, room: Stockroom, carrier_id: str, code: str, *, table: int | None = None, **listing: Any
) -> int:
    async def work(tx: WriteCtx) -> int:
        made = ShippingMethod(shipping_zone_id=room.zone_id, name=code, carrier_id=carrier_id, service_code=code)
        tx.add(made)
        await tx.session.flush()
        assert made.id
        tx.add(ShippingMethodChannel(shipping_method_id=made.id, channel_id=room.channel_id, **listing))
        if table is not None:
            tx.add(ShippingRate(shipping_method_id=made.id, channel_id=room.channel_id, amount=table))
        return made.id

    return await transact(ctx, work)


async def cart(ctx: Ctx, room: Stockroom, *, address: AddressData | None = BERLIN, quantity: int = 2) -> uuid.UUID:
    row = await transact(
        ctx,
        service.create_checkout,
        NewCheckout(
            channel_slug=room.channel_slug,
            lines=[NewLine(room.variants[0], quantity)],
            shipping_address=NewAddress(address) if address else None,
        ),
    )
    checkout_id: uuid.UUID = row["id"]
    return checkout_id


def costs(rows: Sequence[Any]) -> list[tuple[str, int]]:
    return [(row["name"], row["amount"]) for row in rows]


async def test_the_merchants_table_is_quoted_and_a_choice_survives_a_new_quote(ctx: Ctx) -> None:
    room = await build(ctx, price=1000)
    ctx = await with_carriers(ctx, table_rate)
    slow = await method(ctx, room, table_rate.id, "slow", table=490)
    await method(ctx, room, table_rate.id, "fast", table=1290)
    await method(ctx, room, table_rate.id, "big orders", table=0, minimum_order_amount=2001)
    await method(ctx, room, table_rate.id, "no table")
    checkout_id = await cart(ctx, room)
    quoted = await flow.quote_delivery(ctx, checkout_id)
    assert costs(quoted.deliveries) == [("slow", 490), ("fast", 1290)]
    assert quoted.warnings == ()
    chosen = await flow.choose_method(ctx, checkout_id, slow)
    assert chosen["delivery_id"] == quoted.deliveries[0]["id"]
    await transact(ctx, service.add_lines, checkout_id, [NewLine(room.variants[0], 1)])
    again = await flow.quote_delivery(ctx, checkout_id)
    assert costs(again.deliveries) == [("big orders", 0), ("slow", 490), ("fast", 1290)]
    assert again.deliveries[1]["id"] == chosen["delivery_id"]


async def test_a_carrier_that_hangs_or_fails_leaves_a_warning_and_the_others_go_on(
    ctx: Ctx, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flow, "outside_call", partial(outside_call, seconds=0.2))

    def fault(_request: QuoteRequest) -> Any:
        raise CarrierFault("down for maintenance")

    def bug(_request: QuoteRequest) -> Any:
        raise KeyError("rates")

    room = await build(ctx)
    ctx = await with_carriers(
        ctx,
        carrier("hangs", lambda _: asyncio.sleep(30)),
        carrier("faults", fault),
        carrier("breaks", bug),
        carrier("works", lambda _: [Quote("works", Amount(800, "EUR"))]),
    )
    for carrier_id in ("hangs", "faults", "breaks", "works"):
        await method(ctx, room, carrier_id, carrier_id, table=990 if carrier_id == "faults" else None)
    await method(ctx, room, "not installed", "ghost", table=1)
    async with asyncio.timeout(10):
        quoted = await flow.quote_delivery(ctx, await cart(ctx, room))
    assert costs(quoted.deliveries) == [("works", 800), ("faults", 990)]
    assert [row["message"] for row in quoted.deliveries] == ["", flow.TABLE_RATE_MESSAGE]
    assert quoted.warnings == tuple(f"The carrier {name} could not be asked." for name in ("hangs", "faults", "breaks"))


async def test_answers_to_what_was_not_asked_are_passed_over(ctx: Ctx) -> None:
    room = await build(ctx)
    lies = [
        Quote("a", Amount(-1, "EUR")),
        Quote("a", Amount(1, "USD")),
        Quote("other", Amount(1, "EUR")),
        Quote("a", Amount(700, "EUR")),
        Quote("a", Amount(600, "EUR")),
    ]
    ctx = await with_carriers(ctx, carrier("liar", lambda _: lies))
    await method(ctx, room, "liar", "a")
    assert costs((await flow.quote_delivery(ctx, await cart(ctx, room))).deliveries) == [("a", 600)]


async def test_a_carrier_is_told_what_is_in_the_parcel(ctx: Ctx) -> None:
    seen: list[QuoteRequest] = []

    def note(request: QuoteRequest) -> list[Quote]:
        seen.append(request)
        return []

    room = await build(ctx, price=1000)
    ctx = await with_carriers(ctx, carrier("curious", note))
    await method(ctx, room, "curious", "a")
    await flow.quote_delivery(ctx, await cart(ctx, room, quantity=3))
    (request,) = seen
    assert (request.subtotal, request.weight_grams, request.destination.city) == (Amount(3000, "EUR"), 1500, "Berlin")
    assert [(item.quantity, item.value.minor) for item in request.items] == [(3, 1000)]


async def test_no_carrier_is_asked_before_there_is_an_address(ctx: Ctx) -> None:
    room = await build(ctx)
    ctx = await with_carriers(ctx, table_rate)
    shipping_method = await method(ctx, room, table_rate.id, "slow", table=490)
    checkout_id = await cart(ctx, room, address=None)
    assert list((await flow.quote_delivery(ctx, checkout_id)).deliveries) == []
    assert await flow.offers(ctx, checkout_id) == []
    with pytest.raises(Refusal) as caught:
        await flow.choose_method(ctx, checkout_id, shipping_method)
    assert caught.value.code == "DELIVERY_METHOD_NOT_APPLICABLE"
    for unknown in (flow.quote_delivery, flow._basis):
        with pytest.raises(CheckoutNotFound):
            await unknown(ctx, uuid.uuid4())  # type: ignore[operator]


async def test_reading_the_offers_keeps_nothing_and_asks_only_when_what_is_kept_is_stale(ctx: Ctx) -> None:
    asked = []

    def count(request: QuoteRequest) -> list[Quote]:
        asked.append(request)
        return [Quote("a", Amount(100 * len(asked), "EUR"))]

    room = await build(ctx)
    ctx = await with_carriers(ctx, carrier("counting", count))
    await method(ctx, room, "counting", "a")
    checkout_id = await cart(ctx, room)
    assert costs(await flow.offers(ctx, checkout_id)) == [("a", 100)]
    assert await queries.offered_deliveries(ctx, [checkout_id]) == [[]]
    await flow.quote_delivery(ctx, checkout_id)
    assert costs(await flow.offers(ctx, checkout_id)) == [("a", 200)]
    await transact(ctx, customer.set_shipping_address, checkout_id, NewAddress(replace(BERLIN, postal_code="10117")))
    assert costs(await flow.offers(ctx, checkout_id)) == [("a", 300)]
    assert len(asked) == 3
