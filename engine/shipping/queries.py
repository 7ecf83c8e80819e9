"""Every read of zones, delivery methods and shipments."""

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from engine.channels.models import Channel
from engine.core.context import Ctx, Row
from engine.core.paging import Key, Keyset, Page, PageArgs
from engine.core.rows import grouped, in_order
from engine.core.statements import ShapeCache, Statement
from engine.core.tables import table
from engine.shipping.models import (
    Shipment,
    ShippingMethod,
    ShippingMethodChannel,
    ShippingMethodTranslation,
    ShippingRate,
    ShippingZone,
    ShippingZoneChannel,
    ShippingZoneCountry,
)
from engine.shipping.rules import OfferedMethod, band

_zone = table(ShippingZone)
_country = table(ShippingZoneCountry)
_zone_channel = table(ShippingZoneChannel)
_method = table(ShippingMethod)
_listing = table(ShippingMethodChannel)
_rate = table(ShippingRate)
_translation = table(ShippingMethodTranslation)
_shipment = table(Shipment)
_channel = table(Channel)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)

_OFFERED = Statement(
    sa.select(
        _method.c.id, _method.c.name, _method.c.carrier_id, _method.c.service_code, _method.c.tax_class_id,
        _method.c.minimum_delivery_days, _method.c.maximum_delivery_days,
        _listing.c.minimum_order_amount, _listing.c.maximum_order_amount, _listing.c.free_over_amount,
        _channel.c.currency,
    )
    .join(_zone_channel, _zone_channel.c.shipping_zone_id == _method.c.shipping_zone_id)
    .join(_country, _country.c.shipping_zone_id == _method.c.shipping_zone_id)
    .join(
        _listing,
        sa.and_(
            _listing.c.shipping_method_id == _method.c.id, _listing.c.channel_id == _zone_channel.c.channel_id
        ),
    )
    .join(_channel, _channel.c.id == _zone_channel.c.channel_id)
    .where(
        _method.c.active,
        _zone_channel.c.channel_id == _CHANNEL,
        _country.c.country == sa.bindparam("country", type_=sa.Text),
    )
    .order_by(_method.c.sort_order, _method.c.id)
)  # fmt: skip
_RATES = Statement(
    sa.select(_rate)
    .where(_rate.c.shipping_method_id == sa.any_(_IDS), _rate.c.channel_id == _CHANNEL)
    .order_by(_rate.c.shipping_method_id, _rate.c.min_weight_grams, _rate.c.min_subtotal, _rate.c.id)
)
_METHODS = Statement(sa.select(_method).where(_method.c.id == sa.any_(_IDS)))
_OF_ZONES = Statement(
    sa.select(_method)
    .where(_method.c.shipping_zone_id == sa.any_(_IDS))
    .order_by(_method.c.shipping_zone_id, _method.c.sort_order, _method.c.id)
)
_LISTINGS = Statement(
    sa.select(_listing, _channel.c.currency)
    .join(_channel, _channel.c.id == _listing.c.channel_id)
    .where(_listing.c.shipping_method_id == sa.any_(_IDS))
    .order_by(_listing.c.shipping_method_id, _channel.c.slug)
)
_ALL_RATES = Statement(
    sa.select(_rate, _channel.c.currency)
    .join(_channel, _channel.c.id == _rate.c.channel_id)
    .where(_rate.c.shipping_method_id == sa.any_(_IDS))
    .order_by(_rate.c.shipping_method_id, _rate.c.channel_id, _rate.c.min_weight_grams, _rate.c.min_subtotal)
)
_TRANSLATIONS = Statement(
    sa.select(_translation).where(
        _translation.c.shipping_method_id == sa.any_(_IDS), _translation.c.language == sa.bindparam("language")
    )
)
_ZONES = Statement(sa.select(_zone).where(_zone.c.id == sa.any_(_IDS)))
_COUNTRIES = Statement(
    sa.select(_country).where(_country.c.shipping_zone_id == sa.any_(_IDS)).order_by(_country.c.country)
)
_ZONE_CHANNELS = Statement(
    sa.select(_channel, _zone_channel.c.shipping_zone_id)
    .join(_zone_channel, _zone_channel.c.channel_id == _channel.c.id)
    .where(_zone_channel.c.shipping_zone_id == sa.any_(_IDS))
    .order_by(_channel.c.slug)
)
# A warehouse serves zones; its table belongs to a sibling, so only the pair of keys is read.
_ZONE_WAREHOUSES = Statement(
    sa.text(
        "SELECT z.shipping_zone_id, z.warehouse_id FROM warehouse_zone z JOIN warehouse w ON w.id = z.warehouse_id"
        " WHERE z.shipping_zone_id = ANY(:ids) ORDER BY z.shipping_zone_id, w.name, w.id"
    ).bindparams(_IDS)
)
_WAREHOUSE_ZONES = Statement(
    sa.text(
        "SELECT z.*, w.warehouse_id FROM shipping_zone z JOIN warehouse_zone w ON w.shipping_zone_id = z.id"
        " WHERE w.warehouse_id = ANY(:ids) ORDER BY w.warehouse_id, z.name, z.id"
    ).bindparams(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid)))
)
_SHIPMENTS = Statement(
    sa.select(_shipment).where(_shipment.c.fulfillment_id == sa.any_(_IDS)).order_by(_shipment.c.created_at)
)
_SHIPMENT = Statement(sa.select(_shipment).where(_shipment.c.id == sa.bindparam("id", type_=sa.Uuid)))
_KEYSET = Keyset(Key("name", _zone.c.name), Key("id", _zone.c.id))
_PAGES = ShapeCache(8)
_COUNT = Statement(sa.select(sa.func.count()).select_from(_zone))


