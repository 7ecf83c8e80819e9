"""The API is a promise to clients: `schema/schema.graphql` says it; whatever breaks it is planned and has a reason."""

import subprocess
import tomllib
from pathlib import Path

import pytest
from graphql import GraphQLSchema, build_schema, find_breaking_changes

from schema.root import schema

ROOT = Path(__file__).parents[2]
COMMITTED = "schema/schema.graphql"
PLANNED = "schema/breaking_changes.toml"
LOOKED_BACK = 20
"""Changes of the file: far enough for everything that is pushed at once."""


def planned() -> dict[str, str]:
    entries = tomllib.loads((ROOT / PLANNED).read_text()).get("planned", [])
    return {entry["change"]: entry["reason"] for entry in entries}


def unplanned(before: str, now: GraphQLSchema) -> set[str]:
    changes = find_breaking_changes(build_schema(before, assume_valid=True), now)
    return {change.description for change in changes} - planned().keys()


def earlier() -> list[str]:
    """The file as it was committed last, and as it was some changes before."""
    try:
        known = _git("log", f"-{LOOKED_BACK}", "--format=%H", "--", COMMITTED).split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git history to compare with")
    return [_git("show", f"{commit}:{COMMITTED}") for commit in dict.fromkeys((*known[:1], *known[-1:]))]


def _git(*arguments: str) -> str:
    return subprocess.run(("git", *arguments), cwd=ROOT, check=True, capture_output=True, text=True).stdout


def test_the_committed_schema_is_the_one_that_is_served() -> None:
    same = (ROOT / COMMITTED).read_text() == schema.as_str().rstrip() + "\n"
    assert same, f"run: uv run argosy schema export --output {COMMITTED}"


def test_no_change_breaks_clients_without_a_plan() -> None:
    now = schema._schema
    broken = set().union(*(unplanned(text, now) for text in earlier()))
    assert broken == set(), f"undo it, or write it with its reason into {PLANNED}"


def test_every_planned_change_says_why() -> None:
    assert all(reason.strip() for reason in planned().values())


def test_what_was_taken_away_or_made_necessary_is_found() -> None:
    before = "type Query { gone: Int, made(of: Int): Int } enum Kind { A B }"
    now = build_schema("type Query { made(of: Int!): Int } enum Kind { A }")
    assert unplanned(before, now) == {
        "Field Query.gone was removed.",
        "Argument Query.made(of:) has changed type from Int to Int!.",
        "Enum value Kind.B was removed.",
    }
