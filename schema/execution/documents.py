"""Documents parsed, limited, validated and planned once, kept in a bounded LRU by their text."""

import re
from collections import OrderedDict
from typing import Any

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    parse,
)

from engine.core.errors import BadRequest
from schema.execution.cost import Cost, CostModel
from schema.execution.errors import Refused
from schema.execution.executor import prepare
from schema.execution.limits import Limits, check_cost, check_document, check_text, mixes_introspection
from schema.execution.plan import Operation
from schema.execution.validation import validate

KEPT = 1_000
KEPT_CHARACTERS = 300_000
"""Of all kept texts together: a parsed document takes about three hundred times the memory of its text."""
_NUL = re.compile(r"\\u(0000|\{0+\})")


class Document:
    """A document that may be run; its operations are prepared when they are first asked for."""

    def __init__(self, schema: GraphQLSchema, costs: CostModel, limits: Limits, node: DocumentNode):
        self.node = node
        self._schema = schema
        self._costs = costs
        self._limits = limits
        self._operations: dict[str | None, tuple[Operation, Cost]] = {}

    def operation(self, name: str | None, variables: dict[str, Any]) -> tuple[Operation, int]:
        """With its cost. Raises Refused where the name does not choose one, or it would cost too much with these
        variables."""
        found = self._operations.get(name)
        if found is None:
            node = self._chosen(name)
            if mixes_introspection(self.node, node):
                raise Refused(GraphQLError("Queries and introspection cannot be mixed in the same request."))
            cost = self._costs.measure(self.node, node)
            found = self._operations[name] = (prepare(self._schema, self.node, node), cost)
        operation, cost = found
        requested = cost.of(variables)
        try:
            check_cost(requested, self._limits)
        except BadRequest as error:
            message = str(error)
            raise Refused(GraphQLError(message, original_error=error), cost=requested) from error
        return operation, requested

    def _chosen(self, name: str | None) -> OperationDefinitionNode:
        operations = [part for part in self.node.definitions if isinstance(part, OperationDefinitionNode)]
        if name is not None:
            operations = [node for node in operations if node.name is not None and node.name.value == name]
            if not operations:
                raise Refused(GraphQLError(f"Unknown operation named '{name}'."))
        if not operations:
            raise Refused(GraphQLError("Must provide an operation."))
        if len(operations) > 1:
            raise Refused(GraphQLError("Must provide operation name if query contains multiple operations."))
        return operations[0]


class Documents:
    """Refused documents are not kept: their errors hold the whole parse, and whoever sends them can vary them."""

    def __init__(self, schema: GraphQLSchema, size: int = KEPT, characters: int = KEPT_CHARACTERS):
        self._schema = schema
        self._costs = CostModel(schema)
        self._size = size
        self._characters = characters
        self._used = 0
        self._kept: OrderedDict[tuple[str, Limits], Document] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, text: str, limits: Limits) -> Document:
        """Raises Refused."""
        key = (text, limits)
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
            return found
        prepared = self._prepare(text, limits)
        self._keep(key, prepared)
        return prepared

    def _keep(self, key: tuple[str, Limits], document: Document) -> None:
        self._kept[key] = document
        self._used += len(key[0])
        while len(self._kept) > self._size or self._used > self._characters:
            (text, _), _ = self._kept.popitem(last=False)
            self._used -= len(text)

    def _prepare(self, text: str, limits: Limits) -> Document:
        if _NUL.search(text):
            raise Refused(GraphQLError("The request has a NUL character in it; no text of a shop does."))
        try:
            check_text(text, limits)
            node = parse(text, max_tokens=limits.tokens)
            check_document(node, limits)
        except GraphQLSyntaxError as error:
            raise Refused(error) from error
        except BadRequest as error:
            raise Refused(GraphQLError(str(error))) from error
        except RecursionError as error:
            raise Refused(GraphQLError("The document is nested too deeply.")) from error
        errors = validate(self._schema, node)
        if errors:
            raise Refused(*errors)
        return Document(self._schema, self._costs, limits, node)
