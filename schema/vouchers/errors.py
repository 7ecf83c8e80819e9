"""Errors of mutations of vouchers, with all of Saleor's codes."""

from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class DiscountErrorCode(StrEnum):
    ALREADY_EXISTS = "ALREADY_EXISTS"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    CANNOT_MANAGE_PRODUCT_WITHOUT_VARIANT = "CANNOT_MANAGE_PRODUCT_WITHOUT_VARIANT"
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    VOUCHER_ALREADY_USED = "VOUCHER_ALREADY_USED"


@strawberry.type
class DiscountError(MutationError):
    code: DiscountErrorCode
    products: list[strawberry.ID] | None
    channels: list[strawberry.ID] | None
    voucher_codes: list[str] | None


@strawberry.enum
class VoucherCodeBulkDeleteErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"


@strawberry.type
class VoucherCodeBulkDeleteError:
    path: str | None
    message: str | None
    code: VoucherCodeBulkDeleteErrorCode
    voucher_codes: list[strawberry.ID] | None
