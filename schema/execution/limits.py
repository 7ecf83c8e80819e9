"""What a document may ask for, checked after its parse and before anything is validated or run."""

from dataclasses import dataclass

from graphql import DocumentNode, FieldNode, FragmentDefinitionNode, FragmentSpreadNode, OperationDefinitionNode
from graphql.language import SelectionSetNode

from engine.core.errors import BadRequest
from engine.core.settings import Settings


@dataclass(frozen=True)
class Limits:
    body_bytes: int
    tokens: int
    depth: int
    aliases: int
    directives: int = 50

    @classmethod
    def of(cls, settings: Settings, *, staff: bool) -> "Limits":
        if staff:
            return cls(
                settings.max_staff_body_bytes,
                settings.max_staff_tokens,
                settings.max_depth,
                settings.max_staff_aliases,
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
        self.aliases = 0
        self.directives = 0

    def check(self) -> None:
        # introspection is deeper than any shopper's document and bounded by the schema itself
        deepest = max((self._height(op.selection_set, ()) for op in self.operations if not _introspects(op)), default=0)
        for fragment in self.fragments.values():
            self._fragment_height(fragment, ())
        if self.aliases > self.limits.aliases:
            raise BadRequest(f"The document uses {self.aliases} aliases; at most {self.limits.aliases} are allowed.")
        if self.directives > self.limits.directives:
            raise BadRequest(
                f"The document uses {self.directives} directives; at most {self.limits.directives} are allowed."
            )
        if deepest > self.limits.depth:
            raise BadRequest(f"The document is {deepest} levels deep; at most {self.limits.depth} are allowed.")

    def _height(self, selections: SelectionSetNode | None, spreading: tuple[str, ...]) -> int:
        deepest = 0
        for node in selections.selections if selections else ():
            self.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                self.aliases += node.alias is not None
                deepest = max(deepest, 1 + self._height(node.selection_set, spreading))
            elif isinstance(node, FragmentSpreadNode):
                fragment = self.fragments.get(node.name.value)
                if fragment is not None:
                    deepest = max(deepest, self._fragment_height(fragment, spreading))
            else:
                deepest = max(deepest, self._height(getattr(node, "selection_set", None), spreading))
        return deepest

    def _fragment_height(self, fragment: FragmentDefinitionNode, spreading: tuple[str, ...]) -> int:
        name = fragment.name.value
        if name in spreading:
            raise BadRequest(f'Cannot spread fragment "{name}" within itself.')
        if name not in self.heights:
            self.heights[name] = self._height(fragment.selection_set, (*spreading, name))
        return self.heights[name]


def _introspects(operation: OperationDefinitionNode) -> bool:
    selected = operation.selection_set.selections
    return all(isinstance(node, FieldNode) and node.name.value in ("__schema", "__type") for node in selected)
