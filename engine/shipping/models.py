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
    money,
    sa,
    text,
    timestamp,
    uuid_pk,
)


class ShippingZone(SQLModel, table=True):
    __tablename__ = "shipping_zone"
    __table_args__ = (
        sa.Index("uq_shipping_zone_default", "is_default", unique=True, postgresql_where=sa.text("is_default")),
    )

    id: int | None = bigint_pk()
    name: str = text(unique=True)
    description: str = text(default="")
    is_default: bool = boolean(False)
    """It has the countries that no other zone has; there is one such zone at most."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class ShippingZoneCountry(SQLModel, table=True):
    __tablename__ = "shipping_zone_country"

    shipping_zone_id: int = bigint_ref("shipping_zone.id", primary_key=True)
    country: str = text(primary_key=True)


class ShippingZoneChannel(SQLModel, table=True):
    __tablename__ = "shipping_zone_channel"

    shipping_zone_id: int = bigint_ref("shipping_zone.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)


class ShippingMethod(Timestamps, SQLModel, table=True):
    """A delivery method of a zone: a service of a carrier plugin, offered under the merchant's own name."""

    __tablename__ = "shipping_method"
    __table_args__ = (
        sa.CheckConstraint("maximum_order_weight_grams >= minimum_order_weight_grams", name="weight"),
        sa.CheckConstraint("minimum_order_weight_grams >= 0", name="minimum_order_weight_grams"),
    )

    id: int | None = bigint_pk()
    shipping_zone_id: int = bigint_ref("shipping_zone.id", index=True)
    name: str = text()
    description: dict[str, Any] | None = jsonb(nullable=True)
    carrier_id: str = text()
    """Id of the carrier plugin that quotes and ships it."""
    service_code: str = text()
    type: str = enum_text("type", ("PRICE", "WEIGHT"), default="PRICE")
    """Whether the merchant thinks of its limits as of prices or as of weights; both hold."""
    minimum_order_weight_grams: int | None = integer(nullable=True)
    maximum_order_weight_grams: int | None = integer(nullable=True)
    """Of the whole order; both limits belong to the range."""
    minimum_delivery_days: int | None = integer(nullable=True)
    maximum_delivery_days: int | None = integer(nullable=True)
    active: bool = boolean(True)
    tax_class_id: int | None = bigint_ref("tax_class.id", ondelete="SET NULL", nullable=True)
    sort_order: int = integer(default=0)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class ShippingMethodChannel(SQLModel, table=True):
    """A method offered in a channel; amounts in minor units of its currency."""

    __tablename__ = "shipping_method_channel"

    shipping_method_id: int = bigint_ref("shipping_method.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)
    minimum_order_amount: int | None = money(nullable=True)
    maximum_order_amount: int | None = money(nullable=True)
    free_over_amount: int | None = money(nullable=True)
    """A subtotal from which delivery costs nothing."""


class ShippingRate(SQLModel, table=True):
    """A band of a method's table in a channel: holds for weights and subtotals from min up to, not with, max."""

    __tablename__ = "shipping_rate"
    __table_args__ = (
        sa.Index("ix_shipping_rate_lookup", "shipping_method_id", "channel_id"),
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.CheckConstraint("max_weight_grams > min_weight_grams", name="weight"),
        sa.CheckConstraint("max_subtotal > min_subtotal", name="subtotal"),
    )

    id: int | None = bigint_pk()
    shipping_method_id: int = bigint_ref("shipping_method.id")
    channel_id: int = bigint_ref("channel.id")
    min_weight_grams: int = integer(default=0)
    max_weight_grams: int | None = integer(nullable=True)
    min_subtotal: int = money(default=0)
    max_subtotal: int | None = money(nullable=True)
    amount: int = money()


class ShippingMethodExclusion(SQLModel, table=True):
    """An order with this product is not offered the method."""

    __tablename__ = "shipping_method_exclusion"

    shipping_method_id: int = bigint_ref("shipping_method.id", primary_key=True)
    product_id: int = bigint_ref("product.id", primary_key=True, index=True)


class ShippingPostalCodeRule(SQLModel, table=True):
    """A range of postal codes (without `end`: all from `start` on) that a method is offered to or kept from."""

    __tablename__ = "shipping_postal_code_rule"
    __table_args__ = (
        sa.Index(
            "uq_shipping_postal_code_rule", "shipping_method_id", "start", sa.text("coalesce(\"end\", '')"), unique=True
        ),
    )

    id: int | None = bigint_pk()
    shipping_method_id: int = bigint_ref("shipping_method.id")
    start: str = text()
    end: str | None = text(nullable=True)
    inclusion_type: str = enum_text("inclusion_type", ("INCLUDE", "EXCLUDE"), default="EXCLUDE")


class ShippingMethodTranslation(SQLModel, table=True):
    __tablename__ = "shipping_method_translation"

    shipping_method_id: int = bigint_ref("shipping_method.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str | None = text(nullable=True)
    description: dict[str, Any] | None = jsonb(nullable=True)


class Shipment(Timestamps, SQLModel, table=True):
    """Parcels handed to a carrier for one fulfilment."""

    __tablename__ = "shipment"

    id: uuid.UUID = uuid_pk()
    fulfillment_id: int = bigint_ref("fulfillment.id", index=True)
    carrier_id: str = text()
    service_code: str = text()
    status: str = enum_text(
        "status", ("PENDING", "PURCHASED", "IN_TRANSIT", "DELIVERED", "CANCELED", "FAILED"), default="PENDING"
    )
    tracking_number: str | None = text(nullable=True)
    tracking_url: str | None = text(nullable=True)
    label_key: str | None = text(nullable=True)
    cost_amount: int | None = money(nullable=True)
    currency: str | None = text(nullable=True)
    carrier_reference: str | None = text(nullable=True)
    error: str | None = text(nullable=True)
    shipped_at: datetime | None = timestamp(nullable=True)
