"""What staff do with gift cards. Every change has its event."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from engine.accounts import queries as accounts
from engine.accounts.rules import normal_email
from engine.core.codes import random_code
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal
from engine.core.money import MoneyError, to_minor
from engine.core.statements import Statement
from engine.core.tables import table
from engine.gift_cards import mails, pages
from engine.gift_cards.balance import lock_cards, note
from engine.gift_cards.errors import UnknownGiftCard
from engine.gift_cards.models import GiftCard, GiftCardTag, GiftCardTagging
from engine.gift_cards.rules import MAX_CODE, MIN_CODE, is_usable

MAX_AT_ONCE = 100
MAX_TAGS = 50
MAX_NOTE = 10_000
_g, _t, _gt = table(GiftCard), table(GiftCardTag), table(GiftCardTagging)
# A code is either a voucher's or a gift card's: shoppers type both into the same field.
_TAKEN = Statement(
    sa.text(
        "SELECT EXISTS (SELECT 1 FROM gift_card WHERE code = :code)"
        " OR EXISTS (SELECT 1 FROM voucher_code WHERE code = :code)"
    ).bindparams(sa.bindparam("code", type_=sa.Text))
)


@dataclass(frozen=True)
class NewCard:
    """`balance` is major units. `send_to` gets the card by mail."""

    balance: Decimal
    currency: str
    is_active: bool = True
    code: str | None = None
    expiry_date: date | None = None
    tags: Sequence[str] = ()
    note: str | None = None
    send_to: str | None = None
    channel: str | None = None
    assigned_to_id: int | None = None
    meta: dict[str, str] = field(default_factory=dict)
    private_meta: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Change:
    """`balance`, major units, sets both what the card was worth and what is left. `values` has `expiry_date` if it was
    given; None: it does not expire."""

    balance: Decimal | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    add_tags: Sequence[str] = ()
    remove_tags: Sequence[str] = ()
    meta: dict[str, str] = field(default_factory=dict)
    private_meta: dict[str, str] = field(default_factory=dict)


async def create(tx: WriteCtx, new: NewCard) -> Row:
    """Raises Refusal (ALREADY_EXISTS, INVALID, NOT_FOUND, REQUIRED), each on its field."""
    amount = _amount(new.balance, new.currency, "balance")
    _check_expiry(tx, new.expiry_date)
    email = _email(new.send_to, "userEmail")
    if email is not None and not new.channel:
        raise Refusal("A channel is needed to send the card.", field="channel", code="REQUIRED")
    owner = await _user(tx, new.assigned_to_id)
    values = {
        "code": await _code(tx, new.code),
        "currency": new.currency,
        "initial_amount": amount,
        "current_amount": amount,
        "is_active": new.is_active,
        "expiry_date": new.expiry_date,
        "created_by_id": tx.caller.user_id,
        "created_by_email": tx.caller.email,
        "app_id": tx.caller.app_id,
        "assigned_to_id": None if owner is None else owner["id"],
        "assigned_to_email": None if owner is None else owner["email"],
        "meta": new.meta,
        "private_meta": new.private_meta,
        "created_at": tx.clock.now(),
        "updated_at": tx.clock.now(),
    }
    made = insert(_g).values(values).on_conflict_do_nothing(index_elements=["code"]).returning(_g.c.id)
    card_id = (await tx.execute(made)).scalar_one_or_none()
    if card_id is None:
        raise _taken()
    await _tag(tx, card_id, new.tags, ())
    balance = {"initial": amount, "current": amount}
    expiry = None if new.expiry_date is None else new.expiry_date.isoformat()
    await note(tx, card_id, "ISSUED", balance=balance, expiry_date=expiry)
    if new.note:
        await add_note(tx, card_id, new.note)
    tx.emit("gift_card.created", "GiftCard", card_id)
    if email is not None:
        await _send(tx, card_id, email, "SENT_TO_CUSTOMER")
    return await _row(tx, card_id)


async def create_many(tx: WriteCtx, number: int, new: NewCard) -> list[Row]:
    """All alike, each with a random code. Raises as `create`."""
    if not 0 < number <= MAX_AT_ONCE:
        raise Refusal(f"From 1 to {MAX_AT_ONCE} cards at once.", field="count", code="INVALID")
    return [await create(tx, new) for _ in range(number)]


async def update(tx: WriteCtx, card_id: int, change: Change) -> Row:
    """Raises UnknownGiftCard, Refusal (INVALID)."""
    card = await _locked(tx, card_id)
    values: dict[str, Any] = {"updated_at": tx.clock.now()}
    if change.balance is not None:
        amount = _amount(change.balance, card["currency"], "balanceAmount")
        values |= {"initial_amount": amount, "current_amount": amount}
        before = {"old_initial": card["initial_amount"], "old_current": card["current_amount"]}
        await note(tx, card_id, "BALANCE_RESET", balance={"initial": amount, "current": amount, **before})
    if "expiry_date" in change.values and change.values["expiry_date"] != card["expiry_date"]:
        expiry = change.values["expiry_date"]
        _check_expiry(tx, expiry)
        values["expiry_date"] = expiry
        old = card["expiry_date"] and card["expiry_date"].isoformat()
        new = expiry and expiry.isoformat()
        await note(tx, card_id, "EXPIRY_DATE_UPDATED", expiry_date=new, old_expiry_date=old)
    values["meta"] = {**card["meta"], **change.meta}
    values["private_meta"] = {**card["private_meta"], **change.private_meta}
    await tx.execute(_g.update().where(_g.c.id == card_id).values(values))
    if change.add_tags or change.remove_tags:
        (before_tags,) = await pages.tags_of(tx, [card_id])
        await _tag(tx, card_id, change.add_tags, change.remove_tags)
        (tags,) = await pages.tags_of(tx, [card_id])
        names, old_names = ([row["name"] for row in rows] for rows in (tags, before_tags))
        await note(tx, card_id, "TAGS_UPDATED", tags=names, old_tags=old_names)
    tx.emit("gift_card.updated", "GiftCard", card_id)
    return await _row(tx, card_id)


async def set_active(tx: WriteCtx, card_ids: Sequence[int], *, active: bool) -> list[Row]:
    """Those that there are; a card that is so already stays as it is. Raises Refusal for one that has expired."""
    cards = await lock_cards(tx, sorted(set(card_ids)))
    today = tx.clock.now().date()
    for card in cards.values():
        if active and not is_usable(is_active=True, expiry_date=card["expiry_date"], today=today):
            raise Refusal("Expired gift card cannot be activated.", field="id", code="EXPIRED_GIFT_CARD")
        if card["is_active"] is active:
            continue
        changed = _g.update().where(_g.c.id == card["id"])
        await tx.execute(changed.values(is_active=active, updated_at=tx.clock.now()))
        await note(tx, card["id"], "ACTIVATED" if active else "DEACTIVATED")
        tx.emit("gift_card.status_changed", "GiftCard", card["id"])
    return [await _row(tx, card_id) for card_id in cards]


async def delete(tx: WriteCtx, card_ids: Sequence[int]) -> list[Row]:
    """Cards that there are, with their history; orders keep what was paid with them."""
    cards = await lock_cards(tx, sorted(set(card_ids)))
    await tx.execute(_g.delete().where(_g.c.id.in_(list(cards))))
    for card_id in cards:
        tx.emit("gift_card.deleted", "GiftCard", card_id)
    return list(cards.values())


async def add_note(tx: WriteCtx, card_id: int, message: str) -> tuple[Row, int]:
    """The card and the new event's id. Raises UnknownGiftCard, Refusal."""
    card = await _locked(tx, card_id)
    if not message.strip():
        raise Refusal("Message can't be empty.", field="message", code="REQUIRED")
    if len(message) > MAX_NOTE:
        raise Refusal(f"A note has at most {MAX_NOTE} characters.", field="message", code="INVALID")
    return card, await note(tx, card_id, "NOTE_ADDED", message=message)


