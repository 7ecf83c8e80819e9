"""Input types with which every domain's filters are put together."""

import datetime
import decimal

import strawberry
from strawberry import UNSET


@strawberry.input
class StringFilterInput:
    eq: str | None = UNSET
    one_of: list[str] | None = UNSET


@strawberry.input(name="GlobalIDFilterInput")
class GlobalIDFilterInput:
    eq: strawberry.ID | None = UNSET
    one_of: list[strawberry.ID] | None = UNSET


@strawberry.input
class IntRangeInput:
    gte: int | None = UNSET
    lte: int | None = UNSET


@strawberry.input
class PriceRangeInput:
    gte: float | None = UNSET
    lte: float | None = UNSET


@strawberry.input
class DecimalRangeInput:
    gte: decimal.Decimal | None = UNSET
    lte: decimal.Decimal | None = UNSET


@strawberry.input
class DecimalFilterInput:
    eq: decimal.Decimal | None = UNSET
    one_of: list[decimal.Decimal] | None = UNSET
    range: DecimalRangeInput | None = UNSET


@strawberry.input
class DateRangeInput:
    gte: datetime.date | None = UNSET
    lte: datetime.date | None = UNSET


@strawberry.input
class DateTimeRangeInput:
    gte: datetime.datetime | None = UNSET
    lte: datetime.datetime | None = UNSET


@strawberry.input
class DateTimeFilterInput:
    eq: datetime.datetime | None = UNSET
    one_of: list[datetime.datetime] | None = UNSET
    range: DateTimeRangeInput | None = UNSET


@strawberry.input
class ContainsFilterInput:
    contains_any: list[str] | None = UNSET
    contains_all: list[str] | None = UNSET


@strawberry.input
class MetadataFilter:
    key: str
    value: str | None = UNSET


@strawberry.input
class MetadataValueFilterInput:
    eq: str | None = UNSET
    one_of: list[str] | None = UNSET


@strawberry.input
class MetadataFilterInput:
    key: str
    value: MetadataValueFilterInput | None = UNSET
