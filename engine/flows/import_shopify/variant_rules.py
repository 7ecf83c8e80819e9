"""One row of an export as a variant: what each column means, what refuses the row, what is only told."""

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from engine.core.money import MoneyError, to_minor
from engine.flows.import_shopify.columns import SPELLED
from engine.flows.import_shopify.drafts import (
    LARGEST,
    LONGEST,
    NO,
    YES,
    ClaimSku,
    Notes,
    RowRefused,
    VariantDraft,
    address,
    flag_or,
    shown,
    too_long,
)
from engine.flows.import_shopify.parse import REPLACEMENT, Record

_GRAMS = {
    "g": Decimal(1), "kg": Decimal(1000), "lb": Decimal("453.59237"), "oz": Decimal("28.349523125"),
}  # fmt: skip
"""Grams in a unit; pound and ounce as fixed by the international yard and pound agreement of 1959."""
_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]*)?")
_WHOLE = re.compile(r"[+-]?[0-9]+(?:\.0*)?")
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+?[0-9]+")
_KEYS = frozenset(("sku", "price", *(f"option{place}_{part}" for place in (1, 2, 3) for part in ("name", "value"))))

NO_PRICE = f"{SPELLED['price']} is empty"


def variants_of(
    records: Sequence[Record],
    names: Sequence[tuple[int, str]],
    currency: str,
    claim_sku: ClaimSku,
    notes: Notes,
) -> tuple[list[VariantDraft], bool, list[int]]:
    """Variants, whether any of them is shipped, and the lines of rows that were to make none."""
    made: list[VariantDraft] = []
    taken: dict[tuple[str, ...], int] = {}
    shipped, bare = False, []
    for record in records:
        if not any(name in record.values for name in ("price", "sku", "option1_value", "option2_value")):
            if any(name in record.values for name in ("image", "title")):
                bare.append(record.line)
            else:
                notes.refuse([record.line], "the row has neither a variant nor a picture")
            continue
        told = len(notes.items)
        try:
            variant = _variant(record, names, currency, taken, claim_sku, notes)
        except RowRefused as refused:
            del notes.items[told:]
            notes.refuse([record.line], str(refused), record.get("sku"))
            continue
        taken[_same(variant.options)] = record.line
        made.append(variant)
        shipped = shipped or flag_or(record, "shipping", True, notes)
    return made, shipped, bare


def _variant(
    record: Record,
    names: Sequence[tuple[int, str]],
    currency: str,
    taken: dict[tuple[str, ...], int],
    claim_sku: ClaimSku,
    notes: Notes,
) -> VariantDraft:
    bad = sorted(SPELLED[name] for name in record.damaged & _KEYS)
    if bad:
        raise RowRefused(f"{', '.join(bad)} has bytes that are no text")
    if record.damaged:
        columns = ", ".join(sorted(SPELLED[name] for name in record.damaged))
        notes.warn(record, f"{columns} has bytes that are no text; they were replaced by {REPLACEMENT}")
    options = _options(record, names)
    if _same(options) in taken:
        raise RowRefused(f"line {taken[_same(options)]} has the same options")
    amount = _money(record, "price", currency)
    if amount is None:
        raise RowRefused(NO_PRICE)
    compare_at = _money(record, "compare_at", currency) or None
    if compare_at is not None and compare_at <= amount:
        if compare_at < amount:
            notes.warn(record, f"{SPELLED['compare_at']} is below the price and was left out")
        compare_at = None
    cost = _money(record, "cost", currency)
    grams = _grams(record, notes)
    track, quantity = _stock(record, notes)
    barcode = _barcode(record, notes)
    picture = address(record, "variant_image", notes)
    if flag_or(record, "taxable", True, notes) is False:
        notes.warn(record, "the variant is not taxable: give its product a tax class without tax")
    return VariantDraft(
        line=record.line,
        options=options,
        sku=_sku(record, claim_sku, notes),
        amount=amount,
        compare_at=compare_at,
        cost=cost,
        grams=grams,
        track=track,
        quantity=quantity,
        barcode=barcode,
        picture=picture,
    )


