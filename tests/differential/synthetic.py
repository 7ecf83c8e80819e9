"""A schema with what the shop's has not, and resolvers that make up an answer for any field of it.

What a resolver answers follows from the seed, the field, its arguments and its parent alone; how it answers (at once or
later, as a list, a generator, an async one …) does too.
"""

import asyncio
import enum
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_abstract_type,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Undefined

from tests.differential.arguments import Arguments

SDL = Path(__file__).with_name("synthetic.graphql")


class Hue(enum.Enum):
    """Internal values of `Colour`."""

    RED = "r"
    GREEN = 2
    BLUE = ("b",)


@dataclass
class World:
    """The context of one execution. `fault`: the chance of a value that is wrong, or not there, in each position."""

    seed: int
    fault: float = 0.0
    sync: bool = False
    count: int = 0


@dataclass(frozen=True)
class Thing:
    """An object that tells its type to whoever asks it in the way its type is asked."""

    key: str
    kind: str


@dataclass(frozen=True)
class Attributes:
    """A `Plain` whose fields are attributes and methods."""

    text: str
    number: Any
    list: Any
    inner: Any = None
    made: int = field(default=5)

    def method(self, _info: Any, n: int | None) -> int:
        return self.made + (n or 0)


def synthetic_schema() -> GraphQLSchema:
    schema = build_schema(SDL.read_text())
    for kind in schema.type_map.values():
        if kind.name.startswith("__"):
            continue
        if isinstance(kind, GraphQLObjectType) and kind.name != "Plain":
            for one in kind.fields.values():
                one.resolve = _resolve
        if kind.name in ("Circle", "Square", "Bone"):
            assert isinstance(kind, GraphQLObjectType)
            kind.is_type_of = _is_type_of(kind.name)
        if kind.name in ("Pet", "Walker"):
            assert is_abstract_type(kind)
            kind.resolve_type = _type_of
        if isinstance(kind, GraphQLEnumType) and kind.name == "Colour":
            for name, value in kind.values.items():
                value.value = Hue[name]
            kind.__dict__.pop("_value_lookup", None)
    schema.type_map["Fussy"] = _fussy(schema.type_map["Fussy"])
    _stamp(schema.type_map["Stamp"])
    echo: Any = schema.query_type
    echo.fields["echo"].args["id"].out_name = "identity"
    return schema


def _fussy(kind: Any) -> GraphQLScalarType:
    def out(value: Any) -> Any:
        if isinstance(value, str) and value.startswith("bad"):
            raise ValueError(f"fussy about {value}")
        return None if value == "none" else value

    def taken(value: Any) -> Any:
        if value == "bad":
            raise GraphQLError("fussy about what comes in")
        if value == "worse":
            raise ZeroDivisionError("very fussy")
        return f"<{value}>"

    kind.coerce_output_value = kind.serialize = out
    kind.coerce_input_value = kind.parse_value = taken
    made: GraphQLScalarType = kind
    return made


def _stamp(kind: Any) -> None:
    kind.coerce_output_value = kind.serialize = datetime.isoformat


def _type_of(value: Any, info: GraphQLResolveInfo[World], _type: Any) -> Any:
    world: World = info.context
    if not isinstance(value, Thing):
        return None
    rng = _random(world, value.key, "type")
    if rng.random() < world.fault / 2:
        return rng.choice(["Nothing", "Bone", None, 7])
    return value.kind if world.sync or rng.random() < 0.5 else _Later(value.kind, 1)


def _is_type_of(name: str) -> Callable[[Any, GraphQLResolveInfo[World]], Any]:
    def check(value: Any, info: GraphQLResolveInfo[World]) -> Any:
        world: World = info.context
        if not isinstance(value, Thing):
            return False
        rng = _random(world, value.key, "is", name)
        if rng.random() < world.fault / 4:
            raise ValueError(f"{value.key} may be a {name}")
        known = value.kind == name and rng.random() >= world.fault / 4
        return known if world.sync or rng.random() < 0.5 else _Later(known, 1)

    return check


def _resolve(source: Any, info: GraphQLResolveInfo[World], **arguments: Any) -> Any:
    world: World = info.context
    if info.field_name == "echo":
        return repr(sorted(arguments.items()))
    if info.parent_type.name == "Step" and info.field_name in ("count", "now", "late"):
        return _count(source, info)
    if info.parent_type.name == "Mutation":
        world.count += 1
    key = _key(source)
    if info.parent_type.name == "Mutation":
        key += f"#{world.count}"
    rng = _random(world, key, info.parent_type.name, info.field_name, repr(arguments))
    value = _Maker(world, rng, info.schema).value(info.return_type, f"{key}/{info.field_name}{arguments or ''}")
    if rng.random() < world.fault:
        value = _Maker(world, rng, info.schema).wrong()
    if isinstance(value, _Raised):
        if world.sync or rng.random() < 0.5:
            raise value.error
        return _Later(None, rng.randrange(3), value.error)
    return value if world.sync or rng.random() < 0.5 else _Later(value, rng.randrange(3))


def _count(source: Any, info: GraphQLResolveInfo[World]) -> Any:
    """`count` as it was when the parent was made, `now` and `late` as it is when they are asked."""
    world: World = info.context
    if info.field_name == "count":
        return int(_key(source).partition("#")[2].partition("/")[0])
    if world.sync:
        return world.count if info.field_name == "now" else [world.count]

    later = _Counted(world)
    return later if info.field_name == "now" else [later, world.count]


