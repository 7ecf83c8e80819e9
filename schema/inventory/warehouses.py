"""Mutations of warehouses."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.ids import int_pk, uuid_pk
from engine.flows import edit_warehouse
from schema.accounts.inputs import AddressInput, address_given
from schema.common.inputs import given
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.errors import WarehouseError
from schema.inventory.types import Warehouse, WarehouseClickAndCollectOptionEnum

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.input
class WarehouseCreateInput:
    slug: str | None = UNSET
    email: str | None = UNSET
    external_reference: str | None = UNSET
    name: str
    address: AddressInput
    shipping_zones: list[strawberry.ID] | None = UNSET


@strawberry.input
class WarehouseUpdateInput:
    slug: str | None = UNSET
    email: str | None = UNSET
    external_reference: str | None = UNSET
    name: str | None = UNSET
    address: AddressInput | None = UNSET
    click_and_collect_option: WarehouseClickAndCollectOptionEnum | None = UNSET
    is_private: bool | None = UNSET


@strawberry.type
class WarehouseCreate:
    warehouse: Warehouse | None
    errors: list[WarehouseError]


@strawberry.type
class WarehouseUpdate:
    warehouse: Warehouse | None
    errors: list[WarehouseError]


@strawberry.type
class WarehouseDelete:
    warehouse: Warehouse | None
    errors: list[WarehouseError]


@strawberry.type
class WarehouseShippingZoneAssign:
    warehouse: Warehouse | None
    errors: list[WarehouseError]


@strawberry.type
class WarehouseShippingZoneUnassign:
    warehouse: Warehouse | None
    errors: list[WarehouseError]


def _columns(asked: dict[str, Any]) -> dict[str, Any]:
    plain = ("name", "slug", "email", "external_reference")
    values = {name: asked[name] for name in plain if name in asked and (name != "slug" or asked[name] is not None)}
    if asked.get("click_and_collect_option") is not None:
        values["click_and_collect"] = str(asked["click_and_collect_option"])
    if asked.get("is_private") is not None:
        values["is_private"] = asked["is_private"]
    return values


def _zones(ids: list[strawberry.ID] | None) -> list[int]:
    return [int_pk(id, "ShippingZone") for id in ids or ()]


@strawberry.type
class WarehouseMutations:
    @mutation_field(STAFF, description="Open a warehouse.")
    async def create_warehouse(self, info: BatchInfo, input: WarehouseCreateInput) -> WarehouseCreate:
        asked = given(input)
        address, zones = address_given(input.address), _zones(asked.get("shipping_zones"))
        row = await transact(info.context, edit_warehouse.create, _columns(asked), address, zones)
        return payload(warehouse=row)

    @mutation_field(STAFF, description="Change a warehouse.")
    async def update_warehouse(
        self, info: BatchInfo, input: WarehouseUpdateInput, id: strawberry.ID | None = None
    ) -> WarehouseUpdate:
        asked, pk = given(input), uuid_pk(id or "", "Warehouse")
        address = address_given(asked["address"]) if asked.get("address") is not None else None
        row = await transact(info.context, edit_warehouse.update, pk, _columns(asked), address)
        return payload(warehouse=row)

    @mutation_field(STAFF, description="Close a warehouse that no order waits for, with its stock.")
    async def delete_warehouse(self, info: BatchInfo, id: strawberry.ID) -> WarehouseDelete:
        row = await transact(info.context, edit_warehouse.delete, uuid_pk(id, "Warehouse"))
        return payload(warehouse=row)

    @mutation_field(STAFF, description="Let a warehouse ship to zones.")
    async def assign_warehouse_shipping_zone(
        self, info: BatchInfo, id: strawberry.ID, shipping_zone_ids: list[strawberry.ID]
    ) -> WarehouseShippingZoneAssign:
        pk, zones = uuid_pk(id, "Warehouse"), _zones(shipping_zone_ids)
        return payload(warehouse=await transact(info.context, edit_warehouse.assign_zones, pk, zones))

    @mutation_field(STAFF, description="Let a warehouse no more ship to zones.")
    async def unassign_warehouse_shipping_zone(
        self, info: BatchInfo, id: strawberry.ID, shipping_zone_ids: list[strawberry.ID]
    ) -> WarehouseShippingZoneUnassign:
        pk, zones = uuid_pk(id, "Warehouse"), _zones(shipping_zone_ids)
        return payload(warehouse=await transact(info.context, edit_warehouse.assign_zones, pk, remove=zones))
