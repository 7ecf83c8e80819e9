"""Texts in another language; a null text is not translated."""

import strawberry

from engine.core.context import Row
from schema.common.ids import Node, joint_id
from schema.common.languages import LanguageDisplay
from schema.common.scalars import JSONString
from schema.execution.fields import row_field


@strawberry.type
class ProductTranslation(Node):
    id: strawberry.ID = joint_id("ProductTranslation", "id", "language")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    name: str | None
    description: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class ProductVariantTranslation(Node):
    id: strawberry.ID = joint_id("ProductVariantTranslation", "id", "language")
    name: str

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class CategoryTranslation(Node):
    id: strawberry.ID = joint_id("CategoryTranslation", "id", "language")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    name: str | None
    description: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]


@strawberry.type
class CollectionTranslation(Node):
    id: strawberry.ID = joint_id("CollectionTranslation", "id", "language")
    seo_title: str | None
    seo_description: str | None
    slug: str | None
    name: str | None
    description: JSONString | None

    @row_field
    def language(row: Row) -> LanguageDisplay:
        return row["language"]
