"""Saleor's `filter` and `where` inputs as a `Wish`."""

import datetime
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from engine.core.conditions import Wish
from engine.core.errors import BadRequest
from engine.core.ids import int_pk
from schema.common.inputs import given
from schema.common.moments import utc

MAX_NESTING = 5
MAX_CONDITIONS = 100
"""How many AND and OR branches one filter may have in all."""

Parts = Callable[[dict[str, Any]], Wish]
"""What the fields of one input object that are given and not null ask for."""


def either(filter: Any, where: Any, parts: Parts, where_parts: Parts | None = None) -> Wish:
    """Raises BadRequest when both are given."""
    if filter and where:
        raise BadRequest("Only one filtering argument (filter or where) can be specified.")
    if where:
        return nested(where, where_parts or parts)
    return parts(asked(filter)) if filter else Wish()


def asked(input: Any) -> dict[str, Any]:
    """What was given and is not null."""
    return {name: value for name, value in given(input).items() if value is not None}


def nested(where: Any, parts: Parts) -> Wish:
    return _nested(where, parts, MAX_NESTING, iter(range(MAX_CONDITIONS)))


def _nested(where: Any, parts: Parts, nesting: int, budget: Iterator[int]) -> Wish:
    if nesting == 0 or next(budget, None) is None:
        raise BadRequest(f"`where` nests at most {MAX_NESTING} deep and has at most {MAX_CONDITIONS} conditions.")
    fields = asked(where)
    if fields.keys() & {"and_", "or_"} and len(fields) > 1:
        raise BadRequest("Cannot mix operators with other filter inputs.")
    if "and_" in fields:
        return Wish(all_of=tuple(_nested(one, parts, nesting - 1, budget) for one in fields["and_"]))
    if "or_" in fields:
        return Wish(any_of=tuple(_nested(one, parts, nesting - 1, budget) for one in fields["or_"]))
    return parts(fields)


def pks(global_ids: Iterable[str], type_name: str) -> tuple[int, ...]:
    return tuple(int_pk(global_id, type_name) for global_id in global_ids)


def chosen(input: Any, convert: Callable[[Any], Any] = str) -> tuple[Any, ...] | None:
    """What `eq` and `oneOf` leave, both given: what is in both; neither: None."""
    fields = asked(input)
    several = tuple(convert(value) for value in fields["one_of"]) if "one_of" in fields else None
    if "eq" not in fields:
        return several
    first = convert(fields["eq"])
    return (first,) if several is None or first in several else ()


def pairs(filters: Iterable[Any]) -> tuple[tuple[str, str | None], ...]:
    """Of a list of `MetadataFilter`."""
    return tuple((one.key, given(one).get("value")) for one in filters)


def moments(range: Any, name: str = "updated") -> dict[str, datetime.datetime | None]:
    """The parts `…_from` and `…_to` of a `DateTimeRangeInput`."""
    fields = asked(range)
    return {f"{name}_from": utc(fields.get("gte")), f"{name}_to": utc(fields.get("lte"))}
