"""Addresses: from what was typed to a row, and customers' address books."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, replace
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from engine.accounts import checks
from engine.accounts.errors import AccountRefusal
from engine.accounts.models import Address, User
from engine.accounts.rules import Permission
from engine.core.addresses import AddressData, InvalidPhone, normalise_phone, validate
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusals
from engine.core.statements import Statement
from engine.core.tables import table

MAX_ADDRESSES = 100
_COLUMNS = tuple(field.name for field in fields(AddressData))

_u, _a = table(User), table(Address)
_OWNER = Statement(sa.select(_u.c.id).where(_u.c.id == sa.bindparam("user_id")).with_for_update())
_MAKE_ROOM = Statement(
    sa.text(
        "DELETE FROM address WHERE id IN (SELECT a.id FROM address a JOIN account_user u ON u.id = a.user_id"
        " WHERE u.id = :user_id AND a.id IS DISTINCT FROM u.default_billing_address_id"
        " AND a.id IS DISTINCT FROM u.default_shipping_address_id ORDER BY a.id"
        " LIMIT greatest(0, (SELECT count(*) FROM address WHERE user_id = :user_id) - :kept)) RETURNING id"
    ).bindparams(sa.bindparam("user_id", type_=sa.BigInteger), sa.bindparam("kept", type_=sa.BigInteger))
)
_SAME = Statement(
    sa.select(_a.c.id)
    .where(_a.c.user_id == sa.bindparam("user_id"), *(_a.c[name] == sa.bindparam(name) for name in _COLUMNS))
    .order_by(_a.c.id)
)
_OWN = Statement(
    sa.select(*_a.c).where(_a.c.id == sa.bindparam("id"), _a.c.user_id == sa.bindparam("user_id")).with_for_update()
)
_PRESENT = Statement(
    sa.select(
        _u.c.default_billing_address_id.label("BILLING"), _u.c.default_shipping_address_id.label("SHIPPING")
    ).where(_u.c.id == sa.bindparam("user_id"))
)


class AddressType(StrEnum):
    BILLING = "BILLING"
    SHIPPING = "SHIPPING"


_DEFAULTS = {
    AddressType.BILLING: _u.c.default_billing_address_id,
    AddressType.SHIPPING: _u.c.default_shipping_address_id,
}


def address_values(given: Mapping[str, Any], base: Row | None = None) -> AddressData:
    """From the given fields of an `AddressInput`, by Python name; null counts as empty and other names are passed
    over. `base`: the address row that keeps what was not given."""
    kept = {name: base[name] for name in _COLUMNS} if base is not None else {}
    typed = {name: str(given[name] or "") for name in _COLUMNS if name in given}
    return AddressData(**{**kept, **typed})


def validate_address(
    data: AddressData,
    *,
    check_required: bool = True,
    check_format: bool = True,
    address_type: AddressType | None = None,
) -> None:
    """Raises Refusals with one AccountRefusal a faulty field, code REQUIRED or INVALID, field in the API's spelling."""
    faults = validate(data, check_required=check_required, check_format=check_format)
    if faults:
        raise Refusals(
            AccountRefusal(fault.message, field=fault.field, code=fault.code.value, address_type=address_type)
            for fault in faults
        )


def stored_values(data: AddressData) -> dict[str, str]:
    """Columns of an address row: as typed, but the country in capitals and a phone that can be dialled in E.164."""
    try:
        phone = normalise_phone(data.phone, data.country) if data.phone.strip() else ""
    except InvalidPhone:
        phone = data.phone
    return asdict(replace(data, country=data.country.upper(), phone=phone))


async def store_address(
    tx: WriteCtx,
    data: AddressData,
    user_id: int | None = None,
    *,
    meta: dict[str, str] | None = None,
    validation_skipped: bool = False,
) -> int:
    """A new row, already validated by the caller; in a customer's book when `user_id` is given. Returns its id."""
    values = {**stored_values(data), "meta": checks.metadata(meta or {}), "validation_skipped": validation_skipped}
    result = await tx.execute(_a.insert().values(user_id=user_id, **values).returning(_a.c.id))
    return int(result.scalar_one())


