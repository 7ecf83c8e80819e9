"""Tokens: JWTs (RS256) of people in Saleor's claims, and opaque ones of apps; and who a token says the caller is.

`iss` is the exact address of the API the client calls: Saleor's client library sends a token nowhere else.
"""

import base64
import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

import orjson
import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError

from engine.accounts.errors import ExpiredToken, InvalidToken
from engine.accounts.keys import key_named, signing_keys
from engine.accounts.models import App, AppToken, Group, GroupChannel, GroupUser, Session, User
from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import ANONYMOUS, Caller, Ctx, Row
from engine.core.errors import InvalidId
from engine.core.ids import int_pk, to_global
from engine.core.statements import Statement
from engine.core.tables import table

ALGORITHM = "RS256"
APP_TOKEN_LENGTH = 30
MAX_LENGTH = 4_096
LEEWAY_SECONDS = 2
"""How far the clocks of two of our machines may be apart."""
_KID = re.compile(r"[A-Za-z0-9_-]{1,64}")


class TokenType(StrEnum):
    """What a JWT is for; a token of one type is no good as another."""

    ACCESS = "access"
    REFRESH = "refresh"
    CONFIRM_ACCOUNT = "confirm-account"
    RESET_PASSWORD = "reset-password"  # noqa: S105
    CHANGE_EMAIL = "change-email"
    DELETE_ACCOUNT = "delete-account"


@dataclass(frozen=True)
class Issued:
    """What a login hands out. `csrf_token` goes with the refresh token when that travels in a cookie."""

    token: str
    refresh_token: str
    csrf_token: str


_u, _s, _g, _gu, _gc = table(User), table(Session), table(Group), table(GroupUser), table(GroupChannel)
_a, _at = table(App), table(AppToken)
_groups = _g.join(_gu, _gu.c.group_id == _g.c.id)
_CALLER = Statement(
    sa.select(
        _u.c.id,
        _u.c.email,
        _u.c.is_staff,
        _u.c.is_superuser,
        sa.func.array(
            sa.select(sa.func.unnest(_g.c.permissions))
            .select_from(_groups)
            .where(_gu.c.user_id == _u.c.id)
            .scalar_subquery()
        ).label("permissions"),
        sa.exists()
        .select_from(_groups)
        .where(_gu.c.user_id == _u.c.id, ~_g.c.restricted_to_channels)
        .label("unlimited"),
        sa.func.array(
            sa.select(_gc.c.channel_id)
            .join(_gu, _gu.c.group_id == _gc.c.group_id)
            .where(_gu.c.user_id == _u.c.id)
            .scalar_subquery()
        ).label("channel_ids"),
    )
    .join(_s, _s.c.user_id == _u.c.id)
    .where(
        _u.c.id == sa.bindparam("user_id"),
        _u.c.token_key == sa.bindparam("token_key"),
        _u.c.is_active,
        _s.c.id == sa.bindparam("session_id"),
        _s.c.revoked_at.is_(None),
    )
)
_APP = Statement(
    sa.select(_a.c.id, _a.c.permissions)
    .join(_at, _at.c.app_id == _a.c.id)
    .where(_at.c.token_hash == sa.bindparam("token_hash"), _a.c.is_active)
)


async def caller_of(ctx: Ctx, token: str | None) -> Caller:
    """The caller behind an `Authorization` token (JWT or app token), found with one statement; anonymous, with
    `token_fault`, when invalid."""
    if not token:
        return ANONYMOUS
    try:
        if token.count(".") == 2:
            return await _user_caller(ctx, token)
        return await _app_caller(ctx, token)
    except ExpiredToken:
        return Caller(token_fault="ExpiredSignatureError")  # noqa: S106
    except InvalidToken:
        return Caller(token_fault="InvalidTokenError")  # noqa: S106


