"""Signing in and out. Nothing here says whether an account exists, in words or in time."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from engine.accounts import queries
from engine.accounts.errors import AccountRefusal, ExpiredToken, InvalidCredentials, InvalidToken, LoginDelayed
from engine.accounts.models import Session, User
from engine.accounts.passwords import verify_password
from engine.accounts.rules import normal_email
from engine.accounts.tokens import Issued, TokenType, issue, issue_access, new_token_key, read, user_pk
from engine.core import ratelimit
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.ids import uuid7
from engine.core.statements import Statement
from engine.core.tables import table
from engine.shop import queries as shop

WINDOW = timedelta(minutes=15)
TRIES_PER_ACCOUNT = 10
FAILURES_PER_ADDRESS = 100
"""Higher than for one account: a storefront's server may be the one address of all its customers."""
AUDIENCE_LENGTH = 500
COOKIE = "refreshToken"
KEPT = ("owner", "aud")
"""Claims that a session's later tokens have from its first ones."""

_u, _s = table(User), table(Session)
_SESSION = Statement(
    sa.select(_s.c.id, _s.c.user_id, _s.c.expires_at)
    .where(_s.c.id == sa.bindparam("id"), _s.c.user_id == sa.bindparam("user_id"), _s.c.revoked_at.is_(None))
)  # fmt: skip
_SWEEP = Statement(
    sa.text(
        "DELETE FROM account_session WHERE id IN (SELECT id FROM account_session"
        " WHERE expires_at < :before OR revoked_at < :before LIMIT 5000) RETURNING id"
    ).bindparams(sa.bindparam("before", type_=sa.DateTime(timezone=True)))
)


@dataclass(frozen=True)
class Login:
    user: Row
    issued: Issued


async def log_in(ctx: Ctx, email: str, password: str, audience: str | None = None) -> Login:
    """Not inside a transaction: every try counts, and the password is verified with none open. `audience` comes back
    in the tokens as the claim `aud`, with `custom:` before it.

    Raises InvalidCredentials, LoginDelayed, and to the owner of the password why the account is closed.
    """
    user = await verified_user(ctx, email, password)
    if not user["is_active"]:
        raise AccountRefusal("Account inactive.", field="email", code="INACTIVE")
    if not user["is_confirmed"] and not (await shop.settings(ctx))["login_without_confirmation"]:
        raise AccountRefusal("Account needs to be confirmed via email.", field="email", code="ACCOUNT_NOT_CONFIRMED")
    claims = {"aud": f"custom:{audience[:AUDIENCE_LENGTH]}"} if audience else {}
    return await open_session(ctx, user, **claims)


async def verified_user(ctx: Ctx, email: str, password: str, *, field: str = "email") -> Row:
    """The account of that address, if the password is right; counts the try, and forgets the tries on success."""
    account, client = _keys(ctx, email)
    if not await ratelimit.hit(ctx, account, limit=TRIES_PER_ACCOUNT, window=WINDOW):
        raise LoginDelayed(field)
    if client and await ratelimit.spent(ctx, client, limit=FAILURES_PER_ADDRESS, window=WINDOW):
        raise LoginDelayed(field)
    address = normal_email(email)
    user = await queries.credentials(ctx, address) if address else None
    await ctx.release()
    matches, renewed = await verify_password(password, user["password_hash"] if user else None)
    if user is None or not matches:
        if client:
            await ratelimit.hit(ctx, client, limit=FAILURES_PER_ADDRESS, window=WINDOW)
        raise InvalidCredentials(field)
    await ratelimit.forget(ctx, account)
    if renewed:
        await transact(ctx, _store_hash, user["id"], user["password_hash"], renewed)
        return {**user, "password_hash": renewed}
    return user


async def open_session(ctx: Ctx, user: Row, **claims: str) -> Login:
    """`user` has id, email, token_key, is_staff. `claims` (`owner`, `aud`) stay with all of the session's tokens."""
    session_id = await transact(ctx, _start, user["id"])
    issued = await issue(ctx, user, session_id, **claims)
    if ctx.cookies is not None:
        ctx.cookies.set(COOKIE, issued.refresh_token, ctx.settings.refresh_token_seconds)
    return Login((await queries.users_by_ids(ctx, [user["id"]]))[0], issued)


@dataclass(frozen=True)
class Refreshed:
    user: Row
    token: str
    refresh_token: str
    csrf_token: str


