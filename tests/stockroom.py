"""A small shop to count stock in: one channel, two warehouses, a few variants."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import sqlalchemy as sa

from engine.catalog.models import Product, ProductChannel, ProductType, ProductVariant
from engine.channels.models import Channel, ChannelCountry
from engine.checkout.models import Checkout, CheckoutLine
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import table
from engine.inventory import service
from engine.inventory.models import Warehouse, WarehouseChannel, WarehouseZone
from engine.pricing.models import VariantPrice
from engine.shipping.models import ShippingZone, ShippingZoneChannel, ShippingZoneCountry
from engine.tax.models import TaxConfiguration

_number = count(1)

UNBALANCED = Statement(
    sa.text(
        "SELECT s.id, s.on_hand, s.allocated, coalesce(e.on_hand, 0) AS ledger_on_hand,"
        " coalesce(e.allocated, 0) AS ledger_allocated, coalesce(a.quantity, 0) AS claimed FROM stock s"
        " LEFT JOIN (SELECT stock_id, sum(on_hand_delta) AS on_hand, sum(allocated_delta) AS allocated"
        " FROM stock_entry GROUP BY stock_id) e ON e.stock_id = s.id"
        " LEFT JOIN (SELECT stock_id, sum(quantity) AS quantity FROM allocation GROUP BY stock_id) a"
        " ON a.stock_id = s.id"
        " WHERE s.on_hand <> coalesce(e.on_hand, 0) OR s.allocated <> coalesce(e.allocated, 0)"
        " OR s.allocated <> coalesce(a.quantity, 0)"
    )
)


async def unbalanced(ctx: Ctx) -> list[dict[str, Any]]:
    """Stock rows whose balance is not the sum of their ledger and of their allocations; must be none."""
    return [dict(row) for row in await ctx.fetch(UNBALANCED)]


@dataclass
class Stockroom:
    channel_id: int
    channel_slug: str
    zone_id: int
    warehouses: list[uuid.UUID]
    product_type_id: int
    variants: list[int] = field(default_factory=list)
    products: list[int] = field(default_factory=list)

    async def count(self, ctx: Ctx, variant: int, *quantities: int) -> None:
        """Put `quantities` of the variant into the warehouses, in their order."""
        for warehouse_id, quantity in zip(self.warehouses, quantities, strict=False):
            await transact(
                ctx,
                service.set_on_hand,
                variant_id=variant,
                warehouse_id=warehouse_id,
                quantity=quantity,
                cause_type="test",
                cause_id="1",
            )


async def build(
    ctx: Ctx,
    *,
    stock: Sequence[Sequence[int]] = ((10, 10),),
    strategy: str = "PRIORITIZE_SORTING_ORDER",
    price: int = 1000,
    entered_with_tax: bool = True,
    **variant: Any,
) -> Stockroom:
    """One variant per item of `stock`, which gives its units in each of two warehouses, sold to DE and FR."""
    n = next(_number)

    async def work(tx: WriteCtx) -> Stockroom:
        channel = Channel(
            slug=f"shop-{n}", name="Shop", currency="EUR", default_country="DE", allocation_strategy=strategy
        )
        zone = ShippingZone(name=f"Europe {n}")
        kind = ProductType(name="Thing", slug=f"thing-{n}")
        houses = [Warehouse(name=f"House {n}-{i}", slug=f"house-{n}-{i}") for i in range(2)]
        tx.add(channel, zone, kind, *houses)
        await tx.session.flush()
        assert channel.id
        assert zone.id
        assert kind.id
        tx.add(
            TaxConfiguration(channel_id=channel.id, prices_entered_with_tax=entered_with_tax),
            ShippingZoneChannel(shipping_zone_id=zone.id, channel_id=channel.id),
        )
        for country in ("DE", "FR"):
            tx.add(
                ChannelCountry(channel_id=channel.id, country=country),
                ShippingZoneCountry(shipping_zone_id=zone.id, country=country),
            )
        for i, house in enumerate(houses):
            tx.add(
                WarehouseChannel(warehouse_id=house.id, channel_id=channel.id, sort_order=i),
                WarehouseZone(warehouse_id=house.id, shipping_zone_id=zone.id),
            )
        room = Stockroom(channel.id, channel.slug, zone.id, [house.id for house in houses], kind.id)
        for i in range(len(stock)):
            await _add_variant(tx, room, f"{n}-{i}", price, variant)
        return room

    room = await transact(ctx, work)
    for variant_id, quantities in zip(room.variants, stock, strict=True):
        await room.count(ctx, variant_id, *quantities)
    return room


async def _add_variant(tx: WriteCtx, room: Stockroom, name: str, price: int, values: dict[str, Any]) -> None:
    product = Product(
        product_type_id=room.product_type_id, name=f"Thing {name}", name_key=f"thing {name}", slug=f"thing-{name}"
    )
    tx.add(product)
    await tx.session.flush()
    assert product.id
    made = ProductVariant(product_id=product.id, sku=f"SKU-{name}", weight_grams=500, **values)
    tx.add(made)
    await tx.session.flush()
    assert made.id
    now = tx.clock.now()
    tx.add(
        ProductChannel(
            product_id=product.id,
            channel_id=room.channel_id,
            is_published=True,
            published_at=now,
            available_for_purchase_at=now,
        ),
        VariantPrice(variant_id=made.id, channel_id=room.channel_id, currency="EUR", amount=price),
    )
    room.variants.append(made.id)
    room.products.append(product.id)


async def cart(ctx: Ctx, room: Stockroom, *lines: tuple[int, int]) -> tuple[uuid.UUID, list[service.ClaimLine]]:
    """A checkout with (variant, quantity) lines, and the claim that covers them."""

    async def work(tx: WriteCtx) -> tuple[uuid.UUID, list[service.ClaimLine]]:
        checkout = Checkout(channel_id=room.channel_id, currency="EUR")
        made = [CheckoutLine(checkout_id=checkout.id, variant_id=v, quantity=q) for v, q in lines]
        tx.add(checkout)
        await tx.session.flush()
        tx.add(*made)
        return checkout.id, [service.ClaimLine(line.id, line.variant_id, line.quantity) for line in made]

    return await transact(ctx, work)


async def delete_variant(ctx: Ctx, variant_id: int) -> None:
    async def work(tx: WriteCtx) -> None:
        t = table(ProductVariant)
        await tx.execute(t.delete().where(t.c.id == variant_id))

    await transact(ctx, work)
