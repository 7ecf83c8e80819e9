"""The state of one operation while it runs breadth-first, and how it calls resolvers."""

import asyncio
import types
from collections.abc import Generator, Sequence
from typing import Any

from graphql.execution.values import VariableValues

from engine.core.context import Ctx
from schema.execution.batching import check_length
from schema.execution.info import PlanInfo
from schema.execution.plan import PlanField


class Fault:
    """Stands in the answer where a position failed, until `settle` makes a null and an error of it."""

    __slots__ = ("error",)

    def __init__(self, error: Exception):
        self.error = error


class Run:
    """`executor` is there when graphql-core's hook started the operation; ordinary resolvers need it.

    `live`: awaiting is allowed. graphql-core starts operations outside any task to see whether they end at once.
    """

    __slots__ = ("ctx", "executor", "faulty", "live", "root_value", "variables")

    def __init__(
        self, ctx: Ctx, variables: VariableValues, *, executor: Any = None, root_value: Any = None, live: bool = True
    ):
        self.ctx = ctx
        self.variables = variables
        self.executor = executor
        self.root_value = root_value
        self.live = live
        self.faulty = False

    def fault(self, error: Exception) -> Fault:
        self.faulty = True
        return Fault(error)

    async def batch(self, field: PlanField, rows: list[Any]) -> Sequence[Any]:
        """What a batch resolver answers for `rows`; where it fails, the exception stands in its place."""
        if not self.live:
            await self.go_live()
        spec = field.resolver
        try:
            arguments = field.arguments.of(self.variables)
            if spec.guard is not None:
                spec.guard.check(self.ctx.caller)
            values: Sequence[Any] = await spec.resolve(rows, PlanInfo(self.ctx, field.selection), **arguments)
            check_length(values, rows, spec.resolve)
        except Exception as error:
            return [error] * len(rows)
        return values

    async def root(self, field: PlanField) -> list[Any]:
        """What a root or mutation resolver answers, as a list of one."""
        if not self.live:
            await self.go_live()
        spec = field.resolver
        try:
            arguments = field.arguments.of(self.variables)
            if spec.guard is not None:
                spec.guard.check(self.ctx.caller)
            return [await spec.resolve(None, PlanInfo(self.ctx, field.selection), **arguments)]
        except Exception as error:
            return [error]

    async def go_live(self) -> None:
        if not self.live:
            await _pause()
            self.live = True

    async def join(self, columns: Sequence[list[Any]]) -> None:
        """Put what they give in the place of awaitables; an exception stands where one failed."""
        is_awaitable = self.executor.is_awaitable
        waiting = [(column, i) for column in columns for i, value in enumerate(column) if is_awaitable(value)]
        if not waiting:
            return
        await self.go_live()
        found = await asyncio.gather(*(column[i] for column, i in waiting), return_exceptions=True)
        for (column, i), value in zip(waiting, found, strict=True):
            if isinstance(value, BaseException) and not isinstance(value, Exception):
                raise value
            column[i] = value


@types.coroutine
def _pause() -> Generator[None, None, None]:
    """Give way once: a bare yield, which both asyncio and `executor.begin` understand."""
    yield
