"""An operation is planned once for each set of its flags; a plan is shared by requests and keeps nothing of them."""

import asyncio
import random
from typing import Any

import graphql
import pytest
import strawberry
from graphql import parse

from engine.core.context import Caller
from engine.core.errors import BadRequest
from schema.execution.executor import KEPT_OPERATIONS, BreadthFirstExecutor, execute
from schema.execution.fields import Rows, batch_field, root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.kinds import Plans
from schema.execution.plan import Operation
from schema.execution.types import build_schema
from tests.executing import Answer, Ask, NoMutation, make_ctx, prepared

pytestmark = pytest.mark.anyio


@strawberry.type
class Thing:
    number: int

    @batch_field
    async def looked(parents: Rows, info: BatchInfo) -> list["Thing | None"]:
        """Notes which of its fields are asked for."""
        info.context.plugins.append(
            {path: info.selects(*path.split(".")) for path in ("number", "deep", "deep.number", "deep.deep", "looked")}
        )
        return [None for _ in parents]

    @batch_field
    async def deep(parents: Rows, info: BatchInfo) -> list["Thing"]:
        return list(parents)

    @batch_field
    async def caller(parents: Rows, info: BatchInfo, word: str = "") -> list[str | None]:
        """Gives way in a random place, so that requests run through one another."""
        for _ in range(random.randrange(4)):
            await asyncio.sleep(0)
        found = [f"{info.context.caller.user_id} {word} {row['number']}" for row in parents]
        await asyncio.sleep(0)
        return [BadRequest(text) if "fail" in word else text for text in found]  # type: ignore[misc]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def thing(self, info: BatchInfo, number: int = 1) -> Thing | None:
        return {"number": number}  # type: ignore[return-value]

    @root_field(PUBLIC)
    async def things(self, info: BatchInfo, numbers: list[int]) -> list[Thing]:
        await asyncio.sleep(0)
        rows: Rows = [{"number": number} for number in numbers]
        return rows  # type: ignore[no-any-return]


schema = build_schema(Query, NoMutation, scalar_map={})


async def test_flags_in_variables_choose_the_plan(ask: Ask) -> None:
    text = """query($yes: Boolean!, $no: Boolean!) {
        thing { a: number @include(if: $yes) ... @skip(if: $no) { b: number } }
    }"""
    for yes, no, keys in ((True, False, ["a", "b"]), (True, True, ["a"]), (False, False, ["b"]), (False, True, [])):
        answer = await ask(schema, text, yes=yes, no=no)
        assert (list(answer.data["thing"]), answer.errors) == (keys, [])


async def test_skip_wins_over_include_and_a_flag_has_its_default(ask: Ask) -> None:
    text = "query($f: Boolean = true) { thing { a: number @include(if: $f) @skip(if: $f) b: number @include(if: $f) } }"
    assert (await ask(schema, text)).data == {"thing": {"b": 1}}
    assert (await ask(schema, text, f=False)).data == {"thing": {}}


async def test_a_plan_is_made_once_per_set_of_flags() -> None:
    operation = prepared(schema, "query($f: Boolean!, $n: Int) { thing(number: $n) { number @include(if: $f) } }")
    coerce = operation.variables.coerce
    assert operation.plan(coerce({"f": True, "n": 1})) is operation.plan(coerce({"f": True, "n": 2}))
    assert operation.plan(coerce({"f": True, "n": 1})) is not operation.plan(coerce({"f": False, "n": 1}))


async def test_plans_are_bounded_by_their_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    flags = [f"f{n}" for n in range(5)]
    text = f"query({' '.join(f'${f}: Boolean!' for f in flags)}) {{ thing {{ "
    operation = prepared(schema, text + " ".join(f"{f}: number @skip(if: ${f})" for f in flags) + " } }")
    monkeypatch.setattr(operation.kinds, "plans", Plans(fields=20))
    for bits in range(32):
        given = {f: bool(bits >> n & 1) for n, f in enumerate(flags)}
        result, _ = await execute(operation, given, make_ctx())
        assert result.data == {"thing": {f: 1 for f in flags if not given[f]}}
        assert len(operation.kinds.plans) <= 10


async def test_the_hook_keeps_a_bounded_number_of_operations() -> None:
    for n in range(KEPT_OPERATIONS + 20):
        graphql.execute(schema._schema, parse(f"{{ a{n}: __typename }}"), executor_class=BreadthFirstExecutor)
    assert len(schema._schema.extensions["argosy-operations"]) == KEPT_OPERATIONS


