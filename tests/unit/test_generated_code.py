"""Generated code knows the usual case; the unusual is completed with care, and no resolver is called twice for it."""

from collections.abc import Callable
from typing import Any

import pytest
import strawberry

from engine.core.errors import BadRequest
from schema.execution import compile as generated
from schema.execution.executor import execute
from schema.execution.fields import Rows, batch_field, root_field, row_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Ask, NoMutation, make_ctx, prepared

pytestmark = pytest.mark.anyio


@strawberry.type
class Item:
    name: str | None
    sure: str

    @row_field
    def length(row: Rows) -> int:
        return len(row["name"])

    @batch_field
    async def number(parents: Rows, info: BatchInfo) -> list[int | None]:
        info.context.plugins["calls"].append(("number", len(parents)))
        return [row.get("number") for row in parents]

    @batch_field
    async def inner(parents: Rows, info: BatchInfo) -> list["Item | None"]:
        info.context.plugins["calls"].append(("inner", len(parents)))
        return [row.get("inner") for row in parents]

    @batch_field
    async def many(parents: Rows, info: BatchInfo) -> list["list[Item | None] | None"]:
        info.context.plugins["calls"].append(("many", len(parents)))
        return [row.get("many") for row in parents]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def items(self, info: BatchInfo) -> list[Item | None]:
        info.context.plugins["calls"].append(("items",))
        return info.context.plugins["items"]  # type: ignore[no-any-return]


schema = build_schema(Query, NoMutation, scalar_map={})
PLAIN = "{ items { name sure length number inner { name number } many { sure number } } }"
GOOD = {"name": "n", "sure": "s", "number": 1}
ROW = {**GOOD, "inner": GOOD, "many": [GOOD, GOOD]}


@pytest.fixture
def careful(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was completed with care."""
    taken: list[str] = []
    complete: Callable[..., Any] = vars(generated)["complete"]
    assemble: Callable[..., Any] = generated.assemble

    async def completed(run: Any, field: Any, *rest: Any) -> Any:
        taken.append(field.field_name)
        return await complete(run, field, *rest)

    async def assembled(run: Any, scope: Any, *rest: Any) -> Any:
        taken.append(scope.type.name)
        return await assemble(run, scope, *rest)

    monkeypatch.setattr(generated, "complete", completed)
    monkeypatch.setattr(generated, "assemble", assembled)
    return taken


async def calls_of(items: list[Any]) -> tuple[Any, list[Any], list[list[str | int] | None]]:
    calls: list[Any] = []
    result, _ = await execute(prepared(schema, PLAIN), {}, make_ctx({"items": items, "calls": calls}))
    return result.data, calls, [error.path for error in result.errors or []]


ONCE = [("items",), ("number", 2), ("inner", 2), ("number", 2), ("many", 2), ("number", 4)]


async def test_the_usual_case_is_answered_by_generated_code_alone(careful: list[str]) -> None:
    data, calls, errors = await calls_of([ROW, ROW])
    good = {"name": "n", "number": 1}
    one = {"name": "n", "sure": "s", "length": 1, "number": 1, "inner": good, "many": [{"sure": "s", "number": 1}] * 2}
    assert (data, errors) == ({"items": [one, one]}, [])
    assert calls == ONCE
    assert careful == []


@pytest.mark.parametrize(
    ("second", "paths"),
    [
        ({**ROW, "name": BadRequest("no")}, [["items", 1, "name"], ["items", 1, "length"]]),
        ({**ROW, "sure": None}, [["items", 1, "sure"]]),
        ({**ROW, "name": None}, [["items", 1, "length"]]),
        ({**ROW, "number": "x"}, [["items", 1, "number"]]),
        ({**ROW, "number": BadRequest("no")}, [["items", 1, "number"]]),
        ({**ROW, "inner": {**GOOD, "name": [5]}}, [["items", 1, "inner", "name"]]),
        ({**ROW, "inner": {**GOOD, "number": 2**31}}, [["items", 1, "inner", "number"]]),
        ({**ROW, "many": [GOOD, {**GOOD, "sure": None}]}, [["items", 1, "many", 1, "sure"]]),
        ({**ROW, "many": [GOOD, {**GOOD, "number": 0.5}]}, [["items", 1, "many", 1, "number"]]),
    ],
)
async def test_the_unusual_in_one_row_calls_no_resolver_again(
    careful: list[str], second: Any, paths: list[list[str | int]]
) -> None:
    data, calls, errors = await calls_of([ROW, second])
    assert errors == paths
    assert calls == ONCE
    assert careful
    assert data["items"][0] == (await calls_of([ROW, ROW]))[0]["items"][0]


async def test_a_missing_row_among_rows_is_left_out_of_the_batches_below(careful: list[str]) -> None:
    data, calls, errors = await calls_of([ROW, None, {**ROW, "inner": None, "many": [None, GOOD]}])
    assert errors == []
    assert data["items"][1] is None
    assert data["items"][2]["inner"] is None
    assert data["items"][2]["many"] == [None, {"sure": "s", "number": 1}]
    assert calls == [("items",), ("number", 2), ("inner", 2), ("number", 1), ("many", 2), ("number", 3)]


async def test_answer_keys_are_never_taken_for_code(ask: Ask) -> None:
    """Whatever a name may be in GraphQL, be it a word of Python or of the generated function."""
    words = "class None r rows run scope k0 e0 t1 lambda __builtins__ _ await c0 v field_0".split()
    text = " ".join(f"{word}: number {word}x: name" for word in words)
    answer = await ask(schema, f"{{ items {{ {text} }} }}", given={"items": [GOOD], "calls": []})
    assert answer.errors == []
    assert answer.data["items"] == [{key: value for word in words for key, value in ((word, 1), (f"{word}x", "n"))}]


async def test_many_fields_in_one_selection(ask: Ask) -> None:
    text = " ".join(f"a{n}: number b{n}: name" for n in range(300))
    calls: list[Any] = []
    answer = await ask(schema, f"{{ items {{ {text} }} }}", given={"items": [GOOD], "calls": calls})
    assert len(answer.data["items"][0]) == 600
    assert calls == [("items",), *[("number", 1)] * 300]
