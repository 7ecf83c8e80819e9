"""Conformance suites: what the engine relies on, as tests a plugin's own suite inherits. Needs pytest and anyio.

from engine.sdk.testing import CarrierConformance
from my_package import plugin

class TestMyCarrier(CarrierConformance):
    plugin = plugin
    config = {"account": "test"}
"""

from engine.sdk.testing.carriers import CarrierConformance
from engine.sdk.testing.payments import PaymentConformance

__all__ = ["CarrierConformance", "PaymentConformance"]
