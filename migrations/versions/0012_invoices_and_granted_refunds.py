"""Invoices with their counter, refunds that are granted, and what staff say of orders and parcels besides."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from migrations.online import add_index, drop_index

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NOW = sa.text("now()")
_EMPTY = sa.text("'{}'::jsonb")
_GIVEN = sa.text("external_reference IS NOT NULL")
_ORIGINAL = sa.text("original_id IS NOT NULL")
_REFUND = sa.text("granted_refund_id IS NOT NULL")
_TEXT: dict[str, object] = {"type_": sa.Text}
_WORDS: dict[str, object] = {"type_": sa.Text, "nullable": False, "server_default": ""}
_NUMBER: dict[str, object] = {"type_": sa.BigInteger}
ADDED: tuple[tuple[str, str, dict[str, object], str | None], ...] = (
    ("sales_order", "external_reference", _TEXT, None),
    ("sales_order", "redirect_url", _TEXT, None),
    ("sales_order", "original_id", {"type_": sa.Uuid}, "sales_order"),
    ("order_line", "tax_class_id", _NUMBER, "tax_class"),
    ("fulfillment", "shipping_refund_amount", _NUMBER, None),
    ("fulfillment", "total_refund_amount", _NUMBER, None),
    ("fulfillment", "reason", _WORDS, None),
    ("fulfillment_line", "reason", _WORDS, None),
    ("transaction_item", "user_id", _NUMBER, "account_user"),
    ("transaction_item", "app_id", _NUMBER, "app"),
    ("transaction_event", "granted_refund_id", _NUMBER, "granted_refund"),
)


def _made() -> list[sa.Column[object]]:
    return [
        sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=_NOW)
        for name in ("created_at", "updated_at")
    ]


def _pairs() -> list[sa.Column[object]]:
    return [sa.Column(name, JSONB, nullable=False, server_default=_EMPTY) for name in ("meta", "private_meta")]


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False)


def _refers(table: str, column: str, target: str, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=f"fk_{table}_{column}_{target}", ondelete=ondelete)


def upgrade() -> None:
    op.create_table(
        "invoice",
        *_made(),
        _key(),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("number", sa.Text),
        sa.Column("status", sa.Text, nullable=False, server_default="PENDING"),
        sa.Column("storage_key", sa.Text),
        sa.Column("external_url", sa.Text),
        sa.Column("message", sa.Text),
        *_pairs(),
        sa.CheckConstraint("status IN ('PENDING', 'SUCCESS', 'FAILED', 'DELETED')", name="status"),
        sa.PrimaryKeyConstraint("id", name="pk_invoice"),
        _refers("invoice", "order_id", "sales_order", "RESTRICT"),
        if_not_exists=True,
    )
    op.create_index("ix_invoice_order", "invoice", ["order_id", "id"], if_not_exists=True)
    op.create_index("ix_invoice_created", "invoice", ["created_at"], if_not_exists=True)
    op.create_index(
        "uq_invoice_number",
        "invoice",
        ["number"],
        unique=True,
        postgresql_where=sa.text("number IS NOT NULL"),
        if_not_exists=True,
    )
    op.create_table(
        "invoice_counter",
        sa.Column("series", sa.Text, nullable=False),
        sa.Column("last_number", sa.BigInteger, nullable=False),
        sa.CheckConstraint("last_number > 0", name="last_number"),
        sa.PrimaryKeyConstraint("series", name="pk_invoice_counter"),
        if_not_exists=True,
    )
    op.create_table(
        "granted_refund",
        *_made(),
        _key(),
        sa.Column("order_id", sa.Uuid, nullable=False),
        sa.Column("transaction_id", sa.Uuid),
        sa.Column("amount", sa.BigInteger, nullable=False),
        sa.Column("currency", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("shipping_costs_included", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("status", sa.Text, nullable=False, server_default="NONE"),
        sa.Column("user_id", sa.BigInteger),
        sa.Column("app_id", sa.BigInteger),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.CheckConstraint("status IN ('NONE', 'PENDING', 'SUCCESS', 'FAILURE')", name="status"),
        sa.PrimaryKeyConstraint("id", name="pk_granted_refund"),
        _refers("granted_refund", "order_id", "sales_order", "RESTRICT"),
        _refers("granted_refund", "transaction_id", "transaction_item", "SET NULL"),
        _refers("granted_refund", "user_id", "account_user", "SET NULL"),
        _refers("granted_refund", "app_id", "app", "SET NULL"),
        if_not_exists=True,
    )
    op.create_index("ix_granted_refund_order", "granted_refund", ["order_id", "id"], if_not_exists=True)
    op.create_index("ix_granted_refund_transaction_id", "granted_refund", ["transaction_id"], if_not_exists=True)
    op.create_table(
        "granted_refund_line",
        _key(),
        sa.Column("granted_refund_id", sa.BigInteger, nullable=False),
        sa.Column("order_line_id", sa.Uuid, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.PrimaryKeyConstraint("id", name="pk_granted_refund_line"),
        sa.UniqueConstraint(
            "granted_refund_id", "order_line_id", name="uq_granted_refund_line_granted_refund_id_order_line_id"
        ),
        _refers("granted_refund_line", "granted_refund_id", "granted_refund", "CASCADE"),
        _refers("granted_refund_line", "order_line_id", "order_line", "CASCADE"),
        if_not_exists=True,
    )
    op.create_index(
        "ix_granted_refund_line_order_line_id", "granted_refund_line", ["order_line_id"], if_not_exists=True
    )
    known = sa.inspect(op.get_bind())
    for table, name, kind, target in ADDED:
        if name in {found["name"] for found in known.get_columns(table)}:
            continue
        op.add_column(table, sa.Column(name, **kind))  # type: ignore[arg-type]
        if target is not None:
            op.create_foreign_key(f"fk_{table}_{name}_{target}", table, target, [name], ["id"], ondelete="SET NULL")
    add_index(
        "uq_sales_order_external_reference",
        "sales_order",
        ["external_reference"],
        unique=True,
        postgresql_where=_GIVEN,
    )
    add_index("ix_sales_order_original", "sales_order", ["original_id"], postgresql_where=_ORIGINAL)
    add_index(
        "ix_transaction_event_granted_refund", "transaction_event", ["granted_refund_id"], postgresql_where=_REFUND
    )


def downgrade() -> None:
    drop_index("ix_transaction_event_granted_refund", "transaction_event")
    drop_index("ix_sales_order_original", "sales_order")
    drop_index("uq_sales_order_external_reference", "sales_order")
    for table, name, *_ in reversed(ADDED):
        op.drop_column(table, name, if_exists=True)
    for table in ("granted_refund_line", "granted_refund", "invoice_counter", "invoice"):
        op.drop_table(table, if_exists=True)
