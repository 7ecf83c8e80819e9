"""Guessing passwords: by aliases, by many operations, at once, and through other doors than the front one."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from engine.accounts import passwords, sessions
from engine.accounts.errors import InvalidCredentials, LoginDelayed
from engine.accounts.models import Session
from engine.accounts.sessions import FAILURES_PER_ADDRESS, TRIES_PER_ACCOUNT, WINDOW
from engine.accounts.tokens import new_token_key
from engine.core.clock import FixedClock
from engine.core.context import Ctx
from engine.core.statements import Statement
from engine.core.tables import sa, table
from tests.api import Api
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.anyio

_SESSIONS = Statement(sa.select(sa.func.count()).select_from(table(Session)))


@pytest.fixture
async def victim(ctx: Ctx) -> str:
    email = f"victim-{new_token_key().lower()}@example.com"
    await make_user(ctx, email)
    return email


def guesses(email: str, count: int, last: str = "a wrong guess") -> str:
    words = ["a wrong guess"] * (count - 1) + [last]
    fields = (
        f'g{i}: tokenCreate(email: "{email}", password: "{word}") {{ token errors {{ field code message }} }}'
        for i, word in enumerate(words)
    )
    return "mutation { " + " ".join(fields) + " }"


async def test_every_alias_is_a_try_and_the_right_password_comes_too_late(api: Api, ctx: Ctx, victim: str) -> None:
    before = await ctx.value(_SESSIONS)
    data = await api.run(guesses(victim, 12, last=PASSWORD))
    codes = [data[f"g{i}"]["errors"][0]["code"] for i in range(12)]
    assert codes == ["INVALID_CREDENTIALS"] * TRIES_PER_ACCOUNT + ["LOGIN_ATTEMPT_DELAYED"] * 2
    assert [data[f"g{i}"]["token"] for i in range(12)] == [None] * 12
    assert await ctx.value(_SESSIONS) == before


async def test_spellings_of_one_address_share_its_tries(api: Api, victim: str) -> None:
    await api.run(guesses(victim.upper(), 6))
    await api.run(guesses(f"  {victim}", 4))
    data = await api.run(guesses(victim, 1, last=PASSWORD))
    assert data["g0"]["errors"][0]["code"] == "LOGIN_ATTEMPT_DELAYED"


async def test_guesses_at_once_are_not_more_than_guesses_in_turn(api: Api, victim: str) -> None:
    answers = await asyncio.gather(*(api.run(guesses(victim, 1)) for _ in range(16)))
    codes = sorted(answer["g0"]["errors"][0]["code"] for answer in answers)
    assert codes == ["INVALID_CREDENTIALS"] * 10 + ["LOGIN_ATTEMPT_DELAYED"] * 6


async def test_an_unknown_account_answers_exactly_as_a_known_one(api: Api, victim: str) -> None:
    known = await api.run(guesses(victim, 11))
    unknown = await api.run(guesses("nobody-of-that-name@example.com", 11))
    assert known == unknown


async def test_one_hash_is_reckoned_whoever_is_asked_for(
    ctx: Ctx, victim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time is not measured here; the work that takes it is counted."""
    reckoned: list[str] = []
    real = passwords._hash.verify_and_update

    def count(password: str, stored: str) -> tuple[bool, str | None]:
        reckoned.append(stored[:30])
        return real(password, stored)

    monkeypatch.setattr(passwords._hash, "verify_and_update", count)
    without = "no-password-yet@example.com"
    await make_user(ctx, without, password_hash=None)
    for email in (victim, "nobody-at-all@example.com", without, "not an address"):
        with pytest.raises(InvalidCredentials):
            await sessions.log_in(ctx, email, "a wrong guess")
    assert reckoned == ["$argon2id$v=19$m=19456,t=2,p=1"] * 4


async def test_changing_a_password_is_no_way_round_the_limit(api: Api, victim: str) -> None:
    thief = await api.log_in(victim, PASSWORD)
    tries = " ".join(
        f'g{i}: passwordChange(oldPassword: "a wrong guess", newPassword: "long enough {i}") {{ errors {{ code }} }}'
        for i in range(11)
    )
    data = await thief.run(f"mutation {{ {tries} }}")
    codes = [data[f"g{i}"]["errors"][0]["code"] for i in range(11)]
    assert codes == ["INVALID_CREDENTIALS"] * 10 + ["LOGIN_ATTEMPT_DELAYED"]


async def test_a_success_forgets_the_tries_and_so_does_the_window(ctx: Ctx, victim: str) -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    then = replace(ctx, clock=clock)
    for _ in range(TRIES_PER_ACCOUNT - 1):
        with pytest.raises(InvalidCredentials):
            await sessions.log_in(then, victim, "a wrong guess")
    await sessions.log_in(then, victim, PASSWORD)
    for _ in range(TRIES_PER_ACCOUNT):
        with pytest.raises(InvalidCredentials):
            await sessions.log_in(then, victim, "a wrong guess")
    with pytest.raises(LoginDelayed):
        await sessions.log_in(then, victim, PASSWORD)
    clock.move_to(clock.now() + WINDOW - timedelta(seconds=1))
    with pytest.raises(LoginDelayed):
        await sessions.log_in(then, victim, PASSWORD)
    clock.move_to(clock.now() + timedelta(seconds=1))
    await sessions.log_in(then, victim, PASSWORD)


async def test_one_client_cannot_try_one_password_on_all_accounts(
    ctx: Ctx, victim: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(password: str, stored: str | None) -> tuple[bool, str | None]:
        return password == PASSWORD, None

    # what a hash costs is not what this is about
    monkeypatch.setattr(sessions, "verify_password", refuse)
    client = replace(ctx, client_address="192.0.2.7")
    for i in range(FAILURES_PER_ADDRESS):
        with pytest.raises(InvalidCredentials):
            await sessions.log_in(client, f"stuffed-{i}@example.com", "winter 2026")
    with pytest.raises(LoginDelayed):
        await sessions.log_in(client, "stuffed-next@example.com", "winter 2026")
    await sessions.log_in(replace(ctx, client_address="192.0.2.8"), victim, PASSWORD)


async def test_no_password_however_odd_breaks_the_door(api: Api) -> None:
    odd = ["", "x" * 5_000, "\u0001", "\\ud800", "🔑" * 200, "' OR 1=1 --"]
    for password in odd:
        answer = await api.run(
            "mutation($e: String!, $p: String!) { tokenCreate(email: $e, password: $p) { errors { code } } }",
            e=f"odd\u0001{len(password)}@example.com",
            p=password,
        )
        assert answer["tokenCreate"]["errors"] == [{"code": "INVALID_CREDENTIALS"}]
