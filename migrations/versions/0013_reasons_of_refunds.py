"""Pages as reasons of refunds and returns, and how a payment was paid."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

GIVEN = ("granted_refund", "granted_refund_line", "fulfillment", "fulfillment_line", "transaction_event")


def upgrade() -> None:
    op.create_table(
        "reason_setting",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("page_type_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.CheckConstraint("kind IN ('REFUND', 'RETURN')", name="kind"),
        sa.PrimaryKeyConstraint("kind", name="pk_reason_setting"),
        sa.ForeignKeyConstraint(
            ["page_type_id"], ["page_type.id"], name="fk_reason_setting_page_type_id_page_type", ondelete="CASCADE"
        ),
    )
    for table in GIVEN:
        op.add_column(table, sa.Column("reason_page_id", sa.BigInteger))
        op.create_foreign_key(
            f"fk_{table}_reason_page_id_page", table, "page", ["reason_page_id"], ["id"], ondelete="SET NULL"
        )
    op.add_column("transaction_item", sa.Column("payment_method", JSONB))


def downgrade() -> None:
    op.drop_column("transaction_item", "payment_method")
    for table in reversed(GIVEN):
        op.drop_column(table, "reason_page_id")
    op.drop_table("reason_setting")
