"""A position that fails and may not be null takes away what holds it, and no more."""

from typing import Any

import pytest
import strawberry

from engine.core.errors import BadRequest
from schema.execution.fields import Rows, batch_field, root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema
from tests.executing import Ask, NoMutation

pytestmark = pytest.mark.anyio


@strawberry.type
class Box:
    """Every field reads the row's column of its name, or finds it there as a batch."""

    name: str | None
    sure: str
    tags: list[str] | None
    loose: list[str | None]
    grid: list[list[str] | None] | None
    tight: list[list[str]] | None
    box: "Box | None"
    inner: "Box"
    boxes: list["Box"] | None
    gaps: list["Box | None"]
    nests: list[list["Box"] | None] | None

    @batch_field
    async def found(parents: Rows, info: BatchInfo) -> list[str]:
        return [row["found"] for row in parents]

    @batch_field
    async def perhaps(parents: Rows, info: BatchInfo) -> list["Box | None"]:
        return [row["perhaps"] for row in parents]

    @batch_field
    async def some(parents: Rows, info: BatchInfo) -> list["list[Box] | None"]:
        return [row["some"] for row in parents]


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def box(self, info: BatchInfo) -> Box | None:
        return info.context.plugins  # type: ignore[no-any-return]

    @root_field(PUBLIC)
    async def must(self, info: BatchInfo) -> Box:
        return info.context.plugins  # type: ignore[no-any-return]


schema = build_schema(Query, NoMutation, scalar_map={})
NO = BadRequest("no")


def null(field: str) -> str:
    return f"Cannot return null for non-nullable field Box.{field}."


@pytest.mark.parametrize(
    ("text", "row", "data", "errors"),
    [
        # leaves and lists of them
        ("{ box { sure } }", {"sure": None}, {"box": None}, [(null("sure"), ["box", "sure"])]),
        ("{ must { sure } }", {"sure": None}, None, [(null("sure"), ["must", "sure"])]),
        ("{ box { name } }", {"name": NO}, {"box": {"name": None}}, [("no", ["box", "name"])]),
        ("{ box { tags } }", {"tags": ["a", None]}, {"box": {"tags": None}}, [(null("tags"), ["box", "tags", 1])]),
        ("{ box { tags } }", {"tags": ["a", NO]}, {"box": {"tags": None}}, [("no", ["box", "tags", 1])]),
        ("{ box { loose } }", {"loose": ["a", NO, "c"]}, {"box": {"loose": ["a", None, "c"]}},
         [("no", ["box", "loose", 1])]),
        ("{ box { loose } }", {"loose": None}, {"box": None}, [(null("loose"), ["box", "loose"])]),
        # lists of lists
        ("{ box { grid } }", {"grid": [["a"], ["b", None], None]}, {"box": {"grid": [["a"], None, None]}},
         [(null("grid"), ["box", "grid", 1, 1])]),
        ("{ box { tight } }", {"tight": [["a"], ["b", None]]}, {"box": {"tight": None}},
         [(null("tight"), ["box", "tight", 1, 1])]),
        # objects in objects and lists
        ("{ box { name inner { sure } } }", {"name": "n", "inner": {"sure": None}}, {"box": None},
         [(null("sure"), ["box", "inner", "sure"])]),
        ("{ box { box { inner { sure } } name } }", {"name": "n", "box": {"inner": {"sure": None}}},
         {"box": {"box": None, "name": "n"}}, [(null("sure"), ["box", "box", "inner", "sure"])]),
        ("{ box { boxes { sure } } }", {"boxes": [{"sure": "a"}, {"sure": None}]}, {"box": {"boxes": None}},
         [(null("sure"), ["box", "boxes", 1, "sure"])]),
        ("{ box { gaps { sure } } }", {"gaps": [{"sure": "a"}, {"sure": None}, None]},
         {"box": {"gaps": [{"sure": "a"}, None, None]}}, [(null("sure"), ["box", "gaps", 1, "sure"])]),
        ("{ box { nests { sure } } }", {"nests": [[{"sure": "a"}], [{"sure": "b"}, None]]},
         {"box": {"nests": [[{"sure": "a"}], None]}}, [(null("nests"), ["box", "nests", 1, 1])]),
        # the same by resolver calls
        ("{ box { found } }", {"found": None}, {"box": None}, [(null("found"), ["box", "found"])]),
        ("{ box { gaps { found } } }", {"gaps": [{"found": "a"}, {"found": NO}]},
         {"box": {"gaps": [{"found": "a"}, None]}}, [("no", ["box", "gaps", 1, "found"])]),
        ("{ box { boxes { found } } }", {"boxes": [{"found": "a"}, {"found": NO}]}, {"box": {"boxes": None}},
         [("no", ["box", "boxes", 1, "found"])]),
        ("{ box { perhaps { found } } }", {"perhaps": {"found": None}}, {"box": {"perhaps": None}},
         [(null("found"), ["box", "perhaps", "found"])]),
        ("{ box { some { found } } }", {"some": [{"found": "a"}, None]}, {"box": {"some": None}},
         [(null("some"), ["box", "some", 1])]),
        # what is no list, or no row
        ("{ box { tags } }", {"tags": "text"}, {"box": {"tags": None}},
         [("Expected Iterable, but did not find one for field 'Box.tags'.", ["box", "tags"])]),
        ("{ box { boxes { sure } } }", {"boxes": 5}, {"box": {"boxes": None}},
         [("Expected Iterable, but did not find one for field 'Box.boxes'.", ["box", "boxes"])]),
        ("{ box { name } }", {}, {"box": {"name": None}}, [("'name'", ["box", "name"])]),
        ("{ box { box { name sure } } }", {"box": 5}, {"box": {"box": None}},
         [("'int' object is not subscriptable", ["box", "box", "name"]),
          ("'int' object is not subscriptable", ["box", "box", "sure"])]),
        ("{ box { box { __typename } } }", {"box": NO}, {"box": {"box": None}}, [("no", ["box", "box"])]),
        ("{ box { gaps { __typename } } }", {"gaps": [NO, None, {}]},
         {"box": {"gaps": [None, None, {"__typename": "Box"}]}}, [("no", ["box", "gaps", 0])]),
    ],
)  # fmt: skip
async def test_a_null_goes_as_far_as_it_must(
    ask: Ask, text: str, row: Any, data: Any, errors: list[tuple[str, list[str | int]]]
) -> None:
    answer = await ask(schema, text, given=row)
    assert (answer.data, answer.errors) == (data, errors)


