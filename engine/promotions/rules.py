"""What a catalogue predicate chooses, and when a promotion holds."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from engine.core.ids import int_pk

MAX_CLAUSES = 100
MAX_NESTING = 5

_KINDS = {
    "productPredicate": ("PRODUCT", "Product"),
    "variantPredicate": ("VARIANT", "ProductVariant"),
    "categoryPredicate": ("CATEGORY", "Category"),
    "collectionPredicate": ("COLLECTION", "Collection"),
}


@dataclass(frozen=True)
class Term:
    """One of these, of a kind: PRODUCT, VARIANT, CATEGORY (with what is below it) or COLLECTION."""

    kind: str
    ids: frozenset[int]


Clause: TypeAlias = frozenset[Term]


class PredicateFault(ValueError):
    """A predicate that means nothing here; says why."""


def clauses(predicate: Mapping[str, Any] | None) -> list[Clause]:
    """The alternatives of a predicate in the API's shape, each a set of terms that all must hold.

    `{"OR": [{"productPredicate": {"ids": [...]}}, {"AND": [...]}]}`: conditions side by side must all be met, and
    an empty one chooses nothing. Raises PredicateFault, InvalidId.
    """
    found = _catalogue(predicate or {}, MAX_NESTING)
    return sorted(found, key=lambda clause: sorted((term.kind, sorted(term.ids)) for term in clause))


def _catalogue(node: Mapping[str, Any], nesting: int) -> frozenset[Clause]:
    return _conditions(node, nesting, lambda name, value, left: _of_kind(name, value, left))


def _of_kind(name: str, node: Any, nesting: int) -> frozenset[Clause]:
    if name not in _KINDS:
        raise PredicateFault(f"A catalogue predicate has no condition {name!r}.")
    kind, type_name = _KINDS[name]

    def condition(name: str, value: Any, _left: int) -> frozenset[Clause]:
        if name != "ids":
            raise PredicateFault(f"A promotion chooses by `ids`; it cannot choose by {name!r}.")
        ids = frozenset(int_pk(global_id, type_name) for global_id in value)
        return frozenset({frozenset({Term(kind, ids)})}) if ids else frozenset()

    return _conditions(node, nesting, condition)


def _conditions(node: Mapping[str, Any], nesting: int, condition: Any) -> frozenset[Clause]:
    if nesting < 0:
        raise PredicateFault(f"A predicate nests at most {MAX_NESTING} deep.")
    parts: list[frozenset[Clause]] = []
    for name, value in node.items():
        if value is None:
            continue
        if name in ("AND", "OR"):
            nested = [_conditions(each, nesting - 1, condition) for each in value]
            parts.append(_all(nested) if name == "AND" else frozenset().union(*nested))
        else:
            parts.append(condition(name, value, nesting - 1))
    return _all(parts)


def _all(parts: Sequence[frozenset[Clause]]) -> frozenset[Clause]:
    if not parts:
        return frozenset()
    found = parts[0]
    for part in parts[1:]:
        found = frozenset(left | right for left in found for right in part)
        if len(found) > MAX_CLAUSES:
            raise PredicateFault(f"A predicate has at most {MAX_CLAUSES} alternatives.")
    return found


def holds(start: datetime, end: datetime | None, now: datetime) -> bool:
    return start <= now and (end is None or now < end)


def next_turn(start: datetime, end: datetime | None, now: datetime) -> datetime | None:
    """When a promotion begins or ends next; None: never again."""
    return next((moment for moment in (start, end) if moment is not None and moment > now), None)


def rows_of(found: Iterable[Clause]) -> list[dict[str, Any]]:
    """Rows of `promotion_rule_target`, without the rule."""
    return [
        {"clause": number, "term": place, "kind": term.kind, "target_id": id, "terms": len(clause)}
        for number, clause in enumerate(found)
        for place, term in enumerate(sorted(clause, key=lambda term: (term.kind, sorted(term.ids))))
        for id in sorted(term.ids)
    ]
