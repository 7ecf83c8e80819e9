"""Attributes and their values as an import finds them or makes them: many in one statement."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.core.bulk import IDS, over_rows, texts
from engine.core.context import Row, WriteCtx
from engine.core.statements import Statement

_ATTRIBUTES = Statement(
    sa.text(
        "SELECT id, slug, name, type, input_type, external_reference FROM attribute"
        " WHERE slug = ANY(:slugs) OR external_reference = ANY(:refs) ORDER BY id"
    ).bindparams(texts("slugs"), texts("refs"))
)
_ADD_ATTRIBUTES = over_rows(
    "INSERT INTO attribute (slug, name, input_type, external_reference)"
    " SELECT slug, name, input_type, external_reference FROM {rows} ON CONFLICT DO NOTHING",
    "slug text, name text, input_type text, external_reference text",
)
_VALUES = Statement(
    sa.text(
        "SELECT v.id, v.attribute_id, v.slug, v.name FROM attribute_value v"
        " JOIN unnest(:ids, :slugs) AS w(attribute_id, slug) ON v.attribute_id = w.attribute_id AND v.slug = w.slug"
    ).bindparams(IDS, texts("slugs"))
)
_ADD_VALUES = over_rows(
    "INSERT INTO attribute_value (attribute_id, slug, name)"
    " SELECT attribute_id, slug, name FROM {rows} ON CONFLICT DO NOTHING",
    "attribute_id bigint, slug text, name text",
)


async def find_attributes(tx: WriteCtx, slugs: Sequence[str], references: Iterable[str]) -> list[Row]:
    """Attributes that have one of these slugs or external references."""
    return await tx.fetch(_ATTRIBUTES, slugs=list(slugs), refs=list(references))


async def add_attributes(tx: WriteCtx, rows: Sequence[Mapping[str, Any]]) -> None:
    """A row has slug, name, input_type and external_reference; a slug taken meanwhile is passed over."""
    await tx.fetch(_ADD_ATTRIBUTES, rows=rows)


async def find_values(tx: WriteCtx, wanted: Sequence[tuple[int, str]]) -> list[Row]:
    """Values by attribute id and slug."""
    return await tx.fetch(_VALUES, ids=[id for id, _ in wanted], slugs=[slug for _, slug in wanted])


async def add_values(tx: WriteCtx, rows: Sequence[Mapping[str, Any]]) -> None:
    """A row has attribute_id, slug and name; a slug taken meanwhile is passed over."""
    await tx.fetch(_ADD_VALUES, rows=rows)
