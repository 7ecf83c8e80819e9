"""What the engine relies on in a carrier."""

import asyncio
from typing import ClassVar

import pytest

from engine.sdk.amounts import Address, Amount
from engine.sdk.carriers import (
    CancelingCarrier,
    Carrier,
    Item,
    QuoteRequest,
    RateBand,
    Service,
    ShipRequest,
    TrackingCarrier,
)
from engine.sdk.plugins import Capability, Kind
from engine.sdk.testing.manifest import PluginConformance


class CarrierConformance(PluginConformance):
    """Override `services`, `destination` and `items` with ones the carrier serves."""

    kind = Kind.CARRIER
    destination: ClassVar[Address] = Address(
        country="DE",
        first_name="Ada",
        last_name="Test",
        street_address_1="Unter den Linden 1",
        city="Berlin",
        postal_code="10117",
    )
    items: ClassVar[tuple[Item, ...]] = (
        Item("CUP-1", "Cup", 2, 350, Amount(1800, "EUR"), hs_code="691200", origin_country="PT"),
        Item("TEA-1", "Tea", 1, 120, Amount(900, "EUR"), hs_code="090210", origin_country="JP"),
    )
    services: ClassVar[tuple[Service, ...]] = (
        Service("standard", "Standard", bands=(RateBand(Amount(490, "EUR")),)),
        Service("express", "Express", bands=(RateBand(Amount(1290, "EUR")),)),
    )

    def request(self, *services: Service) -> QuoteRequest:
        subtotal = sum(item.value.minor * item.quantity for item in self.items)
        currency = self.items[0].value.currency
        return QuoteRequest(self.destination, self.items, Amount(subtotal, currency), services or self.services)

    def shipment(self, reference: str) -> ShipRequest:
        return ShipRequest(reference, self.services[0].code, self.destination, self.items)

    def test_it_keeps_the_protocols_its_capabilities_name(self) -> None:
        carrier = self.make()
        assert isinstance(carrier, Carrier)
        assert isinstance(carrier, TrackingCarrier) or not self.has(Capability.TRACK)
        assert isinstance(carrier, CancelingCarrier) or not self.has(Capability.CANCEL_SHIPMENT)

    @pytest.mark.anyio
    async def test_quotes_are_for_asked_services_once_each_in_the_asked_currency(self) -> None:
        request = self.request()
        quotes = await self.make().quote(request)
        codes = [quote.service_code for quote in quotes]
        assert codes, "the suite's own parcel and services must get at least one quote"
        assert len(codes) == len(set(codes))
        assert set(codes) <= {service.code for service in request.services}
        for quote in quotes:
            assert quote.amount.minor >= 0
            assert quote.amount.currency == request.subtotal.currency
            fastest, slowest = quote.minimum_delivery_days, quote.maximum_delivery_days
            assert fastest is None or slowest is None or 0 <= fastest <= slowest

    @pytest.mark.anyio
    async def test_the_same_parcel_costs_the_same_asked_again_or_at_once(self) -> None:
        carrier, request = self.make(), self.request()
        first = list(await carrier.quote(request))
        for again in await asyncio.gather(*(carrier.quote(request) for _ in range(5))):
            assert list(again) == first

    @pytest.mark.anyio
    async def test_a_service_nobody_asked_for_is_not_quoted(self) -> None:
        one = self.services[0]
        quotes = await self.make().quote(self.request(one))
        assert {quote.service_code for quote in quotes} <= {one.code}

    @pytest.mark.anyio
    async def test_an_unknown_service_gets_no_quote_and_is_no_fault(self) -> None:
        assert list(await self.make().quote(self.request(Service("no-such-service", "?")))) == []

    @pytest.mark.anyio
    async def test_shipping_gives_a_tracking_number(self) -> None:
        result = await self.make().ship(self.shipment("fulfillment-1"))
        assert result.tracking_number.strip() == result.tracking_number != ""
        assert result.carrier_reference
        assert result.label is None or result.label.startswith(b"%PDF")
        assert result.cost is None or result.cost.minor >= 0

    @pytest.mark.anyio
    async def test_a_fulfilment_is_shipped_once_however_often_it_is_asked(self) -> None:
        carrier = self.make()
        results = [await carrier.ship(self.shipment("fulfillment-2")) for _ in range(2)]
        results += await asyncio.gather(*(carrier.ship(self.shipment("fulfillment-2")) for _ in range(3)))
        assert len({(result.tracking_number, result.carrier_reference) for result in results}) == 1

    @pytest.mark.anyio
    async def test_two_fulfilments_are_two_shipments(self) -> None:
        carrier = self.make()
        first, second = await carrier.ship(self.shipment("fulfillment-3")), await carrier.ship(self.shipment("f-4"))
        assert first.tracking_number != second.tracking_number

    @pytest.mark.anyio
    async def test_what_was_shipped_can_be_tracked(self) -> None:
        if not self.has(Capability.TRACK):
            pytest.skip("it does not track")
        carrier = self.make()
        shipped = await carrier.ship(self.shipment("fulfillment-5"))
        tracking = await carrier.track(shipped.carrier_reference)
        assert all(event.at.tzinfo is not None for event in tracking.events)

    @pytest.mark.anyio
    async def test_cancelling_twice_is_the_same_as_once(self) -> None:
        if not self.has(Capability.CANCEL_SHIPMENT):
            pytest.skip("it does not cancel")
        carrier = self.make()
        shipped = await carrier.ship(self.shipment("fulfillment-6"))
        assert await carrier.cancel(shipped.carrier_reference) == await carrier.cancel(shipped.carrier_reference)
