"""Zones and delivery methods with the warehouses and the carrier that they need."""

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.extensions import queries as configurations
from engine.extensions.service import configure
from engine.inventory import places
from engine.sdk.plugins import Kind
from engine.shipping import methods, zones
from engine.shipping.methods import Offer, PostalCodeRange
from engine.tax import queries as tax


@dataclass(frozen=True)
class ZoneChange:
    """`values` are columns of the zone; `countries` None leaves them as they are."""

    values: Mapping[str, Any]
    countries: Sequence[str] | None = None
    add_channels: Sequence[int] = ()
    remove_channels: Sequence[int] = ()
    add_warehouses: Sequence[uuid.UUID] = ()
    remove_warehouses: Sequence[uuid.UUID] = ()


@dataclass(frozen=True)
class MethodChange:
    values: Mapping[str, Any]
    zone_id: int | None = None
    ranges: Sequence[PostalCodeRange] = ()
    inclusion_type: str = "EXCLUDE"
    dropped_ranges: Collection[int] = ()


async def create_zone(tx: WriteCtx, change: ZoneChange) -> Row:
    """Raises Refusal, NotFound."""
    row = await zones.create(tx, change.values, change.countries or (), change.add_channels)
    await places.assign_to_zone(tx, row["id"], change.add_warehouses)
    return row


async def update_zone(tx: WriteCtx, zone_id: int, change: ZoneChange) -> Row:
    """Raises NotFound, Refusal."""
    for add, remove, field in (
        (set(change.add_channels), set(change.remove_channels), "addChannels"),
        (set(change.add_warehouses), set(change.remove_warehouses), "addWarehouses"),
    ):
        if add & remove:
            raise Refusal("The same object is added and removed.", field=field, code="DUPLICATED_INPUT_ITEM")
    row = await zones.update(tx, zone_id, change.values, change.countries, change.add_channels, change.remove_channels)
    await places.assign_to_zone(tx, zone_id, change.add_warehouses, change.remove_warehouses)
    return row


async def create_method(tx: WriteCtx, change: MethodChange) -> Row:
    """Raises Refusal, NotFound."""
    if change.zone_id is None:
        raise Refusal("This field is required.", field="shippingZone", code="REQUIRED")
    await zones.require(tx, [change.zone_id], "shippingZone")
    await _check_class(tx, change.values)
    return await methods.create(tx, change.zone_id, change.values, change.ranges, change.inclusion_type)


async def update_method(tx: WriteCtx, method_id: int, change: MethodChange) -> Row:
    """Raises NotFound, Refusal."""
    values = dict(change.values)
    if change.zone_id is not None:
        await zones.require(tx, [change.zone_id], "shippingZone")
        values["shipping_zone_id"] = change.zone_id
    await _check_class(tx, values)
    return await methods.update(tx, method_id, values, change.ranges, change.inclusion_type, change.dropped_ranges)


async def offer_method(tx: WriteCtx, method_id: int, offers: Sequence[Offer], removed: Collection[int]) -> Row:
    """Where a method is offered, at what price; its carrier is set up with its defaults where it is not set up yet.

    Raises NotFound, Refusal.
    """
    method = await methods.lock(tx, method_id)
    await methods.offer(tx, method, offers, removed)
    carrier = method["carrier_id"]
    if tx.plugins.find(Kind.CARRIER, carrier) is not None:
        for one in offers:
            if carrier not in await configurations.for_channel(tx, one.channel_id) and carrier == methods.OWN_TABLE:
                await configure(tx, carrier, channel_id=one.channel_id, values={})
    return method


async def _check_class(tx: WriteCtx, values: Mapping[str, Any]) -> None:
    class_id = values.get("tax_class_id")
    if class_id is not None and (await tax.classes(tx, [class_id]))[0] is None:
        raise NotFound("There is no such tax class.", field="taxClass")
