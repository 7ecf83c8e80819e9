"""One generated Python function for each scope of a plan.

A scope's function takes rows and gives their answers. It resolves the fields that need a resolver call or have such
fields below them, each for all rows at once, then builds the answers in one comprehension. Scopes that rows alone
answer are written out within the expressions of those above them.

Generated code only knows the usual case. Whatever is not as expected raises, and the column, or the scope, is completed
again position by position (`complete`); resolvers are not called twice, save functions of a row, which are pure.
"""

from collections.abc import Sequence
from functools import lru_cache, partial
from types import CodeType
from typing import Any, NoReturn

from graphql import GraphQLError
from graphql.pyutils import UndefinedType

from schema.execution.complete import complete
from schema.execution.leaves import leaf_source
from schema.execution.objects import run_objects, run_serially
from schema.execution.plan import LeafShape, ListShape, ObjectShape, PlanField, RunScope, Scope, Shape, is_pure
from schema.execution.run import Run


def run_scope(scope: Scope) -> RunScope:
    """`await run_scope(scope)(run, rows)` gives the answers; with ordinary resolvers the rows' paths are a third
    argument."""
    if scope.plan.per_object:
        return partial(run_objects, scope)
    if scope.plan.serial and scope is scope.plan.root:
        return partial(run_serially, scope)
    if scope.error is not None:
        return partial(fail, scope.error)
    try:
        return _Source().rows_function(scope)
    except (SyntaxError, RecursionError):
        # nested further than Python's compiler goes
        return partial(run_objects, scope)


@lru_cache(maxsize=2_048)
def _code(source: str, label: str) -> CodeType:
    """Scopes of many documents have the same text: what differs between them has a name."""
    return compile(source, label, "exec")


class _Source:
    """Source text of one function, with the values it names."""

    def __init__(self) -> None:
        self.names: dict[str, Any] = {}
        self.temps = 0

    def rows_function(self, scope: Scope) -> RunScope:
        resolved = [field for field in scope.fields if not field.pure]
        lines = ["async def scope(run, rows):", " if not rows: return []"]
        for n, field in enumerate(resolved):
            lines += self._column(n, field)
        parts = [
            f"{field.key!r}: e{resolved.index(field)}"
            if field in resolved
            else f"{field.key!r}: {self._entry(field, 'r')}"
            for field in scope.fields
        ]
        columns = "".join(f", k{n}" for n in range(len(resolved)))
        values = "".join(f", e{n}" for n in range(len(resolved)))
        source = f"zip(rows{columns})" if resolved else "rows"
        done = "".join(f"{field.key!r}: k{n}, " for n, field in enumerate(resolved))
        lines += [
            " try:",
            f"  return [{{{', '.join(parts)}}} for r{values} in {source}]"
            if scope.fields
            else "  return [{} for r in rows]",
            " except Exception:",
            f"  return await {self._bind(assemble, 'assemble')}(run, {self._bind(scope, 'scope')}, rows, {{{done}}})",
        ]
        return self._compile(lines, "scope", f"{scope.type.name} rows")

    def _column(self, n: int, field: PlanField) -> list[str]:
        """Lines that put the completed values of a field into `k<n>`."""
        bound = self._bind(field, "field")
        shape = self._bind(field.shape, "shape")
        careful = f"await {self._bind(complete, 'complete')}(run, {bound}, {shape}, c{n}, None)"
        lines = [f" c{n} = {self._values(field, bound)}"]
        if not is_pure(field.shape):
            return [
                *lines,
                f" k{n} = await {self._bind(_completer(field.shape), 'completer')}(run, {bound}, {shape}, c{n})",
            ]
        return [
            *lines,
            " try:",
            f"  k{n} = [{self._completed(field.shape, 'v')} for v in c{n}]",
            " except Exception:",
            f"  k{n} = {careful}",
        ]

    def _values(self, field: PlanField, bound: str) -> str:
        if field.kind == "batch":
            return f"await run.batch({bound}, rows)"
        if field.kind in ("root", "mutation"):
            return f"await run.root({bound})"
        return f"{self._bind(read_rows, 'read')}(run, {bound}, rows)"

    def _entry(self, field: PlanField, row: str) -> str:
        """An expression for the completed value of a field that the row in the variable `row` answers."""
        if field.kind == "typename":
            return repr(field.parent_type.name)
        if field.kind == "column":
            return self._completed(field.shape, f"{row}[{field.column!r}]")
        function = self._bind(field.resolver.resolve, "row")
        arguments = field.arguments.constant
        given = f", **{self._bind(arguments, 'arguments')}" if arguments else ""
        return self._completed(field.shape, f"{function}({row}{given})")

    def _completed(self, shape: Shape, value: str) -> str:
        """An expression for the completed `value`, an expression that is evaluated once."""
        temp = self._temp()
        if isinstance(shape, LeafShape):
            return leaf_source(shape.type, shape.nullable, value, temp, self._bind)
        if isinstance(shape, ListShape):
            item = self._temp()
            items = f"[{self._completed(shape.item, item)} for {item} in {self._bind(as_list, 'list')}"
            if shape.nullable:
                return f"None if ({temp} := {value}) is None else {items}({temp})]"
            return f"{items}({value})]"
        assert isinstance(shape, ObjectShape)
        unusual = "None" if shape.nullable else f"{self._bind(no_row, 'no_row')}()"
        return f"{unusual} if ({temp} := {value}) is None else {self._object(shape.scope, temp)}"

    def _object(self, scope: Scope, row: str) -> str:
        answer = f"{{{', '.join(f'{field.key!r}: {self._entry(field, row)}' for field in scope.fields)}}}"
        if any(field.kind == "column" for field in scope.fields):
            return answer
        # nothing in it is sure to fail for what stands there in the place of a row
        unusual = f"{row}.__class__ is not dict and isinstance({row}, {self._bind(_UNUSUAL, 'unusual')})"
        return f"{self._bind(no_row, 'no_row')}() if {unusual} else {answer}"

    def _bind(self, value: object, prefix: str) -> str:
        for name, known in self.names.items():
            if known is value:
                return name
        name = f"{prefix}_{len(self.names)}"
        self.names[name] = value
        return name

    def _temp(self) -> str:
        self.temps += 1
        return f"t{self.temps}"

    def _compile(self, lines: list[str], name: str, label: str) -> Any:
        exec(_code("\n".join(lines), f"<{label}>"), self.names)  # noqa: S102 - our own text: names and literals of the schema
        return self.names[name]


