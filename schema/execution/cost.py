"""What a document costs before it runs: how many values the engine has to find and write for it, by the schema alone.

One unit is one row or value looked up: about five microseconds. A document costs the sum over its fields of how often
each is asked times what it costs once:

- 1 for what a resolver finds (root and batch fields) and for each row of the list or page it finds;
- 0.1 for what is read from a row already there: columns, computed values, the objects and lists kept in it;
- 10 for a count over a whole connection, 100 for another aggregate over one (its facets), 10 for a mutation.

A page is as long as its `first` or `last` says. A list that has neither is taken to be ASSUMED_LENGTH long: a product's
variants, an order's lines and an attribute's values are fewer as a rule. What @skip and @include decide counts as
included, a field asked twice counts twice, of fragments on different types of one union only the dearest counts, and
`__schema` and `__type` cost nothing: they have limits of their own.
"""

from collections.abc import Mapping
from math import prod
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    get_nullable_type,
    is_abstract_type,
    is_composite_type,
    is_list_type,
)
from graphql.language import InlineFragmentNode, IntValueNode, NullValueNode, SelectionSetNode, VariableNode
from graphql.pyutils import Undefined

from engine.core.paging import MAX_PAGE
from schema.execution.fields import spec_of

ASSUMED_LENGTH = 5
READ, FOUND, COUNTED, AGGREGATED, CHANGED = 1, 10, 100, 1_000, 100
"""Tenths of a unit."""
CEILING = 10**10
"""Tenths of a unit at which counting ends: a short document can multiply its pages beyond any number."""
MAX_TERMS = 64
"""Products of pages told apart in one sum; beyond it, every page that a variable sizes counts as the longest."""

_Amount = dict[tuple[int, ...], int]
"""Tenths of units by the pages they are multiplied with: 12 + 3·p0 + 40·p0·p1 is {(): 12, (0,): 3, (0, 1): 40}."""


class _Page(NamedTuple):
    """A page whose length variables give, each with its default; `fixed` is a literal beside them."""

    variables: tuple[tuple[str, Any], ...]
    fixed: int | None

    def length(self, given: Mapping[str, Any]) -> int:
        values = [given.get(name, default) for name, default in self.variables]
        lengths = [_length(value) for value in (*values, self.fixed) if value is not None]
        return max(lengths, default=MAX_PAGE)


class Cost:
    """The cost of one operation, whatever values its variables have."""

    __slots__ = ("_pages", "_terms", "most")

    def __init__(self, amount: _Amount, pages: tuple[_Page, ...]):
        self._pages = pages
        self._terms = tuple(amount.items())
        self.most = self._sum([MAX_PAGE] * len(pages))
        """With every page that a variable sizes as long as a page may be."""

    def of(self, variables: Mapping[str, Any]) -> int:
        """With these values, which need not be valid: one that is no page size counts as the longest page."""
        return self._sum([page.length(variables) for page in self._pages]) if self._pages else self.most

    def _sum(self, lengths: list[int]) -> int:
        tenths = sum(factor * prod([lengths[page] for page in pages]) for pages, factor in self._terms)
        return -(-min(tenths, CEILING) // 10)


class _Field(NamedTuple):
    cost: int
    below: str | None
    """The name of the type its subfields belong to; None for a leaf."""
    sizes: tuple[tuple[str, Any], ...]
    """The arguments that size its page, with their defaults."""
    is_list: bool
    is_page: bool
    """It holds the items of the connection it belongs to."""


class _Selected(NamedTuple):
    once: _Amount
    per_item: _Amount
    """In a connection: what each item of its page costs."""


class CostModel:
    """What every field of a schema costs; made once per schema."""

    def __init__(self, schema: GraphQLSchema):
        roots = {
            "query": schema.query_type,
            "mutation": schema.mutation_type,
            "subscription": schema.subscription_type,
        }
        self.roots = {operation: root.name for operation, root in roots.items() if root is not None}
        self.fields: dict[str, dict[str, _Field]] = {}
        self.possible: dict[str, frozenset[str]] = {}
        for name, kind in schema.type_map.items():
            if is_abstract_type(kind):
                self.possible[name] = frozenset(one.name for one in schema.get_possible_types(kind))
            if isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) and not name.startswith("__"):
                changes = kind is schema.mutation_type
                self.fields[name] = {field: _field(kind, field, CHANGED if changes else 0) for field in kind.fields}

    def measure(self, document: DocumentNode, operation: OperationDefinitionNode) -> Cost:
        """`document` need not be valid, only within the limits: what the schema does not know costs nothing."""
        measure = _Measure(self, document, operation)
        amount = measure.selected(operation.selection_set, self.roots.get(operation.operation.value, "")).once
        return Cost(amount, tuple(measure.pages))


def _field(parent: GraphQLObjectType | GraphQLInterfaceType, name: str, cost: int) -> _Field:
    field: GraphQLField = parent.fields[name]
    kind = get_nullable_type(field.type)
    named = get_named_type(kind)
    in_connection = "edges" in parent.fields and "pageInfo" in parent.fields
    if not cost and in_connection and name != "pageInfo":
        cost = FOUND if name == "edges" else AGGREGATED if is_composite_type(named) else COUNTED
    if not cost:
        definition = field.extensions.get("strawberry-definition")
        spec = spec_of(definition) if definition is not None else None
        cost = READ if spec is None or spec.kind == "row" else FOUND
    return _Field(
        cost=cost,
        below=named.name if is_composite_type(named) else None,
        sizes=tuple((size, _default(field, size)) for size in ("first", "last") if size in field.args),
        is_list=is_list_type(kind) and is_composite_type(named),
        is_page=in_connection and name == "edges",
    )


