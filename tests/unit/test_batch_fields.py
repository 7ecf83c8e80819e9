"""The resolver convention: one call for all parents, aligned results, failures in their own place."""

import asyncio

import pytest
import strawberry
from graphql import execute, parse

from engine.core.context import ANONYMOUS, Caller, Ctx
from engine.core.errors import BadRequest
from schema.execution.batching import Execution
from schema.execution.fields import Rows, batch_field, root_field, row_field
from schema.execution.guards import PUBLIC, needs
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema

pytestmark = pytest.mark.anyio
calls: list[object] = []
never = asyncio.Event()


@strawberry.type
class Leaf:
    name: str


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    lives: int


@strawberry.type
class Dog(Named):
    tricks: int


@strawberry.type
class Thing:
    number: int

    @row_field
    def doubled(row: Rows, times: int = 2) -> int:
        return row["number"] * times

    @batch_field
    async def leaf(parents: Rows, info: BatchInfo, prefix: str = "leaf") -> list[Leaf | None]:
        calls.append(("leaf", prefix, [row["number"] for row in parents], info.selects("name")))
        return [{"name": f"{prefix}-{row['number']}"} if row["number"] else None for row in parents]

    @batch_field
    async def odd(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [row["number"] if row["number"] % 2 else BadRequest("even") for row in parents]

    @batch_field
    async def slow(parents: Rows, info: BatchInfo) -> list[int | None]:
        calls.append("slow began")
        try:
            await never.wait()
        finally:
            calls.append("slow ended")
        return [1] * len(parents)

    @batch_field
    async def missing(parents: Rows, info: BatchInfo) -> list[int]:
        await asyncio.sleep(0)
        return [None] * len(parents)  # type: ignore[list-item]

    @batch_field
    async def short(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [1]

    @batch_field(guard=needs("MANAGE_ORDERS"))
    async def secret(parents: Rows, info: BatchInfo) -> list[int | None]:
        calls.append("secret")
        return [7] * len(parents)

    @batch_field
    async def pets(parents: Rows, info: BatchInfo) -> list[list[Named]]:
        both = [{"__typename": "Cat", "name": "Tom", "lives": 9}, {"__typename": "Dog", "name": "Rex", "tricks": 3}]
        return [both for _ in parents]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def things(self, info: BatchInfo, count: int = 3) -> list[Thing]:
        return [{"number": number} for number in range(count)]


@strawberry.type
class Mutation:
    @root_field(PUBLIC)
    async def nothing(self, info: BatchInfo) -> int | None:
        return None


schema = build_schema(Query, Mutation, scalar_map={}, types=(Cat, Dog))


async def run(text: str, caller: Caller = ANONYMOUS) -> tuple[object, list[str]]:
    calls.clear()
    ctx = Ctx(settings=None, database=None, reads=None, caller=caller)  # type: ignore[arg-type]
    result = await execute(schema._schema, parse(text), context_value=Execution(ctx))  # type: ignore[misc]
    return result.data, [str(error.message) for error in result.errors or []]


async def test_all_parents_are_resolved_in_one_call() -> None:
    data, errors = await run("{ things { leaf { name } } }")
    assert (data, errors) == (
        {"things": [{"leaf": None}, {"leaf": {"name": "leaf-1"}}, {"leaf": {"name": "leaf-2"}}]},
        [],
    )
    assert calls == [("leaf", "leaf", [0, 1, 2], True)]


async def test_each_selection_with_its_own_arguments_is_a_call_of_its_own() -> None:
    await run('{ things { a: leaf(prefix: "a") { name } b: leaf(prefix: "b") { __typename } } }')
    assert calls == [("leaf", "a", [0, 1, 2], True), ("leaf", "b", [0, 1, 2], False)]


async def test_selects_looks_into_fragments_and_conditions() -> None:
    await run("{ things { leaf { ...F } } } fragment F on Leaf { name }")
    assert calls[0] == ("leaf", "leaf", [0, 1, 2], True)
    await run("{ things { leaf { __typename name @skip(if: true) } } }")
    assert calls[0] == ("leaf", "leaf", [0, 1, 2], False)


async def test_a_fragment_is_told_what_is_selected_beside_it_in_each_place() -> None:
    await run(
        "{ things(count: 1) { ...F leaf { name } } more: things(count: 1) { ...F } }"
        " fragment F on Thing { leaf { __typename } }"
    )
    assert calls == [("leaf", "leaf", [0], True), ("leaf", "leaf", [0], False)]


async def test_what_nobody_waits_for_is_stopped_before_the_answer() -> None:
    ctx = Ctx(settings=None, database=None, reads=None)  # type: ignore[arg-type]
    execution = Execution(ctx)
    calls.clear()
    result = await execute(  # type: ignore[misc]
        schema._schema, parse("{ things { slow missing } }"), context_value=execution
    )
    assert result.data is None
    assert calls == ["slow began"]
    await execution.close()
    assert calls == ["slow began", "slow ended"]


async def test_an_exception_in_a_position_fails_that_position_alone() -> None:
    data, errors = await run("{ things { odd } }")
    assert (data, errors) == ({"things": [{"odd": None}, {"odd": 1}, {"odd": None}]}, ["even", "even"])


async def test_a_wrong_length_is_said_loudly() -> None:
    _, errors = await run("{ things { short } }")
    assert len(errors) == 3
    assert "answered 1 values for 3 parents" in errors[0]


async def test_a_guard_stops_the_batch_before_the_resolver_runs() -> None:
    data, errors = await run("{ things { secret } }")
    assert data == {"things": [{"secret": None}] * 3}
    assert len(errors) == 3
    assert calls == []
    assert await run("{ things { secret } }", Caller(user_id=1, permissions=frozenset({"MANAGE_ORDERS"}))) == (
        {"things": [{"secret": 7}] * 3},
        [],
    )


async def test_rows_are_read_by_name_and_name_their_type_in_abstract_places() -> None:
    data, _ = await run(
        "{ things(count: 1) { doubled(times: 5) pets { name ... on Cat { lives } ... on Dog { tricks } } } }"
    )
    assert data == {"things": [{"doubled": 0, "pets": [{"name": "Tom", "lives": 9}, {"name": "Rex", "tricks": 3}]}]}