async def _user_caller(ctx: Ctx, token: str) -> Caller:
    claims = await read(ctx, token, TokenType.ACCESS)
    try:
        session_id = uuid.UUID(claims["sid"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidToken("Invalid token") from error
    row = await ctx.first(_CALLER, user_id=user_pk(claims), token_key=claims["token"], session_id=session_id)
    if row is None:
        raise InvalidToken("Invalid token")
    everything = row["is_staff"] and row["is_superuser"]
    permissions = ALL_PERMISSIONS if everything else frozenset(row["permissions"]) if row["is_staff"] else frozenset()
    limited = row["is_staff"] and not everything and not row["unlimited"]
    return Caller(
        user_id=row["id"],
        email=row["email"],
        is_staff=row["is_staff"],
        permissions=permissions,
        channel_ids=frozenset(row["channel_ids"]) if limited else None,
        session_id=session_id,
    )


async def _app_caller(ctx: Ctx, token: str) -> Caller:
    if len(token) != APP_TOKEN_LENGTH or not token.isascii():
        raise InvalidToken("Invalid token")
    row = await ctx.first(_APP, token_hash=app_token_hash(token))
    if row is None:
        raise InvalidToken("Invalid token")
    return Caller(app_id=row["id"], permissions=frozenset(row["permissions"]))


def new_app_token() -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(APP_TOKEN_LENGTH))


def app_token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def new_token_key() -> str:
    return secrets.token_urlsafe(12)


def issuer(ctx: Ctx) -> str:
    return f"{ctx.base_url}/graphql/"


def user_pk(claims: dict[str, Any]) -> int:
    try:
        return int_pk(str(claims["user_id"]), "User")
    except InvalidId as error:
        raise InvalidToken("Invalid token") from error


async def issue(ctx: Ctx, user: Row, session_id: uuid.UUID, **claims: str) -> Issued:
    """The tokens of a new session, with further claims. `user` has id, email, token_key and is_staff. Call it outside
    a transaction, so that no token is ever signed by a key that is then rolled back."""
    csrf = secrets.token_urlsafe(32)
    refresh = await sign(
        ctx,
        TokenType.REFRESH,
        user,
        timedelta(seconds=ctx.settings.refresh_token_seconds),
        jti=str(session_id),
        csrfToken=csrf,
        **claims,
    )
    return Issued(await issue_access(ctx, user, session_id, **claims), refresh, csrf)


async def issue_access(ctx: Ctx, user: Row, session_id: uuid.UUID, **claims: str) -> str:
    lifetime = timedelta(seconds=ctx.settings.access_token_seconds)
    return await sign(ctx, TokenType.ACCESS, user, lifetime, sid=str(session_id), **claims)


async def sign(ctx: Ctx, kind: TokenType, user: Row, lifetime: timedelta, **claims: Any) -> str:
    now = int(ctx.clock.now().timestamp())
    key = (await signing_keys(ctx)).current
    return jwt.encode(
        {"alg": ALGORITHM, "kid": key.kid},
        {
            "iat": now,
            "exp": now + int(lifetime.total_seconds()),
            "iss": issuer(ctx),
            "owner": "saleor",
            "type": kind.value,
            "token": user["token_key"],
            "email": user["email"],
            "user_id": to_global("User", user["id"]),
            "is_staff": user["is_staff"],
            **claims,
        },
        key,
        algorithms=[ALGORITHM],
    )


async def read(ctx: Ctx, token: str, kind: TokenType, *, field: str = "token") -> dict[str, Any]:
    """The claims of a JWT of ours of that type. Its `token` (the user's key) is for the caller to compare.

    A token out of a mail may be brought to another address of the shop than the worker knew, so only tokens of
    sessions are bound to theirs. Raises ExpiredToken, InvalidToken.
    """
    key = await _key_of(ctx, token, field)
    expected: dict[str, Any] = {"type": {"essential": True, "value": kind.value}}
    if kind in (TokenType.ACCESS, TokenType.REFRESH):
        expected["iss"] = {"essential": True, "value": issuer(ctx)}
    registry = jwt.JWTClaimsRegistry(
        now=int(ctx.clock.now().timestamp()),
        leeway=LEEWAY_SECONDS,
        exp={"essential": True},
        iat={"essential": True},
        token={"essential": True},
        user_id={"essential": True},
        **expected,
    )
    try:
        claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        registry.validate(claims)
    except ExpiredTokenError as error:
        raise ExpiredToken("Signature has expired", field=field) from error
    except (JoseError, ValueError) as error:
        raise InvalidToken("Invalid token", field=field) from error
    return claims


async def _key_of(ctx: Ctx, token: str, field: str) -> Any:
    """The key of ours that the header names. A header with anything in it that we never write is refused."""
    try:
        if len(token) > MAX_LENGTH:
            raise ValueError("too long")
        first = token.partition(".")[0]
        header = orjson.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
        if not isinstance(header, dict) or header.keys() != {"alg", "kid", "typ"} or header["alg"] != ALGORITHM:
            raise ValueError("not our header")
        kid = header["kid"]
        if not isinstance(kid, str) or not _KID.fullmatch(kid):
            raise ValueError("not our key")
    except ValueError as error:
        raise InvalidToken("Invalid token", field=field) from error
    key = await key_named(ctx, kid)
    if key is None:
        raise InvalidToken("Invalid token", field=field)
    return key
