"""Reading the merchant's own price table, for carriers that have none and for when one does not answer."""

from engine.sdk.amounts import Amount
from engine.sdk.carriers import RateBand, Service


def matches(band: RateBand, weight_grams: int, subtotal: int) -> bool:
    """`min` belongs to a band, `max` to the next one."""
    return (
        band.min_weight_grams <= weight_grams
        and (band.max_weight_grams is None or weight_grams < band.max_weight_grams)
        and band.min_subtotal <= subtotal
        and (band.max_subtotal is None or subtotal < band.max_subtotal)
    )


def table_amount(service: Service, weight_grams: int, subtotal: Amount) -> Amount | None:
    """The price of the cheapest band that holds, nothing from `free_over` on; None where no band holds.

    A parcel too heavy for every band is not delivered, free or not. Bands in another currency are passed over.
    """
    prices = [
        band.amount.minor
        for band in service.bands
        if band.amount.currency == subtotal.currency and matches(band, weight_grams, subtotal.minor)
    ]
    if not prices:
        return None
    free = service.free_over is not None and subtotal.minor >= service.free_over
    return Amount(0 if free else min(prices), subtotal.currency)
