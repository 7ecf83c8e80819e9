from datetime import datetime
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    boolean,
    integer,
    jsonb,
    sa,
    sort_text,
    text,
    timestamp,
)


class PageType(SQLModel, table=True):
    __tablename__ = "page_type"

    id: int | None = bigint_pk()
    name: str = text()
    slug: str = text(unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class PageTypeAttribute(SQLModel, table=True):
    __tablename__ = "page_type_attribute"

    page_type_id: int = bigint_ref("page_type.id", primary_key=True)
    attribute_id: int = bigint_ref("attribute.id", primary_key=True, index=True)
    sort_order: int = integer(default=0)


class Page(Timestamps, SQLModel, table=True):
    """`content` is an EditorJS document."""

    __tablename__ = "page"
    __table_args__ = (
        sa.Index("ix_page_title", "title_key", "id"),
        sa.Index("ix_page_created", "created_at", "id"),
    )

    id: int | None = bigint_pk()
    page_type_id: int = bigint_ref("page_type.id", ondelete="RESTRICT", index=True)
    title: str = text()
    title_key: str = sort_text()
    slug: str = text(unique=True)
    content: dict[str, Any] | None = jsonb(nullable=True)
    seo_title: str | None = text(nullable=True)
    seo_description: str | None = text(nullable=True)
    is_published: bool = boolean(False)
    published_at: datetime | None = timestamp(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class PageTranslation(SQLModel, table=True):
    __tablename__ = "page_translation"
    __table_args__ = (sa.UniqueConstraint("language", "slug"),)

    page_id: int = bigint_ref("page.id", primary_key=True)
    language: str = text(primary_key=True)
    title: str | None = text(nullable=True)
    slug: str | None = text(nullable=True)
    content: dict[str, Any] | None = jsonb(nullable=True)
    seo_title: str | None = text(nullable=True)
    seo_description: str | None = text(nullable=True)


class PageAttributeValue(SQLModel, table=True):
    __tablename__ = "page_attribute_value"

    page_id: int = bigint_ref("page.id", primary_key=True)
    value_id: int = bigint_ref("attribute_value.id", primary_key=True, index=True)
    sort_order: int = integer(default=0)


class Menu(SQLModel, table=True):
    __tablename__ = "menu"

    id: int | None = bigint_pk()
    name: str = text()
    slug: str = text(unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class MenuItem(SQLModel, table=True):
    """Links at most one of category, collection, page or `url`; up to three levels deep."""

    __tablename__ = "menu_item"
    __table_args__ = (
        sa.Index("ix_menu_item_order", "menu_id", "parent_id", "sort_order", "id"),
        sa.CheckConstraint("num_nonnulls(url, category_id, collection_id, page_id) <= 1", name="one_target"),
    )

    id: int | None = bigint_pk()
    menu_id: int = bigint_ref("menu.id")
    parent_id: int | None = bigint_ref("menu_item.id", nullable=True, index=True)
    level: int = integer(default=0)
    sort_order: int = integer(default=0)
    name: str = text()
    url: str | None = text(nullable=True)
    category_id: int | None = bigint_ref("category.id", nullable=True)
    collection_id: int | None = bigint_ref("collection.id", nullable=True)
    page_id: int | None = bigint_ref("page.id", nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class MenuItemTranslation(SQLModel, table=True):
    __tablename__ = "menu_item_translation"

    menu_item_id: int = bigint_ref("menu_item.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str = text()
