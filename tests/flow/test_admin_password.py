"""`argosy admin password`: staff who have lost their password get in again, and nobody else does."""

import os
import pty
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.accounts.models import User
from engine.cli.seed import ensure_admin
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.settings import Settings
from engine.core.statements import Statement
from engine.core.tables import sa
from tests.api import ADMIN_EMAIL, ADMIN_PASSWORD, Api, open_api

pytestmark = pytest.mark.anyio

NEW = "a-newly-chosen-one"
ME = "{ me { email } }"
Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(settings: Settings) -> Run:
    """Runs the command on this file's database: exit code and all it said."""
    assert settings.database_url is not None
    environment = {**os.environ, "DATABASE_URL": settings.database_url.get_secret_value()}

    def command(email: str, typed: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "engine.cli.main", "admin", "password", email, "--data-dir", str(settings.data_dir)],
            input=typed, capture_output=True, text=True, env=environment,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr

    return command


async def _token(api: Api, password: str) -> str | None:
    data = await api.run(
        "mutation($email: String!, $password: String!) { tokenCreate(email: $email, password: $password) { token } }",
        email=ADMIN_EMAIL,
        password=password,
    )
    token: str | None = data["tokenCreate"]["token"]
    return token


async def test_the_new_password_opens_and_ends_what_the_old_one_had_opened(settings: Settings, run: Run) -> None:
    await ensure_admin(settings)
    async with open_api(settings) as api:
        before = await api.as_admin()
        for _ in range(10):
            assert await _token(api, "not-the-password") is None
        assert await _token(api, ADMIN_PASSWORD) is None  # too many tries
        code, said = run(ADMIN_EMAIL.upper(), f"{NEW}\n")
        assert code == 0, said
        assert said == f"{ADMIN_EMAIL} has the new password; every session of theirs has ended.\n"
        (error,) = await before.errors("{ channels { id } }")
        assert error["extensions"]["code"] in ("InvalidTokenError", "PermissionDenied")
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
    settings: Settings, ctx: Ctx, run: Run, email: str, typed: str, message: str
) -> None:
    await ensure_admin(settings)

    async def people(tx: WriteCtx) -> None:
        await tx.execute(sa.text("DELETE FROM account_user WHERE email LIKE '%@example.com' AND NOT is_superuser"))
        tx.add(User(email="shopper@example.com", token_key="k"))
        tx.add(User(email="left@example.com", token_key="k", is_staff=True, is_active=False))

    await transact(ctx, people)
    accounts = Statement(sa.text("SELECT email, password_hash, token_key FROM account_user ORDER BY id"))
    before = await ctx.fetch(accounts)
    code, said = run(email, typed)
    assert code == 1, said
    assert message in said
    assert NEW not in said
    assert await ctx.fetch(accounts) == before


async def test_at_a_terminal_it_asks_twice_and_shows_nothing(settings: Settings, tmp_path: Path) -> None:
    await ensure_admin(settings)
    assert settings.database_url is not None
    environment = {**os.environ, "DATABASE_URL": settings.database_url.get_secret_value(), "TERM": "dumb"}
    arguments = [sys.executable, "-m", "engine.cli.main", "admin", "password", ADMIN_EMAIL, "--data-dir", str(tmp_path)]
    for again, expected in ((f"{NEW}-else", "The two are not the same: nothing was changed."), (NEW, "has the new")):
        terminal, end = pty.openpty()
        with subprocess.Popen(
            arguments, stdin=end, stdout=end, stderr=end, env=environment, start_new_session=True
        ) as process:
            said = _until(terminal, "New password for admin@example.com: ")
            os.write(terminal, f"{NEW}\n".encode())
            said += _until(terminal, "Again: ")
            os.write(terminal, f"{again}\n".encode())
            said += _until(terminal, expected)
            assert process.wait() == (again != NEW)
        os.close(terminal)
        os.close(end)
        assert NEW not in said


def _until(terminal: int, text: str) -> str:
    said = ""
    while text not in said:
        said += os.read(terminal, 1024).decode()
    return said
