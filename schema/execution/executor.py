"""Runs operations breadth-first: as graphql-core's executor, or straight from the endpoint.

Introspection, subscriptions, `@defer` and `@stream` are left to graphql-core's own executor.
"""

import asyncio
import types
from collections import OrderedDict
from collections.abc import Coroutine, Generator
from typing import Any

import graphql
from graphql import DocumentNode, ExecutionResult, FragmentDefinitionNode, GraphQLError, GraphQLSchema
from graphql.execution.executor import SELECTIONS_NESTED_TOO_DEEPLY
from graphql.language import OperationDefinitionNode
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from engine.core.context import Ctx
from schema.execution.batching import Execution
from schema.execution.compile import run_scope
from schema.execution.introspection import readable
from schema.execution.kinds import kinds_of
from schema.execution.plan import Operation, Plan
from schema.execution.run import Run
from schema.execution.settle import settle

KEPT_OPERATIONS = 256
KEPT_INTROSPECTIONS = 8
"""Each takes some megabytes."""
_OPERATIONS = "argosy-operations"


def prepare(schema: GraphQLSchema, document: DocumentNode, node: OperationDefinitionNode) -> Operation:
    fragments = [part for part in document.definitions if isinstance(part, FragmentDefinitionNode)]
    return Operation(kinds_of(schema), node, fragments, run_scope)


async def execute(
    operation: Operation, raw_variables: dict[str, Any], ctx: Ctx, make_run: type[Run] = Run
) -> tuple[ExecutionResult, Run | None]:
    """Run one operation for `ctx`, in the caller's task. Raises Refused for variables it cannot take.

    The run is None where graphql-core's own executor did the work.
    """
    variables = operation.variables.coerce(raw_variables)
    if not operation.delegated:
        try:
            plan = operation.plan(variables)
        except GraphQLError as error:
            return ExecutionResult(None, [error]), None
        if not plan.introspects and not plan.per_object:
            run = make_run(ctx, variables)
            return await run_plan(plan, run), run
        if plan.only_introspects and not raw_variables:
            return await _introspect(operation), None
        if plan.introspects:
            found = await _delegate(operation, raw_variables, ctx)
            return ExecutionResult(readable(found.data), found.errors), None
    return await _delegate(operation, raw_variables, ctx), None


async def _introspect(operation: Operation) -> ExecutionResult:
    """What the schema says of itself takes long to write down: once per document, one at a time, beside the loop."""
    kinds = operation.kinds
    async with kinds.introspecting:
        found = kinds.introspected.get(operation)
        if found is None:
            found = await asyncio.to_thread(_described, operation)
            kinds.introspected[operation] = found
            if len(kinds.introspected) > KEPT_INTROSPECTIONS:
                kinds.introspected.popitem(last=False)
    return found


def _described(operation: Operation) -> ExecutionResult:
    found = graphql.execute_sync(operation.kinds.schema, operation.document)
    return ExecutionResult(readable(found.data), found.errors)


async def _delegate(operation: Operation, raw_variables: dict[str, Any], ctx: Ctx) -> ExecutionResult:
    """Let graphql-core's own executor run it."""
    execution = Execution(ctx)
    try:
        found: Any = graphql.execute(
            operation.kinds.schema,
            operation.document,
            context_value=execution,
            variable_values=raw_variables,
            executor_class=StrawberryGraphQLCoreExecutionContext,
        )
        result: ExecutionResult = found if isinstance(found, ExecutionResult) else await found
        return result
    finally:
        await execution.close()


async def run_plan(plan: Plan, run: Run) -> ExecutionResult:
    rows = [run.root_value]
    try:
        (answer,) = await (plan.root.run(run, rows, [None]) if plan.per_object else plan.root.run(run, rows))
    except RecursionError:
        answer = None
    if answer is None:
        return ExecutionResult(None, [GraphQLError(SELECTIONS_NESTED_TOO_DEEPLY, plan.operation.node)])
    if not run.faulty:
        return ExecutionResult(answer, None)
    data, errors = settle(plan.root, answer)
    return ExecutionResult(data, errors)


class BreadthFirstExecutor(StrawberryGraphQLCoreExecutionContext):
    """Give it as `execution_context_class` to Strawberry or as `executor_class` to graphql-core."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        plan = self._plan(serially)
        if isinstance(plan, GraphQLError):
            return self.finish(ExecutionResult(None, [plan]))
        if plan is None:
            return super().execute_operation(serially)
        context = self.context_value
        ctx = context.ctx if isinstance(context, Execution) else context
        run = Run(ctx, self.variable_values, executor=self, root_value=self.root_value, live=False)
        return begin(run_plan(plan, run))

    def _plan(self, serially: bool | None) -> Plan | GraphQLError | None:
        """None: this operation is not for us."""
        if self.abort_signal is not None or serially is not None or self.hooks is not None:
            return None
        try:
            operation = self._operation()
            if operation.delegated:
                return None
            plan = operation.plan(self.variable_values)
        except GraphQLError as error:
            return error
        except RecursionError:
            return GraphQLError(SELECTIONS_NESTED_TOO_DEEPLY, self.operation)
        middleware = self.middleware_manager is not None and self.middleware_manager.middlewares
        if plan.introspects or (middleware and not plan.per_object):
            return None
        return plan

    def _operation(self) -> Operation:
        """Kept by its nodes' identities, which the kept operation itself keeps from being given to others."""
        kept: OrderedDict[Any, Operation] = self.schema.extensions.setdefault(_OPERATIONS, OrderedDict())
        fragments = list(self.fragment_definitions.values())
        key = (id(self.operation), *map(id, fragments))
        found = kept.get(key)
        if found is None or found.kinds.schema is not self.schema:
            found = kept[key] = Operation(kinds_of(self.schema), self.operation, fragments, run_scope)
            if len(kept) > KEPT_OPERATIONS:
                kept.popitem(last=False)
        else:
            kept.move_to_end(key)
        return found


def begin(work: Coroutine[Any, Any, ExecutionResult]) -> Any:
    """The result, if the work ends without waiting for anything, else what to await for it."""
    try:
        work.send(None)
    except StopIteration as end:
        return end.value
    return _finish(work)


async def _finish(work: Coroutine[Any, Any, ExecutionResult]) -> ExecutionResult:
    return await _resume(work)


@types.coroutine
def _resume(work: Coroutine[Any, Any, ExecutionResult]) -> Generator[Any, Any, ExecutionResult]:
    """Go on with work that stands at its first pause; it waits for nothing yet, so any task may go on with it."""
    step: Any = None
    try:
        while True:
            try:
                awaited = work.send(None) if step is None else work.throw(step)
            except StopIteration as end:
                result: ExecutionResult = end.value
                return result
            try:
                yield awaited
                step = None
            except GeneratorExit:
                raise
            except BaseException as error:
                step = error
    finally:
        work.close()
