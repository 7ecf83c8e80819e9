"""A cart's statuses, limits and fingerprint."""

from hypothesis import given
from hypothesis import strategies as st

from engine.checkout.rules import (
    AuthorizeStatus,
    ChargeStatus,
    VariantState,
    authorize_status,
    charge_status,
    fingerprint,
    over_limit,
    unbuyable,
)

amounts = st.integers(0, 1000)


@given(amounts, amounts, amounts)
def test_payment_statuses_follow_the_sums(total: int, authorized: int, charged: int) -> None:
    found = authorize_status(total, authorized, charged, has_lines=True)
    assert (found is AuthorizeStatus.FULL) == (authorized + charged >= total)
    assert (found is AuthorizeStatus.NONE) == (authorized + charged == 0 < total)
    paid = charge_status(total, charged, has_lines=True)
    assert (paid is ChargeStatus.OVERCHARGED) == (charged > total)
    assert (paid is ChargeStatus.FULL) == (charged == total)
    assert (paid is ChargeStatus.NONE) == (charged == 0 < total)


def test_an_empty_cart_is_not_paid_for() -> None:
    assert authorize_status(0, 0, 0, has_lines=False) is AuthorizeStatus.NONE
    assert charge_status(0, 0, has_lines=False) is ChargeStatus.NONE
    assert authorize_status(0, 0, 0, has_lines=True) is AuthorizeStatus.FULL
    assert charge_status(0, 0, has_lines=True) is ChargeStatus.FULL


PLACE = {
    "country": "DE", "country_area": "", "city": "Berlin", "city_area": "", "postal_code": "10115",
    "street_address_1": "Weg 1", "street_address_2": "",
}  # fmt: skip


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 5)), min_size=1), st.randoms())
def test_a_fingerprint_sees_what_is_bought_but_not_in_which_lines(lines: list[tuple[int, int]], random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    variant, quantity = lines[0]
    split_up = [*[(variant, 1)] * quantity, *lines[1:]]
    same = fingerprint(PLACE, lines, "EUR")
    assert fingerprint(PLACE, shuffled, "EUR") == fingerprint(PLACE, split_up, "EUR") == same
    assert fingerprint(PLACE, [*lines, (9, 1)], "EUR") != same
    assert fingerprint({**PLACE, "postal_code": "10117"}, lines, "EUR") != same
    assert fingerprint(PLACE, lines, "USD") != same


def test_each_variant_is_refused_for_the_first_reason_only() -> None:
    states = [
        VariantState(1, has_price=True, is_published=True, for_sale=True, quantity_limit=None),
        VariantState(2, has_price=False, is_published=False, for_sale=False, quantity_limit=None),
        VariantState(3, has_price=True, is_published=False, for_sale=False, quantity_limit=None),
        VariantState(4, has_price=True, is_published=True, for_sale=False, quantity_limit=None),
    ]
    assert [(fault.code, fault.variant_ids) for fault in unbuyable(states)] == [
        ("UNAVAILABLE_VARIANT_IN_CHANNEL", (2,)),
        ("PRODUCT_NOT_PUBLISHED", (3,)),
        ("PRODUCT_UNAVAILABLE_FOR_PURCHASE", (4,)),
    ]


def test_a_customers_limit_and_the_carts_own_both_count() -> None:
    limited = VariantState(1, True, True, True, quantity_limit=3)
    free = VariantState(2, True, True, True, quantity_limit=None)
    assert over_limit({1: 3, 2: 10_000}, [limited, free]) == []
    assert [each.variant_id for each in over_limit({1: 4, 2: 10_001}, [limited, free])] == [1, 2]
