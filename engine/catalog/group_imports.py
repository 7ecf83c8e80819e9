"""Product types and categories as an import finds them or makes them: many in one statement."""

from collections.abc import Sequence

import sqlalchemy as sa

from engine.catalog.imports import Rows
from engine.core.bulk import over_rows, texts
from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement

_TYPES = Statement(
    sa.text(
        "SELECT t.id, t.slug, t.name, t.kind, t.is_shipping_required,"
        " coalesce(array_agg(a.attribute_id) FILTER (WHERE a.scope = 'PRODUCT'), '{}') AS product_attributes,"
        " coalesce(array_agg(a.attribute_id) FILTER (WHERE a.scope = 'VARIANT'), '{}') AS variant_attributes"
        " FROM product_type t LEFT JOIN product_type_attribute a ON a.product_type_id = t.id"
        " WHERE t.slug = ANY(:slugs) GROUP BY t.id ORDER BY t.id"
    ).bindparams(texts("slugs"))
)
_ADD_TYPES = over_rows(
    "INSERT INTO product_type (slug, name, kind, is_shipping_required, is_digital)"
    " SELECT slug, name, kind, shipped, NOT shipped FROM {rows} ON CONFLICT DO NOTHING",
    "slug text, name text, kind text, shipped boolean",
)
_ADD_TYPE_ATTRIBUTES = over_rows(
    "INSERT INTO product_type_attribute (product_type_id, attribute_id, scope, variant_selection, sort_order)"
    " SELECT type_id, attribute_id, scope, scope = 'VARIANT', position FROM {rows} ON CONFLICT DO NOTHING",
    "type_id bigint, attribute_id bigint, scope text, position int",
)
_BY_REFERENCE = Statement(
    sa.text("SELECT id, path, external_reference FROM category WHERE external_reference = ANY(:refs)").bindparams(
        texts("refs")
    )
)
_BY_NAME = Statement(
    sa.text(
        "SELECT id, parent_id, path, name_key FROM category WHERE level = :level AND name_key = ANY(:names) ORDER BY id"
    ).bindparams(sa.bindparam("level", type_=sa.Integer), texts("names"))
)
_BY_SLUG = Statement(sa.text("SELECT id, slug FROM category WHERE slug = ANY(:slugs)").bindparams(texts("slugs")))
_ADD = over_rows(
    "INSERT INTO category (name, name_key, slug, parent_id, level, external_reference)"
    " SELECT name, name_key, slug, parent_id, level, external_reference FROM {rows} ON CONFLICT DO NOTHING"
    " RETURNING id, external_reference, parent_id",
    "name text, name_key text, slug text, parent_id bigint, level int, external_reference text",
)
_SET_PATHS = over_rows("UPDATE category c SET path = r.path FROM {rows} WHERE c.id = r.id", "id bigint, path bigint[]")


async def types_by_slug(tx: WriteCtx, slugs: Sequence[str]) -> dict[str, Row]:
    """Id, slug, name, kind, is_shipping_required, and the ids of `product_attributes` and `variant_attributes`."""
    return {row["slug"]: row for row in await tx.fetch(_TYPES, slugs=list(slugs))}


async def add_types(tx: WriteCtx, rows: Rows) -> None:
    """A row has slug, name, kind and shipped; a slug that somebody has taken meanwhile is passed over."""
    await tx.fetch(_ADD_TYPES, rows=rows)


async def add_type_attributes(tx: WriteCtx, rows: Rows) -> None:
    """A row has type_id, attribute_id, scope (PRODUCT, or VARIANT to choose variants by) and position."""
    if rows:
        await tx.fetch(_ADD_TYPE_ATTRIBUTES, rows=rows)


async def categories_by_reference(tx: WriteCtx, references: Sequence[str]) -> dict[str, Row]:
    """Id, path and external_reference."""
    return {row["external_reference"]: row for row in await tx.fetch(_BY_REFERENCE, refs=list(references))}


async def categories_named(tx: WriteCtx, level: int, name_keys: Sequence[str]) -> list[Row]:
    """Id, parent_id, path and name_key of the categories of these folded names, roots being level 0; oldest first."""
    return await tx.fetch(_BY_NAME, level=level, names=list(name_keys))


async def categories_by_slug(tx: WriteCtx, slugs: Sequence[str]) -> dict[str, Row]:
    return {row["slug"]: row for row in await tx.fetch(_BY_SLUG, slugs=list(slugs))}


async def add_categories(tx: WriteCtx, rows: Rows) -> list[Row]:
    """Id, external_reference and parent_id of those that were made; their paths come with `set_paths`.

    A row has name, name_key, slug, parent_id, level and external_reference.
    """
    return await tx.fetch(_ADD, rows=rows)


async def set_paths(tx: WriteCtx, rows: Rows) -> None:
    """A row has the id of a category and its path: the ids from the root to itself."""
    await tx.fetch(_SET_PATHS, rows=rows)
