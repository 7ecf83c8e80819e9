"""A gift card by mail. It goes to an address that staff chose, and holds nothing a stranger typed."""

from typing import Any

from engine.core import mail
from engine.core.context import Ctx, WriteCtx
from engine.core.money import to_decimal
from engine.gift_cards import queries

JOB = "gift_cards.mail"


def post(tx: WriteCtx, card_id: int, email: str) -> None:
    """Send it once this transaction is committed."""
    tx.enqueue(JOB, card_id=card_id, email=email)


async def deliver(ctx: Ctx, payload: dict[str, Any]) -> None:
    """The job. A card that is gone meanwhile is not sent."""
    (card,) = await queries.by_ids(ctx, [payload["card_id"]])
    if card is None:
        return
    balance = f"{to_decimal(card['current_amount'], card['currency'])} {card['currency']}"
    values = {"code": card["code"], "balance": balance, "expiry_date": card["expiry_date"]}
    await mail.send(ctx, mail.render("engine.gift_cards", "gift_card", payload["email"], **values))
