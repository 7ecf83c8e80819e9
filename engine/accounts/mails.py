"""Mails about an account. A token in one is made when the mail is, and is nowhere kept."""

from datetime import timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import sqlalchemy as sa

from engine.accounts.models import User
from engine.accounts.tokens import TokenType, sign
from engine.core import mail
from engine.core.context import Ctx, WriteCtx
from engine.core.statements import Statement
from engine.core.tables import table
from engine.shop import mail as shop_mail

JOB = "accounts.mail"


class MailKind(StrEnum):
    """Also the name of the template."""

    CONFIRM_ACCOUNT = "confirm_account"
    ACCOUNT_EXISTS = "account_exists"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    SET_PASSWORD = "set_password"  # noqa: S105
    PASSWORD_CHANGED = "password_changed"  # noqa: S105
    CHANGE_EMAIL = "change_email"
    EMAIL_CHANGED = "email_changed"
    DELETE_ACCOUNT = "delete_account"


_TOKENS: dict[MailKind, tuple[TokenType, timedelta]] = {
    MailKind.CONFIRM_ACCOUNT: (TokenType.CONFIRM_ACCOUNT, timedelta(hours=72)),
    MailKind.RESET_PASSWORD: (TokenType.RESET_PASSWORD, timedelta(hours=2)),
    MailKind.SET_PASSWORD: (TokenType.RESET_PASSWORD, timedelta(hours=72)),
    MailKind.CHANGE_EMAIL: (TokenType.CHANGE_EMAIL, timedelta(hours=2)),
    MailKind.DELETE_ACCOUNT: (TokenType.DELETE_ACCOUNT, timedelta(hours=2)),
}

ASKED: dict[MailKind, str] = {
    MailKind.CONFIRM_ACCOUNT: "account.confirmation_requested",
    MailKind.RESET_PASSWORD: "account.set_password_requested",
    MailKind.SET_PASSWORD: "account.set_password_requested",
    MailKind.CHANGE_EMAIL: "account.change_email_requested",
    MailKind.DELETE_ACCOUNT: "account.delete_requested",
}
STAFF_ASKED: dict[MailKind, str] = dict.fromkeys(
    (MailKind.RESET_PASSWORD, MailKind.SET_PASSWORD), "staff.set_password_requested"
)
"""What happened, for apps that send such mails themselves."""

_u = table(User)
_USER = Statement(
    sa.select(_u.c.id, _u.c.email, _u.c.token_key, _u.c.is_staff, _u.c.is_active, _u.c.is_confirmed).where(
        _u.c.id == sa.bindparam("id")
    )
)


def post(
    tx: WriteCtx,
    kind: MailKind,
    user_id: int,
    *,
    to: str | None = None,
    redirect_url: str | None = None,
    to_staff: bool = False,
) -> None:
    """Send it once this transaction is committed. `to`: an address other than the account's own."""
    tx.enqueue(JOB, kind=kind.value, user_id=user_id, to=to, redirect_url=redirect_url)
    told = STAFF_ASKED if to_staff else ASKED
    if kind in told:
        tx.emit(told[kind], "User", user_id, mail=kind.value, redirect_url=redirect_url, new_email=to)


async def token_for(ctx: Ctx, kind: MailKind, user_id: int, new_email: str | None) -> str | None:
    """The token that such a mail to a customer has; None for staff, whose accounts are nobody else's to open."""
    user = await ctx.first(_USER, id=user_id)
    if user is None or not user["is_active"] or user["is_staff"]:
        return None
    purpose, lifetime = _TOKENS[kind]
    claims = {"new_email": new_email} if kind is MailKind.CHANGE_EMAIL else {}
    return await sign(ctx, purpose, user, lifetime, **claims)


async def deliver(ctx: Ctx, payload: dict[str, Any]) -> None:
    """The job. What the account has become meanwhile counts: a mail that has lost its sense is not sent."""
    kind = MailKind(payload["kind"])
    user = await ctx.first(_USER, id=payload["user_id"])
    if user is None or not user["is_active"] or (kind is MailKind.CONFIRM_ACCOUNT and user["is_confirmed"]):
        return
    values: dict[str, object] = {}
    to = payload["to"] or user["email"]
    if kind in _TOKENS:
        purpose, lifetime = _TOKENS[kind]
        token = await sign(ctx, purpose, user, lifetime, **({"new_email": to} if kind is MailKind.CHANGE_EMAIL else {}))
        values = {
            "link": link(payload["redirect_url"], email=user["email"], token=token),
            "hours": int(lifetime.total_seconds()) // 3600,
        }
    await shop_mail.send(ctx, mail.render("engine.accounts", kind.value, to, **values))


def link(url: str, **parameters: str) -> str:
    """`url` with parameters added to its query."""
    parts = urlsplit(url)
    return parts._replace(query=urlencode([*parse_qsl(parts.query), *parameters.items()])).geturl()
