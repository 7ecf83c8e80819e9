import strawberry

from engine.core.context import Row, WriteCtx, transact
from engine.core.ids import int_pk
from engine.flows import edit_shipping
from engine.shipping import methods, queries, zones
from schema.common.inputs import given
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.shipping.errors import ShippingError
from schema.shipping.inputs import (
    ShippingMethodChannelListingInput,
    ShippingPriceExcludeProductsInput,
    ShippingPriceInput,
    ShippingZoneCreateInput,
    ShippingZoneUpdateInput,
    method_change,
    offers,
    zone_change,
)
from schema.shipping.types import ShippingMethodType, ShippingZone

STAFF = needs("MANAGE_SHIPPING")


@strawberry.type
class ShippingZoneCreate:
    shipping_zone: ShippingZone | None
    errors: list[ShippingError]


@strawberry.type
class ShippingZoneUpdate:
    shipping_zone: ShippingZone | None
    errors: list[ShippingError]


@strawberry.type
class ShippingZoneDelete:
    shipping_zone: ShippingZone | None
    errors: list[ShippingError]


@strawberry.type
class ShippingZoneBulkDelete:
    count: int
    errors: list[ShippingError]


@strawberry.type
class ShippingPriceCreate:
    shipping_zone: ShippingZone | None
    shipping_method: ShippingMethodType | None
    errors: list[ShippingError]


@strawberry.type
class ShippingPriceUpdate:
    shipping_zone: ShippingZone | None
    shipping_method: ShippingMethodType | None
    errors: list[ShippingError]


@strawberry.type
class ShippingPriceDelete:
    shipping_zone: ShippingZone | None
    shipping_method: ShippingMethodType | None
    errors: list[ShippingError]


@strawberry.type
class ShippingPriceExcludeProducts:
    shipping_method: ShippingMethodType | None
    errors: list[ShippingError]


@strawberry.type
class ShippingPriceRemoveProductFromExclude:
    shipping_method: ShippingMethodType | None
    errors: list[ShippingError]


@strawberry.type
class ShippingMethodChannelListingUpdate:
    shipping_method: ShippingMethodType | None
    errors: list[ShippingError]


@strawberry.type
class ShippingMutations:
    @mutation_field(STAFF, description="Make a shipping zone.")
    async def shipping_zone_create(self, info: BatchInfo, input: ShippingZoneCreateInput) -> ShippingZoneCreate:
        return payload(shipping_zone=await transact(info.context, edit_shipping.create_zone, zone_change(input)))

    @mutation_field(STAFF, description="Change a shipping zone.")
    async def shipping_zone_update(
        self, info: BatchInfo, id: strawberry.ID, input: ShippingZoneUpdateInput
    ) -> ShippingZoneUpdate:
        pk = int_pk(id, "ShippingZone")
        return payload(shipping_zone=await transact(info.context, edit_shipping.update_zone, pk, zone_change(input)))

    @mutation_field(STAFF, description="Delete a shipping zone with its methods.")
    async def shipping_zone_delete(self, info: BatchInfo, id: strawberry.ID) -> ShippingZoneDelete:
        (row,) = await transact(info.context, zones.delete, [int_pk(id, "ShippingZone")])
        return payload(shipping_zone=row)

    @mutation_field(STAFF, empty={"count": 0}, description="Delete shipping zones with their methods, all or none.")
    async def shipping_zone_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> ShippingZoneBulkDelete:
        pks = list(dict.fromkeys(int_pk(id, "ShippingZone") for id in ids))
        return payload(count=len(await transact(info.context, zones.delete, pks)))

    @mutation_field(STAFF, description="Make a delivery method that is priced by the merchant's own table.")
    async def shipping_price_create(self, info: BatchInfo, input: ShippingPriceInput) -> ShippingPriceCreate:
        return await _method(info, await transact(info.context, edit_shipping.create_method, method_change(input)))

    @mutation_field(STAFF, description="Change a delivery method.")
    async def shipping_price_update(
        self, info: BatchInfo, id: strawberry.ID, input: ShippingPriceInput
    ) -> ShippingPriceUpdate:
        pk = int_pk(id, "ShippingMethodType")
        return await _method(info, await transact(info.context, edit_shipping.update_method, pk, method_change(input)))

    @mutation_field(STAFF, description="Delete a delivery method; carts that chose it must choose again.")
    async def shipping_price_delete(self, info: BatchInfo, id: strawberry.ID) -> ShippingPriceDelete:
        return await _method(info, await transact(info.context, methods.delete, int_pk(id, "ShippingMethodType")))

    @mutation_field(STAFF, description="Keep a delivery method from orders with some products.")
    async def shipping_price_exclude_products(
        self, info: BatchInfo, id: strawberry.ID, input: ShippingPriceExcludeProductsInput
    ) -> ShippingPriceExcludeProducts:
        pk, products = int_pk(id, "ShippingMethodType"), [int_pk(each, "Product") for each in input.products]
        return payload(shipping_method=await transact(info.context, methods.exclude, pk, products))

    @mutation_field(STAFF, description="Undo `shippingPriceExcludeProducts`.")
    async def shipping_price_remove_product_from_exclude(
        self, info: BatchInfo, id: strawberry.ID, products: list[strawberry.ID]
    ) -> ShippingPriceRemoveProductFromExclude:
        pk, kept = int_pk(id, "ShippingMethodType"), [int_pk(each, "Product") for each in products]
        return payload(shipping_method=await transact(info.context, methods.include, pk, kept))

    @mutation_field(STAFF, description="Set what a delivery method costs in which channels.")
    async def shipping_method_channel_listing_update(
        self, info: BatchInfo, id: strawberry.ID, input: ShippingMethodChannelListingInput
    ) -> ShippingMethodChannelListingUpdate:
        pk = int_pk(id, "ShippingMethodType")
        return payload(shipping_method=await transact(info.context, _offer, pk, input))


async def _offer(tx: WriteCtx, method_id: int, input: ShippingMethodChannelListingInput) -> Row:
    asked = given(input)
    method = await methods.lock(tx, method_id)
    currencies = await methods.channels_of(tx, method["shipping_zone_id"])
    wanted = offers(asked.get("add_channels") or [], currencies)
    removed = [int_pk(each, "Channel") for each in asked.get("remove_channels") or ()]
    return await edit_shipping.offer_method(tx, method_id, wanted, removed)


async def _method(info: BatchInfo, row: Row) -> Row:
    (zone,) = await queries.zones_by_ids(info.context, [row["shipping_zone_id"]])
    return payload(shipping_method=row, shipping_zone=zone)
