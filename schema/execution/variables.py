"""An operation's variables: their types and defaults are looked up once, values are coerced as graphql-core does."""

from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLError,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    OperationDefinitionNode,
    is_leaf_type,
)
from graphql.execution.get_variable_signature import GraphQLVariableSignature, get_variable_signature
from graphql.execution.values import (
    VariableValues,
    VariableValueSource,
    get_variable_values,
    input_is_nested_too_deeply,
)
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_value

from schema.execution.errors import Refused

MAX_ERRORS = 50
_TAKEN_AS_THEY_ARE = {GraphQLString: str, GraphQLID: str, GraphQLBoolean: bool}


class Variables:
    """Values that stand in the document are shared by all requests: resolvers only read them."""

    def __init__(self, schema: GraphQLSchema, operation: OperationDefinitionNode):
        self._schema = schema
        self._nodes = operation.variable_definitions or ()
        self._known: list[_Variable] | None = []
        for node in self._nodes:
            signature = get_variable_signature(schema, node)
            if isinstance(signature, GraphQLError):
                # validation refuses such a document; without it, graphql-core says what is wrong
                self._known = None
                break
            self._known.append(_Variable(signature))

    def coerce(self, given: dict[str, Any]) -> VariableValues:
        """Raises Refused in graphql-core's words."""
        try:
            return self._coerced(given)
        except GraphQLError as error:
            raise Refused(error) from error

    def _coerced(self, given: dict[str, Any]) -> VariableValues:
        if self._known is None:
            return self._carefully(given)
        sources: dict[str, VariableValueSource] = {}
        coerced: dict[str, Any] = {}
        for variable in self._known:
            value = given.get(variable.name, Undefined)
            sources[variable.name] = VariableValueSource(variable.signature, value)
            if value is Undefined:
                if variable.required:
                    return self._carefully(given)
                if variable.default is not Undefined:
                    coerced[variable.name] = variable.default
                continue
            taken = variable.coerce(value)
            if taken is Undefined:
                return self._carefully(given)
            coerced[variable.name] = taken
        return VariableValues(sources, coerced)

    def _carefully(self, given: dict[str, Any]) -> VariableValues:
        found = get_variable_values(self._schema, self._nodes, given, max_errors=MAX_ERRORS, hide_suggestions=True)
        if isinstance(found, list):
            raise Refused(*found)
        return found


class _Variable:
    def __init__(self, signature: GraphQLVariableSignature):
        self.signature = signature
        self.name = signature.name
        self.type: Any = signature.type
        self.required = isinstance(self.type, GraphQLNonNull) and signature.default is None
        inner: Any = self.type.of_type if isinstance(self.type, GraphQLNonNull) else self.type
        self._exact = _TAKEN_AS_THEY_ARE.get(inner)
        self._whole = inner is GraphQLInt
        self._leaf = is_leaf_type(inner)
        self.default = self._coerced_default()

    def coerce(self, value: Any) -> Any:
        """Undefined for a value that is not of the type."""
        kind = value.__class__
        if kind is self._exact or (self._whole and kind is int and -2147483648 <= value <= 2147483647):
            return value
        if not self._leaf and input_is_nested_too_deeply(value, self.type):
            return Undefined
        return coerce_input_value(value, self.type)

    def _coerced_default(self) -> Any:
        try:
            return coerce_default_value(self.signature)
        except TypeError:
            self.required = True  # an invalid default: graphql-core says what is wrong with it
            return Undefined