async def refresh(
    ctx: Ctx, refresh_token: str | None, csrf_token: str | None = None, *, owner: str | None = None
) -> Refreshed:
    """A new access token for a session that is neither revoked nor over. Without `refresh_token` the cookie's counts.

    `csrf_token`, which a cookie needs, must be the one that was issued with the refresh token; `owner`: only for a
    session that this plugin began.
    """
    by_cookie = not refresh_token
    refresh_token = refresh_token or (ctx.cookies.get(COOKIE) if ctx.cookies else None)
    if not refresh_token:
        raise AccountRefusal("Missing refreshToken", field="refreshToken", code="JWT_MISSING_TOKEN")
    if by_cookie and not csrf_token:
        # browsers send cookies for any page, but no other page knows this token
        raise AccountRefusal("A refreshToken in a cookie needs a csrfToken.", field="csrfToken", code="REQUIRED")
    claims = await read(ctx, refresh_token, TokenType.REFRESH, field="refreshToken")
    if csrf_token is not None and csrf_token != claims.get("csrfToken"):
        raise AccountRefusal("Invalid csrf token", field="csrfToken", code="JWT_INVALID_CSRF_TOKEN")
    if owner is not None and claims.get("owner") != owner:
        raise InvalidToken("Invalid token", field="refreshToken")
    user, session_id = await _holder(ctx, claims, claims.get("jti"), "refreshToken")
    await transact(ctx, _touch, session_id)
    token = await issue_access(ctx, user, session_id, **{name: claims[name] for name in KEPT if name in claims})
    (found,) = await queries.users_by_ids(ctx, [user["id"]])
    return Refreshed(found, token, refresh_token, str(claims.get("csrfToken", "")))


async def verify(ctx: Ctx, token: str) -> tuple[Row, dict[str, Any]]:
    """The user and the claims of an access or refresh token that still opens the door."""
    try:
        claims = await read(ctx, token, TokenType.ACCESS)
        session = claims.get("sid")
    except ExpiredToken:
        raise
    except InvalidToken:
        claims = await read(ctx, token, TokenType.REFRESH)
        session = claims.get("jti")
    user, _ = await _holder(ctx, claims, session, "token")
    return (await queries.users_by_ids(ctx, [user["id"]]))[0], claims


async def forget_tries(ctx: Ctx, email: str) -> None:
    """Let an account's next try to sign in count as the first."""
    await ratelimit.forget(ctx, _keys(ctx, email)[0])


async def deactivate_all(tx: WriteCtx, user_id: int) -> None:
    """End every session of the user, on every device, at once."""
    await tx.execute(_u.update().where(_u.c.id == user_id).values(token_key=new_token_key()))
    await tx.execute(
        _s.update().where(_s.c.user_id == user_id, _s.c.revoked_at.is_(None)).values(revoked_at=tx.clock.now())
    )


async def end_others(tx: WriteCtx, user_id: int) -> None:
    """End every session of the user but the caller's own."""
    others = sa.and_(_s.c.user_id == user_id, _s.c.revoked_at.is_(None))
    if tx.caller.session_id is not None:
        others = sa.and_(others, _s.c.id != tx.caller.session_id)
    await tx.execute(_s.update().where(others).values(revoked_at=tx.clock.now()))


async def sweep(ctx: Ctx, _payload: dict[str, Any]) -> None:
    """The scheduled job: forgets sessions that ended over a day ago."""

    async def work(tx: WriteCtx) -> int:
        return len(await tx.fetch(_SWEEP, before=tx.clock.now() - timedelta(days=1)))

    while await transact(ctx, work) == 5000:
        pass


async def _holder(ctx: Ctx, claims: dict[str, Any], session: object, field: str) -> tuple[Row, uuid.UUID]:
    refused = InvalidToken("Invalid token. Create new one by using tokenCreate mutation.", field=field)
    try:
        session_id = uuid.UUID(str(session))
    except ValueError as error:
        raise refused from error
    user = await queries.credentials_by_id(ctx, user_pk(claims))
    if user is None or not user["is_active"] or user["token_key"] != claims["token"]:
        raise refused
    row = await ctx.first(_SESSION, id=session_id, user_id=user["id"])
    if row is None or row["expires_at"] <= ctx.clock.now():
        raise refused
    return user, session_id


def _keys(ctx: Ctx, email: str) -> tuple[str, str | None]:
    account = hashlib.sha256(email.strip().lower().encode()).hexdigest()
    return f"login:{account}", f"login-from:{ctx.client_address}" if ctx.client_address else None


async def _start(tx: WriteCtx, user_id: int) -> uuid.UUID:
    now = tx.clock.now()
    session = Session(
        id=uuid7(), user_id=user_id, expires_at=now + timedelta(seconds=tx.settings.refresh_token_seconds)
    )
    tx.add(session)
    await tx.execute(_u.update().where(_u.c.id == user_id).values(last_login=now))
    return session.id


async def _touch(tx: WriteCtx, session_id: uuid.UUID) -> None:
    await tx.execute(_s.update().where(_s.c.id == session_id).values(last_used_at=tx.clock.now()))


async def _store_hash(tx: WriteCtx, user_id: int, old: str, new: str) -> None:
    # unless the password was changed meanwhile
    await tx.execute(_u.update().where(_u.c.id == user_id, _u.c.password_hash == old).values(password_hash=new))
