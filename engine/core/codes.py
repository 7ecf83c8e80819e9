"""Random codes that people read out and type."""

import secrets

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Without the letters and digits that are mistaken for each other."""


def random_code() -> str:
    """`XXXX-XXXX-XXXX`: 60 random bits."""
    return "-".join("".join(secrets.choice(ALPHABET) for _ in range(4)) for _ in range(3))
