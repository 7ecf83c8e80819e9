from datetime import datetime
from typing import Any

from engine.core.tables import (
    Field,
    SQLModel,
    Timestamps,
    bigint_array,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    integer,
    jsonb,
    sa,
    sort_text,
    text,
    timestamp,
)


class Described(SQLModel):
    """What a shopper reads about a thing; `description` is an EditorJS document."""

    description: dict[str, Any] | None = Field(
        default=None, sa_type=sa.dialects.postgresql.JSONB(none_as_null=True), nullable=True
    )
    seo_title: str | None = Field(default=None, sa_type=sa.Text, nullable=True)
    seo_description: str | None = Field(default=None, sa_type=sa.Text, nullable=True)


class ProductType(Timestamps, SQLModel, table=True):
    __tablename__ = "product_type"

    id: int | None = bigint_pk()
    name: str = text()
    slug: str = text(unique=True)
    kind: str = enum_text("kind", ("NORMAL", "GIFT_CARD"), default="NORMAL")
    has_variants: bool = boolean(True)
    is_shipping_required: bool = boolean(True)
    is_digital: bool = boolean(False)
    weight_grams: int | None = integer(nullable=True)
    tax_class_id: int | None = bigint_ref("tax_class.id", ondelete="SET NULL", nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class ProductTypeAttribute(SQLModel, table=True):
    """Which attributes products (or variants) of a type carry, in order."""

    __tablename__ = "product_type_attribute"

    product_type_id: int = bigint_ref("product_type.id", primary_key=True)
    attribute_id: int = bigint_ref("attribute.id", primary_key=True, index=True)
    scope: str = enum_text("scope", ("PRODUCT", "VARIANT"), default="PRODUCT")
    variant_selection: bool = boolean(False)
    """True when shoppers choose a variant by it."""
    sort_order: int = integer(default=0)


class Category(Timestamps, Described, SQLModel, table=True):
    """A node of the tree. `path` holds the ids from the root down to and including this one."""

    __tablename__ = "category"
    __table_args__ = (
        sa.Index("ix_category_path", "path", postgresql_using="gin"),
        sa.Index("ix_category_order", "parent_id", "sort_order", "id"),
        sa.Index("ix_category_name", "name_key", "id"),
    )

    id: int | None = bigint_pk()
    name: str = text()
    name_key: str = sort_text()
    slug: str = text(unique=True)
    parent_id: int | None = bigint_ref("category.id", nullable=True)
    path: list[int] = bigint_array()
    level: int = integer(default=0)
    sort_order: int = integer(default=0)
    background_image_key: str | None = text(nullable=True)
    background_image_alt: str = text(default="")
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class Product(Timestamps, Described, SQLModel, table=True):
    __tablename__ = "product"
    __table_args__ = (
        sa.Index("ix_product_type", "product_type_id", "id"),
        sa.Index("ix_product_name", "name_key", "id"),
        sa.Index("ix_product_created", "created_at", "id"),
        sa.Index("ix_product_updated", "updated_at", "id"),
        sa.Index("ix_product_rating", sa.text("coalesce(rating, 0)"), "id"),
        sa.Index("ix_product_default_variant", "default_variant_id"),
        sa.Index("ix_product_meta", "meta", postgresql_using="gin"),
    )

    id: int | None = bigint_pk()
    product_type_id: int = bigint_ref("product_type.id", ondelete="RESTRICT")
    category_id: int | None = bigint_ref("category.id", ondelete="SET NULL", nullable=True, index=True)
    name: str = text()
    name_key: str = sort_text()
    slug: str = text(unique=True)
    description_text: str = text(default="")
    """The description without markup, for search."""
    weight_grams: int | None = integer(nullable=True)
    tax_class_id: int | None = bigint_ref("tax_class.id", ondelete="SET NULL", nullable=True)
    rating: float | None = Field(default=None, sa_column=sa.Column(sa.Double, nullable=True))
    default_variant_id: int | None = bigint_ref("product_variant.id", ondelete="SET NULL", nullable=True, cyclic=True)
    hs_code: str | None = text(nullable=True)
    """Harmonized System code, digits only, 6 to 10 of them."""
    origin_country: str | None = text(nullable=True)
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class ProductVariant(Timestamps, SQLModel, table=True):
    __tablename__ = "product_variant"
    __table_args__ = (
        sa.Index("ix_product_variant_order", "product_id", "sort_order", "id"),
        sa.Index("ix_product_variant_updated", "updated_at", "id"),
        sa.Index("ix_product_variant_meta", "meta", postgresql_using="gin"),
    )

    id: int | None = bigint_pk()
    product_id: int = bigint_ref("product.id")
    sku: str | None = text(nullable=True, unique=True)
    name: str = text(default="")
    barcode: str | None = text(nullable=True)
    weight_grams: int | None = integer(nullable=True)
    track_inventory: bool = boolean(True)
    quantity_limit_per_customer: int | None = integer(nullable=True)
    sort_order: int = integer(default=0)
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class ProductMedia(Timestamps, SQLModel, table=True):
    """A picture or video. `source_url` is fetched by a job into `storage_key`; a failure says why."""

    __tablename__ = "product_media"
    __table_args__ = (sa.Index("ix_product_media_order", "product_id", "sort_order", "id"),)

    id: int | None = bigint_pk()
    product_id: int = bigint_ref("product.id")
    type: str = enum_text("type", ("IMAGE", "VIDEO"), default="IMAGE")
    alt: str = text(default="")
    sort_order: int = integer(default=0)
    storage_key: str | None = text(nullable=True)
    content_type: str | None = text(nullable=True)
    source_url: str | None = text(nullable=True)
    fetch_status: str = enum_text("fetch_status", ("STORED", "PENDING", "FAILED"), default="STORED")
    fetch_error: str | None = text(nullable=True)
    oembed: dict[str, Any] = jsonb()
    """How a video of another site is shown in a page (oEmbed 1.0)."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class VariantMedia(SQLModel, table=True):
    __tablename__ = "product_variant_media"

    variant_id: int = bigint_ref("product_variant.id", primary_key=True)
    media_id: int = bigint_ref("product_media.id", primary_key=True, index=True)


class ProductAttributeValue(SQLModel, table=True):
    __tablename__ = "product_attribute_value"

    product_id: int = bigint_ref("product.id", primary_key=True)
    value_id: int = bigint_ref("attribute_value.id", primary_key=True, index=True)
    sort_order: int = integer(default=0)


class VariantAttributeValue(SQLModel, table=True):
    __tablename__ = "product_variant_attribute_value"

    variant_id: int = bigint_ref("product_variant.id", primary_key=True)
    value_id: int = bigint_ref("attribute_value.id", primary_key=True, index=True)
    sort_order: int = integer(default=0)


class ProductChannel(SQLModel, table=True):
    """Whether and from when a product is published and for sale in a channel."""

    __tablename__ = "product_channel"

    product_id: int = bigint_ref("product.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)
    is_published: bool = boolean(False)
    published_at: datetime | None = timestamp(nullable=True)
    visible_in_listings: bool = boolean(True)
    available_for_purchase_at: datetime | None = timestamp(nullable=True)
    """Null: not for sale."""


class Collection(Timestamps, Described, SQLModel, table=True):
    __tablename__ = "collection"
    __table_args__ = (sa.Index("ix_collection_name", "name_key", "id"),)

    id: int | None = bigint_pk()
    name: str = text()
    name_key: str = sort_text()
    slug: str = text(unique=True)
    background_image_key: str | None = text(nullable=True)
    background_image_alt: str = text(default="")
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class CollectionProduct(SQLModel, table=True):
    __tablename__ = "collection_product"
    __table_args__ = (sa.Index("ix_collection_product_order", "collection_id", "sort_order", "product_id"),)

    collection_id: int = bigint_ref("collection.id", primary_key=True)
    product_id: int = bigint_ref("product.id", primary_key=True, index=True)
    sort_order: int = integer(default=0)


class CollectionChannel(SQLModel, table=True):
    __tablename__ = "collection_channel"

    collection_id: int = bigint_ref("collection.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)
    is_published: bool = boolean(False)
    published_at: datetime | None = timestamp(nullable=True)


class TranslatedText(Described):
    """A null column falls back to the untranslated one."""

    name: str | None = Field(default=None, sa_type=sa.Text, nullable=True)
    slug: str | None = Field(default=None, sa_type=sa.Text, nullable=True)


class CategoryTranslation(TranslatedText, SQLModel, table=True):
    __tablename__ = "category_translation"
    __table_args__ = (sa.UniqueConstraint("language", "slug"),)

    category_id: int = bigint_ref("category.id", primary_key=True)
    language: str = text(primary_key=True)


class CollectionTranslation(TranslatedText, SQLModel, table=True):
    __tablename__ = "collection_translation"
    __table_args__ = (sa.UniqueConstraint("language", "slug"),)

    collection_id: int = bigint_ref("collection.id", primary_key=True)
    language: str = text(primary_key=True)


class ProductTranslation(TranslatedText, SQLModel, table=True):
    __tablename__ = "product_translation"
    __table_args__ = (sa.UniqueConstraint("language", "slug"),)

    product_id: int = bigint_ref("product.id", primary_key=True)
    language: str = text(primary_key=True)


class VariantTranslation(SQLModel, table=True):
    __tablename__ = "product_variant_translation"

    variant_id: int = bigint_ref("product_variant.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str = text()


class ImportRecord(Timestamps, SQLModel, table=True):
    """What an import made of one foreign record, and the digest of what it was then."""

    __tablename__ = "import_record"

    source: str = text(primary_key=True)
    key: str = text(primary_key=True)
    digest: str = text()
    product_id: int = bigint_ref("product.id", index=True)