def _options(record: Record, names: Sequence[tuple[int, str]]) -> tuple[str, ...]:
    places = {place for place, _ in names}
    for place in (1, 2, 3):
        value = record.get(f"option{place}_value")
        if place in places and not value:
            raise RowRefused(f"Option{place} Value is empty")
        if place not in places and value and value.casefold() != "default title":
            raise RowRefused(f"Option{place} Value {shown(value)} has no Option{place} Name")
        if len(value) > LONGEST:
            raise too_long(f"option{place}_value")
    return tuple(" ".join(record.get(f"option{place}_value").split()) for place, _ in names)


def _same(options: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(option.casefold() for option in options)


def _money(record: Record, name: str, currency: str) -> int | None:
    text = record.get(name)
    if not text:
        return None
    try:
        amount = to_minor(text, currency)
    except MoneyError as error:
        raise RowRefused(f"{SPELLED[name]} {shown(text)} is no amount of {currency}: {error}") from error
    if amount < 0:
        raise RowRefused(f"{SPELLED[name]} {shown(text)} is below zero")
    return amount


def _grams(record: Record, notes: Notes) -> int | None:
    """Zero is how Shopify writes a weight that nobody entered."""
    name, factor = "grams", Decimal(1)
    if not record.get("grams"):
        name = "weight"
        unit = record.get("weight_unit").casefold() or "kg"
        if not record.get("weight"):
            return None
        if unit not in _GRAMS:
            notes.warn(record, f"{SPELLED['weight_unit']} {shown(unit)} is unknown; the weight was left out")
            return None
        factor = _GRAMS[unit]
    text = record.get(name)
    if not _NUMBER.fullmatch(text) or len(text) > 30:
        raise RowRefused(f"{SPELLED[name]} {shown(text)} is no weight")
    grams = int((Decimal(text) * factor).to_integral_value(ROUND_HALF_UP))
    if grams > LARGEST:
        raise RowRefused(f"{SPELLED[name]} {shown(text)} is too large")
    return grams or None


def _stock(record: Record, notes: Notes) -> tuple[bool, int | None]:
    """Whether stock is tracked, and the units on hand (None: the file does not say)."""
    tracker, text = record.get("tracker"), record.get("quantity")
    quantity = None
    if text:
        if not _WHOLE.fullmatch(text):
            raise RowRefused(f"{SPELLED['quantity']} {shown(text)} is no whole number")
        quantity = int(text.split(".")[0][:20])
        if abs(quantity) > LARGEST:
            raise RowRefused(f"{SPELLED['quantity']} {shown(text)} is too large")
        if quantity < 0:
            notes.warn(record, f"{SPELLED['quantity']} {quantity} was taken as 0")
            quantity = 0
    elif tracker:
        quantity = 0
    policy = record.get("policy").casefold()
    if policy not in ("", "deny", "continue", *YES, *NO):
        notes.warn(record, f"{SPELLED['policy']} {shown(policy)} was taken as deny")
    endless = policy == "continue" or policy in YES
    return quantity is not None and not endless, quantity


def _barcode(record: Record, notes: Notes) -> str | None:
    barcode = record.get("barcode").removeprefix("'").strip()
    if _SCIENTIFIC.fullmatch(barcode):
        notes.warn(record, f"{SPELLED['barcode']} {shown(barcode)} has lost digits in a spreadsheet; it was left out")
        return None
    if len(barcode) > LONGEST:
        notes.warn(record, f"{SPELLED['barcode']} is longer than {LONGEST} characters; it was left out")
        return None
    return barcode or None


def _sku(record: Record, claim_sku: ClaimSku, notes: Notes) -> str | None:
    sku = record.get("sku")
    if sku.startswith("'") and sku[1:].isdigit():
        sku = sku[1:]
    if not sku:
        return None
    if len(sku) > LONGEST:
        raise too_long("sku")
    if _SCIENTIFIC.fullmatch(sku) and "." in sku:
        notes.warn(record, f"{SPELLED['sku']} {shown(sku)} looks like a number that lost digits in a spreadsheet")
    earlier = claim_sku(sku, record.line)
    if earlier is not None:
        raise RowRefused(f"{SPELLED['sku']} {shown(sku)} is on line {earlier} already")
    return sku
