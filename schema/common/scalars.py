"""Saleor's custom scalars: what goes out, and what is accepted."""

import decimal
import math
from typing import Any, NewType

import orjson
import strawberry
from graphql import GraphQLError
from starlette.datastructures import UploadFile
from strawberry.types.scalar import ScalarDefinition

JSONString = NewType("JSONString", object)
PositiveDecimal = NewType("PositiveDecimal", decimal.Decimal)
PositiveInt = NewType("PositiveInt", int)
Metadata = NewType("Metadata", dict[str, str])
GenericScalar = NewType("GenericScalar", object)
WeightScalar = NewType("WeightScalar", decimal.Decimal)
Minute = NewType("Minute", int)
Hour = NewType("Hour", int)
Day = NewType("Day", int)
Upload = NewType("Upload", UploadFile)
"""To a resolver, an `engine.flows.uploads.Incoming`."""


def _to_json_string(value: Any) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _from_json_string(value: Any) -> Any:
    if not isinstance(value, str):
        raise GraphQLError("JSONString must be a string with JSON in it.")
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise GraphQLError(f"JSONString is not JSON: {error}") from error


def _to_decimal(value: Any) -> decimal.Decimal:
    if isinstance(value, bool) or not isinstance(value, (int, float, str, decimal.Decimal)):
        raise GraphQLError(f"{value!r} is not a decimal number.")
    try:
        number = decimal.Decimal(str(value))
    except decimal.InvalidOperation as error:
        raise GraphQLError(f"{value!r} is not a decimal number.") from error
    if not number.is_finite() or abs(number) >= decimal.Decimal(10) ** 18 or math.floor(number.adjusted()) < -18:
        raise GraphQLError(f"{value!r} is out of range.")
    return number


def _to_positive_decimal(value: Any) -> decimal.Decimal:
    number = _to_decimal(value)
    if number < 0:
        raise GraphQLError(f"{value!r} must not be negative.")
    return number


def _to_positive_int(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 2**31:
        raise GraphQLError(f"{value!r} is not a positive integer.")
    return value


def _to_count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise GraphQLError(f"{value!r} is not a whole number, 0 or above.")
    return value


def _to_metadata(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise GraphQLError("Metadata is an object whose values are strings.")
    return value


def _to_upload(value: Any) -> UploadFile:
    if not isinstance(value, UploadFile):
        raise GraphQLError("A file comes beside the operation, by the GraphQL multipart request specification.")
    return value


def _from_upload(_value: Any) -> Any:
    raise GraphQLError("Files are not answered in data.")


def _scalar(name: str, serialize: Any, parse: Any, description: str) -> ScalarDefinition:
    made: ScalarDefinition = strawberry.scalar(
        name=name, serialize=serialize, parse_value=parse, description=description
    )
    return made


SCALARS: dict[object, ScalarDefinition] = {
    JSONString: _scalar("JSONString", _to_json_string, _from_json_string, "A JSON document, as a string."),
    decimal.Decimal: _scalar("Decimal", float, _to_decimal, "A decimal number; strings through variables."),
    PositiveDecimal: _scalar("PositiveDecimal", float, _to_positive_decimal, "A decimal number, not negative."),
    PositiveInt: _scalar("PositiveInt", int, _to_positive_int, "A whole number above zero."),
    Metadata: _scalar("Metadata", dict, _to_metadata, "An object whose keys and values are strings."),
    GenericScalar: _scalar("GenericScalar", lambda value: value, lambda value: value, "Any JSON value."),
    Upload: _scalar("Upload", _from_upload, _to_upload, "A file of a multipart request."),
    Minute: _scalar("Minute", int, _to_count, "A number of minutes."),
    Hour: _scalar("Hour", int, _to_count, "A number of hours."),
    Day: _scalar("Day", int, _to_count, "A number of days."),
    WeightScalar: _scalar("WeightScalar", float, _to_positive_decimal, "A weight, a number."),
}
