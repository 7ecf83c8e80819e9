"""Which attributes pages carry, with what values.

A selection is `{"attribute": row, "values": [rows], "channel_id": …}`; every attribute of the page's type is there, in
the type's order, with no values where none is set.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.attributes.models import Attribute, AttributeValue
from engine.attributes.queries import ATTRIBUTE, VALUE
from engine.content.models import PageAttributeValue, PageTypeAttribute
from engine.content.rules import sees_drafts
from engine.core.context import Ctx, Row
from engine.core.rows import grouped
from engine.core.statements import Statement
from engine.core.tables import table

_a = table(Attribute)
_v = table(AttributeValue)
_of_type = table(PageTypeAttribute)
_of_page = table(PageAttributeValue)
_IDS = sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))

_ATTRIBUTES = Statement(
    sa.select(_of_type.c.page_type_id, *ATTRIBUTE)
    .join(_a, _a.c.id == _of_type.c.attribute_id)
    .where(_of_type.c.page_type_id == sa.any_(_IDS))
    .order_by(_of_type.c.page_type_id, _of_type.c.sort_order, _a.c.id)
)
_VALUES = Statement(
    sa.select(_of_page.c.page_id, *VALUE)
    .join(_v, _v.c.id == _of_page.c.value_id)
    .where(_of_page.c.page_id == sa.any_(_IDS))
    .order_by(_of_page.c.page_id, _of_page.c.sort_order, _v.c.id)
)


async def attributes_of_types(ctx: Ctx, type_ids: Sequence[int]) -> list[list[Row]]:
    """Shoppers do not get attributes hidden from the storefront."""
    rows = await ctx.fetch(_ATTRIBUTES, ids=list(dict.fromkeys(type_ids)))
    if not sees_drafts(ctx.caller):
        rows = [row for row in rows if row["visible_in_storefront"]]
    return grouped(type_ids, rows, "page_type_id")


async def carried_by_type(ctx: Ctx, type_id: int) -> list[Row]:
    """All attributes of a type, for who writes them."""
    return await ctx.fetch(_ATTRIBUTES, ids=[type_id])


async def ids_of_types(ctx: Ctx, type_ids: Sequence[int]) -> list[list[int]]:
    """The ids of all attributes of each type."""
    rows = await ctx.fetch(_ATTRIBUTES, ids=list(dict.fromkeys(type_ids)))
    return [[row["id"] for row in own] for own in grouped(type_ids, rows, "page_type_id")]


async def of_pages(ctx: Ctx, pages: Sequence[Row]) -> list[list[Row]]:
    """The selections of page rows."""
    attributes = await attributes_of_types(ctx, [page["page_type_id"] for page in pages])
    values: dict[tuple[int, int], list[Row]] = {}
    for row in await ctx.fetch(_VALUES, ids=[page["id"] for page in pages]):
        values.setdefault((row["page_id"], row["attribute_id"]), []).append(row)
    return [
        [
            {
                "attribute": attribute,
                "values": values.get((page["id"], attribute["id"]), []),
                "channel_id": page.get("channel_id"),
            }
            for attribute in own
        ]
        for page, own in zip(pages, attributes, strict=True)
    ]
