"""Warehouses: what they are, which channels sell from them, which zones they ship to."""

import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.locking import Rank, lock_name, lock_rows
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import slugify, unique_slugs
from engine.inventory.models import Allocation, Stock, Warehouse, WarehouseChannel, WarehouseZone

_w, _s, _a = table(Warehouse), table(Stock), table(Allocation)
_wc, _wz = table(WarehouseChannel), table(WarehouseZone)
_UUIDS = sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))
_LOCK = Statement(sa.select(_w).where(_w.c.id == sa.bindparam("id", type_=sa.Uuid)).with_for_update())
_KNOWN = Statement(sa.select(_w.c.id).where(_w.c.id == sa.any_(_UUIDS)))
_OF_CHANNEL = Statement(
    sa.select(_wc.c.warehouse_id)
    .where(_wc.c.channel_id == sa.bindparam("channel_id", type_=sa.BigInteger))
    .order_by(_wc.c.sort_order, _wc.c.warehouse_id)
    .with_for_update()
)
_STOCKS = Statement(
    sa.select(_s.c.id, _s.c.variant_id, _s.c.allocated)
    .where(_s.c.warehouse_id == sa.bindparam("warehouse_id", type_=sa.Uuid))
    .order_by(_s.c.id)
    .with_for_update()
)


async def create(tx: WriteCtx, values: Mapping[str, Any], zone_ids: Collection[int] = ()) -> Row:
    """`values` are columns with a `name` and an `address_id`; without a slug the name makes one.

    Raises Refusal for what is blank or taken.
    """
    columns = {"slug": None, **_checked(values)}
    await _check_free(tx, columns, None)
    if not columns["slug"]:
        taken = set((await tx.execute(sa.select(_w.c.slug))).scalars())
        columns["slug"] = next(slug for slug in unique_slugs(columns["name"], "warehouse") if slug not in taken)
    row = (await tx.execute(_w.insert().values(**columns).returning(_w))).mappings().one()
    await assign_zones(tx, row["id"], zone_ids)
    tx.emit("warehouse.created", "Warehouse", row["id"])
    return row


async def lock(tx: WriteCtx, warehouse_id: uuid.UUID, *, field: str = "id") -> Row:
    """Raises NotFound."""
    row = await tx.first(_LOCK, id=warehouse_id)
    if row is None:
        raise NotFound("There is no such warehouse.", field=field)
    return row


async def update(tx: WriteCtx, warehouse_id: uuid.UUID, values: Mapping[str, Any]) -> Row:
    """Change columns of a warehouse that is locked. Raises as `create`."""
    columns = {**_checked(values), "updated_at": tx.clock.now()}
    await _check_free(tx, columns, warehouse_id)
    if columns.get("is_private") and columns.get("click_and_collect") == "LOCAL":
        raise Refusal(
            "A private warehouse cannot be a point of its own to collect from.",
            field="clickAndCollectOption",
            code="INVALID",
        )
    row = (
        (await tx.execute(_w.update().where(_w.c.id == warehouse_id).values(**columns).returning(_w))).mappings().one()
    )
    tx.emit("warehouse.updated", "Warehouse", warehouse_id)
    return row


async def delete(tx: WriteCtx, warehouse_id: uuid.UUID) -> list[int]:
    """With its stock; returns the ids of the variants it kept. Raises NotFound, and Refusal while units of it are
    claimed."""
    row = await lock(tx, warehouse_id)
    stocks = await lock_rows(tx, Rank.STOCK, _STOCKS, warehouse_id=warehouse_id)
    await drop_stocks(tx, stocks)
    await tx.execute(_w.delete().where(_w.c.id == warehouse_id))
    tx.emit("warehouse.deleted", "Warehouse", warehouse_id, row=packed(row))
    return [stock["variant_id"] for stock in stocks]


async def drop_stocks(tx: WriteCtx, stocks: Sequence[Row]) -> None:
    """Forget locked stock rows (id, allocated) and their ledger. Raises Refusal while units are claimed."""
    if any(stock["allocated"] for stock in stocks):
        raise Refusal(
            "Checkouts or orders have claimed units of this stock; it can be deleted when they are sent or let go.",
            field="id",
            code="INVALID",
        )
    await tx.execute(_s.delete().where(_s.c.id.in_([stock["id"] for stock in stocks])))


async def require(tx: WriteCtx, warehouse_ids: Collection[uuid.UUID], field: str) -> None:
    """Raises NotFound unless all of them are there."""
    found = await tx.fetch(_KNOWN, ids=list(warehouse_ids)) if warehouse_ids else []
    if len(found) < len(set(warehouse_ids)):
        raise NotFound("There is no such warehouse.", field=field)


