"""Indexes for what is listed, filtered and ordered, so that a large shop reads as fast as a small one."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from migrations.online import add_index, drop_index

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

GIN: dict[str, Any] = {"postgresql_using": "gin"}
PARTS_OF_TEXT: dict[str, Any] = {**GIN, "postgresql_ops": {"text": "gin_trgm_ops"}}
ASKED = ("minimal_amount", "price_amount", "in_stock")
ORDERS = {
    "name": "name_key",
    "minimal": "minimal_amount",
    "price": "price_amount",
    "published": "published_at",
    "created": "created_at",
    "updated": "updated_at",
    "rating": "rating",
}


def text(expression: str) -> Any:
    return sa.literal_column(expression).label("text")


def where(condition: str) -> dict[str, Any]:
    return {"postgresql_where": sa.text(condition)}


ADDED: tuple[tuple[str, str, list[Any], dict[str, Any]], ...] = (
    *(
        (
            f"ix_product_listing_by_{order}",
            "product_listing",
            ["channel_id", *dict.fromkeys((key, "product_id", *ASKED))],
            {},
        )
        for order, key in ORDERS.items()
    ),
    (
        "ix_product_listing_shown",
        "product_listing",
        ["channel_id", "published_at", "product_id", *ASKED],
        where("is_published AND visible_in_listings AND minimal_amount IS NOT NULL"),
    ),
    ("ix_product_listing_type", "product_listing", ["channel_id", "product_type_id", "product_id"], {}),
    ("ix_product_listing_is_published", "product_listing", ["channel_id", "is_published", "product_id"], {}),
    ("ix_product_listing_available", "product_listing", ["channel_id", "available_for_purchase_at", "product_id"], {}),
    ("ix_product_listing_sold_out", "product_listing", ["channel_id", "product_id"], where("NOT in_stock")),
    ("ix_product_listing_hidden", "product_listing", ["channel_id", "product_id"], where("NOT visible_in_listings")),
    (
        "ix_product_listing_uncategorized",
        "product_listing",
        ["channel_id", "product_id"],
        where("category_ids = '{}'::bigint[]"),
    ),
    ("ix_product_type", "product", ["product_type_id", "id"], {}),
    ("ix_product_name", "product", ["name_key", "id"], {}),
    ("ix_product_created", "product", ["created_at", "id"], {}),
    ("ix_product_updated", "product", ["updated_at", "id"], {}),
    ("ix_product_rating", "product", [sa.text("coalesce(rating, 0)"), "id"], {}),
    ("ix_product_default_variant", "product", ["default_variant_id"], {}),
    ("ix_product_meta", "product", ["meta"], GIN),
    ("ix_category_name", "category", ["name_key", "id"], {}),
    ("ix_collection_name", "collection", ["name_key", "id"], {}),
    ("ix_attribute_value_name", "attribute_value", ["name"], {"postgresql_using": "hash"}),
    ("ix_attribute_value_slug", "attribute_value", ["slug"], {}),
    *(
        (f"ix_attribute_value_{day}", "attribute_value", ["attribute_id", day], where(f"{day} IS NOT NULL"))
        for day in ("date", "date_time")
    ),
    *(
        (
            f"ix_attribute_value_{target}",
            "attribute_value",
            [f"reference_{target}_id"],
            where(f"reference_{target}_id IS NOT NULL"),
        )
        for target in ("product", "variant", "page", "category", "collection")
    ),
    ("ix_stock_on_hand", "stock", ["on_hand", "variant_id"], {}),
    ("ix_address_name", "address", [text("(first_name || ' ' || last_name)")], PARTS_OF_TEXT),
    ("ix_account_user_email", "account_user", [sa.text('email COLLATE "C"'), "id"], {}),
    ("ix_account_user_first_name", "account_user", [sa.text('first_name COLLATE "C"'), "id"], {}),
    ("ix_account_user_last_name", "account_user", [sa.text('last_name COLLATE "C"'), "id"], {}),
    ("ix_account_user_created", "account_user", ["created_at", "id"], {}),
    ("ix_account_user_updated", "account_user", ["updated_at", "id"], {}),
    ("ix_account_user_staff", "account_user", ["id"], where("is_staff")),
    (
        "ix_account_user_search",
        "account_user",
        [text("lower(first_name || ' ' || last_name || ' ' || email)")],
        PARTS_OF_TEXT,
    ),
    ("ix_account_user_shipping_address", "account_user", ["default_shipping_address_id"], {}),
    ("ix_account_user_billing_address", "account_user", ["default_billing_address_id"], {}),
    ("ix_sales_order_channel", "sales_order", ["channel_id", "created_at", "id"], {}),
    ("ix_sales_order_status", "sales_order", ["status", "created_at", "id"], {}),
    ("ix_sales_order_updated", "sales_order", ["updated_at", "id"], {}),
    ("ix_sales_order_customer", "sales_order", ["user_email", "id"], {}),
    ("ix_sales_order_email_text", "sales_order", [text("user_email")], PARTS_OF_TEXT),
    ("ix_sales_order_meta", "sales_order", ["meta"], GIN),
    ("ix_sales_order_pickup", "sales_order", ["created_at", "id"], where("collection_point_id IS NOT NULL")),
    ("ix_sales_order_billing_address", "sales_order", ["billing_address_id"], {}),
    ("ix_sales_order_shipping_address", "sales_order", ["shipping_address_id"], {}),
    ("ix_order_line_thumbnail_media", "order_line", ["thumbnail_media_id"], {}),
    ("ix_checkout_created", "checkout", ["created_at", "id"], {}),
    ("ix_checkout_shipping_address", "checkout", ["shipping_address_id"], {}),
    ("ix_checkout_billing_address", "checkout", ["billing_address_id"], {}),
    ("ix_checkout_delivery", "checkout", ["delivery_id"], {}),
    ("ix_transaction_item_authorized", "transaction_item", ["order_id"], where("authorized_amount > 0")),
    ("ix_ticket_updated", "ticket", ["updated_at", "id"], {}),
    ("ix_ticket_priority", "ticket", ["priority", "updated_at", "id"], {}),
    ("ix_ticket_email", "ticket", ["email"], {}),
    ("ix_ticket_subject", "ticket", [text("lower(subject)")], PARTS_OF_TEXT),
    ("ix_page_title", "page", ["title_key", "id"], {}),
    ("ix_page_created", "page", ["created_at", "id"], {}),
)
# each begins one of those added
REPLACED: tuple[tuple[str, str, list[str]], ...] = (
    *(
        (f"ix_product_listing_{order}", "product_listing", ["channel_id", key, "product_id"])
        for order, key in ORDERS.items()
    ),
    ("ix_product_product_type_id", "product", ["product_type_id"]),
    ("ix_sales_order_channel_id", "sales_order", ["channel_id"]),
    ("ix_sales_order_email", "sales_order", ["user_email"]),
)


def upgrade() -> None:
    for name, table, columns, options in ADDED:
        add_index(name, table, columns, **options)
    for name, table, _ in REPLACED:
        drop_index(name, table)


def downgrade() -> None:
    for name, table, columns in REPLACED:
        op.create_index(name, table, columns, if_not_exists=True)
    for name, table, _, _ in ADDED:
        op.drop_index(name, table, if_exists=True)
