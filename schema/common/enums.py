"""Enums that several domains name."""

from enum import StrEnum
from typing import TYPE_CHECKING

import strawberry

from engine.core.reference.countries import COUNTRIES
from engine.core.reference.languages import LANGUAGES

if TYPE_CHECKING:

    class LanguageCodeEnum(StrEnum):
        """A language code (`pt-br`) by its name in the API (`PT_BR`)."""

    class CountryCode(StrEnum):
        """ISO 3166-1 alpha-2, and `EU` and `XK`."""

else:
    LanguageCodeEnum = strawberry.enum(
        StrEnum("LanguageCodeEnum", dict(LANGUAGES)), description="A language, by its CLDR code."
    )
    CountryCode = strawberry.enum(
        StrEnum("CountryCode", {code: code for code in COUNTRIES}), description="ISO 3166-1 alpha-2 country codes."
    )


@strawberry.enum
class OrderDirection(StrEnum):
    ASC = "ASC"
    DESC = "DESC"


@strawberry.enum
class ThumbnailFormatEnum(StrEnum):
    ORIGINAL = "ORIGINAL"
    AVIF = "AVIF"
    WEBP = "WEBP"


@strawberry.enum
class WeightUnitsEnum(StrEnum):
    G = "G"
    LB = "LB"
    OZ = "OZ"
    KG = "KG"
    TONNE = "TONNE"


@strawberry.enum(description="Where work that takes a while stands.")
class JobStatusEnum(StrEnum):
    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILED = "FAILED"
    DELETED = "DELETED"


@strawberry.enum(description="What a change of many things does when some of them are refused.")
class ErrorPolicyEnum(StrEnum):
    IGNORE_FAILED = "IGNORE_FAILED"
    REJECT_EVERYTHING = "REJECT_EVERYTHING"
    REJECT_FAILED_ROWS = "REJECT_FAILED_ROWS"
