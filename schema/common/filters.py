"""Input types with which every domain's filters are put together."""

import datetime
import decimal
import uuid

import strawberry
from strawberry import UNSET

from schema.common.enums import CountryCode


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
class IntFilterInput:
    eq: int | None = UNSET
    one_of: list[int] | None = UNSET
    range: IntRangeInput | None = UNSET


@strawberry.input(name="UUIDFilterInput")
class UUIDFilterInput:
    eq: uuid.UUID | None = UNSET
    one_of: list[uuid.UUID] | None = UNSET


@strawberry.input
class PriceFilterInput:
    currency: str | None = UNSET
    amount: DecimalFilterInput


@strawberry.input
class MetadataValueFilterInput:
    eq: str | None = UNSET
    one_of: list[str] | None = UNSET


@strawberry.input
class MetadataFilterInput:
    key: str
    value: MetadataValueFilterInput | None = UNSET


@strawberry.input
class CountryCodeEnumFilterInput:
    eq: CountryCode | None = UNSET
    one_of: list[CountryCode] | None = UNSET
    not_one_of: list[CountryCode] | None = UNSET


@strawberry.input
class AddressFilterInput:
    phone_number: StringFilterInput | None = UNSET
    country: CountryCodeEnumFilterInput | None = UNSET
