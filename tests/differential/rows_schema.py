"""A schema of rows, declared as the shop's is, with what the shop's has not: lists of lists with every nullability,
deep chains of what may not be null, unions in lists, enums of any value and a fussy scalar.

What its resolvers give is made up by `rows_world`, which takes their place.
"""

import enum
from typing import Annotated, Any, NewType, Union

import strawberry
from graphql import GraphQLError

from schema.execution.fields import Rows, batch_field, mutation_field, root_field, row_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo
from schema.execution.types import build_schema


@strawberry.enum
class Hue(enum.Enum):
    RED = "r"
    GREEN = 2
    BLUE = ("b",)


Fussy = NewType("Fussy", object)


def _out(value: Any) -> Any:
    if value == "bad":
        raise ValueError("fussy about what goes out")
    return None if value == "none" else value


def _in(value: Any) -> Any:
    if value == "bad":
        raise GraphQLError("fussy about what comes in")
    return value


FUSSY: Any = strawberry.scalar(name="Fussy", serialize=_out, parse_value=_in)


@strawberry.input
class Range:
    to: int
    start: int | None = strawberry.UNSET
    hues: list[Hue] | None = strawberry.UNSET
    fussy: Fussy | None = strawberry.UNSET
    inner: Union["Range", None] = strawberry.UNSET


def batch(kind: Any) -> Any:
    async def resolve(parents: Rows, info: BatchInfo, size: int | None = None) -> Any:
        raise NotImplementedError

    resolve.__annotations__["return"] = list[kind]
    return batch_field(resolve)


def row(kind: Any) -> Any:
    def resolve(row: Rows, size: int = 2) -> Any:
        raise NotImplementedError

    resolve.__annotations__["return"] = kind
    return row_field(resolve)


def root(kind: Any) -> Any:
    async def resolve(self: Any, info: BatchInfo, size: int | None = None) -> Any:
        raise NotImplementedError

    resolve.__annotations__["return"] = kind
    return root_field(PUBLIC)(resolve)


@strawberry.interface
class Named:
    name: str | None
    label: str
    longer: str | None = row(str | None)
    next: Union["Named", None] = batch(Union["Named", None])


@strawberry.type
class Bone:
    id: strawberry.ID
    weight: float
    fussy: Fussy | None
    owner: Union["Dog", None] = batch(Union["Dog", None])
    marks: list[list[int] | None]


@strawberry.type
class Cat(Named):
    lives: int
    hue: Hue | None
    ring: "Ring"
    toys: list[Bone] = batch(list[Bone])


Pet = Annotated[Cat | Bone, strawberry.union("Pet")]


@strawberry.type
class Dog(Named):
    hue: Hue
    good: bool | None
    bones: list[list[Bone]] = batch(list[list[Bone]])
    friends: list[Pet | None] | None = batch(list[Pet | None] | None)
    link: "Link" = batch("Link")


@strawberry.type
class Ring:
    value: int
    label: str
    doubled: str = row(str)
    link: "Link" = batch("Link")


@strawberry.type
class Link:
    ring: Ring
    rings: list[Ring] | None
    value: float
    all: list[Ring] = batch(list[Ring])


@strawberry.type
class Grid:
    a: list[list[int | None] | None] | None
    b: list[list[int] | None] | None
    c: list[list[int | None]] | None
    d: list[list[str]] | None
    e: list[list[bool | None] | None]
    f: list[list[list[float]]]
    hues: list[list[Hue | None] | None]
    fussy: list[Fussy] | None
    bones: list[list[Bone | None] | None] | None
    strict: list[list[Bone]]
    named: list[list[Named] | None] | None
    pets: list[Pet] | None
    sizes: list[int | None] | None = row(list[int | None] | None)
    late: list[list[int | None] | None] = batch(list[list[int | None] | None])
    late_bones: list[list[Bone] | None] | None = batch(list[list[Bone] | None] | None)
    late_named: list[list[Named | None]] = batch(list[list[Named | None]])
    late_hues: list[Hue] | None = batch(list[Hue] | None)
    late_fussy: Fussy = batch(Fussy)


@strawberry.enum
class StepCode(enum.Enum):
    INVALID = "INVALID"
    NOT_FOUND = "NOT_FOUND"


@strawberry.type
class StepError:
    field: str | None
    message: str | None
    code: StepCode


@strawberry.type
class Step:
    """`count` is what had been counted when the step was made, `now` when it is asked."""

    count: int
    cat: Cat | None
    now: int = batch(int)
    grid: Grid = batch(Grid)
    dogs: list[Dog] = batch(list[Dog])


@strawberry.type
class StepPayload:
    step: Step | None
    steps: list[Step]
    errors: list[StepError]


@strawberry.type
class Query:
    named: list[Named] | None = root(list[Named] | None)
    cat: Cat | None = root(Cat | None)
    dogs: list[Dog] | None = root(list[Dog] | None)
    must_dogs: list[Dog | None] = root(list[Dog | None])
    pets: list[list[Pet] | None] = root(list[list[Pet] | None])
    pet: Pet | None = root(Pet | None)
    grid: Grid | None = root(Grid | None)
    grids: list[Grid] = root(list[Grid])
    link: Link | None = root(Link | None)
    must_link: Link = root(Link)
    hue: Hue | None = root(Hue | None)
    hues: list[Hue] = root(list[Hue])
    fussy: Fussy | None = root(Fussy | None)
    number: int = root(int)

    @root_field(PUBLIC)
    async def echo(
        self,
        info: BatchInfo,
        must: int,
        hue: Hue,
        hues: list[Hue | None] | None = None,
        range: Range | None = None,
        ranges: list[Range] | None = None,
        lists: list[list[int | None]] | None = None,
        fussy: Fussy | None = None,
        id: strawberry.ID | None = None,
        word: str = "w",
        part: float | None = None,
    ) -> str:
        return repr(sorted((name, value) for name, value in locals().items() if name not in ("self", "info")))


@strawberry.type
class Mutation:
    @mutation_field(PUBLIC, empty={"steps": []})
    async def step(self, info: BatchInfo, size: int = 1) -> StepPayload:
        world: Any = info.context
        payload: StepPayload = world.step(size)
        return payload

    must: int = root(int)


def rows_schema() -> strawberry.Schema:
    """A schema of its own: its resolvers are the caller's to replace."""
    return build_schema(Query, Mutation, scalar_map={Fussy: FUSSY}, types=(Cat, Dog))
