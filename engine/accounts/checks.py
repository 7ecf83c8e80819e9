"""What several services of accounts ask of their input. Each raises AccountRefusal."""

import hashlib
from collections.abc import Mapping
from datetime import timedelta

from engine.accounts.errors import AccountRefusal
from engine.accounts.mails import MailKind
from engine.accounts.rules import allowed_redirect, normal_email, plain_text
from engine.core import ratelimit
from engine.core.context import Ctx

NAME_LENGTH = 256
NOTE_LENGTH = 10_000
MAILS = 3
MAIL_WINDOW = timedelta(hours=1)


def email_address(value: str | None, field: str = "email") -> str:
    """As accounts keep it."""
    if not value or not value.strip():
        raise AccountRefusal("This field is required.", field=field, code="REQUIRED")
    address = normal_email(value)
    if address is None:
        raise AccountRefusal("Enter a valid email address.", field=field, code="INVALID")
    return address


def text(value: str | None, field: str, *, limit: int = NAME_LENGTH, lines: bool = False) -> str:
    """Trimmed; null is empty."""
    trimmed = (value or "").strip()
    if len(trimmed) > limit:
        raise AccountRefusal(f"This field has at most {limit} characters.", field=field, code="INVALID")
    if not plain_text(trimmed, lines=lines):
        raise AccountRefusal("This field cannot hold control characters.", field=field, code="INVALID")
    return trimmed


def metadata(pairs: Mapping[str, str], field: str = "metadata") -> dict[str, str]:
    if any(not key.strip() for key in pairs):
        raise AccountRefusal("Metadata key cannot be empty.", field=field, code="REQUIRED")
    return {text(key, field): text(value, field, limit=NOTE_LENGTH, lines=True) for key, value in pairs.items()}


def redirect(ctx: Ctx, url: str | None, field: str = "redirectUrl") -> str:
    """A link for our mail: it may lead only to `ARGOSY_ALLOWED_CLIENT_HOSTS`."""
    if not url:
        raise AccountRefusal("This field is required.", field=field, code="REQUIRED")
    if not allowed_redirect(url, ctx.settings.allowed_client_hosts):
        raise AccountRefusal(
            "The link must be http or https and lead to one of the hosts in ARGOSY_ALLOWED_CLIENT_HOSTS.",
            field=field,
            code="INVALID",
        )
    return url


async def not_too_many(ctx: Ctx, what: str, limit: int) -> None:
    """Counts one try of the caller's network address within the hour."""
    key = f"{what}-from:{ctx.client_address}"
    if ctx.client_address and not await ratelimit.hit(ctx, key, limit=limit, window=MAIL_WINDOW):
        raise AccountRefusal("Too many attempts. Please try again later.", code="INVALID")


async def may_mail(ctx: Ctx, kind: MailKind, email: str) -> bool:
    """False once an address was sent enough of one kind within the hour; counted for unknown addresses as well."""
    address = hashlib.sha256(email.encode()).hexdigest()
    return await ratelimit.hit(ctx, f"mail:{kind}:{address}", limit=MAILS, window=MAIL_WINDOW)
