"""What code generators of Saleor's clients stumble over in a schema, though it is a valid one."""

from collections.abc import Iterator

from graphql import (
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    is_specified_scalar_type,
)

from schema.root import schema

SALEORS_SCALARS = {
    "Date", "DateTime", "Day", "Decimal", "GenericScalar", "Hour", "JSON", "JSONString", "Metadata", "Minute",
    "PositiveDecimal", "PositiveInt", "UUID", "Upload", "WeightScalar", "_Any",
}  # fmt: skip


def test_every_scalar_is_one_that_storefronts_have_a_type_for() -> None:
    """They generate with `strictScalars`: one that is not in their list ends the build."""
    kinds = schema._schema.type_map.items()
    ours = {name for name, kind in kinds if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)}
    assert ours - SALEORS_SCALARS == set()


def test_what_may_be_sent_is_not_deprecated() -> None:
    """Generators introspect without deprecated arguments and input fields: a document that sends one is refused."""
    assert list(_deprecated_inputs()) == []


def _deprecated_inputs() -> Iterator[str]:
    for name, kind in schema._schema.type_map.items():
        if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            for field_name, field in kind.fields.items():
                for argument_name, argument in field.args.items():
                    if argument.deprecation_reason is not None:
                        yield f"{name}.{field_name}({argument_name})"
        elif isinstance(kind, GraphQLInputObjectType):
            for field_name, input_field in kind.fields.items():
                if input_field.deprecation_reason is not None:
                    yield f"{name}.{field_name}"
