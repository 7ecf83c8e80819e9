"""What a request may ask for, judged before anything is validated or run.

`check_body` comes before its JSON is read, `check_text` before its document is parsed, `check_document` before that is
measured, validated or planned, `check_cost` before it runs. Each ends at the first excess and takes time in proportion
to what it is given, however its parts refer to one another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode
from graphql.language import ListValueNode, ObjectValueNode, SelectionSetNode, ValueNode

from engine.core.errors import BadRequest
from engine.core.settings import Settings

CHARACTERS_PER_TOKEN = 25
"""Room for indentation, comments and long names: reading strings and blanks takes time as tokens do."""
MAX_NESTING = 60
"""Of fields, inline fragments and spreads in one another: whatever walks a document recurses that deep."""
OBJECT_VALUES = 8
"""What an object counts for: every field of its type is looked up, whether it is there or not."""
_COUNTED_UP_TO = 10**9
_INTROSPECTION = frozenset({"__schema", "__type"})
_TYPE_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
"""Fields of introspection that go from a type to many; one inside another multiplies the answer."""
_TOO_DEEP = "The document is nested too deeply."
_TOO_MANY_VALUES = "The request has more than {} keys and values."

# both leave no string open: text after a quote that never closes is read once, not once for every quote in it
_JSON = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{\[,]', re.DOTALL)
_TOKEN = re.compile(
    r'"""(?:[^"\\]++|\\(?:""")?|"(?!""))*+(?:""")?'
    r'|"(?:[^"\\\n\r]++|\\.)*+"?'
    r"|#[^\n\r]*+|\.\.\.|[_A-Za-z][_0-9A-Za-z]*+|-?[0-9][0-9A-Za-z+.-]*+|[^\s,\ufeff]"
)


@dataclass(frozen=True)
class Limits:
    body_bytes: int
    tokens: int
    depth: int
    aliases: int
    directives: int = 50
    repeats: int = 100
    """How often fields may stand again beside themselves."""
    fields: int = 1_500
    """Fields of a document once every fragment stands wherever it is spread: what a plan is made of."""
    values: int = 3_000
    """Keys, strings, lists and commas in the JSON of a request, or in the arguments of its document, and OBJECT_VALUES
    for each object."""
    cost: int = 50_000
    """In the units of `schema.execution.cost`."""

    @classmethod
    def of(cls, settings: Settings, *, staff: bool) -> "Limits":
        if staff:
            return cls(
                settings.max_staff_body_bytes,
                settings.max_staff_tokens,
                settings.max_depth,
                settings.max_staff_aliases,
                values=10_000,
                cost=settings.max_staff_cost,
            )
        return cls(
            settings.max_body_bytes,
            settings.max_tokens,
            settings.max_depth,
            settings.max_aliases,
            cost=settings.max_cost,
        )

    @property
    def characters(self) -> int:
        """How long a document may be."""
        return self.tokens * CHARACTERS_PER_TOKEN


def check_body(raw: bytes, limits: Limits) -> None:
    """Raises BadRequest. Reading many values takes long, coercing them longer, and bytes do not tell how many."""
    at_most = raw.count(b'"') + raw.count(b",") + raw.count(b"[") + OBJECT_VALUES * raw.count(b"{")
    if at_most <= limits.values:
        return
    values = 0
    for match in _JSON.finditer(raw):
        values += OBJECT_VALUES if match[0] == b"{" else 1
        if values > limits.values:
            raise BadRequest(_TOO_MANY_VALUES.format(limits.values))


def check_text(text: str, limits: Limits) -> int:
    """Raises BadRequest; the number of its tokens, comments among them."""
    if len(text) > limits.characters:
        raise BadRequest(f"The document has {len(text)} characters; at most {limits.characters} are allowed.")
    tokens = sum(1 for _ in islice(_TOKEN.finditer(text), limits.tokens + 1))
    if tokens > limits.tokens:
        raise BadRequest(f"The document has more than {limits.tokens} tokens.")
    return tokens


class TooCostly(BadRequest):
    """What a document asks for is more than one request may have."""


