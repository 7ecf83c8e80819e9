"""Whose cart it is and where it goes: customer, e-mail, addresses, language, note.

Only an address changes what is paid, so only that releases a hold.
"""

import uuid
from dataclasses import dataclass
from typing import Any

from engine.accounts import addresses
from engine.accounts.addresses import AddressType
from engine.accounts.rules import Permission, normal_email
from engine.checkout.hold import locked, locked_for_edit, update
from engine.checkout.pricing import price
from engine.checkout.upkeep import changed
from engine.core.addresses import AddressData
from engine.core.context import Row, WriteCtx
from engine.core.errors import PermissionDenied, Refusal

MAX_NOTE = 10_000


@dataclass(frozen=True)
class NewAddress:
    """An address for a cart. `save` also puts it into the signed-in customer's address book.

    What `check_required` False lets through is asked for again before payment; `skip_validation`, for callers who
    handle checkouts, lets it through for good.
    """

    data: AddressData
    check_required: bool = True
    check_format: bool = True
    skip_validation: bool = False
    save: bool = False
    meta: dict[str, str] | None = None


async def set_email(tx: WriteCtx, checkout_id: uuid.UUID, email: str) -> Row:
    """Raises CheckoutNotFound, Refusal (REQUIRED, INVALID)."""
    await locked(tx, checkout_id)
    return await update(tx, checkout_id, email=checked_email(email))


def checked_email(email: str) -> str:
    if not email.strip():
        raise Refusal("This field cannot be blank.", field="email", code="REQUIRED")
    found = normal_email(email)
    if found is None:
        raise Refusal("Enter a valid email address.", field="email", code="INVALID")
    return found


async def set_shipping_address(tx: WriteCtx, checkout_id: uuid.UUID, new: NewAddress) -> Row:
    """Raises CheckoutNotFound, Refusals (one a faulty field), Refusal (SHIPPING_NOT_REQUIRED,
    SHIPPING_CHANGE_FORBIDDEN)."""
    row = await locked_for_edit(tx, checkout_id)
    (priced,) = await price(tx, [checkout_id])
    if priced is not None and priced.lines and not priced.is_shipping_required:
        raise Refusal("This checkout doesn't need shipping", field="shippingAddress", code="SHIPPING_NOT_REQUIRED")
    if row["collection_point_id"] is not None:
        raise Refusal(
            "Can't change the shipping address of a cart that is picked up.",
            field="shippingAddress",
            code="SHIPPING_CHANGE_FORBIDDEN",
        )
    address_id = await store(tx, new, AddressType.SHIPPING)
    await _swap(tx, row, "shipping_address_id", address_id)
    return await changed(tx, checkout_id)


async def set_billing_address(tx: WriteCtx, checkout_id: uuid.UUID, new: NewAddress) -> Row:
    """Raises CheckoutNotFound, Refusals (one a faulty field)."""
    row = await locked_for_edit(tx, checkout_id)
    address_id = await store(tx, new, AddressType.BILLING)
    return await _swap(tx, row, "billing_address_id", address_id)


async def store(tx: WriteCtx, new: NewAddress, kind: AddressType) -> int:
    """The cart's own copy; returns its id. Raises Refusals; PermissionDenied for a skip by anybody else."""
    if new.skip_validation:
        tx.caller.require(Permission.HANDLE_CHECKOUTS, Permission.MANAGE_CHECKOUTS)
    addresses.validate_address(
        new.data,
        check_required=new.check_required and not new.skip_validation,
        check_format=new.check_format and not new.skip_validation,
        address_type=kind,
    )
    if new.save and tx.caller.user_id is not None:
        await addresses.remember_in_book(tx, tx.caller.user_id, new.data, meta=new.meta)
    return await addresses.store_address(tx, new.data, meta=new.meta, validation_skipped=new.skip_validation)


async def _swap(tx: WriteCtx, row: Row, column: str, address_id: int) -> Row:
    changed = await update(tx, row["id"], **{column: address_id})
    if row[column] is not None:
        await addresses.drop_copies(tx, [row[column]])
    return changed


async def set_language(tx: WriteCtx, checkout_id: uuid.UUID, language_code: str) -> Row:
    """Raises CheckoutNotFound."""
    await locked(tx, checkout_id)
    return await update(tx, checkout_id, language_code=language_code)


async def set_note(tx: WriteCtx, checkout_id: uuid.UUID, note: str) -> Row:
    """Raises CheckoutNotFound, Refusal."""
    if len(note) > MAX_NOTE or "\x00" in note:
        raise Refusal(f"A note is plain text of at most {MAX_NOTE} characters.", field="customerNote", code="INVALID")
    await locked(tx, checkout_id)
    return await update(tx, checkout_id, note=note)


async def attach_customer(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    """Make the cart the signed-in customer's. Raises CheckoutNotFound; PermissionDenied when it is another's."""
    if tx.caller.user_id is None:
        raise PermissionDenied(("AUTHENTICATED_USER",))
    row = await locked(tx, checkout_id)
    if row["user_id"] is not None and row["user_id"] != tx.caller.user_id:
        raise PermissionDenied(("OWNER",))
    values: dict[str, Any] = {"user_id": tx.caller.user_id}
    if tx.caller.email:
        values["email"] = tx.caller.email
    return await update(tx, checkout_id, **values)


async def detach_customer(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    """Let go of the cart. Raises CheckoutNotFound; PermissionDenied to anybody but its owner or staff for carts."""
    row = await locked(tx, checkout_id)
    own = tx.caller.user_id is not None and row["user_id"] == tx.caller.user_id
    if not own and not tx.caller.has(Permission.IMPERSONATE_USER):
        raise PermissionDenied(("OWNER", Permission.IMPERSONATE_USER))
    return await update(tx, checkout_id, user_id=None)
