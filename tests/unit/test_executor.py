"""A batch resolver is called once per selection, for all parents there; what it says of one position stays there."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest
import strawberry

from engine.core.context import Caller
from engine.core.errors import BadRequest
from schema.execution.fields import Rows, batch_field, root_field, row_field
from schema.execution.guards import PUBLIC, Guard, needs
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Answer, Ask, NoMutation

pytestmark = pytest.mark.anyio


class Counting(Guard):
    """Notes every check."""

    def check(self, caller: Caller) -> None:
        CHECKED.append(caller.user_id)
        super().check(caller)


CHECKED: list[int | None] = []
SECRET = Counting(("MANAGE_ORDERS",))


@dataclass
class Shelf:
    """What a test's resolvers find, and which of them were called with how many parents."""

    answers: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[Any, ...]] = field(default_factory=list)


@strawberry.type
class Leaf:
    name: str

    @batch_field
    async def size(parents: Rows, info: BatchInfo) -> list[int]:
        info.context.plugins.calls.append(("size", len(parents)))
        return [len(row["name"]) for row in parents]


@strawberry.type
class Thing:
    number: int

    @row_field
    def doubled(row: Rows) -> int:
        if row["number"] == 13:
            raise BadRequest("not this one")
        return int(row["number"]) * 2

    @batch_field
    async def leaf(parents: Rows, info: BatchInfo, prefix: str = "leaf") -> list[Leaf | None]:
        info.context.plugins.calls.append(("leaf", prefix, len(parents)))
        return [{"name": f"{prefix}{row['number']}"} for row in parents]  # type: ignore[misc]

    @batch_field
    async def things(parents: Rows, info: BatchInfo, count: int = 2) -> list[list["Thing"]]:
        info.context.plugins.calls.append(("things", len(parents)))
        return [[{"number": 10 * row["number"] + n} for n in range(count)] for row in parents]  # type: ignore[misc]

    @batch_field
    async def grid(parents: Rows, info: BatchInfo) -> list[list[list["Thing"]]]:
        rows: Rows = [[{"number": 1}, {"number": 2}], [], [{"number": 3}]]
        return [rows for _ in parents]

    @batch_field
    async def told(parents: Rows, info: BatchInfo) -> list[int | None]:
        info.context.plugins.calls.append(("told", len(parents)))
        found = info.context.plugins.answers["told"]
        if isinstance(found, Exception):
            raise found
        return found  # type: ignore[no-any-return]

    @batch_field
    async def never(parents: Rows, info: BatchInfo) -> list[int | None]:
        info.context.plugins.calls.append(("never", len(parents)))
        try:
            await asyncio.Event().wait()
        finally:
            info.context.plugins.calls.append(("stopped",))
        raise AssertionError("nobody set it")

    @batch_field(guard=SECRET)
    async def secret(parents: Rows, info: BatchInfo) -> list[int | None]:
        info.context.plugins.calls.append(("secret", len(parents)))
        return [7] * len(parents)


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def things(self, info: BatchInfo, count: int = 3) -> list[Thing]:
        return [{"number": n} for n in range(1, count + 1)]  # type: ignore[misc]

    @root_field(PUBLIC)
    async def thing(self, info: BatchInfo, number: int) -> Thing | None:
        return {"number": number}  # type: ignore[return-value]

    @root_field(needs("MANAGE_ORDERS"))
    async def orders(self, info: BatchInfo) -> int | None:
        return 5


schema = build_schema(Query, NoMutation, scalar_map={})
MANAGER = Caller(user_id=1, permissions=frozenset({"MANAGE_ORDERS"}))


async def test_a_batch_resolver_is_called_once_for_all_parents_of_all_lists(ask: Ask) -> None:
    shelf = Shelf()
    answer = await ask(schema, "{ things { things { leaf { name size } } } }", given=shelf)
    assert answer.errors == []
    assert [[one["leaf"] for one in each["things"]] for each in answer.data["things"]] == [
        [{"name": "leaf10", "size": 6}, {"name": "leaf11", "size": 6}],
        [{"name": "leaf20", "size": 6}, {"name": "leaf21", "size": 6}],
        [{"name": "leaf30", "size": 6}, {"name": "leaf31", "size": 6}],
    ]
    assert shelf.calls == [("things", 3), ("leaf", "leaf", 6), ("size", 6)]


async def test_lists_of_lists_are_one_batch_and_keep_their_form(ask: Ask) -> None:
    shelf = Shelf()
    answer = await ask(schema, "{ things(count: 2) { grid { number leaf { name } } } }", given=shelf)
    row = [
        [{"number": 1, "leaf": {"name": "leaf1"}}, {"number": 2, "leaf": {"name": "leaf2"}}],
        [],
        [{"number": 3, "leaf": {"name": "leaf3"}}],
    ]
    assert answer.data == {"things": [{"grid": row}, {"grid": row}]}
    assert shelf.calls == [("leaf", "leaf", 6)]


async def test_each_alias_with_its_own_arguments_is_a_call_of_its_own(ask: Ask) -> None:
    shelf = Shelf()
    answer = await ask(
        schema, '{ things(count: 1) { a: leaf(prefix: "a") { name } b: leaf(prefix: "b") { name } } }', given=shelf
    )
    assert answer.data == {"things": [{"a": {"name": "a1"}, "b": {"name": "b1"}}]}
    assert shelf.calls == [("leaf", "a", 1), ("leaf", "b", 1)]


