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

DISCOUNT_TYPES = ("SALE", "VOUCHER", "MANUAL", "PROMOTION", "ORDER_PROMOTION")
VALUE_TYPES = ("FIXED", "PERCENTAGE")


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
        sa.Index(
            "uq_sales_order_external_reference",
            "external_reference",
            unique=True,
            postgresql_where=sa.text("external_reference IS NOT NULL"),
        ),
        sa.Index("ix_sales_order_original", "original_id", postgresql_where=sa.text("original_id IS NOT NULL")),
        sa.Index("ix_sales_order_billing_address", "billing_address_id"),
        sa.Index("ix_sales_order_shipping_address", "shipping_address_id"),
        sa.CheckConstraint("total_gross = subtotal_gross + shipping_gross - gift_cards_gross", name="gross_adds_up"),
        sa.CheckConstraint("total_net = subtotal_net + shipping_net - gift_cards_net", name="net_adds_up"),
        sa.CheckConstraint("gift_cards_gross >= 0 AND gift_cards_net >= 0", name="gift_cards"),
        sa.Index("ix_sales_order_voucher", "voucher_id"),
        sa.Index("ix_sales_order_voucher_code", "voucher_code", postgresql_where=sa.text("voucher_code IS NOT NULL")),
        sa.Index("ix_sales_order_total_gross", "total_gross", "id"),
        sa.Index("ix_sales_order_total_net", "total_net", "id"),
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
    gift_cards_net: int = money(default=0)
    gift_cards_gross: int = money(default=0)
    """What gift cards paid for; the net is the part of the whole net that this is of the whole gross."""
    total_net: int = money(default=0)
    total_gross: int = money(default=0)
    """What is left to pay with money."""
    undiscounted_total_net: int = money(default=0)
    undiscounted_total_gross: int = money(default=0)
    display_gross_prices: bool = boolean(True)
    voucher_code: str | None = text(nullable=True)
    voucher_id: int | None = bigint_ref("voucher.id", ondelete="SET NULL", nullable=True)
    customer_note: str = text(default="")
    external_reference: str | None = text(nullable=True)
    """What another system calls it; unique."""
    redirect_url: str | None = text(nullable=True)
    original_id: uuid.UUID | None = uuid_ref("sales_order.id", ondelete="SET NULL", nullable=True)
    """The order that this one replaces goods of."""
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
    unit_discount_type: str | None = enum_text("unit_discount_type", VALUE_TYPES, nullable=True)
    unit_discount_value: int = bigint(default=0)
    """What reduced the line itself: minor units (FIXED) or millipercent (PERCENTAGE)."""
    unit_discount_reason: str | None = text(nullable=True)
    voucher_code: str | None = text(nullable=True)
    is_price_overridden: bool = boolean(False)
    price_override_reason: str | None = text(nullable=True)
    tax_rate: int = integer(default=0)
    tax_class_id: int | None = bigint_ref("tax_class.id", ondelete="SET NULL", nullable=True)
    tax_class_name: str | None = text(nullable=True)
    weight_grams: int = integer(default=0)
    hs_code: str | None = text(nullable=True)
    origin_country: str | None = text(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class OrderDiscount(SQLModel, table=True):
    """What reduced an order, or its delivery. `value` is minor units (FIXED) or millipercent (PERCENTAGE)."""

    __tablename__ = "order_discount"
    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.Index("ix_order_discount_of", "order_id", "position", "id"),
    )

    id: uuid.UUID = uuid_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id")
    position: int = integer(default=0)
    type: str = enum_text("type", DISCOUNT_TYPES)
    name: str | None = text(nullable=True)
    translated_name: str | None = text(nullable=True)
    value_type: str = enum_text("value_type", VALUE_TYPES)
    value: int = bigint()
    reason: str | None = text(nullable=True)
    amount: int = money()
    """Taken off, as the channel enters prices."""
    voucher_code: str | None = text(nullable=True)
    promotion_rule_id: uuid.UUID | None = Field(default=None, sa_column=sa.Column(sa.Uuid, nullable=True))


class OrderLineDiscount(SQLModel, table=True):
    """What reduced one line by itself, in the words of `OrderDiscount`."""

    __tablename__ = "order_line_discount"
    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.Index("ix_order_line_discount_of", "order_line_id", "position", "id"),
    )

    id: uuid.UUID = uuid_pk()
    order_line_id: uuid.UUID = uuid_ref("order_line.id")
    position: int = integer(default=0)
    type: str = enum_text("type", DISCOUNT_TYPES)
    name: str | None = text(nullable=True)
    translated_name: str | None = text(nullable=True)
    value_type: str = enum_text("value_type", VALUE_TYPES)
    value: int = bigint()
    reason: str | None = text(nullable=True)
    amount: int = money()
    """Taken off the whole line, as the channel enters prices."""
    unit_amount: int = money()
    voucher_code: str | None = text(nullable=True)
    promotion_rule_id: uuid.UUID | None = Field(default=None, sa_column=sa.Column(sa.Uuid, nullable=True))


class OrderGiftCard(SQLModel, table=True):
    """What a gift card paid of an order, gross minor units; given back when the order is cancelled."""

    __tablename__ = "order_gift_card"
    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.UniqueConstraint("order_id", "gift_card_id"),
    )

    id: uuid.UUID = uuid_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id")
    gift_card_id: int | None = bigint_ref("gift_card.id", ondelete="SET NULL", nullable=True, index=True)
    amount: int = money()
    given_back_at: datetime | None = timestamp(nullable=True)


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
    shipping_refund_amount: int | None = money(nullable=True)
    total_refund_amount: int | None = money(nullable=True)
    """Of goods that came back or were refunded: what was asked to be paid back for them."""
    reason: str = text(default="")
    reason_page_id: int | None = bigint_ref("page.id", ondelete="SET NULL", nullable=True)
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
    reason: str = text(default="")
    reason_page_id: int | None = bigint_ref("page.id", ondelete="SET NULL", nullable=True)
