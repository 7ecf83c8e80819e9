"""Where the demo sells, from where it ships, at what taxes and charges."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from typing import Any

import sqlalchemy as sa

from engine.accounts.models import Address
from engine.channels.models import Channel, ChannelCountry
from engine.cli.demo.parts import data, lock, pk
from engine.cli.demo.words import LANGUAGES
from engine.core.context import WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table
from engine.extensions.service import configure
from engine.inventory.models import Warehouse, WarehouseChannel, WarehouseZone
from engine.shipping.models import (
    ShippingMethod,
    ShippingMethodChannel,
    ShippingMethodTranslation,
    ShippingRate,
    ShippingZone,
    ShippingZoneChannel,
    ShippingZoneCountry,
)
from engine.tax.models import TaxClass, TaxConfiguration, TaxRate

CARRIER = "argosy.table-rate"
PLUGINS = (CARRIER, "argosy.manual", "mirumee.payments.dummy", "saleor.app.payment.stripe")
TAX_CLASSES = ("Books", "Food")
_CHANNELS = Statement(sa.select(table(Channel)))


async def basics(tx: WriteCtx) -> None:
    """A channel in USD and a warehouse that ships within the United States, for a shop without any channel."""
    await lock(tx)
    if await tx.fetch(_CHANNELS):
        return
    channel = Channel(slug="default-channel", name="Default channel", currency="USD", default_country="US")
    address = Address(company_name="Warehouse", country="US", validation_skipped=True)
    tx.add(address)
    await tx.session.flush()
    warehouse = Warehouse(name="Warehouse", slug="warehouse", address_id=address.id)
    zone = ShippingZone(name="United States")
    tx.add(channel, warehouse, zone)
    await tx.session.flush()
    tx.add(
        ChannelCountry(channel_id=pk(channel), country="US"),
        TaxConfiguration(channel_id=pk(channel), display_gross_prices=False, prices_entered_with_tax=False),
        WarehouseChannel(warehouse_id=warehouse.id, channel_id=pk(channel)),
        ShippingZoneCountry(shipping_zone_id=pk(zone), country="US"),
        ShippingZoneChannel(shipping_zone_id=pk(zone), channel_id=pk(channel)),
        WarehouseZone(warehouse_id=warehouse.id, shipping_zone_id=pk(zone)),
    )


@dataclass(frozen=True)
class Places:
    """What was laid out: channels and warehouses by slug, tax classes by name."""

    channels: dict[str, Channel]
    warehouses: dict[str, Warehouse]
    tax_classes: dict[str, int]


async def places(tx: WriteCtx) -> Places:
    """Channels, taxes, zones, warehouses, delivery methods and the plugins' configuration."""
    given = data("shop")
    channels = await _channels(tx, given["channel"])
    ids = {slug: pk(channel) for slug, channel in channels.items()}
    tax_classes = await _taxes(tx)
    zones = await _zones(tx, given["zone"], ids)
    warehouses = await _warehouses(tx, given["warehouse"], ids, zones)
    await _methods(tx, given["method"], ids, zones)
    for plugin in PLUGINS:
        if plugin in tx.plugins.plugins:
            for channel_id in ids.values():
                await configure(tx, plugin, channel_id=channel_id, values={})
    return Places(channels, warehouses, tax_classes)


async def _channels(tx: WriteCtx, given: Iterable[dict[str, Any]]) -> dict[str, Channel]:
    # `up --no-demo` may have made the first one before
    known = {channel.slug: channel for channel in (await tx.session.scalars(sa.select(Channel))).all()}
    channels: dict[str, Channel] = {}
    for one in given:
        columns = {name: one[name] for name in ("slug", "name", "currency", "default_country")}
        channel = channels[one["slug"]] = known.get(one["slug"]) or Channel(**columns)
        channel.name = one["name"]
        tx.add(channel)
        await tx.session.flush()
        await _drop_details(tx, pk(channel))
        with_tax = one["entered_with_tax"]
        tx.add(
            *(ChannelCountry(channel_id=pk(channel), country=country) for country in one["countries"]),
            TaxConfiguration(channel_id=pk(channel), display_gross_prices=with_tax, prices_entered_with_tax=with_tax),
        )
    await tx.session.flush()
    return channels


