"""Which delivery methods suit an order, and which carrier is asked about which of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from engine.sdk.amounts import Amount
from engine.sdk.carriers import Quote, RateBand, Service


@dataclass(frozen=True)
class OfferedMethod:
    """A method as a channel offers it for a country. Amounts are minor units, as the channel enters prices."""

    id: int
    name: str
    carrier_id: str
    service_code: str
    tax_class_id: int | None
    minimum_delivery_days: int | None
    maximum_delivery_days: int | None
    minimum_order_amount: int | None
    maximum_order_amount: int | None
    free_over_amount: int | None
    bands: tuple[RateBand, ...]

    def suits(self, subtotal: int) -> bool:
        """Whether the merchant offers it for a subtotal; both limits belong to the range."""
        least, most = self.minimum_order_amount, self.maximum_order_amount
        return (least is None or subtotal >= least) and (most is None or subtotal <= most)

    def as_service(self) -> Service:
        return Service(
            code=self.service_code,
            name=self.name,
            bands=self.bands,
            free_over=self.free_over_amount,
            minimum_delivery_days=self.minimum_delivery_days,
            maximum_delivery_days=self.maximum_delivery_days,
        )


def calls(methods: Sequence[OfferedMethod]) -> list[tuple[str, tuple[OfferedMethod, ...]]]:
    """(carrier, methods) for each call to make: one a carrier, more only where methods share a service code."""
    found: list[tuple[str, dict[str, OfferedMethod]]] = []
    for method in methods:
        for carrier_id, batch in found:
            if carrier_id == method.carrier_id and method.service_code not in batch:
                batch[method.service_code] = method
                break
        else:
            found.append((method.carrier_id, {method.service_code: method}))
    return [(carrier_id, tuple(batch.values())) for carrier_id, batch in found]


def sound(quotes: Sequence[Quote], asked: Sequence[OfferedMethod], currency: str) -> dict[str, Quote]:
    """The quotes that answer what was asked, by service code: right service and currency, not negative, the cheapest.

    What else a carrier says is passed over.
    """
    codes = {method.service_code for method in asked}
    found: dict[str, Quote] = {}
    for quote in quotes:
        if quote.service_code not in codes or quote.amount.currency != currency or quote.amount.minor < 0:
            continue
        known = found.get(quote.service_code)
        if known is None or quote.amount.minor < known.amount.minor:
            found[quote.service_code] = quote
    return found


def band(row_amounts: tuple[int, int, int | None, int, int | None], currency: str) -> RateBand:
    """From (amount, least weight, most weight, least subtotal, most subtotal)."""
    amount, least, most, floor, ceiling = row_amounts
    return RateBand(Amount(amount, currency), least, most, floor, ceiling)
