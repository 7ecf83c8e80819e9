"""Holds past their time, given back. Nothing depends on it being prompt: an expired hold counts as free already."""

import uuid
from typing import Any

from engine.checkout import queries
from engine.checkout.hold import release_if_expired
from engine.core.context import Ctx, WriteCtx, transact
from engine.listing.service import refresh_variants

JOB = "inventory.release_expired"


async def release_expired(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """Each checkout in a transaction of its own, so that one that is busy does not keep the others."""
    for checkout_id in await queries.expired_holds(ctx, ctx.clock.now()):
        await transact(ctx, release, checkout_id)


async def release(tx: WriteCtx, checkout_id: uuid.UUID) -> None:
    """The stock of an expired hold is free again, and the listing says so."""
    (lines,) = await queries.lines_of(tx, [checkout_id])
    if await release_if_expired(tx, checkout_id):
        await refresh_variants(tx, (line["variant_id"] for line in lines))
