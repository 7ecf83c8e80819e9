"""Vouchers: what their codes take off a cart."""

import datetime

import strawberry

from engine.core.context import Row
from schema.common.ids import global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import row_field
from schema.vouchers.enums import DiscountValueTypeEnum, VoucherTypeEnum


@strawberry.type(description="What its codes take off a cart.")
class Voucher(ObjectWithMetadata):
    """Rows of `engine.vouchers.queries.by_ids`; on a cart or an order, `code` is the one that was used there."""

    id: strawberry.ID = global_id("Voucher")
    name: str | None
    code: str | None
    type: VoucherTypeEnum
    start_date: datetime.datetime
    end_date: datetime.datetime | None
    apply_once_per_order: bool
    apply_once_per_customer: bool
    single_use: bool
    only_for_staff: bool
    min_checkout_items_quantity: int | None

    @row_field
    def discount_value_type(row: Row) -> DiscountValueTypeEnum:
        return row["value_type"]
