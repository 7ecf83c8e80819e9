"""A field's arguments: what can be known with the document is worked out once, the rest per request.

Values that stand in the document are shared by all requests that send it: resolvers only read their arguments.
"""

from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    ArgumentNode,
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    VariableNode,
    is_non_null_type,
)
from graphql.execution.values import VariableValues, coerce_argument, get_argument_values
from graphql.language import ListValueNode, ObjectValueNode, ValueNode
from graphql.pyutils import Undefined
from strawberry.scalars import is_scalar
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import StrawberryList, StrawberryOptional
from strawberry.types.enum import StrawberryEnumDefinition, has_enum_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from schema.execution.kinds import DEFINITION, Kinds

Values: TypeAlias = dict[str, Any]
Convert: TypeAlias = Callable[[Any], Any]
Step: TypeAlias = Callable[[VariableValues, Values], None]
_NO_VARIABLES = VariableValues({}, {})


class Arguments:
    """`of(variables)` gives the keyword arguments of the resolver; it raises GraphQLError as graphql-core does.

    `converted`: as a Strawberry resolver takes them, by Python name, with its input types; else as graphql-core does.
    """

    __slots__ = ("_constant", "_definition", "_node", "_steps")

    def __init__(self, kinds: Kinds, definition: GraphQLField, node: FieldNode, *, converted: bool):
        self._definition = definition
        self._node = node
        self._constant: Values = {}
        self._steps: list[Step] | None = None
        if converted:
            self._steps = list(self._prepare(kinds))

    @property
    def fixed(self) -> bool:
        """Whether they are the same in every request."""
        return not self._definition.args or self._steps == []

    @property
    def constant(self) -> Values:
        """Those that stand in the document, with the defaults of those that do not."""
        return self._constant

    def of(self, variables: VariableValues) -> Values:
        if self._steps is None:
            if not self._definition.args and not self._node.arguments:
                return {}
            return get_argument_values(self._definition, self._node, variables)
        if not self._steps:
            return self._constant
        values = self._constant.copy()
        for step in self._steps:
            step(variables, values)
        return values

    def _prepare(self, kinds: Kinds) -> Any:
        """The steps left for each request; what needs no variables is put into the constants."""
        field = self._definition.extensions.get(DEFINITION)
        given = {argument.name.value: argument for argument in self._node.arguments or ()}
        declared = field.arguments if isinstance(field, StrawberryField) else ()
        arguments = {kinds.config.name_converter.from_argument(argument): argument for argument in declared}
        # in the schema's order: where two are wrong, the first is told
        for name in self._definition.args:
            argument, node = arguments[name], given.get(name)
            step = self._step(name, argument, node, _converter(kinds, argument))
            if node is not None and _has_variable(node.value):
                yield step
                continue
            try:
                step(_NO_VARIABLES, self._constant)
            except Exception:
                # what is wrong with it is an error of the field, in each request
                yield step

    def _step(
        self, name: str, argument: StrawberryArgument, node: ArgumentNode | None, convert: Convert | None
    ) -> Step:
        definition: GraphQLArgument = self._definition.args[name]
        key = argument.python_name
        assert key is not None
        field_node = self._node

        def coerce(variables: VariableValues, values: Values) -> None:
            found: Values = {}
            coerce_argument(found, field_node, name, definition, node, variables, None)
            if name in found:
                value = found[name]
                values[key] = value if value is None or convert is None else convert(value)

        if node is None or not isinstance(node.value, VariableNode):
            return coerce
        variable, nullable = node.value.name.value, not is_non_null_type(definition.type)

        def take(variables: VariableValues, values: Values) -> None:
            # a variable's value was coerced already, and validation has compared the types
            value = variables.coerced.get(variable, Undefined)
            if value is Undefined or (value is None and not nullable):
                coerce(variables, values)
            elif value is None or convert is None:
                values[key] = value
            else:
                values[key] = convert(value)

        return take


def _converter(kinds: Kinds, argument: StrawberryArgument) -> Convert | None:
    """What makes Strawberry's input of a coerced value; None where that is the value itself."""
    kind: Any = argument.type
    while type(kind) is StrawberryOptional:
        kind = kind.of_type
    if _is_leaf(kinds, kind):
        return None
    if isinstance(kind, StrawberryList) and _is_leaf(kinds, kind.of_type):
        return list

    def convert(value: Any) -> Any:
        return convert_argument(value, argument.type, kinds.scalars, kinds.config)

    return convert


def _is_leaf(kinds: Kinds, kind: Any) -> bool:
    if isinstance(kind, LazyType):
        kind = kind.resolve_type()
    return is_scalar(kind, kinds.scalars) or isinstance(kind, StrawberryEnumDefinition) or has_enum_definition(kind)


def _has_variable(node: ValueNode) -> bool:
    if isinstance(node, VariableNode):
        return True
    if isinstance(node, ListValueNode):
        return any(_has_variable(value) for value in node.values)
    if isinstance(node, ObjectValueNode):
        return any(_has_variable(field.value) for field in node.fields)
    return False
