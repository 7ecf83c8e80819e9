"""Webhooks out: endpoints, deliveries, their log; by whom an event was caused; apps that bring a manifest."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

PENDING = sa.text("status = 'PENDING'")
STATUSES = "status IN ('PENDING', 'SUCCESS', 'FAILED')"
PRINCIPAL = ("user_id", "app_id")
MANIFEST = (
    "version", "author", "about", "app_url", "homepage_url", "support_url", "data_privacy_url", "manifest_url",
)  # fmt: skip
TEXTS = sa.text("'{}'::text[]")
MOMENT = sa.DateTime(timezone=True)
NOW = sa.text("now()")


def key(table: str) -> tuple[sa.Column[int], sa.PrimaryKeyConstraint]:
    return (
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
    )


def upgrade() -> None:
    for name in PRINCIPAL:
        op.add_column("outbox_event", sa.Column(name, sa.BigInteger), if_not_exists=True)
    op.create_table(
        "webhook",
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        *key("webhook"),
        sa.Column("app_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, server_default="", nullable=False),
        sa.Column("identifier", sa.Text),
        sa.Column("target_url", sa.Text, nullable=False),
        sa.Column("is_active", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("events", ARRAY(sa.Text), server_default=sa.text("'{}'::text[]"), nullable=False),
        sa.Column("subscription_query", sa.Text),
        sa.Column("sealed_secret", sa.LargeBinary),
        sa.Column("sealed_headers", sa.LargeBinary),
        sa.ForeignKeyConstraint(["app_id"], ["app.id"], name="fk_webhook_app_id_app", ondelete="CASCADE"),
        sa.UniqueConstraint("app_id", "identifier", name="uq_webhook_app_id_identifier"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        *key("webhook_delivery"),
        sa.Column("webhook_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("message_id", sa.Text, nullable=False),
        sa.Column("outbox_event_id", sa.BigInteger),
        sa.Column("object_key", sa.Text, nullable=False),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("sealed_body", sa.LargeBinary, nullable=False),
        sa.Column("status", sa.Text, server_default="PENDING", nullable=False),
        sa.Column("tries", sa.Integer, server_default="0", nullable=False),
        sa.Column("due_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("claimed_until", MOMENT),
        sa.CheckConstraint(STATUSES, name=op.f("ck_webhook_delivery_status")),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhook.id"], name="fk_webhook_delivery_webhook_id_webhook", ondelete="CASCADE"
        ),
        sa.UniqueConstraint("webhook_id", "message_id", name="uq_webhook_delivery_webhook_id_message_id"),
    )
    queue = ["webhook_id", "object_key", "outbox_event_id", "id"]
    op.create_index("ix_webhook_delivery_queue", "webhook_delivery", queue, postgresql_where=PENDING)
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["due_at"], postgresql_where=PENDING)
    op.create_index("ix_webhook_delivery_log", "webhook_delivery", ["webhook_id", "created_at", "id"])
    op.create_index("ix_webhook_delivery_created_at", "webhook_delivery", ["created_at"])
    op.create_table(
        "webhook_attempt",
        *key("webhook_attempt"),
        sa.Column("delivery_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("duration_ms", sa.Integer, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("request_headers", sa.Text, nullable=False),
        sa.Column("response_status_code", sa.Integer),
        sa.Column("response_headers", sa.Text, server_default="", nullable=False),
        sa.Column("response", sa.Text, server_default="", nullable=False),
        sa.CheckConstraint(STATUSES, name=op.f("ck_webhook_attempt_status")),
        sa.ForeignKeyConstraint(
            ["delivery_id"],
            ["webhook_delivery.id"],
            name="fk_webhook_attempt_delivery_id_webhook_delivery",
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_webhook_attempt_delivery", "webhook_attempt", ["delivery_id", "created_at", "id"])
    op.create_table(
        "webhook_told",
        sa.Column("event_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.ForeignKeyConstraint(
            ["event_id"], ["outbox_event.id"], name="fk_webhook_told_event_id_outbox_event", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("event_id", name="pk_webhook_told"),
    )
    make_room_for_manifests()


def make_room_for_manifests() -> None:
    kind = sa.CheckConstraint("type IN ('LOCAL', 'THIRDPARTY')", name=op.f("ck_app_type"))
    op.add_column("app", sa.Column("type", sa.Text, kind, server_default="LOCAL", nullable=False))
    for name in MANIFEST:
        op.add_column("app", sa.Column(name, sa.Text))
    op.create_table(
        "app_installation",
        sa.Column("created_at", MOMENT, server_default=NOW, nullable=False),
        sa.Column("updated_at", MOMENT, server_default=NOW, nullable=False),
        *key("app_installation"),
        sa.Column("app_name", sa.Text, nullable=False),
        sa.Column("manifest_url", sa.Text, nullable=False),
        sa.Column("permissions", ARRAY(sa.Text), server_default=TEXTS, nullable=False),
        sa.Column("activates", sa.Boolean, server_default=sa.true(), nullable=False),
        sa.Column("status", sa.Text, server_default="PENDING", nullable=False),
        sa.Column("message", sa.Text),
        sa.Column("app_id", sa.BigInteger, autoincrement=False),
        sa.CheckConstraint("status IN ('PENDING', 'FAILED')", name=op.f("ck_app_installation_status")),
        sa.ForeignKeyConstraint(["app_id"], ["app.id"], name="fk_app_installation_app_id_app", ondelete="SET NULL"),
    )
    op.create_index("ix_app_installation_app_id", "app_installation", ["app_id"])
    op.create_table(
        "app_extension",
        *key("app_extension"),
        sa.Column("app_id", sa.BigInteger, nullable=False, autoincrement=False),
        sa.Column("identifier", sa.Text),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("label", "url", "mount_name", "target_name")),
        sa.Column("permissions", ARRAY(sa.Text), server_default=TEXTS, nullable=False),
        sa.Column("settings", JSONB, server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.ForeignKeyConstraint(["app_id"], ["app.id"], name="fk_app_extension_app_id_app", ondelete="CASCADE"),
    )
    op.create_index("ix_app_extension_app_id", "app_extension", ["app_id"])


def downgrade() -> None:
    for name in ("app_extension", "app_installation"):
        op.drop_table(name)
    for name in ("type", *MANIFEST):
        op.drop_column("app", name)
    for name in ("webhook_told", "webhook_attempt", "webhook_delivery", "webhook"):
        op.drop_table(name)
    for name in PRINCIPAL:
        op.drop_column("outbox_event", name, if_exists=True)