async def test_errors_are_told_in_the_order_of_the_document(ask: Ask) -> None:
    row = {"found": "f", "name": NO, "gaps": [{"name": NO, "found": NO}, {"name": "x", "found": "y"}], "perhaps": NO}
    answer = await ask(schema, "{ box { perhaps { sure } gaps { name found } a: name found b: name } }", given=row)
    assert answer.data == {
        "box": {"perhaps": None, "gaps": [None, {"name": "x", "found": "y"}], "a": None, "found": "f", "b": None}
    }
    assert [path for _, path in answer.errors] == [
        ["box", "perhaps"],
        ["box", "gaps", 0, "name"],
        ["box", "gaps", 0, "found"],
        ["box", "a"],
        ["box", "b"],
    ]


async def test_of_two_siblings_that_take_their_parent_away_the_first_is_told(ask: Ask) -> None:
    answer = await ask(schema, "{ box { sure found } }", given={"sure": None, "found": NO})
    assert (answer.data, answer.errors) == ({"box": None}, [(null("sure"), ["box", "sure"])])
    answer = await ask(schema, "{ box { found sure } }", given={"sure": None, "found": NO})
    assert (answer.data, answer.errors) == ({"box": None}, [("no", ["box", "found"])])


async def test_one_row_in_several_places_fails_in_its_own_place_only(ask: Ask) -> None:
    shared = {"name": "n", "sure": "s", "found": "f"}
    answer = await ask(
        schema,
        "{ box { a: perhaps { name } gaps { found boxes { name } } } }",
        given={"perhaps": shared, "gaps": [{**shared, "boxes": [shared, shared]}, {**shared, "boxes": NO}]},
    )
    assert answer.data == {
        "box": {
            "a": {"name": "n"},
            "gaps": [{"found": "f", "boxes": [{"name": "n"}] * 2}, {"found": "f", "boxes": None}],
        }
    }
    assert answer.errors == [("no", ["box", "gaps", 1, "boxes"])]


async def test_tuples_and_generators_are_lists_too(ask: Ask) -> None:
    row = {"tags": ("a", "b"), "loose": (word for word in ["c"]), "gaps": iter([{"found": "f"}]), "boxes": ()}
    answer = await ask(schema, "{ box { tags loose gaps { found } boxes { found } } }", given=row)
    assert answer.errors == []
    assert answer.data == {"box": {"tags": ["a", "b"], "loose": ["c"], "gaps": [{"found": "f"}], "boxes": []}}
