"""Members of staff."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from engine.accounts import checks
from engine.accounts.errors import AccountRefusal
from engine.accounts.mails import MailKind, post
from engine.accounts.models import GroupUser, User
from engine.accounts.scope import changing_staff, groups_in_scope, staff_in_scope
from engine.accounts.service import anonymise
from engine.accounts.sessions import deactivate_all
from engine.accounts.tokens import new_token_key
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.statements import Statement
from engine.core.tables import table

_u, _gu = table(User), table(GroupUser)
_BY_EMAIL = Statement(sa.select(_u.c.id, _u.c.is_staff).where(_u.c.email == sa.bindparam("email")).with_for_update())


@dataclass(frozen=True)
class StaffChange:
    """None leaves a thing as it is; ids of groups are primary keys."""

    email: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    note: str | None = None
    is_active: bool | None = None
    meta: Mapping[str, str] = field(default_factory=dict)
    private_meta: Mapping[str, str] = field(default_factory=dict)
    add_groups: Sequence[int] = ()
    remove_groups: Sequence[int] = ()
    redirect_url: str | None = None
    """Where the mail leads in which a new member chooses a password."""


async def create_staff(tx: WriteCtx, change: StaffChange) -> int:
    """A new member, or a customer who becomes one: their old password and sessions end, so that nobody who once
    registered the address gains staff's rights by it. Raises Refusal with a code of `AccountErrorCode`."""
    email = checks.email_address(change.email)
    url = checks.redirect(tx, change.redirect_url) if change.redirect_url else None
    values = _values(change) | {"is_staff": True, "password_hash": None, "token_key": new_token_key()}
    async with changing_staff(tx):
        await groups_in_scope(tx, change.add_groups, "addGroups")
        made = await tx.execute(
            insert(_u)
            .values(
                email=email,
                meta=checks.metadata(change.meta),
                private_meta=checks.metadata(change.private_meta, "privateMetadata"),
                **values,
            )
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(_u.c.id)
        )
        user_id = made.scalar_one_or_none()
        if user_id is None:
            (known,) = await tx.fetch(_BY_EMAIL, email=email)
            if known["is_staff"]:
                raise AccountRefusal("User with this Email already exists.", field="email", code="UNIQUE")
            user_id = int(known["id"])
            await tx.execute(_u.update().where(_u.c.id == user_id).values(**values, **_metadata(change)))
            await deactivate_all(tx, user_id)
        await _join(tx, user_id, change.add_groups)
    if url is not None:
        post(tx, MailKind.SET_PASSWORD, user_id, redirect_url=url, to_staff=True)
    tx.emit("staff.created", "User", user_id)
    return user_id


async def update_staff(ctx: Ctx, user_id: int, change: StaffChange) -> None:
    try:
        await transact(ctx, _update, user_id, change)
    except IntegrityError as error:
        raise AccountRefusal("User with this Email already exists.", field="email", code="UNIQUE") from error


async def _update(tx: WriteCtx, user_id: int, change: StaffChange) -> None:
    if set(change.add_groups) & set(change.remove_groups):
        raise Refusal("The same group is in both lists.", field="addGroups", code="DUPLICATED_INPUT_ITEM")
    values = _values(change)
    if change.email is not None:
        values["email"] = checks.email_address(change.email)
    async with changing_staff(tx, "isActive" if change.is_active is False else "removeGroups"):
        user = await _member(tx, user_id)
        if change.is_active is False:
            _may_end(tx, user, "DEACTIVATE")
        await groups_in_scope(tx, change.add_groups, "addGroups")
        await groups_in_scope(tx, change.remove_groups, "removeGroups")
        await tx.execute(
            _u.update().where(_u.c.id == user_id).values(**values, **_metadata(change), updated_at=tx.clock.now())
        )
        await _join(tx, user_id, change.add_groups)
        if change.remove_groups:
            await tx.execute(_gu.delete().where(_gu.c.user_id == user_id, _gu.c.group_id.in_(change.remove_groups)))
        if change.is_active is False:
            await deactivate_all(tx, user_id)
    tx.emit("staff.updated", "User", user_id)


async def delete_staff(tx: WriteCtx, user_id: int) -> Row:
    """The member as they were; the person is forgotten, what they did keeps pointing at an empty account."""
    async with changing_staff(tx, "id"):
        user = await _member(tx, user_id)
        _may_end(tx, user, "DELETE")
        await tx.execute(_gu.delete().where(_gu.c.user_id == user_id))
        await anonymise(tx, user_id)
        await tx.execute(_u.update().where(_u.c.id == user_id).values(is_staff=False))
    tx.emit("staff.deleted", "User", user_id)
    return user


async def _member(tx: WriteCtx, user_id: int) -> Row:
    try:
        (user,) = await staff_in_scope(tx, [user_id], "id")
    except Refusal as refusal:
        if refusal.code == "ASSIGN_NON_STAFF_MEMBER":
            raise NotFound(f"Couldn't resolve to a node: {to_global('User', user_id)}", field="id") from refusal
        raise
    return user


def _may_end(tx: WriteCtx, user: Row, verb: str) -> None:
    field = "id" if verb == "DELETE" else "isActive"
    if user["id"] == tx.caller.user_id:
        raise AccountRefusal("You cannot do this to your own account.", field=field, code=f"{verb}_OWN_ACCOUNT")
    if user["is_superuser"]:
        raise AccountRefusal("Cannot do this to a superuser's account.", field=field, code=f"{verb}_SUPERUSER_ACCOUNT")


async def _join(tx: WriteCtx, user_id: int, group_ids: Sequence[int]) -> None:
    if group_ids:
        rows = [{"group_id": group_id, "user_id": user_id} for group_id in set(group_ids)]
        await tx.execute(insert(_gu).values(rows).on_conflict_do_nothing())


def _values(change: StaffChange) -> dict[str, Any]:
    values: dict[str, Any] = {}
    if change.first_name is not None:
        values["first_name"] = checks.text(change.first_name, "firstName")
    if change.last_name is not None:
        values["last_name"] = checks.text(change.last_name, "lastName")
    if change.note is not None:
        values["note"] = checks.text(change.note, "note", limit=checks.NOTE_LENGTH, lines=True)
    if change.is_active is not None:
        values["is_active"] = change.is_active
    return values


def _metadata(change: StaffChange) -> dict[str, Any]:
    """Added to what is there."""
    values: dict[str, Any] = {}
    for column, pairs in ((_u.c.meta, change.meta), (_u.c.private_meta, change.private_meta)):
        if pairs:
            values[column.name] = column.concat(sa.cast(checks.metadata(pairs), column.type))
    return values