async def test_the_same_selection_said_several_times_is_merged_into_one_call_in_the_order_first_said(ask: Ask) -> None:
    shelf = Shelf()
    answer = await ask(
        schema,
        "{ things(count: 1) { ...A leaf { size } number ... { leaf { n: name } } } }"
        " fragment A on Thing { leaf { name } doubled }",
        given=shelf,
    )
    assert answer.data == {"things": [{"leaf": {"name": "leaf1", "size": 5, "n": "leaf1"}, "doubled": 2, "number": 1}]}
    assert list(answer.data["things"][0]) == ["leaf", "doubled", "number"]
    assert list(answer.data["things"][0]["leaf"]) == ["name", "size", "n"]
    assert shelf.calls == [("leaf", "leaf", 1), ("size", 1)]


async def test_nobody_is_asked_for_no_parents(ask: Ask) -> None:
    CHECKED.clear()
    shelf = Shelf()
    answer = await ask(schema, "{ things(count: 0) { leaf { size } secret things { secret } } }", given=shelf)
    assert (answer.data, answer.errors) == ({"things": []}, [])
    assert (shelf.calls, CHECKED) == ([], [])


async def test_a_guard_is_checked_once_per_batch_and_stops_it(ask: Ask) -> None:
    CHECKED.clear()
    shelf = Shelf()
    answer = await ask(schema, "{ things { number secret } }", given=shelf)
    assert answer.data == {"things": [{"number": n, "secret": None} for n in (1, 2, 3)]}
    assert [path for _, path in answer.errors] == [["things", n, "secret"] for n in range(3)]
    assert (shelf.calls, CHECKED) == ([], [None])
    granted = await ask(schema, "{ things { secret } }", given=shelf, caller=MANAGER)
    assert (granted.data, granted.errors) == ({"things": [{"secret": 7}] * 3}, [])
    assert (shelf.calls, CHECKED) == ([("secret", 3)], [None, 1])


async def test_a_denied_root_field_leaves_the_others_their_answers(ask: Ask) -> None:
    answer = await ask(schema, "{ orders thing(number: 4) { number } }")
    assert answer.data == {"orders": None, "thing": {"number": 4}}
    assert [path for _, path in answer.errors] == [["orders"]]
    assert (await ask(schema, "{ orders }", caller=MANAGER)).data == {"orders": 5}


async def test_an_exception_in_a_position_fails_that_position_alone(ask: Ask) -> None:
    shelf = Shelf({"told": [1, BadRequest("no"), 3]})
    answer = await ask(schema, "{ things { number told } }", given=shelf)
    assert answer.data == {
        "things": [{"number": 1, "told": 1}, {"number": 2, "told": None}, {"number": 3, "told": 3}],
    }
    assert answer.errors == [("no", ["things", 1, "told"])]
    assert shelf.calls == [("told", 3)]


async def test_a_raise_fails_every_position(ask: Ask) -> None:
    shelf = Shelf({"told": BadRequest("none of them")})
    answer = await ask(schema, "{ things { number told } }", given=shelf)
    assert answer.data == {"things": [{"number": n, "told": None} for n in (1, 2, 3)]}
    assert answer.errors == [("none of them", ["things", n, "told"]) for n in range(3)]


@pytest.mark.parametrize("values", [[1, 2], [1, 2, 3, 4], []], ids=["short", "long", "none"])
async def test_a_wrong_length_is_said_loudly_in_every_position(ask: Ask, values: list[int]) -> None:
    answer = await ask(schema, "{ things { told } }", given=Shelf({"told": values}))
    assert answer.data == {"things": [{"told": None}] * 3}
    assert len(answer.errors) == 3
    assert f"answered {len(values)} values for 3 parents" in answer.errors[0][0]


async def test_an_answer_that_is_no_list_fails_every_position(ask: Ask) -> None:
    answer = await ask(schema, "{ things { told } }", given=Shelf({"told": None}))
    assert answer.data == {"things": [{"told": None}] * 3}
    assert len(answer.errors) == 3


async def test_a_function_of_a_row_that_raises_fails_its_own_row(ask: Ask) -> None:
    answer = await ask(schema, "{ good: thing(number: 12) { doubled } bad: thing(number: 13) { doubled } }")
    assert answer.data == {"good": {"doubled": 24}, "bad": None}
    assert answer.errors == [("not this one", ["bad", "doubled"])]


async def test_typename_is_answered_at_the_root_and_below(ask: Ask) -> None:
    answer = await ask(schema, "{ __typename t: __typename things(count: 1) { __typename grid { __typename } } }")
    assert answer.data == {
        "__typename": "Query",
        "t": "Query",
        "things": [
            {"__typename": "Thing", "grid": [[{"__typename": "Thing"}] * 2, [], [{"__typename": "Thing"}]]},
        ],
    }


async def test_a_cancelled_operation_stops_where_it_is(ask: Ask) -> None:
    shelf = Shelf()
    running: asyncio.Future[Answer] = asyncio.ensure_future(
        ask(schema, "{ things { leaf { name } never told } }", given=shelf)
    )
    while ("never", 3) not in shelf.calls:
        await asyncio.sleep(0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert shelf.calls == [("leaf", "leaf", 3), ("never", 3), ("stopped",)]


async def test_a_deadline_around_an_operation_is_kept(ask: Ask) -> None:
    shelf = Shelf()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await ask(schema, "{ things { never } }", given=shelf)
    assert shelf.calls[-1] == ("stopped",)


async def test_a_resolver_that_took_too_long_by_its_own_account_fails_its_field(ask: Ask) -> None:
    answer = await ask(schema, "{ things { number told } }", given=Shelf({"told": TimeoutError("too slow")}))
    assert answer.data == {"things": [{"number": n, "told": None} for n in (1, 2, 3)]}
    assert [message for message, _ in answer.errors] == ["too slow"] * 3
