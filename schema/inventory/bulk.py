"""Counts of many stocks at once."""

from enum import StrEnum
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.core.errors import Refusal
from engine.core.ids import int_pk, uuid_pk
from engine.flows.count_stocks import Counted, StockCount, Undone, count_stocks
from schema.common.enums import ErrorPolicyEnum
from schema.common.errors import MutationError
from schema.common.inputs import set_or
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.inventory.types import Stock


@strawberry.enum
class StockBulkUpdateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"


@strawberry.type
class StockBulkUpdateError(MutationError):
    code: StockBulkUpdateErrorCode


@strawberry.type
class StockBulkResult:
    stock: Stock | None
    errors: list[StockBulkUpdateError] | None


@strawberry.type
class StockBulkUpdate:
    count: int
    results: list[StockBulkResult]
    errors: list[StockBulkUpdateError]


@strawberry.input
class StockBulkUpdateInput:
    variant_id: strawberry.ID | None = UNSET
    variant_external_reference: str | None = UNSET
    warehouse_id: strawberry.ID | None = UNSET
    warehouse_external_reference: str | None = UNSET
    quantity: int


def _count(item: StockBulkUpdateInput) -> StockCount:
    variant, variant_reference = set_or(item.variant_id), set_or(item.variant_external_reference)
    warehouse, warehouse_reference = set_or(item.warehouse_id), set_or(item.warehouse_external_reference)
    for one, other, field in (
        (variant, variant_reference, "variantId"),
        (warehouse, warehouse_reference, "warehouseId"),
    ):
        if bool(one) is bool(other):
            raise Refusal("Name it by its id or by its external reference.", field=field, code="REQUIRED")
    return StockCount(
        item.quantity,
        variant_id=int_pk(variant, "ProductVariant") if variant else None,
        variant_reference=variant_reference.replace("\0", "") if variant_reference else None,
        warehouse_id=uuid_pk(warehouse, "Warehouse") if warehouse else None,
        warehouse_reference=warehouse_reference.replace("\0", "") if warehouse_reference else None,
    )


def _result(counted: Counted) -> dict[str, Any]:
    refusal = counted.refusal
    return {"stock": counted.stock, "errors": [] if refusal is None else [refusal.as_row()]}


@strawberry.type
class StockBulkMutations:
    @mutation_field(
        needs("MANAGE_PRODUCTS"), empty={"count": 0, "results": []}, description="Record counts of many stocks."
    )
    async def stock_bulk_update(
        self,
        info: BatchInfo,
        stocks: list[StockBulkUpdateInput],
        error_policy: ErrorPolicyEnum | None = None,
    ) -> StockBulkUpdate:
        counts = [_count(item) for item in stocks]
        all_or_nothing = error_policy in (None, ErrorPolicyEnum.REJECT_EVERYTHING)
        try:
            results = await transact(info.context, count_stocks, counts, all_or_nothing=all_or_nothing)
        except Undone as undone:
            results = list(undone.results)
        taken = sum(result.stock is not None for result in results)
        return payload(count=taken, results=[_result(result) for result in results])
