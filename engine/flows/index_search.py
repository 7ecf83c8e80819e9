"""The search index follows what happens to products and to what they are called by."""

from collections.abc import Iterable, Mapping
from typing import Any

from engine.core.context import Ctx, WriteCtx, transact
from engine.search.queries import products_called_by
from engine.search.service import GuardedBackend, backend_of

JOB = "search.index"
PUSH_JOB = "search.push"
AT_ONCE = 500
"""Products that one job indexes; what more there are is shared out among jobs."""

EVENTS = (
    *("product.created", "product.updated", "product.deleted"),
    *("product_variant.created", "product_variant.updated", "product_variant.deleted"),
    *("category.updated", "category.deleted", "collection.updated", "collection.deleted"),
    *("attribute.updated", "attribute.deleted", "attribute_value.updated", "attribute_value.deleted"),
)
"""What changes the words of products. Events of what products no longer show by then name them: `product_ids`."""


async def index(ctx: Ctx, payload: Mapping[str, Any]) -> None:
    """The job: `{"events": […]}` of one transaction, or `{"product_ids": […]}`."""
    wanted = set(payload.get("product_ids", ()))
    for event in payload.get("events", ()):
        wanted |= set(await _touched(ctx, event))
    ids = sorted(wanted)
    if len(ids) > AT_ONCE:
        await transact(ctx, _share_out, ids)
    elif ids:
        await backend_of(ctx).index(ctx, ids)


async def push(ctx: Ctx, _payload: Mapping[str, Any]) -> None:
    """On a timetable: tell an outside engine what it missed while it was down."""
    backend = backend_of(ctx)
    if isinstance(backend, GuardedBackend):
        await backend.push(ctx)


async def _touched(ctx: Ctx, event: Mapping[str, Any]) -> Iterable[int]:
    named = event["payload"]
    if "product_ids" in named:
        return [int(id) for id in named["product_ids"]]
    if "product_id" in named:
        return [int(named["product_id"])]
    return await products_called_by(ctx, event["object_type"], int(event["object_id"]))


async def _share_out(tx: WriteCtx, ids: list[int]) -> None:
    for start in range(0, len(ids), AT_ONCE):
        tx.enqueue(JOB, product_ids=ids[start : start + AT_ONCE])
