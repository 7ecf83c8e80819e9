"""How each field of a schema is resolved, looked up once per schema."""

import asyncio
from collections import OrderedDict
from typing import Any

from graphql import ExecutionResult, GraphQLAbstractType, GraphQLField, GraphQLObjectType, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types.field import StrawberryField

from schema.execution.fields import FieldSpec, spec_of
from schema.execution.rows import read_column, type_of_row

DEFINITION = "strawberry-definition"
"""Where Strawberry keeps its own definition of a field or type among graphql-core's extensions."""
KEY = "argosy-kinds"
KEPT_FIELDS = 50_000
"""About a hundred megabytes, and a thousand of a storefront's pages."""


class Plans:
    """Plans of all operations of a schema, least recently used dropped; bounded by the fields they have worked out.

    A short document can have many, by fragments and by flags. A field takes about two kilobytes.
    """

    def __init__(self, fields: int = KEPT_FIELDS):
        self._fields = fields
        self._kept: OrderedDict[Any, Any] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: Any) -> Any:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: Any, plan: Any) -> Any:
        self._kept[key] = plan
        # counted anew each time: a plan goes on growing while rows of new types come
        total = sum(kept.fields for kept in self._kept.values())
        while total > self._fields and len(self._kept) > 1:
            total -= self._kept.popitem(last=False)[1].fields
        return plan


class Kinds:
    """One per schema; see `kinds_of`."""

    def __init__(self, schema: GraphQLSchema):
        self.schema = schema
        self.plans = Plans()
        self.introspecting = asyncio.Lock()
        self.introspected: OrderedDict[Any, ExecutionResult] = OrderedDict()
        """Answers of the last operations that asked for nothing but the schema."""
        self._found: dict[tuple[str, str], tuple[str, str, FieldSpec | None]] = {}
        self._foreign: dict[str, bool] = {}
        owner: Any = getattr(schema, "_strawberry_schema", None)
        self.config: StrawberryConfig = owner.config if owner is not None else StrawberryConfig()
        self.scalars: Any = owner.schema_converter.scalar_registry if owner is not None else {}

    def of(self, parent: GraphQLObjectType, name: str, definition: GraphQLField) -> tuple[str, str, FieldSpec | None]:
        """Kind, column and spec of a field."""
        if name == "__typename":
            return "typename", "", None
        found = self._found.get((parent.name, name))
        if found is None:
            found = self._found[parent.name, name] = self._look_at(definition)
        return found

    def is_checked(self, kind: GraphQLObjectType) -> bool:
        """Whether values are asked if they are of the type."""
        return kind.is_type_of is not None

    def has_object_fields(self, kind: GraphQLAbstractType) -> bool:
        """Whether a value there may need more than its row: an ordinary resolver, or one that tells the type."""
        if kind.resolve_type is not type_of_row:
            return True
        return any(self._is_foreign(possible) for possible in self.schema.get_possible_types(kind))

    def _is_foreign(self, kind: GraphQLObjectType) -> bool:
        found = self._foreign.get(kind.name)
        if found is None:
            fields = kind.fields.items()
            found = self.is_checked(kind) or any(self.of(kind, name, field)[0] == "object" for name, field in fields)
            self._foreign[kind.name] = found
        return found

    def _look_at(self, definition: GraphQLField) -> tuple[str, str, FieldSpec | None]:
        field = definition.extensions.get(DEFINITION)
        if not isinstance(field, StrawberryField):
            return "object", "", None
        if field.permission_classes or field.extensions:
            # Strawberry's own, called for each object
            return "object", "", None
        spec = spec_of(field)
        if spec is not None:
            return spec.kind, "", spec
        if field.base_resolver is None and self.config.default_resolver is read_column:
            return "column", field.python_name, None
        return "object", "", None


def kinds_of(schema: GraphQLSchema) -> Kinds:
    kinds = schema.extensions.get(KEY)
    if not isinstance(kinds, Kinds) or kinds.schema is not schema:
        kinds = schema.extensions[KEY] = Kinds(schema)
    return kinds
