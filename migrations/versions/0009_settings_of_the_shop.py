"""Settings of the shop and of channels, limits of delivery methods, exceptions of taxes, and an address for each
warehouse."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# a place to sell that it serves tells a warehouse's country; the row is found again by what it is made of
_ADDRESSES = """
WITH lacking AS (
  SELECT w.id, w.name, nextval(pg_get_serial_sequence('address', 'id')) AS address_id,
    coalesce((
      SELECT c.default_country FROM warehouse_channel h JOIN channel c ON c.id = h.channel_id
      WHERE h.warehouse_id = w.id ORDER BY h.sort_order, c.id LIMIT 1
    ), (SELECT default_country FROM channel ORDER BY id LIMIT 1), 'US') AS country
  FROM warehouse w WHERE w.address_id IS NULL
), made AS (
  INSERT INTO address (id, company_name, country, validation_skipped) OVERRIDING SYSTEM VALUE
  SELECT address_id, name, country, true FROM lacking
)
UPDATE warehouse w SET address_id = l.address_id FROM lacking l WHERE l.id = w.id
"""


def _pairs(table: str) -> None:
    for name in ("meta", "private_meta"):
        op.add_column(table, sa.Column(name, JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")))


def _flag(name: str, default: bool) -> "sa.Column[bool]":
    return sa.Column(name, sa.Boolean, nullable=False, server_default=sa.true() if default else sa.false())


def upgrade() -> None:
    _shop()
    _channels()
    _shipping()
    op.add_column("warehouse", sa.Column("external_reference", sa.Text))
    op.create_unique_constraint("uq_warehouse_external_reference", "warehouse", ["external_reference"])
    # not held back by the row's own foreign key: the address is there when the statement ends
    op.execute(_ADDRESSES)


def _shop() -> None:
    op.create_table(
        "shop_settings",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("name", sa.Text, nullable=False, server_default=""),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("header_text", sa.Text, nullable=False, server_default=""),
        sa.Column("mail_sender_name", sa.Text, nullable=False, server_default=""),
        sa.Column("mail_sender_address", sa.Text),
        sa.Column("customer_set_password_url", sa.Text),
        sa.Column("company_address_id", sa.BigInteger),
        _flag("confirm_accounts_by_mail", True),
        _flag("login_without_confirmation", False),
        _flag("fulfillment_auto_approve", True),
        _flag("fulfillment_allow_unpaid", True),
        sa.Column("reserve_stock_anonymous", sa.Integer),
        sa.Column("reserve_stock_authenticated", sa.Integer),
        sa.Column("limit_quantity_per_checkout", sa.Integer),
        sa.Column("meta", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.Column("private_meta", JSONB, nullable=False, server_default=sa.text("'{}'::jsonb")),
        sa.PrimaryKeyConstraint("id", name="pk_shop_settings"),
        sa.ForeignKeyConstraint(
            ["company_address_id"],
            ["address.id"],
            ondelete="SET NULL",
            name="fk_shop_settings_company_address_id_address",
        ),
        sa.CheckConstraint("id = 1", name=op.f("ck_shop_settings_one_row")),
        sa.CheckConstraint("reserve_stock_anonymous > 0", name=op.f("ck_shop_settings_reserve_stock_anonymous")),
        sa.CheckConstraint(
            "reserve_stock_authenticated > 0", name=op.f("ck_shop_settings_reserve_stock_authenticated")
        ),
        sa.CheckConstraint(
            "limit_quantity_per_checkout > 0", name=op.f("ck_shop_settings_limit_quantity_per_checkout")
        ),
    )
    op.execute("INSERT INTO shop_settings (id) OVERRIDING SYSTEM VALUE VALUES (1)")


def _channels() -> None:
    op.add_column("channel", sa.Column("expire_orders_after", sa.Integer))
    op.add_column("channel", sa.Column("delete_expired_orders_after", sa.Integer, nullable=False, server_default="60"))
    op.add_column("channel", _flag("automatic_completion", True))
    op.add_column("channel", sa.Column("automatic_completion_delay", sa.Integer))
    op.add_column("channel", sa.Column("automatic_completion_since", sa.DateTime(timezone=True)))
    _pairs("channel")
    checks = {
        "expire_orders_after": "expire_orders_after > 0",
        "delete_expired_orders_after": "delete_expired_orders_after BETWEEN 1 AND 120",
        "automatic_completion_delay": "automatic_completion_delay >= 0",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_channel_{name}"), "channel", condition)
    _pairs("tax_configuration")
    op.execute("INSERT INTO tax_configuration (channel_id) SELECT id FROM channel ON CONFLICT DO NOTHING")
    op.create_table(
        "tax_country_exception",
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("country", sa.Text, nullable=False),
        _flag("charge_taxes", True),
        _flag("display_gross_prices", True),
        sa.PrimaryKeyConstraint("channel_id", "country", name="pk_tax_country_exception"),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], ondelete="CASCADE", name="fk_tax_country_exception_channel_id_channel"
        ),
    )


def _shipping() -> None:
    op.add_column("shipping_zone", _flag("is_default", False))
    op.create_index(
        "uq_shipping_zone_default", "shipping_zone", ["is_default"], unique=True, postgresql_where=sa.text("is_default")
    )
    op.add_column("shipping_method", sa.Column("type", sa.Text, nullable=False, server_default="PRICE"))
    op.add_column("shipping_method", sa.Column("minimum_order_weight_grams", sa.Integer))
    op.add_column("shipping_method", sa.Column("maximum_order_weight_grams", sa.Integer))
    checks = {
        "type": "type IN ('PRICE', 'WEIGHT')",
        "minimum_order_weight_grams": "minimum_order_weight_grams >= 0",
        "weight": "maximum_order_weight_grams >= minimum_order_weight_grams",
    }
    for name, condition in checks.items():
        op.create_check_constraint(op.f(f"ck_shipping_method_{name}"), "shipping_method", condition)
    op.add_column("shipping_method_translation", sa.Column("description", JSONB))
    op.create_table(
        "shipping_method_exclusion",
        sa.Column("shipping_method_id", sa.BigInteger, nullable=False),
        sa.Column("product_id", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("shipping_method_id", "product_id", name="pk_shipping_method_exclusion"),
        sa.ForeignKeyConstraint(
            ["shipping_method_id"],
            ["shipping_method.id"],
            ondelete="CASCADE",
            name="fk_shipping_method_exclusion_shipping_method_id_shipping_method",
        ),
        sa.ForeignKeyConstraint(
            ["product_id"],
            ["product.id"],
            ondelete="CASCADE",
            name="fk_shipping_method_exclusion_product_id_product",
        ),
    )
    op.create_index("ix_shipping_method_exclusion_product_id", "shipping_method_exclusion", ["product_id"])
    op.create_table(
        "shipping_postal_code_rule",
        sa.Column("id", sa.BigInteger, sa.Identity(), nullable=False),
        sa.Column("shipping_method_id", sa.BigInteger, nullable=False),
        sa.Column("start", sa.Text, nullable=False),
        sa.Column("end", sa.Text),
        sa.Column("inclusion_type", sa.Text, nullable=False, server_default="EXCLUDE"),
        sa.PrimaryKeyConstraint("id", name="pk_shipping_postal_code_rule"),
        sa.ForeignKeyConstraint(
            ["shipping_method_id"],
            ["shipping_method.id"],
            ondelete="CASCADE",
            name="fk_shipping_postal_code_rule_shipping_method_id_shipping_method",
        ),
        sa.CheckConstraint(
            "inclusion_type IN ('INCLUDE', 'EXCLUDE')", name=op.f("ck_shipping_postal_code_rule_inclusion_type")
        ),
    )
    op.create_index(
        "uq_shipping_postal_code_rule",
        "shipping_postal_code_rule",
        ["shipping_method_id", "start", sa.text("coalesce(\"end\", '')")],
        unique=True,
    )


def downgrade() -> None:
    op.drop_table("shipping_postal_code_rule")
    op.drop_table("shipping_method_exclusion")
    op.drop_table("tax_country_exception")
    op.drop_table("shop_settings")
    op.drop_index("uq_shipping_zone_default", "shipping_zone")
    dropped = {
        "warehouse": ("external_reference",),
        "shipping_method_translation": ("description",),
        "shipping_method": ("type", "minimum_order_weight_grams", "maximum_order_weight_grams"),
        "shipping_zone": ("is_default",),
        "tax_configuration": ("meta", "private_meta"),
        "channel": (
            "expire_orders_after", "delete_expired_orders_after", "automatic_completion",
            "automatic_completion_delay", "automatic_completion_since", "meta", "private_meta",
        ),
    }  # fmt: skip
    for table, columns in dropped.items():
        for column in columns:
            op.drop_column(table, column)
