"""The four ways to declare a field. No resolver knows which executor runs it.

- `@batch_field`: `async def f(parents: Rows, info: BatchInfo, …) -> list[X]`, the result aligned with `parents`.
  An Exception in a position fails that position, a raise fails them all. How parents are grouped is unspecified.
- `@row_field`: a pure, synchronous function of one row: `def f(row: Row) -> X`.
- `@root_field(guard)`: a field of Query: `async def f(self, info: BatchInfo, …) -> X`.
- `@mutation_field(guard)`: a field of Mutation; expected failures become the payload's `errors`.

A plain column needs none of them: rows are mappings, and a field reads the key of its Python name.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, get_args, get_origin, overload

import strawberry
from strawberry.types.field import StrawberryField

from engine.core.context import Row
from engine.core.errors import InvalidId, Refusal, Refusals
from schema.execution.batching import Execution
from schema.execution.guards import Guard
from schema.execution.info import BatchInfo, StockInfo

Rows: TypeAlias = Any
"""`list[Row]`; an alias of Any, because a method's first parameter is otherwise taken for `self`."""

SPEC = "argosy"


def payload(**fields: Any) -> Any:
    """The row of a mutation's payload; fields left out are null and `errors` is empty."""
    return fields


@dataclass(slots=True, eq=False)
class FieldSpec:
    """What an executor needs to know of a resolver; found in the Strawberry field's metadata under `SPEC`.

    Both executors call `resolve` through here, so that a test can put a fault in its place.
    """

    kind: str
    resolve: Callable[..., Any]
    guard: Guard | None = None


def spec_of(field: Any) -> FieldSpec | None:
    found = (field.metadata or {}).get(SPEC)
    return found if isinstance(found, FieldSpec) else None


@overload
def batch_field(function: Callable[..., Any]) -> Any: ...


@overload
def batch_field(*, guard: Guard | None = None, **options: Any) -> Callable[[Callable[..., Any]], Any]: ...


def batch_field(function: Callable[..., Any] | None = None, *, guard: Guard | None = None, **options: Any) -> Any:
    """`guard` is checked once per batch; its failure fails every position."""

    def decorate(function: Callable[..., Any]) -> StrawberryField:
        element = _element_of(function)

        spec = FieldSpec("batch", function, guard)

        async def run(parents: list[Any], info: BatchInfo, arguments: dict[str, Any]) -> list[Any]:
            if guard is not None:
                guard.check(info.context.caller)
            values: list[Any] = await spec.resolve(parents, info, **arguments)
            return values

        async def resolver(self: Any, info: strawberry.Info, **arguments: Any) -> Any:
            raw = info._raw_info
            execution: Execution = raw.context
            batch_info = StockInfo(raw, execution.ctx)
            # all the nodes: a fragment's node stands in other company, with other subfields, wherever it is spread
            key = (function, *map(id, raw.field_nodes))
            return await execution.load(key, self, lambda parents: run(parents, batch_info, arguments))

        _dress(resolver, function, skip=2, returns=element)
        return _field(resolver, spec, options)

    return decorate if function is None else decorate(function)


@overload
def row_field(function: Callable[..., Any]) -> Any: ...


@overload
def row_field(**options: Any) -> Callable[[Callable[..., Any]], Any]: ...


def row_field(function: Callable[..., Any] | None = None, **options: Any) -> Any:
    def decorate(function: Callable[..., Any]) -> StrawberryField:
        spec = FieldSpec("row", function)

        def resolver(self: Any, **arguments: Any) -> Any:
            return spec.resolve(self, **arguments)

        _dress(resolver, function, skip=1, returns=inspect.signature(function).return_annotation, info=False)
        return _field(resolver, spec, options)

    return decorate if function is None else decorate(function)


def root_field(guard: Guard, **options: Any) -> Callable[[Callable[..., Any]], Any]:
    def decorate(function: Callable[..., Any]) -> StrawberryField:
        spec = FieldSpec("root", function, guard)

        async def resolver(self: Any, info: strawberry.Info, **arguments: Any) -> Any:
            execution: Execution = info._raw_info.context
            guard.check(execution.ctx.caller)
            return await spec.resolve(None, StockInfo(info._raw_info, execution.ctx), **arguments)

        _dress(resolver, function, skip=2, returns=inspect.signature(function).return_annotation)
        return _field(resolver, spec, options)

    return decorate


