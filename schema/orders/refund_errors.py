"""Errors of granted refunds, with all of Saleor's codes."""

from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class OrderGrantRefundCreateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    SHIPPING_COSTS_ALREADY_GRANTED = "SHIPPING_COSTS_ALREADY_GRANTED"
    AMOUNT_GREATER_THAN_AVAILABLE = "AMOUNT_GREATER_THAN_AVAILABLE"
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"


@strawberry.enum
class OrderGrantRefundCreateLineErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    QUANTITY_GREATER_THAN_AVAILABLE = "QUANTITY_GREATER_THAN_AVAILABLE"
    INVALID = "INVALID"
    NOT_CONFIGURED = "NOT_CONFIGURED"


@strawberry.type
class OrderGrantRefundCreateLineError(MutationError):
    code: OrderGrantRefundCreateLineErrorCode
    line_id: strawberry.ID


@strawberry.type
class OrderGrantRefundCreateError(MutationError):
    code: OrderGrantRefundCreateErrorCode
    lines: list[OrderGrantRefundCreateLineError] | None


@strawberry.enum
class OrderGrantRefundUpdateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    NOT_CONFIGURED = "NOT_CONFIGURED"
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    AMOUNT_GREATER_THAN_AVAILABLE = "AMOUNT_GREATER_THAN_AVAILABLE"
    SHIPPING_COSTS_ALREADY_GRANTED = "SHIPPING_COSTS_ALREADY_GRANTED"


@strawberry.enum
class OrderGrantRefundUpdateLineErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    QUANTITY_GREATER_THAN_AVAILABLE = "QUANTITY_GREATER_THAN_AVAILABLE"
    INVALID = "INVALID"
    NOT_CONFIGURED = "NOT_CONFIGURED"


@strawberry.type
class OrderGrantRefundUpdateLineError(MutationError):
    code: OrderGrantRefundUpdateLineErrorCode
    line_id: strawberry.ID


@strawberry.type
class OrderGrantRefundUpdateError(MutationError):
    code: OrderGrantRefundUpdateErrorCode
    add_lines: list[OrderGrantRefundUpdateLineError] | None
    remove_lines: list[OrderGrantRefundUpdateLineError] | None


@strawberry.enum
class TransactionRequestRefundForGrantedRefundErrorCode(StrEnum):
    INVALID = "INVALID"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    AMOUNT_GREATER_THAN_AVAILABLE = "AMOUNT_GREATER_THAN_AVAILABLE"
    MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK = "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK"
    REFUND_ALREADY_PROCESSED = "REFUND_ALREADY_PROCESSED"
    REFUND_IS_PENDING = "REFUND_IS_PENDING"


@strawberry.type
class TransactionRequestRefundForGrantedRefundError(MutationError):
    code: TransactionRequestRefundForGrantedRefundErrorCode
