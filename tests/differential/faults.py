"""Faults in what resolvers give: exceptions, nulls and wrong values in single places, or a raise for a whole field.

Where one strikes follows from the seed, the resolver and the parent's own values, never from who else is in a batch. A
row that was touched is given to resolvers alone, so that what it does to one cannot reach the other rows' positions.
"""

import datetime
import decimal
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any
from zlib import crc32

from asyncpg import Record
from graphql import GraphQLError, GraphQLObjectType, GraphQLSchema
from graphql.pyutils import Undefined

from engine.core.errors import BadRequest
from schema.execution.fields import FieldSpec, spec_of

PLAIN = (str, int, float, bool, type(None), uuid.UUID, decimal.Decimal, datetime.date)
KEPT = frozenset({"__typename", "id"})
"""Keys that stay: the type of a row, and what tells it from others."""
DEPTH = 3


class Touched(dict[str, Any]):
    """A row with a fault in it."""


def specs(schema: GraphQLSchema) -> Iterator[tuple[str, FieldSpec]]:
    """Each resolver of the schema once, with a name for it."""
    seen: set[int] = set()
    for kind in schema.type_map.values():
        for name, field in kind.fields.items() if isinstance(kind, GraphQLObjectType) else ():
            definition: Any = field.extensions.get("strawberry-definition")
            spec = spec_of(definition) if definition is not None else None
            if spec is not None and id(spec) not in seen:
                seen.add(id(spec))
                yield f"{kind.name}.{name}", spec


class Faults:
    """`rate`: the chance of a fault in one place of a value; a whole field raises half as often."""

    def __init__(self, schema: GraphQLSchema):
        self._specs = list(specs(schema))

    @contextmanager
    def injected(self, seed: int, rate: float) -> Iterator[None]:
        originals = [(spec, spec.resolve) for _, spec in self._specs]
        try:
            for name, spec in self._specs:
                if spec.kind != "mutation":
                    spec.resolve = _faulty(spec, name, seed, rate)
            yield
        finally:
            for spec, resolve in originals:
                spec.resolve = resolve


def _faulty(spec: FieldSpec, name: str, seed: int, rate: float) -> Callable[..., Any]:
    resolve = spec.resolve
    whole = _random(seed, name)
    # a root field is one position; it fails in half the requests that may have faults at all
    raised = _exception(whole) if whole.random() < rate / 2 else None

    def corrupted(parent: Any, value: Any) -> Any:
        return _corrupted(_random(seed, name, identity(parent)), value, rate, DEPTH)

    async def root(parent: Any, info: Any, **arguments: Any) -> Any:
        if raised is not None:
            raise raised
        return corrupted(repr(sorted(arguments)), await resolve(parent, info, **arguments))

    async def batch(parents: list[Any], info: Any, **arguments: Any) -> list[Any]:
        if raised is not None:
            raise raised
        values: list[Any] = [None] * len(parents)
        sound = [i for i, parent in enumerate(parents) if type(parent) in (dict, Record)]
        alone = [[i] for i in range(len(parents)) if i not in sound]
        for indices in [sound, *alone] if sound else alone:
            try:
                found = await resolve([parents[i] for i in indices], info, **arguments)
            except Exception as error:
                if len(indices) == 1 and indices != sound:
                    found = [error]
                else:
                    raise
            for i, value in zip(indices, found, strict=True):
                values[i] = value
        return [corrupted(parent, value) for parent, value in zip(parents, values, strict=True)]

    def row(parent: Any, **arguments: Any) -> Any:
        value = corrupted(parent, resolve(parent, **arguments))
        if isinstance(value, ValueError):
            raise value
        return value

    kinds: dict[str, Callable[..., Any]] = {"root": root, "batch": batch, "row": row}
    return kinds[spec.kind]


def identity(parent: Any) -> str:
    """The plain values of a row, whatever it was read by."""
    try:
        items = sorted(dict(parent).items())
    except (TypeError, ValueError):
        return repr(parent) if isinstance(parent, PLAIN) else type(parent).__name__
    return repr([(key, value) for key, value in items if isinstance(value, PLAIN)])


def _corrupted(rng: Random, value: Any, rate: float, depth: int) -> Any:
    if rng.random() < rate:
        return _wrong(rng, value)
    if depth == 0 or isinstance(value, PLAIN):
        return value
    if isinstance(value, list):
        return [_corrupted(rng, item, rate, depth - 1) for item in value]
    if isinstance(value, (dict, Record)):
        return _row(rng, value, rate, depth)
    return value


def _row(rng: Random, row: Any, rate: float, depth: int) -> Any:
    found = dict(row)
    changed = {key: _corrupted(rng, found[key], rate, depth - 1) for key in sorted(found) if key not in KEPT}
    if all(found[key] is value or (isinstance(value, list) and found[key] == value) for key, value in changed.items()):
        return row
    made = Touched({key: changed.get(key, value) for key, value in found.items()})
    if rng.random() < 0.2:
        del made[rng.choice(sorted(changed))]
    return made


def _wrong(rng: Random, value: Any) -> Any:
    if isinstance(value, list) and rng.random() < 0.3:
        return rng.choice([tuple(value), 7, "text"])
    others = [Undefined, "text", -1, 2**40, float("nan"), True, {}, [], [None], 1.5, decimal.Decimal("1.10"), ("a",)]
    return rng.choice([None, None, None, _exception(rng), rng.choice(others)])


def _exception(rng: Random) -> Exception:
    return rng.choice(
        [
            ValueError("injected"),
            BadRequest("injected refusal"),
            GraphQLError("injected", extensions={"code": "INJECTED"}),
            KeyError("injected"),
        ]
    )


def _random(seed: int, *parts: str) -> Random:
    return Random(crc32("|".join([str(seed), *parts]).encode()))
