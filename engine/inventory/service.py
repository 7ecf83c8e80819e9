"""Writes to stock: claims, releases, shipments, counts. Nothing else in the engine touches these tables."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.catalog.models import ProductVariant
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.locking import Rank, enter, lock_rows
from engine.core.statements import Statement
from engine.core.tables import table
from engine.inventory import statements
from engine.inventory.errors import BelowAllocated, InsufficientStock, Shortage, UnknownWarehouse
from engine.inventory.models import Allocation, Stock, Warehouse
from engine.inventory.rules import MAX_ON_HAND, Held, needed_free, plan_shipment

_s = table(Stock)
_v = table(ProductVariant)
_w = table(Warehouse)

# An order line names the variant; its table belongs to a domain above, so only its two keys are read.
_LINE_VARIANT = Statement(
    sa.text(
        "SELECT v.id, v.track_inventory FROM order_line l JOIN product_variant v ON v.id = l.variant_id"
        " WHERE l.id = :order_line_id"
    ).bindparams(sa.bindparam("order_line_id", type_=sa.Uuid))
)
_EXISTS = Statement(
    sa.select(
        sa.exists(sa.select(_v.c.id).where(_v.c.id == sa.bindparam("variant_id"))).label("variant"),
        sa.exists(sa.select(_w.c.id).where(_w.c.id == sa.bindparam("warehouse_id"))).label("warehouse"),
    )
)


@dataclass(frozen=True)
class ClaimLine:
    checkout_line_id: uuid.UUID
    variant_id: int
    quantity: int


@dataclass(frozen=True)
class OrderClaimLine:
    order_line_id: uuid.UUID
    variant_id: int
    quantity: int


async def claim_for_checkout(
    tx: WriteCtx,
    *,
    checkout_id: uuid.UUID,
    channel_id: int,
    country: str | None,
    lines: Sequence[ClaimLine],
    until: datetime,
    warehouse_id: uuid.UUID | None = None,
) -> None:
    """Hold exactly `lines` for a checkout until `until`, in place of whatever it held before.

    Only warehouses of the channel whose zones cover `country` give stock (None: any warehouse of the channel), or
    `warehouse_id` alone when goods are picked up there. Raises InsufficientStock, and then nothing is claimed.
    """
    wanted = [(line.checkout_line_id, line.variant_id, line.quantity) for line in lines]
    await _claim(tx, wanted, checkout_id, channel_id, country, warehouse_id, until, "checkout", checkout_id)


async def claim_for_order(
    tx: WriteCtx,
    order_id: uuid.UUID,
    lines: Sequence[OrderClaimLine],
    *,
    channel_id: int,
    country: str | None,
    warehouse_id: uuid.UUID | None = None,
) -> None:
    """Allocate for the lines of an order that no checkout claimed for before; see `claim_for_checkout`."""
    wanted = [(line.order_line_id, line.variant_id, line.quantity) for line in lines]
    await _claim(tx, wanted, None, channel_id, country, warehouse_id, None, "order", order_id)


async def _claim(
    tx: WriteCtx,
    wanted: Sequence[tuple[uuid.UUID, int, int]],
    checkout_id: uuid.UUID | None,
    channel_id: int,
    country: str | None,
    warehouse_id: uuid.UUID | None,
    until: datetime | None,
    cause_type: str,
    cause_id: uuid.UUID,
) -> None:
    enter(tx, Rank.STOCK)
    short = await tx.fetch(
        statements.CLAIM,
        line_ids=[line_id for line_id, _, _ in wanted],
        variant_ids=[variant_id for _, variant_id, _ in wanted],
        quantities=[quantity for _, _, quantity in wanted],
        channel_id=channel_id,
        country=country,
        warehouse_id=warehouse_id,
        checkout_id=checkout_id,
        now=tx.clock.now(),
        until=until,
        cause_type=cause_type,
        cause_id=str(cause_id),
        user_id=tx.caller.user_id,
        note="",
    )
    if short:
        raise InsufficientStock(_shortages(short))


def _shortages(rows: Sequence[Row]) -> list[Shortage]:
    return [Shortage(row["variant_id"], row["available"]) for row in rows]


async def release_checkout(tx: WriteCtx, checkout_id: uuid.UUID, *, cause: str) -> None:
    """Give back all that a checkout holds; one that holds nothing is no failure. `cause` goes into the ledger."""
    enter(tx, Rank.STOCK)
    await tx.fetch(statements.RELEASE_CHECKOUT, checkout_id=checkout_id, user_id=tx.caller.user_id, note=cause)


async def move_to_order(
    tx: WriteCtx,
    checkout_id: uuid.UUID,
    order_line_by_checkout_line: Mapping[uuid.UUID, uuid.UUID],
    order_id: uuid.UUID,
) -> None:
    """Turn what a checkout holds into allocations of its order. The order lines must be in the database already.

    Raises InsufficientStock when the hold no longer covers the lines, having expired and been claimed by another.
    """
    enter(tx, Rank.STOCK)
    short = await tx.fetch(
        statements.MOVE_TO_ORDER,
        checkout_id=checkout_id,
        order_id=order_id,
        checkout_line_ids=list(order_line_by_checkout_line),
        order_line_ids=list(order_line_by_checkout_line.values()),
        user_id=tx.caller.user_id,
        note="",
    )
    if short:
        raise InsufficientStock(_shortages(short))


async def deallocate_order(tx: WriteCtx, order_id: uuid.UUID, *, cause: str = "") -> None:
    """Give back what an order's unshipped lines hold; a second time is no failure."""
    enter(tx, Rank.STOCK)
    await tx.fetch(statements.DEALLOCATE_ORDER, order_id=order_id, user_id=tx.caller.user_id, note=cause)


