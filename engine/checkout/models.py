import uuid
from datetime import datetime
from typing import Any

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_ref,
    boolean,
    integer,
    jsonb,
    money,
    sa,
    text,
    timestamp,
    uuid_pk,
    uuid_ref,
)


class Checkout(Timestamps, SQLModel, table=True):
    """A cart. Its id is the credential of whoever holds it.

    A held checkout (`held_until` set) has its stock claimed and its prices fixed in `held_snapshot`, because a
    payment for exactly that has begun.
    """

    __tablename__ = "checkout"
    __table_args__ = (
        sa.Index("ix_checkout_held_until", "held_until", postgresql_where=sa.text("held_until IS NOT NULL")),
        sa.Index("ix_checkout_created", "created_at", "id"),
        sa.Index("ix_checkout_shipping_address", "shipping_address_id"),
        sa.Index("ix_checkout_billing_address", "billing_address_id"),
        sa.Index("ix_checkout_delivery", "delivery_id"),
    )

    id: uuid.UUID = uuid_pk()
    channel_id: int = bigint_ref("channel.id", index=True)
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True, index=True)
    email: str | None = text(nullable=True)
    language_code: str = text(default="en")
    currency: str = text()
    shipping_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True)
    billing_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True)
    delivery_id: uuid.UUID | None = uuid_ref("checkout_delivery.id", ondelete="SET NULL", nullable=True, cyclic=True)
    collection_point_id: uuid.UUID | None = uuid_ref("warehouse.id", ondelete="SET NULL", nullable=True)
    voucher_code: str | None = text(nullable=True)
    note: str = text(default="")
    held_until: datetime | None = timestamp(nullable=True)
    held_snapshot: dict[str, Any] | None = jsonb(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class CheckoutLine(Timestamps, SQLModel, table=True):
    __tablename__ = "checkout_line"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.Index("ix_checkout_line_order", "checkout_id", "created_at", "id"),
        sa.Index("ix_checkout_line_gift", "checkout_id", unique=True, postgresql_where=sa.text("is_gift")),
    )

    id: uuid.UUID = uuid_pk()
    checkout_id: uuid.UUID = uuid_ref("checkout.id")
    variant_id: int = bigint_ref("product_variant.id", index=True)
    quantity: int = integer()
    is_gift: bool = boolean(False)
    gift_rule_id: uuid.UUID | None = uuid_ref("promotion_rule.id", nullable=True, index=True)
    """The rule of an order promotion that gives a gift line."""
    price_override: int | None = money(nullable=True)
    price_override_reason: str | None = text(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class CheckoutGiftCard(SQLModel, table=True):
    """A gift card that pays for a cart, in the order they were added."""

    __tablename__ = "checkout_gift_card"

    checkout_id: uuid.UUID = uuid_ref("checkout.id", primary_key=True)
    gift_card_id: int = bigint_ref("gift_card.id", primary_key=True, index=True)
    created_at: datetime | None = timestamp(now=True)


class CheckoutDelivery(Timestamps, SQLModel, table=True):
    """A quoted way of delivery. It is stale once the checkout's fingerprint is no longer the one quoted for."""

    __tablename__ = "checkout_delivery"

    id: uuid.UUID = uuid_pk()
    checkout_id: uuid.UUID = uuid_ref("checkout.id", index=True)
    shipping_method_id: int = bigint_ref("shipping_method.id")
    carrier_id: str = text()
    service_code: str = text()
    name: str = text()
    amount: int = money()
    """As entered: with tax or without, as the channel's configuration says."""
    currency: str = text()
    tax_class_id: int | None = bigint_ref("tax_class.id", ondelete="SET NULL", nullable=True)
    minimum_delivery_days: int | None = integer(nullable=True)
    maximum_delivery_days: int | None = integer(nullable=True)
    active: bool = boolean(True)
    message: str = text(default="")
    fingerprint: str = text()
    """Hash of destination, lines and currency the quote was made for."""
