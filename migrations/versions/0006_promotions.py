"""Promotions, and what variants have cost, with what they cost now as its beginning."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promotion",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(collation="C"), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("description", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("start_date", sa.DateTime(timezone=True), nullable=False),
        sa.Column("end_date", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_turn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "meta", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'::jsonb"), nullable=False
        ),
        sa.Column(
            "private_meta",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default=sa.text("'{}'::jsonb"),
            nullable=False,
        ),
        sa.CheckConstraint("end_date > start_date", name=op.f("ck_promotion_end_date")),
        sa.CheckConstraint("type IN ('CATALOGUE', 'ORDER')", name=op.f("ck_promotion_type")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index("ix_promotion_created", "promotion", ["created_at", "id"], unique=False)
    op.create_index("ix_promotion_name", "promotion", ["name_key", "id"], unique=False)
    op.create_index(
        "ix_promotion_next_turn",
        "promotion",
        ["next_turn_at"],
        unique=False,
        postgresql_where=sa.text("next_turn_at IS NOT NULL"),
    )
    op.create_table(
        "promotion_event",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("promotion_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("app_id", sa.BigInteger(), autoincrement=False, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["app_id"], ["app.id"], name=op.f("fk_promotion_event_app_id_app"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotion.id"],
            name=op.f("fk_promotion_event_promotion_id_promotion"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account_user.id"], name=op.f("fk_promotion_event_user_id_account_user"), ondelete="SET NULL"
        ),
        sa.CheckConstraint(
            "type IN ('PROMOTION_CREATED', 'PROMOTION_UPDATED', 'PROMOTION_STARTED', 'PROMOTION_ENDED', 'RULE_CREATED', 'RULE_UPDATED', 'RULE_DELETED')",
            name=op.f("ck_promotion_event_type"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_event")),
    )
    op.create_index(op.f("ix_promotion_event_app_id"), "promotion_event", ["app_id"], unique=False)
    op.create_index("ix_promotion_event_order", "promotion_event", ["promotion_id", "created_at", "id"], unique=False)
    op.create_index(op.f("ix_promotion_event_user_id"), "promotion_event", ["user_id"], unique=False)
    op.create_table(
        "promotion_rule",
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("promotion_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("catalogue_predicate", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("order_predicate", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("reward_type", sa.Text(), nullable=True),
        sa.Column("reward_value_type", sa.Text(), nullable=True),
        sa.Column("reward_value", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.CheckConstraint("reward_value >= 0", name=op.f("ck_promotion_rule_reward_value")),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotion.id"],
            name=op.f("fk_promotion_rule_promotion_id_promotion"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint("reward_type IN ('SUBTOTAL_DISCOUNT', 'GIFT')", name=op.f("ck_promotion_rule_reward_type")),
        sa.CheckConstraint(
            "reward_value_type IN ('FIXED', 'PERCENTAGE')", name=op.f("ck_promotion_rule_reward_value_type")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion_rule")),
    )
    op.create_index(op.f("ix_promotion_rule_promotion_id"), "promotion_rule", ["promotion_id"], unique=False)
    op.create_table(
        "promotion_translation",
        sa.Column("promotion_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["promotion_id"],
            ["promotion.id"],
            name=op.f("fk_promotion_translation_promotion_id_promotion"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("promotion_id", "language", name=op.f("pk_promotion_translation")),
    )
    op.create_table(
        "promotion_rule_channel",
        sa.Column("rule_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"],
            ["channel.id"],
            name=op.f("fk_promotion_rule_channel_channel_id_channel"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["promotion_rule.id"],
            name=op.f("fk_promotion_rule_channel_rule_id_promotion_rule"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "channel_id", name=op.f("pk_promotion_rule_channel")),
    )
    op.create_index(
        op.f("ix_promotion_rule_channel_channel_id"), "promotion_rule_channel", ["channel_id"], unique=False
    )
    op.create_table(
        "promotion_rule_target",
        sa.Column("rule_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("clause", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("term", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("target_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("terms", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["promotion_rule.id"],
            name=op.f("fk_promotion_rule_target_rule_id_promotion_rule"),
            ondelete="CASCADE",
        ),
        sa.CheckConstraint(
            "kind IN ('PRODUCT', 'VARIANT', 'CATEGORY', 'COLLECTION')", name=op.f("ck_promotion_rule_target_kind")
        ),
        sa.PrimaryKeyConstraint("rule_id", "clause", "term", "target_id", name=op.f("pk_promotion_rule_target")),
    )
    op.create_index("ix_promotion_rule_target_of", "promotion_rule_target", ["kind", "target_id"], unique=False)
    op.create_table(
        "promotion_rule_translation",
        sa.Column("rule_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("description", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["promotion_rule.id"],
            name=op.f("fk_promotion_rule_translation_rule_id_promotion_rule"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "language", name=op.f("pk_promotion_rule_translation")),
    )
    op.create_table(
        "promotion_rule_gift",
        sa.Column("rule_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("variant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["promotion_rule.id"],
            name=op.f("fk_promotion_rule_gift_rule_id_promotion_rule"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["product_variant.id"],
            name=op.f("fk_promotion_rule_gift_variant_id_product_variant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("rule_id", "variant_id", name=op.f("pk_promotion_rule_gift")),
    )
    op.create_index(op.f("ix_promotion_rule_gift_variant_id"), "promotion_rule_gift", ["variant_id"], unique=False)
    op.create_table(
        "promotion_rule_variant",
        sa.Column("variant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("rule_id", sa.UUID(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["rule_id"],
            ["promotion_rule.id"],
            name=op.f("fk_promotion_rule_variant_rule_id_promotion_rule"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["product_variant.id"],
            name=op.f("fk_promotion_rule_variant_variant_id_product_variant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", "rule_id", name=op.f("pk_promotion_rule_variant")),
    )
    op.create_index(op.f("ix_promotion_rule_variant_rule_id"), "promotion_rule_variant", ["rule_id"], unique=False)
    op.create_table(
        "variant_price_change",
        sa.Column("variant_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["channel_id"], ["channel.id"], name=op.f("fk_variant_price_change_channel_id_channel"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["variant_id"],
            ["product_variant.id"],
            name=op.f("fk_variant_price_change_variant_id_product_variant"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("variant_id", "channel_id", "since", name=op.f("pk_variant_price_change")),
    )
    op.create_index(op.f("ix_variant_price_change_channel_id"), "variant_price_change", ["channel_id"], unique=False)
    op.execute(
        "INSERT INTO variant_price_change (variant_id, channel_id, since, amount)"
        " SELECT variant_id, channel_id, updated_at, amount FROM variant_price"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_variant_price_change_channel_id"), table_name="variant_price_change")
    op.drop_table("variant_price_change")
    op.drop_index(op.f("ix_promotion_rule_variant_rule_id"), table_name="promotion_rule_variant")
    op.drop_table("promotion_rule_variant")
    op.drop_index(op.f("ix_promotion_rule_gift_variant_id"), table_name="promotion_rule_gift")
    op.drop_table("promotion_rule_gift")
    op.drop_table("promotion_rule_translation")
    op.drop_index("ix_promotion_rule_target_of", table_name="promotion_rule_target")
    op.drop_table("promotion_rule_target")
    op.drop_index(op.f("ix_promotion_rule_channel_channel_id"), table_name="promotion_rule_channel")
    op.drop_table("promotion_rule_channel")
    op.drop_table("promotion_translation")
    op.drop_index(op.f("ix_promotion_rule_promotion_id"), table_name="promotion_rule")
    op.drop_table("promotion_rule")
    op.drop_index(op.f("ix_promotion_event_user_id"), table_name="promotion_event")
    op.drop_index("ix_promotion_event_order", table_name="promotion_event")
    op.drop_index(op.f("ix_promotion_event_app_id"), table_name="promotion_event")
    op.drop_table("promotion_event")
    op.drop_index(
        "ix_promotion_next_turn", table_name="promotion", postgresql_where=sa.text("next_turn_at IS NOT NULL")
    )
    op.drop_index("ix_promotion_name", table_name="promotion")
    op.drop_index("ix_promotion_created", table_name="promotion")
    op.drop_table("promotion")
