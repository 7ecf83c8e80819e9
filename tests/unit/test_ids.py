"""Ids that come from outside are judged before they reach the database."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.errors import InvalidId
from engine.core.ids import int_pk, to_global, uuid7, uuid_pk


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_a_global_id_gives_its_key_back(pk: int) -> None:
    assert int_pk(to_global("Product", pk), "Product") == pk


def test_a_uuid_key_comes_back_too() -> None:
    key = uuid7()
    assert uuid_pk(to_global("Order", key), "Order") == key


@pytest.mark.parametrize(
    "given_id",
    ["", "12", "not base64!", to_global("Order", 1), to_global("Product", "x"), to_global("Product", "-1"),
     to_global("Product", 2**63), to_global("Product", "٣"), "UHJvZHVjdDo=", "A" * 10_000, "\ud800"],
)  # fmt: skip
def test_what_is_no_id_of_the_type_is_refused(given_id: str) -> None:
    with pytest.raises(InvalidId, match="Expected: Product"):
        int_pk(given_id, "Product")


@given(st.text(max_size=60))
def test_no_text_does_anything_but_be_refused(given_id: str) -> None:
    with pytest.raises(InvalidId):
        uuid_pk(given_id, "Checkout")


def test_uuid7_is_version_seven_ordered_by_time_and_never_the_same() -> None:
    made = [uuid7() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert {key.version for key in made} == {7}
    assert {key.variant for key in made} == {uuid.RFC_4122}
    milliseconds = [key.int >> 80 for key in made]
    assert milliseconds == sorted(milliseconds)
