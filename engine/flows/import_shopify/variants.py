"""Variants of a batch of products: which row is which variant, and writing those that differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from engine.catalog.variant_imports import add_variants, change_variants, set_choices
from engine.core.context import Row, WriteCtx
from engine.flows.import_shopify.drafts import VariantDraft


@dataclass
class Matched:
    """A row of the file with the variant it is about; `row` is None for a new one, whose id comes with the insert."""

    product_id: int
    draft: VariantDraft
    position: int
    reference: str
    values: list[int]
    row: Row | None = None
    id: int = 0


def reference(handle: str, draft: VariantDraft) -> str:
    return f"shopify:{handle}#sku:{draft.sku}" if draft.sku else f"shopify:{handle}#is:{draft.name.casefold()}"


def match(drafts: Iterable[VariantDraft], rows: list[Row]) -> tuple[dict[int, Row], list[Row]]:
    """Existing variants by the line of the row that is about them, and those no row is about.

    By options first, as Shopify does; then by SKU, so that an option value may get another name.
    """
    left = {row["id"]: row for row in rows}
    by_name: dict[str, Row] = {}
    for row in rows:
        by_name.setdefault(row["name"].casefold(), row)
    found: dict[int, Row] = {}
    drafts = list(drafts)
    for draft in drafts:
        row = by_name.pop(draft.name.casefold(), None)
        if row is not None:
            found[draft.line] = left.pop(row["id"])
    by_sku = {row["sku"]: row for row in left.values() if row["sku"]}
    for draft in drafts:
        if draft.line not in found and draft.sku in by_sku:
            row = by_sku.pop(draft.sku)
            found[draft.line] = left.pop(row["id"])
    return found, list(left.values())


async def write(tx: WriteCtx, items: list[Matched], columns: frozenset[str]) -> None:
    """Insert the new ones (and set their ids), change the others, and set the values they are chosen by."""
    changed = [item for item in items if item.row is not None]
    for item in changed:
        assert item.row is not None
        item.id = item.row["id"]
    moved = [item.id for item in changed if (item.row or {})["external_reference"] != item.reference or (
        "sku" in columns and (item.row or {})["sku"] != item.draft.sku)]  # fmt: skip
    await change_variants(
        tx,
        [{"id": item.id, **_values(item, columns)} for item in changed],
        moved=moved,
        barcode="barcode" in columns,
        grams=bool(columns & {"grams", "weight"}),
        track=bool(columns & {"quantity", "tracker", "policy"}),
    )
    added = [item for item in items if item.row is None]
    ids = await add_variants(tx, [{"product_id": item.product_id, **_values(item, columns)} for item in added])
    for item in added:
        item.id = ids[item.product_id, item.position]
    await set_choices(
        tx,
        [
            {"variant_id": item.id, "value_id": value, "position": place}
            for item in items
            for place, value in enumerate(item.values)
        ],
    )


def _values(item: Matched, columns: frozenset[str]) -> dict[str, Any]:
    draft = item.draft
    sku = draft.sku if item.row is None or "sku" in columns else item.row["sku"]
    return {
        "sku": sku, "name": draft.name, "barcode": draft.barcode, "grams": draft.grams, "track": draft.track,
        "position": item.position, "reference": item.reference,
    }  # fmt: skip
