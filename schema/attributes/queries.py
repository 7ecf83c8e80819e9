"""Root fields of attributes."""

from collections.abc import Iterator
from typing import Any

import strawberry

from engine.attributes import queries
from engine.attributes.rules import sees_hidden
from engine.core.conditions import Wish
from engine.core.context import Row
from engine.core.ids import int_pk
from engine.core.paging import PageArgs, page_args
from engine.flows import browse
from schema.attributes.inputs import (
    AttributeFilterInput,
    AttributeSortingInput,
    AttributeWhereInput,
    attribute_parts,
)
from schema.attributes.types import Attribute, AttributeCountableConnection
from schema.common.enums import OrderDirection
from schema.common.wishes import asked, either
from schema.execution.fields import root_field
from schema.execution.guards import PUBLIC
from schema.execution.info import BatchInfo

_PLACES = {"in_category": ("category_ids", "Category"), "in_collection": ("collection_ids", "Collection")}


@strawberry.type
class AttributesQueries:
    @root_field(PUBLIC, description="An attribute by id, slug or external reference.")
    async def attribute(
        self,
        info: BatchInfo,
        id: strawberry.ID | None = None,
        slug: str | None = None,
        external_reference: str | None = None,
    ) -> Attribute | None:
        ctx = info.context
        found: Row | None = None
        if id is not None:
            (found,) = await queries.by_ids(ctx, [int_pk(id, "Attribute")])
        elif slug is not None:
            (found,) = await queries.by_slugs(ctx, [slug])
        elif external_reference is not None:
            found = await queries.by_reference(ctx, external_reference)
        return found if found and (found["visible_in_storefront"] or sees_hidden(ctx.caller)) else None

    @root_field(PUBLIC, description="Attributes by slug, also those of the products of a category or collection.")
    async def attributes(
        self,
        info: BatchInfo,
        filter: AttributeFilterInput | None = None,
        where: AttributeWhereInput | None = None,
        search: str | None = None,
        sort_by: AttributeSortingInput | None = None,
        channel: str | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> AttributeCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("attributes", first=first, after=after, last=last, before=before, edges=edges)
        wish = await attribute_wish(info, filter, where, search, channel)
        order, down = (sort_by.field, sort_by.direction == OrderDirection.DESC) if sort_by else ("SLUG", False)
        page = await queries.page(info.context, args, wish, order, descending=down)
        total = await queries.count(info.context, wish) if info.selects("totalCount") else None
        return page.as_connection(total_count=total)  # type: ignore[return-value]


async def attribute_wish(
    info: BatchInfo,
    filter: AttributeFilterInput | None,
    where: AttributeWhereInput | None = None,
    search: str | None = None,
    channel: str | None = None,
) -> Wish:
    """Shoppers are asked for nothing but what the storefront shows."""
    ctx = info.context
    own = asked(filter) if filter else {}
    at = channel or own.get("channel")
    inside: dict[str, tuple[int, ...]] = {}
    for name, global_id in _places([filter, where]):
        part, type_name = _PLACES[name]
        found = await browse.attribute_ids(ctx, at, browse.Wish({part: (int_pk(global_id, type_name),)}))
        inside[global_id] = tuple(found)

    def parts(fields: dict[str, Any]) -> Wish:
        in_places = tuple(Wish({"ids": inside[fields[name]]}) for name in _PLACES if name in fields)
        return Wish(attribute_parts(fields), all_of=in_places)

    shown = Wish({"visible_in_storefront": None if sees_hidden(ctx.caller) else True})
    wanted = Wish({"search": search.lower() if search else None})
    return Wish(all_of=(shown, wanted, either(filter, where, parts)))


async def available_rows(info: BatchInfo, taken: list[list[int]], kind: str, wish: Wish, args: PageArgs) -> Any:
    """For each list of attribute ids a connection of the attributes of that kind outside it.

    A statement for each: lists of what is still to be had are asked for one type at a time.
    """
    found: list[Any] = []
    for ids in taken:
        outside = Wish({"types": (kind,), "without": ids}, all_of=(wish,))
        page = await queries.page(info.context, args, outside)
        total = await queries.count(info.context, outside) if info.selects("totalCount") else None
        found.append(page.as_connection(total_count=total))
    return found


def _places(inputs: list[Any]) -> Iterator[tuple[str, str]]:
    for input in inputs:
        if input:
            fields = asked(input)
            yield from ((name, fields[name]) for name in _PLACES if name in fields)
            yield from _places([*fields.get("and_", ()), *fields.get("or_", ())])
