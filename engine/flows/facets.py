"""How many products of a listing carry which attribute value, ready to be shown."""

from collections.abc import Mapping, Sequence

from engine.attributes import queries as attributes
from engine.attributes.rules import COUNTED
from engine.catalog.rules import sees_all
from engine.core.context import Ctx, Row
from engine.flows import find
from engine.listing import queries as listing
from engine.search.backend import SearchRequest


async def rows(ctx: Ctx, connection: Row, slugs: Sequence[str] | None) -> list[Row]:
    """`{"attribute", "values": [{"value", "count"}]}` over all pages of a connection of products.

    `slugs` None: every attribute of the listed products that shoppers filter by. Values are in their own order.
    """
    filter = connection["filter"]
    if filter is None:
        return []
    if slugs is None:
        chosen = await attributes.by_ids(ctx, await listing.attribute_ids(ctx, filter))
    else:
        chosen = await attributes.by_slugs(ctx, slugs)
    hidden = not sees_all(ctx.caller)
    wanted = [
        row
        for row in chosen
        if row is not None
        and row["input_type"] in COUNTED
        and not (hidden and not (row["filterable_in_storefront"] and row["visible_in_storefront"]))
    ]
    counted = await _counted(ctx, connection, [row["id"] for row in wanted])
    values = await attributes.values_by_ids(ctx, [id for found in counted.values() for id in found])
    by_attribute: dict[int, list[Row]] = {}
    for value in values:
        if value is not None:
            by_attribute.setdefault(value["attribute_id"], []).append(value)
    return [
        {
            "attribute": row,
            "values": [
                {"value": value, "count": counted[row["id"]][value["id"]]}
                for value in sorted(by_attribute[row["id"]], key=lambda v: (v["sort_order"], v["name"], v["id"]))
            ],
        }
        for row in wanted
        if row["id"] in by_attribute
    ]


async def _counted(ctx: Ctx, connection: Row, attribute_ids: list[int]) -> Mapping[int, Mapping[int, int]]:
    filter, text = connection["filter"], connection["search"]
    if not attribute_ids:
        return {}
    if text is None:
        return await listing.facets(ctx, filter, attribute_ids)
    request = SearchRequest(text, filter, ctx.language, limit=1, facets=tuple(attribute_ids))
    return (await find.search(ctx, request)).facets
