"""Fields of events about carts, orders, payments and where goods lie and go."""

import uuid

import strawberry

from engine.channels import queries as channels
from engine.checkout import queries as checkouts
from engine.core.context import Ctx, Row
from engine.inventory import queries as inventory
from engine.orders import queries as orders
from engine.payments import queries as payments
from engine.shipping import queries as shipping
from schema.channels.types import Channel
from schema.checkout.loading import with_shared
from schema.checkout.types import Checkout
from schema.events.loading import by_int, by_uuid
from schema.execution.fields import Rows, batch_field
from schema.execution.info import BatchInfo
from schema.inventory.types import Warehouse
from schema.orders.line_types import Fulfillment
from schema.orders.loading import with_paid
from schema.orders.types import Order
from schema.payments.types import TransactionItem
from schema.shipping.types import ShippingMethodType, ShippingZone


@strawberry.type
class CheckoutEvent:
    @batch_field
    async def checkout(parents: Rows, info: BatchInfo) -> list[Checkout | None]:
        ctx = info.context
        return with_shared(ctx, await by_uuid(parents, lambda ids: checkouts.by_ids(ctx, ids)))


@strawberry.type
class OrderEvent:
    @batch_field
    async def order(parents: Rows, info: BatchInfo) -> list[Order | None]:
        ctx = info.context
        return with_paid(ctx, await by_uuid(parents, lambda ids: orders.by_ids(ctx, ids)))


@strawberry.type
class FulfillmentEvent:
    @batch_field
    async def fulfillment(parents: Rows, info: BatchInfo) -> list[Fulfillment | None]:
        found: Rows = [await orders.fulfillment(info.context, int(row["object_id"])) for row in parents]
        return found

    @batch_field(description="The order that is fulfilled.")
    async def order(parents: Rows, info: BatchInfo) -> list[Order | None]:
        ctx = info.context
        ids = [await _order_id(ctx, row) for row in parents]
        return with_paid(ctx, await orders.by_ids(ctx, ids))


async def _order_id(ctx: Ctx, event: Row) -> uuid.UUID:
    told = event["payload"].get("order_id")
    if told is not None:
        return uuid.UUID(told)
    fulfillment = await orders.fulfillment(ctx, int(event["object_id"]))
    return fulfillment["order_id"] if fulfillment is not None else uuid.UUID(int=0)


@strawberry.type
class TransactionEvent:
    @batch_field
    async def transaction(parents: Rows, info: BatchInfo) -> list[TransactionItem | None]:
        found: Rows = await by_uuid(parents, lambda ids: payments.by_ids(info.context, ids))
        return found


@strawberry.type
class ChannelEvent:
    @batch_field
    async def channel(parents: Rows, info: BatchInfo) -> list[Channel | None]:
        found: Rows = await by_int(parents, lambda ids: channels.by_ids(info.context, ids))
        return found


@strawberry.type
class ShippingZoneEvent:
    @batch_field
    async def shipping_zone(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[ShippingZone | None]:
        found: Rows = await by_int(parents, lambda ids: shipping.zones_by_ids(info.context, ids))
        return found


@strawberry.type
class ShippingPriceEvent:
    @batch_field
    async def shipping_method(
        parents: Rows, info: BatchInfo, channel: str | None = None
    ) -> list[ShippingMethodType | None]:
        found: Rows = await by_int(parents, lambda ids: shipping.methods_by_ids(info.context, ids))
        return found

    @batch_field
    async def shipping_zone(parents: Rows, info: BatchInfo, channel: str | None = None) -> list[ShippingZone | None]:
        ctx = info.context
        methods = await by_int(parents, lambda ids: shipping.methods_by_ids(ctx, ids))
        found: Rows = await shipping.zones_by_ids(ctx, [row["shipping_zone_id"] if row else 0 for row in methods])
        return found


@strawberry.type
class WarehouseEvent:
    @batch_field
    async def warehouse(parents: Rows, info: BatchInfo) -> list[Warehouse | None]:
        found: Rows = await by_uuid(parents, lambda ids: inventory.warehouses_by_ids(info.context, ids))
        return found