async def resend(tx: WriteCtx, card_id: int, email: str | None) -> Row:
    """To `email`, or to whose card it is. Raises UnknownGiftCard, Refusal."""
    card = await _locked(tx, card_id)
    to = _email(email, "email") or card["assigned_to_email"] or card["created_by_email"]
    if not to:
        raise Refusal("An e-mail address is needed.", field="email", code="REQUIRED")
    if not is_usable(is_active=True, expiry_date=card["expiry_date"], today=tx.clock.now().date()):
        raise Refusal("Expired gift card cannot be sent.", field="id", code="EXPIRED_GIFT_CARD")
    await _send(tx, card_id, to, "RESENT")
    return card


async def assign(tx: WriteCtx, card_id: int, user_id: int | None) -> Row:
    """Make it one customer's own; None: anybody's who has the code. Raises UnknownGiftCard, Refusal."""
    card = await _locked(tx, card_id)
    owner = await _user(tx, user_id)
    after = (None, None) if owner is None else (owner["id"], owner["email"])
    changed = _g.update().where(_g.c.id == card_id)
    await tx.execute(changed.values(assigned_to_id=after[0], assigned_to_email=after[1], updated_at=tx.clock.now()))
    assigned = {
        "old_id": card["assigned_to_id"],
        "old_email": card["assigned_to_email"],
        "id": after[0],
        "email": after[1],
    }
    await note(tx, card_id, "ASSIGNED_TO_USER" if owner else "UNASSIGNED_FROM_USER", assigned=assigned)
    tx.emit("gift_card.updated", "GiftCard", card_id)
    return await _row(tx, card_id)


