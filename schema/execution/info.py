"""What a resolver is told: the engine's `ctx`, and which of its subfields the document selects."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
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


class Selection:
    """The fields below some nodes by their GraphQL names, whatever type they are on; `@skip` and `@include` count."""

    __slots__ = ("_below", "_fragments", "_known", "_nodes", "_variables")

    def __init__(
        self,
        nodes: Sequence[FieldNode],
        fragments: Mapping[str, FragmentDefinitionNode],
        variables: Mapping[str, Any],
    ):
        self._nodes = nodes
        self._fragments = fragments
        self._variables = variables
        self._below: dict[str, Selection] | None = None
        self._known: dict[tuple[str, ...], bool] = {}

    def selects(self, *path: str) -> bool:
        known = self._known.get(path)
        if known is None:
            at: Selection | None = self
            for name in path:
                at = at.below.get(name) if at is not None else None
            known = self._known[path] = at is not None
        return known

    @property
    def below(self) -> "dict[str, Selection]":
        if self._below is None:
            nodes: dict[str, list[FieldNode]] = {}
            for parent in self._nodes:
                for node in self._fields(parent.selection_set):
                    nodes.setdefault(node.name.value, []).append(node)
            self._below = {name: Selection(own, self._fragments, self._variables) for name, own in nodes.items()}
        return self._below

    def _fields(self, selections: SelectionSetNode | None) -> Iterable[FieldNode]:
        for node in selections.selections if selections else ():
            if not self._included(node.directives):
                continue
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, FragmentSpreadNode):
                yield from self._fields(self._fragments[node.name.value].selection_set)
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
            return bool(self._variables.get(node.name.value))
        return isinstance(node, BooleanValueNode) and node.value


class PlanInfo:
    """`BatchInfo` over a plan's selection, which outlives the request."""

    __slots__ = ("context", "selects")

    def __init__(self, context: Ctx, selection: Selection):
        self.context = context
        self.selects = selection.selects


class StockInfo(PlanInfo):
    """`BatchInfo` over graphql-core's own resolve info."""

    __slots__ = ()

    def __init__(self, info: GraphQLResolveInfo[Any], context: Ctx):
        # variable_values is a plain mapping or graphql-core's own holder, by version
        values: Any = info.variable_values
        super().__init__(context, Selection(info.field_nodes, info.fragments, getattr(values, "coerced", values)))
