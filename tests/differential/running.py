"""One document, both executors."""

import asyncio
import gc
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, execute, execute_sync, parse, validate
from graphql.utilities import get_operation_ast
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from schema.execution.errors import Refused
from schema.execution.executor import BreadthFirstExecutor, prepare
from schema.execution.executor import execute as execute_prepared
from schema.execution.plan import Operation
from tests.differential.agreement import Answer, Problem, answer_of, disagreement
from tests.differential.documents import Document
from tests.differential.shrinking import shrink

SECONDS = 30
Stock: Any = StrawberryGraphQLCoreExecutionContext
UNTIDY = [
    pytest.mark.usefixtures("collected"),
    *(
        pytest.mark.filterwarnings(f"ignore:coroutine '{name}.*' was never awaited:RuntimeWarning")
        for name in ("Executor", "IncrementalExecutor", "GraphQLCoreConverter")
    ),
]
"""The stock executor drops what it has begun where a null took the parent away. Ours is not excused."""


class Unpropagated(StrawberryGraphQLCoreExecutionContext):
    """The stock executor with each error left in its own place, as `@experimental_disableErrorPropagation` has it."""

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.error_propagation = False


class Straight:
    """Stands for our executor as the endpoint calls it: an operation prepared once, without graphql-core's hook."""


OURS: tuple[Any, ...] = (BreadthFirstExecutor, Straight)


class Request:
    """One asking of a document. `prepared` is shared by all requests with the document."""

    def __init__(
        self,
        schema: GraphQLSchema,
        document: DocumentNode,
        variables: dict[str, Any],
        operation: str | None = None,
        prepared: dict[str, Operation] | None = None,
    ):
        self.schema = schema
        self.document = document
        self.variables = variables
        self.operation = operation
        self._prepared = {} if prepared is None else prepared

    async def answer(self, executor: Any, context: Any, *, sync: bool = False) -> Answer:
        """`context` is an `Execution` where `Straight` is to run."""
        try:
            if executor is Straight:
                return answer_of(await asyncio.wait_for(self._straight(context.ctx), SECONDS))
            given: dict[str, Any] = {
                "context_value": context,
                "variable_values": self.variables,
                "operation_name": self.operation,
                "executor_class": executor,
                "hide_suggestions": True,  # the endpoint makes none
            }
            if sync:
                return answer_of(execute_sync(self.schema, self.document, **given))
            result = execute(self.schema, self.document, **given)
            if not isinstance(result, ExecutionResult):
                result = await asyncio.wait_for(result, SECONDS)
        except Exception:
            # an executor never raises: this is its defect, not the document's
            last = "".join(traceback.format_exc().splitlines(keepends=True)[-5:])
            return Answer("raised", (Problem(None, last, (), "", ""),))
        return answer_of(result)

    async def _straight(self, ctx: Any) -> ExecutionResult:
        if "it" not in self._prepared:
            node = get_operation_ast(self.document, self.operation)
            assert node is not None
            self._prepared["it"] = prepare(self.schema, self.document, node)
        try:
            result, _ = await execute_prepared(self._prepared["it"], self.variables, ctx)
        except Refused as refused:
            return ExecutionResult(None, list(refused.errors))
        return result


class Agreement:
    """Asks the stock executor and others, and says where they differ.

    `ask(request, executor)` must answer the same however often it is asked; an AssertionError of it is a difference.
    One parsed document serves all its requests, so that what an executor keeps of it is used again.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        ask: Callable[[Request, Any], Awaitable[Answer]],
        executors: Sequence[Any] = OURS,
    ):
        self._schema = schema
        self._ask = ask
        self._executors = executors

    async def require(self, document: Document, where: str) -> None:
        """Raises AssertionError with the smallest document found on which they differ. What they do with a document
        that is not valid is not looked at; asking first whether it is would cost more than all the rest."""
        if await self.difference(document) is None or validate(self._schema, parse(document.text)):
            return
        first = await self.difference(document)
        if first is None:
            # what comes and goes is the machine's or the database's doing; an executor does the same each time
            return

        async def differs(smaller: Document) -> bool:
            known = get_operation_ast(parse(smaller.text), smaller.operation)
            return known is not None and await self.difference(smaller) is not None

        smallest = await shrink(self._schema, document, differs)
        found = await self.difference(smallest) or first
        raise AssertionError(f"{where}: {found}\n{smallest.text}\n{smallest.variables}\n(written as)\n{document}")

    async def difference(self, document: Document) -> str | None:
        parsed = parse(document.text)
        prepared: dict[str, Operation] = {}
        asked: list[tuple[Request, Answer]] = []
        for variables in document.variables:
            request = Request(self._schema, parsed, variables, document.operation, prepared)
            asked.append((request, await self._answer(request, Stock)))
            for executor in self._executors:
                found = await self._compare(*asked[-1], executor)
                if found is not None:
                    return found
        # what the first request left behind may not show in a later one that is the same
        again = await self._compare(*asked[0], self._executors[-1])
        return None if again is None else f"asked again: {again}"

    async def _answer(self, request: Request, executor: Any) -> Answer:
        try:
            return await self._ask(request, executor)
        except AssertionError as error:
            return Answer(str(error), ())

    async def _compare(self, request: Request, stock: Answer, executor: Any) -> str | None:
        ours = await self._answer(request, executor)
        every = stock
        if set(stock.problems) != set(ours.problems):
            every = await self._answer(request, Unpropagated)
        found = disagreement(self._schema, request.document, stock, ours, every)
        return None if found is None else f"{executor.__name__}: {found}\n  stock: {stock}\n  ours:  {ours}"


@asynccontextmanager
async def tidied(executor: Any, *, background: bool = False) -> AsyncIterator[None]:
    """The stock executor leaves tasks behind where a null took their parent away, and the loop would complain of them.
    Ours may leave none of its own, save what graphql-core's `default_type_resolver` puts into the `background`."""
    before = asyncio.all_tasks()
    yield
    left = asyncio.all_tasks() - before
    if executor in OURS and not background:
        own = [task for task in left if not _is_graphql_cores(task)]
        assert not own, f"tasks left behind: {[task.get_coro() for task in own]}"
    loop = asyncio.get_running_loop()
    complain = loop.get_exception_handler()
    loop.set_exception_handler(lambda _loop, _context: None)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
    left.clear()
    if executor not in OURS:
        gc.collect(1)
    loop.set_exception_handler(complain)


def _is_graphql_cores(task: asyncio.Task[Any]) -> bool:
    """Left by an operation that ours had handed on."""
    return getattr(task.get_coro(), "__qualname__", "").startswith(("Executor.", "IncrementalExecutor."))
