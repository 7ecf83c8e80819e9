from enum import StrEnum

import strawberry

from engine.vouchers.pages import VoucherSort
from engine.vouchers.rules import VoucherStatus

strawberry.enum(VoucherStatus, name="DiscountStatusEnum")


@strawberry.enum
class DiscountValueTypeEnum(StrEnum):
    FIXED = "FIXED"
    PERCENTAGE = "PERCENTAGE"


@strawberry.enum
class VoucherTypeEnum(StrEnum):
    SHIPPING = "SHIPPING"
    ENTIRE_ORDER = "ENTIRE_ORDER"
    SPECIFIC_PRODUCT = "SPECIFIC_PRODUCT"


@strawberry.enum
class VoucherDiscountType(StrEnum):
    FIXED = "FIXED"
    PERCENTAGE = "PERCENTAGE"
    SHIPPING = "SHIPPING"


strawberry.enum(VoucherSort, name="VoucherSortField")
