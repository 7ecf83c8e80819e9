from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.ids import to_global
from engine.promotions.checks import Rule, judge
from engine.promotions.rules import PredicateFault, Term, clauses, holds, next_turn
from tests.promoting import choosing, off

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
EUR = {1: "EUR", 2: "EUR"}


def test_what_stands_side_by_side_must_all_be_met() -> None:
    found = clauses({**choosing(product=[2, 1]), **choosing(category=[7])})
    assert found == [{Term("PRODUCT", frozenset({1, 2})), Term("CATEGORY", frozenset({7}))}]


def test_alternatives_of_alternatives_are_taken_apart() -> None:
    either = choosing(variant=[1], collection=[2])
    found = clauses({"AND": [either, choosing(category=[3])]})
    category = Term("CATEGORY", frozenset({3}))
    assert set(found) == {
        frozenset({Term("VARIANT", frozenset({1})), category}),
        frozenset({Term("COLLECTION", frozenset({2})), category}),
    }


@pytest.mark.parametrize("empty", [None, {}, {"OR": []}, {"productPredicate": {"ids": []}}, {"productPredicate": {}},
                                   {"AND": [{}, choosing(product=[1])]}])  # fmt: skip
def test_what_asks_nothing_chooses_nothing(empty: dict[str, Any] | None) -> None:
    assert clauses(empty) == []


def test_conditions_within_one_kind_nest_too() -> None:
    one, two = ({"ids": [to_global("Product", id)]} for id in (1, 2))
    assert len(clauses({"productPredicate": {"OR": [one, two]}})) == 2
    assert clauses({"productPredicate": {"AND": [one, two]}}) == [
        {Term("PRODUCT", frozenset({1})), Term("PRODUCT", frozenset({2}))}
    ]


def test_a_predicate_that_cannot_be_asked_is_refused() -> None:
    deep: dict[str, Any] = choosing(product=[1])
    for _ in range(7):
        deep = {"OR": [deep]}
    wide = {"AND": [choosing(product=[n], variant=[n]) for n in range(7)]}
    other: list[dict[str, Any]] = [{"productPredicate": {"price": {"eq": 1}}}, {"pagePredicate": {"ids": []}}]
    for wrong in (deep, wide, *other):
        with pytest.raises(PredicateFault):
            clauses(wrong)


moments = st.integers(-5, 5).map(lambda days: NOON + timedelta(days=days))


@given(moments, st.none() | moments, moments)
def test_a_promotion_holds_from_its_start_until_before_its_end(
    start: datetime, end: datetime | None, now: datetime
) -> None:
    turn = next_turn(start, end, now)
    if end is not None and end <= start:
        assert not holds(start, end, now)
    elif turn is None:
        assert holds(start, end, now) == (end is None)
    else:
        assert turn > now
        assert holds(start, end, now) == (turn == end)


@pytest.mark.parametrize(
    ("rule", "faults"),
    [
        (Rule(), {("cataloguePredicate", "REQUIRED"), ("rewardValueType", "REQUIRED"), ("rewardValue", "REQUIRED")}),
        (off("5", {}, (), fixed=True), {("channels", "MISSING_CHANNELS")}),
        (off("5", {}, (1, 3), fixed=True), {("rewardValueType", "MULTIPLE_CURRENCIES_NOT_ALLOWED")}),
        (off("5.001", {}, (1,), fixed=True), {("rewardValue", "INVALID_PRECISION")}),
        (off("0.0001", {}, (1,)), {("rewardValue", "INVALID_PRECISION")}),
        (off("100.001", {}, (1,)), {("rewardValue", "INVALID")}),
        (off("5", {"x": 1}, (1, 9)), {("channels", "NOT_FOUND"), ("cataloguePredicate", "INVALID")}),
        (off("5", {}, (1,)).changed({"gift_ids": frozenset({1})}), {("gifts", "INVALID")}),
        (off("5", {}, (1,)).changed({"order_predicate": {}}), {("orderPredicate", "INVALID")}),
    ],
)  # fmt: skip
def test_a_catalogue_rule_says_what_is_wrong_with_it(rule: Rule, faults: set[tuple[str, str]]) -> None:
    currencies = {id: currency for id, currency in {**EUR, 3: "USD"}.items() if id in rule.channel_ids}
    judged, found = judge(rule, "CATALOGUE", currencies)
    assert judged is None
    assert {(refusal.field, refusal.code) for refusal in found} == faults


@pytest.mark.parametrize(
    ("asked", "faults"),
    [
        ({}, {("rewardType", "REQUIRED"), ("orderPredicate", "REQUIRED")}),
        ({"order_predicate": {}, "reward_type": "GIFT"}, {("gifts", "REQUIRED")}),
        (
            {"order_predicate": {}, "reward_type": "GIFT", "gift_ids": frozenset({1}), "reward_value": Decimal(1)},
            {("rewardValue", "INVALID")},
        ),
        (
            {"order_predicate": {}, "reward_type": "SUBTOTAL_DISCOUNT"},
            {("rewardValue", "REQUIRED"), ("rewardValueType", "REQUIRED")},
        ),
        ({"order_predicate": {}, "reward_type": "GIFT", "gift_ids": frozenset(range(501))},
         {("gifts", "GIFTS_NUMBER_LIMIT")}),
    ],
)  # fmt: skip
def test_an_order_rule_says_what_is_wrong_with_it(asked: dict[str, Any], faults: set[tuple[str, str]]) -> None:
    judged, found = judge(Rule(**asked), "ORDER", {})
    assert judged is None
    assert {(refusal.field, refusal.code) for refusal in found} == faults


def test_a_reward_is_kept_in_whole_numbers() -> None:
    judged, _ = judge(off("12.5", {}, EUR), "CATALOGUE", EUR)
    fixed, _ = judge(off("12.5", {}, EUR, fixed=True), "CATALOGUE", EUR)
    assert judged is not None
    assert fixed is not None
    assert (judged.columns["reward_value"], judged.columns["currency"]) == (12_500, "EUR")
    assert (fixed.columns["reward_value"], fixed.columns["currency"]) == (1_250, "EUR")
