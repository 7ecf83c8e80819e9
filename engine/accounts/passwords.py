"""Passwords: what is accepted, and how they are kept.

Kept as argon2id with OWASP's profile (Password Storage Cheat Sheet: 19 MiB, 2 passes, 1 lane). Accepted by NIST
SP 800-63B's advice: at least 8 characters, no rules of composition, common ones refused.
"""

import asyncio
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.resources import files
from typing import TypeVar

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from engine.accounts.errors import WeakPassword

T = TypeVar("T")
MINIMUM = 8
MAXIMUM = 128

_hash = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19_456, parallelism=1),))
# Two at a time in a process: a crowd at the door costs 38 MiB and waits, and the loop goes on serving others.
_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="password")
# Of a random password nobody kept; an unknown account is compared with it, so that it takes as long as a known one.
_NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$ktvdkJsInwOhLfSp2D50sw$uU8Fq3OMbVvEHA7fUw0jdIKsbwvvuk81lzEHHdnw/F0"


@cache
def common_passwords() -> frozenset[str]:
    """Case-folded; the source is named in the file."""
    text = files("engine.accounts").joinpath("data", "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))


def check_strength(password: str, *, email: str = "", field: str = "password") -> None:
    """Raises WeakPassword for a password that may not be set."""
    folded = password.casefold()
    if len(password) < MINIMUM:
        raise WeakPassword(
            f"This password is too short. It must contain at least {MINIMUM} characters.",
            field=field,
            code="PASSWORD_TOO_SHORT",
        )
    if len(password) > MAXIMUM:
        raise WeakPassword(f"This password is longer than {MAXIMUM} characters.", field=field, code="INVALID")
    if password.isdecimal():
        raise WeakPassword("This password is entirely numeric.", field=field, code="PASSWORD_ENTIRELY_NUMERIC")
    if folded in common_passwords() or len(set(folded)) == 1:
        raise WeakPassword("This password is too common.", field=field, code="PASSWORD_TOO_COMMON")
    if email and folded in (email.casefold(), email.casefold().partition("@")[0]):
        raise WeakPassword("The password is too similar to the email.", field=field, code="PASSWORD_TOO_SIMILAR")


async def hash_password(password: str) -> str:
    return await _run(_hash.hash, _normal(password))


async def verify_password(password: str, stored: str | None) -> tuple[bool, str | None]:
    """Whether it is the password, and its new hash where the stored one was made at another cost.

    `stored` is None for an account that does not exist or has no password: false, after the same work.
    """
    if len(password) > MAXIMUM:
        return False, None
    matches, renewed = await _run(_hash.verify_and_update, _normal(password), stored or _NOBODY)
    return (matches, renewed) if stored is not None else (False, None)


def _normal(password: str) -> str:
    # keyboards differ in how they compose "é"; it is one password
    return unicodedata.normalize("NFKC", password)


async def _run(work: Callable[..., T], *args: str) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads, work, *args)