async def add_to_book(
    tx: WriteCtx,
    user_id: int,
    data: AddressData,
    *,
    meta: dict[str, str] | None = None,
    default_for: AddressType | None = None,
    skip_validation: bool = False,
) -> int:
    """A full book loses its oldest address that is no default. Raises Refusals for a faulty address, PermissionDenied
    for a skip by somebody who does not manage customers. Returns the address's id."""
    _check(tx, data, skip_validation, default_for)
    await _lock_owner(tx, user_id)
    await tx.fetch(_MAKE_ROOM, user_id=user_id, kept=MAX_ADDRESSES - 1)
    address_id = await store_address(tx, data, user_id, meta=meta, validation_skipped=skip_validation)
    if default_for is not None:
        await _make_default(tx, user_id, address_id, default_for)
    tx.emit("address.created", "Address", address_id, user_id=user_id)
    return address_id


async def remember_in_book(tx: WriteCtx, user_id: int, data: AddressData, *, meta: dict[str, str] | None = None) -> int:
    """As `add_to_book`, but an address that the book has already, letter for letter, is not added again."""
    await _lock_owner(tx, user_id)
    rows = await tx.fetch(_SAME, user_id=user_id, **stored_values(data))
    return int(rows[0]["id"]) if rows else await add_to_book(tx, user_id, data, meta=meta)


async def change_in_book(
    tx: WriteCtx,
    user_id: int,
    address_id: int,
    given: Mapping[str, Any],
    *,
    meta: dict[str, str] | None = None,
    skip_validation: bool = False,
) -> None:
    """Change what was given of an own address. Raises NotFound, Refusals, and PermissionDenied as `add_to_book`."""
    row = await _own(tx, user_id, address_id)
    data = address_values(given, row)
    _check(tx, data, skip_validation)
    await tx.execute(
        _a.update()
        .where(_a.c.id == address_id)
        .values(
            **stored_values(data),
            meta={**row["meta"], **checks.metadata(meta or {})},
            validation_skipped=skip_validation,
            updated_at=tx.clock.now(),
        )
    )
    tx.emit("address.updated", "Address", address_id, user_id=user_id)


async def drop_copies(tx: WriteCtx, address_ids: Iterable[int | None]) -> None:
    """Delete addresses that a cart had for itself; those in a customer's book stay, and None is passed over."""
    ids = [address_id for address_id in address_ids if address_id is not None]
    await tx.execute(_a.delete().where(_a.c.id.in_(ids), _a.c.user_id.is_(None)))


async def remove_from_book(tx: WriteCtx, user_id: int, address_id: int) -> Row:
    """The row that was. Raises NotFound."""
    row = await _own(tx, user_id, address_id)
    await tx.execute(_a.delete().where(_a.c.id == address_id))
    tx.emit("address.deleted", "Address", address_id, user_id=user_id)
    return row


async def set_default(tx: WriteCtx, user_id: int, address_id: int, kind: AddressType) -> None:
    """Raises NotFound for an address that is not in the customer's book."""
    await _own(tx, user_id, address_id)
    await _make_default(tx, user_id, address_id, kind)


async def put_default(tx: WriteCtx, user_id: int, data: AddressData, kind: AddressType) -> None:
    """Make `data` the default address of that kind: the present default is changed, or one added.

    An address that is the default of both kinds is left to the other one."""
    validate_address(data, address_type=kind)
    await _lock_owner(tx, user_id)
    rows = await tx.fetch(_PRESENT, user_id=user_id)
    present = rows[0][kind.value]
    if present is None or rows[0]["BILLING"] == rows[0]["SHIPPING"]:
        await add_to_book(tx, user_id, data, default_for=kind)
    else:
        await change_in_book(tx, user_id, present, asdict(data))


def _check(tx: WriteCtx, data: AddressData, skip_validation: bool, kind: AddressType | None = None) -> None:
    if skip_validation:
        tx.caller.require(Permission.MANAGE_USERS)
    validate_address(data, check_required=not skip_validation, check_format=not skip_validation, address_type=kind)


async def _lock_owner(tx: WriteCtx, user_id: int) -> None:
    """Two requests at once must not both find room in the book, nor a user who is gone."""
    if not await tx.fetch(_OWNER, user_id=user_id):
        raise NotFound("Couldn't resolve to a User.", field="userId")


async def _own(tx: WriteCtx, user_id: int, address_id: int) -> Row:
    await _lock_owner(tx, user_id)
    rows = await tx.fetch(_OWN, id=address_id, user_id=user_id)
    if not rows:
        raise NotFound(f"Couldn't resolve to an Address: {address_id}", field="id")
    return rows[0]


async def _make_default(tx: WriteCtx, user_id: int, address_id: int, kind: AddressType) -> None:
    await tx.execute(_u.update().where(_u.c.id == user_id).values({_DEFAULTS[kind]: address_id}))