async def deallocate_line(tx: WriteCtx, *, order_line_id: uuid.UUID, quantity: int, cause: str = "") -> None:
    """Give back so many of the units that an order line holds, as far as it holds them."""
    rows = await lock_rows(tx, Rank.STOCK, statements.LOCK_OF_LINE, order_line_id=order_line_id)
    if not rows:
        return
    taken: list[tuple[int, int, int]] = []
    left = quantity
    for row in await tx.fetch(statements.ALLOCATIONS_OF_LINE, order_line_id=order_line_id):
        used = min(left, row["quantity"])
        if used > 0:
            taken.append((row["id"], row["stock_id"], used))
            left -= used
    await tx.fetch(
        statements.TAKE_ALLOCATIONS,
        allocation_ids=[allocation_id for allocation_id, _, _ in taken],
        quantities=[used for _, _, used in taken],
    )
    changes = [(stock_id, "DEALLOCATED", 0, -used) for _, stock_id, used in taken]
    if changes:
        await _change(tx, changes, "order_line", str(order_line_id), cause)


async def ship(
    tx: WriteCtx, *, fulfillment_id: int, order_line_id: uuid.UUID, warehouse_id: uuid.UUID, quantity: int
) -> int | None:
    """Take units of an order line off a warehouse's shelf; returns the stock row's id.

    The line's own allocation there is used first, then its allocations elsewhere become free. A variant that is not
    tracked changes nothing, and the id is None where the warehouse has no stock row of it or the variant is gone.
    Raises InsufficientStock.
    """
    variant = await tx.first(_LINE_VARIANT, order_line_id=order_line_id)
    if variant is None:
        return None
    rows = await lock_rows(
        tx,
        Rank.STOCK,
        statements.LOCK_FOR_SHIPMENT,
        order_line_id=order_line_id,
        warehouse_id=warehouse_id,
        variant_id=variant["id"],
    )
    here = next((row for row in rows if row["warehouse_id"] == warehouse_id), None)
    held = [
        Held(row["id"], row["stock_id"], row["quantity"])
        for row in await tx.fetch(statements.ALLOCATIONS_OF_LINE, order_line_id=order_line_id)
    ]
    if not held and not variant["track_inventory"]:
        return None if here is None else int(here["id"])
    if here is None:
        raise InsufficientStock([Shortage(variant["id"], 0)])
    stock_id: int = here["id"]
    plan = plan_shipment(held, stock_id, quantity)
    freed = await _release_expired_on(tx, [stock_id])
    free = here["on_hand"] - here["allocated"] + freed.get(stock_id, 0)
    if needed_free(plan, stock_id) > free:
        raise InsufficientStock([Shortage(variant["id"], free + quantity - needed_free(plan, stock_id))])
    await tx.fetch(
        statements.TAKE_ALLOCATIONS,
        allocation_ids=[allocation.allocation_id for allocation, _ in plan.taken],
        quantities=[used for _, used in plan.taken],
    )
    changes = [(stock_id, "SHIPPED", -quantity, 0)]
    changes += [(allocation.stock_id, "DEALLOCATED", 0, -used) for allocation, used in plan.taken]
    await _change(tx, changes, "fulfillment", str(fulfillment_id))
    return stock_id