def mutation_field(
    guard: Guard, *, empty: dict[str, Any] | None = None, **options: Any
) -> Callable[[Callable[..., Any]], Any]:
    """`empty` gives the values of payload fields that may not be null beside errors, such as `{"deliveries": []}`."""

    def decorate(function: Callable[..., Any]) -> StrawberryField:
        payload_type = inspect.signature(function).return_annotation

        async def safely(self: Any, info: BatchInfo, **arguments: Any) -> Row:
            blank = _blank(payload_type, empty or {})
            try:
                answer = await function(self, info, **arguments)
            except Refusal as refusal:
                return {**blank, "errors": _errors(payload_type, [refusal])}
            except Refusals as refusals:
                return {**blank, "errors": _errors(payload_type, refusals.items)}
            except InvalidId as error:
                unknown = Refusal(str(error), field="id", code="NOT_FOUND")
                return {**blank, "errors": _errors(payload_type, [unknown])}
            return {**blank, **answer}

        spec = FieldSpec("mutation", safely, guard)

        async def resolver(self: Any, info: strawberry.Info, **arguments: Any) -> Any:
            execution: Execution = info._raw_info.context
            guard.check(execution.ctx.caller)
            return await spec.resolve(None, StockInfo(info._raw_info, execution.ctx), **arguments)

        _dress(resolver, function, skip=2, returns=payload_type | None)
        return _field(resolver, spec, options)

    return decorate


def _field(resolver: Callable[..., Any], spec: FieldSpec, options: dict[str, Any]) -> StrawberryField:
    metadata = {SPEC: spec, **options.pop("metadata", {})}
    made: Any = strawberry.field(resolver=resolver, metadata=metadata, **options)
    found: StrawberryField = made
    return found


def _dress(resolver: Any, function: Callable[..., Any], *, skip: int, returns: Any, info: bool = True) -> None:
    """Give `resolver` the arguments, name and home of `function`, so that Strawberry reads those."""
    signature = inspect.signature(function)
    head = [inspect.Parameter("self", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    if info:
        head.append(inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=strawberry.Info))
    rest = [
        # an absent argument is left out of the call, so None as its default need not stand in the SDL
        parameter.replace(
            kind=inspect.Parameter.KEYWORD_ONLY,
            default=strawberry.UNSET if parameter.default is None else parameter.default,
        )
        for parameter in list(signature.parameters.values())[skip:]
    ]
    resolver.__signature__ = inspect.Signature([*head, *rest], return_annotation=returns)
    resolver.__name__ = function.__name__
    resolver.__qualname__ = function.__qualname__
    resolver.__module__ = function.__module__
    resolver.__doc__ = function.__doc__


def _element_of(function: Callable[..., Any]) -> Any:
    returns = inspect.signature(function).return_annotation
    if get_origin(returns) is not list:
        raise TypeError(f"{function.__qualname__}: a batch field is annotated `-> list[…]`")
    return get_args(returns)[0]


def _blank(payload_type: Any, empty: dict[str, Any]) -> dict[str, Any]:
    fields = payload_type.__strawberry_definition__.fields
    return {**{field.python_name: None for field in fields}, "errors": [], **empty}


def _errors(payload_type: Any, refusals: Any) -> list[dict[str, Any]]:
    """Rows of the payload's own error type; a code it does not know becomes its general one."""
    errors = next(f for f in payload_type.__strawberry_definition__.fields if f.python_name == "errors")
    error_type = errors.type.of_type
    fields = {field.python_name: field for field in error_type.__strawberry_definition__.fields}
    code_type = getattr(fields["code"].type, "of_type", fields["code"].type)  # Saleor has some that may be null
    codes = {value.name for value in code_type.values}
    rows = []
    for refusal in refusals:
        row = dict.fromkeys(fields) | refusal.as_row()
        if row["code"] not in codes:
            row["code"] = "INVALID" if "INVALID" in codes else "GRAPHQL_ERROR"
        rows.append(row)
    return rows
