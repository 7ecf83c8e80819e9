"""Variants as an import writes them: many in one statement."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.catalog.imports import Rows
from engine.core.bulk import IDS, NOW, flags, over_rows, texts
from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement

_OF_PRODUCTS = Statement(
    sa.text(
        "SELECT id, product_id, sku, name, external_reference FROM product_variant"
        " WHERE product_id = ANY(:ids) ORDER BY product_id, sort_order, id"
    ).bindparams(IDS)
)
_OWNERS = Statement(
    sa.text(
        "SELECT v.sku, v.product_id, p.slug FROM product_variant v JOIN product p ON p.id = v.product_id"
        " WHERE v.sku = ANY(:skus)"
    ).bindparams(texts("skus"))
)
_COLUMNS = "sku text, name text, barcode text, grams int, track boolean, position int, reference text"
_ADD = over_rows(
    "INSERT INTO product_variant"
    " (product_id, sku, name, barcode, weight_grams, track_inventory, sort_order, external_reference)"
    " SELECT product_id, sku, name, barcode, grams, track, position, reference FROM {rows}"
    " ORDER BY product_id, position RETURNING id, product_id, sort_order",
    f"product_id bigint, {_COLUMNS}",
)
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
    f"id bigint, {_COLUMNS}",
    NOW,
    *flags("set_barcode", "set_grams", "set_track"),
)
_SET_CHOICES = over_rows(
    "INSERT INTO product_variant_attribute_value (variant_id, value_id, sort_order)"
    " SELECT variant_id, value_id, position FROM {rows} ORDER BY variant_id, value_id"
    " ON CONFLICT (variant_id, value_id) DO UPDATE SET sort_order = excluded.sort_order",
    "variant_id bigint, value_id bigint, position int",
)
_CLEAR_CHOICES = Statement(
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


async def variants_of(tx: WriteCtx, product_ids: Sequence[int]) -> list[Row]:
    """Id, product_id, sku, name and external_reference of the products' variants, in their order."""
    return await tx.fetch(_OF_PRODUCTS, ids=list(product_ids)) if product_ids else []


async def owners_of_skus(tx: WriteCtx, skus: Sequence[str]) -> dict[str, Row]:
    """By SKU, the product (product_id, slug) whose variant has it."""
    rows = await tx.fetch(_OWNERS, skus=list(skus)) if skus else []
    return {row["sku"]: row for row in rows}


async def add_variants(tx: WriteCtx, rows: Rows) -> dict[tuple[int, int], int]:
    """Ids by product_id and position. A row has those two, and sku, name, barcode, grams, track and reference.

    Products without a default variant get their first one.
    """
    if not rows:
        return {}
    made = await tx.fetch(_ADD, rows=rows)
    await tx.fetch(_SET_DEFAULT, ids=sorted({row["product_id"] for row in rows}))
    return {(row["product_id"], row["sort_order"]): row["id"] for row in made}


async def change_variants(
    tx: WriteCtx, rows: Rows, *, moved: Sequence[int], barcode: bool, grams: bool, track: bool
) -> None:
    """By id, the columns of `add_variants`; barcode, grams and track only where that is asked.

    `moved` are the ids whose SKU or reference changes. What the variants were chosen by is cleared: `set_choices`.
    """
    if moved:
        # two variants may swap their SKUs, which a unique index checks row by row
        await tx.fetch(_LET_GO, ids=list(moved))
    if rows:
        await tx.fetch(_CHANGE, rows=rows, now=tx.clock.now(), set_barcode=barcode, set_grams=grams, set_track=track)
        # values of other attributes, which staff may have added, stay
        await tx.fetch(_CLEAR_CHOICES, ids=[row["id"] for row in rows])


async def set_choices(tx: WriteCtx, rows: Rows) -> None:
    """The values that variants are chosen by: variant_id, value_id and position."""
    if rows:
        await tx.fetch(_SET_CHOICES, rows=rows)
