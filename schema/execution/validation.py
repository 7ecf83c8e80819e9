"""graphql-core's validation, with all of its rules, in less than half of the time and within narrower bounds.

Its visitor asks every rule about every node; here each kind of node knows the rules that care. The rules whose work can
grow with the square of the document get a smaller allowance than graphql-core's, and none looks for what may have been
meant: that is slow, and tells strangers names.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OverlappingFieldsCanBeMergedRule,
    TypeInfo,
    ValidationContext,
    specified_rules,
)
from graphql.language import Visitor
from graphql.pyutils import RefMap
from graphql.validation.validate import (
    FragmentNestingVisitor,
    ValidationAbortedError,
    query_document_keys_to_validate,
)
from graphql.validation.validation_context import VariableUsage, VariableUsageVisitor

MAX_ERRORS = 5
FRAGMENT_WORK = 10_000
MERGE_WORK = 5_000
"""In graphql-core's own units, of which it allows 50,000 and 500,000; five thousand take about 30 ms."""
_NAMES = frozenset({"alias", "name"})
_NO_PATH: list[Any] = []
"""No rule visits a name, and none reads the path to a node."""


class _MergeRule(OverlappingFieldsCanBeMergedRule):
    def __init__(self, context: ValidationContext):
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MERGE_WORK


RULES = tuple(_MergeRule if rule is OverlappingFieldsCanBeMergedRule else rule for rule in specified_rules)


def validate(schema: GraphQLSchema, document: DocumentNode, max_errors: int = MAX_ERRORS) -> list[GraphQLError]:
    """The errors that graphql-core's `validate(…, max_errors=max_errors, hide_suggestions=True)` finds."""
    errors: list[GraphQLError] = []

    def report(error: GraphQLError) -> None:
        if len(errors) >= max_errors:
            raise ValidationAbortedError("Too many validation errors, error limit reached. Validation aborted.")
        if error.original_error is not None:
            # a literal that its scalar stumbles over is the document's fault, and what Python says of it is for us
            error = GraphQLError(error.message.partition(", but encountered error")[0] + ".", error.nodes)
        errors.append(error)

    context = _Context(schema, document, TypeInfo(schema), report, hide_suggestions=True)
    rules: list[Visitor] = [rule(context) for rule in RULES]
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    if fragments:
        rules.insert(0, FragmentNestingVisitor(fragments))
    try:
        _Walk(rules, context.types).visit(document, None, None, [])
    except ValidationAbortedError as error:
        # what is kept with an error must not keep all the frames of the validation
        error.__context__ = None
        errors.append(error.with_traceback(None))
    except RecursionError:
        errors.append(ValidationAbortedError("Validation aborted."))
    return errors


class _Context(ValidationContext):
    def __init__(self, schema: GraphQLSchema, document: DocumentNode, types: TypeInfo, *args: Any, **kwargs: Any):
        super().__init__(schema, document, types, *args, **kwargs)
        self.types = types
        self._remaining_fragment_work = FRAGMENT_WORK
        # by identity: the hash of a node is made from everything below it
        self._fragment_spreads: Any = RefMap()
        self._variable_usages: Any = RefMap()
        self._recursive_variable_usages: Any = RefMap()

    def get_variable_usages(self, node: Any) -> list[VariableUsage]:
        usages: list[VariableUsage] | None = self._variable_usages.get(node)
        if usages is None:
            visitor = VariableUsageVisitor(self.types, node if isinstance(node, FragmentDefinitionNode) else None)
            _Walk([visitor], self.types).visit(node, None, None, [])
            usages = self._variable_usages[node] = visitor.usages
        return usages


_Names = tuple[tuple[tuple[int, str], ...], tuple[tuple[int, str], ...], tuple[str, ...]]
_Handlers = tuple[tuple[int, Callable[..., Any]], ...]
_Kind = tuple[Callable[[Any], None] | None, Callable[[], None] | None, _Handlers, _Handlers, tuple[str, ...]]


@functools.cache
def _names(rules: tuple[type[Visitor], ...], kind: str) -> _Names:
    """(place of the rule, name of its method) for the rules that enter nodes of that kind and for those that leave
    them, and the attributes that hold the nodes below."""
    entering, leaving = (
        tuple(
            (place, name)
            for place, rule in enumerate(rules)
            for name in [next((name for name in (f"{verb}_{kind}", verb) if hasattr(rule, name)), None)]
            if name
        )
        for verb in ("enter", "leave")
    )
    keys = query_document_keys_to_validate.get(kind, ())
    return entering, leaving, tuple(key for key in keys if key not in _NAMES)


class _Walk:
    """graphql-core's `visit` for rules that edit nothing: they return None, or SKIP to leave out what is below."""

    def __init__(self, rules: Sequence[Visitor], types: TypeInfo):
        self._rules = rules
        self._types = types
        self._classes = tuple(map(type, rules))
        self._kinds: dict[str, _Kind] = {}
        self._skipped_at: list[Any] = [None] * len(rules)

    def _kind(self, kind: str) -> _Kind:
        enters, leaves, keys = _names(self._classes, kind)
        found = self._kinds[kind] = (
            getattr(self._types, f"enter_{kind}", None),
            getattr(self._types, f"leave_{kind}", None),
            tuple((place, getattr(self._rules[place], name)) for place, name in enters),
            tuple((place, getattr(self._rules[place], name)) for place, name in leaves),
            keys,
        )
        return found

    def visit(self, node: Any, key: Any, parent: Any, ancestors: list[Any]) -> None:
        """`ancestors` are those above `parent`, which is a tuple for a node in a list."""
        enter_type, leave_type, enters, leaves, keys = self._kinds.get(node.kind) or self._kind(node.kind)
        skipped_at = self._skipped_at
        if enter_type:
            enter_type(node)
        for place, enter in enters:
            if skipped_at[place] is None and enter(node, key, parent, _NO_PATH, ancestors) is not None:
                skipped_at[place] = node
        if keys:
            if parent is not None:
                ancestors.append(parent)
            for name in keys:
                below = getattr(node, name, None)
                if below.__class__ is tuple:
                    ancestors.append(node)
                    for index, child in enumerate(below):
                        self.visit(child, index, below, ancestors)
                    ancestors.pop()
                elif below is not None:
                    self.visit(below, name, node, ancestors)
            if parent is not None:
                ancestors.pop()
        for place, leave in leaves:
            if skipped_at[place] is None:
                leave(node, key, parent, _NO_PATH, ancestors)
        for place, _ in enters:
            if skipped_at[place] is node:
                skipped_at[place] = None
        if leave_type:
            leave_type()
