from datetime import datetime

from engine.core.tables import (
    Field,
    SQLModel,
    bigint_array,
    bigint_ref,
    boolean,
    money,
    sa,
    sort_text,
    timestamp,
)


class ProductListing(SQLModel, table=True):
    """One row per (channel, product): what orders, filters and counts a listing.

    Written in the same transaction as what it mirrors. The prices shown to shoppers are computed, not read here.
    """

    __tablename__ = "product_listing"
    __table_args__ = (
        sa.Index("ix_product_listing_name", "channel_id", "name_key", "product_id"),
        sa.Index("ix_product_listing_minimal", "channel_id", "minimal_amount", "product_id"),
        sa.Index("ix_product_listing_price", "channel_id", "price_amount", "product_id"),
        sa.Index("ix_product_listing_published", "channel_id", "published_at", "product_id"),
        sa.Index("ix_product_listing_created", "channel_id", "created_at", "product_id"),
        sa.Index("ix_product_listing_updated", "channel_id", "updated_at", "product_id"),
        sa.Index("ix_product_listing_rating", "channel_id", "rating", "product_id"),
        sa.Index("ix_product_listing_categories", "category_ids", postgresql_using="gin"),
        sa.Index("ix_product_listing_collections", "collection_ids", postgresql_using="gin"),
        sa.Index("ix_product_listing_values", "value_ids", postgresql_using="gin"),
    )

    channel_id: int = bigint_ref("channel.id", primary_key=True)
    product_id: int = bigint_ref("product.id", primary_key=True, index=True)
    is_published: bool = boolean()
    published_at: datetime | None = timestamp(nullable=True)
    visible_in_listings: bool = boolean(True)
    available_for_purchase_at: datetime | None = timestamp(nullable=True)
    name_key: str = sort_text()
    product_type_id: int = bigint_ref("product_type.id")
    price_amount: int | None = money(nullable=True)
    """Lowest undiscounted price of its variants, as entered."""
    minimal_amount: int | None = money(nullable=True)
    """Lowest price of its variants, as entered."""
    in_stock: bool = boolean()
    rating: float = Field(default=0, sa_column=sa.Column(sa.Double, nullable=False, server_default="0"))
    category_ids: list[int] = bigint_array()
    """The product's category and all above it."""
    collection_ids: list[int] = bigint_array()
    """Collections published in this channel."""
    value_ids: list[int] = bigint_array()
    """Attribute values of the product and of its variants."""
    created_at: datetime = timestamp()
    updated_at: datetime = timestamp()
