"""Quotes from the merchant's bands. Nothing here does I/O."""

import hashlib
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from engine.sdk.carriers import Quote, QuoteRequest, ShipRequest, ShipResult
from engine.sdk.rates import table_amount

DIGITS = 15


class TableRateConfig(BaseModel):
    """How shipments are named."""

    model_config = ConfigDict(extra="forbid")

    tracking_prefix: str = Field(
        default="AGY", pattern=r"^[A-Z]{2,6}$", description="Letters that every tracking number begins with."
    )
    tracking_url: str = Field(
        default="",
        pattern=r"^$|^https?://[^\s]+\{number\}[^\s]*$",
        description="Page to follow a parcel on, with {number} in it; empty for none.",
    )


class TableRateCarrier:
    """Keeps `engine.sdk.carriers.Carrier`."""

    def __init__(self, config: TableRateConfig):
        self._config = config

    async def quote(self, request: QuoteRequest) -> Sequence[Quote]:
        """The cheapest matching band of each asked service; a service without one is left out."""
        weight = request.weight_grams
        quotes = []
        for service in request.services:
            amount = table_amount(service, weight, request.subtotal)
            if amount is not None:
                quotes.append(
                    Quote(
                        service.code,
                        amount,
                        minimum_delivery_days=service.minimum_delivery_days,
                        maximum_delivery_days=service.maximum_delivery_days,
                    )
                )
        return quotes

    async def ship(self, request: ShipRequest) -> ShipResult:
        """The same reference always gets the same tracking number, so that asking twice ships once."""
        number = tracking_number(self._config.tracking_prefix, request.reference)
        url = self._config.tracking_url.replace("{number}", number) or None
        return ShipResult(tracking_number=number, carrier_reference=number, tracking_url=url)


def tracking_number(prefix: str, reference: str) -> str:
    """`prefix`, 15 digits drawn from the reference, and two check digits (ISO 7064, MOD 97-10, over the digits)."""
    body = int.from_bytes(hashlib.sha256(reference.encode()).digest()[:16], "big") % 10**DIGITS
    check = 98 - body * 100 % 97
    return f"{prefix}{body:0{DIGITS}d}{check:02d}"


def is_tracking_number(prefix: str, number: str) -> bool:
    """Whether the check digits of one of our numbers hold."""
    digits = number.removeprefix(prefix)
    plain = number.startswith(prefix) and digits.isascii() and digits.isdecimal()
    return plain and len(digits) == DIGITS + 2 and int(digits) % 97 == 1
