"""Which orders a delivery method suits."""

from typing import Any

import pytest

from engine.shipping.rules import OfferedMethod, PostalCodes, delivers_to


def method(**limits: int) -> OfferedMethod:
    unset: dict[str, Any] = dict.fromkeys(
        ("tax_class_id", "minimum_delivery_days", "maximum_delivery_days", "minimum_order_amount",
         "maximum_order_amount", "free_over_amount")
    )  # fmt: skip
    return OfferedMethod(id=1, name="Post", carrier_id="c", service_code="s", bands=(), **{**unset, **limits})


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("10000", "19999", ("10000", "10115", "19999"), ("09999", "20000", "")),
        ("SW1", "SW9", ("SW1A 1AA", "sw9 7zz", "SW2"), ("SW10 9AA", "SE1 1AA", "N1")),
        ("BT1", None, ("BT1 1AA", "BT99", "ZE1"), ("AB10",)),
        ("75", "75", ("75", "75-001"), ("76",)),
    ],
)
def test_a_range_of_postal_codes_counts_numbers_as_numbers(
    start: str, end: str | None, inside: tuple[str, ...], outside: tuple[str, ...]
) -> None:
    codes = PostalCodes(start, end, included=True)
    assert [code for code in inside if not codes.has(code)] == []
    assert [code for code in outside if codes.has(code)] == []


def test_what_is_included_is_all_there_is_and_what_is_excluded_is_not() -> None:
    north, island = PostalCodes("10000", "19999", included=True), PostalCodes("18000", "18999", included=False)
    assert delivers_to((), "anything")
    assert delivers_to((north, island), "10115")
    assert not delivers_to((north, island), "18565")
    assert not delivers_to((north, island), "80331")
    assert delivers_to((island,), "80331")


def test_limits_of_price_and_weight_belong_to_their_range() -> None:
    priced = method(minimum_order_amount=1000, maximum_order_amount=5000)
    assert [priced.suits(amount, 0, "") for amount in (999, 1000, 5000, 5001)] == [False, True, True, False]
    weighed = method(minimum_order_weight_grams=500, maximum_order_weight_grams=2000)
    assert [weighed.suits(0, grams, "") for grams in (499, 500, 2000, 2001)] == [False, True, True, False]
