"""What its author runs: the engine's conformance suite, and one test of their own."""

import pytest
from acme_carrier import plugin

from engine.sdk.carriers import Service
from engine.sdk.testing import CarrierConformance


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class TestAcmeCarrier(CarrierConformance):
    plugin = plugin
    config = {"price_per_kilogram": 300, "api_key": "test"}
    services = (Service("acme-road", "Acme Road"),)

    @pytest.mark.anyio
    async def test_it_charges_for_each_kilogram_begun(self) -> None:
        (quote,) = await self.make().quote(self.request())
        assert quote.amount.minor == 300
