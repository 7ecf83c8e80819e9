"""Scalars and enums on their way out: as they are, as their type writes them, or an error in their place."""

import decimal
import uuid
from datetime import UTC, date, datetime
from enum import IntEnum, StrEnum
from typing import Any

import pytest
import strawberry

from schema.common.scalars import SCALARS, JSONString
from schema.execution.fields import Rows, batch_field, root_field, row_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Ask, NoMutation

pytestmark = pytest.mark.anyio


@strawberry.enum
class Color(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@strawberry.enum
class Size(IntEnum):
    ONE = 1
    TWO = 2


class Word(StrEnum):
    HELLO = "hello"


@strawberry.type
class Values:
    """Every field reads the row's `value`."""

    text: str | None
    identity: strawberry.ID | None
    whole: int | None
    real: float | None
    truth: bool | None
    color: Color | None
    size: Size | None
    amount: decimal.Decimal | None
    json: JSONString | None
    moment: datetime | None
    key: uuid.UUID | None

    @row_field
    def sure_whole(row: Rows) -> int:
        return row["whole"]  # type: ignore[no-any-return]

    @row_field
    def sure_color(row: Rows) -> Color:
        return row["color"]  # type: ignore[no-any-return]

    @row_field
    def colors(row: Rows) -> list[Color | None]:
        return row["colors"]  # type: ignore[no-any-return]

    @batch_field
    async def wholes(parents: Rows, info: BatchInfo) -> list[list[int] | None]:
        return [row["wholes"] for row in parents]

    @batch_field
    async def found(parents: Rows, info: BatchInfo) -> list[float | None]:
        return [row["real"] for row in parents]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def rows(self, info: BatchInfo) -> list[Values | None]:
        return info.context.plugins  # type: ignore[no-any-return]


schema = build_schema(Query, NoMutation, scalar_map=SCALARS)


@pytest.mark.parametrize(
    ("field", "value", "written"),
    [
        ("text", "", ""),
        ("text", 5, "5"),
        ("text", True, "true"),
        ("text", Word.HELLO, "hello"),
        ("identity", "x1", "x1"),
        ("identity", 7, "7"),
        ("whole", 2**31 - 1, 2**31 - 1),
        ("whole", -(2**31), -(2**31)),
        ("whole", True, 1),
        ("whole", 5.0, 5),
        ("whole", "12", 12),
        ("real", 1.5, 1.5),
        ("real", 3, 3.0),
        ("real", 1e308, 1e308),
        ("truth", False, False),
        ("truth", 1, True),
        ("color", Color.DARK_BLUE, "DARK_BLUE"),
        ("color", "dark-blue", "DARK_BLUE"),
        ("size", Size.TWO, "TWO"),
        ("size", 2, "TWO"),
        ("amount", decimal.Decimal("1.50"), 1.5),
        ("json", {"a": [1]}, '{"a":[1]}'),
        ("json", '{"b": 2}', '{"b": 2}'),
        ("moment", datetime(2031, 5, 1, 12, tzinfo=UTC), "2031-05-01T12:00:00+00:00"),
        ("key", uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        *((field, None, None) for field in ("text", "whole", "real", "truth", "color", "size", "amount", "moment")),
    ],
)
async def test_a_value_is_written_as_its_type_has_it(ask: Ask, field: str, value: Any, written: Any) -> None:
    answer = await ask(schema, f"{{ rows {{ {field} }} }}", given=[{field: value}])
    assert (answer.data, answer.errors) == ({"rows": [{field: written}]}, [])
    assert type(answer.data["rows"][0][field]) in (type(written), Word)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("whole", 2**31),
        ("whole", -(2**31) - 1),
        ("whole", 1.5),
        ("whole", "many"),
        ("whole", ""),
        ("real", float("nan")),
        ("real", float("inf")),
        ("real", -float("inf")),
        ("real", "much"),
        ("truth", "yes"),
        ("identity", 1.5),
        ("text", [1]),
        ("text", {"a": 1}),
        ("color", "green"),
        ("color", "RED"),
        ("color", ["red"]),
        ("size", Color.RED),
        ("moment", 5),
        ("amount", "much"),
        ("text", ValueError("no")),
        ("color", ValueError("no")),
    ],
)
async def test_a_value_that_is_not_of_the_type_is_an_error_in_its_place(ask: Ask, field: str, value: Any) -> None:
    good = {"whole": 1, "real": 1.0, "truth": True, "identity": "i", "text": "t", "color": "red", "size": 1}
    good |= {"moment": datetime(2031, 5, 1, tzinfo=UTC), "amount": decimal.Decimal(2)}
    answer = await ask(schema, f"{{ rows {{ {field} other: text }} }}", given=[{**good}, {**good, field: value}])
    first, second = answer.data["rows"]
    assert first[field] is not None
    assert second[field] is None
    assert first["other"] == "t"
    assert [path for _, path in answer.errors if path[-1] == field] == [["rows", 1, field]]  # type: ignore[index]


async def test_a_date_is_no_moment_unless_its_type_says_so(ask: Ask) -> None:
    answer = await ask(schema, "{ rows { moment } }", given=[{"moment": date(2031, 5, 1)}])
    assert answer.data == {"rows": [{"moment": "2031-05-01"}]}


async def test_where_null_is_not_allowed_a_wrong_value_takes_its_row_away(ask: Ask) -> None:
    rows = [{"whole": 1, "color": "red"}, {"whole": 2**40, "color": "red"}, {"whole": 2, "color": "green"}]
    answer = await ask(schema, "{ rows { sureWhole sureColor } }", given=[*rows, {"whole": None, "color": None}])
    assert answer.data == {"rows": [{"sureWhole": 1, "sureColor": "RED"}, None, None, None]}
    assert [path for _, path in answer.errors] == [
        ["rows", 1, "sureWhole"],
        ["rows", 2, "sureColor"],
        ["rows", 3, "sureWhole"],
    ]


async def test_lists_of_leaves_fail_item_by_item(ask: Ask) -> None:
    rows = [{"colors": ["red", "green", None, Color.DARK_BLUE], "wholes": [1, 2**31]}, {"colors": [], "wholes": [3]}]
    answer = await ask(schema, "{ rows { colors wholes } }", given=rows)
    assert answer.data == {
        "rows": [{"colors": ["RED", None, None, "DARK_BLUE"], "wholes": None}, {"colors": [], "wholes": [3]}]
    }
    assert [path for _, path in answer.errors] == [["rows", 0, "colors", 1], ["rows", 0, "wholes", 1]]


async def test_a_batch_of_leaves_fails_only_where_a_value_is_wrong(ask: Ask) -> None:
    answer = await ask(schema, "{ rows { found } }", given=[{"real": 0.5}, {"real": float("nan")}, {"real": None}])
    assert answer.data == {"rows": [{"found": 0.5}, {"found": None}, {"found": None}]}
    assert [path for _, path in answer.errors] == [["rows", 1, "found"]]
