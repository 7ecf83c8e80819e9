import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    integer,
    jsonb,
    sa,
    text,
    timestamp,
    uuid_pk,
    uuid_ref,
)

LEDGER_KINDS = (
    "RECEIVED", "ADJUSTED", "CLAIMED", "RELEASED", "ALLOCATED", "DEALLOCATED", "SHIPPED", "RETURNED",
)  # fmt: skip


class Warehouse(Timestamps, SQLModel, table=True):
    __tablename__ = "warehouse"

    id: uuid.UUID = uuid_pk()
    name: str = text()
    slug: str = text(unique=True)
    email: str = text(default="")
    address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True)
    click_and_collect: str = enum_text("click_and_collect", ("DISABLED", "LOCAL", "ALL"), default="DISABLED")
    is_private: bool = boolean(False)
    external_reference: str | None = text(nullable=True, unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class WarehouseChannel(SQLModel, table=True):
    """A channel may sell from a warehouse; a lower `sort_order` is emptied first."""

    __tablename__ = "warehouse_channel"

    warehouse_id: uuid.UUID = uuid_ref("warehouse.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)
    sort_order: int = integer(default=0)


class WarehouseZone(SQLModel, table=True):
    """A warehouse ships to the countries of these zones."""

    __tablename__ = "warehouse_zone"

    warehouse_id: uuid.UUID = uuid_ref("warehouse.id", primary_key=True)
    shipping_zone_id: int = bigint_ref("shipping_zone.id", primary_key=True, index=True)


class Stock(SQLModel, table=True):
    """Units of a variant in a warehouse. `allocated` is the part that checkouts and orders have claimed."""

    __tablename__ = "stock"
    __table_args__ = (
        sa.UniqueConstraint("variant_id", "warehouse_id"),
        sa.CheckConstraint("on_hand >= 0", name="on_hand"),
        sa.CheckConstraint("allocated >= 0", name="allocated"),
        sa.CheckConstraint("allocated <= on_hand", name="never_oversold"),
        sa.Index("ix_stock_on_hand", "on_hand", "variant_id"),
    )

    id: int | None = bigint_pk()
    variant_id: int = bigint_ref("product_variant.id")
    warehouse_id: uuid.UUID = uuid_ref("warehouse.id", ondelete="RESTRICT", index=True)
    on_hand: int = integer(default=0)
    allocated: int = integer(default=0)


class StockEntry(SQLModel, table=True):
    """Append-only ledger. For each stock, the sums of both deltas equal its balances."""

    __tablename__ = "stock_entry"

    id: int | None = bigint_pk()
    stock_id: int = bigint_ref("stock.id", index=True)
    kind: str = enum_text("kind", LEDGER_KINDS)
    on_hand_delta: int = integer(default=0)
    allocated_delta: int = integer(default=0)
    cause_type: str = text()
    """`checkout`, `order`, `fulfillment`, `staff`, `import` …"""
    cause_id: str = text()
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    note: str = text(default="")
    created_at: datetime | None = timestamp(now=True)


class Allocation(SQLModel, table=True):
    """A claim on stock: held for a checkout until `expires_at`, or kept for an order line until it ships."""

    __tablename__ = "allocation"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("num_nonnulls(checkout_id, order_line_id) = 1", name="one_owner"),
        sa.CheckConstraint("checkout_id IS NULL OR expires_at IS NOT NULL", name="holds_expire"),
        sa.Index("ix_allocation_expires_at", "expires_at", postgresql_where=sa.text("expires_at IS NOT NULL")),
    )

    id: int | None = bigint_pk()
    stock_id: int = bigint_ref("stock.id", ondelete="RESTRICT", index=True)
    quantity: int = integer()
    checkout_id: uuid.UUID | None = uuid_ref("checkout.id", ondelete="RESTRICT", nullable=True, index=True)
    checkout_line_id: uuid.UUID | None = uuid_ref("checkout_line.id", ondelete="RESTRICT", nullable=True)
    order_line_id: uuid.UUID | None = uuid_ref("order_line.id", ondelete="RESTRICT", nullable=True, index=True)
    expires_at: datetime | None = timestamp(nullable=True)
    created_at: datetime | None = timestamp(now=True)
