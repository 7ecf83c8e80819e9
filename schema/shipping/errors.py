from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class ShippingErrorCode(StrEnum):
    ALREADY_EXISTS = "ALREADY_EXISTS"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    MAX_LESS_THAN_MIN = "MAX_LESS_THAN_MIN"
    NOT_FOUND = "NOT_FOUND"
    REQUIRED = "REQUIRED"
    UNIQUE = "UNIQUE"
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"


@strawberry.type
class ShippingError(MutationError):
    code: ShippingErrorCode
    warehouses: list[strawberry.ID] | None = strawberry.field(description="Which warehouses it is about.")
    channels: list[strawberry.ID] | None = strawberry.field(description="Which channels it is about.")
