"""Who sees which pages, and what they may be narrowed and ordered by."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Asking(Protocol):
    def has(self, *permissions: str) -> bool: ...


def sees_drafts(caller: Asking) -> bool:
    """Whether the caller sees pages that are not published, or not yet, and attributes hidden from the storefront."""
    return caller.has("MANAGE_PAGES")


class PageSort(StrEnum):
    TITLE = "TITLE"
    SLUG = "SLUG"
    VISIBILITY = "VISIBILITY"
    PUBLISHED_AT = "PUBLISHED_AT"
    CREATED_AT = "CREATED_AT"
    RANK = "RANK"
    """Nearest first; only with `search`."""


@dataclass(frozen=True)
class PageFilter:
    """All parts that are not None must hold; `all_of` and `any_of` nest."""

    ids: tuple[int, ...] | None = None
    slugs: tuple[str, ...] | None = None
    type_ids: tuple[int, ...] | None = None
    metadata: tuple[tuple[str, str | None], ...] | None = None
    """Pairs that must all be there; None as a value asks for the key alone."""
    search: str | None = None
    """Folded text that stands in the title or the slug."""
    all_of: tuple["PageFilter", ...] = ()
    any_of: tuple["PageFilter", ...] = ()
