"""The schema both executors run: rows are mappings, and `row["__typename"]` names the type in an abstract place."""

from typing import Any

import strawberry
from graphql import GraphQLObjectType, is_abstract_type
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition

from schema.execution.executor import BreadthFirstExecutor
from schema.execution.rows import read_column, type_of_row


def _name_input_fields(built: strawberry.Schema) -> None:
    """Otherwise Strawberry works the name of every field out anew for each object that comes in."""
    converter = built.schema_converter
    for kind in converter.type_map.values():
        definition = kind.definition
        if isinstance(definition, StrawberryObjectDefinition) and definition.is_input:
            for field in definition.fields:
                field.graphql_name = converter.config.name_converter.from_field(field)


def build_schema(
    query: type,
    mutation: type,
    *,
    subscription: type | None = None,
    scalar_map: Any,
    types: tuple[type, ...] = (),
    executor: Any = BreadthFirstExecutor,
) -> strawberry.Schema:
    """`executor` is Strawberry's `execution_context_class`."""
    built = strawberry.Schema(
        query=query,
        mutation=mutation,
        subscription=subscription,
        types=types,
        config=StrawberryConfig(default_resolver=read_column, scalar_map=scalar_map, sort_schema=True),
        execution_context_class=executor,
    )
    _name_input_fields(built)
    for kind in built._schema.type_map.values():
        if is_abstract_type(kind):
            kind.resolve_type = type_of_row
        elif isinstance(kind, GraphQLObjectType):
            kind.is_type_of = None
    return built
