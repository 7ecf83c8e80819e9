import datetime as dt
from typing import Any

from engine.core.tables import (
    Field,
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    integer,
    jsonb,
    sa,
    text,
    timestamp,
)

INPUT_TYPES = (
    "DROPDOWN", "MULTISELECT", "FILE", "REFERENCE", "SINGLE_REFERENCE", "NUMERIC", "RICH_TEXT", "PLAIN_TEXT",
    "SWATCH", "BOOLEAN", "DATE", "DATE_TIME",
)  # fmt: skip
ENTITY_TYPES = ("PAGE", "PRODUCT", "PRODUCT_VARIANT", "CATEGORY", "COLLECTION")


class Attribute(Timestamps, SQLModel, table=True):
    __tablename__ = "attribute"

    id: int | None = bigint_pk()
    slug: str = text(unique=True)
    name: str = text()
    type: str = enum_text("type", ("PRODUCT_TYPE", "PAGE_TYPE"), default="PRODUCT_TYPE")
    input_type: str = enum_text("input_type", INPUT_TYPES, default="DROPDOWN")
    entity_type: str | None = enum_text("entity_type", ENTITY_TYPES, nullable=True)
    """What a REFERENCE attribute points at."""
    unit: str | None = text(nullable=True)
    value_required: bool = boolean(False)
    visible_in_storefront: bool = boolean(True)
    filterable_in_storefront: bool = boolean(True)
    filterable_in_dashboard: bool = boolean(True)
    available_in_grid: bool = boolean(True)
    is_variant_only: bool = boolean(False)
    """True where only variants may carry it, not their products."""
    storefront_search_position: int = integer(default=0)
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class AttributeProductReference(SQLModel, table=True):
    """A reference attribute points at products, or variants of them, of these types alone; without any, of all."""

    __tablename__ = "attribute_product_reference"

    attribute_id: int = bigint_ref("attribute.id", primary_key=True)
    product_type_id: int = bigint_ref("product_type.id", primary_key=True, index=True)


class AttributePageReference(SQLModel, table=True):
    """As `AttributeProductReference`, for pages."""

    __tablename__ = "attribute_page_reference"

    attribute_id: int = bigint_ref("attribute.id", primary_key=True)
    page_type_id: int = bigint_ref("page_type.id", primary_key=True, index=True)


class AttributeValue(SQLModel, table=True):
    """One value. Which of the typed columns is filled follows the attribute's input type."""

    __tablename__ = "attribute_value"
    __table_args__ = (
        sa.UniqueConstraint("attribute_id", "slug"),
        sa.Index("ix_attribute_value_order", "attribute_id", "sort_order", "id"),
        sa.Index("ix_attribute_value_numeric", "attribute_id", "numeric"),
        # a name may be longer than an entry of another kind of index
        sa.Index("ix_attribute_value_name", "name", postgresql_using="hash"),
        sa.Index("ix_attribute_value_slug", "slug"),
        sa.Index(
            "ix_attribute_value_external_reference",
            "external_reference",
            unique=True,
            postgresql_where=sa.text("external_reference IS NOT NULL"),
        ),
        *(
            sa.Index(f"ix_attribute_value_{day}", "attribute_id", day, postgresql_where=sa.text(f"{day} IS NOT NULL"))
            for day in ("date", "date_time")
        ),
        *(
            sa.Index(
                f"ix_attribute_value_{target}",
                f"reference_{target}_id",
                postgresql_where=sa.text(f"reference_{target}_id IS NOT NULL"),
            )
            for target in ("product", "variant", "page", "category", "collection")
        ),
    )

    id: int | None = bigint_pk()
    attribute_id: int = bigint_ref("attribute.id")
    slug: str = text()
    name: str = text()
    value: str = text(default="")
    """The colour of a swatch as `#rrggbb`."""
    numeric: float | None = Field(default=None, sa_column=sa.Column(sa.Double, nullable=True))
    boolean: bool | None = Field(default=None, sa_column=sa.Column(sa.Boolean, nullable=True))
    date: dt.date | None = Field(default=None, sa_column=sa.Column(sa.Date, nullable=True))
    date_time: dt.datetime | None = timestamp(nullable=True)
    plain_text: str | None = text(nullable=True)
    rich_text: dict[str, Any] | None = jsonb(nullable=True)
    file_key: str | None = text(nullable=True)
    content_type: str | None = text(nullable=True)
    external_reference: str | None = text(nullable=True)
    reference_product_id: int | None = bigint_ref("product.id", nullable=True)
    reference_variant_id: int | None = bigint_ref("product_variant.id", nullable=True)
    reference_page_id: int | None = bigint_ref("page.id", nullable=True)
    reference_category_id: int | None = bigint_ref("category.id", nullable=True)
    reference_collection_id: int | None = bigint_ref("collection.id", nullable=True)
    sort_order: int = integer(default=0)


class AttributeTranslation(SQLModel, table=True):
    __tablename__ = "attribute_translation"

    attribute_id: int = bigint_ref("attribute.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str = text()


class AttributeValueTranslation(SQLModel, table=True):
    __tablename__ = "attribute_value_translation"

    value_id: int = bigint_ref("attribute_value.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str = text()
    plain_text: str | None = text(nullable=True)
    rich_text: dict[str, Any] | None = jsonb(nullable=True)