class _Counted:
    def __init__(self, world: World):
        self._world = world

    def __await__(self) -> Generator[None, None, int]:
        yield
        yield
        return self._world.count


@dataclass
class _Raised:
    error: Exception


class _Maker:
    def __init__(self, world: World, rng: Random, schema: GraphQLSchema):
        self._world = world
        self._rng = rng
        self._schema = schema

    def value(self, kind: Any, key: str) -> Any:
        rng, fault = self._rng, self._world.fault
        if is_non_null_type(kind):
            kind = kind.of_type
        elif rng.random() < 0.1:
            return rng.choice([None, None, Undefined])
        if is_list_type(kind):
            return self._many(kind.of_type, key)
        if isinstance(kind, GraphQLScalarType):
            return self._scalar(kind.name)
        if isinstance(kind, GraphQLEnumType):
            return rng.choice([*Hue, *Hue, "RED"] if rng.random() < fault else list(Hue))
        if is_abstract_type(kind):
            possible = sorted(one.name for one in self._schema.get_possible_types(kind))
            name = rng.choice(possible)
            # asked by its own type resolver, or by none: then the mapping says it, or the types are asked
            return {"__typename": name, "key": key} if kind.name in ("Node", "Named") else Thing(key, name)
        if kind.name == "Plain":
            return self._plain(key)
        return Thing(key, kind.name)

    def wrong(self) -> Any:
        rng = self._rng
        error = rng.choice([ValueError("wrong"), GraphQLError("wrong", extensions={"code": 1}), KeyError("k")])
        return rng.choice(
            [None, None, error, _Raised(error), "wrong", -1, 2**40, float("nan"), True, {"a": 1}, [], [None], 1.5]
        )

    def _many(self, kind: Any, key: str) -> Any:
        rng, fault, sync = self._rng, self._world.fault, self._world.sync
        items = [self.value(kind, f"{key}.{place}") for place in range(rng.choice([0, 1, 2, 3]))]
        items = [self.wrong() if rng.random() < fault / 2 else item for item in items]
        if sync:
            items = [item.error if isinstance(item, _Raised) else item for item in items]
        else:
            items = [self._item(item) for item in items]
        broken = rng.random() < fault / 3
        shape = rng.choice(["list", "list", "tuple", "generator", "async"])
        if shape == "generator":
            return _each(items, broken)
        if shape == "async" and not sync:
            return _each_later([item for item in items if not isinstance(item, _Later)], broken)
        return tuple(items) if shape == "tuple" else items

    def _item(self, item: Any) -> Any:
        if isinstance(item, _Raised):
            return _Later(None, 1, item.error)
        return _Later(item, self._rng.randrange(2)) if self._rng.random() < 0.2 else item

    def _scalar(self, name: str) -> Any:
        rng = self._rng
        choices: dict[str, list[Any]] = {
            "Int": [0, 1, -7, 2**31 - 1, "12", 3.0, True],
            "Float": [0.5, -0.0, 3, "1.5", False],
            "String": ["s", "", "Ü", 4, True, 2.5],
            "Boolean": [True, False, 1, 0, 2.5],
            "ID": ["i", "", 5, "7"],
            "Fussy": ["f", 1, "bad" if self._world.fault else "g", {"k": [1]}, "none" if self._world.fault else "h"],
            "Stamp": [datetime(2020, 1, 1, tzinfo=UTC) + timedelta(hours=rng.randrange(9))],
        }
        return rng.choice(choices[name])

    def _plain(self, key: str) -> Any:
        rng = self._rng
        number = rng.choice([3, None, "x"]) if rng.random() < self._world.fault * 2 else 3
        inner = {"text": key, "number": 1} if rng.random() < 0.5 else None
        listed = rng.choice([None, [1, 2], [1, None]]) if self._world.fault else [1, 2]
        if rng.random() < 0.5:
            return Attributes(key, number, listed, inner)
        return {"text": key, "number": number, "list": listed, "inner": inner, "method": lambda _info, n=0: n}


def _key(source: Any) -> str:
    if isinstance(source, Thing):
        return source.key
    if isinstance(source, dict):
        return str(source.get("key"))
    return repr(source)


def _random(world: World, *parts: str) -> Random:
    return Random(crc32("|".join([str(world.seed), *parts]).encode()))


class _Later:
    """A value that comes, or an error that is raised, after some turns of the loop; nobody minds if nobody waits."""

    def __init__(self, value: Any, turns: int, error: Exception | None = None):
        self._value, self._turns, self._error = value, turns, error

    def __await__(self) -> Generator[None, None, Any]:
        for _ in range(self._turns):
            yield
        if self._error is not None:
            raise self._error
        return self._value


def _each(items: list[Any], broken: bool) -> Iterator[Any]:
    yield from items
    if broken:
        raise ValueError("broken off")


async def _each_later(items: list[Any], broken: bool) -> AsyncIterator[Any]:
    for item in items:
        await asyncio.sleep(0)
        yield item
    if broken:
        raise ValueError("broken off later")


class SyntheticArguments(Arguments):
    scalars = {
        **Arguments.scalars,
        "Fussy": lambda rng: rng.choice(["fine", "fine", 3, True, "bad", "worse"]),
        "Stamp": lambda rng: "2020-01-01",
    }
