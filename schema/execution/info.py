"""What a resolver is told: the engine's `ctx`, and which of its subfields the document selects."""

from collections.abc import Iterable
from typing import Any, Protocol

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLResolveInfo,
    SelectionSetNode,
)
from graphql.language import BooleanValueNode, VariableNode

from engine.core.context import Ctx


class BatchInfo(Protocol):
    @property
    def context(self) -> Ctx: ...

    def selects(self, *path: str) -> bool:
        """Whether the path of GraphQL field names below this field is selected: `selects("edges", "node")`."""
        ...


class StockInfo:
    """`BatchInfo` over graphql-core's own resolve info."""

    __slots__ = ("_info", "context")

    def __init__(self, info: GraphQLResolveInfo[Any], context: Ctx):
        self._info = info
        self.context = context

    def selects(self, *path: str) -> bool:
        sets = [node.selection_set for node in self._info.field_nodes]
        for name in path:
            found = [node for selections in sets for node in self._fields(selections) if node.name.value == name]
            if not found:
                return False
            sets = [node.selection_set for node in found]
        return True

    def _fields(self, selections: SelectionSetNode | None) -> Iterable[FieldNode]:
        for node in selections.selections if selections else ():
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, FragmentSpreadNode):
                yield from self._fields(self._info.fragments[node.name.value].selection_set)
            else:
                yield from self._fields(getattr(node, "selection_set", None))

    def _included(self, directives: Iterable[DirectiveNode] | None) -> bool:
        for directive in directives or ():
            if directive.name.value in ("skip", "include"):
                (argument,) = directive.arguments or ()
                value = self._condition(argument.value)
                if value is (directive.name.value == "skip"):
                    return False
        return True

    def _condition(self, node: Any) -> bool:
        if isinstance(node, VariableNode):
            # variable_values is a plain mapping or graphql-core's own holder, by version
            values: Any = self._info.variable_values
            coerced = getattr(values, "coerced", values)
            return bool(coerced.get(node.name.value))
        return isinstance(node, BooleanValueNode) and node.value
