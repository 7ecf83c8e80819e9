"""Random valid documents for a schema: the same seed writes the same document.

Answer keys follow from the field, its arguments and its type, so that selections of one key always merge.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from graphql import (
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.utilities import do_types_overlap

from tests.differential.arguments import Arguments, literal

MAX_FAN = 60
"""Objects one place of a document may stand on, guessed from its lists."""


_TOWARDS = ("edges", "node")
"""Fields that lead on to what a connection is there for."""


@dataclass(frozen=True)
class Document:
    """`variables`: the values of each request, one after the other."""

    text: str
    variables: tuple[dict[str, Any], ...] = ({},)
    operation: str | None = None


@dataclass(frozen=True)
class _Fragment:
    name: str
    on: GraphQLNamedType
    depth: int
    fan: int
    cost: int


class Writer:
    """Writes one document. `size`: about how many fields it has; `roots`: root fields that may be asked, more often
    the more often they stand there."""

    def __init__(
        self,
        schema: GraphQLSchema,
        arguments: Arguments,
        rng: Random,
        *,
        size: int = 30,
        depth: int = 8,
        roots: Sequence[str] | None = None,
    ):
        self._schema = schema
        self._arguments = arguments
        self._rng = rng
        self._left = size
        self._depth = depth
        self._roots = roots
        self._keys: dict[tuple[str, str, str, int], str] = {}
        self._taken: set[str] = set()
        self._declared: dict[str, str] = {}
        self._values: dict[str, Any] = {}
        self._flags: set[str] = set()
        self._reusable: list[tuple[str, str]] = []
        self._fragments: list[_Fragment] = []
        self._bodies: list[str] = []

    def query(self) -> Document:
        return self._operation("query", self._schema.query_type)

    def mutation(self) -> Document:
        return self._operation("mutation", self._schema.mutation_type)

    def _operation(self, kind: str, root: GraphQLObjectType | None) -> Document:
        assert root is not None
        parts = [self._root_part(root) for _ in range(self._rng.choice([1, 2, 2, 3, 4]))]
        declared = f"({', '.join(f'${name}: {rest}' for name, rest in self._declared.items())})" * bool(self._declared)
        definitions = [f"{kind} Main{declared} {{ {' '.join(parts)} }}", *self._bodies]
        operation = self._rng.choice([None, None, "Main"])
        if self._rng.random() < 0.05:
            definitions.insert(self._rng.randrange(len(definitions) + 1), "query Other { __typename }")
            operation = "Main"
        values = (self._values, self._changed()) if self._flags else (self._values,)
        return Document("\n".join(definitions), values, operation)

    def _changed(self) -> dict[str, Any]:
        """The other way round, and with some of what may be left out left out or null."""
        changed: dict[str, Any] = {}
        for name, value in self._values.items():
            required = "!" in self._declared[name].partition("=")[0][-2:]
            roll = self._rng.random()
            if name in self._flags:
                changed[name] = not value
            elif required or roll < 0.6:
                changed[name] = value
            elif roll < 0.8:
                changed[name] = None
        return changed

    def _root_part(self, root: GraphQLObjectType) -> str:
        roll = self._rng.random()
        if roll < 0.02:
            return self._typename()
        if roll < 0.03 and root is self._schema.query_type:
            name = self._rng.choice(list(self._schema.type_map))
            return f"{self._key('__type', f'(name: {literal(name)})', '__Type')} {{ name kind }}"
        if roll < 0.06:
            return f"...{self._directives()} {{ {self._field(root, self._depth, 1)} }}"
        return self._field(root, self._depth, 1)

    def _set(self, kind: GraphQLNamedType, depth: int, fan: int) -> str:
        wanted = self._rng.choice([1, 2, 3, 4, 6, 8])
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            # a small type gets no more than it has, so that what is left goes to others
            wanted = min(wanted, 1 + len(kind.fields) // 3)
        parts = []
        for _ in range(wanted):
            if self._left > 0:
                parts.append(self._part(kind, depth, fan))
        return "{ " + " ".join(parts or [self._cheapest(kind)]) + " }"

    def _part(self, kind: GraphQLNamedType, depth: int, fan: int) -> str:
        roll = self._rng.random()
        if depth > 0 and self._left > 2:
            if roll < 0.05:
                return f"...{self._directives()} {self._set(kind, depth - 1, fan)}"
            if roll < (0.5 if is_abstract_type(kind) else 0.1):
                inner = self._rng.choice(self._overlapping(kind))
                return f"... on {inner.name}{self._directives()} {self._set(inner, depth - 1, fan)}"
            if roll < (0.6 if is_abstract_type(kind) else 0.2):
                return self._spread(kind, depth, fan)
        if roll > 0.95 or isinstance(kind, GraphQLUnionType):
            return self._typename()
        assert isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType))
        return self._field(kind, depth, fan)

    def _overlapping(self, kind: GraphQLNamedType) -> list[GraphQLNamedType]:
        """Types a fragment may be on; concrete ones of an abstract place stand there twice."""
        found: list[GraphQLNamedType] = [kind]
        if isinstance(kind, GraphQLObjectType):
            found += kind.interfaces
        elif is_abstract_type(kind):
            found += 2 * list(self._schema.get_possible_types(kind))
            if isinstance(kind, GraphQLInterfaceType):
                found += kind.interfaces
        return found

    def _spread(self, kind: GraphQLNamedType, depth: int, fan: int) -> str:
        usable = [
            one
            for one in self._fragments
            if one.depth <= depth and one.fan >= fan and one.cost <= self._left and self._fits(one.on, kind)
        ]
        if usable and self._rng.random() < 0.6:
            chosen = self._rng.choice(usable)
            self._left -= chosen.cost
            return f"...{chosen.name}{self._directives()}"
        on, before = self._rng.choice(self._overlapping(kind)), self._left
        body = self._set(on, depth - 1, fan)
        made = _Fragment(f"F{len(self._fragments)}", on, depth - 1, fan, before - self._left)
        self._fragments.append(made)
        self._bodies.append(f"fragment {made.name} on {on.name} {body}")
        return f"...{made.name}{self._directives()}"

    def _fits(self, on: Any, kind: Any) -> bool:
        return do_types_overlap(self._schema, on, kind)

    def _typename(self) -> str:
        self._left -= 1
        return f"{self._key('__typename', '', 'String!')}{self._directives()}"

    def _cheapest(self, kind: GraphQLNamedType) -> str:
        if isinstance(kind, (GraphQLObjectType, GraphQLInterfaceType)):
            for name, one in kind.fields.items():
                if is_leaf_type(get_named_type(one.type)) and not one.args:
                    return self._key(name, "", str(one.type))
        return "__typename"

    def _field(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, fan: int) -> str:
        name, found = self._choose(kind, depth, fan)
        self._left -= 1
        arguments = self._arguments.of(kind.name, name, found, fan)
        texts = [f"{key}: {self._argument(value, found.args[key].type)}" for key, value in arguments.items()]
        passed = f"({', '.join(texts)})" if texts else ""
        text = f"{self._key(name, passed, str(found.type))}{self._directives()}"
        inner = get_named_type(found.type)
        if not is_composite_type(inner):
            return text
        return f"{text} {self._set(inner, depth - 1, fan * self._many(kind, name, found, arguments))}"

    def _choose(self, kind: GraphQLObjectType | GraphQLInterfaceType, depth: int, fan: int) -> tuple[str, GraphQLField]:
        fields = dict(kind.fields)
        if self._roots is not None and kind in (self._schema.query_type, self._schema.mutation_type):
            name = self._rng.choice(self._roots)
            return name, fields[name]
        leaves = [name for name, one in fields.items() if not is_composite_type(get_named_type(one.type))]
        nodes = [name for name in fields if name not in leaves]
        descend = depth > 0 and fan < MAX_FAN and self._left > 1
        for name in _TOWARDS:
            if name in fields and descend and self._rng.random() < 0.85:
                return name, fields[name]
        if not leaves or (nodes and descend and self._rng.random() < 0.6):
            name = self._rng.choice(nodes)
            if "etadata" in name:
                name = self._rng.choice(nodes)
        else:
            name = self._rng.choice(leaves)
        return name, fields[name]

    def _many(self, kind: GraphQLNamedType, name: str, found: GraphQLField, arguments: dict[str, Any]) -> int:
        page = arguments.get("first", arguments.get("last"))
        if isinstance(page, int):
            return max(page, 1)
        inner: Any = found.type
        many = 1
        while inner is not get_named_type(inner):
            many *= 3 if is_list_type(inner) and not kind.name.endswith("Connection") else 1
            inner = inner.of_type
        return many

    def _key(self, name: str, arguments: str, kind: str) -> str:
        """`key: name(arguments)`, with the key only where it is not the name."""
        salt = self._rng.choice([0, 0, 0, 0, 0, 0, 1, 2])
        known = (name, arguments, kind, salt)
        key = self._keys.get(known)
        if key is None:
            key = name if not salt and name not in self._taken else f"{name.lstrip('_')}_{len(self._keys)}"
            self._taken.add(key)
            self._keys[known] = key
        return f"{name}{arguments}" if key == name else f"{key}: {name}{arguments}"

    def _directives(self) -> str:
        if self._rng.random() > 0.05:
            return ""
        names = self._rng.sample(["skip", "include"], self._rng.choice([1, 1, 1, 2]))
        return "".join(f" @{name}(if: {self._flag(name == 'include')})" for name in names)

    def _flag(self, usual: bool) -> str:
        value = usual if self._rng.random() < 0.75 else not usual
        if self._rng.random() < 0.5:
            return literal(value)
        kind = "Boolean!" if self._rng.random() < 0.5 else f"Boolean = {literal(not value)}"
        # null is refused where the flag stands, if nowhere before
        given: bool | None = value
        if "=" in kind and self._rng.random() < 0.02:
            given = None
        name = self._declare(kind, given)
        self._flags.add(name[1:])
        return name

    def _argument(self, value: Any, kind: GraphQLInputType, *, one_of: bool = False) -> str:
        """The value as a literal or a variable, or as a literal with variables in it."""
        if self._rng.random() < 0.2:
            return self._variable(value, kind, one_of)
        inner: Any = kind.of_type if is_non_null_type(kind) else kind
        if isinstance(value, list) and is_list_type(inner):
            return f"[{', '.join(self._argument(item, inner.of_type) for item in value)}]"
        if isinstance(value, dict) and isinstance(inner, GraphQLInputObjectType):
            strict = inner.is_one_of
            parts = [
                f"{key}: {self._argument(item, inner.fields[key].type, one_of=strict)}" for key, item in value.items()
            ]
            return f"{{{', '.join(parts)}}}"
        return literal(value)

    def _variable(self, value: Any, kind: GraphQLInputType, one_of: bool) -> str:
        required = is_non_null_type(kind)
        nullable = str(kind).removesuffix("!")
        known = [name for name, declared in self._reusable if declared == str(kind)]
        if known and self._rng.random() < 0.3:
            return self._rng.choice(known)
        if one_of or required:
            if value is not None and not one_of and self._rng.random() < 0.3:
                return self._with_default(nullable, value)
            return self._reuse(f"{nullable}!", self._spoiled(value))
        roll = self._rng.random()
        if roll < 0.2 and value is not None:
            return self._declare(f"{nullable}!", value)
        if roll < 0.3:
            return self._declare(nullable)
        if roll < 0.5:
            return self._with_default(nullable, value)
        return self._reuse(nullable, self._spoiled(value))

    def _with_default(self, kind: str, value: Any) -> str:
        """Left out, so that the default counts; or given; or given as null, which a required place refuses."""
        declared = f"{kind} = {literal(value)}"
        roll = self._rng.random()
        if roll < 0.1:
            return self._declare(declared, None)
        return self._declare(declared, value) if roll < 0.3 else self._declare(declared)

    def _spoiled(self, value: Any) -> Any:
        """Rarely a value that no type takes, so that the request fails before anything is run."""
        return {"no": {"such": "type"}} if self._rng.random() < 0.01 else value

    def _reuse(self, kind: str, value: Any) -> str:
        name = self._declare(kind, value)
        self._reusable.append((name, kind))
        return name

    def _declare(self, kind: str, *value: Any) -> str:
        name = f"v{len(self._declared)}"
        self._declared[name] = kind
        if value:
            self._values[name] = value[0]
        return f"${name}"