async def test_a_document_that_comes_again_is_not_planned_again() -> None:
    document = parse("{ __typename }")
    kept = []
    for _ in range(2):
        graphql.execute(schema._schema, document, executor_class=BreadthFirstExecutor)
        kept.append(schema._schema.extensions["argosy-operations"][id(document.definitions[0]),])
    assert kept[0] is kept[1]


async def test_a_resolver_knows_what_is_selected_below_it(ask: Ask) -> None:
    text = """
        query($f: Boolean!) {
            thing { looked { ...F deep { number @include(if: $f) ... on Thing { deep { number } } } } }
        }
        fragment F on Thing { ...G @skip(if: $f) }
        fragment G on Thing { number looked { number } }
    """
    for flag, expected in (
        (True, {"number": False, "deep": True, "deep.number": True, "deep.deep": True, "looked": False}),
        (False, {"number": True, "deep": True, "deep.number": False, "deep.deep": True, "looked": True}),
    ):
        seen: list[dict[str, bool]] = []
        await ask(schema, text, given=seen, f=flag)
        assert seen == [expected]


async def test_what_is_left_to_the_stock_executor_is_answered_by_it() -> None:
    for text, data in (
        ("{ __schema { queryType { name } } thing { number } }", {"__schema": {"queryType": {"name": "Query"}},
                                                                  "thing": {"number": 1}}),
        ('{ t: __type(name: "Thing") { name } }', {"t": {"name": "Thing"}}),
        ("{ ...S } fragment S on Query { __schema { mutationType { name } } }",
         {"__schema": {"mutationType": {"name": "NoMutation"}}}),
    ):  # fmt: skip
        result, run = await execute(prepared(schema, text), {}, make_ctx())
        assert run is None
        assert Answer.of(result) == Answer(data, [])
    assert prepared(schema, "{ thing { number } }").delegated is False


async def test_directives_of_incremental_delivery_send_the_operation_to_the_stock_executor() -> None:
    def operation(text: str) -> Any:
        document = parse(text)
        return Operation(prepared(schema, "{ __typename }").kinds, document.definitions[0], [], None)  # type: ignore[arg-type]

    assert operation("{ thing { ... @defer { number } } }").delegated
    assert operation("{ things(numbers: [1]) @stream { number } }").delegated
    assert operation("subscription { thing { number } }").delegated


async def test_requests_of_one_plan_that_run_at_once_do_not_see_one_another() -> None:
    """Each has its own caller, its own variables and its own failures."""
    operation = prepared(
        schema,
        """query($n: [Int!]!, $w: String!, $f: Boolean!) { things(numbers: $n) {
            number caller(word: $w)
            deep { fixed: caller(word: "same") @include(if: $f) deep { caller(word: $w) } }
        } }""",
    )
    chance = random.Random(7)

    async def one(user: int) -> None:
        numbers = chance.sample(range(1000), chance.randrange(4))
        word, flag = f"w{user}" + ("fail" if user % 5 == 0 else ""), user % 2 == 0
        ctx = make_ctx(caller=Caller(user_id=user))
        result, _ = await execute(operation, {"n": numbers, "w": word, "f": flag}, ctx)
        failing = "fail" in word

        def said(number: int, text: str) -> str | None:
            return None if "fail" in text else f"{user} {text} {number}"

        def deep(number: int) -> dict[str, Any]:
            fixed = {"fixed": said(number, "same")} if flag else {}
            return fixed | {"deep": {"caller": said(number, word)}}

        assert result.data == {
            "things": [{"number": number, "caller": said(number, word), "deep": deep(number)} for number in numbers]
        }
        assert [error.message for error in result.errors or []] == [
            f"{user} {word} {number}" for number in numbers for _ in range(2) if failing
        ]

    await asyncio.gather(*(one(user) for user in range(1, 81)))
    assert len([key for key, _ in operation.kinds.plans._kept if key is operation]) == 2


async def test_a_plan_keeps_no_values_of_the_request_that_made_it() -> None:
    operation = prepared(schema, "query($n: Int, $f: Boolean!) { thing(number: $n) { number @include(if: $f) } }")
    plan = operation.plan(operation.variables.coerce({"n": 77_777, "f": True}))
    assert (list(plan.variables.sources), plan.variables.coerced) == (["f"], {"f": True})
