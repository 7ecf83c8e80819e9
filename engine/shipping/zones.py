"""Shipping zones as staff make and change them."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.channels.models import Channel
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.locking import lock_name
from engine.core.reference.countries import COUNTRIES, is_country
from engine.core.statements import Statement
from engine.core.tables import table
from engine.shipping.models import (
    ShippingMethod,
    ShippingMethodChannel,
    ShippingRate,
    ShippingZone,
    ShippingZoneChannel,
    ShippingZoneCountry,
)

NAME_LENGTH = 100
_z, _zc, _zh = table(ShippingZone), table(ShippingZoneCountry), table(ShippingZoneChannel)
_m, _listing, _rate = table(ShippingMethod), table(ShippingMethodChannel), table(ShippingRate)
_channel = table(Channel)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_LOCK = Statement(sa.select(_z).where(_z.c.id == sa.any_(_IDS)).order_by(_z.c.id).with_for_update())
_CHANNELS = Statement(sa.select(_channel.c.id).where(_channel.c.id == sa.any_(_IDS)))


async def create(
    tx: WriteCtx, values: Mapping[str, Any], countries: Sequence[str], channel_ids: Collection[int]
) -> Row:
    """`values` are columns with a `name`. A default zone has the countries that no other has.

    Raises Refusal, NotFound.
    """
    await lock_name(tx, "shipping.zones")
    columns = await _checked(tx, values, None)
    if not columns.get("name"):
        raise Refusal("This field is required.", field="name", code="REQUIRED")
    row = (await tx.execute(_z.insert().values(**columns).returning(_z))).mappings().one()
    await _set_countries(tx, row, countries)
    await _add_channels(tx, row["id"], channel_ids)
    tx.emit("shipping_zone.created", "ShippingZone", row["id"])
    return row


async def update(
    tx: WriteCtx,
    zone_id: int,
    values: Mapping[str, Any],
    countries: Sequence[str] | None,
    add_channels: Collection[int],
    remove_channels: Collection[int],
) -> Row:
    """`countries` None leaves them as they are. Raises NotFound, Refusal."""
    await lock_name(tx, "shipping.zones")
    (row,) = await _locked(tx, [zone_id])
    columns = await _checked(tx, values, zone_id)
    if columns:
        changed = _z.update().where(_z.c.id == zone_id).values(**columns).returning(_z)
        row = (await tx.execute(changed)).mappings().one()
    if countries is not None or row["is_default"]:
        await _set_countries(tx, row, countries or ())
    await _add_channels(tx, zone_id, add_channels)
    for channel_id in remove_channels:
        await _drop_channel(tx, zone_id, channel_id)
    tx.emit("shipping_zone.updated", "ShippingZone", zone_id)
    return row


async def delete(tx: WriteCtx, zone_ids: Sequence[int]) -> list[Row]:
    """With their methods; returns their rows in that order. Raises NotFound."""
    rows = {row["id"]: row for row in await _locked(tx, zone_ids)}
    await tx.execute(_z.delete().where(_z.c.id.in_(list(rows))))
    for zone_id in rows:
        tx.emit("shipping_zone.deleted", "ShippingZone", zone_id)
    return [rows[zone_id] for zone_id in zone_ids]


async def assign_to_channel(tx: WriteCtx, channel_id: int, add: Collection[int], remove: Collection[int] = ()) -> None:
    """Raises NotFound for a zone that is not there."""
    if not add and not remove:
        return
    await require(tx, add, "addShippingZones")
    for zone_id in sorted(set(add)):
        await _add_channels(tx, zone_id, [channel_id])
    for zone_id in sorted(set(remove)):
        await _drop_channel(tx, zone_id, channel_id)
    for zone_id in sorted({*add, *remove}):
        tx.emit("shipping_zone.updated", "ShippingZone", zone_id)


async def require(tx: WriteCtx, zone_ids: Collection[int], field: str) -> None:
    """Raises NotFound unless all of them are there."""
    if zone_ids and len(await tx.fetch(_LOCK, ids=list(zone_ids))) < len(set(zone_ids)):
        raise NotFound("There is no such shipping zone.", field=field)


async def _locked(tx: WriteCtx, zone_ids: Sequence[int]) -> list[Row]:
    rows = await tx.fetch(_LOCK, ids=list(zone_ids))
    if len(rows) < len(set(zone_ids)):
        raise NotFound("There is no such shipping zone.", field="id")
    return rows


async def _checked(tx: WriteCtx, values: Mapping[str, Any], own: int | None) -> dict[str, Any]:
    columns = dict(values)
    if "description" in columns:
        columns["description"] = str(columns["description"] or "").replace("\0", "")[:10_000]
    if "name" in columns:
        columns["name"] = str(columns["name"] or "").replace("\0", "").strip()
        if not columns["name"]:
            raise Refusal("This field cannot be blank.", field="name", code="REQUIRED")
        if len(columns["name"]) > NAME_LENGTH:
            raise Refusal(f"A name has at most {NAME_LENGTH} characters.", field="name", code="INVALID")
        taken = sa.select(_z.c.id).where(_z.c.name == columns["name"], _z.c.id.is_distinct_from(own))
        if (await tx.execute(taken)).first() is not None:
            raise Refusal("A shipping zone with this name already exists.", field="name", code="UNIQUE")
    if columns.get("is_default"):
        other = sa.select(_z.c.id).where(_z.c.is_default, _z.c.id.is_distinct_from(own))
        if (await tx.execute(other)).first() is not None:
            raise Refusal("Default shipping zone already exists.", field="default", code="ALREADY_EXISTS")
    elif "is_default" in columns:
        columns["is_default"] = False
    return columns


async def _set_countries(tx: WriteCtx, zone: Row, countries: Sequence[str]) -> None:
    wanted = {code.strip().upper() for code in countries}
    unknown = sorted(code for code in wanted if not is_country(code))
    if unknown:
        raise Refusal(f"{unknown[0][:20]!r} is no country.", field="countries", code="INVALID")
    if zone["is_default"]:
        taken = await tx.execute(sa.select(_zc.c.country).where(_zc.c.shipping_zone_id != zone["id"]))
        wanted = set(COUNTRIES) - set(taken.scalars())
    await tx.execute(_zc.delete().where(_zc.c.shipping_zone_id == zone["id"], _zc.c.country.not_in(wanted)))
    rows = [{"shipping_zone_id": zone["id"], "country": code} for code in sorted(wanted)]
    if rows:
        await tx.execute(insert(_zc).values(rows).on_conflict_do_nothing())


async def _add_channels(tx: WriteCtx, zone_id: int, channel_ids: Collection[int]) -> None:
    if not channel_ids:
        return
    if len(await tx.fetch(_CHANNELS, ids=list(channel_ids))) < len(set(channel_ids)):
        raise NotFound("There is no such channel.", field="addChannels")
    rows = [{"shipping_zone_id": zone_id, "channel_id": channel_id} for channel_id in sorted(set(channel_ids))]
    await tx.execute(insert(_zh).values(rows).on_conflict_do_nothing())


async def _drop_channel(tx: WriteCtx, zone_id: int, channel_id: int) -> None:
    """What the zone's methods cost there goes too."""
    methods = sa.select(_m.c.id).where(_m.c.shipping_zone_id == zone_id)
    for t in (_listing, _rate):
        await tx.execute(t.delete().where(t.c.channel_id == channel_id, t.c.shipping_method_id.in_(methods)))
    await tx.execute(_zh.delete().where(_zh.c.shipping_zone_id == zone_id, _zh.c.channel_id == channel_id))
