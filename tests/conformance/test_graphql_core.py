"""graphql-core's own execution tests pass with our executor, save for the listed ones."""

from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.conformance.known import disagreements, known, totals
from tests.conformance.source import NAME, Unavailable, unpack
from tests.conformance.suite import Run, run

STOCK = Run({"a": "passed", "b": "passed", "c": "failed"}, 0, 0, "")
LISTED = replace(known(), reasons={"a kind": {"b": "a reason"}})


def test_the_list_was_read_for_the_release_in_use() -> None:
    assert version(NAME) == known().version


def test_every_known_difference_has_its_reason() -> None:
    assert all(reason for reasons in known().reasons.values() for reason in reasons.values())


def test_a_difference_that_is_not_listed_is_told() -> None:
    ours = Run({"a": "failed", "b": "failed", "c": "failed"}, 0, 0, "")
    assert disagreements(LISTED, STOCK, ours, whole=True) == ["differs and is not listed: a"]


def test_a_listed_difference_that_is_gone_is_told() -> None:
    ours = Run({"a": "passed", "b": "passed", "c": "failed"}, 0, 0, "")
    assert disagreements(LISTED, STOCK, ours, whole=True) == ["is listed and passes: b"]


def test_tests_that_were_not_run_are_told_unless_only_some_were_wanted() -> None:
    ours = Run({"c": "failed"}, 0, 0, "")
    assert disagreements(LISTED, STOCK, ours, whole=True) == [
        "is listed and does not exist: b",
        "was not run with our executor: a",
        "was not run with our executor: b",
    ]
    assert disagreements(LISTED, STOCK, ours, whole=False) == []


def test_graphql_cores_execution_tests(tmp_path: Path) -> None:
    listed = known()
    try:
        root = unpack(listed.version, listed.sha256, tmp_path)
    except Unavailable as error:
        pytest.skip(f"the source distribution of {NAME} cannot be had: {error}")
    stock, ours = run(root, "stock"), run(root, "ours")
    assert len(stock.passed) > 700, stock.output
    assert disagreements(listed, stock, ours, whole=True) == [], ours.output
    # a run in which nothing went breadth-first would prove nothing
    assert ours.operations - ours.delegated > 300, totals(listed, stock, ours)
