"""What a document may do at the edges of what generated code knows."""

from typing import Any

import graphql
import pytest
import strawberry
from graphql import DocumentNode, Undefined, parse
from strawberry.permission import BasePermission

from schema.execution.batching import Execution
from schema.execution.errors import Refused
from schema.execution.executor import BreadthFirstExecutor, execute
from schema.execution.fields import Rows, batch_field, root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Answer, NoMutation, by_hook, make_ctx, prepared, straight

pytestmark = pytest.mark.anyio


@strawberry.input
class Strict:
    n: int

    def __post_init__(self) -> None:
        if self.n < 0:
            raise ValueError("negative")


@strawberry.input(one_of=True)
class One:
    x: strawberry.Maybe[int]
    y: strawberry.Maybe[str]


class No(BasePermission):
    message = "no"

    def has_permission(self, source: Any, info: Any, **kwargs: Any) -> bool:
        return False


@strawberry.interface
class Named:
    name: str


@strawberry.type
class Cat(Named):
    lives: int


@strawberry.type
class Thing:
    number: int
    text: str | None
    deep: list[list["Thing"]]
    secret: str | None = strawberry.field(permission_classes=[No])

    @batch_field
    async def pets(parents: Rows, info: BatchInfo) -> list[list[Named | None]]:
        return [[{"__typename": "Cat", "name": "c", "lives": 1}] for _ in parents]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def thing(
        self, info: BatchInfo, words: list[str] | None = None, strict: Strict | None = None, one: One | None = None
    ) -> Thing | None:
        return info.context.plugins or {"number": 1, "secret": "s"}

    @root_field(PUBLIC)
    async def other(self, info: BatchInfo) -> int | None:
        return 5


schema = build_schema(Query, NoMutation, scalar_map={}, types=(Cat,))


async def test_null_may_be_written_out_for_a_list() -> None:
    assert (await straight(schema, "{ thing(words: null) { number } }")).data == {"thing": {"number": 1}}


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("{ other thing { number @include(if: $f) } }", {"other": 5, "thing": None}),
        ("{ other thing { pets { name @include(if: $f) } } }", {"other": 5, "thing": {"pets": [None]}}),
    ],
)
async def test_a_condition_that_is_null_is_an_error_of_the_field_above(text: str, data: Any) -> None:
    answer = await straight(schema, f"query($f: Boolean = true) {text}", f=None)
    assert (answer.data, len(answer.errors)) == (data, 1)


async def test_a_condition_that_is_null_at_the_root_fails_the_operation() -> None:
    operation = prepared(schema, "query($f: Boolean = true) { other @include(if: $f) }")
    result, _ = await execute(operation, {"f": None}, make_ctx())
    assert (result.data, len(result.errors or [])) == (None, 1)


async def test_an_input_in_the_document_that_cannot_be_made_fails_its_field() -> None:
    answer = await straight(schema, "{ other thing(strict: {n: -1}) { number } }")
    assert answer == Answer({"other": 5, "thing": None}, [("negative", ["thing"])])


async def test_a_one_of_input_without_a_choice_is_refused() -> None:
    with pytest.raises(Refused):
        await straight(schema, "query($o: One) { thing(one: $o) { number } }", o={})


async def test_undefined_is_null() -> None:
    assert (await straight(schema, "{ thing { text } }", given={"text": Undefined})).data == {"thing": {"text": None}}


async def test_permission_classes_hold() -> None:
    result, run = await execute(prepared(schema, "{ thing { secret } }"), {}, make_ctx())
    assert (result.data, run) == ({"thing": {"secret": None}}, None)


async def test_strawberrys_own_execute_runs_breadth_first(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []
    plan = BreadthFirstExecutor._plan
    monkeypatch.setattr(BreadthFirstExecutor, "_plan", lambda self, s: seen.append(plan(self, s)) or seen[-1])
    await schema.execute("{ other }", context_value=Execution(make_ctx()))
    assert seen[0] is not None


async def test_other_fragments_under_the_same_operation_are_another_operation() -> None:
    document, other = (
        parse("{ thing { ...F } } fragment F on Thing { number }"),
        parse("fragment F on Thing { n: number }"),
    )
    mixed = DocumentNode(definitions=(document.definitions[0], other.definitions[0]))
    for sent, key in ((document, "number"), (mixed, "n")):
        found: Any = graphql.execute(
            schema._schema, sent, context_value=Execution(make_ctx()), executor_class=BreadthFirstExecutor
        )
        assert list((await found).data["thing"]) == [key]


async def test_what_nests_deeper_than_python_compiles_is_answered_all_the_same() -> None:
    row: Any = {"number": 1}
    for _ in range(90):
        row = {"deep": [[row]]}
    assert (await by_hook(schema, "{ thing" + " { deep" * 90 + " { number }" + " }" * 91, given=row)).errors == []
