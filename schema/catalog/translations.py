"""Texts in another language; a null text is not translated."""

from typing import Any

import strawberry

from engine.core.context import Row
from engine.core.ids import to_global
from schema.common.languages import LanguageDisplay
from schema.common.scalars import JSONString
from schema.execution.fields import row_field


def _id(type_name: str) -> Any:
    def id(row: Row) -> strawberry.ID:
        return strawberry.ID(to_global(type_name, f"{row['id']}-{row['language']}"))

    return row_field(id)


@strawberry.type
class ProductTranslation:
    id: strawberry.ID = _id("ProductTranslation")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    name: str | None
    description: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class ProductVariantTranslation:
    id: strawberry.ID = _id("ProductVariantTranslation")
    name: str

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class CategoryTranslation:
    id: strawberry.ID = _id("CategoryTranslation")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    name: str | None
    description: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class CollectionTranslation:
    id: strawberry.ID = _id("CollectionTranslation")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    name: str | None
    description: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]
