"""Values for arguments and variables, by their type; `Name` is an enum value, written without quotes in a document."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLNamedType,
    GraphQLScalarType,
    is_list_type,
    is_non_null_type,
    is_required_argument,
    is_required_input_field,
)

WORDS = ("a", "", "Ünïcødé", "no such thing", 'A "quoted" one')


class Name(str):
    """A value of an enum."""

    __slots__ = ()


def literal(value: Any) -> str:
    """A value as it stands in a document."""
    if isinstance(value, Name):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {literal(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return json.dumps(value, ensure_ascii=False)


class Arguments:
    """What a generated document passes to fields; a subclass knows the ids and words of its shop."""

    scalars: dict[str, Callable[[Random], Any]] = {
        "Int": lambda rng: rng.choice([0, 1, 2, 3, -1]),
        "Float": lambda rng: rng.choice([0, 0.5, -1.25, 3]),
        "String": lambda rng: rng.choice(WORDS),
        "Boolean": lambda rng: rng.random() < 0.5,
        "ID": lambda rng: rng.choice(["a", "b", 7]),
    }

    def __init__(self, rng: Random):
        self.rng = rng

    def of(self, parent: str, name: str, field: GraphQLField, fan: int) -> dict[str, Any]:
        """Arguments by name. `fan`: how many objects the field stands on, at most; lists should be short there."""
        return {
            key: self.value(argument.type, key)
            for key, argument in field.args.items()
            if is_required_argument(argument) or self.rng.random() < 0.5
        }

    def value(self, kind: GraphQLInputType, name: str = "", depth: int = 2) -> Any:
        """A value of the type, null now and then where it may be."""
        rng = self.rng
        if is_non_null_type(kind):
            kind = kind.of_type
        elif rng.random() < 0.06:
            return None
        if is_list_type(kind):
            inner = kind.of_type
            if rng.random() < 0.08 and not is_list_type(getattr(inner, "of_type", inner)):
                return self.value(inner, name, depth)
            return [self.value(inner, name, depth) for _ in range(rng.choice([0, 1, 1, 2, 3]))]
        if isinstance(kind, GraphQLEnumType):
            return self.enum(kind)
        if isinstance(kind, GraphQLInputObjectType):
            return self._input(kind, depth)
        assert isinstance(kind, GraphQLScalarType)
        return self.scalar(kind, name)

    def enum(self, kind: GraphQLEnumType) -> Any:
        return Name(self.rng.choice(list(kind.values)))

    def scalar(self, kind: GraphQLNamedType, name: str) -> Any:
        return self.scalars[kind.name](self.rng)

    def _input(self, kind: GraphQLInputObjectType, depth: int) -> dict[str, Any]:
        rng = self.rng
        if kind.is_one_of:
            key = rng.choice(list(kind.fields))
            value = None
            while value is None:
                value = self.value(kind.fields[key].type, key, depth - 1)
            return {key: value}
        chance = min(0.5, 1.5 / len(kind.fields)) if depth > 0 else 0.0
        return {
            key: self.value(field.type, key, depth - 1)
            for key, field in kind.fields.items()
            if is_required_input_field(field) or rng.random() < chance
        }
