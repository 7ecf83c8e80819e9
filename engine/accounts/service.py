"""Customers' own profiles, and their leaving."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.accounts import checks, queries
from engine.accounts.addresses import AddressType, put_default
from engine.accounts.credentials import mailed_claims, owner_for_change
from engine.accounts.errors import AccountRefusal, InvalidToken
from engine.accounts.mails import MailKind, post
from engine.accounts.models import Address, ExternalIdentity, Session, User
from engine.accounts.tokens import TokenType, new_token_key, user_pk
from engine.core.addresses import AddressData
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import table

_u, _a, _s, _i = table(User), table(Address), table(Session), table(ExternalIdentity)
_AVATAR = Statement(sa.select(_u.c.avatar_key).where(_u.c.id == sa.bindparam("id")).with_for_update())
ANONYMOUS_HOST = "deleted.invalid"
"""No mail can ever go there (RFC 2606)."""


@dataclass(frozen=True)
class ProfileChange:
    """None leaves a thing as it is."""

    first_name: str | None = None
    last_name: str | None = None
    language_code: str | None = None
    meta: Mapping[str, str] | None = None
    """Added to what is there."""
    default_billing: AddressData | None = None
    default_shipping: AddressData | None = None


async def update_profile(tx: WriteCtx, user_id: int, change: ProfileChange) -> None:
    """Raises AccountRefusal, and Refusals for a faulty address."""
    values: dict[str, Any] = {"updated_at": tx.clock.now()}
    if change.first_name is not None:
        values["first_name"] = checks.text(change.first_name, "firstName")
    if change.last_name is not None:
        values["last_name"] = checks.text(change.last_name, "lastName")
    if change.language_code is not None:
        values["language_code"] = change.language_code
    if change.meta:
        values["meta"] = _u.c.meta.concat(sa.cast(checks.metadata(change.meta), _u.c.meta.type))
    await tx.execute(_u.update().where(_u.c.id == user_id).values(values))
    if change.default_billing is not None:
        await put_default(tx, user_id, change.default_billing, AddressType.BILLING)
    if change.default_shipping is not None:
        await put_default(tx, user_id, change.default_shipping, AddressType.SHIPPING)
    tx.emit("customer.updated", "User", user_id)


async def set_avatar(tx: WriteCtx, user_id: int, key: str | None) -> str | None:
    """`key` in the storage; None: no picture. Returns the key of the one before, for the caller to delete."""
    rows = await tx.fetch(_AVATAR, id=user_id)
    await tx.execute(_u.update().where(_u.c.id == user_id).values(avatar_key=key, updated_at=tx.clock.now()))
    tx.emit("staff.updated", "User", user_id)
    before: str | None = rows[0]["avatar_key"] if rows else None
    return before


async def request_deletion(ctx: Ctx, user_id: int, redirect_url: str) -> None:
    url = checks.redirect(ctx, redirect_url)
    (user,) = await queries.users_by_ids(ctx, [user_id])
    assert user is not None
    _not_staff(user)
    if await checks.may_mail(ctx, MailKind.DELETE_ACCOUNT, user["email"]):

        async def work(tx: WriteCtx) -> None:
            post(tx, MailKind.DELETE_ACCOUNT, user_id, redirect_url=url)

        await transact(ctx, work)


async def delete_account(ctx: Ctx, user_id: int, token: str) -> Row:
    """With the token of the mail that was asked for. Raises InvalidToken, also for another user's."""
    claims = await mailed_claims(ctx, token, TokenType.DELETE_ACCOUNT)
    if user_pk(claims) != user_id:
        raise InvalidToken("Invalid or expired token.", field="token", code="INVALID")

    async def work(tx: WriteCtx) -> None:
        _not_staff(await owner_for_change(tx, claims))
        await anonymise(tx, user_id)
        tx.emit("account.deleted", "User", user_id)

    await transact(ctx, work)
    return (await queries.users_by_ids(ctx, [user_id]))[0]


async def anonymise(tx: WriteCtx, user_id: int) -> None:
    """Forget the person. The row stays, so that orders, which the law keeps, still have somebody to point at."""
    await tx.execute(_a.delete().where(_a.c.user_id == user_id))
    await tx.execute(_s.delete().where(_s.c.user_id == user_id))
    await tx.execute(_i.delete().where(_i.c.user_id == user_id))
    await tx.execute(
        _u.update()
        .where(_u.c.id == user_id)
        .values(
            email=f"{user_id}@{ANONYMOUS_HOST}",
            first_name="",
            last_name="",
            password_hash=None,
            is_active=False,
            is_confirmed=False,
            token_key=new_token_key(),
            avatar_key=None,
            note="",
            external_reference=None,
            last_login=None,
            meta={},
            private_meta={},
            updated_at=tx.clock.now(),
        )
    )
    tx.emit("customer.deleted", "User", user_id)


def _not_staff(user: Row) -> None:
    if user["is_staff"]:
        raise AccountRefusal("Cannot delete a staff account.", code="DELETE_STAFF_ACCOUNT")
