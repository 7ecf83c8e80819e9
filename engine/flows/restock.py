"""The listing of all that some warehouses keep, brought up to date after what is sold from them has changed."""

import uuid
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.listing.service import refresh

JOB = "listing.restock_warehouses"
BATCH = 500
_PRODUCTS = Statement(
    sa.text(
        "SELECT DISTINCT v.product_id FROM stock s JOIN product_variant v ON v.id = s.variant_id"
        " WHERE s.warehouse_id = ANY(:ids) AND v.product_id > :after ORDER BY v.product_id LIMIT :batch"
    ).bindparams(
        sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)),
        sa.bindparam("after", type_=sa.BigInteger),
        sa.bindparam("batch", type_=sa.Integer),
    )
)


async def restock(tx: WriteCtx, warehouse_ids: Collection[uuid.UUID], after: int = 0) -> None:
    """The first products at once, the rest by a job; the last thing in a transaction."""
    if not warehouse_ids:
        return
    ids = sorted(warehouse_ids)
    found = [row["product_id"] for row in await tx.fetch(_PRODUCTS, ids=ids, after=after, batch=BATCH)]
    await refresh(tx, found)
    if len(found) == BATCH:
        tx.enqueue(JOB, warehouse_ids=[str(one) for one in ids], after=found[-1])


async def job(ctx: Ctx, payload: dict[str, Any]) -> None:
    await transact(ctx, restock, [uuid.UUID(one) for one in payload["warehouse_ids"]], payload["after"])
