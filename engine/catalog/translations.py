"""Texts of the catalogue in another language."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from engine.catalog.models import CategoryTranslation, CollectionTranslation, ProductTranslation, VariantTranslation
from engine.core.context import Ctx, Row
from engine.core.rows import in_order
from engine.core.statements import Statement
from engine.core.tables import SQLModel, table


def _statement(model: type[SQLModel], owner: str) -> Statement:
    t = table(model)
    columns: list[Any] = [t.c[owner].label("id"), *(column for column in t.c if column.name != owner)]
    return Statement(
        sa.select(*columns).where(
            t.c[owner] == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))),
            t.c.language == sa.bindparam("language", type_=sa.Text),
        )
    )


_PRODUCTS = _statement(ProductTranslation, "product_id")
_VARIANTS = _statement(VariantTranslation, "variant_id")
_CATEGORIES = _statement(CategoryTranslation, "category_id")
_COLLECTIONS = _statement(CollectionTranslation, "collection_id")


async def of_products(ctx: Ctx, ids: Sequence[int], language: str) -> list[Row | None]:
    """`id` (the product's), `language`, and the texts; a null text is not translated."""
    return await _of(ctx, _PRODUCTS, ids, language)


async def of_variants(ctx: Ctx, ids: Sequence[int], language: str) -> list[Row | None]:
    return await _of(ctx, _VARIANTS, ids, language)


async def of_categories(ctx: Ctx, ids: Sequence[int], language: str) -> list[Row | None]:
    return await _of(ctx, _CATEGORIES, ids, language)


async def of_collections(ctx: Ctx, ids: Sequence[int], language: str) -> list[Row | None]:
    return await _of(ctx, _COLLECTIONS, ids, language)


async def _of(ctx: Ctx, statement: Statement, ids: Sequence[int], language: str) -> list[Row | None]:
    rows = await ctx.fetch(statement, ids=list(dict.fromkeys(ids)), language=language)
    return in_order(ids, rows)
