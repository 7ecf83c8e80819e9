"""What staff do with gift cards."""

import datetime
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.context import transact
from engine.gift_cards import pages, service
from engine.gift_cards.errors import UnknownGiftCard
from engine.gift_cards.service import Change, NewCard
from schema.checkout.inputs import found_int
from schema.common.errors import MutationError
from schema.common.inputs import given
from schema.common.metadata import MetadataInput, as_meta
from schema.common.scalars import PositiveDecimal
from schema.execution.fields import Rows, mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.gift_cards.enums import GiftCardErrorCode
from schema.gift_cards.types import GiftCard, GiftCardEvent

STAFF = needs("MANAGE_GIFT_CARD")


@strawberry.type
class GiftCardError(MutationError):
    code: GiftCardErrorCode
    tags: list[str] | None


@strawberry.input
class PriceInput:
    currency: str
    amount: PositiveDecimal


@strawberry.input
class GiftCardCreateInput:
    add_tags: list[str] | None = UNSET
    expiry_date: datetime.date | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    start_date: datetime.date | None = strawberry.field(default=UNSET, description="Cards hold from the start.")
    end_date: datetime.date | None = strawberry.field(default=UNSET, description="The same as `expiryDate`.")
    balance: PriceInput
    user_email: str | None = strawberry.field(default=UNSET, description="Who gets it by mail; with `channel`.")
    channel: str | None = UNSET
    is_active: bool
    code: str | None = strawberry.field(default=UNSET, description="From 8 to 16 characters; none: a random one.")
    note: str | None = UNSET
    assigned_to: strawberry.ID | None = strawberry.field(default=UNSET, description="The customer whose card it is.")


@strawberry.input
class GiftCardUpdateInput:
    add_tags: list[str] | None = UNSET
    remove_tags: list[str] | None = UNSET
    expiry_date: datetime.date | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    private_metadata: list[MetadataInput] | None = UNSET
    start_date: datetime.date | None = strawberry.field(default=UNSET, description="Cards hold from the start.")
    end_date: datetime.date | None = strawberry.field(default=UNSET, description="The same as `expiryDate`.")
    balance_amount: PositiveDecimal | None = UNSET


@strawberry.input
class GiftCardBulkCreateInput:
    count: int
    balance: PriceInput
    tags: list[str] | None = UNSET
    expiry_date: datetime.date | None = UNSET
    is_active: bool


@strawberry.input
class GiftCardResendInput:
    id: strawberry.ID
    email: str | None = UNSET
    channel: str


@strawberry.input
class GiftCardAddNoteInput:
    message: str


@strawberry.type
class GiftCardPayload:
    gift_card: GiftCard | None
    errors: list[GiftCardError]


@strawberry.type
class GiftCardCreate(GiftCardPayload):
    pass


@strawberry.type
class GiftCardUpdate(GiftCardPayload):
    pass


@strawberry.type
class GiftCardDelete(GiftCardPayload):
    pass


@strawberry.type
class GiftCardActivate(GiftCardPayload):
    pass


@strawberry.type
class GiftCardDeactivate(GiftCardPayload):
    pass


@strawberry.type
class GiftCardResend(GiftCardPayload):
    pass


@strawberry.type
class GiftCardAssignUser(GiftCardPayload):
    pass


@strawberry.type
class GiftCardUnassignUser(GiftCardPayload):
    pass


@strawberry.type
class GiftCardAddNote(GiftCardPayload):
    event: GiftCardEvent | None


@strawberry.type
class GiftCardBulkCreate:
    count: int
    gift_cards: list[GiftCard]
    errors: list[GiftCardError]


@strawberry.type
class GiftCardBulkPayload:
    count: int
    errors: list[GiftCardError]


@strawberry.type
class GiftCardBulkActivate(GiftCardBulkPayload):
    pass


@strawberry.type
class GiftCardBulkDeactivate(GiftCardBulkPayload):
    pass


@strawberry.type
class GiftCardBulkDelete(GiftCardBulkPayload):
    pass