def _default(field: GraphQLField, argument: str) -> Any:
    value = field.args[argument].default_value
    return None if value is Undefined else value


class _Measure:
    """One operation. Each fragment is measured once, however often it is spread."""

    def __init__(self, model: CostModel, document: DocumentNode, operation: OperationDefinitionNode):
        self.fields = model.fields
        self.possible = model.possible
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.spread: dict[str, _Selected] = {}
        self.pages: dict[_Page, int] = {}
        self.defaults = {
            one.variable.name.value: _literal(one.default_value) for one in operation.variable_definitions or ()
        }

    def selected(self, selections: SelectionSetNode | None, parent: str) -> _Selected:
        found = _Selected({}, {})
        narrower: dict[str, _Amount] = {}
        if selections is not None:
            self.collect(selections, parent, found, narrower)
        if narrower:
            _add(found.once, self.dearest(parent, narrower))
        return found

    def collect(
        self, selections: SelectionSetNode, parent: str, found: _Selected, narrower: dict[str, _Amount]
    ) -> None:
        """`narrower`: what only some types of an abstract parent cost, by the type condition."""
        fields = self.fields.get(parent, {})
        for node in selections.selections:
            if isinstance(node, FieldNode):
                field = fields.get(node.name.value)
                if field is not None:
                    _add(found.per_item if field.is_page else found.once, self.field(field, node))
                continue
            if isinstance(node, InlineFragmentNode):
                condition = node.type_condition.name.value if node.type_condition else parent
                if condition == parent:
                    self.collect(node.selection_set, parent, found, narrower)
                    continue
                below = self.selected(node.selection_set, condition)
            else:
                fragment = self.fragments.get(node.name.value) if isinstance(node, FragmentSpreadNode) else None
                if fragment is None:
                    continue
                condition, below = fragment.type_condition.name.value, self.fragment(fragment)
            if condition != parent and parent in self.possible:
                _add(narrower.setdefault(condition, {}), below.once)
            else:
                _add(found.once, below.once)
                _add(found.per_item, below.per_item)

    def fragment(self, fragment: FragmentDefinitionNode) -> _Selected:
        name = fragment.name.value
        if name not in self.spread:
            self.spread[name] = _Selected({}, {})
            self.spread[name] = self.selected(fragment.selection_set, fragment.type_condition.name.value)
        return self.spread[name]

    def field(self, field: _Field, node: FieldNode) -> _Amount:
        amount: _Amount = {(): field.cost}
        below = self.selected(node.selection_set, field.below) if field.below else _Selected({}, {})
        if field.is_list and not field.is_page:
            given = {one.name.value: one.value for one in node.arguments or ()}
            length = min(_length(_literal(given.get("limit"))), ASSUMED_LENGTH)
            _add(amount, {(): min(field.cost, FOUND) * length})
            _add(amount, below.once, length)
        else:
            _add(amount, below.once)
        if below.per_item:
            self.add_page(amount, below.per_item, field, node)
        return amount

    def add_page(self, amount: _Amount, per_item: _Amount, field: _Field, node: FieldNode) -> None:
        given = {one.name.value: one.value for one in node.arguments or ()}
        variables, fixed = [], None
        for name, default in field.sizes:
            value = given.get(name)
            if isinstance(value, VariableNode):
                variables.append((value.name.value, self.defaults.get(value.name.value)))
                continue
            length = default if value is None else _literal(value)
            if length is not None:
                fixed = max(fixed or 0, _length(length))
        if variables:
            page = self.pages.setdefault(_Page(tuple(variables), fixed), len(self.pages))
            per_item = {tuple(sorted((*pages, page))): factor for pages, factor in per_item.items()}
            _add(amount, per_item)
        else:
            _add(amount, per_item, MAX_PAGE if fixed is None else fixed)

    def dearest(self, parent: str, narrower: dict[str, _Amount]) -> _Amount:
        """A row is of one type only: what the dearest of them costs. Where pages are among it, the sum will do."""
        if any(pages for amount in narrower.values() for pages in amount):
            total: _Amount = {}
            for amount in narrower.values():
                _add(total, amount)
            return total
        flat = [(self.possible.get(kind, {kind}), amount.get((), 0)) for kind, amount in narrower.items()]
        return {(): max(sum(cost for kinds, cost in flat if one in kinds) for one in self.possible[parent])}


def _add(total: _Amount, amount: _Amount, times: int = 1) -> None:
    for pages, factor in amount.items():
        total[pages] = min(total.get(pages, 0) + factor * times, CEILING)
    if len(total) > MAX_TERMS:
        most = sum(factor * MAX_PAGE ** len(pages) for pages, factor in total.items())
        total.clear()
        total[()] = min(most, CEILING)


def _literal(node: Any) -> Any:
    """The value of a size written into the document; None when there is none, or null."""
    if node is None or isinstance(node, NullValueNode):
        return None
    return int(node.value) if isinstance(node, IntValueNode) and len(node.value) < 9 else MAX_PAGE


def _length(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= MAX_PAGE else MAX_PAGE
