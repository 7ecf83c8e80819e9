"""`argosy admin`: what only who runs the machine may do for those who run the shop."""

import asyncio
import getpass
import sys
from pathlib import Path

from cyclopts import App

from engine.accounts.credentials import reset_staff_password
from engine.accounts.errors import WeakPassword
from engine.accounts.queries import user_by_email
from engine.accounts.rules import normal_email
from engine.cli.console import CommandError, load_settings, stdout
from engine.cli.database import open_database, require_newest
from engine.core.errors import NotFound
from engine.core.settings import Settings
from engine.flows.shop import open_shop

app = App(name="admin", help="Look after those who run the shop.")


@app.command
def password(email: str, *, data_dir: Path | None = None) -> None:
    """Give a member of staff a new password, for one that was lost.

    Asks for it twice without showing it. When standard input is no terminal, its first line is the password:
    `argosy admin password admin@example.com < file`. All sessions of the account end, and its owner gets a mail.

    Parameters
    ----------
    email
        The address the member signs in with.
    data_dir
        Folder of the embedded database (ARGOSY_DATA_DIR).
    """
    with open_database(load_settings(data_dir=data_dir)) as settings:
        require_newest(settings)
        address = asyncio.run(_known(settings, email))
        chosen = _asked(address)
        asyncio.run(_reset(settings, address, chosen))
    stdout().print(f"{address} has the new password; every session of theirs has ended.")


async def _known(settings: Settings, email: str) -> str:
    """The address as accounts keep it. Raises CommandError for one that is no active member of staff's."""
    address = normal_email(email)
    if address is None:
        raise CommandError(f"{email!r} is no e-mail address.")
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        try:
            user = await user_by_email(ctx, address)
        finally:
            await ctx.release()
    if user is None:
        raise CommandError(f"Nobody has the address {address}. `argosy seed --no-demo` makes the first admin.")
    if not user["is_staff"]:
        raise CommandError(f"{address} is a customer's, who asks the storefront for a mail with a link.")
    if not user["is_active"]:
        raise CommandError(f"The account of {address} is closed: another member of staff has to open it first.")
    return address


def _asked(address: str) -> str:
    if not sys.stdin.isatty():
        line = sys.stdin.readline().rstrip("\r\n")
        if not line:
            raise CommandError("Standard input has no password on its first line: nothing was changed.")
        return line
    chosen = getpass.getpass(f"New password for {address}: ")
    if getpass.getpass("Again: ") != chosen:
        raise CommandError("The two are not the same: nothing was changed.")
    return chosen


async def _reset(settings: Settings, address: str, chosen: str) -> None:
    async with open_shop(settings) as shop:
        ctx = shop.ctx()
        try:
            await reset_staff_password(ctx, address, chosen)
        except (WeakPassword, NotFound) as refused:
            raise CommandError(f"Nothing was changed: {refused.message}") from refused
        finally:
            await ctx.release()
