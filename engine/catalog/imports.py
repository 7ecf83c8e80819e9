"""Products as an import writes them: many in one statement. Whoever imports judges what may be written before."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.bulk import IDS, NOW, over_rows, texts
from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement

Rows = Sequence[Mapping[str, Any]]

_FIND = Statement(
    sa.text(
        "SELECT id, slug, external_reference FROM product WHERE external_reference = ANY(:refs) OR slug = ANY(:slugs)"
    ).bindparams(texts("refs"), texts("slugs"))
)
_COLUMNS = (
    "id bigint, type_id bigint, category_id bigint, name text, name_key text, slug text, description jsonb,"
    " description_text text, seo_title text, seo_description text, reference text, set_type boolean,"
    " set_category boolean, set_body boolean, set_seo_title boolean, set_seo_description boolean"
)
_ADD = over_rows(
    "INSERT INTO product (product_type_id, category_id, name, name_key, slug, description, description_text,"
    " seo_title, seo_description, external_reference)"
    " SELECT type_id, category_id, name, name_key, slug, description, description_text, seo_title, seo_description,"
    " reference FROM {rows} RETURNING id, external_reference",
    _COLUMNS,
)
_CHANGE = over_rows(
    "UPDATE product p SET updated_at = :now,"
    " name = coalesce(r.name, p.name), name_key = coalesce(r.name_key, p.name_key),"
    " product_type_id = CASE WHEN r.set_type THEN r.type_id ELSE p.product_type_id END,"
    " category_id = CASE WHEN r.set_category THEN r.category_id ELSE p.category_id END,"
    " description = CASE WHEN r.set_body THEN r.description ELSE p.description END,"
    " description_text = CASE WHEN r.set_body THEN r.description_text ELSE p.description_text END,"
    " seo_title = CASE WHEN r.set_seo_title THEN r.seo_title ELSE p.seo_title END,"
    " seo_description = CASE WHEN r.set_seo_description THEN r.seo_description ELSE p.seo_description END"
    " FROM {rows} WHERE p.id = r.id",
    _COLUMNS,
    NOW,
)
_PUBLISH = over_rows(
    "INSERT INTO product_channel AS c"
    " (product_id, channel_id, is_published, published_at, available_for_purchase_at)"
    " SELECT product_id, :channel_id, published, CASE WHEN published THEN :now END, CASE WHEN for_sale THEN :now END"
    " FROM {rows} ON CONFLICT (product_id, channel_id) DO UPDATE SET is_published = excluded.is_published,"
    " published_at = coalesce(c.published_at, excluded.published_at), available_for_purchase_at ="
    " CASE WHEN excluded.available_for_purchase_at IS NOT NULL"
    " THEN coalesce(c.available_for_purchase_at, excluded.available_for_purchase_at) END",
    "product_id bigint, published boolean, for_sale boolean",
    NOW,
    sa.bindparam("channel_id", type_=sa.BigInteger),
)
_CLEAR_VALUES = Statement(
    sa.text(
        "DELETE FROM product_attribute_value w USING attribute_value v"
        " WHERE w.product_id = ANY(:ids) AND v.id = w.value_id AND v.attribute_id = :attribute_id"
    ).bindparams(IDS, sa.bindparam("attribute_id", type_=sa.BigInteger))
)
_SET_VALUES = over_rows(
    "INSERT INTO product_attribute_value (product_id, value_id, sort_order)"
    " SELECT product_id, value_id, position FROM {rows} ORDER BY product_id, value_id ON CONFLICT DO NOTHING",
    "product_id bigint, value_id bigint, position int",
)
_RECORDS = Statement(
    sa.text(
        "SELECT source, key, digest FROM import_record WHERE source = ANY(:sources) AND key = ANY(:keys)"
    ).bindparams(texts("sources"), texts("keys"))
)
_SAVE_RECORDS = over_rows(
    "INSERT INTO import_record (source, key, digest, product_id)"
    " SELECT source, key, digest, product_id FROM {rows} ORDER BY source, key ON CONFLICT (source, key)"
    " DO UPDATE SET digest = excluded.digest, product_id = excluded.product_id, updated_at = now()",
    "source text, key text, digest text, product_id bigint",
)


async def find_products(tx: WriteCtx, references: Sequence[str], slugs: Sequence[str]) -> list[Row]:
    """Id, slug and external reference of products that have one of either."""
    return await tx.fetch(_FIND, refs=list(references), slugs=list(slugs))


async def add_products(tx: WriteCtx, rows: Rows) -> dict[str, int]:
    """Ids by reference. A row has type_id, category_id, name, name_key, slug, description (EditorJS),
    description_text, seo_title, seo_description and reference."""
    made = await tx.fetch(_ADD, rows=rows) if rows else []
    return {row["external_reference"]: row["id"] for row in made}


async def change_products(tx: WriteCtx, rows: Rows) -> None:
    """By id, the columns of `add_products`: the name where it is given, others where their `set_…` is true.

    Those are set_type, set_category, set_body (both forms of the description), set_seo_title and set_seo_description.
    """
    if rows:
        await tx.fetch(_CHANGE, rows=rows, now=tx.clock.now())


async def publish_products(tx: WriteCtx, channel_id: int, rows: Rows) -> None:
    """A row has product_id, published and for_sale; either is so from now on, unless it was so before."""
    if rows:
        await tx.fetch(_PUBLISH, rows=rows, now=tx.clock.now(), channel_id=channel_id)


async def clear_values(tx: WriteCtx, product_ids: Sequence[int], attribute_id: int) -> None:
    """Take the values of one attribute away from products."""
    if product_ids:
        await tx.fetch(_CLEAR_VALUES, ids=list(product_ids), attribute_id=attribute_id)


async def set_values(tx: WriteCtx, rows: Rows) -> None:
    """Give attribute values to products: product_id, value_id and position."""
    if rows:
        await tx.fetch(_SET_VALUES, rows=rows)


async def import_records(tx: WriteCtx, sources: Sequence[str], keys: Sequence[str]) -> list[Row]:
    """What was noted of earlier imports: source, key and digest."""
    return await tx.fetch(_RECORDS, sources=list(sources), keys=list(keys))


async def save_import_records(tx: WriteCtx, rows: Rows) -> None:
    """A row has source, key, digest and the product_id it has become."""
    if rows:
        await tx.fetch(_SAVE_RECORDS, rows=rows)
