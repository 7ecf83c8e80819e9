"""A document's operation, worked out once: which fields of which types, how each is resolved, how each is completed.

An operation has one plan for every combination of the variables its `@skip` and `@include` name. Plans hold nothing of
a request and are shared by all of them.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeAlias

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues
from graphql.language import Node
from graphql.type.directives import GraphQLDisableErrorPropagationDirective

from schema.execution.arguments import Arguments
from schema.execution.fields import FieldSpec
from schema.execution.info import Selection
from schema.execution.kinds import Kinds
from schema.execution.variables import Variables

RunScope: TypeAlias = Callable[..., Awaitable[list[dict[str, Any]]]]

_DELEGATED_FIELDS = frozenset({"__schema", "__type"})
_DELEGATED_DIRECTIVES = frozenset({"defer", "stream"})


class Operation:
    """One operation of a document. `delegated`: only the stock executor can run it."""

    def __init__(
        self,
        kinds: Kinds,
        node: OperationDefinitionNode,
        fragments: Sequence[FragmentDefinitionNode],
        runner: "Callable[[Scope], RunScope]",
    ):
        self.kinds = kinds
        self.runner = runner
        self.node = node
        self.document = DocumentNode(definitions=(node, *fragments))
        self.fragments = {part.name.value: FragmentDetails(part) for part in fragments}
        self.definitions = {part.name.value: part for part in fragments}
        self.flags, self.delegated = self._survey()
        self.variables = Variables(kinds.schema, node)

    def plan(self, variables: VariableValues) -> "Plan":
        """Raises GraphQLError, such as for a schema that has no such root type."""
        key = tuple([variables.coerced.get(name) for name in self.flags])
        return self.kinds.plans.get((self, key)) or self.kinds.plans.keep((self, key), Plan(self, variables))

    def _survey(self) -> tuple[tuple[str, ...], bool]:
        flags: set[str] = set()
        delegated = self.node.operation is OperationType.SUBSCRIPTION
        for directive in _directives(self.document):
            if directive.name.value in _DELEGATED_DIRECTIVES:
                delegated = True
            elif directive.name.value in ("skip", "include"):
                for argument in directive.arguments or ():
                    if isinstance(argument.value, VariableNode):
                        flags.add(argument.value.name.value)
        if any(fragment.definition.variable_definitions for fragment in self.fragments.values()):
            delegated = True
        return tuple(sorted(flags)), delegated


class Plan:
    """What to do for one operation and one set of flags.

    `introspects`: asks for the schema, which is the stock executor's work; `only_introspects`: for nothing else.
    `per_object`: some field may have an ordinary resolver of graphql-core, called for each object.
    """

    def __init__(self, operation: Operation, variables: VariableValues):
        self.operation = operation
        self.kinds = operation.kinds
        self.schema: GraphQLSchema = operation.kinds.schema
        flags = operation.flags
        self.variables = VariableValues(
            {name: variables.sources[name] for name in flags if name in variables.sources},
            {name: variables.coerced.get(name) for name in flags},
        )
        """Only the flags: nothing else of the request that made the plan may enter it."""
        root_type = self.schema.get_root_type(operation.node.operation)
        if root_type is None:
            kind = operation.node.operation.value
            raise GraphQLError(f"Schema is not configured to execute {kind} operation.", operation.node)
        collected = collect_fields(self.schema, operation.fragments, self.variables, root_type, operation.node)
        asked = {details[0].node.name.value for details in collected.grouped_field_set.values()}
        self.introspects = not asked.isdisjoint(_DELEGATED_FIELDS)
        self.only_introspects = asked <= {*_DELEGATED_FIELDS, "__typename"}
        self.per_object = False
        self.fields = 0
        """How many it has worked out so far."""
        self.root = Scope(self, root_type, collected.grouped_field_set)
        self.serial = operation.node.operation is OperationType.MUTATION
        self.propagates = not any(
            directive.name.value == GraphQLDisableErrorPropagationDirective.name
            for directive in operation.node.directives or ()
        )
        if not self.introspects:
            self._look_for_objects()

    def subscope(self, kind: GraphQLObjectType, details: FieldDetailsList) -> "Scope":
        op = self.operation
        try:
            found = collect_subfields(self.schema, op.fragments, self.variables, op.node, kind, details)
        except GraphQLError as error:
            return Scope(self, kind, {}, error)
        return Scope(self, kind, found.grouped_field_set)

    def _look_for_objects(self) -> None:
        waiting = [self.root]
        while waiting and not self.per_object:
            for field in waiting.pop().fields:
                shape = field.shape
                while isinstance(shape, ListShape):
                    shape = shape.item
                if field.kind == "object":
                    self.per_object = True
                elif isinstance(shape, ObjectShape):
                    self.per_object |= self.kinds.is_checked(shape.type)
                    waiting.append(shape.scope)
                elif isinstance(shape, AbstractShape):
                    self.per_object |= self.kinds.has_object_fields(shape.type)


class Scope:
    """The fields selected on one object type in one place of the document. `error`: why they could not be told, such as
    a condition that is null; it is an error of the field above."""

    def __init__(
        self, plan: Plan, kind: GraphQLObjectType, grouped: GroupedFieldSet, error: GraphQLError | None = None
    ):
        self.plan = plan
        self.type = kind
        self.error = error
        self.fields = list(self._fields(grouped))

    @cached_property
    def run(self) -> RunScope:
        """`await run(run, rows)`: the answers for rows, in their order."""
        return self.plan.operation.runner(self)

    @cached_property
    def pure(self) -> bool:
        """Whether rows alone answer it."""
        return self.error is None and all(field.pure for field in self.fields)

    @cached_property
    def typed(self) -> type[dict[str, Any]]:
        """What marks an answer in an abstract place with its scope."""
        return type(f"{self.type.name}Answer", (dict,), {"__slots__": (), "scope": self})

    def _fields(self, grouped: GroupedFieldSet) -> Iterator["PlanField"]:
        for key, details in grouped.items():
            definition = self.plan.schema.get_field(self.type, details[0].node.name.value)
            if definition is not None:
                yield PlanField(self.plan, self.type, key, definition, details)


class PlanField:
    """One answer key of a scope.

    `kind` is `typename`, `column` (read `column` from the row), `row`, `batch`, `root`, `mutation` (see
    `schema.execution.fields`), or `object`: an ordinary resolver.
    """

    def __init__(
        self, plan: Plan, parent: GraphQLObjectType, key: str, definition: GraphQLField, details: FieldDetailsList
    ):
        self.plan = plan
        plan.fields += 1
        self.parent_type = parent
        self.key = key
        self.field_name = details[0].node.name.value
        self.definition = definition
        self.details = details
        self.nodes: list[FieldNode] = [one.node for one in details]
        self.kind, self.column, self.spec = plan.kinds.of(parent, self.field_name, definition)
        self.shape = _shape(plan, definition.type, details)
        self.arguments = Arguments(plan.kinds, definition, self.nodes[0], converted=self.kind != "object")

    @cached_property
    def selection(self) -> Selection:
        return Selection(self.nodes, self.plan.operation.definitions, self.plan.variables.coerced)

    @cached_property
    def pure(self) -> bool:
        """Whether the row alone answers it and all below it."""
        if self.kind not in ("typename", "column", "row") or not self.arguments.fixed:
            return False
        return is_pure(self.shape)

    @property
    def resolver(self) -> FieldSpec:
        assert self.spec is not None
        return self.spec


class Shape:
    """How a value is completed; `nullable` is about the position itself, not about items."""

    def __init__(self, nullable: bool):
        self.nullable = nullable


class LeafShape(Shape):
    def __init__(self, nullable: bool, kind: GraphQLLeafType):
        super().__init__(nullable)
        self.type = kind


class ListShape(Shape):
    def __init__(self, nullable: bool, item: Shape):
        super().__init__(nullable)
        self.item = item


class ObjectShape(Shape):
    def __init__(self, nullable: bool, plan: Plan, kind: GraphQLObjectType, details: FieldDetailsList):
        super().__init__(nullable)
        self._plan = plan
        self.type = kind
        self._details = details

    @cached_property
    def scope(self) -> Scope:
        return self._plan.subscope(self.type, self._details)


class AbstractShape(Shape):
    """An interface or union; the scope of a concrete type is made when a row of it first comes."""

    def __init__(self, nullable: bool, plan: Plan, kind: GraphQLAbstractType, details: FieldDetailsList):
        super().__init__(nullable)
        self._plan = plan
        self.type = kind
        self._details = details
        self._scopes: dict[str, Scope] = {}

    def scope(self, kind: GraphQLObjectType) -> Scope:
        found = self._scopes.get(kind.name)
        if found is None:
            found = self._scopes[kind.name] = self._plan.subscope(kind, self._details)
        return found


def is_pure(shape: Shape) -> bool:
    while isinstance(shape, ListShape):
        shape = shape.item
    return isinstance(shape, LeafShape) or (isinstance(shape, ObjectShape) and shape.scope.pure)


def _shape(plan: Plan, kind: Any, details: FieldDetailsList) -> Shape:
    nullable = not is_non_null_type(kind)
    if not nullable:
        kind = kind.of_type
    if is_list_type(kind):
        return ListShape(nullable, _shape(plan, kind.of_type, details))
    if is_leaf_type(kind):
        return LeafShape(nullable, kind)
    if is_abstract_type(kind):
        return AbstractShape(nullable, plan, kind, details)
    assert is_object_type(kind)
    return ObjectShape(nullable, plan, kind, details)


def _directives(node: Node) -> Iterator[DirectiveNode]:
    """Every directive on a selection of the document, at any depth."""
    waiting: list[Any] = [node]
    while waiting:
        at = waiting.pop()
        yield from getattr(at, "directives", None) or ()
        waiting.extend(getattr(at, "definitions", None) or ())
        selections = getattr(at, "selection_set", None)
        if selections is not None:
            waiting.extend(selections.selections)
