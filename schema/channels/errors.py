from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class ChannelErrorCode(StrEnum):
    ALREADY_EXISTS = "ALREADY_EXISTS"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    CHANNELS_CURRENCY_MUST_BE_THE_SAME = "CHANNELS_CURRENCY_MUST_BE_THE_SAME"
    CHANNEL_WITH_ORDERS = "CHANNEL_WITH_ORDERS"
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"


@strawberry.type
class ChannelError(MutationError):
    code: ChannelErrorCode
