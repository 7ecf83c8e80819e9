"""A voucher and a gift card to try the checkout with. They come after the past orders, which know nothing of them."""

from decimal import Decimal

import sqlalchemy as sa

from engine.cli.demo.parts import data
from engine.cli.demo.words import LANGUAGES
from engine.core.context import WriteCtx
from engine.core.statements import Statement
from engine.gift_cards import service as gift_cards
from engine.gift_cards.service import NewCard
from engine.vouchers import editing, listings
from engine.vouchers.editing import Edit
from engine.vouchers.listings import Listing

_CHANNELS = Statement(sa.text("SELECT slug, id, currency FROM channel ORDER BY slug"))


async def issue(tx: WriteCtx) -> None:
    told = data("codes")
    channels = {row["slug"]: row for row in await tx.fetch(_CHANNELS)}
    voucher, card = told["voucher"], told["gift_card"]
    values = {
        "name": voucher["name"],
        "type": "ENTIRE_ORDER",
        "value_type": "PERCENTAGE",
        "apply_once_per_customer": True,
    }
    made = await editing.create(tx, Edit(values, [voucher["code"]]))
    worth = [Listing(row["id"], Decimal(voucher["percent"])) for row in channels.values()]
    await listings.set_listings(tx, made["id"], worth, [])
    for language in LANGUAGES:
        await editing.translate(tx, made["id"], language, voucher[language]["name"])
    currency = channels[card["channel"]]["currency"]
    await gift_cards.create(tx, NewCard(Decimal(card["amount"]), currency, code=card["code"]))
