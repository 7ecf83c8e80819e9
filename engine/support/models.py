import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    jsonb,
    sa,
    text,
    timestamp,
    uuid_pk,
    uuid_ref,
)

STATUSES = ("OPEN", "PENDING", "RESOLVED", "CLOSED")
PRIORITIES = ("LOW", "NORMAL", "HIGH", "URGENT")


class Ticket(Timestamps, SQLModel, table=True):
    """A customer's question and its thread. OPEN waits for staff, PENDING waits for the customer."""

    __tablename__ = "ticket"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.Index("ix_ticket_queue", "status", "updated_at", "id"),
        sa.Index("ix_ticket_updated", "updated_at", "id"),
        sa.Index("ix_ticket_priority", "priority", "updated_at", "id"),
        sa.Index("ix_ticket_email", "email"),
        sa.Index(
            "ix_ticket_subject",
            sa.literal_column("lower(subject)").label("text"),
            postgresql_using="gin",
            postgresql_ops={"text": "gin_trgm_ops"},
        ),
        sa.Index("ix_ticket_user", "user_id", "created_at", "id"),
        sa.Index("ix_ticket_assignee", "assignee_id", "status"),
    )

    id: uuid.UUID = uuid_pk()
    number: int = bigint()
    """From the sequence `ticket_number`."""
    channel_id: int | None = bigint_ref("channel.id", ondelete="SET NULL", nullable=True)
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    email: str = text()
    subject: str = text()
    status: str = enum_text("status", STATUSES, default="OPEN")
    priority: str = enum_text("priority", PRIORITIES, default="NORMAL")
    assignee_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    order_id: uuid.UUID | None = uuid_ref("sales_order.id", ondelete="SET NULL", nullable=True, index=True)
    language_code: str = text(default="en")
    first_response_at: datetime | None = timestamp(nullable=True)
    resolved_at: datetime | None = timestamp(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class TicketMessage(SQLModel, table=True):
    """A public reply, or an internal note that only staff sees."""

    __tablename__ = "ticket_message"
    __table_args__ = (sa.Index("ix_ticket_message_ticket", "ticket_id", "id"),)

    id: int | None = bigint_pk()
    ticket_id: uuid.UUID = uuid_ref("ticket.id")
    author_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    from_staff: bool = boolean()
    internal: bool = boolean()
    body: str = text()
    created_at: datetime | None = timestamp(now=True)


class TicketEvent(SQLModel, table=True):
    """What happened to a ticket: created, replied, assigned, status or priority changed. Append-only."""

    __tablename__ = "ticket_event"
    __table_args__ = (sa.Index("ix_ticket_event_ticket", "ticket_id", "id"),)

    id: int | None = bigint_pk()
    ticket_id: uuid.UUID = uuid_ref("ticket.id")
    type: str = text()
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True)
    parameters: dict[str, Any] = jsonb()
    created_at: datetime | None = timestamp(now=True)