async def offered_methods(ctx: Ctx, channel_id: int, country: str) -> list[OfferedMethod]:
    """The active methods of a channel for a country (ISO 3166-1 alpha-2), with their price tables, in the
    merchant's order."""
    rows = await ctx.fetch(_OFFERED, channel_id=channel_id, country=country)
    ids = [row["id"] for row in rows]
    rates = grouped(ids, await ctx.fetch(_RATES, ids=ids, channel_id=channel_id), "shipping_method_id")
    return [
        OfferedMethod(
            id=row["id"],
            name=row["name"],
            carrier_id=row["carrier_id"],
            service_code=row["service_code"],
            tax_class_id=row["tax_class_id"],
            minimum_delivery_days=row["minimum_delivery_days"],
            maximum_delivery_days=row["maximum_delivery_days"],
            minimum_order_amount=row["minimum_order_amount"],
            maximum_order_amount=row["maximum_order_amount"],
            free_over_amount=row["free_over_amount"],
            bands=tuple(
                band(
                    (
                        rate["amount"],
                        rate["min_weight_grams"],
                        rate["max_weight_grams"],
                        rate["min_subtotal"],
                        rate["max_subtotal"],
                    ),
                    row["currency"],
                )
                for rate in table_
            ),
        )
        for row, table_ in zip(rows, rates, strict=True)
    ]


async def methods_by_ids(ctx: Ctx, method_ids: Sequence[int]) -> list[Row | None]:
    return in_order(method_ids, await ctx.fetch(_METHODS, ids=list(method_ids)))


async def methods_of_zones(ctx: Ctx, zone_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(zone_ids, await ctx.fetch(_OF_ZONES, ids=list(zone_ids)), "shipping_zone_id")


async def method_listings(ctx: Ctx, method_ids: Sequence[int]) -> list[list[Row]]:
    """Where each method is offered and for which subtotals, with the channel's `currency`."""
    return grouped(method_ids, await ctx.fetch(_LISTINGS, ids=list(method_ids)), "shipping_method_id")


async def method_rates(ctx: Ctx, method_ids: Sequence[int]) -> list[list[Row]]:
    """The price table of each method in every channel, with the channel's `currency`."""
    return grouped(method_ids, await ctx.fetch(_ALL_RATES, ids=list(method_ids)), "shipping_method_id")


async def method_translations(ctx: Ctx, method_ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(_TRANSLATIONS, ids=list(method_ids), language=language)
    return in_order(method_ids, rows, "shipping_method_id")


async def zones_by_ids(ctx: Ctx, zone_ids: Sequence[int]) -> list[Row | None]:
    return in_order(zone_ids, await ctx.fetch(_ZONES, ids=list(zone_ids)))


async def zone_page(ctx: Ctx, args: PageArgs) -> Page:
    statement = _PAGES.get(_KEYSET.shape(args), lambda: _KEYSET.apply(sa.select(_zone), args))
    return _KEYSET.page(await ctx.fetch(statement, **_KEYSET.parameters(args)), args)


async def zone_count(ctx: Ctx) -> int:
    return int(await ctx.value(_COUNT))


async def zones_of_warehouses(ctx: Ctx, warehouse_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    return grouped(warehouse_ids, await ctx.fetch(_WAREHOUSE_ZONES, ids=list(warehouse_ids)), "warehouse_id")


async def warehouses_of_zones(ctx: Ctx, zone_ids: Sequence[int]) -> list[list[uuid.UUID]]:
    rows = await ctx.fetch(_ZONE_WAREHOUSES, ids=list(zone_ids))
    return [[row["warehouse_id"] for row in found] for found in grouped(zone_ids, rows, "shipping_zone_id")]


async def countries_of(ctx: Ctx, zone_ids: Sequence[int]) -> list[list[Row]]:
    """The country codes (ISO 3166-1 alpha-2) of each zone, sorted."""
    rows = await ctx.fetch(_COUNTRIES, ids=list(zone_ids))
    return [[row["country"] for row in found] for found in grouped(zone_ids, rows, "shipping_zone_id")]


async def channels_of(ctx: Ctx, zone_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(zone_ids, await ctx.fetch(_ZONE_CHANNELS, ids=list(zone_ids)), "shipping_zone_id")


async def shipments_of(ctx: Ctx, fulfillment_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(fulfillment_ids, await ctx.fetch(_SHIPMENTS, ids=list(fulfillment_ids)), "fulfillment_id")


async def shipment(ctx: Ctx, shipment_id: uuid.UUID) -> Row | None:
    return await ctx.first(_SHIPMENT, id=shipment_id)
