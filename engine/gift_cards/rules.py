"""Decisions about gift cards that need no database."""

import secrets
from collections.abc import Callable
from datetime import date

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits that are mistaken for each other."""
MIN_CODE, MAX_CODE = 8, 16


def new_code(choose: Callable[[str], str] = secrets.choice) -> str:
    """`XXXX-XXXX-XXXX`: 60 random bits."""
    return "-".join("".join(choose(ALPHABET) for _ in range(4)) for _ in range(3))


def last_characters(code: str) -> str:
    return code[-4:]


def is_usable(*, is_active: bool, expiry_date: date | None, today: date) -> bool:
    return is_active and (expiry_date is None or expiry_date >= today)
