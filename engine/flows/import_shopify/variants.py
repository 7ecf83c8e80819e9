"""Variants of a batch of products: which row is which variant, and writing those that differ."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement
from engine.flows.import_shopify.drafts import VariantDraft
from engine.flows.import_shopify.statements import IDS, NOW, over_rows, texts

EXISTING = Statement(
    sa.text(
        "SELECT id, product_id, sku, name, external_reference FROM product_variant"
        " WHERE product_id = ANY(:ids) ORDER BY product_id, sort_order, id"
    ).bindparams(IDS)
)
SKUS = Statement(
    sa.text(
        "SELECT v.sku, v.product_id, p.slug FROM product_variant v JOIN product p ON p.id = v.product_id"
        " WHERE v.sku = ANY(:skus)"
    ).bindparams(texts("skus"))
)
_ADD = over_rows(
    "INSERT INTO product_variant"
    " (product_id, sku, name, barcode, weight_grams, track_inventory, sort_order, external_reference)"
    " SELECT product_id, sku, name, barcode, grams, track, position, reference FROM {rows}"
    " ORDER BY product_id, position RETURNING id, product_id, sort_order",
    "product_id bigint, sku text, name text, barcode text, grams int, track boolean, position int, reference text",
)
# Two variants may swap their SKUs, which a unique index checks row by row.
_LET_GO = Statement(
    sa.text("UPDATE product_variant SET sku = NULL, external_reference = NULL WHERE id = ANY(:ids)").bindparams(IDS)
)
_CHANGE = over_rows(
    "UPDATE product_variant v SET name = r.name, sort_order = r.position, updated_at = :now,"
    " sku = r.sku, external_reference = r.reference,"
    " barcode = CASE WHEN :set_barcode THEN r.barcode ELSE v.barcode END,"
    " weight_grams = CASE WHEN :set_grams THEN r.grams ELSE v.weight_grams END,"
    " track_inventory = CASE WHEN :set_track THEN r.track ELSE v.track_inventory END"
    " FROM {rows} WHERE v.id = r.id",
    "id bigint, sku text, name text, barcode text, grams int, track boolean, position int, reference text",
    NOW,
    sa.bindparam("set_barcode", type_=sa.Boolean),
    sa.bindparam("set_grams", type_=sa.Boolean),
    sa.bindparam("set_track", type_=sa.Boolean),
)
_SET_VALUES = over_rows(
    "INSERT INTO product_variant_attribute_value (variant_id, value_id, sort_order)"
    " SELECT variant_id, value_id, position FROM {rows} ORDER BY variant_id, value_id"
    " ON CONFLICT (variant_id, value_id) DO UPDATE SET sort_order = excluded.sort_order",
    "variant_id bigint, value_id bigint, position int",
)
# Values of other attributes, which staff may have added, stay.
_CLEAR_VALUES = Statement(
    sa.text(
        "DELETE FROM product_variant_attribute_value w USING attribute_value x, product_variant v, product p,"
        " product_type_attribute t WHERE w.variant_id = ANY(:ids) AND x.id = w.value_id AND v.id = w.variant_id"
        " AND p.id = v.product_id AND t.product_type_id = p.product_type_id AND t.attribute_id = x.attribute_id"
        " AND t.scope = 'VARIANT' AND t.variant_selection"
    ).bindparams(IDS)
)
_SET_DEFAULT = Statement(
    sa.text(
        "UPDATE product p SET default_variant_id = (SELECT v.id FROM product_variant v WHERE v.product_id = p.id"
        " ORDER BY v.sort_order, v.id LIMIT 1) WHERE p.id = ANY(:ids) AND p.default_variant_id IS NULL"
    ).bindparams(IDS)
)


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
    if moved:
        await tx.fetch(_LET_GO, ids=moved)
    if changed:
        await tx.fetch(
            _CHANGE,
            rows=[{"id": item.id, **_values(item, columns)} for item in changed],
            now=tx.clock.now(),
            set_barcode="barcode" in columns,
            set_grams=bool(columns & {"grams", "weight"}),
            set_track=bool(columns & {"quantity", "tracker", "policy"}),
        )
        await tx.fetch(_CLEAR_VALUES, ids=[item.id for item in changed])
    added = [item for item in items if item.row is None]
    if added:
        made = await tx.fetch(_ADD, rows=[{"product_id": item.product_id, **_values(item, columns)} for item in added])
        ids = {(row["product_id"], row["sort_order"]): row["id"] for row in made}
        for item in added:
            item.id = ids[item.product_id, item.position]
        await tx.fetch(_SET_DEFAULT, ids=sorted({item.product_id for item in added}))
    links = [
        {"variant_id": item.id, "value_id": value, "position": place}
        for item in items
        for place, value in enumerate(item.values)
    ]
    if links:
        await tx.fetch(_SET_VALUES, rows=links)


def _values(item: Matched, columns: frozenset[str]) -> dict[str, Any]:
    draft = item.draft
    sku = draft.sku if item.row is None or "sku" in columns else item.row["sku"]
    return {
        "sku": sku, "name": draft.name, "barcode": draft.barcode, "grams": draft.grams, "track": draft.track,
        "position": item.position, "reference": item.reference,
    }  # fmt: skip
