"""What a document may ask for, checked after its parse and before anything is validated or run."""

from dataclasses import dataclass

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode
from graphql.language import SelectionSetNode

from engine.core.errors import BadRequest
from engine.core.settings import Settings

MAX_REPEATS = 25
MAX_STAFF_REPEATS = 100
_INTROSPECTION = frozenset({"__schema", "__type"})
_TYPE_LISTS = frozenset({"fields", "inputFields", "interfaces", "possibleTypes"})
"""Fields of introspection that go from a type to many; one inside another multiplies the answer."""


@dataclass(frozen=True)
class Limits:
    body_bytes: int
    tokens: int
    depth: int
    aliases: int
    directives: int = 50
    repeats: int = MAX_REPEATS
    """How often fields may stand again beside themselves: validation compares every pair of them."""

    @classmethod
    def of(cls, settings: Settings, *, staff: bool) -> "Limits":
        if staff:
            return cls(
                settings.max_staff_body_bytes,
                settings.max_staff_tokens,
                settings.max_depth,
                settings.max_staff_aliases,
                repeats=MAX_STAFF_REPEATS,
            )
        return cls(settings.max_body_bytes, settings.max_tokens, settings.max_depth, settings.max_aliases)


def check_document(document: DocumentNode, limits: Limits) -> None:
    """Raises BadRequest. Every fragment is measured once, so a document cannot be made dear by spreading it often."""
    _Measure(document, limits).check()


class _Measure:
    def __init__(self, document: DocumentNode, limits: Limits):
        self.limits = limits
        self.operations = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        self.heights: dict[str, int] = {}
        self.names: dict[str, frozenset[str]] = {}
        self.type_lists: dict[str, int] = {}
        self.aliases = 0
        self.directives = 0
        self.repeats = 0
        self.introspects = False

    def check(self) -> None:
        # introspection is deeper than any shopper's document and has limits of its own
        heights = {id(op): self._set_height(op.selection_set, ()) for op in self.operations}
        deepest = max((heights[id(op)] for op in self.operations if not _introspects(op)), default=0)
        for fragment in self.fragments.values():
            self._fragment_height(fragment, ())
        if self.aliases > self.limits.aliases:
            raise BadRequest(f"The document uses {self.aliases} aliases; at most {self.limits.aliases} are allowed.")
        if self.directives > self.limits.directives:
            raise BadRequest(
                f"The document uses {self.directives} directives; at most {self.limits.directives} are allowed."
            )
        if self.repeats > self.limits.repeats:
            raise BadRequest(
                f"The document repeats fields {self.repeats} times; at most {self.limits.repeats} are allowed."
            )
        if deepest > self.limits.depth:
            raise BadRequest(f"The document is {deepest} levels deep; at most {self.limits.depth} are allowed.")
        if self.introspects:
            self._check_introspection()

    def _check_introspection(self) -> None:
        if self.aliases:
            raise BadRequest("A document that asks for the schema may not use aliases.")
        if any(self._nested_lists(op.selection_set) > 1 for op in self.operations):
            raise BadRequest("A document that asks for the schema may not go from type to type.")

    def _set_height(self, selections: SelectionSetNode | None, spreading: tuple[str, ...]) -> int:
        return self._height(selections, spreading, set())

    def _height(self, selections: SelectionSetNode | None, spreading: tuple[str, ...], beside: set[str]) -> int:
        """Levels below, counting on the way. `beside`: names of the fields that are merged with these."""
        deepest = 0
        spread: set[int] = set()
        for node in selections.selections if selections else ():
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self.aliases += node.alias is not None
                self.introspects |= node.name.value in _INTROSPECTION
                self._beside(beside, (node.alias or node.name).value)
                deepest = max(deepest, 1 + self._set_height(node.selection_set, spreading))
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments.get(node.name.value)
                if fragment is not None:
                    deepest = max(deepest, self._fragment_height(fragment, spreading))
                    if id(fragment) not in spread:
                        self._beside(beside, *self.names[node.name.value])
                    spread.add(id(fragment))
            else:
                deepest = max(deepest, self._height(getattr(node, "selection_set", None), spreading, beside))
        return deepest

    def _beside(self, beside: set[str], *names: str) -> None:
        self.repeats += sum(name in beside for name in names)
        beside.update(names)

    def _fragment_height(self, fragment: FragmentDefinitionNode, spreading: tuple[str, ...]) -> int:
        name = fragment.name.value
        if name in spreading:
            raise BadRequest(f'Cannot spread fragment "{name}" within itself.')
        if name not in self.heights:
            beside: set[str] = set()
            self.heights[name] = self._height(fragment.selection_set, (*spreading, name), beside)
            self.names[name] = frozenset(beside)
        return self.heights[name]

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


def _introspects(operation: OperationDefinitionNode) -> bool:
    selected = operation.selection_set.selections
    return all(isinstance(node, FieldNode) and node.name.value in _INTROSPECTION for node in selected)
