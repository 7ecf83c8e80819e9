"""What a resolver is given: absent, null and default told apart, from the document or from variables."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

import pytest
import strawberry
from graphql.execution import values

from schema.common.scalars import SCALARS, JSONString
from schema.execution import arguments
from schema.execution.errors import Refused
from schema.execution.executor import execute
from schema.execution.fields import Rows, batch_field, root_field, row_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Ask, NoMutation, make_ctx, prepared

pytestmark = pytest.mark.anyio


@strawberry.enum
class Color(StrEnum):
    RED = "red"
    BLUE = "blue"


@strawberry.input
class Money:
    amount: int
    currency: str = "EUR"
    note: str | None = strawberry.UNSET
    tags: list[str] | None = strawberry.UNSET
    inner: "Money | None" = strawberry.UNSET


@strawberry.type
class Thing:
    number: int

    @row_field
    def times(row: Rows, by: int = 2) -> int:
        return int(row["number"] * by)

    @batch_field
    async def plus(parents: Rows, info: BatchInfo, add: int | None = None) -> list[int]:
        info.context.plugins.append(("plus", add))
        return [row["number"] + (add or 0) for row in parents]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def take(
        self,
        info: BatchInfo,
        whole: int | None = strawberry.UNSET,
        five: int = 5,
        words: list[str] | None = strawberry.UNSET,
        color: Color | None = strawberry.UNSET,
        colors: list[Color] | None = strawberry.UNSET,
        money: Money | None = strawberry.UNSET,
        monies: list[Money] | None = strawberry.UNSET,
        json: JSONString | None = strawberry.UNSET,
        some_id: strawberry.ID | None = strawberry.UNSET,
    ) -> bool:
        given = dict(locals())
        info.context.plugins.append({name: value for name, value in given.items() if name not in ("self", "info")})
        return True

    @root_field(PUBLIC)
    async def needed(self, info: BatchInfo, number: int) -> Thing | None:
        return {"number": number}  # type: ignore[return-value]


schema = build_schema(Query, NoMutation, scalar_map=SCALARS)


async def taken(ask: Ask, text: str, **variables: Any) -> dict[str, Any]:
    """The arguments that `take` got, without those that were left out."""
    got: list[dict[str, Any]] = []
    answer = await ask(schema, text, given=got, **variables)
    assert answer.errors == []
    return {name: value for name, value in got[0].items() if value is not strawberry.UNSET}


@pytest.mark.parametrize(
    ("written", "given"),
    [
        ("", {"five": 5}),
        ("whole: null", {"five": 5, "whole": None}),
        ("whole: 3 five: 6", {"five": 6, "whole": 3}),
        ('words: ["a", "b"]', {"five": 5, "words": ["a", "b"]}),
        ('words: "a"', {"five": 5, "words": ["a"]}),
        ("color: BLUE", {"five": 5, "color": Color.BLUE}),
        ("colors: [RED, BLUE]", {"five": 5, "colors": [Color.RED, Color.BLUE]}),
        ('json: "{\\"a\\": 1}"', {"five": 5, "json": {"a": 1}}),
        ("someId: 7", {"five": 5, "some_id": "7"}),
        ("money: null", {"five": 5, "money": None}),
        ("money: {amount: 1}", {"five": 5, "money": Money(amount=1)}),
        ('money: {amount: 1, note: null, tags: "t"}', {"five": 5, "money": Money(amount=1, note=None, tags=["t"])}),
        (
            'money: {amount: 1, inner: {amount: 2, currency: "USD"}}',
            {"five": 5, "money": Money(amount=1, inner=Money(amount=2, currency="USD"))},
        ),
        ("monies: [{amount: 1}]", {"five": 5, "monies": [Money(amount=1)]}),
    ],
)
async def test_what_stands_in_the_document_is_given(ask: Ask, written: str, given: dict[str, Any]) -> None:
    assert await taken(ask, f"{{ take{f'({written})' if written else ''} }}") == given


@pytest.mark.parametrize(
    ("declared", "used", "variables", "given"),
    [
        ("$v: Int", "whole: $v", {}, {"five": 5}),
        ("$v: Int", "whole: $v", {"v": None}, {"five": 5, "whole": None}),
        ("$v: Int", "whole: $v", {"v": 4}, {"five": 5, "whole": 4}),
        ("$v: Int = 9", "whole: $v", {}, {"five": 5, "whole": 9}),
        ("$v: Int = 9", "whole: $v", {"v": None}, {"five": 5, "whole": None}),
        ("$v: Int = 9", "five: $v", {}, {"five": 9}),
        ("$v: [String!]", "words: $v", {"v": "a"}, {"five": 5, "words": ["a"]}),
        ("$v: [String!]", "words: $v", {"v": None}, {"five": 5, "words": None}),
        ("$v: [String!]", "words: $v", {}, {"five": 5}),
        ("$v: String!", "words: [$v, $v]", {"v": "a"}, {"five": 5, "words": ["a", "a"]}),
        ("$v: Color", "color: $v", {"v": "BLUE"}, {"five": 5, "color": Color.BLUE}),
        ("$v: [Color!]", "colors: $v", {"v": ["RED"]}, {"five": 5, "colors": [Color.RED]}),
        ("$v: ID", "someId: $v", {"v": 5}, {"five": 5, "some_id": "5"}),
        ("$v: JSONString", "json: $v", {"v": '["a"]'}, {"five": 5, "json": ["a"]}),
        ("$v: Money", "money: $v", {"v": None}, {"five": 5, "money": None}),
        ("$v: Money", "money: $v", {"v": {"amount": 2}}, {"five": 5, "money": Money(amount=2)}),
        ("$v: Money = {amount: 3}", "money: $v", {}, {"five": 5, "money": Money(amount=3)}),
        ("$v: Int!", "money: {amount: $v}", {"v": 6}, {"five": 5, "money": Money(amount=6)}),
        ("$v: String", "money: {amount: 1, note: $v}", {}, {"five": 5, "money": Money(amount=1)}),
        ("$v: String", "money: {amount: 1, note: $v}", {"v": None}, {"five": 5, "money": Money(amount=1, note=None)}),
        ("$v: [Money!]", "monies: $v", {"v": [{"amount": 1}, {"amount": 2}]},
         {"five": 5, "monies": [Money(amount=1), Money(amount=2)]}),
    ],
)  # fmt: skip
async def test_variables_are_given(
    ask: Ask, declared: str, used: str, variables: dict[str, Any], given: dict[str, Any]
) -> None:
    assert await taken(ask, f"query({declared}) {{ take({used}) }}", **variables) == given


@pytest.mark.parametrize(
    ("declared", "value", "says"),
    [
        ("$v: Int!", None, "Variable '$v' has invalid value: Expected value of non-null type 'Int!' not to be None."),
        ("$v: Int!", "5", "Variable '$v' has invalid value"),
        ("$v: Int!", True, "Variable '$v' has invalid value"),
        ("$v: Int!", 2**31, "Variable '$v' has invalid value"),
        ("$v: Int!", 1.5, "Variable '$v' has invalid value"),
    ],
)
async def test_a_value_of_another_type_is_refused_before_anything_runs(declared: str, value: Any, says: str) -> None:
    operation = prepared(schema, f"query({declared}) {{ needed(number: $v) {{ number }} }}")
    with pytest.raises(Refused) as refusal:
        await execute(operation, {"v": value}, make_ctx())
    (error,) = refusal.value.errors
    assert says in error.message


async def test_a_variable_that_is_needed_must_be_there() -> None:
    operation = prepared(schema, "query($v: Int!, $w: Int!) { needed(number: $v) { plus(add: $w) } }")
    with pytest.raises(Refused) as refusal:
        await execute(operation, {}, make_ctx())
    assert len(refusal.value.errors) == 2


async def test_no_more_than_fifty_faults_of_variables_are_told() -> None:
    operation = prepared(schema, "query($v: [Money!]) { take(monies: $v) }")
    with pytest.raises(Refused) as refusal:
        await execute(operation, {"v": [{"amount": "x"}] * 80}, make_ctx())
    assert len(refusal.value.errors) == 51
    assert "error limit reached" in refusal.value.errors[-1].message


async def test_a_null_for_what_needs_a_value_fails_its_field_alone(ask: Ask) -> None:
    text = "query($v: Int = 1) { needed(number: $v) { number } take }"
    got: list[Any] = []
    assert (await ask(schema, text, given=got)).data == {"needed": {"number": 1}, "take": True}
    answer = await ask(schema, text, given=got, v=None)
    assert answer.data == {"needed": None, "take": True}
    ((message, path),) = answer.errors
    assert "not to be None" in message
    assert path == ["needed"]


async def test_functions_of_a_row_and_batches_take_variables(ask: Ask) -> None:
    text = (
        "query($by: Int!, $add: Int) { needed(number: 5) { twice: times times(by: $by) plus(add: $add)"
        " more: plus(add: 2) } }"
    )
    got: list[Any] = []
    answer = await ask(schema, text, given=got, by=3, add=4)
    assert answer.data == {"needed": {"twice": 10, "times": 15, "plus": 9, "more": 7}}
    answer = await ask(schema, text, given=got, by=3)
    assert answer.data == {"needed": {"twice": 10, "times": 15, "plus": 5, "more": 7}}
    assert got == [("plus", 4), ("plus", 2), ("plus", None), ("plus", 2)]


async def test_what_stands_in_the_document_is_worked_out_once(monkeypatch: pytest.MonkeyPatch) -> None:
    coerced: list[str] = []
    coerce: Callable[..., None] = values.coerce_argument

    def counted(found: Any, node: Any, name: str, *rest: Any) -> None:
        coerced.append(name)
        coerce(found, node, name, *rest)

    monkeypatch.setattr(arguments, "coerce_argument", counted)
    operation = prepared(schema, 'query($v: Int!) { take(money: {amount: 1}, whole: $v, words: ["a"]) }')
    got: list[Any] = []
    for number in range(3):
        await execute(operation, {"v": number}, make_ctx(got))
    assert [coerced.count(name) for name in ("money", "words", "five", "whole")] == [1, 1, 1, 0]
    assert [each["whole"] for each in got] == [0, 1, 2]


async def test_variables_of_one_request_are_not_there_in_the_next() -> None:
    got: list[Any] = []
    operation = prepared(schema, "query($v: Int, $w: [String!]) { take(whole: $v, words: $w) }")
    for variables in ({"v": 1, "w": ["a"]}, {}, {"w": None}):
        await execute(operation, variables, make_ctx(got))
    assert [(each["whole"], each["words"]) for each in got] == [
        (1, ["a"]),
        (strawberry.UNSET, strawberry.UNSET),
        (strawberry.UNSET, None),
    ]


async def test_a_list_that_a_resolver_changes_is_its_own() -> None:
    got: list[Any] = []
    operation = prepared(schema, 'query($v: [String!] = ["a"]) { take(words: $v) }')
    for _ in range(2):
        await execute(operation, {}, make_ctx(got))
        assert got[-1]["words"] == ["a"]
        got[-1]["words"].append("b")
