"""What counts as the same answer: the data exactly, and of racing errors any one that a position could have."""

from typing import Any

import pytest
from graphql import build_schema, parse

from tests.differential.agreement import Answer, Problem, disagreement

SCHEMA = build_schema("""
  type Query { it: Thing list: [Thing!] }
  type Thing { must: Int! may: Int deep: Thing strict: Thing! }
""")
DOCUMENT = parse("{ it { must may deep { must may } strict { must } } list { must } }")


def problem(*path: str | int, message: str = "wrong") -> Problem:
    return Problem(path, message, ((1, 1),), "{}", "ValueError")


def answer(data: Any, *problems: Problem) -> Answer:
    return Answer(data, problems)


def found(stock: Answer, ours: Answer, *every: Problem) -> str | None:
    return disagreement(SCHEMA, DOCUMENT, stock, ours, Answer(None, every))


def test_equal_answers_agree_whatever_the_order_of_errors() -> None:
    one, other = problem("it", "may"), problem("it", "deep", "may")
    data = {"it": {"may": None, "deep": {"may": None}}}
    assert found(answer(data, one, other), answer(data, other, one)) is None


@pytest.mark.parametrize("ours", [{"it": None, "list": []}, {"list": [], "it": {}}, {"it": {"may": True}, "list": []}])
def test_data_must_be_equal_in_values_kinds_and_order(ours: Any) -> None:
    stock = {"it": {"may": 1}, "list": []}
    assert found(answer(stock), answer(ours)) == "the data differ"


def test_one_of_two_racing_errors_may_be_told() -> None:
    one, other = problem("it", "must"), problem("it", "strict", "must")
    data = {"it": None}
    assert found(answer(data, one), answer(data, other), one, other) is None
    assert "has this error of its own" in str(found(answer(data, one), answer(data, other), one))


def test_two_errors_may_not_take_the_same_position_away() -> None:
    one, other = problem("it", "must"), problem("it", "strict", "must")
    assert "took ('it',) away" in str(found(answer({"it": None}, one), answer({"it": None}, one, other), one, other))


def test_an_error_below_a_null_may_be_told_by_one_alone() -> None:
    taking, below = problem("it", "must"), problem("it", "may")
    assert found(answer({"it": None}, taking, below), answer({"it": None}, taking), taking, below) is None
    assert "has this error" in str(found(answer({"it": None}, taking, below), answer({"it": None}, taking), taking))


def test_a_null_is_explained_in_both_answers_or_in_neither() -> None:
    error = problem("list", 1, "must")
    assert "one answer alone" in str(found(answer({"list": None}, error), answer({"list": None}), error))


def test_no_error_stands_where_there_is_data() -> None:
    error = problem("it", "may")
    wrong = answer({"it": {"may": 1}}, error)
    assert "where there is data" in str(found(answer({"it": {"may": 1}}), wrong, error))


def test_errors_of_the_request_must_be_the_same() -> None:
    refused = Problem(None, "no", (), "{}", "NoneType")
    assert found(answer(None, refused), answer(None)) == "the errors of the request differ"


def test_what_an_error_says_counts() -> None:
    data, one, other = {"it": {"may": None}}, problem("it", "may"), problem("it", "may", message="other")
    assert "has this error" in str(found(answer(data, one), answer(data, other), one))


def test_what_was_done_counts() -> None:
    assert found(Answer({}, (), steps=1), Answer({}, (), steps=2)) == "a different number of steps was taken"
