"""Promo codes between carts and orders: tried with patience, used when an order is made, given back with it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from engine.checkout import codes
from engine.checkout.errors import InvalidPromoCode
from engine.checkout.priced import PricedCheckout
from engine.core import ratelimit
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.gift_cards import balance
from engine.orders import discounts
from engine.vouchers import usage

WRONG_CODES = 100
PER_CART = 20
WINDOW = timedelta(minutes=15)
"""A storefront's server asks for all its shoppers from one address: hence more for that than for a cart."""


class TooManyCodes(Refusal):
    def __init__(self) -> None:
        super().__init__("Too many codes were tried; please try again later.", field="promoCode")


@dataclass(frozen=True)
class Codes:
    """What a cart's codes stand for, locked."""

    voucher: Row | None
    cards: Mapping[int, Row]


async def add_promo_code(ctx: Ctx, checkout_id: uuid.UUID, code: str) -> Row:
    """Use a voucher or gift card on a cart; returns it. Who tries too many wrong codes is refused for a while.

    Raises TooManyCodes, and what `codes.add_code` raises.
    """
    tries = {f"promo-cart:{checkout_id}": PER_CART}
    if ctx.client_address:
        tries[f"promo-from:{ctx.client_address}"] = WRONG_CODES
    for key, limit in tries.items():
        if await ratelimit.spent(ctx, key, limit=limit, window=WINDOW):
            raise TooManyCodes
    try:
        return await transact(ctx, codes.add_code, checkout_id, code)
    except InvalidPromoCode:
        for key, limit in tries.items():
            await ratelimit.hit(ctx, key, limit=limit, window=WINDOW)
        raise


async def lock_codes(tx: WriteCtx, checkout: Row) -> Codes:
    """Before the stock's locks: what `use_codes` will need."""
    ids = await codes.cards_of(tx, checkout["id"])
    code = checkout["voucher_code"]
    voucher = None if code is None else await usage.lock_code(tx, code)
    return Codes(voucher, await balance.lock_cards(tx, ids) if ids else {})


async def use_codes(tx: WriteCtx, locked: Codes, priced: PricedCheckout, order: Row) -> None:
    """Count the voucher and take off the gift cards what a cart's prices promise.

    Raises VoucherUsedUp, GiftCardRefused: the prices were held, but not the codes.
    """
    if priced.voucher is not None:
        await usage.use(tx, locked.voucher, order["id"], order["user_email"])
    amounts = {card.gift_card_id: card.amount for card in priced.gift_cards if card.amount}
    if amounts:
        await balance.spend(tx, locked.cards, amounts, order)


async def give_codes_back(tx: WriteCtx, order: Row) -> None:
    """For an order that will not be: its voucher may be used again, its gift cards have their money back."""
    await usage.give_back(tx, order["id"])
    amounts = await discounts.taken_from_cards(tx, order["id"])
    if amounts:
        await balance.give_back(tx, await balance.lock_cards(tx, sorted(amounts)), amounts, order)
        await discounts.mark_given_back(tx, order["id"])