def check_cost(cost: int, limits: Limits) -> None:
    """Raises TooCostly."""
    if cost > limits.cost:
        raise TooCostly(
            f"The document costs {cost}; at most {limits.cost} is allowed. Ask for fewer items or fewer nested lists."
        )


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Raises BadRequest. Every fragment is measured once, so a document cannot be made dear by spreading it often."""
    try:
        _Measure(document, limits).check()
    except RecursionError:
        raise BadRequest(_TOO_DEEP) from None


class _Size(NamedTuple):
    depth: int = 0
    """Levels of fields."""
    nesting: int = 0
    """Levels of anything."""
    fields: int = 0
    """Fields, with those of fragments where they are spread."""


class _Measure:
    def __init__(self, document: DocumentNode, limits: Limits):
        self.limits = limits
        self.operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.sizes: dict[str, _Size] = {}
        self.names: dict[str, frozenset[str]] = {}
        self.type_lists: dict[str, int] = {}
        self.aliases = 0
        self.directives = 0
        self.repeats = 0
        self.values = 0
        self.introspects = False

    def check(self) -> None:
        limits = self.limits
        sizes = [(op, self._set_size(op.selection_set, ())) for op in self.operations]
        for fragment in self.fragments.values():
            self._fragment_size(fragment, ())
        _at_most(self.aliases, limits.aliases, "uses", "aliases")
        _at_most(self.directives, limits.directives, "uses", "directives")
        if self.repeats > limits.repeats:
            raise BadRequest(f"The document repeats fields {self.repeats} times; at most {limits.repeats} are allowed.")
        # introspection is deeper than any shopper's document and has limits of its own
        deepest = max((size.depth for op, size in sizes if not _introspects(op)), default=0)
        if deepest > limits.depth:
            raise BadRequest(f"The document is {deepest} levels deep; at most {limits.depth} are allowed.")
        every = [*self.sizes.values(), *(size for _, size in sizes)]
        if any(size.nesting > MAX_NESTING for size in every):
            raise BadRequest(_TOO_DEEP)
        _at_most(max((size.fields for size in every), default=0), limits.fields, "selects", "fields")
        if self.values > limits.values:
            raise BadRequest(_TOO_MANY_VALUES.format(limits.values))
        if self.introspects:
            self._check_introspection()

    def _check_introspection(self) -> None:
        if self.aliases:
            raise BadRequest("A document that asks for the schema may not use aliases.")
        if any(self._nested_lists(op.selection_set) > 1 for op in self.operations):
            raise BadRequest("A document that asks for the schema may not go from type to type.")

    def _set_size(self, selections: SelectionSetNode | None, spreading: tuple[str, ...]) -> _Size:
        return self._size(selections, spreading, set())

    def _size(self, selections: SelectionSetNode | None, spreading: tuple[str, ...], beside: set[str]) -> _Size:
        """Counts on the way. `beside`: names of the fields that are merged with these."""
        depth = nesting = fields = 0
        spread: set[int] = set()
        for node in selections.selections if selections else ():
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self.aliases += node.alias is not None
                self.introspects |= node.name.value in _INTROSPECTION
                self._beside(beside, (node.alias or node.name).value)
                for argument in node.arguments or ():
                    self._count(argument.value)
                below = self._set_size(node.selection_set, spreading) if node.selection_set else _LEAF
                depth = max(depth, 1 + below.depth)
                fields += 1
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments.get(node.name.value)
                if fragment is None or id(fragment) in spread:
                    continue
                below = self._fragment_size(fragment, spreading)
                self._beside(beside, *self.names[node.name.value])
                spread.add(id(fragment))
                depth = max(depth, below.depth)
            else:
                below = self._size(getattr(node, "selection_set", None), spreading, beside)
                depth = max(depth, below.depth)
            nesting = max(nesting, 1 + below.nesting)
            fields = min(fields + below.fields, _COUNTED_UP_TO)
        return _Size(depth, nesting, fields)

    def _count(self, value: ValueNode) -> None:
        if isinstance(value, ListValueNode):
            self.values += len(value.values) + 1
            for one in value.values:
                self._count(one)
        elif isinstance(value, ObjectValueNode):
            self.values += OBJECT_VALUES + len(value.fields)
            for field in value.fields:
                self._count(field.value)

    def _beside(self, beside: set[str], *names: str) -> None:
        self.repeats += sum(name in beside for name in names)
        beside.update(names)

    def _fragment_size(self, fragment: FragmentDefinitionNode, spreading: tuple[str, ...]) -> _Size:
        name = fragment.name.value
        if name in spreading:
            raise BadRequest(f'Cannot spread fragment "{name}" within itself.')
        if name not in self.sizes:
            beside: set[str] = set()
            self.sizes[name] = self._size(fragment.selection_set, (*spreading, name), beside)
            self.names[name] = frozenset(beside)
        return self.sizes[name]

    def _nested_lists(self, selections: SelectionSetNode | None) -> int:
        """How many lists of types stand inside one another; fragments are known to have no cycles."""
        deepest = 0
        for node in selections.selections if selections else ():
            if isinstance(node, FragmentSpreadNode):
                found = self._fragment_lists(node.name.value)
            else:
                found = self._nested_lists(getattr(node, "selection_set", None))
                found += isinstance(node, FieldNode) and node.name.value in _TYPE_LISTS
            deepest = max(deepest, found)
        return deepest

    def _fragment_lists(self, name: str) -> int:
        if name not in self.type_lists:
            fragment = self.fragments.get(name)
            self.type_lists[name] = self._nested_lists(fragment.selection_set) if fragment is not None else 0
        return self.type_lists[name]


_LEAF = _Size()


def _at_most(found: int, allowed: int, verb: str, what: str) -> None:
    if found > allowed:
        raise BadRequest(f"The document {verb} {found} {what}; at most {allowed} are allowed.")


def mixes_introspection(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether an operation asks for the schema and for anything else. Its fragments are known to have no cycles."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    asked = set(_root_fields(operation.selection_set, fragments)) - {"__typename"}
    return not _INTROSPECTION.isdisjoint(asked) and not asked <= _INTROSPECTION


def _root_fields(selections: SelectionSetNode | None, fragments: dict[str, FragmentDefinitionNode]) -> Iterator[str]:
    for node in selections.selections if selections else ():
        if isinstance(node, FieldNode):
            yield node.name.value
        elif isinstance(node, FragmentSpreadNode):
            yield from _root_fields(fragments[node.name.value].selection_set, fragments)
        else:
            yield from _root_fields(getattr(node, "selection_set", None), fragments)


def _introspects(operation: OperationDefinitionNode) -> bool:
    selected = operation.selection_set.selections
    return all(isinstance(node, FieldNode) and node.name.value in _INTROSPECTION for node in selected)