@strawberry.type
class GiftCardsMutations:
    @mutation_field(STAFF)
    async def gift_card_create(self, info: BatchInfo, input: GiftCardCreateInput) -> GiftCardCreate:
        return payload(gift_card=await transact(info.context, service.create, _new(input)))

    @mutation_field(STAFF)
    async def gift_card_update(self, info: BatchInfo, id: strawberry.ID, input: GiftCardUpdateInput) -> GiftCardUpdate:
        return payload(gift_card=await transact(info.context, service.update, _pk(id), _change(input)))

    @mutation_field(STAFF, description="Delete a card with what is on it.")
    async def gift_card_delete(self, info: BatchInfo, id: strawberry.ID) -> GiftCardDelete:
        return _one(await transact(info.context, service.delete, [_pk(id)]))

    @mutation_field(STAFF)
    async def gift_card_activate(self, info: BatchInfo, id: strawberry.ID) -> GiftCardActivate:
        return _one(await transact(info.context, service.set_active, [_pk(id)], active=True))

    @mutation_field(STAFF)
    async def gift_card_deactivate(self, info: BatchInfo, id: strawberry.ID) -> GiftCardDeactivate:
        return _one(await transact(info.context, service.set_active, [_pk(id)], active=False))

    @mutation_field(STAFF, description="Send a card by mail once more.")
    async def gift_card_resend(self, info: BatchInfo, input: GiftCardResendInput) -> GiftCardResend:
        row = await transact(info.context, service.resend, _pk(input.id), input.email or None)
        return payload(gift_card=row)

    @mutation_field(STAFF, description="Make a card one customer's own.")
    async def gift_card_assign_user(
        self, info: BatchInfo, id: strawberry.ID, user_id: strawberry.ID
    ) -> GiftCardAssignUser:
        owner = found_int(user_id, "User", "userId")
        return payload(gift_card=await transact(info.context, service.assign, _pk(id), owner))

    @mutation_field(STAFF, description="Let whoever has the code of a card use it.")
    async def gift_card_unassign_user(self, info: BatchInfo, id: strawberry.ID) -> GiftCardUnassignUser:
        return payload(gift_card=await transact(info.context, service.assign, _pk(id), None))

    @mutation_field(STAFF)
    async def gift_card_add_note(
        self, info: BatchInfo, id: strawberry.ID, input: GiftCardAddNoteInput
    ) -> GiftCardAddNote:
        card, event_id = await transact(info.context, service.add_note, _pk(id), input.message)
        (events,) = await pages.events_of(info.context, [card["id"]])
        return payload(gift_card=card, event=next(event for event in events if event["id"] == event_id))

    @mutation_field(STAFF, empty={"count": 0, "gift_cards": []}, description="Make many cards that are all alike.")
    async def gift_card_bulk_create(self, info: BatchInfo, input: GiftCardBulkCreateInput) -> GiftCardBulkCreate:
        new = NewCard(
            balance=input.balance.amount,
            currency=input.balance.currency,
            is_active=input.is_active,
            expiry_date=input.expiry_date or None,
            tags=input.tags or (),
        )
        rows = await transact(info.context, service.create_many, input.count, new)
        return payload(count=len(rows), gift_cards=rows)

    @mutation_field(STAFF, empty={"count": 0})
    async def gift_card_bulk_activate(self, info: BatchInfo, ids: list[strawberry.ID]) -> GiftCardBulkActivate:
        return _many(await transact(info.context, service.set_active, [_pk(id, "ids") for id in ids], active=True))

    @mutation_field(STAFF, empty={"count": 0})
    async def gift_card_bulk_deactivate(self, info: BatchInfo, ids: list[strawberry.ID]) -> GiftCardBulkDeactivate:
        return _many(await transact(info.context, service.set_active, [_pk(id, "ids") for id in ids], active=False))

    @mutation_field(STAFF, empty={"count": 0})
    async def gift_card_bulk_delete(self, info: BatchInfo, ids: list[strawberry.ID]) -> GiftCardBulkDelete:
        return _many(await transact(info.context, service.delete, [_pk(id, "ids") for id in ids]))


def _pk(id: strawberry.ID, field: str = "id") -> int:
    return found_int(id, "GiftCard", field)


def _one(rows: Rows) -> Any:
    if not rows:
        raise UnknownGiftCard
    return payload(gift_card=rows[0])


def _many(rows: Rows) -> Any:
    return payload(count=len(rows))


def _new(input: GiftCardCreateInput) -> NewCard:
    return NewCard(
        balance=input.balance.amount,
        currency=input.balance.currency,
        is_active=input.is_active,
        code=input.code or None,
        expiry_date=input.expiry_date or input.end_date or None,
        tags=input.add_tags or (),
        note=input.note or None,
        send_to=input.user_email or None,
        channel=input.channel or None,
        assigned_to_id=found_int(input.assigned_to, "User", "assignedTo") if input.assigned_to else None,
        meta=as_meta(input.metadata or None),
        private_meta=as_meta(input.private_metadata or None),
    )


def _change(input: GiftCardUpdateInput) -> Change:
    asked = given(input)
    days = [asked[name] for name in ("expiry_date", "end_date") if name in asked]
    return Change(
        balance=asked.get("balance_amount"),
        values={"expiry_date": days[0]} if days else {},
        add_tags=asked.get("add_tags") or (),
        remove_tags=asked.get("remove_tags") or (),
        meta=as_meta(asked.get("metadata")),
        private_meta=as_meta(asked.get("private_metadata")),
    )
