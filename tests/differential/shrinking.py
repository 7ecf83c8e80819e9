"""A smaller document that still fails: selections, arguments, directives and definitions are left out one by one."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    VariableDefinitionNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.differential.documents import Document

ATTEMPTS = 300
_REMOVABLE = (
    ArgumentNode,
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    VariableDefinitionNode,
)


class _Without(Visitor):
    """Leaves out the removable node of a number."""

    def __init__(self, number: int):
        super().__init__()
        self.left = number

    def enter(self, node: Node, *_: Any) -> Any:
        if isinstance(node, _REMOVABLE):
            self.left -= 1
            if self.left == -1:
                return REMOVE
        return None


async def shrink(schema: GraphQLSchema, document: Document, fails: Callable[[Document], Awaitable[bool]]) -> Document:
    for count in range(1, len(document.variables)):
        fewer = replace(document, variables=document.variables[count - 1 : count])
        if await fails(fewer):
            document = fewer
            break
    attempts, number = 0, 0
    while attempts < ATTEMPTS:
        without = _Without(number)
        smaller = visit(parse(document.text), without)
        if without.left >= 0:
            break
        found = _pruned(schema, document, smaller)
        if found is not None:
            attempts += 1
            if await fails(found):
                document = found
                continue
        number += 1
    return document


def _pruned(schema: GraphQLSchema, document: Document, smaller: DocumentNode) -> Document | None:
    """The document without what nothing uses any more; None if it is not valid."""
    for _ in range(20):
        try:
            text = print_ast(smaller)
            smaller = parse(text)
        except (GraphQLError, AttributeError, TypeError):
            return None
        errors = validate(schema, smaller)
        if not errors:
            declared = {one.variable.name.value for one in _declared(smaller)}
            kept = [{name: one[name] for name in one if name in declared} for one in document.variables]
            return replace(document, text=text, variables=tuple(kept))
        unused = [error.nodes[0] for error in errors if error.nodes and "is never used" in error.message]
        if len(unused) != len(errors):
            return None
        smaller = visit(smaller, _Dropping({node.loc.start for node in unused if node.loc}))
    return None


def _declared(document: DocumentNode) -> Iterator[VariableDefinitionNode]:
    for definition in document.definitions:
        if isinstance(definition, OperationDefinitionNode):
            yield from definition.variable_definitions or ()


class _Dropping(Visitor):
    def __init__(self, starts: set[int]):
        super().__init__()
        self.starts = starts

    def enter(self, node: Node, *_: Any) -> Any:
        kinds = (VariableDefinitionNode, FragmentDefinitionNode)
        return REMOVE if isinstance(node, kinds) and node.loc and node.loc.start in self.starts else None