def _completer(shape: Shape) -> Any:
    if isinstance(shape, ObjectShape):
        return complete_objects
    if isinstance(shape, ListShape) and isinstance(shape.item, ObjectShape):
        return complete_object_lists
    return complete_any


_UNUSUAL = (type(None), UndefinedType, Exception)


def _usual(rows: Sequence[Any]) -> bool:
    """Whether all are rows: one look at each class, whatever their number."""
    return not any(issubclass(kind, _UNUSUAL) for kind in set(map(type, rows)))


async def complete_any(run: Run, field: PlanField, shape: Shape, values: Sequence[Any]) -> list[Any]:
    return await complete(run, field, shape, values, None)


async def complete_objects(run: Run, field: PlanField, shape: ObjectShape, values: Sequence[Any]) -> list[Any]:
    if _usual(values):
        done: list[Any] = await shape.scope.run(run, values)
        return done
    return await complete(run, field, shape, values, None)


async def complete_object_lists(run: Run, field: PlanField, shape: ListShape, values: Sequence[Any]) -> list[Any]:
    flat: list[Any] = []
    for value in values:
        if value.__class__ is not list:
            return await complete(run, field, shape, values, None)
        flat += value
    if not _usual(flat):
        return await complete(run, field, shape, values, None)
    item: Any = shape.item
    done: list[Any] = await item.scope.run(run, flat)
    if len(values) == 1:
        return [done]
    lists, start = [], 0
    for value in values:
        lists.append(done[start : start + len(value)])
        start += len(value)
    return lists


def no_row() -> NoReturn:
    raise TypeError("not a row")


def as_list(value: Any) -> Sequence[Any]:
    if isinstance(value, (list, tuple)):
        return value
    raise TypeError("not a list")


def read_rows(run: Run, field: PlanField, rows: Sequence[Any]) -> list[Any]:
    """What the rows themselves say; an exception stands where reading one failed."""
    if field.kind == "typename":
        return [field.parent_type.name] * len(rows)
    try:
        if field.kind == "column":
            column = field.column
            return [row[column] for row in rows]
        arguments = field.arguments.of(run.variables)
        function = field.resolver.resolve
        return [function(row, **arguments) for row in rows]
    except Exception:
        return [_read(run, field, row) for row in rows]


def _read(run: Run, field: PlanField, row: Any) -> Any:
    try:
        if field.kind == "column":
            return row[field.column]
        return field.resolver.resolve(row, **field.arguments.of(run.variables))
    except Exception as error:
        return error


async def fail(error: GraphQLError, run: Run, rows: Sequence[Any]) -> list[Any]:
    return [run.fault(error) for _ in rows]


async def assemble(run: Run, scope: Scope, rows: Sequence[Any], done: dict[str, list[Any]]) -> list[dict[str, Any]]:
    """The scope's answers after generated code failed; `done` has the columns that were completed before."""
    columns: dict[str, list[Any]] = {}
    for field in scope.fields:
        if field.key in done:
            columns[field.key] = done[field.key]
        else:
            columns[field.key] = await complete(run, field, field.shape, read_rows(run, field, rows), None)
    return [{key: column[i] for key, column in columns.items()} for i in range(len(rows))]
