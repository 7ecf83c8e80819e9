from datetime import datetime

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint,
    bigint_pk,
    bigint_ref,
    binary,
    boolean,
    enum_text,
    integer,
    sa,
    text,
    text_array,
    timestamp,
)
from engine.webhooks.rules import DeliveryStatus

_PENDING = sa.text("status = 'PENDING'")
_STATUSES = [status.value for status in DeliveryStatus]


class Webhook(Timestamps, SQLModel, table=True):
    """An address an app wants to be told at. `events` are Saleor's names in lower case, as the header tells them."""

    __tablename__ = "webhook"
    __table_args__ = (sa.UniqueConstraint("app_id", "identifier"),)

    id: int | None = bigint_pk()
    app_id: int = bigint_ref("app.id")
    name: str = text(default="")
    identifier: str | None = text(nullable=True)
    target_url: str = text()
    is_active: bool = boolean(True)
    events: list[str] = text_array()
    subscription_query: str | None = text(nullable=True)
    sealed_secret: bytes | None = binary(nullable=True)
    """The key of the HMAC signature."""
    sealed_headers: bytes | None = binary(nullable=True)
    """JSON: what the app wants sent along, such as an Authorization of its own."""


class WebhookDelivery(Timestamps, SQLModel, table=True):
    """One message for one endpoint. Those of one object are sent in the order in which they happened."""

    __tablename__ = "webhook_delivery"
    __table_args__ = (
        sa.UniqueConstraint("webhook_id", "message_id"),
        sa.Index(
            "ix_webhook_delivery_queue", "webhook_id", "object_key", "outbox_event_id", "id", postgresql_where=_PENDING
        ),
        sa.Index("ix_webhook_delivery_due", "due_at", postgresql_where=_PENDING),
        sa.Index("ix_webhook_delivery_log", "webhook_id", "created_at", "id"),
        sa.Index("ix_webhook_delivery_created_at", "created_at"),
    )

    id: int | None = bigint_pk()
    webhook_id: int = bigint_ref("webhook.id")
    message_id: str = text()
    """The same on every try: what a receiver tells repetitions by."""
    outbox_event_id: int | None = bigint(nullable=True)
    """Its place in the order; null for one that somebody asked for by hand."""
    object_key: str = text()
    """`Product:12`."""
    event: str = text()
    sealed_body: bytes = binary()
    """What is sent, on every try the same. It may hold what only the app may read."""
    status: str = enum_text("status", _STATUSES, default=DeliveryStatus.PENDING)
    tries: int = integer(default=0)
    """Since it was last set going."""
    due_at: datetime | None = timestamp(now=True)
    claimed_until: datetime | None = timestamp(nullable=True)
    """A worker is at it; one that dies loses it then."""


class WebhookAttempt(SQLModel, table=True):
    """One try of a delivery, and what came back."""

    __tablename__ = "webhook_attempt"

    id: int | None = bigint_pk()
    delivery_id: int = bigint_ref("webhook_delivery.id")
    created_at: datetime | None = timestamp(now=True)
    duration_ms: int = integer()
    status: str = enum_text("status", _STATUSES)
    request_headers: str = text()
    response_status_code: int | None = integer(nullable=True)
    response_headers: str = text(default="")
    response: str = text(default="")
    """The beginning of the answer, or why there was none."""

    __table_args__ = (sa.Index("ix_webhook_attempt_delivery", "delivery_id", "created_at", "id"),)


class WebhookTold(SQLModel, table=True):
    """The events of the outbox whose deliveries are made, so that each is made once and in order."""

    __tablename__ = "webhook_told"

    event_id: int = bigint_ref("outbox_event.id", primary_key=True)
