"""`argosy admin password`: staff who have lost their password get in again, and nobody else does."""

import asyncio
import io
import os
import pty
import subprocess
import sys

import pytest

from engine.accounts.models import User
from engine.cli.admin import password
from engine.cli.console import CommandError
from engine.cli.seed import ensure_admin
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.core.tables import sa
from tests.api import ADMIN_EMAIL, ADMIN_PASSWORD, Api, open_api

pytestmark = pytest.mark.anyio

NEW = "a-newly-chosen-one"
ME = "{ me { email } }"
ACCOUNTS = Statement(sa.text("SELECT email, password_hash, token_key FROM account_user ORDER BY id"))


@pytest.fixture(autouse=True)
async def admin(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one, and commands find this file's database."""
    assert settings.database_url is not None
    monkeypatch.setenv("DATABASE_URL", settings.database_url.get_secret_value())
    monkeypatch.setenv("ARGOSY_DATA_DIR", str(settings.data_dir))
    await ensure_admin(settings)


def command(email: str) -> list[str]:
    return [sys.executable, "-m", "engine.cli.main", "admin", "password", email]


async def _token(api: Api, password: str) -> str | None:
    data = await api.run(
        "mutation($email: String!, $password: String!) { tokenCreate(email: $email, password: $password) { token } }",
        email=ADMIN_EMAIL,
        password=password,
    )
    token: str | None = data["tokenCreate"]["token"]
    return token


async def test_the_new_password_opens_and_ends_what_the_old_one_had_opened(settings: Settings) -> None:
    async with open_api(settings) as api:
        before = await api.as_admin()
        for _ in range(10):
            assert await _token(api, "not-the-password") is None
        assert await _token(api, ADMIN_PASSWORD) is None  # too many tries
        done = subprocess.run(command(ADMIN_EMAIL.upper()), input=f"{NEW}\n", capture_output=True, text=True)
        said = f"{ADMIN_EMAIL} has the new password; every session of theirs has ended.\n"
        assert (done.returncode, done.stdout, done.stderr) == (0, said, "")
        (error,) = await before.errors("{ channels { id } }")
        assert error["extensions"]["code"] == "InvalidTokenError"
        assert await _token(api, ADMIN_PASSWORD) is None
        token = await _token(api, NEW)
        assert await Api(api.http, token).run(ME) == {"me": {"email": ADMIN_EMAIL}}


@pytest.mark.parametrize(
    ("email", "typed", "message"),
    [
        ("nobody@example.com", NEW, "Nobody has the address nobody@example.com"),
        ("shopper@example.com", NEW, "shopper@example.com is a customer's"),
        ("left@example.com", NEW, "The account of left@example.com is closed"),
        ("admin", NEW, "'admin' is no e-mail address"),
        (ADMIN_EMAIL, "", "Standard input has no password on its first line"),
        (ADMIN_EMAIL, "password\n", "Nothing was changed: This password is too common"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    ctx: Ctx, monkeypatch: pytest.MonkeyPatch, email: str, typed: str, message: str
) -> None:
    async def people(tx: WriteCtx) -> None:
        await tx.execute(sa.text("DELETE FROM account_user WHERE NOT is_superuser"))
        tx.add(User(email="shopper@example.com", token_key="k"))
        tx.add(User(email="left@example.com", token_key="k", is_staff=True, is_active=False))

    await transact(ctx, people)
    before = await ctx.fetch(ACCOUNTS)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed))
    with pytest.raises(CommandError, match=message):
        await asyncio.to_thread(password, email)
    assert await ctx.fetch(ACCOUNTS) == before


@pytest.mark.parametrize(
    ("again", "code", "said"),
    [(f"{NEW}-else", 1, "The two are not the same: nothing was changed."), (NEW, 0, "has the new")],
)
async def test_at_a_terminal_it_asks_twice_and_shows_nothing(again: str, code: int, said: str) -> None:
    terminal, end = pty.openpty()
    with subprocess.Popen(command(ADMIN_EMAIL), stdin=end, stdout=end, stderr=end, start_new_session=True) as process:
        shown = _until(terminal, f"New password for {ADMIN_EMAIL}: ")
        os.write(terminal, f"{NEW}\n".encode())
        shown += _until(terminal, "Again: ")
        os.write(terminal, f"{again}\n".encode())
        shown += _until(terminal, said)
        assert process.wait() == code
    os.close(terminal)
    os.close(end)
    assert NEW not in shown


def _until(terminal: int, text: str) -> str:
    said = ""
    while text not in said:
        said += os.read(terminal, 1024).decode()
    return said
