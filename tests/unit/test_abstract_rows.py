"""Rows in the place of an interface or a union name their type; each type's rows are answered together."""

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


@strawberry.interface
class Animal:
    name: str

    @batch_field
    async def friend(parents: Rows, info: BatchInfo) -> list["Animal | None"]:
        return [row.get("friend") for row in parents]


@strawberry.type
class Cat(Animal):
    lives: int


@strawberry.type
class Dog(Animal):
    tricks: int | None

    @batch_field
    async def owner(parents: Rows, info: BatchInfo) -> list[str | None]:
        return [f"{row['name']}'s owner of {len(parents)}" for row in parents]


@strawberry.type
class Stone:
    weight: int


@strawberry.type
class Query:
    @root_field(PUBLIC)
    async def animal(self, info: BatchInfo) -> Animal | None:
        return info.context.plugins  # type: ignore[no-any-return]

    @root_field(PUBLIC)
    async def animals(self, info: BatchInfo) -> list[Animal | None]:
        return info.context.plugins  # type: ignore[no-any-return]

    @root_field(PUBLIC)
    async def sure(self, info: BatchInfo) -> list[Animal] | None:
        return info.context.plugins  # type: ignore[no-any-return]

    @root_field(PUBLIC)
    async def things(self, info: BatchInfo) -> list[Cat | Stone]:
        return info.context.plugins  # type: ignore[no-any-return]


schema = build_schema(Query, NoMutation, scalar_map={}, types=(Cat, Dog, Stone))
TOM = {"__typename": "Cat", "name": "Tom", "lives": 9}
REX = {"__typename": "Dog", "name": "Rex", "tricks": 3}
BEN = {"__typename": "Dog", "name": "Ben", "tricks": None}


async def test_rows_of_several_types_keep_their_order_and_have_their_own_fields(ask: Ask) -> None:
    answer = await ask(
        schema,
        "{ animals { kind: __typename ...N ... on Cat { lives } ... on Dog { tricks owner } } }"
        " fragment N on Animal { name }",
        given=[REX, TOM, None, BEN],
    )
    assert answer.errors == []
    assert answer.data == {
        "animals": [
            {"kind": "Dog", "name": "Rex", "tricks": 3, "owner": "Rex's owner of 2"},
            {"kind": "Cat", "name": "Tom", "lives": 9},
            None,
            {"kind": "Dog", "name": "Ben", "tricks": None, "owner": "Ben's owner of 2"},
        ]
    }
    assert list(answer.data["animals"][1]) == ["kind", "name", "lives"]


async def test_an_alias_may_mean_another_field_on_each_type(ask: Ask) -> None:
    given = [TOM, {"__typename": "Stone", "weight": 5}]
    answer = await ask(schema, "{ things { ... on Cat { n: lives } ... on Stone { n: weight } } }", given=given)
    assert answer.data == {"things": [{"n": 9}, {"n": 5}]}


async def test_a_union_answers_with_the_fields_of_the_types_it_has(ask: Ask) -> None:
    given = [{"__typename": "Stone", "weight": 5}, TOM]
    answer = await ask(schema, "{ things { __typename ... on Animal { name } ... on Stone { weight } } }", given=given)
    assert answer.data == {"things": [{"__typename": "Stone", "weight": 5}, {"__typename": "Cat", "name": "Tom"}]}


async def test_a_type_of_which_nothing_is_selected_answers_with_nothing(ask: Ask) -> None:
    answer = await ask(schema, "{ animals { ... on Cat { lives } } }", given=[REX, TOM])
    assert (answer.data, answer.errors) == ({"animals": [{}, {"lives": 9}]}, [])


async def test_abstract_rows_below_abstract_rows(ask: Ask) -> None:
    given = {**REX, "friend": {**TOM, "friend": BEN}}
    answer = await ask(schema, "{ animal { name friend { name friend { name friend { name } } } } }", given=given)
    assert answer.data == {
        "animal": {"name": "Rex", "friend": {"name": "Tom", "friend": {"name": "Ben", "friend": None}}}
    }


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ({"name": "nobody"}, "'__typename'"),
        ({"__typename": None, "name": "n"}, "Abstract type 'Animal' must resolve to an Object type at runtime"),
        ({"__typename": 5, "name": "n"}, "received '5'"),
        ({"__typename": "Unicorn"}, "was resolved to a type 'Unicorn' that does not exist inside the schema."),
        ({"__typename": "Animal"}, "was resolved to a non-object type 'Animal'."),
        ({"__typename": "Stone", "weight": 1}, "Runtime Object type 'Stone' is not a possible type for 'Animal'."),
        (5, "'int' object is not subscriptable"),
        (BadRequest("not today"), "not today"),
    ],
)
async def test_a_row_of_no_type_fails_in_its_own_place(ask: Ask, row: Any, says: str) -> None:
    answer = await ask(schema, "{ animals { name } }", given=[TOM, row, REX])
    assert answer.data == {"animals": [{"name": "Tom"}, None, {"name": "Rex"}]}
    ((message, path),) = answer.errors
    assert says in message
    assert path == ["animals", 1]


async def test_a_null_goes_through_abstract_places_as_far_as_it_must(ask: Ask) -> None:
    nameless = {"__typename": "Dog", "name": None}
    answer = await ask(schema, "{ animals { name } sure { __typename name } }", given=[TOM, nameless])
    assert answer.data == {"animals": [{"name": "Tom"}, None], "sure": None}
    assert answer.errors == [
        ("Cannot return null for non-nullable field Dog.name.", ["animals", 1, "name"]),
        ("Cannot return null for non-nullable field Dog.name.", ["sure", 1, "name"]),
    ]