async def assign_zones(tx: WriteCtx, warehouse_id: uuid.UUID, zone_ids: Iterable[int]) -> None:
    rows = [{"warehouse_id": warehouse_id, "shipping_zone_id": zone_id} for zone_id in sorted(set(zone_ids))]
    if rows:
        await tx.execute(insert(_wz).values(rows).on_conflict_do_nothing())


async def unassign_zones(tx: WriteCtx, warehouse_id: uuid.UUID, zone_ids: Iterable[int]) -> None:
    await tx.execute(_wz.delete().where(_wz.c.warehouse_id == warehouse_id, _wz.c.shipping_zone_id.in_(list(zone_ids))))


async def assign_to_zone(
    tx: WriteCtx, zone_id: int, add: Collection[uuid.UUID], remove: Collection[uuid.UUID] = ()
) -> None:
    """Raises NotFound for a warehouse that is not there."""
    await require(tx, add, "addWarehouses")
    if remove:
        gone = _wz.delete().where(_wz.c.shipping_zone_id == zone_id, _wz.c.warehouse_id.in_(list(remove)))
        await tx.execute(gone)
    for warehouse_id in sorted(set(add)):
        await assign_zones(tx, warehouse_id, [zone_id])


async def assign_to_channel(
    tx: WriteCtx, channel_id: int, add: Sequence[uuid.UUID], remove: Collection[uuid.UUID] = ()
) -> set[uuid.UUID]:
    """Which warehouses a channel sells from; new ones come last. Returns those that it sells from now and did not
    before, or the other way round. Raises NotFound."""
    await require(tx, add, "addWarehouses")
    before = [row["warehouse_id"] for row in await tx.fetch(_OF_CHANNEL, channel_id=channel_id)]
    gone = set(remove).intersection(before)
    if gone:
        await tx.execute(_wc.delete().where(_wc.c.channel_id == channel_id, _wc.c.warehouse_id.in_(gone)))
    kept = [one for one in before if one not in gone]
    fresh = [one for one in dict.fromkeys(add) if one not in before]
    if fresh:
        await _order(tx, channel_id, [*kept, *fresh])
    return {*gone, *fresh}


async def reorder_in_channel(tx: WriteCtx, channel_id: int, moves: Sequence[tuple[uuid.UUID, int]]) -> None:
    """Each move takes a warehouse so many places towards the end, or with a negative number towards the beginning.

    Raises NotFound for a warehouse that the channel does not sell from.
    """
    order = [row["warehouse_id"] for row in await tx.fetch(_OF_CHANNEL, channel_id=channel_id)]
    for warehouse_id, places in moves:
        if warehouse_id not in order:
            raise NotFound("The channel does not sell from this warehouse.", field="moves")
        place = order.index(warehouse_id)
        order.insert(min(max(place + places, 0), len(order) - 1), order.pop(place))
    await _order(tx, channel_id, order)


async def _order(tx: WriteCtx, channel_id: int, order: Sequence[uuid.UUID]) -> None:
    rows = [{"warehouse_id": one, "channel_id": channel_id, "sort_order": place} for place, one in enumerate(order)]
    if rows:
        statement = insert(_wc).values(rows)
        updated = {"sort_order": statement.excluded.sort_order}
        await tx.execute(statement.on_conflict_do_update(index_elements=["warehouse_id", "channel_id"], set_=updated))


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = dict(values)
    for name in ("name", "slug"):
        if name in columns and (name == "name" or columns[name] is not None):
            text = str(columns[name] or "").replace("\0", "").strip()
            columns[name] = text if name == "name" else slugify(text)
            if not columns[name]:
                raise Refusal("This field cannot be blank.", field=name, code="REQUIRED")
            if len(columns[name]) > 250:
                raise Refusal("This text has more than 250 characters.", field=name, code="INVALID")
    if "email" in columns:
        columns["email"] = str(columns["email"] or "").replace("\0", "").strip()
        if columns["email"] and ("@" not in columns["email"] or len(columns["email"]) > 254):
            raise Refusal("Enter a valid email address.", field="email", code="INVALID")
    if columns.get("external_reference") is not None:
        columns["external_reference"] = str(columns["external_reference"]).replace("\0", "").strip()[:250] or None
    return columns


async def _check_free(tx: WriteCtx, columns: Mapping[str, Any], own: uuid.UUID | None) -> None:
    await lock_name(tx, "warehouse.names")
    for name, field in (("slug", "slug"), ("external_reference", "externalReference")):
        if columns.get(name) is None:
            continue
        taken = sa.select(_w.c.id).where(_w.c[name] == columns[name])
        if own is not None:
            taken = taken.where(_w.c.id != own)
        if (await tx.execute(taken)).first() is not None:
            raise Refusal("A warehouse with this value already exists.", field=field, code="UNIQUE")
