"""Counts of many variants at once, as an import or a stocktaking brings them."""

import uuid
from collections.abc import Mapping

import sqlalchemy as sa

from engine.core.context import Ctx, Row, WriteCtx
from engine.core.locking import Rank, lock_rows
from engine.core.statements import Statement
from engine.inventory import statements

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_WAREHOUSE = sa.bindparam("warehouse_id", type_=sa.Uuid())
_MAKE = Statement(
    sa.text(
        "INSERT INTO stock (variant_id, warehouse_id) SELECT id, :warehouse_id FROM unnest(:ids) AS v(id) ORDER BY id"
        " ON CONFLICT DO NOTHING"
    ).bindparams(_IDS, _WAREHOUSE)
)
_LOCK = Statement(
    sa.text(
        "SELECT id, variant_id, on_hand, allocated FROM stock"
        " WHERE warehouse_id = :warehouse_id AND variant_id = ANY(:ids) ORDER BY id FOR UPDATE"
    ).bindparams(_IDS, _WAREHOUSE)
)
_PLACES = Statement(
    sa.text(
        "SELECT w.id, w.slug, c.channel_id IS NOT NULL AS sells FROM warehouse w"
        " LEFT JOIN warehouse_channel c ON c.warehouse_id = w.id AND c.channel_id = :channel_id"
        " ORDER BY c.channel_id IS NULL, c.sort_order, w.slug"
    ).bindparams(sa.bindparam("channel_id", type_=sa.BigInteger))
)


async def places(ctx: Ctx, channel_id: int) -> list[Row]:
    """Id and slug of every warehouse, and whether the channel `sells` from it: those first, in its order."""
    return await ctx.fetch(_PLACES, channel_id=channel_id)


async def set_many_on_hand(
    tx: WriteCtx, *, warehouse_id: uuid.UUID, counts: Mapping[int, int], cause_type: str, cause_id: str
) -> dict[int, int]:
    """Record counts by variant id, in four statements for any number of them.

    Returns the allocated units of the variants left as they were because more than the count is claimed (holds past
    their time are released first). The variants and the warehouse must exist, and counts be 0 to `MAX_ON_HAND`.
    """
    if not counts:
        return {}
    ids = sorted(counts)
    await tx.fetch(_MAKE, ids=ids, warehouse_id=warehouse_id)
    rows = await lock_rows(tx, Rank.STOCK, _LOCK, ids=ids, warehouse_id=warehouse_id)
    tight = [row["id"] for row in rows if counts[row["variant_id"]] < row["allocated"]]
    freed: dict[int, int] = {}
    if tight:
        released = await tx.fetch(
            statements.RELEASE_EXPIRED_ON,
            stock_ids=tight,
            now=tx.clock.now(),
            user_id=tx.caller.user_id,
            note="expired",
        )
        freed = {row["stock_id"]: row["quantity"] for row in released}
    claimed: dict[int, int] = {}
    changes: list[tuple[int, int]] = []
    for row in rows:
        count, allocated = counts[row["variant_id"]], row["allocated"] - freed.get(row["id"], 0)
        if count < allocated:
            claimed[row["variant_id"]] = allocated
        elif count != row["on_hand"]:
            changes.append((row["id"], count - row["on_hand"]))
    if changes:
        await tx.fetch(
            statements.CHANGE,
            stock_ids=[stock_id for stock_id, _ in changes],
            kinds=["ADJUSTED"] * len(changes),
            on_hand=[delta for _, delta in changes],
            allocated=[0] * len(changes),
            cause_type=cause_type,
            cause_id=cause_id,
            user_id=tx.caller.user_id,
            note="",
        )
    return claimed
