"""Scalars and enums on their way out: an inlined test for the usual value, a function for every other.

What is inlined accepts only values that the type's own `coerce_output_value` would return unchanged; anything else goes
through that.
"""

from collections.abc import Callable
from typing import Any

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLLeafType, GraphQLString
from graphql.pyutils import Undefined, inspect

Bind = Callable[[object, str], str]
"""`bind(value, prefix)` gives the name under which generated code finds the value."""

_FITS = {
    GraphQLString.name: "{0}.__class__ is str",
    GraphQLID.name: "{0}.__class__ is str",
    GraphQLBoolean.name: "{0}.__class__ is bool",
    GraphQLInt.name: "{0}.__class__ is int and -2147483648 <= {0} <= 2147483647",
    # of the floats only NaN and the infinities differ from themselves by something else than zero
    GraphQLFloat.name: "{0}.__class__ is float and {0} - {0} == 0.0",
}


def coerce_leaf(kind: GraphQLLeafType, value: Any) -> Any:
    """The value as the answer has it. Raises what the type raises, TypeError where it gives nothing."""
    coerced = kind.coerce_output_value(value)
    if coerced is None or coerced is Undefined:
        raise TypeError(
            f"Expected `{inspect(kind)}.coerce_output_value({inspect(value)})` to return non-nullable value,"
            f" returned: {inspect(coerced)}"
        )
    return coerced


def leaf_source(kind: GraphQLLeafType, nullable: bool, value: str, temp: str, bind: Bind) -> str:
    """An expression for the coerced `value`, itself an expression, evaluated once and kept in `temp`.

    It raises where that fails, and for None where the position is not nullable.
    """
    if isinstance(kind, GraphQLEnumType):
        names = bind(_enum_names(kind, nullable), "enum")
        return f"{names}[{value}]"
    coerce = bind(_coercer(kind), "leaf")
    fits = _FITS.get(kind.name)
    if fits is None:
        if nullable:
            return f"None if ({temp} := {value}) is None else {coerce}({temp})"
        return f"{coerce}({value})"
    test = fits.format(temp).replace(temp, f"({temp} := {value})", 1)
    if nullable:
        return f"{temp} if {test} or {temp} is None else {coerce}({temp})"
    return f"{temp} if {test} else {coerce}({temp})"


def _coercer(kind: GraphQLLeafType) -> Callable[[Any], Any]:
    def coerce(value: Any) -> Any:
        if value is None or value is Undefined or isinstance(value, Exception):
            raise TypeError("not a value")
        return coerce_leaf(kind, value)

    return coerce


def _enum_names(kind: GraphQLEnumType, nullable: bool) -> dict[Any, str | None]:
    names: dict[Any, str | None] = {None: None} if nullable else {}
    for name, member in kind.values.items():
        names[member.value] = name
    for member in getattr(kind, "wrapped_cls", ()):
        names[member] = kind.coerce_output_value(member)
    return names
