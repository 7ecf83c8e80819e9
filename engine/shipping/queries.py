"""Every read of zones, delivery methods and shipments."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import array

from engine.accounts.queries import like_pattern
from engine.catalog.models import ProductVariant
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
    ShippingMethodExclusion,
    ShippingMethodTranslation,
    ShippingPostalCodeRule,
    ShippingRate,
    ShippingZone,
    ShippingZoneChannel,
    ShippingZoneCountry,
)
from engine.shipping.rules import OfferedMethod, PostalCodes, band

_zone = table(ShippingZone)
_country = table(ShippingZoneCountry)
_zone_channel = table(ShippingZoneChannel)
_method = table(ShippingMethod)
_listing = table(ShippingMethodChannel)
_rate = table(ShippingRate)
_translation = table(ShippingMethodTranslation)
_exclusion = table(ShippingMethodExclusion)
_rule = table(ShippingPostalCodeRule)
_shipment = table(Shipment)
_channel = table(Channel)
_variant = table(ProductVariant)

_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
_CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)

_VARIANTS = sa.bindparam("variant_ids", type_=sa.ARRAY(sa.BigInteger))
_postal_codes = (
    sa.select(sa.func.array_agg(array([_rule.c.start, _rule.c.end, _rule.c.inclusion_type])))
    .where(_rule.c.shipping_method_id == _method.c.id)
    .scalar_subquery()
)
_excluded = (
    sa.select(_exclusion.c.product_id)
    .join(_variant, _variant.c.product_id == _exclusion.c.product_id)
    .where(_exclusion.c.shipping_method_id == _method.c.id, _variant.c.id == sa.any_(_VARIANTS))
)
_OFFERED = Statement(
    sa.select(
        _method.c.id, _method.c.name, _method.c.carrier_id, _method.c.service_code, _method.c.tax_class_id,
        _method.c.minimum_delivery_days, _method.c.maximum_delivery_days,
        _method.c.minimum_order_weight_grams, _method.c.maximum_order_weight_grams,
        _listing.c.minimum_order_amount, _listing.c.maximum_order_amount, _listing.c.free_over_amount,
        _channel.c.currency, _postal_codes.label("postal_codes"),
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
        ~sa.exists(_excluded),
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
_RULES = Statement(
    sa.select(_rule).where(_rule.c.shipping_method_id == sa.any_(_IDS)).order_by(_rule.c.shipping_method_id, _rule.c.id)
)
_EXCLUDED = Statement(
    sa.select(_exclusion)
    .where(_exclusion.c.shipping_method_id == sa.any_(_IDS))
    .order_by(_exclusion.c.shipping_method_id, _exclusion.c.product_id)
)
_PRICES = Statement(
    sa.select(
        _method.c.shipping_zone_id,
        _rate.c.shipping_method_id,
        _rate.c.channel_id,
        _channel.c.currency,
        sa.func.min(_rate.c.amount).label("amount"),
    )
    .join(_rate, _rate.c.shipping_method_id == _method.c.id)
    .join(_channel, _channel.c.id == _rate.c.channel_id)
    .where(_method.c.shipping_zone_id == sa.any_(_IDS))
    .group_by(_method.c.shipping_zone_id, _rate.c.shipping_method_id, _rate.c.channel_id, _channel.c.currency)
)
_ALL_COUNTRIES = Statement(sa.select(_country.c.country).distinct().order_by(_country.c.country))
_SHAPES = ShapeCache(32)


@dataclass(frozen=True)
class ZoneFilter:
    """Conditions that both hold; None asks nothing."""

    search: str | None = None
    channel_ids: tuple[int, ...] | None = None


async def offered_methods(
    ctx: Ctx, channel_id: int, country: str, variant_ids: Sequence[int] = ()
) -> list[OfferedMethod]:
    """The active methods of a channel for a country (ISO 3166-1 alpha-2), with their price tables, in the
    merchant's order; without those that one of the variants' products is excluded from."""
    rows = await ctx.fetch(_OFFERED, channel_id=channel_id, country=country, variant_ids=list(variant_ids))
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
            minimum_order_weight_grams=row["minimum_order_weight_grams"],
            maximum_order_weight_grams=row["maximum_order_weight_grams"],
            postal_codes=tuple(
                PostalCodes(start, end, included=kind == "INCLUDE") for start, end, kind in row["postal_codes"] or ()
            ),
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


async def zone_page(ctx: Ctx, wanted: ZoneFilter, args: PageArgs) -> Page:
    """Zones by name."""
    conditions, values = _conditions(wanted)
    keyset = Keyset(Key("name", _zone.c.name.collate("C")), Key("id", _zone.c.id))
    statement = _SHAPES.get(
        ("zones", tuple(values), keyset.shape(args)),
        lambda: keyset.apply(sa.select(_zone).where(*conditions), args),
    )
    return keyset.page(await ctx.fetch(statement, **values, **keyset.parameters(args)), args)


async def zone_count(ctx: Ctx, wanted: ZoneFilter) -> int:
    conditions, values = _conditions(wanted)
    statement = _SHAPES.get(
        ("count zones", tuple(values)), lambda: sa.select(sa.func.count()).select_from(_zone).where(*conditions)
    )
    return int(await ctx.value(statement, **values))


def _conditions(wanted: ZoneFilter) -> tuple[list[sa.ColumnElement[bool]], dict[str, object]]:
    conditions: list[sa.ColumnElement[bool]] = []
    values: dict[str, object] = {}
    if wanted.search:
        conditions.append(sa.func.lower(_zone.c.name).like(sa.bindparam("search", type_=sa.Text)))
        values["search"] = like_pattern(wanted.search)
    if wanted.channel_ids is not None:
        sold = sa.select(_zone_channel.c.shipping_zone_id).where(_zone_channel.c.channel_id == sa.any_(_IDS))
        conditions.append(_zone.c.id.in_(sold))
        values["ids"] = list(wanted.channel_ids)
    return conditions, values


async def prices_of_zones(ctx: Ctx, zone_ids: Sequence[int]) -> list[list[Row]]:
    """Rows amount (minor units) and currency: the least that each method of a zone costs in each channel with a
    table of its own."""
    return grouped(zone_ids, await ctx.fetch(_PRICES, ids=list(zone_ids)), "shipping_zone_id")


async def postal_code_rules_of(ctx: Ctx, method_ids: Sequence[int]) -> list[list[Row]]:
    return grouped(method_ids, await ctx.fetch(_RULES, ids=list(method_ids)), "shipping_method_id")


async def excluded_products(ctx: Ctx, method_ids: Sequence[int]) -> list[list[int]]:
    """Ids of the products that each method is not offered with."""
    rows = grouped(method_ids, await ctx.fetch(_EXCLUDED, ids=list(method_ids)), "shipping_method_id")
    return [[row["product_id"] for row in found] for found in rows]


async def zone_countries(ctx: Ctx) -> list[str]:
    """Every country (ISO 3166-1 alpha-2) that a zone has."""
    return [row["country"] for row in await ctx.fetch(_ALL_COUNTRIES)]


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
