from decimal import ROUND_HALF_UP, Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.money import (
    MAX_AMOUNT,
    CurrencyMismatch,
    InvalidAmount,
    Money,
    MoneyError,
    TooPrecise,
    UnknownCurrency,
    allocate,
    exponent,
    millipercent,
    round_half_up,
    tax_in_gross,
    tax_on_net,
    to_decimal,
    to_float,
    to_minor,
)
from engine.core.reference.currencies import CURRENCIES

amounts = st.integers(-MAX_AMOUNT, MAX_AMOUNT)
currencies = st.sampled_from(sorted(CURRENCIES))
rates = st.integers(0, 100_000)


def test_money_adds_subtracts_and_compares_within_a_currency() -> None:
    ten, four = Money(1000, "EUR"), Money(400, "EUR")
    assert ten + four == Money(1400, "EUR")
    assert four - ten == Money(-600, "EUR") == -Money(600, "EUR")
    assert four * 3 == Money(1200, "EUR")
    assert four < ten
    assert four <= four
    assert ten > four
    assert ten >= ten
    assert not Money(0, "EUR")
    assert str(Money(-5, "EUR")) == "-0.05 EUR"


def test_currencies_never_mix() -> None:
    euro, dollar = Money(1, "EUR"), Money(1, "USD")
    assert euro != dollar
    for combine in (
        lambda: euro + dollar,
        lambda: euro - dollar,
        lambda: euro < dollar,
        lambda: euro <= dollar,
        lambda: euro > dollar,
        lambda: euro >= dollar,
    ):
        with pytest.raises(CurrencyMismatch):
            combine()


def test_money_refuses_floats_bools_and_unknown_currencies() -> None:
    with pytest.raises(TypeError):
        Money(1.0, "EUR")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Money(True, "EUR")
    with pytest.raises(TypeError):
        Money(1, "EUR") * 1.5  # type: ignore[operator]
    for code in ("eur", "", "XAU", "EURO"):
        with pytest.raises(UnknownCurrency):
            Money(1, code)


@pytest.mark.parametrize(("code", "places"), [("JPY", 0), ("EUR", 2), ("RSD", 2), ("KWD", 3), ("CLF", 4)])
def test_exponents_are_those_of_the_standard(code: str, places: int) -> None:
    assert exponent(code) == places


@pytest.mark.parametrize(
    ("written", "code", "minor"),
    [
        ("19.99", "EUR", 1999),
        ("19.9", "EUR", 1990),
        (" -0.05 ", "EUR", -5),
        (".5", "EUR", 50),
        ("5.", "EUR", 500),
        (12, "KWD", 12000),
        (Decimal("1.500"), "JPY", None),
        (Decimal("7.000"), "JPY", 7),
        (Decimal("1E+3"), "JPY", 1000),
        ("0.000", "JPY", 0),
        (Decimal("-0E+999999"), "EUR", 0),
    ],
)
def test_to_minor(written: str | int | Decimal, code: str, minor: int | None) -> None:
    if minor is None:
        with pytest.raises(TooPrecise):
            to_minor(written, code)
    else:
        assert to_minor(written, code) == minor


@pytest.mark.parametrize(
    ("written", "minor"),
    [("0.005", 1), ("0.0049", 0), ("-0.005", -1), ("1.125", 113), (Decimal("1E-9999"), 0)],
)
def test_to_minor_rounds_half_up_when_asked(written: str | Decimal, minor: int) -> None:
    assert to_minor(written, "EUR", rounding=True) == minor
    with pytest.raises(TooPrecise):
        to_minor(written, "EUR")


@pytest.mark.parametrize(
    "written",
    [
        "",
        "1,99",
        "1e3",
        "1_000",
        "NaN",
        "inf",
        "--1",
        "١٢",
        Decimal("NaN"),
        Decimal("Infinity"),
        Decimal("1E+999999999"),
        "9" * 19,
        "92233720368547758.08",
        "1." + "0" * 5000,
    ],
)
def test_to_minor_refuses_what_is_no_amount(written: str | Decimal) -> None:
    with pytest.raises(InvalidAmount):
        to_minor(written, "EUR", rounding=True)


