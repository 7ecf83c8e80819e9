"""Errors of webhook mutations, with all of Saleor's codes."""

from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class WebhookErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    DELETE_FAILED = "DELETE_FAILED"
    SYNTAX = "SYNTAX"
    MISSING_SUBSCRIPTION = "MISSING_SUBSCRIPTION"
    UNABLE_TO_PARSE = "UNABLE_TO_PARSE"
    MISSING_EVENT = "MISSING_EVENT"
    INVALID_CUSTOM_HEADERS = "INVALID_CUSTOM_HEADERS"
    INVALID_NOTIFY_WITH_SUBSCRIPTION = "INVALID_NOTIFY_WITH_SUBSCRIPTION"


@strawberry.enum
class WebhookDryRunErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    MISSING_PERMISSION = "MISSING_PERMISSION"
    TYPE_NOT_SUPPORTED = "TYPE_NOT_SUPPORTED"
    SYNTAX = "SYNTAX"
    MISSING_SUBSCRIPTION = "MISSING_SUBSCRIPTION"
    UNABLE_TO_PARSE = "UNABLE_TO_PARSE"
    MISSING_EVENT = "MISSING_EVENT"
    INVALID_ID = "INVALID_ID"


@strawberry.enum
class WebhookTriggerErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    MISSING_PERMISSION = "MISSING_PERMISSION"
    TYPE_NOT_SUPPORTED = "TYPE_NOT_SUPPORTED"
    SYNTAX = "SYNTAX"
    MISSING_SUBSCRIPTION = "MISSING_SUBSCRIPTION"
    UNABLE_TO_PARSE = "UNABLE_TO_PARSE"
    MISSING_QUERY = "MISSING_QUERY"
    MISSING_EVENT = "MISSING_EVENT"
    INVALID_ID = "INVALID_ID"


@strawberry.type
class WebhookError(MutationError):
    code: WebhookErrorCode


@strawberry.type
class WebhookDryRunError(MutationError):
    code: WebhookDryRunErrorCode


@strawberry.type
class WebhookTriggerError(MutationError):
    code: WebhookTriggerErrorCode
