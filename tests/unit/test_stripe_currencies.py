"""Amounts go to Stripe and back unchanged, or not at all."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.money import exponent
from engine.sdk.amounts import Amount
from plugins.stripe.currencies import (
    UnsupportedAmount,
    currency_rule,
    from_stripe,
    supported_currencies,
    to_stripe,
)

TODAY = date(2026, 11, 22)
currencies = st.sampled_from(sorted(supported_currencies()))


@pytest.mark.parametrize(
    ("minor", "currency", "stripe"),
    [
        (1250, "EUR", 1250),
        (500, "JPY", 500),
        (5, "ISK", 500),
        (5, "UGX", 500),
        (1200, "MGA", 12),
        (5120, "KWD", 5120),
        (99, "HUF", 99),
        (0, "USD", 0),
    ],
)
def test_each_kind_of_currency_is_counted_as_stripe_counts_it(minor, currency, stripe):
    assert to_stripe(Amount(minor, currency), TODAY) == stripe
    assert from_stripe(stripe, currency.lower(), TODAY) == Amount(minor, currency)


@pytest.mark.parametrize(("minor", "currency"), [(5124, "KWD"), (1210, "MGA"), (100, "IQD"), (100, "XXX")])
def test_an_amount_stripe_cannot_hold_is_refused_not_rounded(minor, currency):
    with pytest.raises(UnsupportedAmount):
        to_stripe(Amount(minor, currency), TODAY)


@given(currencies, st.integers(min_value=0, max_value=10**12))
def test_what_is_accepted_comes_back_the_same(currency, minor):
    try:
        value = to_stripe(Amount(minor, currency), TODAY)
    except UnsupportedAmount:
        assert currency in {"BHD", "JOD", "KWD", "MGA", "OMR", "TND"}
    else:
        assert from_stripe(value, currency, TODAY) == Amount(minor, currency)
        assert value % currency_rule(currency, TODAY).step == 0


def test_the_minor_units_are_the_engines_own():
    assert {code: currency_rule(code, TODAY).minor for code in supported_currencies()} == {
        code: exponent(code) for code in supported_currencies()
    }


def test_a_rule_begins_on_its_day():
    assert currency_rule("ISK", date(2023, 4, 13)).step == 1
    assert currency_rule("ISK", date(2023, 4, 14)).step == 100


def test_a_fraction_of_a_minor_unit_from_stripe_is_refused():
    with pytest.raises(UnsupportedAmount):
        from_stripe(1050, "isk", TODAY)
