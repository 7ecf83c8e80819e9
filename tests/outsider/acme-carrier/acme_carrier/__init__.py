"""A carrier as somebody outside would write it: so much a kilogram, in whole kilograms."""

import hashlib

from pydantic import BaseModel, Field, SecretStr

from engine.sdk.amounts import Amount
from engine.sdk.carriers import Quote, QuoteRequest, ShipRequest, ShipResult
from engine.sdk.plugins import Capability, Kind, Plugin


class Config(BaseModel):
    price_per_kilogram: int = Field(ge=0, description="In the currency's smallest unit.")
    api_key: SecretStr


class AcmeCarrier:
    def __init__(self, config: Config):
        self.config = config

    async def quote(self, request: QuoteRequest) -> list[Quote]:
        kilograms = -(-request.weight_grams // 1000)
        price = Amount(kilograms * self.config.price_per_kilogram, request.subtotal.currency)
        return [Quote(service.code, price, 2, 4) for service in request.services if service.code == "acme-road"]

    async def ship(self, request: ShipRequest) -> ShipResult:
        number = "ACME" + hashlib.sha256(request.reference.encode()).hexdigest()[:12].upper()
        return ShipResult(tracking_number=number, carrier_reference=number)


plugin = Plugin(
    id="com.acme.carrier",
    name="Acme Carrier",
    kind=Kind.CARRIER,
    version="1.2.0",
    engine=">=0.1,<0.2",
    create=lambda config, environment: AcmeCarrier(config),
    capabilities=frozenset({Capability.QUOTE, Capability.SHIP}),
    config=Config,
)
