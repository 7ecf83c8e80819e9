from hypothesis import given
from hypothesis import strategies as st

from engine.tax.rules import Rate, choose, split

amounts = st.integers(min_value=0, max_value=10**12)
rates = st.integers(min_value=0, max_value=100_000)


@given(amounts, rates, st.booleans())
def test_one_side_of_a_split_is_the_amount_and_tax_is_never_negative(amount: int, rate: int, with_tax: bool) -> None:
    net, gross = split(amount, rate, entered_with_tax=with_tax)
    assert (gross if with_tax else net) == amount
    assert net <= gross


@given(amounts, rates)
def test_net_of_a_gross_is_within_half_a_unit_of_the_exact_value(amount: int, rate: int) -> None:
    net, gross = split(amount, rate, entered_with_tax=True)
    # |net - gross / (1 + rate)| <= 1/2, in whole numbers
    assert abs(2 * (net * (100_000 + rate) - gross * 100_000)) <= 100_000 + rate


def test_german_and_new_york_prices() -> None:
    assert split(11_900, 19_000, entered_with_tax=True) == (10_000, 11_900)
    assert split(10_000, 8_875, entered_with_tax=False) == (10_000, 10_888)
    assert split(999, 0, entered_with_tax=True) == (999, 999)


def test_the_class_goes_before_the_default_and_the_region_before_the_country() -> None:
    country, region = Rate("", None, 1), Rate("NY", None, 2)
    class_country, class_region = Rate("", 7, 3), Rate("NY", 7, 4)
    every = [country, class_country, class_region, region]
    assert choose(every, "NY", 7) == 4
    assert choose([country, region, class_country], "NY", 7) == 3
    assert choose(every, "NY", None) == 2
    assert choose(every, "CA", 7) == 3
    assert choose(every, "CA", 8) == 1
    assert choose([Rate("NY", 7, 4)], "", 7) == 0
    assert choose([], "", None) == 0
