"""From the rows of one Handle to a product: what each column means, what refuses a row, what is only told.

Meanings follow the Shopify Help Center, "Using CSV files to import and export products"; where our shop differs,
docs/import-shopify.md says how. Amounts are minor units, weights grams.
"""

import re
from collections.abc import Sequence

from engine.flows.import_shopify.columns import SPELLED
from engine.flows.import_shopify.drafts import (
    LARGEST,
    LONGEST,
    ClaimSku,
    Draft,
    Note,
    Notes,
    Picture,
    RowRefused,
    VariantDraft,
    address,
    flag,
    shown,
    too_long,
)
from engine.flows.import_shopify.parse import REPLACEMENT, Record
from engine.flows.import_shopify.variant_rules import NO_PRICE, variants_of

DEEPEST = 10
_HANDLE = re.compile(r"[^\s<>\"'`/\\?#%&]+")


def handle_of(record: Record) -> str | None:
    """The row's handle in lower case, as Shopify keeps it; None when it has none that could be one."""
    handle = record.get("handle").lower()
    if len(handle) > LONGEST or REPLACEMENT in handle or not _HANDLE.fullmatch(handle):
        return None
    return handle


def product(
    handle: str, records: Sequence[Record], currency: str, claim_sku: ClaimSku
) -> tuple[Draft | None, list[Note]]:
    """The product that the rows of a handle make, and what is to be told about them.

    None when no row makes a variant, or when something that all rows share is missing; each row is then told of.
    """
    notes = Notes()
    lines = [record.line for record in records]
    try:
        title = _text(records, "title", notes) or _refuse("Title is empty")
        vendor, kind = _text(records, "vendor", notes), _text(records, "type", notes)
        names = _option_names(records)
    except RowRefused as refused:
        notes.refuse(lines, str(refused))
        return None, notes.items
    variants, shipped, bare = variants_of(records, names, currency, claim_sku, notes)
    if not variants:
        if bare:
            notes.refuse(bare, "the product has no row that makes a variant" if len(bare) < len(lines) else NO_PRICE)
        return None, notes.items
    published, for_sale = _publication(records, notes)
    gift_card = flag(_first(records, "gift_card"), False)
    draft = Draft(
        handle=handle,
        lines=tuple(lines),
        title=title,
        html=_first(records, "body").get("body"),
        vendor=vendor,
        tags=_tags(_first(records, "tags"), notes),
        type=kind,
        category=_category(records, notes),
        is_published=published,
        for_sale=for_sale,
        gift_card=gift_card is True,
        shipped=shipped,
        seo_title=_first(records, "seo_title").get("seo_title"),
        seo_description=_first(records, "seo_description").get("seo_description"),
        option_names=tuple(name for _, name in names),
        variants=tuple(variants),
        pictures=_pictures(records, variants, notes),
    )
    return draft, notes.items


_BLANK = Record(0, {})


def _refuse(reason: str) -> str:
    raise RowRefused(reason)


def _first(records: Sequence[Record], name: str) -> Record:
    """The first row that fills the column: later rows of a product leave it empty."""
    return next((record for record in records if name in record.values), _BLANK)


def _text(records: Sequence[Record], name: str, notes: Notes) -> str:
    record = _first(records, name)
    value = " ".join(record.get(name).split())
    for other in records:
        if other.get(name) not in ("", record.get(name)):
            notes.warn(other, f"{SPELLED[name]} differs from line {record.line}, whose value was kept")
    if len(value) > LONGEST:
        raise too_long(name)
    return value


def _option_names(records: Sequence[Record]) -> list[tuple[int, str]]:
    """Place (1 to 3) and name of each option; none for Shopify's stand-in `Title` of `Default Title`."""
    names: list[tuple[int, str]] = []
    for place in (1, 2, 3):
        record = _first(records, f"option{place}_name")
        name = " ".join(record.get(f"option{place}_name").split())
        if f"option{place}_name" in record.damaged:
            raise RowRefused(f"Option{place} Name has bytes that are no text")
        if len(name) > LONGEST:
            raise too_long(f"option{place}_name")
        if any(name.casefold() == other.casefold() for _, other in names):
            raise RowRefused(f"two options have the name {shown(name)}")
        if name:
            names.append((place, name))
    stand_in = {"", "default title"}
    if [name.casefold() for _, name in names] == ["title"] and all(
        record.get(f"option{names[0][0]}_value").casefold() in stand_in for record in records
    ):
        return []
    return names


def _publication(records: Sequence[Record], notes: Notes) -> tuple[bool, bool]:
    """Published, and for sale. A draft is neither shown nor hidden for good; an archived product is not sold."""
    status = _first(records, "status")
    word = status.get("status").casefold() or "active"
    if word not in ("active", "draft", "archived", "unlisted"):
        notes.warn(status, f"{SPELLED['status']} {shown(word)} was taken as draft")
    record = _first(records, "published")
    published = flag(record, True, "published")
    if published is None:
        notes.warn(record, f"{SPELLED['published']} {shown(record.get('published'))} was taken as false")
    return word == "active" and published is True, word != "archived"


def _tags(record: Record, notes: Notes) -> tuple[str, ...]:
    found: dict[str, str] = {}
    for part in record.get("tags").split(","):
        tag = " ".join(part.split())
        if len(tag) > LONGEST:
            notes.warn(record, f"a tag is longer than {LONGEST} characters and was left out")
        elif tag:
            found.setdefault(tag.casefold(), tag)
    return tuple(found.values())


def _category(records: Sequence[Record], notes: Notes) -> tuple[str, ...]:
    """The path of Shopify's taxonomy; else the type. Old exports may have its number, a name of nothing."""
    record = _first(records, "category")
    text = record.get("category")
    path = tuple(name for part in text.split(">") if (name := " ".join(part.split())))
    if text.isdigit() or not path:
        return tuple(filter(None, (" ".join(_first(records, "type").get("type").split()),)))
    if len(path) > DEEPEST or any(len(name) > LONGEST for name in path):
        notes.warn(record, f"{SPELLED['category']} is too deep or too long and was left out")
        return ()
    return path


def _pictures(records: Sequence[Record], variants: Sequence[VariantDraft], notes: Notes) -> tuple[Picture, ...]:
    """By Image Position, then by row; a variant's own picture follows when it is not among them."""
    placed: list[tuple[int, Picture]] = []
    for record in records:
        url = address(record, "image", notes)
        if url is not None:
            position = record.get("image_position")
            place = int(position) if position.isdecimal() and len(position) < 10 else LARGEST
            placed.append((place, Picture(url, " ".join(record.get("image_alt").split()))))
    placed.sort(key=lambda entry: entry[0])
    found: dict[str, Picture] = {}
    for _, picture in placed:
        found.setdefault(picture.url, picture)
    for variant in variants:
        if variant.picture:
            found.setdefault(variant.picture, Picture(variant.picture, ""))
    return tuple(found.values())
