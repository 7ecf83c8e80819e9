"""Spending what is on gift cards, and giving it back. Rows are locked first, so that nothing is spent twice."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.locking import Rank, lock_rows
from engine.core.statements import Statement
from engine.core.tables import table
from engine.gift_cards.errors import GiftCardRefused
from engine.gift_cards.models import GiftCard, GiftCardEvent
from engine.gift_cards.rules import is_usable

_g = table(GiftCard)
_LOCK = Statement(
    sa.select(_g)
    .where(_g.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))))
    .order_by(_g.c.id)
    .with_for_update()
)


async def lock_cards(tx: WriteCtx, ids: Sequence[int]) -> dict[int, Row]:
    """The cards that there are, by id, under their locks."""
    return {row["id"]: row for row in await lock_rows(tx, Rank.CODES, _LOCK, ids=list(ids))}


async def spend(tx: WriteCtx, cards: Mapping[int, Row], amounts: Mapping[int, int], order: Row) -> None:
    """Take minor units off locked cards for an order. Raises GiftCardRefused when one has too little or is no more."""
    today = tx.clock.now().date()
    for card_id, amount in amounts.items():
        card = cards.get(card_id)
        if (
            card is None
            or card["currency"] != order["currency"]
            or card["current_amount"] < amount
            or not is_usable(is_active=card["is_active"], expiry_date=card["expiry_date"], today=today)
        ):
            raise GiftCardRefused
        left = card["current_amount"] - amount
        await _set(tx, card, left, order, "USED_IN_ORDER", last_used_on=tx.clock.now())


async def give_back(tx: WriteCtx, cards: Mapping[int, Row], amounts: Mapping[int, int], order: Row) -> None:
    """Put back onto locked cards what an order took off them; a card that is gone gets nothing."""
    for card_id, amount in amounts.items():
        card = cards.get(card_id)
        if card is not None:
            await _set(tx, card, card["current_amount"] + amount, order, "REFUNDED_IN_ORDER")


async def note(tx: WriteCtx, card_id: int, kind: str, order_id: uuid.UUID | None = None, **parameters: Any) -> int:
    """Add to a card's history, in the words of Saleor's `GiftCardEventsEnum`; returns the event's id."""
    event = GiftCardEvent(
        gift_card_id=card_id,
        type=kind,
        user_id=tx.caller.user_id,
        app_id=tx.caller.app_id,
        order_id=order_id,
        parameters=parameters,
        created_at=tx.clock.now(),
    )
    tx.add(event)
    await tx.session.flush()
    assert event.id is not None
    return event.id


async def _set(tx: WriteCtx, card: Row, balance: int, order: Row, kind: str, **values: Any) -> None:
    changed = _g.update().where(_g.c.id == card["id"])
    await tx.execute(changed.values(current_amount=balance, updated_at=tx.clock.now(), **values))
    balances = {"current": balance, "old_current": card["current_amount"]}
    await note(tx, card["id"], kind, order["id"], number=order["number"], balance=balances)
    tx.emit("gift_card.updated", "GiftCard", card["id"])
