"""Pages by the attribute values that they carry."""

from collections.abc import Sequence
from functools import partial
from itertools import count
from typing import Any

import sqlalchemy as sa

from engine.content.models import PageAttributeValue
from engine.core.context import Ctx
from engine.core.paging import MAX_COUNT
from engine.core.statements import ShapeCache
from engine.core.tables import table
from engine.listing import values
from engine.listing.rules import ValueCriterion

_held = table(PageAttributeValue)
_statements = ShapeCache(64)


async def carrying(ctx: Ctx, criteria: Sequence[ValueCriterion]) -> tuple[int, ...]:
    """The ids of the pages, at most MAX_COUNT, that meet every criterion."""
    found: set[int] | None = None
    for criterion in criteria:
        statement = _statements.get(values.shape(criterion), partial(_meeting, criterion))
        given = {f"part_{number}": value for number, (_, value) in enumerate(values.binds(criterion))}
        ids = {row["page_id"] for row in await ctx.fetch(statement, **given)}
        found = ids if found is None else found & ids
    return tuple(sorted(found or ()))


def _meeting(criterion: ValueCriterion) -> sa.Select[Any]:
    names = (f"part_{number}" for number in count())
    met = values.meeting(criterion, lambda kind: sa.bindparam(next(names), type_=kind))
    carried = sa.select(_held.c.page_id).where(_held.c.value_id.in_(met)).distinct()
    return carried.limit(sa.literal_column(str(MAX_COUNT)))
