"""Scopes run field by field without generated code.

For operations with ordinary resolvers, which are called for each object as graphql-core does, and for the fields of a
mutation, each of which must be done before the next begins.
"""

from collections.abc import Sequence
from typing import Any

from graphql.pyutils import Path

from schema.execution.complete import Place, Places, complete
from schema.execution.plan import PlanField, Scope
from schema.execution.run import Run
from schema.execution.settle import propagates


async def run_objects(
    scope: Scope, run: Run, rows: list[Any], paths: Sequence[Path | None] | None = None
) -> list[dict[str, Any]]:
    if scope.error is not None:
        failed: list[Any] = [run.fault(scope.error) for _ in rows]
        return failed
    if scope is scope.plan.root and scope.plan.serial:
        return await run_serially(scope, run, rows)
    columns, places = [], []
    for field in scope.fields:
        at = None if paths is None else [_place(run, field, path) for path in paths]
        columns.append(await _column(run, field, rows, at))
        places.append(at)
    if paths is not None:
        await run.join(columns)
    done = [
        await complete(run, field, field.shape, column, at)
        for field, column, at in zip(scope.fields, columns, places, strict=True)
    ]
    keys = [field.key for field in scope.fields]
    return [{key: column[i] for key, column in zip(keys, done, strict=True)} for i in range(len(rows))]


async def run_serially(scope: Scope, run: Run, rows: list[Any]) -> list[dict[str, Any]]:
    """The root fields of a mutation; none is begun after one whose failing takes all away."""
    answer: dict[str, Any] = {}
    for field in scope.fields:
        places = [_place(run, field, None)] if scope.plan.per_object else None
        column = await _column(run, field, rows, places)
        if places is not None:
            await run.join([column])
        (answer[field.key],) = await complete(run, field, field.shape, column, places)
        if run.faulty and propagates(field, answer[field.key]):
            break
    return [answer]


def _place(run: Run, field: PlanField, parent: Path | None) -> Place:
    path = Path(parent, field.key, field.parent_type.name)
    return Place(path, run.executor.build_resolve_info(field.definition, field.nodes, field.parent_type, path))


async def _column(run: Run, field: PlanField, rows: list[Any], places: Places) -> list[Any]:
    """One value, awaitable or exception for each row."""
    if field.kind == "batch":
        return list(await run.batch(field, rows))
    if field.kind in ("root", "mutation"):
        return await run.root(field)
    values: list[Any] = []
    resolve = _resolver(run, field)
    infos = [None] * len(rows) if places is None else [place.info for place in places]
    for row, info in zip(rows, infos, strict=True):
        try:
            values.append(resolve(row, info))
        except Exception as error:
            values.append(error)
    return values


def _resolver(run: Run, field: PlanField) -> Any:
    if field.kind == "typename":
        return lambda row, info: field.parent_type.name
    if field.kind == "column":
        return lambda row, info: row[field.column]
    if field.kind == "row":
        return lambda row, info: field.resolver.resolve(row, **field.arguments.of(run.variables))
    resolve = field.definition.resolve or run.executor.field_resolver
    if run.executor.middleware_manager is not None:
        resolve = run.executor.middleware_manager.get_field_resolver(resolve)
    return lambda row, info: resolve(row, info, **field.arguments.of(run.variables))
