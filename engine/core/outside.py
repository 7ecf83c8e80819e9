"""Calls to somebody else's service: never inside a transaction, always under a time budget."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from engine.core.context import Ctx, transaction_open

PROVIDER_SECONDS = 2.0
REQUEST_SECONDS = 4.0


class OutsideCallInTransaction(RuntimeError):
    """A network call was tried while a transaction was open; its locks would wait for the network."""


class OutsideTimeout(Exception):
    """The other side did not answer within its budget; whether it acted is unknown."""


@asynccontextmanager
async def outside_call(ctx: Ctx, name: str, *, seconds: float = PROVIDER_SECONDS) -> AsyncIterator[None]:
    """Wrap every call to a provider or carrier. Gives the request's read connection back first."""
    if transaction_open():
        raise OutsideCallInTransaction(f"{name}: called while a transaction is open")
    await ctx.release()
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise OutsideTimeout(f"{name} did not answer within {seconds:g} s") from error