def test_to_minor_refuses_floats() -> None:
    with pytest.raises(TypeError):
        to_minor(1.1, "EUR")  # type: ignore[arg-type]


@given(amounts, currencies)
def test_minor_units_survive_the_way_out_and_back(amount: int, currency: str) -> None:
    assert to_minor(to_decimal(amount, currency), currency) == amount
    assert to_minor(f"{to_decimal(amount, currency):f}", currency) == amount


def test_to_decimal_and_to_float_carry_the_decimals() -> None:
    assert str(to_decimal(1900, "EUR")) == "19.00"
    assert str(to_decimal(-5, "KWD")) == "-0.005"
    assert str(to_decimal(5, "JPY")) == "5"
    assert to_float(1999, "EUR") == 19.99


@given(amounts, st.integers(1, MAX_AMOUNT))
def test_round_half_up_agrees_with_decimal(numerator: int, denominator: int) -> None:
    with localcontext(prec=80):
        expected = (Decimal(numerator) / Decimal(denominator)).quantize(Decimal(1), ROUND_HALF_UP)
    assert round_half_up(numerator, denominator) == int(expected)


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [3, 7], [2, 3]),
        (10, [0, 0, 0, 0], [3, 3, 2, 2]),
        (10, [0, 5], [0, 10]),
        (1, [1, 2, 2], [0, 1, 0]),
        (0, [], []),
    ],
)
def test_allocate(amount: int, weights: list[int], parts: list[int]) -> None:
    assert allocate(amount, weights) == parts


@given(amounts, st.lists(st.integers(0, 10**12), min_size=1, max_size=50))
def test_parts_sum_to_the_whole_and_stay_within_one_unit_of_their_share(amount: int, weights: list[int]) -> None:
    parts = allocate(amount, weights)
    assert sum(parts) == amount
    assert parts == [-part for part in allocate(-amount, weights)]
    shares = weights if any(weights) else [1] * len(weights)
    for part, share in zip(parts, shares, strict=True):
        assert abs(part * sum(shares) - amount * share) < sum(shares)
        assert share or part == 0


@given(amounts, st.integers(0, 10**6), st.integers(2, 40))
def test_equal_weights_favour_the_earlier(amount: int, weight: int, count: int) -> None:
    parts = [abs(part) for part in allocate(amount, [weight] * count)]
    assert parts == sorted(parts, reverse=True)
    assert parts[0] - parts[-1] <= 1


def test_allocate_refuses_what_it_cannot_split() -> None:
    with pytest.raises(ValueError, match="nothing"):
        allocate(1, [])
    with pytest.raises(ValueError, match="negative"):
        allocate(1, [2, -1])


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [(1000, 19000, 190), (1000, 7700, 77), (10000, 9975, 998), (1, 50000, 1), (-1000, 19000, -190)],
)
def test_tax_on_net(net: int, rate: int, tax: int) -> None:
    assert tax_on_net(net, rate) == tax


@pytest.mark.parametrize(
    ("gross", "rate", "tax"), [(1190, 19000, 190), (999, 25000, 200), (100, 0, 0), (-1190, 19000, -190)]
)
def test_tax_in_gross(gross: int, rate: int, tax: int) -> None:
    assert tax_in_gross(gross, rate) == tax


@given(amounts, rates)
def test_the_tax_in_a_gross_is_the_tax_on_its_net(net: int, rate: int) -> None:
    tax = tax_on_net(net, rate)
    assert tax_in_gross(net + tax, rate) == tax
    assert tax_on_net(-net, rate) == -tax


def test_rates_are_millipercent() -> None:
    assert millipercent("9.975") == 9975
    assert millipercent(19) == 19000
    assert millipercent(Decimal("7.70")) == 7700
    for wrong in ("-1", "1.2345", Decimal("NaN"), "x"):
        with pytest.raises(MoneyError):
            millipercent(wrong)
    for taxed in (tax_on_net, tax_in_gross):
        with pytest.raises(MoneyError):
            taxed(100, -1)
