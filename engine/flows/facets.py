"""How many products of a listing carry which attribute value, ready to be shown."""

from collections.abc import Sequence

from engine.attributes import queries as attributes
from engine.attributes.queries import OF_VALUE, OF_VALUE_PLAIN
from engine.attributes.rules import COUNTED
from engine.catalog.rules import sees_all
from engine.core.context import Ctx, Row
from engine.flows import find
from engine.listing import queries as listing
from engine.search.backend import SearchRequest


async def rows(ctx: Ctx, connection: Row, slugs: Sequence[str] | None, *, meta: bool = True) -> list[Row]:
    """`{"attribute", "values": [{"value", "count"}]}` over all pages of a connection of products.

    `slugs` None: every attribute of the listed products that shoppers filter by. Values are in their own order.
    Without `meta` the attributes may lack their metadata.
    """
    filter, text = connection["filter"], connection["search"]
    if filter is None:
        return []
    if text is not None:
        return await _of_search(ctx, connection, slugs)
    edge = OF_VALUE if meta else OF_VALUE_PLAIN
    values = await listing.facets(ctx, filter, slugs, hidden=sees_all(ctx.caller), attribute=edge)
    carried: list[Row] = edge.taken(values) or []
    facets: dict[str, Row] = {}
    for value, attribute in zip(values, carried, strict=True):
        facet = facets.setdefault(attribute["slug"], {"attribute": attribute, "values": []})
        facet["values"].append({"value": value, "count": value["products"]})
    for facet in facets.values():
        facet["values"].sort(key=_place)
    return [facets[slug] for slug in (facets if slugs is None else slugs) if slug in facets]


async def _of_search(ctx: Ctx, connection: Row, slugs: Sequence[str] | None) -> list[Row]:
    filter = connection["filter"]
    chosen = await (listing.attributes(ctx, filter) if slugs is None else attributes.by_slugs(ctx, slugs))
    hidden = sees_all(ctx.caller)
    wanted = [
        row
        for row in chosen
        if row is not None
        and row["input_type"] in COUNTED
        and (hidden or (row["filterable_in_storefront"] and row["visible_in_storefront"]))
    ]
    if not wanted:
        return []
    asked = tuple(row["id"] for row in wanted)
    request = SearchRequest(connection["search"], filter, ctx.language, limit=1, facets=asked)
    counted = (await find.search(ctx, request)).facets
    by_attribute: dict[int, list[Row]] = {}
    for value in await attributes.values_by_ids(ctx, [id for found in counted.values() for id in found]):
        if value is not None:
            count = counted[value["attribute_id"]][value["id"]]
            by_attribute.setdefault(value["attribute_id"], []).append({"value": value, "count": count})
    return [
        {"attribute": row, "values": sorted(by_attribute[row["id"]], key=_place)}
        for row in wanted
        if row["id"] in by_attribute
    ]


def _place(found: Row) -> tuple[int, str, int]:
    value = found["value"]
    return value["sort_order"], value["name"], value["id"]
