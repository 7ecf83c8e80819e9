"""Counting what codes are used for. A code's row is locked first, so that its last use is given to one order alone."""

import uuid

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.locking import Rank, enter, lock_rows
from engine.core.statements import Statement
from engine.core.tables import table
from engine.vouchers.errors import VoucherUsedUp
from engine.vouchers.models import VoucherCode, VoucherUse

_k = table(VoucherCode)

# The voucher's row too: its other codes are of one count where a customer may use it once.
_LOCK = Statement(
    sa.text(
        "SELECT k.id, k.voucher_id, k.code, k.used, k.is_active, v.usage_limit, v.single_use, v.apply_once_per_customer"
        " FROM voucher v JOIN voucher_code k ON k.voucher_id = v.id WHERE k.code = :code"
        " ORDER BY v.id, k.id FOR UPDATE"
    ).bindparams(sa.bindparam("code", type_=sa.Text))
)
_USED_BY = Statement(
    sa.text("SELECT EXISTS (SELECT 1 FROM voucher_use WHERE voucher_id = :voucher_id AND email = :email)").bindparams(
        sa.bindparam("voucher_id", type_=sa.BigInteger), sa.bindparam("email", type_=sa.Text)
    )
)

_GIVE_BACK = Statement(
    sa.text(
        "WITH gone AS (DELETE FROM voucher_use WHERE order_id = :order_id RETURNING code_id)"
        " UPDATE voucher_code k SET used = k.used - 1, is_active = k.is_active OR v.single_use"
        " FROM gone, voucher v WHERE k.id = gone.code_id AND v.id = k.voucher_id RETURNING k.id"
    ).bindparams(sa.bindparam("order_id", type_=sa.Uuid))
)


async def lock_code(tx: WriteCtx, code: str) -> Row | None:
    """The code with its voucher's limits, under their locks; None: there is no such code."""
    rows = await lock_rows(tx, Rank.CODES, _LOCK, code=code)
    return rows[0] if rows else None


async def use(tx: WriteCtx, code: Row | None, order_id: uuid.UUID, email: str) -> int:
    """Count an order for a locked code; returns the voucher's id.

    Raises VoucherUsedUp when its last use is gone, or this customer has had theirs.
    """
    if (
        code is None
        or not code["is_active"]
        or (code["usage_limit"] is not None and code["used"] >= code["usage_limit"])
        or (code["apply_once_per_customer"] and await _used_by(tx, code["voucher_id"], email))
    ):
        raise VoucherUsedUp
    tx.add(VoucherUse(order_id=order_id, voucher_id=code["voucher_id"], code_id=code["id"], email=email))
    counted = _k.update().where(_k.c.id == code["id"])
    await tx.execute(counted.values(used=_k.c.used + 1, is_active=not code["single_use"]))
    return int(code["voucher_id"])


async def give_back(tx: WriteCtx, order_id: uuid.UUID) -> None:
    """An order that is no more leaves its use to others; a code for a single use may be used again."""
    enter(tx, Rank.CODES)
    await tx.fetch(_GIVE_BACK, order_id=order_id)


async def _used_by(tx: WriteCtx, voucher_id: int, email: str) -> bool:
    return bool(email) and bool(await tx.value(_USED_BY, voucher_id=voucher_id, email=email))
