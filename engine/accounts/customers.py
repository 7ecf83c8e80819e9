"""What staff do with customers' accounts. Members of staff are no customers here: their accounts are not found."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.accounts import addresses, checks
from engine.accounts.addresses import AddressType, put_default
from engine.accounts.errors import AccountRefusal
from engine.accounts.mails import MailKind, post
from engine.accounts.models import Address, User
from engine.accounts.service import anonymise
from engine.accounts.sessions import deactivate_all
from engine.accounts.tokens import new_token_key
from engine.core.addresses import AddressData
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.statements import Statement
from engine.core.tables import table

_u, _a = table(User), table(Address)
_CUSTOMER = Statement(sa.select(_u.c.id).where(_u.c.id == sa.bindparam("id"), ~_u.c.is_staff).with_for_update())
_HOLDER = Statement(
    sa.select(_a.c.user_id)
    .join(_u, _u.c.id == _a.c.user_id)
    .where(_a.c.id == sa.bindparam("id"), ~_u.c.is_staff)
)  # fmt: skip


@dataclass(frozen=True)
class CustomerChange:
    """None leaves a thing as it is."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    language_code: str | None = None
    note: str | None = None
    is_active: bool | None = None
    is_confirmed: bool | None = None
    external_reference: str | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    private_meta: Mapping[str, str] = field(default_factory=dict)
    default_billing: AddressData | None = None
    default_shipping: AddressData | None = None
    redirect_url: str | None = None
    """For a new customer: where the mail leads in which they choose a password; None: no mail."""


async def create_customer(ctx: Ctx, change: CustomerChange) -> int:
    """Raises AccountRefusal, Refusals for a faulty address. Returns the user's id."""
    return await _unique(ctx, _create, change)


async def update_customer(ctx: Ctx, user_id: int, change: CustomerChange) -> int:
    """Closing an account (`is_active` False) ends its sessions. Raises NotFound, AccountRefusal, Refusals."""
    return await _unique(ctx, _update, change, user_id)


async def delete_customer(tx: WriteCtx, user_id: int) -> None:
    await _lock(tx, user_id)
    await anonymise(tx, user_id)


async def delete_customers(tx: WriteCtx, user_ids: Sequence[int]) -> int:
    """All of them or, for one who is no customer, none; `user_ids` in rising order. Returns how many."""
    for user_id in user_ids:
        await delete_customer(tx, user_id)
    return len(user_ids)


async def add_address(
    tx: WriteCtx, user_id: int, data: AddressData, *, meta: dict[str, str], skip_validation: bool = False
) -> int:
    """Raises NotFound on `userId`, and as `addresses.add_to_book`. Returns the address's id."""
    await _lock(tx, user_id, "userId")
    return await addresses.add_to_book(tx, user_id, data, meta=meta, skip_validation=skip_validation)


async def change_address(
    tx: WriteCtx, address_id: int, given: Mapping[str, Any], *, meta: dict[str, str], skip_validation: bool = False
) -> int:
    """Returns the user's id. Raises NotFound for an address in no customer's book, else `change_in_book`'s."""
    user_id = await _holder(tx, address_id)
    await addresses.change_in_book(tx, user_id, address_id, given, meta=meta, skip_validation=skip_validation)
    return user_id


async def remove_address(tx: WriteCtx, address_id: int) -> int:
    """Raises NotFound as `change_address`. Returns the user's id."""
    user_id = await _holder(tx, address_id)
    await addresses.remove_from_book(tx, user_id, address_id)
    return user_id


async def set_default_address(tx: WriteCtx, user_id: int, address_id: int, kind: AddressType) -> None:
    await _lock(tx, user_id, "userId")
    await addresses.set_default(tx, user_id, address_id, kind)


async def _lock(tx: WriteCtx, user_id: int, field: str = "id") -> None:
    if not await tx.fetch(_CUSTOMER, id=user_id):
        raise NotFound(f"Couldn't resolve to a node: {to_global('User', user_id)}", field=field)


async def _holder(tx: WriteCtx, address_id: int) -> int:
    rows = await tx.fetch(_HOLDER, id=address_id)
    if not rows:
        raise NotFound(f"Couldn't resolve to a node: {to_global('Address', address_id)}", field="id")
    return int(rows[0]["user_id"])


async def _create(tx: WriteCtx, change: CustomerChange, _: int | None) -> int:
    url = checks.redirect(tx, change.redirect_url) if change.redirect_url else None
    values = {"email": checks.email_address(change.email), "token_key": new_token_key(), **_values(change)}
    made = await tx.execute(
        _u.insert()
        .values(
            **values,
            meta=checks.metadata(change.meta),
            private_meta=checks.metadata(change.private_meta, "privateMetadata"),
        )
        .returning(_u.c.id)
    )
    user_id = int(made.scalar_one())
    await _defaults(tx, user_id, change)
    if url is not None:
        post(tx, MailKind.SET_PASSWORD, user_id, redirect_url=url)
    tx.emit("customer.created", "User", user_id)
    return user_id


async def _update(tx: WriteCtx, change: CustomerChange, user_id: int | None) -> int:
    assert user_id is not None
    await _lock(tx, user_id)
    values = _values(change) | {"updated_at": tx.clock.now()}
    if change.email is not None:
        values["email"] = checks.email_address(change.email)
    for column, pairs in ((_u.c.meta, change.meta), (_u.c.private_meta, change.private_meta)):
        if pairs:
            values[column.name] = column.concat(sa.cast(checks.metadata(pairs), column.type))
    await tx.execute(_u.update().where(_u.c.id == user_id).values(**values))
    await _defaults(tx, user_id, change)
    if change.is_active is False:
        await deactivate_all(tx, user_id)
    tx.emit("customer.updated", "User", user_id)
    return user_id


async def _defaults(tx: WriteCtx, user_id: int, change: CustomerChange) -> None:
    if change.default_billing is not None:
        await put_default(tx, user_id, change.default_billing, AddressType.BILLING)
    if change.default_shipping is not None:
        await put_default(tx, user_id, change.default_shipping, AddressType.SHIPPING)


def _values(change: CustomerChange) -> dict[str, Any]:
    values: dict[str, Any] = {
        name: value
        for name in ("language_code", "is_active", "is_confirmed")
        if (value := getattr(change, name)) is not None
    }
    if change.first_name is not None:
        values["first_name"] = checks.text(change.first_name, "firstName")
    if change.last_name is not None:
        values["last_name"] = checks.text(change.last_name, "lastName")
    if change.note is not None:
        values["note"] = checks.text(change.note, "note", limit=checks.NOTE_LENGTH, lines=True)
    if change.external_reference is not None:
        values["external_reference"] = checks.text(change.external_reference, "externalReference") or None
    return values


async def _unique(ctx: Ctx, work: Any, change: CustomerChange, user_id: int | None = None) -> int:
    try:
        return int(await transact(ctx, work, change, user_id))
    except IntegrityError as error:
        if "external_reference" in str(error.orig):
            raise Refusal("This reference is in use.", field="externalReference", code="UNIQUE") from error
        raise AccountRefusal("User with this Email already exists.", field="email", code="UNIQUE") from error
