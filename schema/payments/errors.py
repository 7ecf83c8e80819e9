"""Errors of payment mutations, with all of Saleor's codes."""

from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class TransactionInitializeErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    UNIQUE = "UNIQUE"
    CHECKOUT_COMPLETION_IN_PROGRESS = "CHECKOUT_COMPLETION_IN_PROGRESS"


@strawberry.type
class TransactionInitializeError(MutationError):
    code: TransactionInitializeErrorCode


@strawberry.enum
class TransactionProcessErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    TRANSACTION_ALREADY_PROCESSED = "TRANSACTION_ALREADY_PROCESSED"
    MISSING_PAYMENT_APP_RELATION = "MISSING_PAYMENT_APP_RELATION"
    MISSING_PAYMENT_APP = "MISSING_PAYMENT_APP"
    CHECKOUT_COMPLETION_IN_PROGRESS = "CHECKOUT_COMPLETION_IN_PROGRESS"


@strawberry.type
class TransactionProcessError(MutationError):
    code: TransactionProcessErrorCode


@strawberry.enum
class PaymentGatewayInitializeErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class PaymentGatewayInitializeError(MutationError):
    code: PaymentGatewayInitializeErrorCode


@strawberry.enum
class PaymentGatewayConfigErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class PaymentGatewayConfigError(MutationError):
    code: PaymentGatewayConfigErrorCode


@strawberry.enum
class TransactionRequestActionErrorCode(StrEnum):
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK = "MISSING_TRANSACTION_ACTION_REQUEST_WEBHOOK"


@strawberry.type
class TransactionRequestActionError(MutationError):
    code: TransactionRequestActionErrorCode


@strawberry.enum
class TransactionCreateErrorCode(StrEnum):
    INVALID = "INVALID"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    INCORRECT_CURRENCY = "INCORRECT_CURRENCY"
    METADATA_KEY_REQUIRED = "METADATA_KEY_REQUIRED"
    UNIQUE = "UNIQUE"


@strawberry.type
class TransactionCreateError(MutationError):
    code: TransactionCreateErrorCode


@strawberry.enum
class TransactionUpdateErrorCode(StrEnum):
    INVALID = "INVALID"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    INCORRECT_CURRENCY = "INCORRECT_CURRENCY"
    METADATA_KEY_REQUIRED = "METADATA_KEY_REQUIRED"
    UNIQUE = "UNIQUE"


@strawberry.type
class TransactionUpdateError(MutationError):
    code: TransactionUpdateErrorCode


@strawberry.enum
class TransactionEventReportErrorCode(StrEnum):
    INVALID = "INVALID"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    INCORRECT_DETAILS = "INCORRECT_DETAILS"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    REQUIRED = "REQUIRED"


@strawberry.type
class TransactionEventReportError(MutationError):
    code: TransactionEventReportErrorCode
