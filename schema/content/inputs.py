"""What pages are filtered and ordered by, in Saleor's words, and its translation into `PageFilter`."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Any, TypeAlias

import strawberry
from strawberry import UNSET

from engine.content.rules import PageFilter, PageSort
from engine.core.conditions import Wish
from engine.core.errors import BadRequest
from engine.core.ids import int_pk
from engine.core.text import fold
from schema.catalog.group_inputs import AssignedAttributeWhereInput
from schema.common.enums import OrderDirection
from schema.common.filters import (
    GlobalIDFilterInput,
    MetadataFilter,
    MetadataFilterInput,
    MetadataValueFilterInput,
    StringFilterInput,
)
from schema.common.inputs import given, set_or
from schema.common.wishes import asked, pairs


@strawberry.enum
class PageSortField(StrEnum):
    TITLE = "TITLE"
    SLUG = "SLUG"
    VISIBILITY = "VISIBILITY"
    CREATION_DATE = "CREATION_DATE"
    PUBLICATION_DATE = "PUBLICATION_DATE"
    PUBLISHED_AT = "PUBLISHED_AT"
    CREATED_AT = "CREATED_AT"
    RANK = "RANK"


@strawberry.input
class PageSortingInput:
    direction: OrderDirection
    field: PageSortField


@strawberry.input
class PageFilterInput:
    search: str | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET
    page_types: list[strawberry.ID] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    slugs: list[str] | None = UNSET


@strawberry.input
class PageWhereInput:
    ids: list[strawberry.ID] | None = UNSET
    slug: StringFilterInput | None = UNSET
    page_type: GlobalIDFilterInput | None = UNSET
    metadata: MetadataFilterInput | None = UNSET
    attributes: list[AssignedAttributeWhereInput] | None = UNSET
    and_: list["PageWhereInput"] | None = strawberry.field(name="AND", default=UNSET)
    or_: list["PageWhereInput"] | None = strawberry.field(name="OR", default=UNSET)


@strawberry.enum
class PageTypeSortField(StrEnum):
    NAME = "NAME"


@strawberry.input
class PageTypeSortingInput:
    direction: OrderDirection
    field: PageTypeSortField


@strawberry.input
class PageTypeFilterInput:
    search: str | None = UNSET
    slugs: list[str] | None = UNSET


@strawberry.enum
class MenuSortField(StrEnum):
    NAME = "NAME"
    ITEMS_COUNT = "ITEMS_COUNT"


@strawberry.input
class MenuFilterInput:
    search: str | None = UNSET
    slug: list[str] | None = UNSET
    slugs: list[str] | None = UNSET
    metadata: list[MetadataFilter] | None = UNSET


def menu_wish(filter: MenuFilterInput | None) -> Wish:
    fields = asked(filter) if filter else {}
    both = [set(fields[name]) for name in ("slug", "slugs") if name in fields]
    return Wish(
        {
            "search": fields["search"].lower() if fields.get("search") else None,
            "slugs": tuple(set.intersection(*both)) if both else None,
            "metadata": pairs(fields["metadata"]) if "metadata" in fields else None,
        }
    )


@strawberry.input
class MenuSortingInput:
    direction: OrderDirection
    field: MenuSortField


_SAME = {PageSortField.CREATION_DATE: PageSort.CREATED_AT, PageSortField.PUBLICATION_DATE: PageSort.PUBLISHED_AT}


def page_order(sort_by: PageSortingInput | None, search: str | None) -> tuple[PageSort, bool]:
    """The order and whether it is descending; nearest first where text is searched and nothing else asked."""
    if sort_by is None:
        return (PageSort.RANK if search else PageSort.TITLE), False
    sort = _SAME.get(sort_by.field) or PageSort(sort_by.field)
    if sort is PageSort.RANK and not search:
        raise BadRequest("Sorting by RANK is available only with search.")
    return sort, descends(sort_by.direction)


def descends(direction: OrderDirection) -> bool:
    return direction == OrderDirection.DESC


Carrying: TypeAlias = dict[int, tuple[int, ...]]
"""By the id of a `where` object, the keys of the pages that carry what its `attributes` ask for."""


def asking_attributes(where: PageWhereInput | None) -> Iterator[PageWhereInput]:
    """Those objects of a `where` that ask for attributes."""
    if where:
        parts = given(where)
        if parts.get("attributes"):
            yield where
        for nested in (*(parts.get("and_") or ()), *(parts.get("or_") or ())):
            yield from asking_attributes(nested)


def page_filter(
    filter: PageFilterInput | None, where: PageWhereInput | None, search: str | None, carrying: Carrying
) -> PageFilter:
    """Raises BadRequest when both `filter` and `where` are given, and InvalidId."""
    if filter and where:
        raise BadRequest("Only one filtering argument (filter or where) can be specified.")
    text = search or (set_or(filter.search) if filter else None)
    parts = _filter_parts(filter) if filter else {}
    nested = (_where(where, carrying),) if where else ()
    return PageFilter(**parts, search=fold(text) if text else None, all_of=nested)


def _filter_parts(filter: PageFilterInput) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in given(filter).items():
        if value is None:
            continue
        if name == "metadata":
            found[name] = tuple((pair.key, set_or(pair.value)) for pair in value)
        elif name == "page_types":
            found["type_ids"] = _pks(value, "PageType")
        elif name == "ids":
            found[name] = _pks(value, "Page")
        elif name == "slugs":
            found[name] = tuple(value)
    return found


def _where(where: PageWhereInput, carrying: Carrying) -> PageFilter:
    parts = {name: value for name, value in given(where).items() if value is not None}
    if len(parts) > 1 and parts.keys() & {"and_", "or_"}:
        raise BadRequest("Cannot mix AND and OR with other conditions in one object.")
    if "and_" in parts:
        return PageFilter(all_of=tuple(_where(nested, carrying) for nested in parts["and_"]))
    if "or_" in parts:
        return PageFilter(any_of=tuple(_where(nested, carrying) for nested in parts["or_"]))
    conditions = [
        *([PageFilter(ids=_pks(parts["ids"], "Page"))] if "ids" in parts else []),
        *(PageFilter(slugs=slugs) for slugs in _alternatives(parts.get("slug"))),
        *(PageFilter(type_ids=_pks(ids, "PageType")) for ids in _alternatives(parts.get("page_type"))),
        *(_metadata(parts["metadata"]) if "metadata" in parts else ()),
        *([PageFilter(ids=carrying[id(where)])] if parts.get("attributes") else []),
    ]
    return PageFilter(all_of=tuple(conditions))


def _metadata(wanted: MetadataFilterInput) -> Iterator[PageFilter]:
    """The key, and one of its values where those are named."""
    yield PageFilter(metadata=((wanted.key, None),))
    for values in _alternatives(set_or(wanted.value)):
        pairs = tuple(PageFilter(metadata=((wanted.key, value),)) for value in values)
        yield PageFilter(any_of=pairs) if pairs else PageFilter(ids=())


def _alternatives(
    condition: StringFilterInput | GlobalIDFilterInput | MetadataValueFilterInput | None,
) -> Iterator[tuple[Any, ...]]:
    """What `eq` and `oneOf` allow, each."""
    if condition is not None:
        if (eq := set_or(condition.eq)) is not None:
            yield (eq,)
        if (one_of := set_or(condition.one_of)) is not None:
            yield tuple(one_of)


def _pks(ids: Any, type_name: str) -> tuple[int, ...]:
    return tuple(int_pk(id, type_name) for id in ids)
