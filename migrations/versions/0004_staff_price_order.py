"""Indexes for the order by price that staff see, in which what has no price comes last."""

import sqlalchemy as sa

from migrations.online import add_index, drop_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_LAST = "9223372036854775807"


def upgrade() -> None:
    for order, amount in (("minimal", "minimal_amount"), ("price", "price_amount")):
        keys = ["channel_id", sa.text(f"coalesce({amount}, {_LAST})"), "product_id"]
        add_index(f"ix_product_listing_all_by_{order}", "product_listing", keys)


def downgrade() -> None:
    for order in ("minimal", "price"):
        drop_index(f"ix_product_listing_all_by_{order}", "product_listing")
