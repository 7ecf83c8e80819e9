"""After the run, and only if something failed: faults become nulls and located errors, in the document's order.

A failed position that may not be null makes its parent fail. Where two siblings of one parent fail, the first in the
document is told; what lies below a position that became null before it was reached is not.
"""

from typing import Any

from graphql import GraphQLError, located_error

from schema.execution.plan import AbstractShape, ListShape, ObjectShape, PlanField, Scope, Shape
from schema.execution.run import Fault

Key = str | int


def settle(scope: Scope, answer: dict[str, Any]) -> tuple[dict[str, Any] | None, list[GraphQLError]]:
    settling = _Settling(scope.plan.propagates)
    try:
        data = settling.scope(scope, answer, [])
    except GraphQLError as error:
        return None, [*settling.errors, error]
    return data, settling.errors


def propagates(field: PlanField, value: Any) -> bool:
    """Whether the value's failing takes its parent away."""
    try:
        _Settling(field.plan.propagates).field(field, value, [])
    except GraphQLError:
        return True
    return False


class _Settling:
    def __init__(self, propagates: bool) -> None:
        self.errors: list[GraphQLError] = []
        self.propagates = propagates

    def scope(self, scope: Scope, answer: dict[str, Any], path: list[Key]) -> dict[str, Any]:
        """A new answer: rows of several places may be one object."""
        return {
            field.key: self.field(field, answer[field.key], [*path, field.key])
            for field in scope.fields
            if field.key in answer
        }

    def field(self, field: PlanField, value: Any, path: list[Key]) -> Any:
        return self._guarded(field, field.shape, value, path)

    def _guarded(self, field: PlanField, shape: Shape, value: Any, path: list[Key]) -> Any:
        """Raises the located error where the position may not be null."""
        try:
            return self._value(field, shape, value, path)
        except GraphQLError as error:
            if self.propagates and not shape.nullable:
                raise
            self.errors.append(error)
            return None

    def _value(self, field: PlanField, shape: Shape, value: Any, path: list[Key]) -> Any:
        if isinstance(value, Fault):
            raise located_error(value.error, field.nodes, path)
        if value is None:
            return None
        if isinstance(shape, ListShape):
            return [self._guarded(field, shape.item, item, [*path, i]) for i, item in enumerate(value)]
        if isinstance(shape, ObjectShape):
            return self.scope(shape.scope, value, path)
        if isinstance(shape, AbstractShape):
            return self.scope(type(value).scope, value, path)
        return value
