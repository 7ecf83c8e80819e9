"""Errors of mutations of promotions, with all of Saleor's codes."""

from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class PromotionCreateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    MULTIPLE_CURRENCIES_NOT_ALLOWED = "MULTIPLE_CURRENCIES_NOT_ALLOWED"
    INVALID_PRECISION = "INVALID_PRECISION"
    MISSING_CHANNELS = "MISSING_CHANNELS"
    RULES_NUMBER_LIMIT = "RULES_NUMBER_LIMIT"
    GIFTS_NUMBER_LIMIT = "GIFTS_NUMBER_LIMIT"
    INVALID_GIFT_TYPE = "INVALID_GIFT_TYPE"


@strawberry.enum
class PromotionUpdateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"


@strawberry.enum
class PromotionDeleteErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"


@strawberry.enum
class PromotionRuleCreateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"
    MULTIPLE_CURRENCIES_NOT_ALLOWED = "MULTIPLE_CURRENCIES_NOT_ALLOWED"
    INVALID_PRECISION = "INVALID_PRECISION"
    MISSING_CHANNELS = "MISSING_CHANNELS"
    RULES_NUMBER_LIMIT = "RULES_NUMBER_LIMIT"
    GIFTS_NUMBER_LIMIT = "GIFTS_NUMBER_LIMIT"
    INVALID_GIFT_TYPE = "INVALID_GIFT_TYPE"


@strawberry.enum
class PromotionRuleUpdateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"
    INVALID = "INVALID"
    REQUIRED = "REQUIRED"
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    MISSING_CHANNELS = "MISSING_CHANNELS"
    MULTIPLE_CURRENCIES_NOT_ALLOWED = "MULTIPLE_CURRENCIES_NOT_ALLOWED"
    INVALID_PRECISION = "INVALID_PRECISION"
    INVALID_GIFT_TYPE = "INVALID_GIFT_TYPE"
    GIFTS_NUMBER_LIMIT = "GIFTS_NUMBER_LIMIT"


@strawberry.enum
class PromotionRuleDeleteErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class PromotionCreateError(MutationError):
    code: PromotionCreateErrorCode
    index: int | None = strawberry.field(description="Which of the given rules it is about, from 0.")
    rules_limit: int | None
    rules_limit_exceed_by: int | None
    gifts_limit: int | None
    gifts_limit_exceed_by: int | None


@strawberry.type
class PromotionUpdateError(MutationError):
    code: PromotionUpdateErrorCode


@strawberry.type
class PromotionDeleteError(MutationError):
    code: PromotionDeleteErrorCode


@strawberry.type
class PromotionRuleCreateError(MutationError):
    code: PromotionRuleCreateErrorCode
    rules_limit: int | None
    rules_limit_exceed_by: int | None
    gifts_limit: int | None
    gifts_limit_exceed_by: int | None


@strawberry.type
class PromotionRuleUpdateError(MutationError):
    code: PromotionRuleUpdateErrorCode
    channels: list[strawberry.ID] | None = strawberry.field(description="The channels it is about.")
    gifts_limit: int | None
    gifts_limit_exceed_by: int | None


@strawberry.type
class PromotionRuleDeleteError(MutationError):
    code: PromotionRuleDeleteErrorCode
