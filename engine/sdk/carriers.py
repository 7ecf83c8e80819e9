"""The contract of a logistics carrier: quote, ship, track, cancel.

Methods are async and may do network I/O; the engine calls them outside any transaction and under a time budget.
Words follow Karrio and Solidus: a service is what the carrier sells, a rate what it costs, a shipment what moves.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from engine.sdk.amounts import Address, Amount


class CarrierFault(Exception):
    """The carrier could not be asked or answered nonsense. The shop goes on with other carriers."""


@dataclass(frozen=True)
class Item:
    """One line of what is to be shipped. Weight is grams of one unit, value the price of one unit."""

    sku: str
    description: str
    quantity: int
    weight_grams: int
    value: Amount
    hs_code: str | None = None
    origin_country: str | None = None


@dataclass(frozen=True)
class RateBand:
    """Holds for total weights and subtotals from `min` up to, not including, `max` (None: no limit)."""

    amount: Amount
    min_weight_grams: int = 0
    max_weight_grams: int | None = None
    min_subtotal: int = 0
    max_subtotal: int | None = None


@dataclass(frozen=True)
class Service:
    """A delivery method the merchant offers for the destination, with the merchant's own table if there is one."""

    code: str
    name: str
    bands: tuple[RateBand, ...] = ()
    free_over: int | None = None
    """A subtotal in minor units from which delivery costs nothing."""
    minimum_delivery_days: int | None = None
    maximum_delivery_days: int | None = None


@dataclass(frozen=True)
class QuoteRequest:
    """What to price. `subtotal` is the sum of the lines; quotes come in its currency."""

    destination: Address
    items: tuple[Item, ...]
    subtotal: Amount
    services: tuple[Service, ...]
    origin: Address | None = None

    @property
    def weight_grams(self) -> int:
        return sum(item.weight_grams * item.quantity for item in self.items)


@dataclass(frozen=True)
class Quote:
    """The price of one asked service. A service without a quote is not available for this parcel."""

    service_code: str
    amount: Amount
    minimum_delivery_days: int | None = None
    maximum_delivery_days: int | None = None
    message: str = ""


@dataclass(frozen=True)
class ShipRequest:
    """`reference` names the fulfilment and is the same on every try: the carrier must not ship twice for it."""

    reference: str
    service_code: str
    destination: Address
    items: tuple[Item, ...]
    origin: Address | None = None


@dataclass(frozen=True)
class ShipResult:
    tracking_number: str
    carrier_reference: str
    tracking_url: str | None = None
    label: bytes | None = None
    """PDF."""
    cost: Amount | None = None


class TrackingStatus(StrEnum):
    PENDING = "PENDING"
    IN_TRANSIT = "IN_TRANSIT"
    DELIVERED = "DELIVERED"
    CANCELED = "CANCELED"
    FAILED = "FAILED"


@dataclass(frozen=True)
class TrackingEvent:
    status: TrackingStatus
    at: datetime
    description: str = ""
    location: str = ""


@dataclass(frozen=True)
class Tracking:
    status: TrackingStatus
    events: tuple[TrackingEvent, ...] = field(default=())


@runtime_checkable
class Carrier(Protocol):
    """Least: `quote` and `ship`. `track` and `cancel` are called only with their capability declared."""

    async def quote(self, request: QuoteRequest) -> Sequence[Quote]: ...

    async def ship(self, request: ShipRequest) -> ShipResult: ...


@runtime_checkable
class TrackingCarrier(Carrier, Protocol):
    async def track(self, carrier_reference: str) -> Tracking: ...


@runtime_checkable
class CancelingCarrier(Carrier, Protocol):
    async def cancel(self, carrier_reference: str) -> bool:
        """True when the shipment will not move; cancelling twice is the same as once."""
        ...
