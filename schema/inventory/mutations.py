from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.core.context import transact
from engine.core.errors import InvalidId, NotFound, Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.flows import edit_warehouse, set_stock
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.bulk import StockBulkMutations
from schema.inventory.errors import BulkStockError, StockError
from schema.inventory.warehouses import WarehouseMutations

if TYPE_CHECKING:
    from schema.catalog.types import ProductVariant

STAFF = needs("MANAGE_PRODUCTS")


@strawberry.input(description="A count of a variant's units in a warehouse.")
class StockInput:
    warehouse: strawberry.ID
    quantity: int


@strawberry.type
class ProductVariantStocksCreate:
    product_variant: Annotated["ProductVariant", strawberry.lazy("schema.catalog.types")] | None
    errors: list[BulkStockError]


@strawberry.type
class ProductVariantStocksUpdate:
    product_variant: Annotated["ProductVariant", strawberry.lazy("schema.catalog.types")] | None
    errors: list[BulkStockError]


@strawberry.type
class ProductVariantStocksDelete:
    product_variant: Annotated["ProductVariant", strawberry.lazy("schema.catalog.types")] | None
    errors: list[StockError]


@strawberry.type
class InventoryMutations(WarehouseMutations, StockBulkMutations):
    @mutation_field(STAFF, description="Record first counts of a variant, in warehouses that had none of it.")
    async def product_variant_stocks_create(
        self, info: BatchInfo, variant_id: strawberry.ID, stocks: list[StockInput]
    ) -> ProductVariantStocksCreate:
        pk, counts = _variant_pk(variant_id), _counts(stocks)
        return payload(product_variant=await transact(info.context, set_stock.set_stocks, pk, counts, create_only=True))

    @mutation_field(STAFF, description="Record counts of a variant; a stock that is not there yet is made.")
    async def product_variant_stocks_update(
        self, info: BatchInfo, stocks: list[StockInput], variant_id: strawberry.ID | None = None
    ) -> ProductVariantStocksUpdate:
        pk, counts = _variant_pk(variant_id), _counts(stocks)
        return payload(product_variant=await transact(info.context, set_stock.set_stocks, pk, counts))

    @mutation_field(STAFF, description="Forget what warehouses keep of a variant.")
    async def product_variant_stocks_delete(
        self,
        info: BatchInfo,
        variant_id: strawberry.ID | None = None,
        warehouse_ids: list[strawberry.ID] | None = None,
    ) -> ProductVariantStocksDelete:
        pk = _variant_pk(variant_id)
        houses = [uuid_pk(id, "Warehouse") for id in warehouse_ids or ()]
        return payload(product_variant=await transact(info.context, edit_warehouse.drop_stocks, pk, houses))


def _variant_pk(variant_id: strawberry.ID | None) -> int:
    if not variant_id:
        raise Refusal("The id of a variant is needed.", field="variantId", code="REQUIRED")
    try:
        return int_pk(variant_id, "ProductVariant")
    except InvalidId as error:
        raise NotFound(str(error), field="variantId") from error


def _counts(stocks: list[StockInput]) -> list[set_stock.Count]:
    counts = []
    for index, stock in enumerate(stocks):
        try:
            counts.append(set_stock.Count(uuid_pk(stock.warehouse, "Warehouse"), stock.quantity))
        except InvalidId as error:
            raise NotFound(str(error), field="warehouse", index=index) from error
    return counts
