"""The table-rate carrier: bands, free delivery, tracking numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from engine.sdk.amounts import Address, Amount
from engine.sdk.carriers import Item, QuoteRequest, RateBand, Service, ShipRequest
from engine.sdk.rates import table_amount
from plugins.table_rate.carrier import TableRateCarrier, TableRateConfig, is_tracking_number, tracking_number

pytestmark = pytest.mark.anyio

BERLIN = Address(country="DE", city="Berlin", postal_code="10115")


def euros(minor: int) -> Amount:
    return Amount(minor, "EUR")


def by_weight(*steps: tuple[int, int | None, int]) -> tuple[RateBand, ...]:
    return tuple(RateBand(euros(price), min_weight_grams=low, max_weight_grams=high) for low, high, price in steps)


PARCEL = Service("parcel", "Parcel", bands=by_weight((0, 1000, 490), (1000, 5000, 790)), free_over=10_000)


@pytest.mark.parametrize(
    ("weight", "subtotal", "price"),
    [
        (0, 0, 490),
        (999, 0, 490),
        (1000, 0, 790),
        (4999, 9_999, 790),
        (4999, 10_000, 0),
        (5000, 0, None),
        (5000, 10_000, None),
    ],
)
def test_a_band_holds_from_its_least_up_to_but_not_with_its_most(weight: int, subtotal: int, price: int | None) -> None:
    found = table_amount(PARCEL, weight, euros(subtotal))
    assert (found and found.minor) == price


def test_the_cheapest_of_several_bands_that_hold_wins() -> None:
    bands = (RateBand(euros(900)), RateBand(euros(700), min_subtotal=5000), RateBand(euros(800), max_subtotal=5000))
    service = Service("s", "S", bands=bands)
    assert table_amount(service, 1, euros(4999)) == euros(800)
    assert table_amount(service, 1, euros(5000)) == euros(700)


def test_bands_of_another_currency_and_empty_tables_give_no_price() -> None:
    assert table_amount(Service("s", "S", bands=(RateBand(Amount(1, "USD")),)), 1, euros(1)) is None
    assert table_amount(Service("s", "S", free_over=0), 1, euros(1)) is None


edges = st.integers(0, 50)
bands = st.builds(
    lambda price, low, span, floor, width: RateBand(
        euros(price), low, None if span is None else low + span, floor, None if width is None else floor + width
    ),
    edges, edges, st.none() | st.integers(1, 20), edges, st.none() | st.integers(1, 20),
)  # fmt: skip


@given(st.lists(bands, max_size=6), edges, edges)
def test_a_price_is_that_of_a_band_that_holds_and_none_that_holds_is_cheaper(
    table: list[RateBand], weight: int, subtotal: int
) -> None:
    holding = [
        band.amount.minor
        for band in table
        if weight in range(band.min_weight_grams, band.max_weight_grams or 10**9)
        and subtotal in range(band.min_subtotal, band.max_subtotal or 10**9)
    ]
    found = table_amount(Service("s", "S", bands=tuple(table)), weight, euros(subtotal))
    assert (found and found.minor) == (min(holding) if holding else None)


async def test_only_services_with_a_price_are_quoted_for_the_whole_parcels_weight() -> None:
    letter = Service("letter", "Letter", bands=by_weight((0, 500, 190)), minimum_delivery_days=1)
    item = Item("CUP", "Cup", 3, 300, euros(1000))
    request = QuoteRequest(BERLIN, (item,), euros(3000), (letter, PARCEL))
    quotes = await TableRateCarrier(TableRateConfig()).quote(request)
    assert [(quote.service_code, quote.amount.minor) for quote in quotes] == [("parcel", 490)]


async def test_a_reference_ships_once_and_two_references_twice() -> None:
    carrier = TableRateCarrier(TableRateConfig(tracking_url="https://parcels.example/{number}"))
    first, again, other = [
        await carrier.ship(ShipRequest(reference, "parcel", BERLIN, ())) for reference in ("f-1", "f-1", "f-2")
    ]
    assert first == again
    assert first.tracking_number != other.tracking_number
    assert first.tracking_url == f"https://parcels.example/{first.tracking_number}"


@given(st.text(), st.integers(0, 16), st.integers(1, 9))
def test_a_mistyped_digit_is_noticed(reference: str, place: int, by: int) -> None:
    number = tracking_number("AGY", reference)
    assert is_tracking_number("AGY", number)
    at = len("AGY") + place
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert not is_tracking_number("AGY", wrong)


@pytest.mark.parametrize(
    "text", ["", "AGY", "AGY1", "XYZ00000000000000001", "AGY0000000000000000１", "AGY00000000000000002"]
)
def test_what_is_no_number_of_ours_is_said_to_be_none(text: str) -> None:
    assert not is_tracking_number("AGY", text)


@pytest.mark.parametrize("values", [{"tracking_prefix": "a1"}, {"tracking_url": "javascript:{number}"}, {"x": 1}])
def test_a_senseless_configuration_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        TableRateConfig.model_validate(values)
