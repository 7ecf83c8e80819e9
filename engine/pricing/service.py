"""What the merchant asks for a variant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.channels.models import Channel
from engine.core.bulk import NOW, flags, over_rows
from engine.core.context import WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.money import InvalidAmount, to_minor
from engine.core.statements import Statement
from engine.core.tables import table
from engine.pricing.models import VariantPrice

_price = table(VariantPrice)
_channel = table(Channel)
_CHANNELS = Statement(
    sa.select(_channel.c.id, _channel.c.currency).where(
        _channel.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger)))
    )
)

_SET_MANY = over_rows(
    "INSERT INTO variant_price AS p (variant_id, channel_id, currency, amount, compare_at_amount, cost_amount)"
    " SELECT variant_id, :channel_id, :currency, amount, compare_at, cost FROM {rows} ORDER BY variant_id"
    " ON CONFLICT (variant_id, channel_id) DO UPDATE SET updated_at = :now, amount = excluded.amount,"
    " compare_at_amount = CASE WHEN :set_compare_at THEN excluded.compare_at_amount ELSE p.compare_at_amount END,"
    " cost_amount = CASE WHEN :set_cost THEN excluded.cost_amount ELSE p.cost_amount END",
    "variant_id bigint, amount bigint, compare_at bigint, cost bigint",
    NOW,
    sa.bindparam("channel_id", type_=sa.BigInteger),
    sa.bindparam("currency", type_=sa.Text),
    *flags("set_compare_at", "set_cost"),
)


class Kept(Enum):
    KEPT = "kept"


@dataclass(frozen=True)
class Price:
    """In major units of the channel's currency. KEPT: stays as it is."""

    channel_id: int
    amount: Decimal
    before: Decimal | Kept | None = Kept.KEPT
    cost: Decimal | Kept | None = Kept.KEPT


async def set_prices(tx: WriteCtx, variant_id: int, prices: Sequence[Price]) -> None:
    """Write the price rows of a variant that exists. Raises NotFound for an unknown channel, Refusal for an amount
    that its currency cannot express; each carries the `channel_id`.
    """
    rows = await tx.fetch(_CHANNELS, ids=[price.channel_id for price in prices])
    currencies = {row["id"]: row["currency"] for row in rows}
    for price in prices:
        currency = currencies.get(price.channel_id)
        if currency is None:
            raise NotFound("Couldn't resolve to a channel.", field="input", channel_id=price.channel_id)
        values = {"amount": _minor(price, price.amount, currency, "price"), "currency": currency}
        if price.before is not Kept.KEPT:
            values["compare_at_amount"] = _minor(price, price.before, currency, "priorPrice")
        if price.cost is not Kept.KEPT:
            values["cost_amount"] = _minor(price, price.cost, currency, "costPrice")
        new = insert(_price).values(variant_id=variant_id, channel_id=price.channel_id, **values)
        key = [_price.c.variant_id, _price.c.channel_id]
        await tx.execute(new.on_conflict_do_update(index_elements=key, set_={**values, "updated_at": tx.clock.now()}))


async def set_many_prices(
    tx: WriteCtx, channel_id: int, currency: str, rows: Sequence[Mapping[str, Any]], *, compare_at: bool, cost: bool
) -> None:
    """Write price rows of many variants of a channel in one statement: variant_id, and amount, compare_at and cost in
    minor units of the channel's currency. Of a price that is there, the latter two change only where that is asked.
    """
    if rows:
        await tx.fetch(
            _SET_MANY,
            rows=rows,
            now=tx.clock.now(),
            channel_id=channel_id,
            currency=currency,
            set_compare_at=compare_at,
            set_cost=cost,
        )


async def unset_prices(tx: WriteCtx, variant_ids: Sequence[int], channel_id: int) -> None:
    """No longer sell variants in a channel."""
    wanted = _price.c.variant_id == sa.any_(sa.literal(list(variant_ids), sa.ARRAY(sa.BigInteger)))
    await tx.execute(sa.delete(_price).where(wanted, _price.c.channel_id == channel_id))


def _minor(price: Price, amount: Decimal | None, currency: str, field: str) -> int | None:
    if amount is None:
        return None
    try:
        minor = to_minor(amount, currency)
    except InvalidAmount as error:
        raise Refusal(str(error), field=field, code="INVALID_PRICE", channel_id=price.channel_id) from error
    if minor < 0:
        raise Refusal("A price cannot be below 0.", field=field, code="INVALID_PRICE", channel_id=price.channel_id)
    return minor
