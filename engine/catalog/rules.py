"""Who sees what of the catalogue."""

from typing import Protocol

SEES_ALL = ("MANAGE_PRODUCTS",)
"""Permissions of staff and apps that see what is not published, in every channel and in none."""


class Asking(Protocol):
    def has(self, *permissions: str) -> bool: ...


def sees_all(caller: Asking) -> bool:
    return caller.has(*SEES_ALL)
