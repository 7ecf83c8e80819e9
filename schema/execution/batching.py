"""Batch resolvers on the stock executor: parents that arrive in one turn of the loop are resolved together."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from engine.core.context import Ctx

Run = Callable[[list[Any]], Awaitable[list[Any]]]


class WrongLength(AssertionError):
    """A batch resolver answered with more or fewer values than it had parents."""


class Execution:
    """One operation's state on the stock executor; graphql-core calls it the context value."""

    __slots__ = ("_batches", "_closed", "_running", "ctx")

    def __init__(self, ctx: Ctx):
        self.ctx = ctx
        self._batches: dict[object, _Batch] = {}
        self._running: set[asyncio.Task[None]] = set()
        self._closed = False

    def load(self, key: object, parent: Any, run: Run) -> asyncio.Future[Any]:
        """The value for `parent`, resolved with the others of the same `key` (one selection in the document)."""
        batch = self._batches.get(key)
        if batch is None:
            batch = self._batches[key] = _Batch(run)
            asyncio.get_running_loop().call_soon(self._dispatch, key)
        future = asyncio.get_running_loop().create_future()
        batch.parents.append(parent)
        batch.futures.append(future)
        return future

    async def close(self) -> None:
        """Stop what no field waits for any more, such as the siblings of a null that took their parent away: a
        query of theirs would take a connection that nobody gives back."""
        self._closed = True
        for batch in self._batches.values():
            batch.cancel()
        self._batches.clear()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _dispatch(self, key: object) -> None:
        batch = self._batches.pop(key, None)
        if batch is None:
            return
        if self._closed:
            batch.cancel()
            return
        task = asyncio.create_task(batch.resolve())
        self._running.add(task)
        task.add_done_callback(self._running.discard)


class _Batch:
    __slots__ = ("futures", "parents", "run")

    def __init__(self, run: Run):
        self.run = run
        self.parents: list[Any] = []
        self.futures: list[asyncio.Future[Any]] = []

    def cancel(self) -> None:
        """Let go of whoever waits for it."""
        for future in self.futures:
            future.cancel()

    async def resolve(self) -> None:
        try:
            values = await self.run(self.parents)
            check_length(values, self.parents, self.run)
        except Exception as error:
            values = [error] * len(self.futures)
        for future, value in zip(self.futures, values, strict=True):
            if future.cancelled():
                continue
            if isinstance(value, Exception):
                future.set_exception(value)
                # a future whose field was already given up is never awaited; that is no fault
                future.exception()
            else:
                future.set_result(value)


def check_length(values: Sequence[Any], parents: Sequence[Any], run: Any) -> None:
    if len(values) != len(parents):
        raise WrongLength(f"{run!r} answered {len(values)} values for {len(parents)} parents")