async def _send(tx: WriteCtx, card_id: int, email: str, kind: str) -> None:
    mails.post(tx, card_id, email)
    await note(tx, card_id, kind, email=email)
    tx.emit("gift_card.sent", "GiftCard", card_id, email=email)


async def _tag(tx: WriteCtx, card_id: int, add: Collection[str], remove: Collection[str]) -> None:
    names = sorted({name.strip().lower() for name in add if name.strip()})
    if len(names) > MAX_TAGS or any(len(name) > 255 for name in names):
        raise Refusal(f"At most {MAX_TAGS} tags of 255 characters.", field="addTags", code="INVALID")
    if names:
        await tx.execute(insert(_t).values([{"name": name} for name in names]).on_conflict_do_nothing())
        ids = sa.select(sa.literal(card_id, sa.BigInteger), _t.c.id).where(_t.c.name.in_(names))
        await tx.execute(insert(_gt).from_select(["gift_card_id", "tag_id"], ids).on_conflict_do_nothing())
    gone = [name.strip().lower() for name in remove]
    if gone:
        tags = sa.select(_t.c.id).where(_t.c.name.in_(gone))
        await tx.execute(_gt.delete().where(_gt.c.gift_card_id == card_id, _gt.c.tag_id.in_(tags)))


async def _code(tx: WriteCtx, wanted: str | None) -> str:
    code = (wanted or "").strip()
    if not code:
        return random_code()
    if not MIN_CODE <= len(code) <= MAX_CODE:
        message = f"A code has from {MIN_CODE} to {MAX_CODE} characters."
        raise Refusal(message, field="code", code="INVALID")
    if await tx.value(_TAKEN, code=code):
        raise _taken()
    return code


def _taken() -> Refusal:
    return Refusal("Gift card with this code already exists.", field="code", code="ALREADY_EXISTS")


def _amount(balance: Decimal, currency: str, field: str) -> int:
    try:
        amount = to_minor(balance, currency)
    except MoneyError as error:
        raise Refusal(f"Not an amount of a currency: {error}.", field=field, code="INVALID") from error
    if amount <= 0:
        raise Refusal("A gift card is worth more than nothing.", field=field, code="INVALID")
    return amount


def _check_expiry(tx: WriteCtx, day: date | None) -> None:
    if day is not None and day <= tx.clock.now().date():
        raise Refusal("Expiry date cannot be in the past.", field="expiryDate", code="INVALID")


def _email(given: str | None, field: str) -> str | None:
    if not given:
        return None
    email = normal_email(given)
    if email is None:
        raise Refusal("Enter a valid email address.", field=field, code="INVALID")
    return email


async def _user(tx: WriteCtx, user_id: int | None) -> Row | None:
    if user_id is None:
        return None
    (user,) = await accounts.users_by_ids(tx, [user_id])
    if user is None:
        raise Refusal("There is no such customer.", field="userId", code="NOT_FOUND")
    return user


async def _locked(tx: WriteCtx, card_id: int) -> Row:
    cards = await lock_cards(tx, [card_id])
    if not cards:
        raise UnknownGiftCard
    return cards[card_id]


async def _row(tx: WriteCtx, card_id: int) -> Row:
    return await _locked(tx, card_id)
