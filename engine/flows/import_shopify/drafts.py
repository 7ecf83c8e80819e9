"""What the rows of an export are read into: products, variants, and what is to be told about rows."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import urlsplit

from engine.flows.import_shopify.columns import SPELLED
from engine.flows.import_shopify.parse import Record

LONGEST = 255
"""Characters of a title, vendor, type, tag, option, SKU or handle, as in Shopify."""
LARGEST = 2**31 - 1
YES, NO = frozenset(("true", "1", "yes", "y", "t")), frozenset(("false", "0", "no", "n", "f"))

ClaimSku = Callable[[str, int], int | None]
"""Takes an SKU for a line; the line that has it already, or None."""


class Note(NamedTuple):
    """Something to tell about rows: refused ones, or a warning."""

    lines: tuple[int, ...]
    reason: str
    refused: bool = False
    sku: str = ""


class Picture(NamedTuple):
    url: str
    alt: str


@dataclass(frozen=True)
class VariantDraft:
    line: int
    options: tuple[str, ...]
    sku: str | None
    amount: int
    compare_at: int | None
    cost: int | None
    grams: int | None
    track: bool
    quantity: int | None
    barcode: str | None
    picture: str | None

    @property
    def name(self) -> str:
        return " / ".join(self.options)


@dataclass(frozen=True)
class Draft:
    """A product as the file has it. `category` is the path from the root, `lines` all rows of it."""

    handle: str
    lines: tuple[int, ...]
    title: str
    html: str
    vendor: str
    tags: tuple[str, ...]
    type: str
    category: tuple[str, ...]
    is_published: bool
    for_sale: bool
    gift_card: bool
    shipped: bool
    seo_title: str
    seo_description: str
    option_names: tuple[str, ...]
    variants: tuple[VariantDraft, ...]
    pictures: tuple[Picture, ...]


class RowRefused(Exception):
    pass


@dataclass
class Notes:
    items: list[Note] = field(default_factory=list)

    def refuse(self, lines: Iterable[int], reason: str, sku: str = "") -> None:
        self.items.append(Note(tuple(lines), reason, True, sku))

    def warn(self, record: Record, reason: str) -> None:
        self.items.append(Note((record.line,), reason, False, record.get("sku")))


def too_long(name: str) -> RowRefused:
    return RowRefused(f"{SPELLED[name]} is longer than {LONGEST} characters")


def flag(record: Record, default: bool, name: str = "gift_card") -> bool | None:
    """None for a word that is neither yes nor no."""
    word = record.get(name).casefold()
    if not word:
        return default
    return True if word in YES else False if word in NO else None


def flag_or(record: Record, name: str, default: bool, notes: Notes) -> bool:
    found = flag(record, default, name)
    if found is None:
        notes.warn(record, f"{SPELLED[name]} {shown(record.get(name))} was taken as {str(default).lower()}")
        return default
    return found


def address(record: Record, name: str, notes: Notes) -> str | None:
    text = record.get(name)
    if not text:
        return None
    url = f"https:{text}" if text.startswith("//") else text
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", url)
    except ValueError:
        usable = False
    if not usable or len(url) > 2_000 or name in record.damaged:
        notes.warn(record, f"{SPELLED[name]} {shown(text)} is no address of a picture; it was left out")
        return None
    return url


def shown(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:40]}…")
