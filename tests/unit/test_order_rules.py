"""The order's statuses: what follows from what has shipped, and what may be done when."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders import rules
from engine.orders.models import FULFILLMENT_STATUSES, STATUSES

statuses = st.sampled_from(STATUSES)


@pytest.mark.parametrize(
    ("fulfilled", "returned", "status"),
    [
        (0, 0, "UNFULFILLED"),
        (1, 0, "PARTIALLY_FULFILLED"),
        (3, 0, "FULFILLED"),
        (3, 1, "PARTIALLY_RETURNED"),
        (1, 1, "PARTIALLY_RETURNED"),
        (3, 3, "RETURNED"),
    ],
)
def test_the_status_follows_the_quantities(fulfilled: int, returned: int, status: str) -> None:
    assert rules.status_by_quantity("UNFULFILLED", 3, fulfilled, returned) == status


@pytest.mark.parametrize("status", ["DRAFT", "UNCONFIRMED", "CANCELED", "EXPIRED"])
def test_an_order_that_shipped_nothing_keeps_a_status_that_is_not_about_shipping(status: str) -> None:
    assert rules.status_by_quantity(status, 3, 0) == status


@given(statuses, st.integers(1, 9), st.data())
def test_taking_a_fulfilment_back_returns_to_the_status_before_it(
    status: str, ordered: int, data: st.DataObject
) -> None:
    fulfilled = data.draw(st.integers(0, ordered))
    before = rules.status_by_quantity(status, ordered, fulfilled)
    after = rules.status_by_quantity(before, ordered, ordered)
    assert after == "FULFILLED"
    if fulfilled or before == "UNFULFILLED":
        assert rules.status_by_quantity(after, ordered, fulfilled) == before


@given(statuses, st.integers(1, 9), st.integers(0, 9), st.integers(0, 9))
def test_every_status_has_a_display(status: str, ordered: int, fulfilled: int, returned: int) -> None:
    assert rules.status_by_quantity(status, ordered, fulfilled, returned) in rules.STATUS_DISPLAY


def test_orders_begin_confirmed_or_wait_for_staff() -> None:
    assert rules.first_status(confirmed=True) == "UNFULFILLED"
    assert rules.first_status(confirmed=False) == "UNCONFIRMED"
    assert [status for status in STATUSES if rules.can_confirm(status)] == ["UNCONFIRMED"]


def test_only_an_open_order_can_be_fulfilled() -> None:
    assert [status for status in STATUSES if rules.can_fulfill(status)] == ["UNFULFILLED", "PARTIALLY_FULFILLED"]


def test_an_ended_or_draft_order_cannot_be_cancelled() -> None:
    refused = [status for status in STATUSES if not rules.can_cancel(status, [])]
    assert refused == ["DRAFT", "CANCELED", "EXPIRED"]


@given(st.lists(st.sampled_from(FULFILLMENT_STATUSES), max_size=4))
def test_goods_on_their_way_stand_against_cancelling(found: list[str]) -> None:
    moving = {"FULFILLED", "WAITING_FOR_APPROVAL"}
    assert rules.can_cancel("UNFULFILLED", found) is moving.isdisjoint(found)


def test_a_fulfilment_is_cancelled_once() -> None:
    allowed = [status for status in FULFILLMENT_STATUSES if rules.can_cancel_fulfillment(status)]
    assert allowed == ["FULFILLED", "WAITING_FOR_APPROVAL"]


@given(st.dictionaries(st.integers(0, 5), st.integers(1, 9)), st.dictionaries(st.integers(0, 5), st.integers(0, 9)))
def test_no_line_ships_more_than_is_left_of_it(wanted: dict[int, int], left: dict[int, int]) -> None:
    beyond = set(rules.beyond_what_is_left(wanted, left))
    for line, quantity in wanted.items():
        assert (line in beyond) is (quantity > left.get(line, 0))
