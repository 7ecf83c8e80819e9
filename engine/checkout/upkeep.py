"""What follows from a change of a cart: a voucher that no longer applies goes, a gift comes or goes."""

import uuid
from typing import Any

import sqlalchemy as sa

from engine.checkout.gifts import refresh_gift
from engine.checkout.hold import update
from engine.checkout.models import Checkout
from engine.checkout.pricing import price
from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table

_c = table(Checkout)
# Most carts have neither codes nor order promotions, and are spared pricing.
_CONCERNED = Statement(
    sa.text(
        "SELECT c.voucher_code IS NOT NULL AS voucher,"
        " EXISTS (SELECT 1 FROM checkout_line l WHERE l.checkout_id = c.id AND l.is_gift)"
        " OR EXISTS (SELECT 1 FROM promotion o JOIN promotion_rule r ON r.promotion_id = o.id"
        "  JOIN promotion_rule_channel rc ON rc.rule_id = r.id AND rc.channel_id = c.channel_id"
        "  WHERE o.type = 'ORDER' AND r.reward_type = 'GIFT' AND o.start_date <= :now"
        "  AND (o.end_date IS NULL OR o.end_date > :now)) AS gifts"
        " FROM checkout c WHERE c.id = :id"
    ).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("now", type_=sa.DateTime(timezone=True)))
)


async def changed(tx: WriteCtx, checkout_id: uuid.UUID, **values: Any) -> Row:
    """As `hold.update`, after a change that vouchers and promotions may be about."""
    if values:
        await tx.execute(_c.update().where(_c.c.id == checkout_id).values(**values))
    concerned = await tx.first(_CONCERNED, id=checkout_id, now=tx.clock.now())
    assert concerned is not None
    follows: dict[str, Any] = {}
    if concerned["voucher"]:
        (priced,) = await price(tx, [checkout_id])
        if priced is not None and priced.voucher is not None and priced.voucher.objection is not None:
            follows = {"voucher_code": None}
    row = await update(tx, checkout_id, **follows)
    if concerned["gifts"]:
        await refresh_gift(tx, row)
    return row


async def put_gift_in(tx: WriteCtx, checkout: Row) -> None:
    """What a new cart gets with its first lines."""
    concerned = await tx.first(_CONCERNED, id=checkout["id"], now=tx.clock.now())
    if concerned is not None and concerned["gifts"]:
        await refresh_gift(tx, checkout)
