import uuid
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint,
    bigint_pk,
    enum_text,
    jsonb,
    sa,
    text,
    uuid_ref,
)

STATUSES = ("PENDING", "SUCCESS", "FAILED", "DELETED")


class Invoice(Timestamps, SQLModel, table=True):
    """One document of one order. It stays when it is deleted, so that its number is accounted for."""

    __tablename__ = "invoice"
    __table_args__ = (
        sa.Index("ix_invoice_order", "order_id", "id"),
        sa.Index("uq_invoice_number", "number", unique=True, postgresql_where=sa.text("number IS NOT NULL")),
        sa.Index("ix_invoice_created", "created_at"),
    )

    id: int | None = bigint_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id", ondelete="RESTRICT")
    number: str | None = text(nullable=True)
    status: str = enum_text("status", STATUSES, default="PENDING")
    storage_key: str | None = text(nullable=True)
    """Of the document in the shop's own storage; its name cannot be guessed."""
    external_url: str | None = text(nullable=True)
    """Of a document that is kept elsewhere."""
    message: str | None = text(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class InvoiceCounter(SQLModel, table=True):
    """The last number given out in a series. It is taken under its row's lock, in the transaction that writes the
    invoice, so that none is left out."""

    __tablename__ = "invoice_counter"

    series: str = text(primary_key=True)
    last_number: int = bigint(check="last_number > 0")
