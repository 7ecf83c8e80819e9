from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from engine.pricing.rules import PriceRange, VariantPricing, line_total

amounts = st.integers(min_value=0, max_value=10**9)
rates = st.integers(min_value=0, max_value=100_000)

variants = st.builds(
    VariantPricing,
    variant_id=st.integers(1, 10**6),
    currency=st.just("EUR"),
    amount=amounts,
    undiscounted_amount=st.just(0),
    rate=st.just(19_000),
    tax_class_id=st.none(),
    entered_with_tax=st.booleans(),
)


@given(amounts, st.integers(1, 500), rates, st.booleans())
def test_a_line_is_taxed_as_a_whole(amount: int, quantity: int, rate: int, with_tax: bool) -> None:
    net, gross = line_total(amount, quantity, rate, with_tax)
    assert (gross if with_tax else net) == amount * quantity
    assert abs(net * (100_000 + rate) - gross * 100_000) * 2 <= 100_000 + rate


def test_a_line_rounds_once_where_units_would_round_thrice() -> None:
    assert line_total(333, 3, 19_000, True) == (839, 999)
    assert line_total(333, 1, 19_000, True)[0] * 3 == 840


def test_the_properties_of_a_price_are_its_split() -> None:
    price = VariantPricing(1, "EUR", 5_950, 11_900, 19_000, None, True)
    assert price.price == (5_000, 5_950)
    assert price.undiscounted == (10_000, 11_900)
    assert price.on_sale
    assert not replace(price, undiscounted_amount=5_950).on_sale


@given(st.lists(variants, min_size=1, max_size=8), st.integers(0, 1000), rates, st.booleans())
def test_the_ends_of_a_range_are_those_of_all_its_prices(
    made: list[VariantPricing], reduction: int, rate: int, with_tax: bool
) -> None:
    prices = [replace(v, undiscounted_amount=v.amount + reduction, rate=rate, entered_with_tax=with_tax) for v in made]
    low, high = min(v.amount for v in prices), max(v.amount for v in prices)
    found = PriceRange("EUR", low, high, low + reduction, high + reduction, rate, with_tax)
    now = [p.price for p in prices]
    before = [p.undiscounted for p in prices]
    assert (found.start, found.stop) == (min(now), max(now))
    assert (found.undiscounted_start, found.undiscounted_stop) == (min(before), max(before))


def test_a_range_below_what_it_was_is_on_sale() -> None:
    assert PriceRange("EUR", 100, 300, 200, 300, 0, True).on_sale
    assert not PriceRange("EUR", 100, 300, 100, 400, 0, True).on_sale
