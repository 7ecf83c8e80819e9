"""How much of a file of GraphQL signatures a schema has.

A signature file is Markdown: a heading per type (`## Product : Node`, `## input AddressInput`, `## enum Kind: A B`,
`## union Method = A | B`, `## scalar Date`) and an item per field (`- products(first: Int): ProductConnection`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from graphql import (
    DefinitionNode,
    EnumTypeDefinitionNode,
    FieldDefinitionNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLUnionType,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    UnionTypeDefinitionNode,
    parse,
    print_ast,
)

_HEADING = re.compile(r"## (?:(input|enum|union|scalar|interface|type) )?(\w+)(.*)")
_KINDS = {
    ObjectTypeDefinitionNode: GraphQLObjectType,
    InterfaceTypeDefinitionNode: GraphQLInterfaceType,
    InputObjectTypeDefinitionNode: GraphQLInputObjectType,
    EnumTypeDefinitionNode: GraphQLEnumType,
    UnionTypeDefinitionNode: GraphQLUnionType,
    ScalarTypeDefinitionNode: GraphQLScalarType,
}


class UnreadableSignatures(ValueError):
    """A line of a signature file is neither a heading nor a field; names the line."""


@dataclass(slots=True)
class Coverage:
    """`names` are all signatures of one type (`Product`, `Product.name`); `missing` tells what differs, by name."""

    type_name: str
    names: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)


def covered(schema: GraphQLSchema, text: str) -> list[Coverage]:
    """One `Coverage` per type of the file, in its order.

    A field counts if its name, type and nullability are the same and it takes each argument named, of that type;
    a type if it is of that kind and has each value, member or interface named. More of ours is no difference.
    """
    return [_type(schema, definition) for definition in _definitions(text)]


def _definitions(text: str) -> Iterator[DefinitionNode]:
    heading, fields = "", list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("- ") and heading:
            fields.append(line[2:])
        elif match := _HEADING.fullmatch(line.strip()):
            if heading:
                yield _parsed(heading, fields)
            kind, name, rest = match.groups()
            heading, fields = _sdl(kind or "type", name, rest.strip()), []
        elif line.strip() and not line.startswith("# "):
            raise UnreadableSignatures(f"line {number} is neither a type nor a field: {line}")
    if heading:
        yield _parsed(heading, fields)


def _sdl(kind: str, name: str, rest: str) -> str:
    if kind == "enum":
        # "A B … 251 values" names the first of them only
        values = rest.removeprefix(":").split("…")[0]
        return f"enum {name} {{ {values} }}"
    if rest.startswith(":"):
        return f"{kind} {name} implements {rest[1:]}"
    return f"{kind} {name} {rest}"


def _parsed(heading: str, fields: list[str]) -> DefinitionNode:
    body = f" {{\n{chr(10).join(fields)}\n}}" if fields else ""
    return parse(heading + body, no_location=True).definitions[0]


def _type(schema: GraphQLSchema, wanted: DefinitionNode) -> Coverage:
    name: str = wanted.name.value  # type: ignore[attr-defined]
    coverage = Coverage(name, [name])
    ours = schema.type_map.get(name)
    fields = [] if isinstance(wanted, EnumTypeDefinitionNode) else list(getattr(wanted, "fields", None) or ())
    coverage.names += [f"{name}.{each.name.value}" for each in fields]
    if ours is None or not isinstance(ours, _KINDS[type(wanted)]):
        coverage.missing = dict.fromkeys(coverage.names, "is missing")
        return coverage
    lacking = _members(wanted) - _own_members(ours)
    if lacking:
        coverage.missing[name] = f"lacks {', '.join(sorted(lacking))}"
    for each in fields:
        difference = _field(ours, each)
        if difference:
            coverage.missing[f"{name}.{each.name.value}"] = difference
    return coverage


def _members(wanted: DefinitionNode) -> set[str]:
    if isinstance(wanted, EnumTypeDefinitionNode):
        return {each.name.value for each in wanted.values or ()}
    if isinstance(wanted, UnionTypeDefinitionNode):
        return {each.name.value for each in wanted.types or ()}
    return {each.name.value for each in getattr(wanted, "interfaces", None) or ()}


def _own_members(ours: GraphQLNamedType) -> set[str]:
    if isinstance(ours, GraphQLEnumType):
        return set(ours.values)
    if isinstance(ours, GraphQLUnionType):
        return {each.name for each in ours.types}
    if isinstance(ours, GraphQLObjectType | GraphQLInterfaceType):
        return {each.name for each in ours.interfaces}
    return set()


def _field(ours: GraphQLNamedType, wanted: FieldDefinitionNode | InputValueDefinitionNode) -> str:
    assert isinstance(ours, GraphQLObjectType | GraphQLInterfaceType | GraphQLInputObjectType)
    own = ours.fields.get(wanted.name.value)
    if own is None:
        return "is missing"
    if str(own.type) != print_ast(wanted.type):
        return f"is {own.type}, not {print_ast(wanted.type)}"
    for argument in getattr(wanted, "arguments", None) or ():
        given = getattr(own, "args", {}).get(argument.name.value)
        if given is None:
            return f"has no argument {argument.name.value}"
        if str(given.type) != print_ast(argument.type):
            return f"takes {argument.name.value}: {given.type}, not {print_ast(argument.type)}"
    return ""
