"""Completion position by position: what generated code does for whole columns, with every way to fail told apart.

It runs for a column in which generated code met something unusual, and for all of an operation with ordinary resolvers
(`places` is given then). Results are aligned with the values; a Fault stands where a position failed.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from graphql import GraphQLError, GraphQLObjectType
from graphql.execution.executor import Executor, invalid_return_type_error
from graphql.pyutils import Path, Undefined, is_iterable

from schema.execution.leaves import coerce_leaf
from schema.execution.plan import AbstractShape, LeafShape, ListShape, ObjectShape, PlanField, Scope, Shape
from schema.execution.rows import TYPENAME
from schema.execution.run import Fault, Run


class Place(NamedTuple):
    """Where a value stands in the answer, and what graphql-core tells a resolver about its field."""

    path: Path
    info: Any


Places = Sequence[Place] | None
_NO_NULL = "Cannot return null for non-nullable field"


async def complete(run: Run, field: PlanField, shape: Shape, values: Sequence[Any], places: Places) -> list[Any]:
    done: list[Any] = [None] * len(values)
    live: list[int] = []
    for i, value in enumerate(values):
        if isinstance(value, Exception):
            done[i] = run.fault(value)
        elif isinstance(value, Fault):
            done[i] = value
        elif value is not None and value is not Undefined:
            live.append(i)
    if live:
        at = None if places is None else [places[i] for i in live]
        found = await _inner(run, field, shape, [values[i] for i in live], at)
        for i, value in zip(live, found, strict=True):
            done[i] = value
    if not shape.nullable:
        for i, value in enumerate(done):
            if value is None:
                done[i] = run.fault(
                    TypeError(f"Cannot return null for non-nullable field {field.parent_type}.{field.field_name}.")
                )
    return done


async def _inner(run: Run, field: PlanField, shape: Shape, values: list[Any], places: Places) -> list[Any]:
    if isinstance(shape, LeafShape):
        return [_leaf(run, shape, value) for value in values]
    if isinstance(shape, ListShape):
        return await _lists(run, field, shape, values, places)
    if isinstance(shape, ObjectShape):
        return await _objects(run, field, shape.scope, values, places)
    return await _abstract(run, field, cast(AbstractShape, shape), values, places)


def _leaf(run: Run, shape: LeafShape, value: Any) -> Any:
    try:
        return coerce_leaf(shape.type, value)
    except Exception as error:
        return run.fault(error)


async def _lists(run: Run, field: PlanField, shape: ListShape, values: list[Any], places: Places) -> list[Any]:
    """All items of all lists are completed together, then put back into lists."""
    flat: list[Any] = []
    at: list[Place] | None = None if places is None else []
    spans: list[Any] = []
    for n, value in enumerate(values):
        items = await _items(run, field, value, places is not None)
        if isinstance(items, Fault):
            spans.append(items)
            continue
        spans.append((len(flat), len(flat) + len(items)))
        flat.extend(items)
        if at is not None and places is not None:
            at.extend(Place(places[n].path.add_key(i, None), places[n].info) for i in range(len(items)))
    if places is not None:
        await run.join([flat])
    done = await complete(run, field, shape.item, flat, at)
    return [span if isinstance(span, Fault) else done[slice(*span)] for span in spans]


async def _items(run: Run, field: PlanField, value: Any, awaiting: bool) -> list[Any] | Fault:
    try:
        if awaiting and run.executor.is_async_iterable(value):
            await run.go_live()
            return [item async for item in value]
        if not is_iterable(value):
            name = f"{field.parent_type}.{field.field_name}"
            raise GraphQLError(f"Expected Iterable, but did not find one for field '{name}'.")
        return list(value)
    except Exception as error:
        return run.fault(error)


async def _objects(run: Run, field: PlanField, scope: Scope, values: list[Any], places: Places) -> list[Any]:
    if places is None:
        rows: list[Any] = await scope.run(run, values)
        return rows
    verdicts: list[Any] = [True] * len(values)
    if scope.type.is_type_of is not None:
        for i, (value, place) in enumerate(zip(values, places, strict=True)):
            try:
                verdicts[i] = scope.type.is_type_of(value, place.info)
            except Exception as error:
                verdicts[i] = error
        await run.join([verdicts])
    kept = [i for i, verdict in enumerate(verdicts) if verdict and not isinstance(verdict, Exception)]
    found = iter(await scope.run(run, [values[i] for i in kept], [places[i].path for i in kept]))
    return [
        run.fault(verdict)
        if isinstance(verdict, Exception)
        else next(found)
        if verdict
        else run.fault(invalid_return_type_error(scope.type, value, field.details))
        for verdict, value in zip(verdicts, values, strict=True)
    ]


async def _abstract(run: Run, field: PlanField, shape: AbstractShape, values: list[Any], places: Places) -> list[Any]:
    """Values are completed with the others of their concrete type, and marked with its scope for `settle`."""
    kinds = await _kinds(run, field, shape, values, places)
    done: list[Any] = [run.fault(kind) if isinstance(kind, Exception) else None for kind in kinds]
    by_name: dict[str, list[int]] = {}
    for i, kind in enumerate(kinds):
        if not isinstance(kind, Exception):
            by_name.setdefault(kind.name, []).append(i)
    for indices in by_name.values():
        scope = shape.scope(kinds[indices[0]])
        at = None if places is None else [places[i] for i in indices]
        found = await _objects(run, field, scope, [values[i] for i in indices], at)
        for i, value in zip(indices, found, strict=True):
            done[i] = value if isinstance(value, Fault) else scope.typed(value)
    return done


async def _kinds(run: Run, field: PlanField, shape: AbstractShape, values: list[Any], places: Places) -> list[Any]:
    """The concrete type of each value, or the exception that looking for it raised."""
    names: list[Any] = []
    resolve: Any = None if places is None else shape.type.resolve_type or run.executor.type_resolver
    for i, value in enumerate(values):
        try:
            names.append(value[TYPENAME] if places is None else resolve(value, places[i].info, shape.type))
        except Exception as error:
            names.append(error)
    if places is not None:
        await run.join([names])
    return [
        name if isinstance(name, Exception) else _kind(field, shape, name, value)
        for name, value in zip(names, values, strict=True)
    ]


def _kind(field: PlanField, shape: AbstractShape, name: Any, value: Any) -> GraphQLObjectType | GraphQLError:
    # graphql-core's own check and words; all it reads of `self` and of the info are these names
    self: Any = field.plan
    info: Any = field
    try:
        return Executor.ensure_valid_runtime_type(self, name, shape.type, field.details, info, value)
    except GraphQLError as error:
        return error
