import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    binary,
    enum_text,
    jsonb,
    money,
    sa,
    text,
    text_array,
    timestamp,
    uuid_pk,
    uuid_ref,
)

EVENT_TYPES = (
    "AUTHORIZATION_SUCCESS", "AUTHORIZATION_FAILURE", "AUTHORIZATION_ADJUSTMENT", "AUTHORIZATION_REQUEST",
    "AUTHORIZATION_ACTION_REQUIRED", "CHARGE_ACTION_REQUIRED", "CHARGE_SUCCESS", "CHARGE_FAILURE", "CHARGE_BACK",
    "CHARGE_REQUEST", "REFUND_SUCCESS", "REFUND_FAILURE", "REFUND_REVERSE", "REFUND_REQUEST", "CANCEL_SUCCESS",
    "CANCEL_FAILURE", "CANCEL_REQUEST", "INFO",
)  # fmt: skip
CALLS = ("initialize", "process", "capture", "refund", "cancel")


class TransactionItem(Timestamps, SQLModel, table=True):
    """One payment with one provider, for a checkout or an order. Its amounts follow from its events."""

    __tablename__ = "transaction_item"
    __table_args__ = (
        sa.UniqueConstraint("provider_id", "idempotency_key"),
        sa.CheckConstraint("num_nonnulls(checkout_id, order_id) >= 1", name="has_owner"),
        sa.Index("ix_transaction_item_reference", "provider_id", "psp_reference"),
        sa.Index("ix_transaction_item_created", "created_at"),
        sa.Index("ix_transaction_item_authorized", "order_id", postgresql_where=sa.text("authorized_amount > 0")),
        sa.Index(
            "ix_transaction_item_pending",
            "updated_at",
            postgresql_where=sa.text("authorize_pending_amount + charge_pending_amount > 0"),
        ),
        sa.Index(
            "ix_transaction_item_unordered",
            "updated_at",
            postgresql_where=sa.text("checkout_id IS NOT NULL AND order_id IS NULL"),
        ),
    )

    id: uuid.UUID = uuid_pk()
    checkout_id: uuid.UUID | None = uuid_ref("checkout.id", ondelete="SET NULL", nullable=True, index=True)
    order_id: uuid.UUID | None = uuid_ref("sales_order.id", ondelete="RESTRICT", nullable=True, index=True)
    channel_id: int = bigint_ref("channel.id", ondelete="RESTRICT")
    provider_id: str = text()
    """Id of the payment plugin; empty for what staff or an app recorded without one."""
    name: str = text(default="")
    message: str = text(default="")
    psp_reference: str | None = text(nullable=True)
    available_actions: list[str] = text_array()
    action: str = enum_text("action", ("AUTHORIZATION", "CHARGE"), default="CHARGE")
    """What was asked for when it began."""
    currency: str = text()
    requested_amount: int = money(default=0)
    authorized_amount: int = money(default=0)
    charged_amount: int = money(default=0)
    refunded_amount: int = money(default=0)
    canceled_amount: int = money(default=0)
    authorize_pending_amount: int = money(default=0)
    charge_pending_amount: int = money(default=0)
    refund_pending_amount: int = money(default=0)
    cancel_pending_amount: int = money(default=0)
    idempotency_key: str | None = text(nullable=True)
    external_url: str = text(default="")
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True)
    """Who recorded it, when nobody's provider did."""
    payment_method: dict[str, Any] | None = jsonb(nullable=True)
    """How it was paid, as far as it is known: `rules.PaymentMethod` as a mapping. Never a whole card number."""
    provider_data: dict[str, Any] = jsonb()
    """What the provider asks us to remember between its calls; never secrets or card data."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class TransactionEvent(SQLModel, table=True):
    """Append-only. The same report of a provider (type and reference) is kept once.

    A `*_REQUEST` with a `call` is our own claim, written before the provider is called; once `answered_at` is set,
    the event that holds the answer stands in its place.
    """

    __tablename__ = "transaction_event"
    __table_args__ = (
        sa.Index("ix_transaction_event_transaction", "transaction_id", "id"),
        sa.Index(
            "uq_transaction_event_report",
            "transaction_id", "type", "psp_reference",
            unique=True,
            postgresql_where=sa.text("psp_reference IS NOT NULL AND type <> 'INFO'"),
        ),
        sa.Index(
            "ix_transaction_event_granted_refund",
            "granted_refund_id",
            postgresql_where=sa.text("granted_refund_id IS NOT NULL"),
        ),
        sa.Index(
            "ix_transaction_event_unanswered",
            "created_at",
            postgresql_where=sa.text("call IS NOT NULL AND answered_at IS NULL"),
        ),
    )  # fmt: skip

    id: int | None = bigint_pk()
    transaction_id: uuid.UUID = uuid_ref("transaction_item.id")
    type: str = enum_text("type", EVENT_TYPES)
    amount: int = money(default=0)
    currency: str = text()
    psp_reference: str | None = text(nullable=True)
    message: str = text(default="")
    external_url: str = text(default="")
    call: str | None = enum_text("call", CALLS, nullable=True)
    asked_at: datetime | None = timestamp(nullable=True)
    """When the provider was last asked, after the first time, what became of the call."""
    answered_at: datetime | None = timestamp(nullable=True)
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True)
    granted_refund_id: int | None = bigint_ref("granted_refund.id", ondelete="SET NULL", nullable=True)
    """The refund of an order that it is about."""
    reason_page_id: int | None = bigint_ref("page.id", ondelete="SET NULL", nullable=True)
    created_at: datetime | None = timestamp(now=True)


class WebhookInbox(SQLModel, table=True):
    """A provider's message, kept as it came once its signature held; worked on by a job."""

    __tablename__ = "webhook_inbox"
    __table_args__ = (sa.UniqueConstraint("provider_id", "event_id"),)

    id: int | None = bigint_pk()
    provider_id: str = text()
    event_id: str = text()
    channel_id: int | None = bigint_ref("channel.id", ondelete="SET NULL", nullable=True)
    headers: dict[str, Any] = jsonb()
    body: bytes = binary()
    received_at: datetime | None = timestamp(now=True)
    processed_at: datetime | None = timestamp(nullable=True)
    error: str | None = text(nullable=True)
