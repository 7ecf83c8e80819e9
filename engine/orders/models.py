import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    Field,
    SQLModel,
    Timestamps,
    bigint,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    integer,
    jsonb,
    money,
    sa,
    text,
    timestamp,
    uuid_pk,
    uuid_ref,
)

STATUSES = (
    "DRAFT", "UNCONFIRMED", "UNFULFILLED", "PARTIALLY_FULFILLED", "PARTIALLY_RETURNED", "RETURNED", "FULFILLED",
    "CANCELED", "EXPIRED",
)  # fmt: skip
FULFILLMENT_STATUSES = (
    "FULFILLED", "REFUNDED", "RETURNED", "REPLACED", "REFUNDED_AND_RETURNED", "CANCELED", "WAITING_FOR_APPROVAL",
)  # fmt: skip


class Order(Timestamps, SQLModel, table=True):
    """A sale. Amounts are minor units of `currency`; the line totals are authoritative, the rest derives."""

    __tablename__ = "sales_order"
    __table_args__ = (
        sa.UniqueConstraint("number"),
        sa.Index("ix_sales_order_created", "created_at", "id"),
        sa.Index("ix_sales_order_user", "user_id", "created_at", "id"),
        sa.Index("ix_sales_order_channel", "channel_id", "created_at", "id"),
        sa.Index("ix_sales_order_status", "status", "created_at", "id"),
        sa.Index("ix_sales_order_updated", "updated_at", "id"),
        sa.Index("ix_sales_order_customer", "user_email", "id"),
        sa.Index(
            "ix_sales_order_email_text",
            "user_email",
            postgresql_using="gin",
            postgresql_ops={"user_email": "gin_trgm_ops"},
        ),
        sa.Index("ix_sales_order_meta", "meta", postgresql_using="gin"),
        sa.Index(
            "ix_sales_order_pickup", "created_at", "id", postgresql_where=sa.text("collection_point_id IS NOT NULL")
        ),
        sa.Index("ix_sales_order_billing_address", "billing_address_id"),
        sa.Index("ix_sales_order_shipping_address", "shipping_address_id"),
        sa.CheckConstraint("total_gross = subtotal_gross + shipping_gross", name="gross_adds_up"),
        sa.CheckConstraint("total_net = subtotal_net + shipping_net", name="net_adds_up"),
    )

    id: uuid.UUID = uuid_pk()
    number: int = bigint()
    """From the sequence `order_number`; gaps happen."""
    checkout_id: uuid.UUID | None = Field(default=None, sa_column=sa.Column(sa.Uuid, nullable=True, unique=True))
    """The checkout it came from; unique, so that completing twice makes one order."""
    channel_id: int = bigint_ref("channel.id", ondelete="RESTRICT")
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    user_email: str = text(default="")
    status: str = enum_text("status", STATUSES, default="UNFULFILLED")
    origin: str = enum_text("origin", ("CHECKOUT", "DRAFT", "REISSUE", "BULK_CREATE"), default="CHECKOUT")
    language_code: str = text(default="en")
    currency: str = text()
    billing_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True)
    shipping_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True)
    shipping_method_id: int | None = bigint_ref("shipping_method.id", ondelete="SET NULL", nullable=True)
    collection_point_id: uuid.UUID | None = uuid_ref("warehouse.id", ondelete="SET NULL", nullable=True)
    shipping_method_name: str = text(default="")
    carrier_id: str | None = text(nullable=True)
    service_code: str | None = text(nullable=True)
    shipping_net: int = money(default=0)
    shipping_gross: int = money(default=0)
    shipping_tax_rate: int = integer(default=0)
    subtotal_net: int = money(default=0)
    subtotal_gross: int = money(default=0)
    total_net: int = money(default=0)
    total_gross: int = money(default=0)
    undiscounted_total_net: int = money(default=0)
    undiscounted_total_gross: int = money(default=0)
    display_gross_prices: bool = boolean(True)
    voucher_code: str | None = text(nullable=True)
    customer_note: str = text(default="")
    expired_at: datetime | None = timestamp(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class OrderLine(SQLModel, table=True):
    """A snapshot of what was sold; it outlives the product. Tax rates are thousandths of a percent."""

    __tablename__ = "order_line"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("quantity_fulfilled BETWEEN 0 AND quantity", name="quantity_fulfilled"),
        sa.Index("ix_order_line_order", "order_id", "position"),
        sa.Index("ix_order_line_thumbnail_media", "thumbnail_media_id"),
    )

    id: uuid.UUID = uuid_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id")
    position: int = integer(default=0)
    variant_id: int | None = bigint_ref("product_variant.id", ondelete="SET NULL", nullable=True, index=True)
    product_name: str = text()
    variant_name: str = text(default="")
    translated_product_name: str = text(default="")
    translated_variant_name: str = text(default="")
    product_sku: str | None = text(nullable=True)
    thumbnail_media_id: int | None = bigint_ref("product_media.id", ondelete="SET NULL", nullable=True)
    quantity: int = integer()
    quantity_fulfilled: int = integer(default=0)
    is_shipping_required: bool = boolean(True)
    is_gift: bool = boolean(False)
    unit_net: int = money()
    unit_gross: int = money()
    undiscounted_unit_net: int = money()
    undiscounted_unit_gross: int = money()
    total_net: int = money()
    total_gross: int = money()
    undiscounted_total_net: int = money()
    undiscounted_total_gross: int = money()
    tax_rate: int = integer(default=0)
    tax_class_name: str | None = text(nullable=True)
    weight_grams: int = integer(default=0)
    hs_code: str | None = text(nullable=True)
    origin_country: str | None = text(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class OrderEvent(SQLModel, table=True):
    """What happened to an order, in Saleor's `OrderEventsEnum` words. Append-only."""

    __tablename__ = "order_event"
    __table_args__ = (sa.Index("ix_order_event_order", "order_id", "id"),)

    id: int | None = bigint_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id")
    type: str = text()
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True)
    parameters: dict[str, Any] = jsonb()
    created_at: datetime | None = timestamp(now=True)


class Fulfillment(SQLModel, table=True):
    __tablename__ = "fulfillment"
    __table_args__ = (sa.UniqueConstraint("order_id", "fulfillment_order"),)

    id: int | None = bigint_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id")
    fulfillment_order: int = integer()
    """1 for the order's first fulfilment, then 2, 3 …"""
    status: str = enum_text("status", FULFILLMENT_STATUSES, default="FULFILLED")
    tracking_number: str = text(default="")
    created_at: datetime | None = timestamp(now=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class FulfillmentLine(SQLModel, table=True):
    __tablename__ = "fulfillment_line"
    __table_args__ = (sa.CheckConstraint("quantity > 0", name="quantity"),)

    id: int | None = bigint_pk()
    fulfillment_id: int = bigint_ref("fulfillment.id", index=True)
    order_line_id: uuid.UUID = uuid_ref("order_line.id", index=True)
    stock_id: int | None = bigint_ref("stock.id", ondelete="SET NULL", nullable=True)
    quantity: int = integer()
