from enum import StrEnum

import strawberry

from schema.common.errors import MutationError


@strawberry.enum
class TaxClassCreateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.enum
class TaxClassUpdateErrorCode(StrEnum):
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.enum
class TaxClassDeleteErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.enum
class TaxConfigurationUpdateErrorCode(StrEnum):
    DUPLICATED_INPUT_ITEM = "DUPLICATED_INPUT_ITEM"
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.enum
class TaxCountryConfigurationUpdateErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"
    ONLY_ONE_DEFAULT_COUNTRY_RATE_ALLOWED = "ONLY_ONE_DEFAULT_COUNTRY_RATE_ALLOWED"
    CANNOT_CREATE_NEGATIVE_RATE = "CANNOT_CREATE_NEGATIVE_RATE"


@strawberry.enum
class TaxCountryConfigurationDeleteErrorCode(StrEnum):
    GRAPHQL_ERROR = "GRAPHQL_ERROR"
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class TaxClassCreateError(MutationError):
    code: TaxClassCreateErrorCode
    country_codes: list[str] | None


@strawberry.type
class TaxClassUpdateError(MutationError):
    code: TaxClassUpdateErrorCode
    country_codes: list[str] | None


@strawberry.type
class TaxClassDeleteError(MutationError):
    code: TaxClassDeleteErrorCode


@strawberry.type
class TaxConfigurationUpdateError(MutationError):
    code: TaxConfigurationUpdateErrorCode
    country_codes: list[str] | None


@strawberry.type
class TaxCountryConfigurationUpdateError(MutationError):
    code: TaxCountryConfigurationUpdateErrorCode
    tax_class_ids: list[str] | None


@strawberry.type
class TaxCountryConfigurationDeleteError(MutationError):
    code: TaxCountryConfigurationDeleteErrorCode
