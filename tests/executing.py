"""Runs documents on small schemas, as the endpoint does and as graphql-core's hook does.

What the resolvers of a test are given, or write into, is `ctx.plugins`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import graphql
import strawberry
from graphql import DocumentNode, ExecutionResult, parse, validate

from engine.core.context import ANONYMOUS, Caller, Ctx
from schema.execution.batching import Execution
from schema.execution.executor import BreadthFirstExecutor, execute, prepare
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.plan import Operation

Error = tuple[str, list[str | int] | None]


@dataclass(frozen=True)
class Answer:
    data: Any
    errors: list[Error]
    """Messages with their paths."""

    @classmethod
    def of(cls, result: ExecutionResult) -> "Answer":
        return cls(result.data, [(error.message, error.path) for error in result.errors or []])


Ask = Callable[..., Awaitable[Answer]]
"""`await ask(schema, text, given=…, caller=…, **variables)`."""


@strawberry.type
class NoMutation:
    @root_field(PUBLIC)
    async def nothing(self, info: BatchInfo) -> int | None:
        return None


def make_ctx(given: Any = None, caller: Caller = ANONYMOUS) -> Ctx:
    nothing: Any = None
    return Ctx(settings=nothing, database=nothing, reads=nothing, plugins=given, caller=caller)


def valid(schema: strawberry.Schema, text: str) -> DocumentNode:
    document = parse(text)
    assert validate(schema._schema, document) == []
    return document


def prepared(schema: strawberry.Schema, text: str) -> Operation:
    document = valid(schema, text)
    node = next(part for part in document.definitions if isinstance(part, graphql.OperationDefinitionNode))
    return prepare(schema._schema, document, node)


async def straight(
    schema: strawberry.Schema, text: str, *, given: Any = None, caller: Caller = ANONYMOUS, **variables: Any
) -> Answer:
    """As the endpoint runs it."""
    result, run = await execute(prepared(schema, text), variables, make_ctx(given, caller))
    assert run is not None, "it ran on the stock executor"
    return Answer.of(result)


class Sure(BreadthFirstExecutor):
    """Ours does the work, or nobody."""

    def _plan(self, serially: bool | None) -> Any:
        plan = super()._plan(serially)
        assert plan is not None, "it ran on the stock executor"
        return plan


async def by_hook(
    schema: strawberry.Schema, text: str, *, given: Any = None, caller: Caller = ANONYMOUS, **variables: Any
) -> Answer:
    """As graphql-core runs it with our executor."""
    found: Any = graphql.execute(
        schema._schema,
        valid(schema, text),
        context_value=Execution(make_ctx(given, caller)),
        variable_values=variables,
        executor_class=Sure,
    )
    return Answer.of(found if isinstance(found, ExecutionResult) else await found)
