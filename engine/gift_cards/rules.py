"""Decisions about gift cards that need no database."""

from datetime import date

MIN_CODE, MAX_CODE = 8, 16


def last_characters(code: str) -> str:
    return code[-4:]


def is_usable(*, is_active: bool, expiry_date: date | None, today: date) -> bool:
    return is_active and (expiry_date is None or expiry_date >= today)
