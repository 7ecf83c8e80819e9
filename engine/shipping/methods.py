"""Delivery methods as staff make and change them: the merchant's own price table, or a carrier's service."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.catalog.models import Product
from engine.channels.models import Channel
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.statements import Statement
from engine.core.tables import table
from engine.core.text import slugify
from engine.shipping.models import (
    ShippingMethod,
    ShippingMethodChannel,
    ShippingMethodExclusion,
    ShippingPostalCodeRule,
    ShippingRate,
    ShippingZoneChannel,
)

OWN_TABLE = "argosy.table-rate"
"""The carrier plugin that quotes by the merchant's own price table."""
NAME_LENGTH = 100
_m, _rule, _out = table(ShippingMethod), table(ShippingPostalCodeRule), table(ShippingMethodExclusion)
_listing, _rate, _zh = table(ShippingMethodChannel), table(ShippingRate), table(ShippingZoneChannel)
_product, _channel = table(Product), table(Channel)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_LOCK = Statement(sa.select(_m).where(_m.c.id == sa.bindparam("id", type_=sa.BigInteger)).with_for_update())
_CHANNELS_OF_ZONE = Statement(
    sa.select(_channel.c.id, _channel.c.currency)
    .join(_zh, _zh.c.channel_id == _channel.c.id)
    .where(_zh.c.shipping_zone_id == sa.bindparam("zone_id", type_=sa.BigInteger))
)
_LIMITS = ("minimum_order_amount", "maximum_order_amount")
_RANGED = {
    "minimum_delivery_days": "minimumDeliveryDays",
    "maximum_delivery_days": "maximumDeliveryDays",
    "minimum_order_weight_grams": "minimumOrderWeight",
    "maximum_order_weight_grams": "maximumOrderWeight",
}
_PRODUCTS = Statement(sa.select(_product.c.id).where(_product.c.id == sa.any_(_IDS)))


@dataclass(frozen=True)
class PostalCodeRange:
    start: str
    end: str | None


@dataclass(frozen=True)
class Offer:
    """A method in a channel, minor units of its currency. None: no limit, or for `amount` no price was given.

    `given` names what the caller set; what is not in it stays as it is.
    """

    channel_id: int
    given: frozenset[str]
    amount: int | None = None
    minimum_order_amount: int | None = None
    maximum_order_amount: int | None = None


async def create(
    tx: WriteCtx, zone_id: int, values: Mapping[str, Any], ranges: Sequence[PostalCodeRange], kind: str
) -> Row:
    """A method that is quoted by the merchant's own table. `values` are columns with `name` and `type`; `kind` says
    whether the postal codes are included or excluded. Raises Refusal."""
    columns = _checked(values, None)
    for name in ("name", "type"):
        if not columns.get(name):
            raise Refusal("This field is required.", field=name, code="REQUIRED")
    code = f"{slugify(columns['name'])[:40] or 'method'}-{secrets.token_hex(4)}"
    made = _m.insert().values(shipping_zone_id=zone_id, carrier_id=OWN_TABLE, service_code=code, **columns)
    row = (await tx.execute(made.returning(_m))).mappings().one()
    await _add_ranges(tx, row["id"], ranges, kind)
    tx.emit("shipping_price.created", "ShippingMethodType", row["id"])
    return row


async def lock(tx: WriteCtx, method_id: int) -> Row:
    """Raises NotFound."""
    row = await tx.first(_LOCK, id=method_id)
    if row is None:
        raise NotFound("There is no such shipping method.", field="id")
    return row


async def update(
    tx: WriteCtx,
    method_id: int,
    values: Mapping[str, Any],
    ranges: Sequence[PostalCodeRange],
    kind: str,
    dropped: Collection[int],
) -> Row:
    """`dropped` are ids of postal code rules. Raises NotFound, Refusal."""
    before = await lock(tx, method_id)
    columns = {**_checked(values, before), "updated_at": tx.clock.now()}
    row = (await tx.execute(_m.update().where(_m.c.id == method_id).values(**columns).returning(_m))).mappings().one()
    if dropped:
        await tx.execute(_rule.delete().where(_rule.c.shipping_method_id == method_id, _rule.c.id.in_(list(dropped))))
    await _add_ranges(tx, method_id, ranges, kind)
    tx.emit("shipping_price.updated", "ShippingMethodType", method_id)
    return row


async def delete(tx: WriteCtx, method_id: int) -> Row:
    """Its row. Carts that chose it must choose again; orders keep what they were delivered by. Raises NotFound."""
    row = await lock(tx, method_id)
    await tx.execute(_m.delete().where(_m.c.id == method_id))
    tx.emit("shipping_price.deleted", "ShippingMethodType", method_id, shipping_zone_id=row["shipping_zone_id"])
    return row


async def exclude(tx: WriteCtx, method_id: int, product_ids: Collection[int]) -> Row:
    """Orders with one of the products are not offered the method. Raises NotFound."""
    row = await lock(tx, method_id)
    if len(await tx.fetch(_PRODUCTS, ids=list(product_ids))) < len(set(product_ids)):
        raise NotFound("There is no such product.", field="products")
    rows = [{"shipping_method_id": method_id, "product_id": each} for each in sorted(set(product_ids))]
    if rows:
        await tx.execute(insert(_out).values(rows).on_conflict_do_nothing())
    tx.emit("shipping_price.updated", "ShippingMethodType", method_id)
    return row


