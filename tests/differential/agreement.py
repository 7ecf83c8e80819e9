"""When two executors' answers to one document mean the same.

Data must be equal, with the order of keys. An error takes away the nearest position at or above its own that may be
null, *its null*. Where several errors would take the same position away, GraphQL leaves open which one is reported, and
whether those of positions below are. So, with `every`, the errors that come up when each position keeps its own (from
the stock executor without error propagation):

- Every error's null, or something above it, is null in the data; no two errors of an answer have the same null.
- A null that the data show has an error in both answers or in neither: the same one, or two from `every`.
- An error whose null lies below another one may be in one answer alone, if it is in `every`.

Errors are equal if path, message, locations, extensions and the class of the exception behind them are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    is_non_null_type,
    visit,
)

Path: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, order=True)
class Problem:
    path: Path | None
    message: str
    locations: tuple[tuple[int, int], ...]
    extensions: str
    cause: str


@dataclass(frozen=True)
class Answer:
    """`steps`: how often a mutation changed something, where the asked can tell."""

    data: Any
    problems: tuple[Problem, ...]
    steps: int = 0


def answer_of(result: ExecutionResult) -> Answer:
    return Answer(result.data, tuple(_problem(error) for error in result.errors or ()))


def _problem(error: GraphQLError) -> Problem:
    return Problem(
        None if error.path is None else tuple(error.path),
        error.message,
        tuple((place.line, place.column) for place in error.locations or ()),
        repr(error.extensions),
        type(error.original_error).__name__,
    )


def disagreement(
    schema: GraphQLSchema, document: DocumentNode, stock: Answer, ours: Answer, every: Answer
) -> str | None:
    """What is wrong, in a line; None if the answers mean the same."""
    if repr(stock.data) != repr(ours.data):
        return "the data differ"
    if stock.steps != ours.steps:
        return "a different number of steps was taken"
    if stock.problems == ours.problems:
        return None
    if any(problem.path is None for problem in (*stock.problems, *ours.problems)):
        return "the errors of the request differ"
    try:
        types = answer_types(schema, document)
    except Ambiguous:
        return None
    try:
        taken = [_nulls(answer, types) for answer in (stock, ours)]
    except _Wrong as wrong:
        return str(wrong)
    if set(stock.problems) == set(ours.problems):
        return None
    possible = set(every.problems)
    for null in taken[0].keys() | taken[1].keys():
        found = [one.get(null) for one in taken]
        if found[0] == found[1]:
            continue
        if None in found and _at(stock.data, null) == "null":
            return f"one answer alone has an error for {null}"
        for problem in found:
            if problem is not None and problem not in possible:
                return f"no position has this error of its own: {problem}"
    return None


class _Wrong(Exception):
    pass


class Ambiguous(Exception):
    """A key of the answer means two types in one document, so that a path does not tell which position it is."""


def _nulls(answer: Answer, types: Mapping[str, Any]) -> dict[Path, Problem]:
    found: dict[Path, Problem] = {}
    for problem in answer.problems:
        assert problem.path is not None
        null = _null_of(problem.path, types)
        if null in found:
            raise _Wrong(f"two errors took {null} away: {found[null]} and {problem}")
        if _at(answer.data, null) == "value":
            raise _Wrong(f"an error where there is data: {problem}")
        found[null] = problem
    return found


def _null_of(path: Path, types: Mapping[str, Any]) -> Path:
    while path and is_non_null_type(_type_at(path, types)):
        path = path[:-1]
    return path


def _type_at(path: Path, types: Mapping[str, Any]) -> Any:
    depth = 0
    while isinstance(path[len(path) - 1 - depth], int):
        depth += 1
    kind = types[str(path[len(path) - 1 - depth])]
    for _ in range(depth):
        kind = (kind.of_type if is_non_null_type(kind) else kind).of_type
    return kind


def _at(data: Any, path: Path) -> str:
    """Whether a position is `null`, is `below` one that is, or has a `value`."""
    for key in path:
        if data is None:
            return "below"
        try:
            data = data[key]
        except (LookupError, TypeError):
            return "value"
    return "null" if data is None else "value"


class _Keys(Visitor):
    def __init__(self, info: TypeInfo):
        super().__init__()
        self.info = info
        self.types: dict[str, Any] = {}

    def enter_field(self, node: FieldNode, *_: Any) -> None:
        key = (node.alias or node.name).value
        kind = self.info.get_type()
        # a position of the answer is told by its keys alone, so a key must mean one type all over the document
        if str(self.types.setdefault(key, kind)) != str(kind):
            raise Ambiguous(key)


def answer_types(schema: GraphQLSchema, document: DocumentNode) -> dict[str, Any]:
    """The type of each answer key; documents of `Writer` have one for each."""
    info = TypeInfo(schema)
    keys = _Keys(info)
    visit(document, TypeInfoVisitor(info, keys))
    return keys.types