async def take_back(
    tx: WriteCtx, *, fulfillment_id: int, order_line_id: uuid.UUID, warehouse_id: uuid.UUID, quantity: int
) -> int | None:
    """Put units that were not sent after all on a warehouse's shelf, allocated to their order line again.

    Returns the stock row's id; None, and nothing changed, where the variant is gone or not tracked. Raises
    UnknownWarehouse.
    """
    variant = await tx.first(_LINE_VARIANT, order_line_id=order_line_id)
    if variant is None or not variant["track_inventory"]:
        return None
    await _make_stock(tx, variant["id"], warehouse_id)
    place = {"variant_id": variant["id"], "warehouse_id": warehouse_id}
    (row,) = await lock_rows(tx, Rank.STOCK, statements.LOCK_STOCK, **place)
    stock_id: int = row["id"]
    changes = [(stock_id, "RETURNED", quantity, 0), (stock_id, "ALLOCATED", 0, quantity)]
    await _change(tx, changes, "fulfillment", str(fulfillment_id))
    tx.add(Allocation(stock_id=stock_id, quantity=quantity, order_line_id=order_line_id))
    await tx.session.flush()
    return stock_id


async def is_tracked(tx: WriteCtx, variant_id: int) -> bool:
    """Whether stock is kept of a variant; False also for one that is gone."""
    found = await tx.execute(sa.select(_v.c.track_inventory).where(_v.c.id == variant_id))
    return bool(found.scalar_one_or_none())


async def set_on_hand(
    tx: WriteCtx,
    *,
    variant_id: int,
    warehouse_id: uuid.UUID,
    quantity: int,
    cause_type: str,
    cause_id: str,
    note: str = "",
) -> int:
    """Record a count; returns the stock row's id, made if there was none.

    Raises Refusal for a quantity out of range, NotFound for the variant, UnknownWarehouse, and BelowAllocated when
    more than `quantity` units are already claimed (holds past their time are released first).
    """
    if not 0 <= quantity <= MAX_ON_HAND:
        raise Refusal(f"A quantity is a whole number from 0 to {MAX_ON_HAND}.", field="quantity")
    await _make_stock(tx, variant_id, warehouse_id)
    (row,) = await lock_rows(tx, Rank.STOCK, statements.LOCK_STOCK, variant_id=variant_id, warehouse_id=warehouse_id)
    stock_id: int = row["id"]
    if quantity < row["allocated"]:
        freed = await _release_expired_on(tx, [stock_id])
        allocated = row["allocated"] - freed.get(stock_id, 0)
        if quantity < allocated:
            raise BelowAllocated(allocated)
    delta = quantity - row["on_hand"]
    if delta:
        await _change(tx, [(stock_id, "ADJUSTED", delta, 0)], cause_type, cause_id, note)
    return stock_id


async def _make_stock(tx: WriteCtx, variant_id: int, warehouse_id: uuid.UUID) -> None:
    (known,) = await tx.fetch(_EXISTS, variant_id=variant_id, warehouse_id=warehouse_id)
    if not known["variant"]:
        raise NotFound("There is no such product variant.", field="variantId")
    if not known["warehouse"]:
        raise UnknownWarehouse
    made = insert(_s).values(variant_id=variant_id, warehouse_id=warehouse_id).on_conflict_do_nothing()
    await tx.execute(made)


async def _release_expired_on(tx: WriteCtx, stock_ids: list[int]) -> dict[int, int]:
    rows = await tx.fetch(
        statements.RELEASE_EXPIRED_ON,
        stock_ids=stock_ids,
        now=tx.clock.now(),
        user_id=tx.caller.user_id,
        note="expired",
    )
    return {row["stock_id"]: row["quantity"] for row in rows}


async def _change(
    tx: WriteCtx, changes: Sequence[tuple[int, str, int, int]], cause_type: str, cause_id: str, note: str = ""
) -> None:
    await tx.fetch(
        statements.CHANGE,
        stock_ids=[stock_id for stock_id, _, _, _ in changes],
        kinds=[kind for _, kind, _, _ in changes],
        on_hand=[on_hand for _, _, on_hand, _ in changes],
        allocated=[allocated for _, _, _, allocated in changes],
        cause_type=cause_type,
        cause_id=cause_id,
        user_id=tx.caller.user_id,
        note=note,
    )
