"""Reads of gift cards that carts and orders need."""

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.gift_cards.models import GiftCard

_g = table(GiftCard)
_CODE = Statement(sa.select(_g).where(_g.c.code == sa.bindparam("code", type_=sa.Text)))
_BY_IDS = Statement(sa.select(_g).where(_g.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))))


async def by_code(ctx: Ctx, text: str) -> Row | None:
    """The card with a code exactly as it is written."""
    return await ctx.first(_CODE, code=text)


async def by_ids(ctx: Ctx, ids: list[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=ids))
