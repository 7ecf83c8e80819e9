"""The root fields of a mutation run one after another, each with all below it; refusals are answers, not errors."""

import asyncio
from enum import StrEnum
from typing import Any

import pytest
import strawberry

from engine.core.errors import BadRequest, InvalidId, Refusal, Refusals
from schema.execution.fields import Rows, batch_field, mutation_field, payload, root_field
from schema.execution.guards import PUBLIC, needs
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Ask

pytestmark = pytest.mark.anyio


@strawberry.enum
class Code(StrEnum):
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"


@strawberry.type
class ThingError:
    field: str | None
    message: str | None
    code: Code


@strawberry.type
class Thing:
    number: int

    @batch_field
    async def slowly(parents: Rows, info: BatchInfo) -> list[int]:
        await asyncio.sleep(0)
        info.context.plugins.append(("read", [row["number"] for row in parents]))
        return [row["number"] for row in parents]


@strawberry.type
class ThingPayload:
    thing: Thing | None
    things: list[Thing]
    errors: list[ThingError]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def nothing(self, info: BatchInfo) -> int | None:
        return None


@strawberry.type
class Mutation:
    @mutation_field(PUBLIC, empty={"things": []})
    async def make(self, info: BatchInfo, number: int) -> ThingPayload:
        info.context.plugins.append(("make", number))
        await asyncio.sleep(0)
        if number == 0:
            raise Refusal("not nought", field="number")
        if number < 0:
            raise Refusals([Refusal("taken", code="TAKEN", field="number"), Refusal("odd", code="NEW_CODE")])
        if number > 99:
            raise InvalidId("x", "Thing")
        if number == 50:
            raise RuntimeError("broken")
        return payload(thing={"number": number}, things=[{"number": number}])  # type: ignore[no-any-return]

    @mutation_field(needs("MANAGE_ORDERS"), empty={"things": []})
    async def forbidden(self, info: BatchInfo) -> ThingPayload:
        raise AssertionError("nobody may")

    @root_field(PUBLIC)
    async def must(self, info: BatchInfo, number: int) -> int:
        info.context.plugins.append(("must", number))
        if number == 0:
            raise BadRequest("nought")
        return number


schema = build_schema(Query, Mutation, scalar_map={})


async def test_each_is_done_with_all_below_it_before_the_next_begins(ask: Ask) -> None:
    seen: list[Any] = []
    answer = await ask(
        schema,
        """mutation {
            a: make(number: 1) { thing { slowly } } b: must(number: 5) c: make(number: 2) { things { slowly } }
        }""",
        given=seen,
    )
    assert answer.errors == []
    assert answer.data == {"a": {"thing": {"slowly": 1}}, "b": 5, "c": {"things": [{"slowly": 2}]}}
    assert seen == [("make", 1), ("read", [1]), ("must", 5), ("make", 2), ("read", [2])]


async def test_one_that_fails_leaves_the_others_to_run(ask: Ask) -> None:
    seen: list[Any] = []
    text = "mutation { a: make(number: 50) { errors { code } } b: forbidden { errors { code } } c: must(number: 5) }"
    answer = await ask(schema, text, given=seen)
    assert answer.data == {"a": None, "b": None, "c": 5}
    assert [path for _, path in answer.errors] == [["a"], ["b"]]
    assert seen == [("make", 50), ("must", 5)]


async def test_none_is_begun_after_one_whose_failing_takes_all_away(ask: Ask) -> None:
    seen: list[Any] = []
    text = "mutation { make(number: 1) { errors { code } } bad: must(number: 0) must(number: 7) }"
    answer = await ask(schema, text, given=seen)
    assert (answer.data, answer.errors) == (None, [("nought", ["bad"])])
    assert seen == [("make", 1), ("must", 0)]


@pytest.mark.parametrize(
    ("number", "errors"),
    [
        (1, []),
        (0, [{"field": "number", "message": "not nought", "code": "INVALID"}]),
        (
            -1,
            [
                {"field": "number", "message": "taken", "code": "TAKEN"},
                {"field": None, "message": "odd", "code": "INVALID"},
            ],
        ),
        (100, [{"field": "id", "message": str(InvalidId("x", "Thing")), "code": "NOT_FOUND"}]),
    ],
)
async def test_refusals_stand_in_the_payload(ask: Ask, number: int, errors: list[dict[str, Any]]) -> None:
    fields = "thing { number } things { number } errors { field message code }"
    text = f"mutation($n: Int!) {{ make(number: $n) {{ {fields} }} }}"
    answer = await ask(schema, text, given=[], n=number)
    assert answer.errors == []
    thing = None if errors else {"number": number}
    assert answer.data == {"make": {"thing": thing, "things": [thing] if thing else [], "errors": errors}}


async def test_the_same_mutation_by_alias_runs_as_often_as_it_stands_there(ask: Ask) -> None:
    seen: list[Any] = []
    text = "mutation { a: make(number: 1) { thing { number } } b: make(number: 1) { thing { number } } ...M }"
    text += " fragment M on Mutation { a: make(number: 1) { errors { code } } }"
    answer = await ask(schema, text, given=seen)
    assert answer.data == {"a": {"thing": {"number": 1}, "errors": []}, "b": {"thing": {"number": 1}}}
    assert seen == [("make", 1), ("make", 1)]
