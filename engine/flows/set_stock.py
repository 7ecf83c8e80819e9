"""Counts by staff, and the listing that shows what is in stock."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from engine.catalog import queries as catalog
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.inventory import queries, turns
from engine.inventory import service as inventory
from engine.inventory.errors import StockExists
from engine.listing import service as listing


@dataclass(frozen=True)
class Count:
    warehouse_id: uuid.UUID
    quantity: int


async def set_stocks(tx: WriteCtx, variant_id: int, counts: Sequence[Count], *, create_only: bool = False) -> Row:
    """Record counts of a variant, each warehouse once; returns the variant's row.

    `create_only` refuses warehouses that already have a stock row of it. Raises NotFound, and each refusal carries
    the `index` of its count: UnknownWarehouse, BelowAllocated, StockExists, Refusal.
    """
    (variant,) = await catalog.variants_of_keys(tx, [(variant_id, None)])
    if variant is None:
        raise NotFound("There is no such product variant.", field="variantId")
    (known,) = await queries.stocks_of(tx, [variant_id])
    present = {row["warehouse_id"] for row in known}
    on_hand = {row["warehouse_id"]: row["quantity"] for row in known}
    claimed = {row["warehouse_id"]: row["quantity_allocated"] + row["quantity_reserved"] for row in known}
    seen: set[uuid.UUID] = set()
    # stock rows are locked by id, which for rows there already are is the order of their ids
    ids = {row["warehouse_id"]: row["id"] for row in known}
    order = sorted(enumerate(counts), key=lambda each: (ids.get(each[1].warehouse_id, 2**63), each[1].warehouse_id))
    for index, count in order:
        try:
            if count.warehouse_id in seen:
                raise Refusal("A warehouse is named twice.", field="warehouse", code="UNIQUE")
            if create_only and count.warehouse_id in present:
                raise StockExists
            await inventory.set_on_hand(
                tx,
                variant_id=variant_id,
                warehouse_id=count.warehouse_id,
                quantity=count.quantity,
                cause_type="staff",
                cause_id=str(tx.caller.user_id or tx.caller.app_id or ""),
            )
        except Refusal as refusal:
            refusal.facts["index"] = index
            raise
        seen.add(count.warehouse_id)
        taken = claimed.get(count.warehouse_id, 0)
        free = on_hand.get(count.warehouse_id, 0) - taken
        turns.counted(tx, variant_id, count.warehouse_id, free, count.quantity - taken)
    await listing.restock(tx, [variant["product_id"]])
    tx.emit("product_variant.stock_updated", "ProductVariant", variant_id, product_id=variant["product_id"])
    return variant
