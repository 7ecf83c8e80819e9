"""`argosy seed`: the demo shop; and the least a shop must have, channel and admin, for `argosy up`."""

import asyncio
import secrets
import sys
from pathlib import Path

import sqlalchemy as sa

from engine.accounts.errors import WeakPassword
from engine.accounts.models import User
from engine.accounts.passwords import check_strength, hash_password
from engine.accounts.rules import normal_email
from engine.accounts.tokens import new_token_key
from engine.cli.console import CommandError, load_settings, stdout
from engine.cli.database import open_database, require_newest
from engine.cli.demo.parts import LAST, done, lock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.core.tables import table
from engine.flows.shop import open_shop

_user = table(User)
_ADMINS = Statement(
    sa.select(_user.c.email, _user.c.is_superuser, _user.c.is_staff)
    .where(sa.or_(_user.c.is_superuser, _user.c.email == sa.bindparam("email", type_=sa.Text)))
    .order_by(_user.c.id)
)


def seed(*, demo: bool = True, data_dir: Path | None = None) -> None:
    """Fill an empty shop with the demo (goods, customers, past orders and tickets), and see that there is an admin.

    Parameters
    ----------
    demo
        With `--no-demo` the shop gets only what it cannot do without: a channel, a warehouse and the admin.
    data_dir
        Folder of the embedded database and of the pictures (ARGOSY_DATA_DIR).
    """
    with open_database(load_settings(data_dir=data_dir)) as settings:
        require_newest(settings)
        made = asyncio.run(seed_demo(settings)) if demo else asyncio.run(ensure_shop(settings))
        email, password = asyncio.run(ensure_admin(settings))
    if demo:
        stdout().print("The demo shop is ready." if made else "The shop has goods already: nothing was changed.")
    made_up = f", password {password} (made up just now and shown this once)" if password else ""
    stdout().print(f"Admin: {email}{made_up}", highlight=False)


async def seed_demo(settings: Settings) -> bool:
    """Put the demo into an empty shop; False when it is there, or when the shop has goods of its own.

    Made in parts of one transaction each: after a kill the next call does what is left.
    """
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        try:
            if LAST in await done(ctx):
                return False
            # half the engine hangs on it, which the second start of a shop need not wait for
            from engine.cli.demo.shop import fill

            return await fill(ctx, show=sys.stdout.isatty())
        finally:
            await ctx.release()


async def ensure_shop(settings: Settings) -> None:
    """A shop without any channel gets `default-channel` (USD) with a warehouse; no goods."""
    from engine.cli.demo.places import basics

    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        try:
            await transact(ctx, basics)
        finally:
            await ctx.release()


async def ensure_admin(settings: Settings) -> tuple[str, str | None]:
    """The admin's e-mail, and the password if it was made up just now.

    An admin that exists is left alone, whatever ARGOSY_ADMIN_PASSWORD says by now: it sets the first password
    only. So is a shop whose admin has taken another address, unless ARGOSY_ADMIN_EMAIL asks for a new one.
    Raises CommandError when the address belongs to somebody who is no admin.
    """
    email = normal_email(settings.admin_email)
    if email is None:
        raise CommandError(f"ARGOSY_ADMIN_EMAIL {settings.admin_email!r} is no e-mail address.")
    given = settings.admin_password.get_secret_value() if settings.admin_password else None
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        try:
            found = await _admin(ctx, email, asked_for="admin_email" in settings.model_fields_set)
            if found is not None:
                return found, None
            if given is not None:
                _check(given, email)
            password = given or secrets.token_urlsafe(15)
            hashed = await hash_password(password)
            made = await transact(ctx, _make_admin, email, hashed)
            return email, password if made and given is None else None
        finally:
            await ctx.release()


async def _admin(ctx: Ctx, email: str, *, asked_for: bool) -> str | None:
    rows = await ctx.fetch(_ADMINS, email=email)
    for row in rows:
        if row["email"] == email:
            if not row["is_superuser"]:
                raise CommandError(
                    f"{email} is in use by somebody without full rights: set ARGOSY_ADMIN_EMAIL to another address."
                )
            return email
    return str(rows[0]["email"]) if rows and not asked_for else None


def _check(password: str, email: str) -> None:
    try:
        check_strength(password, email=email)
    except WeakPassword as weak:
        raise CommandError(f"ARGOSY_ADMIN_PASSWORD is refused: {weak.message}") from weak


async def _make_admin(tx: WriteCtx, email: str, hashed: str) -> bool:
    await lock(tx)
    if any(row["email"] == email for row in await tx.fetch(_ADMINS, email=email)):
        return False
    tx.add(
        User(
            email=email,
            first_name="Admin",
            password_hash=hashed,
            is_staff=True,
            is_superuser=True,
            is_confirmed=True,
            token_key=new_token_key(),
        )
    )
    return True
