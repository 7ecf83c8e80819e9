"""A `ListingFilter` as SQL: a shape to cache the statement by, its conditions, and the values that fill them."""

from collections.abc import Iterator
from datetime import datetime
from itertools import count
from typing import Any

import sqlalchemy as sa

from engine.core.tables import table
from engine.listing.everywhere import EVERYWHERE, EVERYWHERE_GROUP
from engine.listing.models import ProductListing
from engine.listing.parts import ALWAYS, GROUP, IDS, NEVER, NOW, PARTS, Clause, Columns, Part, bound, flag, member_of
from engine.listing.rules import ListingFilter

LISTING = table(ProductListing)
CHANNEL = sa.bindparam("channel_id", type_=sa.BigInteger)

# shoppers see nothing else, so that this is known before anything is looked at
_GIVEN = flag(lambda _, wanted: ALWAYS if wanted else NEVER)
_FOR_SHOPPERS = {**PARTS, "is_published": _GIVEN, "visible": _GIVEN}
# staff also ask for collections that are not published
_FOR_STAFF = {**PARTS, "collection_ids": bound(IDS, lambda c, ids: member_of(c, sa.any_(ids)))}


def _parts(filter: ListingFilter) -> tuple[dict[str, Part], Part]:
    if filter.channel_id is None:
        return EVERYWHERE, EVERYWHERE_GROUP
    return (_FOR_SHOPPERS if filter.published_only else _FOR_STAFF), GROUP


def shape(filter: ListingFilter) -> tuple[Any, ...]:
    """Equal for filters whose statements differ in values only."""
    return (filter.channel_id is None, filter.published_only, filter.collection_id is not None, *_tree(filter))


def narrows(filter: ListingFilter) -> bool:
    """Whether anything is asked for beside the channel: how much that leaves depends on the values."""
    return filter.collection_id is not None or _tree(filter) != _NOTHING


_NOTHING: tuple[Any, ...] = ((), (), (), ())


def _tree(filter: ListingFilter) -> tuple[Any, ...]:
    # every listing passes here: nothing is made for what is not asked
    if not (filter.asked or filter.value_groups or filter.all_of or filter.any_of):
        return _NOTHING
    return (
        tuple([(name, PARTS[name].kind(value)) for name, value in filter.asked]),
        tuple([GROUP.kind(group) for group in filter.value_groups]),
        tuple([_tree(nested) for nested in filter.all_of]),
        tuple([_tree(nested) for nested in filter.any_of]),
    )


def where(filter: ListingFilter, c: Columns, channel_id: Any = CHANNEL) -> list[Clause]:
    """The conditions on the listing's columns; `parameters` gives their values in the same order of names."""
    clauses: list[Clause] = []
    if filter.channel_id is not None:
        clauses.append(c.channel_id == channel_id)
    if filter.published_only:
        clauses += [c.is_published, c.published_at <= NOW, c.visible_in_listings, c.minimal_amount.is_not(None)]
    if filter.collection_id is not None:
        inside = sa.bindparam("collection_id", type_=sa.BigInteger)
        clauses.append(member_of(c, inside))
    return clauses + _clauses(filter, c, _names(), *_parts(filter))


def _names() -> Iterator[str]:
    return (f"part_{number}" for number in count())


def _clauses(
    filter: ListingFilter, c: Columns, names: Iterator[str], parts: dict[str, Part], group: Part
) -> list[Clause]:
    def clause(part: Part, value: Any) -> Clause:
        return part.clause(c, value, *(sa.bindparam(next(names), type_=kind) for kind, _ in part.binds(value)))

    clauses = [clause(parts[name], value) for name, value in filter.asked]
    clauses += [clause(group, values) for values in filter.value_groups]
    for nested in filter.all_of:
        clauses += _clauses(nested, c, names, parts, group)
    if filter.any_of:
        alternatives = [sa.and_(ALWAYS, *_clauses(nested, c, names, parts, group)) for nested in filter.any_of]
        clauses.append(sa.or_(*alternatives))
    return clauses


def parameters(filter: ListingFilter, now: datetime) -> dict[str, Any]:
    """Values for the names in `where`."""
    found: dict[str, Any] = {}
    if _tree(filter) is not _NOTHING:
        found = dict(zip(_names(), _values(filter, *_parts(filter)), strict=False))
    if filter.channel_id is not None:
        found["channel_id"] = filter.channel_id
    if filter.collection_id is not None:
        found["collection_id"] = filter.collection_id
    if filter.published_only or _asks_availability(filter):
        found["now"] = now
    return found


def _values(filter: ListingFilter, parts: dict[str, Part], group: Part) -> Iterator[Any]:
    for name, value in filter.asked:
        yield from (bound for _, bound in parts[name].binds(value))
    for values in filter.value_groups:
        yield from (bound for _, bound in group.binds(values))
    for nested in (*filter.all_of, *filter.any_of):
        yield from _values(nested, parts, group)


def _asks_availability(filter: ListingFilter) -> bool:
    return filter.available is not None or any(_asks_availability(f) for f in (*filter.all_of, *filter.any_of))
