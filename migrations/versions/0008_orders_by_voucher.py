"""Indexes for vouchers of orders and for the one gift line of a cart."""

import sqlalchemy as sa

from migrations.online import add_index, drop_index

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    add_index("ix_checkout_line_gift_rule_id", "checkout_line", ["gift_rule_id"])
    add_index(
        "ix_checkout_line_gift", "checkout_line", ["checkout_id"], unique=True, postgresql_where=sa.text("is_gift")
    )
    add_index("ix_sales_order_voucher", "sales_order", ["voucher_id"])


def downgrade() -> None:
    drop_index("ix_sales_order_voucher", "sales_order")
    drop_index("ix_checkout_line_gift", "checkout_line")
    drop_index("ix_checkout_line_gift_rule_id", "checkout_line")
