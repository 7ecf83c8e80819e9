"""Promo codes of a cart: one voucher, and any number of gift cards."""

import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.checkout.errors import InvalidPromoCode, VoucherNotApplicable
from engine.checkout.hold import locked, locked_for_edit
from engine.checkout.models import CheckoutGiftCard
from engine.checkout.pricing import price
from engine.checkout.upkeep import changed
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound
from engine.core.statements import Statement
from engine.core.tables import table
from engine.gift_cards import queries as gift_cards
from engine.gift_cards.errors import GiftCardRefused
from engine.gift_cards.rules import is_usable
from engine.vouchers import queries as vouchers

MAX_CODE = 255
MAX_GIFT_CARDS = 20
_cg = table(CheckoutGiftCard)
_CARDS = Statement(
    sa.select(_cg.c.gift_card_id)
    .where(_cg.c.checkout_id == sa.bindparam("id", type_=sa.Uuid))
    .order_by(_cg.c.gift_card_id)
)


async def add_code(tx: WriteCtx, checkout_id: uuid.UUID, code: str) -> Row:
    """Use a voucher, in place of another one, or a gift card besides others; returns the cart.

    Raises CheckoutNotFound, InvalidPromoCode for a code that nobody could use here now, VoucherNotApplicable for a
    voucher that is not for this cart, GiftCardRefused for a card that is empty or another customer's.
    """
    row = await locked_for_edit(tx, checkout_id)
    code = code.strip()
    if code and len(code) <= MAX_CODE and "\x00" not in code:
        if await vouchers.code(tx, code) is not None:
            return await _use_voucher(tx, row, code)
        card = await gift_cards.by_code(tx, code)
        if card is not None:
            return await _use_card(tx, row, card)
    raise InvalidPromoCode


async def _use_voucher(tx: WriteCtx, row: Row, code: str) -> Row:
    """The code is put on the cart and the cart priced; a refusal undoes it with the transaction."""
    await _set_code(tx, row["id"], code)
    (priced,) = await price(tx, [row["id"]])
    assert priced is not None
    assert priced.voucher is not None
    if not priced.voucher.usable:
        raise InvalidPromoCode
    if priced.voucher.objection is not None:
        raise VoucherNotApplicable(priced.voucher.objection)
    return await changed(tx, row["id"])


async def _use_card(tx: WriteCtx, row: Row, card: Row) -> Row:
    today = tx.clock.now().date()
    usable = is_usable(is_active=card["is_active"], expiry_date=card["expiry_date"], today=today)
    if not usable or card["currency"] != row["currency"]:
        raise InvalidPromoCode
    owner = (card["assigned_to_email"] or "").lower()
    if owner and owner not in (row["email"], (tx.caller.email or "").lower()):
        raise GiftCardRefused("This gift card belongs to another customer.")
    if card["current_amount"] <= 0:
        raise GiftCardRefused("Nothing is left on this gift card.")
    if len(await cards_of(tx, row["id"])) >= MAX_GIFT_CARDS:
        raise GiftCardRefused(f"A cart takes at most {MAX_GIFT_CARDS} gift cards.")
    added = insert(_cg).values(checkout_id=row["id"], gift_card_id=card["id"], created_at=tx.clock.now())
    await tx.execute(added.on_conflict_do_nothing())
    return await changed(tx, row["id"])


async def remove_code(tx: WriteCtx, checkout_id: uuid.UUID, code: str) -> Row:
    """Stop using a voucher or a gift card of this cart. Raises CheckoutNotFound, NotFound."""
    row = await locked(tx, checkout_id)
    code = code.strip()
    if code and code == row["voucher_code"]:
        return await _drop_voucher(tx, checkout_id)
    card = await gift_cards.by_code(tx, code) if "\x00" not in code else None
    return await remove_card(tx, checkout_id, None if card is None else card["id"], field="promoCode")


async def remove_voucher(tx: WriteCtx, checkout_id: uuid.UUID, voucher_id: int) -> Row:
    """By the voucher's id. Raises CheckoutNotFound, NotFound."""
    row = await locked(tx, checkout_id)
    code = None if row["voucher_code"] is None else await vouchers.code(tx, row["voucher_code"])
    if code is None or code["voucher_id"] != voucher_id:
        raise _not_here("promoCodeId")
    return await _drop_voucher(tx, checkout_id)


async def remove_card(tx: WriteCtx, checkout_id: uuid.UUID, card_id: int | None, *, field: str = "promoCodeId") -> Row:
    """By the card's id. Raises CheckoutNotFound, NotFound."""
    await locked(tx, checkout_id)
    if card_id is None or card_id not in await cards_of(tx, checkout_id):
        raise _not_here(field)
    await locked_for_edit(tx, checkout_id)
    await tx.execute(_cg.delete().where(_cg.c.checkout_id == checkout_id, _cg.c.gift_card_id == card_id))
    return await changed(tx, checkout_id)


async def cards_of(tx: WriteCtx, checkout_id: uuid.UUID) -> list[int]:
    """The ids of a cart's gift cards."""
    return [row["gift_card_id"] for row in await tx.fetch(_CARDS, id=checkout_id)]


async def _drop_voucher(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    await locked_for_edit(tx, checkout_id)
    return await changed(tx, checkout_id, voucher_code=None)


async def _set_code(tx: WriteCtx, checkout_id: uuid.UUID, code: str) -> None:
    statement = sa.text("UPDATE checkout SET voucher_code = :code WHERE id = :id")
    await tx.execute(statement, {"code": code, "id": checkout_id})


def _not_here(field: str) -> NotFound:
    return NotFound("The checkout does not use this promo code.", field=field)
