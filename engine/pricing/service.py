"""What the merchant asks for a variant."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.channels.models import Channel
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
