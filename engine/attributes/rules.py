"""What kinds of value an attribute has, and who sees which."""

from typing import Protocol

CHOICES = frozenset({"DROPDOWN", "MULTISELECT", "SWATCH"})
"""Their values are shared by all that carry them; those of other types belong to one owner each."""

COUNTED = CHOICES | {"BOOLEAN"}
"""Types whose values are worth counting as facets; a number is asked for by range."""

HIDDEN_TO_ALL_BUT = (
    "MANAGE_PRODUCTS", "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES", "MANAGE_PAGES", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES",
)  # fmt: skip


class Asking(Protocol):
    def has(self, *permissions: str) -> bool: ...


def sees_hidden(caller: Asking) -> bool:
    """Whether the caller sees attributes that the storefront does not show."""
    return caller.has(*HIDDEN_TO_ALL_BUT)
