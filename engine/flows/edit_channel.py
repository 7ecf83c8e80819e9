"""Channels with all that hangs on them: taxes, warehouses, zones, and what was sold there."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.channels import service
from engine.channels.errors import ChannelWithOrders, CurrenciesDiffer
from engine.checkout.hold import release_hold
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.statements import Statement
from engine.flows.restock import restock
from engine.inventory import places
from engine.shipping import zones
from engine.tax import service as taxes

_ID = sa.bindparam("id", type_=sa.BigInteger)
_SOLD = Statement(
    sa.text(
        "SELECT EXISTS (SELECT 1 FROM sales_order WHERE channel_id = :id)"
        " OR EXISTS (SELECT 1 FROM transaction_item WHERE channel_id = :id)"
    ).bindparams(_ID)
)
_HELD = Statement(
    sa.text("SELECT id FROM checkout WHERE channel_id = :id AND held_until IS NOT NULL ORDER BY id").bindparams(_ID)
)
_TARGET = sa.bindparam("target", type_=sa.BigInteger)
_MOVE = tuple(
    Statement(sa.text(f"UPDATE {name} SET channel_id = :target WHERE channel_id = :id").bindparams(_ID, _TARGET))  # noqa: S608
    for name in ("sales_order", "transaction_item")
)


@dataclass(frozen=True)
class ChannelChange:
    """`values` are columns of the channel; the rest is ids."""

    values: Mapping[str, Any]
    add_warehouses: Sequence[uuid.UUID] = ()
    remove_warehouses: Sequence[uuid.UUID] = ()
    add_zones: Sequence[int] = ()
    remove_zones: Sequence[int] = ()


async def create(tx: WriteCtx, change: ChannelChange) -> Row:
    """Raises Refusal, SlugTaken, NotFound."""
    row = await service.create(tx, change.values)
    await taxes.configure_new(tx, row["id"])
    await _places(tx, row["id"], change)
    return row


async def update(tx: WriteCtx, channel_id: int, change: ChannelChange) -> Row:
    """Raises UnknownChannel, Refusal, SlugTaken, NotFound."""
    await service.lock(tx, channel_id)
    row = await service.update(tx, channel_id, change.values)
    await _places(tx, channel_id, change)
    return row


async def delete(tx: WriteCtx, channel_id: int, target_id: int | None) -> Row:
    """Its orders and payments go to the target channel; checkouts that are no orders yet are dropped.

    Raises UnknownChannel, Refusal, ChannelWithOrders, CurrenciesDiffer.
    """
    if target_id == channel_id:
        raise Refusal("A channel cannot take over its own orders.", field="channelId", code="INVALID")
    rows = {each: await service.lock(tx, each, field="channelId" if each == target_id else "id")
            for each in sorted({channel_id, *([] if target_id is None else [target_id])})}  # fmt: skip
    row = rows[channel_id]
    if target_id is not None:
        if rows[target_id]["currency"] != row["currency"]:
            raise CurrenciesDiffer(row["currency"], rows[target_id]["currency"])
        for statement in _MOVE:
            await tx.fetch(statement, id=channel_id, target=target_id)
    elif await tx.value(_SOLD, id=channel_id):
        raise ChannelWithOrders
    for held in await tx.fetch(_HELD, id=channel_id):
        await release_hold(tx, held["id"], cause="channel deleted")
    await service.delete(tx, channel_id)
    return row


async def reorder_warehouses(tx: WriteCtx, channel_id: int, moves: Sequence[tuple[uuid.UUID, int]]) -> Row:
    """Raises UnknownChannel, NotFound."""
    row = await service.lock(tx, channel_id, field="channelId")
    await places.reorder_in_channel(tx, channel_id, moves)
    tx.emit("channel.updated", "Channel", channel_id)
    return row


async def _places(tx: WriteCtx, channel_id: int, change: ChannelChange) -> None:
    twice_houses = set(change.add_warehouses) & set(change.remove_warehouses)
    twice_zones = set(change.add_zones) & set(change.remove_zones)
    for twice, field in ((twice_houses, "addWarehouses"), (twice_zones, "addShippingZones")):
        if twice:
            raise Refusal("The same object is added and removed.", field=field, code="DUPLICATED_INPUT_ITEM")
    await zones.assign_to_channel(tx, channel_id, change.add_zones, change.remove_zones)
    moved = await places.assign_to_channel(tx, channel_id, change.add_warehouses, change.remove_warehouses)
    await restock(tx, moved)