async def _drop_details(tx: WriteCtx, channel_id: int) -> None:
    for model in (ChannelCountry, TaxConfiguration):
        t = table(model)
        await tx.execute(t.delete().where(t.c.channel_id == channel_id))


async def _taxes(tx: WriteCtx) -> dict[str, int]:
    classes = [TaxClass(name=name) for name in TAX_CLASSES]
    tx.add(*classes)
    await tx.session.flush()
    ids = {one.name: pk(one) for one in classes}
    text = files(__package__).joinpath("data", "taxes.csv").read_text(encoding="utf-8")
    tx.add(
        *(
            TaxRate(
                country=row["country"],
                region=row["region"],
                tax_class_id=ids.get(row["class"]),
                rate=int(row["rate"]),
                valid_from=date.fromisoformat(row["valid_from"]),
                valid_to=date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                source=row["source"],
            )
            for row in csv.DictReader(text.splitlines())
        )
    )
    await tx.session.flush()
    return ids


async def _zones(tx: WriteCtx, given: list[dict[str, Any]], channels: dict[str, int]) -> dict[str, int]:
    # the zone `basics` made is the demo's own first one
    known = Statement(sa.select(table(ShippingZone)))
    found: dict[str, int] = {row["name"]: row["id"] for row in await tx.fetch(known)}
    zones = {one["name"]: ShippingZone(name=one["name"]) for one in given if one["name"] not in found}
    tx.add(*zones.values())
    await tx.session.flush()
    for one in given:
        if one["name"] in found:
            continue
        zone_id = found[one["name"]] = pk(zones[one["name"]])
        tx.add(*(ShippingZoneCountry(shipping_zone_id=zone_id, country=country) for country in one["countries"]))
        tx.add(*(ShippingZoneChannel(shipping_zone_id=zone_id, channel_id=channels[slug]) for slug in one["channels"]))
    await tx.session.flush()
    return found


async def _warehouses(
    tx: WriteCtx, given: list[dict[str, Any]], channels: dict[str, int], zones: dict[str, int]
) -> dict[str, Warehouse]:
    made: dict[str, Warehouse] = {}
    for one in given:
        address = Address(**one["address"])
        tx.add(address)
        await tx.session.flush()
        warehouse = made[one["slug"]] = Warehouse(
            name=one["name"],
            slug=one["slug"],
            email=one["email"],
            address_id=address.id,
            click_and_collect=one.get("click_and_collect", "DISABLED"),
        )
        tx.add(warehouse)
        await tx.session.flush()
        for slug in one["channels"]:
            tx.add(
                WarehouseChannel(
                    warehouse_id=warehouse.id, channel_id=channels[slug], sort_order=one["channels"].index(slug)
                )
            )
        tx.add(*(WarehouseZone(warehouse_id=warehouse.id, shipping_zone_id=zones[name]) for name in one["zones"]))
    await tx.session.flush()
    return made


async def _methods(tx: WriteCtx, given: list[dict[str, Any]], channels: dict[str, int], zones: dict[str, int]) -> None:
    for position, one in enumerate(given):
        method = ShippingMethod(
            shipping_zone_id=zones[one["zone"]],
            name=one["name"],
            carrier_id=CARRIER,
            service_code=one["service_code"],
            minimum_delivery_days=one["days"][0],
            maximum_delivery_days=one["days"][1],
            sort_order=position,
        )
        tx.add(method)
        await tx.session.flush()
        for language in LANGUAGES:
            tx.add(ShippingMethodTranslation(shipping_method_id=pk(method), language=language, name=one[language]))
        for slug, terms in one["in"].items():
            place = {"shipping_method_id": pk(method), "channel_id": channels[slug]}
            tx.add(ShippingMethodChannel(**place, free_over_amount=terms.get("free_over")))
            tx.add(*(ShippingRate(**place, **band) for band in terms["bands"]))
    await tx.session.flush()
