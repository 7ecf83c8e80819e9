"""Rows and resolvers for `rows_schema`: what a resolver gives follows from the seed, its field and its row's key alone.

Rows hold rows within rows, some wrong; a resolver looks at nothing but keys, so a wrong row harms nobody else's place.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    GraphQLEnumType,
    GraphQLError,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    is_list_type,
    is_non_null_type,
)
from graphql.pyutils import Undefined

from engine.core.context import ANONYMOUS, Caller
from engine.core.errors import BadRequest, Refusal
from schema.execution.fields import FieldSpec, spec_of
from tests.differential.arguments import Arguments
from tests.differential.rows_schema import Hue, rows_schema

DEPTH = 3
"""Rows within rows; from there on lists are empty and what may be null is."""
ERRORS: tuple[Exception, ...] = (
    ValueError("wrong"),
    KeyError("wrong"),
    GraphQLError("wrong", extensions={"code": 1}),
    BadRequest("wrong"),
)
LEAVES: dict[str, list[Any]] = {
    "Int": [0, 7, -(2**31), 2**31 - 1, "12", 3.0, True],
    "Float": [0.5, -0.0, 3, "1.5", False, 1e300],
    "String": ["s", "", "Ü", 4, True, 2.5],
    "Boolean": [True, False, 1, 0],
    "ID": ["i", "", 5],
    "Fussy": ["f", 1, {"k": [1]}, False],
    "Hue": [one.value for one in Hue],
}
OTHERS = ["text", "bad", "none", -1, 2**40, float("nan"), float("inf"), {}, [], [None], 1.5, ("a",), Hue.RED, Undefined]
"""Wrong in most places."""


@dataclass
class World:
    """What `ctx` is to the shop's resolvers. `fault`: the chance of something wrong in one place."""

    schema: GraphQLSchema
    seed: int
    fault: float = 0.0
    count: int = 0
    caller: Caller = ANONYMOUS

    def step(self, size: int) -> Any:
        """What the mutation of that name answers; it counts, so that the order of steps can be told."""
        self.count += 1
        rng = random_of(self, "step", str(self.count), str(size))
        if rng.random() < self.fault:
            raise rng.choice([*ERRORS, Refusal("refused", field="size", code="NOT_FOUND")])
        step: Any = self.schema.type_map["Step"]
        rows = [Maker(self, rng).row(step, f"step{self.count}.{n}", DEPTH) for n in range(min(max(size or 0, 0), 2))]
        for row in rows:
            row["count"] = self.count
        return {"step": rows[0] if rows else None, "steps": rows}


class RowsArguments(Arguments):
    scalars = {**Arguments.scalars, "Fussy": lambda rng: rng.choice(["fine", 3, True, {"a": 1}, "bad"])}


def rows_world() -> GraphQLSchema:
    """The schema, with resolvers that read a `World`."""
    schema = rows_schema()._schema
    seen: set[int] = set()
    for kind in schema.type_map.values():
        for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            definition: Any = field.extensions.get("strawberry-definition")
            spec = spec_of(definition) if definition is not None else None
            if spec is None or name in ("echo", "step") or id(spec) in seen:
                continue
            seen.add(id(spec))
            label = f"{kind.name}.{name}"
            spec.resolve = _now if label == "Step.now" else _resolver(spec, label, field.type)
    return schema


def _resolver(spec: FieldSpec, label: str, kind: Any) -> Callable[..., Any]:
    def one(world: World, key: str, size: Any) -> Any:
        rng = random_of(world, key, label, repr(size))
        maker = Maker(world, rng)
        value = maker.value(kind, f"{key}/{label}{size or ''}", DEPTH)
        if rng.random() >= world.fault:
            return value
        # a list that can be read once only is for resolvers to give, not for rows to hold
        return iter(value) if isinstance(value, list) and rng.random() < 0.1 else maker.wrong(value)

    async def batch(parents: list[Any], info: Any, size: Any = None) -> list[Any]:
        world: World = info.context
        await asyncio.sleep(0)
        whole = random_of(world, label, "whole")
        if whole.random() < world.fault / 2:
            raise whole.choice(ERRORS)
        return [one(world, key_of(parent), size) for parent in parents]

    async def root(parent: Any, info: Any, size: Any = None) -> Any:
        value = one(info.context, "", size)
        if isinstance(value, Exception):
            raise value
        return value

    held = "numbers" if "[" in str(kind) else "word"

    def row(parent: Any, size: Any = 2) -> Any:
        # pure, so it knows no world: the row brings what it needs
        if size is None or size < 0:
            raise BadRequest("too small")
        return parent[held] * size

    kinds: dict[str, Callable[..., Any]] = {"batch": batch, "root": root, "row": row}
    return kinds[spec.kind]


async def _now(parents: list[Any], info: Any, size: Any = None) -> list[int]:
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return [info.context.count] * len(parents)


class Maker:
    def __init__(self, world: World, rng: Random):
        self._schema = world.schema
        self._fault = world.fault
        self._rng = rng

    def value(self, kind: Any, key: str, depth: int) -> Any:
        rng = self._rng
        required = is_non_null_type(kind)
        inner: Any = kind.of_type if required else kind
        if not required and rng.random() < 0.1:
            return None
        if is_list_type(inner):
            many = rng.choice([0, 1, 2, 3]) if depth > 0 else 0
            items = [self.value(inner.of_type, f"{key}.{n}", depth) for n in range(many)]
            items = [self.wrong(item) if rng.random() < self._fault / 2 else item for item in items]
            return tuple(items) if rng.random() < 0.1 else items
        if isinstance(inner, (GraphQLScalarType, GraphQLEnumType)):
            return rng.choice(LEAVES[inner.name])
        if depth <= 0 and not required:
            return None
        if isinstance(inner, (GraphQLInterfaceType, GraphQLUnionType)):
            inner = rng.choice(sorted(self._schema.get_possible_types(inner), key=str))
        return self.row(inner, key, depth - 1)

    def row(self, kind: GraphQLObjectType, key: str, depth: int) -> dict[str, Any]:
        rng = self._rng
        made: dict[str, Any] = {"__typename": kind.name, "key": key, "word": "w", "numbers": [1, None, 3]}
        for name in ("word", "numbers"):
            if rng.random() < self._fault:
                made[name] = self.wrong(made[name])
        for field in kind.fields.values():
            definition: Any = field.extensions.get("strawberry-definition")
            if definition is None or spec_of(definition) is not None:
                continue
            value = self.value(field.type, f"{key}/{definition.python_name}", depth)
            made[definition.python_name] = self.wrong(value) if rng.random() < self._fault / 2 else value
        if rng.random() < self._fault / 4:
            del made[rng.choice([name for name in made if name != "key"])]
        return made

    def wrong(self, value: Any) -> Any:
        rng = self._rng
        if isinstance(value, list) and rng.random() < 0.4:
            return rng.choice([tuple(value), dict(enumerate(value)), {1}, "text"])
        return rng.choice([None, None, None, rng.choice(ERRORS), rng.choice(OTHERS)])


def key_of(row: Any) -> str:
    return str(row["key"]) if isinstance(row, dict) and "key" in row else type(row).__name__


def random_of(world: World, *parts: str) -> Random:
    return Random(crc32("|".join([str(world.seed), *parts]).encode()))
