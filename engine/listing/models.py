from datetime import datetime

from engine.core.money import MAX_AMOUNT
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

_ORDERS = {
    "name": "name_key",
    "minimal": "minimal_amount",
    "price": "price_amount",
    "published": "published_at",
    "created": "created_at",
    "updated": "updated_at",
    "rating": "rating",
}
_ASKED = ("minimal_amount", "price_amount", "in_stock")
SHOWN = sa.text("is_published AND visible_in_listings AND minimal_amount IS NOT NULL")


class ProductListing(SQLModel, table=True):
    """One row per (channel, product): what orders, filters and counts a listing.

    Written in the same transaction as what it mirrors. The prices shown to shoppers are computed, not read here.
    """

    __tablename__ = "product_listing"
    __table_args__ = (
        *(
            # what else is often asked stands in the entries, so that those left out need no look at their rows
            sa.Index(f"ix_product_listing_by_{order}", "channel_id", *dict.fromkeys((key, "product_id", *_ASKED)))
            for order, key in _ORDERS.items()
        ),
        *(
            # as staff order them: what has no price last
            sa.Index(
                f"ix_product_listing_all_by_{order}",
                "channel_id",
                sa.text(f"coalesce({_ORDERS[order]}, {MAX_AMOUNT})"),
                "product_id",
            )
            for order in ("minimal", "price")
        ),
        # the products that shoppers see: counted, and the newest of them
        sa.Index(
            "ix_product_listing_shown", "channel_id", "published_at", "product_id", *_ASKED, postgresql_where=SHOWN
        ),
        sa.Index("ix_product_listing_type", "channel_id", "product_type_id", "product_id"),
        sa.Index("ix_product_listing_is_published", "channel_id", "is_published", "product_id"),
        sa.Index("ix_product_listing_available", "channel_id", "available_for_purchase_at", "product_id"),
        sa.Index("ix_product_listing_sold_out", "channel_id", "product_id", postgresql_where=sa.text("NOT in_stock")),
        sa.Index(
            "ix_product_listing_hidden", "channel_id", "product_id", postgresql_where=sa.text("NOT visible_in_listings")
        ),
        sa.Index(
            "ix_product_listing_uncategorized",
            "channel_id",
            "product_id",
            postgresql_where=sa.text("category_ids = '{}'::bigint[]"),
        ),
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
    """Lowest price of its variants, as entered, promotions taken off."""
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
