"""What staff correct about an order that stands: addresses, e-mail address, references, notes."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from engine.accounts import addresses, checks
from engine.accounts import queries as accounts
from engine.accounts.addresses import AddressType
from engine.core.addresses import AddressData
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.tables import table
from engine.orders import queries, service
from engine.orders.models import Order

REFERENCE_LENGTH = 250
NOTE_LENGTH = 10_000
_o = table(Order)


@dataclass(frozen=True)
class NewAddress:
    data: AddressData
    skip_validation: bool = False
    meta: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Edit:
    """None: left as it is."""

    billing: NewAddress | None = None
    shipping: NewAddress | None = None
    user_email: str | None = None
    external_reference: str | None = None
    language_code: str | None = None
    meta: Mapping[str, str] | None = None
    private_meta: Mapping[str, str] | None = None


async def update_order(tx: WriteCtx, order_id: uuid.UUID, edit: Edit) -> Row:
    """The order. Raises UnknownOrder, Refusal, Refusals (one a faulty field of an address)."""
    order = await service.lock(tx, order_id)
    if order["status"] == "DRAFT":
        message = "Provided order id belongs to a draft order. Use `draftOrderUpdate` mutation instead."
        raise Refusal(message, field="id", code="INVALID")
    return await apply(tx, order, edit)


async def apply(tx: WriteCtx, order: Row, edit: Edit) -> Row:
    """The same for an order that is locked already, a draft or not."""
    values: dict[str, Any] = {}
    if edit.user_email is not None:
        email = checks.email_address(edit.user_email, "userEmail")
        user = await accounts.user_by_email(tx, email)
        values |= {"user_email": email, "user_id": user["id"] if user is not None else None}
    if edit.external_reference is not None:
        values["external_reference"] = await _free_reference(tx, order["id"], edit.external_reference)
    if edit.language_code is not None:
        values["language_code"] = edit.language_code
    for name, pairs in (("meta", edit.meta), ("private_meta", edit.private_meta)):
        if pairs is not None:
            values[name] = {**order[name], **checks.metadata(pairs)}
    replaced = []
    for kind, new in ((AddressType.BILLING, edit.billing), (AddressType.SHIPPING, edit.shipping)):
        if new is not None:
            column = f"{kind.value.lower()}_address_id"
            values[column] = await store_copy(tx, new, kind)
            replaced.append(order[column])
    updated = await service.update(tx, order["id"], **values)
    await addresses.drop_copies(tx, replaced)
    if replaced and order["status"] != "DRAFT":
        await service.note(tx, order["id"], "UPDATED_ADDRESS")
    tx.emit("order.updated", "Order", order["id"])
    return updated


async def store_copy(tx: WriteCtx, new: NewAddress, kind: AddressType) -> int:
    """An order's own address; returns its id. Raises Refusals."""
    checked = not new.skip_validation
    addresses.validate_address(new.data, check_required=checked, check_format=checked, address_type=kind)
    return await addresses.store_address(tx, new.data, meta=dict(new.meta), validation_skipped=new.skip_validation)


async def _free_reference(tx: WriteCtx, order_id: uuid.UUID, reference: str) -> str | None:
    wanted = reference.strip()
    if len(wanted) > REFERENCE_LENGTH or "\x00" in wanted:
        raise Refusal(f"A reference has at most {REFERENCE_LENGTH} characters.", field="externalReference")
    if not wanted:
        return None
    taken = sa.select(_o.c.id).where(_o.c.external_reference == wanted, _o.c.id != order_id)
    if (await tx.execute(taken)).first() is not None:
        raise Refusal("Another order has this reference.", field="externalReference", code="UNIQUE")
    return wanted


async def correct_note(tx: WriteCtx, event_id: int, message: str) -> tuple[Row, Row]:
    """The order and the new event, which names the note it corrects: history only grows.

    Raises NotFound for an event that is no note, Refusal.
    """
    said = message.strip()
    if not said:
        raise Refusal("Message can't be empty.", field="message", code="REQUIRED")
    if len(said) > NOTE_LENGTH:
        raise Refusal(f"A note has at most {NOTE_LENGTH} characters.", field="message", code="GRAPHQL_ERROR")
    (note,) = await queries.events_by_ids(tx, [event_id])
    if note is None or note["type"] not in ("NOTE_ADDED", "NOTE_UPDATED"):
        raise NotFound("Couldn't resolve to an order note.", field="note")
    order = await service.lock(tx, note["order_id"])
    made = await service.note(tx, order["id"], "NOTE_UPDATED", message=said, related_event_id=event_id)
    (event,) = await queries.events_by_ids(tx, [made])
    assert event is not None
    tx.emit("order.updated", "Order", order["id"])
    return order, event
