import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.rows import grouped, in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.invoices.models import Invoice

_i = table(Invoice)
_BY_IDS = Statement(sa.select(_i).where(_i.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))))
_OF_ORDERS = Statement(
    sa.select(_i)
    .where(_i.c.order_id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.Uuid))), _i.c.status != "DELETED")
    .order_by(_i.c.order_id, _i.c.id)
)
# the settings are those of a neighbour; without a row of them its channel's name will do
_SELLER = Statement(sa.text("SELECT name, company_address_id FROM shop_settings WHERE id = 1"))


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    """Also those that were deleted."""
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)))


async def of_orders(ctx: Ctx, order_ids: Sequence[uuid.UUID]) -> list[list[Row]]:
    """Each order's invoices that were not deleted, oldest first."""
    return grouped(order_ids, await ctx.fetch(_OF_ORDERS, ids=list(order_ids)), "order_id")


async def seller(ctx: Ctx) -> tuple[str, int | None]:
    """The shop's name and the id of its address, as far as they are known."""
    row = await ctx.first(_SELLER)
    return ("", None) if row is None else (row["name"], row["company_address_id"])