async def include(tx: WriteCtx, method_id: int, product_ids: Collection[int]) -> Row:
    """Undo `exclude`. Raises NotFound."""
    row = await lock(tx, method_id)
    await tx.execute(
        _out.delete().where(_out.c.shipping_method_id == method_id, _out.c.product_id.in_(list(product_ids)))
    )
    tx.emit("shipping_price.updated", "ShippingMethodType", method_id)
    return row


async def channels_of(tx: WriteCtx, zone_id: int) -> dict[int, str]:
    """The currency of each channel that the method's zone serves."""
    return {row["id"]: row["currency"] for row in await tx.fetch(_CHANNELS_OF_ZONE, zone_id=zone_id)}


async def offer(tx: WriteCtx, method: Row, offers: Sequence[Offer], removed: Collection[int]) -> None:
    """Offer a locked method in channels of its zone, and no more in others.

    A price takes the place of the method's table in the channel, unless it is the least of that table already. Raises
    Refusal for limits that contradict each other and for a first offer without a price.
    """
    for one in offers:
        key = {"shipping_method_id": method["id"], "channel_id": one.channel_id}
        known = await _of_channel(tx, method["id"], one.channel_id)
        limits = {name: getattr(one, name) for name in _LIMITS if name in one.given}
        least, most = ((limits if name in limits else known or {}).get(name) for name in _LIMITS)
        if least is not None and most is not None and most < least:
            raise Refusal(
                "Maximum order price should be larger than the minimum order price.",
                field="maximumOrderPrice",
                code="MAX_LESS_THAN_MIN",
                channels=[to_global("Channel", one.channel_id)],
            )
        own_table = method["carrier_id"] == OWN_TABLE
        if own_table and one.amount is None and (known is None or "amount" in one.given):
            channels = [to_global("Channel", one.channel_id)]
            raise Refusal("This field is required.", field="price", code="REQUIRED", channels=channels)
        statement = insert(_listing).values(**key, **limits)
        keys = list(key)
        await tx.execute(
            statement.on_conflict_do_update(index_elements=keys, set_=limits)
            if limits
            else statement.on_conflict_do_nothing(index_elements=keys)
        )
        if one.amount is not None and one.amount != await _least(tx, **key):
            await tx.execute(_rate.delete().where(*(_rate.c[name] == value for name, value in key.items())))
            await tx.execute(_rate.insert().values(**key, amount=one.amount))
    for t in (_listing, _rate) if removed else ():
        await tx.execute(t.delete().where(t.c.shipping_method_id == method["id"], t.c.channel_id.in_(list(removed))))
    tx.emit("shipping_price.updated", "ShippingMethodType", method["id"])


async def _of_channel(tx: WriteCtx, method_id: int, channel_id: int) -> Row | None:
    found = sa.select(_listing).where(_listing.c.shipping_method_id == method_id, _listing.c.channel_id == channel_id)
    return (await tx.execute(found)).mappings().first()


async def _least(tx: WriteCtx, shipping_method_id: int, channel_id: int) -> int | None:
    found = sa.select(sa.func.min(_rate.c.amount)).where(
        _rate.c.shipping_method_id == shipping_method_id, _rate.c.channel_id == channel_id
    )
    return (await tx.execute(found)).scalar_one_or_none()


async def _add_ranges(tx: WriteCtx, method_id: int, ranges: Sequence[PostalCodeRange], kind: str) -> None:
    for one in ranges:
        start, end = (one.start.replace("\0", "").strip()[:32], (one.end or "").replace("\0", "").strip()[:32] or None)
        if not start:
            raise Refusal("A range of postal codes has a start.", field="addPostalCodeRules", code="REQUIRED")
        made = insert(_rule).values(shipping_method_id=method_id, start=start, end=end, inclusion_type=kind)
        if (await tx.execute(made.on_conflict_do_nothing().returning(_rule.c.id))).first() is None:
            raise Refusal(
                f"Entry start: {start} and end: {end} already exists.",
                field="addPostalCodeRules",
                code="ALREADY_EXISTS",
            )


def _checked(values: Mapping[str, Any], before: Row | None) -> dict[str, Any]:
    columns = dict(values)
    if "name" in columns:
        columns["name"] = str(columns["name"] or "").replace("\0", "").strip()
        if not columns["name"]:
            raise Refusal("This field cannot be blank.", field="name", code="REQUIRED")
        if len(columns["name"]) > NAME_LENGTH:
            raise Refusal(f"A name has at most {NAME_LENGTH} characters.", field="name", code="INVALID")

    def pair(*names: str) -> list[Any]:
        return [columns[name] if name in columns else before[name] if before is not None else None for name in names]

    for name, field in _RANGED.items():
        if columns.get(name) is not None and not 0 <= columns[name] < 2**31:
            raise Refusal("This number is out of range.", field=field, code="INVALID")
    least, most = pair("minimum_delivery_days", "maximum_delivery_days")
    if least is not None and most is not None and least > most:
        raise Refusal(
            "Minimum delivery days should be lower than maximum delivery days.",
            field="minimumDeliveryDays",
            code="INVALID",
        )
    least, most = pair("minimum_order_weight_grams", "maximum_order_weight_grams")
    if least is not None and most is not None and most < least:
        raise Refusal(
            "Maximum order weight should be larger than the minimum order weight.",
            field="maximumOrderWeight",
            code="MAX_LESS_THAN_MIN",
        )
    return columns
