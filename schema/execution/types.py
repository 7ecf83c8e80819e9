"""The schema both executors run: rows are mappings, and `row["__typename"]` names the type in an abstract place."""

from typing import Any

import strawberry
from graphql import GraphQLObjectType, is_abstract_type
from strawberry.schema.config import StrawberryConfig

TYPENAME = "__typename"


def read_column(row: Any, name: str) -> Any:
    return row[name]


def _type_of(row: Any, _info: Any, _type: Any) -> str:
    name: str = row[TYPENAME]
    return name


def build_schema(query: type, mutation: type, *, scalar_map: Any, types: tuple[type, ...] = ()) -> strawberry.Schema:
    built = strawberry.Schema(
        query=query,
        mutation=mutation,
        types=types,
        config=StrawberryConfig(default_resolver=read_column, scalar_map=scalar_map, sort_schema=True),
    )
    for kind in built._schema.type_map.values():
        if is_abstract_type(kind):
            kind.resolve_type = _type_of
        elif isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
    return built
