"""Indexes for variants by their change and metadata, and for orders by total, voucher and telephone number."""

import sqlalchemy as sa

from migrations.online import add_index, drop_index

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = (
    ("ix_product_variant_updated", "product_variant", ["updated_at", "id"], {}),
    ("ix_product_variant_meta", "product_variant", ["meta"], {"postgresql_using": "gin"}),
    ("ix_sales_order_total_gross", "sales_order", ["total_gross", "id"], {}),
    ("ix_sales_order_total_net", "sales_order", ["total_net", "id"], {}),
    (
        "ix_sales_order_voucher_code",
        "sales_order",
        ["voucher_code"],
        {"postgresql_where": sa.text("voucher_code IS NOT NULL")},
    ),
    ("ix_address_phone", "address", ["phone"], {"postgresql_where": sa.text("phone <> ''")}),
)


def upgrade() -> None:
    for name, table, columns, options in INDEXES:
        add_index(name, table, columns, **options)


def downgrade() -> None:
    for name, table, _, _ in INDEXES:
        drop_index(name, table)
