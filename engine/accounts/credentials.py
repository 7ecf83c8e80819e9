"""Changing a password or an e-mail address, and the mailed tokens that allow it."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from engine.accounts import checks, queries, sessions
from engine.accounts.errors import AccountRefusal, ExpiredToken, InvalidCredentials, InvalidToken
from engine.accounts.mails import MailKind, post
from engine.accounts.models import User
from engine.accounts.passwords import check_strength, hash_password
from engine.accounts.rules import normal_email
from engine.accounts.tokens import TokenType, read, user_pk
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import NotFound
from engine.core.statements import Statement
from engine.core.tables import table

_u = table(User)
_account = sa.select(
    _u.c.id, _u.c.email, _u.c.password_hash, _u.c.token_key, _u.c.is_staff, _u.c.is_active, _u.c.is_confirmed
).with_for_update()
_FOR_CHANGE = Statement(_account.where(_u.c.id == sa.bindparam("id")))
_STAFF_FOR_CHANGE = Statement(_account.where(_u.c.email == sa.bindparam("email"), _u.c.is_staff, _u.c.is_active))
_TAKEN = Statement(sa.select(_u.c.id).where(_u.c.email == sa.bindparam("email")))
_ACTIVE_BY_EMAIL = Statement(
    sa.select(_u.c.id, _u.c.is_staff).where(_u.c.email == sa.bindparam("email"), _u.c.is_active)
)


async def mailed_claims(ctx: Ctx, token: str, kind: TokenType) -> dict[str, Any]:
    """Of a token that came by mail; raises InvalidToken, code INVALID, whatever is wrong with it."""
    try:
        return await read(ctx, token, kind)
    except (InvalidToken, ExpiredToken) as error:
        raise _bad_token() from error


async def owner_for_change(tx: WriteCtx, claims: dict[str, Any], *, email: str | None = None) -> Row:
    """The locked account that a mailed token is for: active, and its key and address not changed since."""
    rows = await tx.fetch(_FOR_CHANGE, id=user_pk(claims))
    if not rows:
        raise _bad_token()
    user = rows[0]
    unchanged = user["token_key"] == claims["token"] and user["email"] == claims["email"]
    if not (unchanged and user["is_active"]) or (email is not None and normal_email(email) != user["email"]):
        raise _bad_token()
    return user


async def request_password_reset(ctx: Ctx, email: str, redirect_url: str) -> None:
    """Mails a link if the address has an account; says nothing of it."""
    url = checks.redirect(ctx, redirect_url)
    address = checks.email_address(email)
    if await checks.may_mail(ctx, MailKind.RESET_PASSWORD, address):
        await transact(ctx, _post_reset, address, url)


async def _post_reset(tx: WriteCtx, address: str, url: str) -> None:
    for row in await tx.fetch(_ACTIVE_BY_EMAIL, email=address):
        post(tx, MailKind.RESET_PASSWORD, row["id"], redirect_url=url, to_staff=row["is_staff"])


async def set_password(ctx: Ctx, email: str, password: str, token: str) -> sessions.Login:
    """With the token of a reset mail, which also proves the address; opens a session. Raises InvalidToken."""
    check_strength(password, email=email)
    claims = await mailed_claims(ctx, token, TokenType.RESET_PASSWORD)
    user_id = await transact(ctx, _replace_by_token, claims, email, await hash_password(password))
    user = await queries.credentials_by_id(ctx, user_id)
    return await sessions.open_session(ctx, user)


async def _replace_by_token(tx: WriteCtx, claims: dict[str, Any], email: str, hashed: str) -> int:
    user = await owner_for_change(tx, claims, email=email)
    await _replace_and_confirm(tx, user, hashed)
    return int(user["id"])


async def reset_staff_password(ctx: Ctx, email: str, password: str) -> None:
    """By who runs the machine, for a member of staff who has lost it: every session ends, and the owner gets a mail.

    Raises NotFound for an address that is no active member's, WeakPassword.
    """
    address = normal_email(email) or ""
    check_strength(password, email=address)
    await transact(ctx, _replace_for_staff, address, await hash_password(password))
    await sessions.forget_tries(ctx, address)


async def _replace_for_staff(tx: WriteCtx, address: str, hashed: str) -> None:
    rows = await tx.fetch(_STAFF_FOR_CHANGE, email=address)
    if not rows:
        raise NotFound("No active member of staff has this address.", field="email")
    await _replace_and_confirm(tx, rows[0], hashed)


async def change_password(ctx: Ctx, user_id: int, old: str | None, new: str) -> Row:
    """Ends every session but the caller's own. `old` may be left out only where the account has no password.

    Raises InvalidCredentials on `oldPassword`, WeakPassword on `newPassword`, LoginDelayed.
    """
    user = await queries.credentials_by_id(ctx, user_id)
    assert user is not None
    if user["password_hash"] is not None:
        user = await sessions.verified_user(ctx, user["email"], old or "", field="oldPassword")
    check_strength(new, email=user["email"], field="newPassword")
    await transact(ctx, _replace_own, user, await hash_password(new))
    return (await queries.users_by_ids(ctx, [user_id]))[0]


async def _replace_own(tx: WriteCtx, user: Row, hashed: str) -> None:
    """Unless the account was secured while the old password was verified: whoever did that has the last word."""
    (now,) = await tx.fetch(_FOR_CHANGE, id=user["id"])
    if any(now[name] != user[name] for name in ("token_key", "password_hash")):
        raise InvalidCredentials("oldPassword")
    await _store(tx, int(user["id"]), hashed)
    await sessions.end_others(tx, int(user["id"]))


async def _replace_and_confirm(tx: WriteCtx, user: Row, hashed: str) -> None:
    """For one who has shown that the address is theirs."""
    await _replace(tx, int(user["id"]), hashed)
    if not user["is_confirmed"]:
        await tx.execute(_u.update().where(_u.c.id == user["id"]).values(is_confirmed=True))
        tx.emit("customer.confirmed", "User", user["id"], email=user["email"])


async def _replace(tx: WriteCtx, user_id: int, hashed: str) -> None:
    await _store(tx, user_id, hashed)
    await sessions.deactivate_all(tx, user_id)


async def _store(tx: WriteCtx, user_id: int, hashed: str) -> None:
    await tx.execute(_u.update().where(_u.c.id == user_id).values(password_hash=hashed, updated_at=tx.clock.now()))
    post(tx, MailKind.PASSWORD_CHANGED, user_id)


async def request_email_change(ctx: Ctx, user_id: int, password: str, new_email: str, redirect_url: str) -> Row:
    """Mails a link to the new address, unless somebody has it already, which is not said."""
    url = checks.redirect(ctx, redirect_url)
    address = checks.email_address(new_email, "newEmail")
    user = await queries.credentials_by_id(ctx, user_id)
    assert user is not None
    await sessions.verified_user(ctx, user["email"], password, field="password")
    if address == user["email"]:
        raise AccountRefusal("New email must be different from current one.", field="newEmail", code="UNIQUE")
    if await checks.may_mail(ctx, MailKind.CHANGE_EMAIL, address):
        await transact(ctx, _post_email_change, user_id, address, url)
    return (await queries.users_by_ids(ctx, [user_id]))[0]


async def _post_email_change(tx: WriteCtx, user_id: int, address: str, url: str) -> None:
    if not await tx.fetch(_TAKEN, email=address):
        post(tx, MailKind.CHANGE_EMAIL, user_id, to=address, redirect_url=url)


async def confirm_email_change(ctx: Ctx, user_id: int, token: str) -> Row:
    """Raises InvalidToken, also for another user's token, and AccountRefusal UNIQUE for an address taken meanwhile."""
    claims = await mailed_claims(ctx, token, TokenType.CHANGE_EMAIL)
    if user_pk(claims) != user_id:
        raise _bad_token()
    try:
        await transact(ctx, _change_email, claims)
    except IntegrityError as error:
        raise AccountRefusal("Email is used by other user.", field="newEmail", code="UNIQUE") from error
    return (await queries.users_by_ids(ctx, [user_id]))[0]


async def _change_email(tx: WriteCtx, claims: dict[str, Any]) -> None:
    user = await owner_for_change(tx, claims)
    await tx.execute(
        _u.update()
        .where(_u.c.id == user["id"])
        .values(email=claims["new_email"], is_confirmed=True, updated_at=tx.clock.now())
    )
    tx.emit("customer.email_changed", "User", user["id"])
    post(tx, MailKind.EMAIL_CHANGED, user["id"], to=user["email"])


def _bad_token() -> InvalidToken:
    return InvalidToken("Invalid or expired token.", field="token", code="INVALID")
