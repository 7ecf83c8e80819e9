"""Holds past their time, given back. Nothing depends on it being prompt: an expired hold counts as free already."""

from typing import Any

from engine.checkout import queries
from engine.checkout.hold import release_if_expired
from engine.core.context import Ctx, transact

JOB = "inventory.release_expired"


async def release_expired(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Each checkout in a transaction of its own, so that one that is busy does not keep the others."""
    for checkout_id in await queries.expired_holds(ctx, ctx.clock.now()):
        await transact(ctx, release_if_expired, checkout_id)
