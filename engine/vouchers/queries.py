"""Reads of vouchers that carts and orders need."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.core.statements import Statement
from engine.core.tables import table
from engine.vouchers.models import Voucher, VoucherCode

_v, _k = table(Voucher), table(VoucherCode)
_of = _k.alias("of")
CODE: sa.ColumnElement[str | None] = (
    sa.select(_of.c.code)
    .where(_of.c.voucher_id == _v.c.id)
    .order_by(_of.c.created_at.desc(), _of.c.id.desc())
    .limit(1)
    .scalar_subquery()
)
USED: sa.ColumnElement[int] = (
    sa.select(sa.func.coalesce(sa.func.sum(_of.c.used), 0, type_=sa.BigInteger))
    .where(_of.c.voucher_id == _v.c.id)
    .scalar_subquery()
)
VOUCHER: tuple[Any, ...] = (*_v.c, CODE.label("code"), USED.label("used"))
"""A voucher with its newest `code` and how often its codes were `used`, of `voucher`."""
_BY_IDS = Statement(sa.select(*VOUCHER).where(_v.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))))
_CODE = Statement(sa.select(_k).where(_k.c.code == sa.bindparam("code", type_=sa.Text)))


async def code(ctx: Ctx, text: str) -> Row | None:
    """The row of a code exactly as it is written."""
    return await ctx.first(_CODE, code=text)


async def by_ids(ctx: Ctx, ids: Sequence[int]) -> list[Row | None]:
    return in_order(ids, await ctx.fetch(_BY_IDS, ids=list(ids)) if ids else [])
