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
    integer,
    jsonb,
    money,
    sa,
    text,
    text_array,
    timestamp,
    uuid_pk,
    uuid_ref,
)
from engine.vouchers.rules import VALUE_TYPES, VOUCHER_TYPES


class Voucher(Timestamps, SQLModel, table=True):
    """What its codes take off a cart, between `start_date` and before `end_date` (null: for good)."""

    __tablename__ = "voucher"
    __table_args__ = (
        sa.CheckConstraint("end_date > start_date", name="end_date"),
        sa.CheckConstraint("usage_limit > 0", name="usage_limit"),
        sa.Index("ix_voucher_start", "start_date", "id"),
    )

    id: int | None = bigint_pk()
    name: str | None = text(nullable=True)
    type: str = enum_text("type", VOUCHER_TYPES, default="ENTIRE_ORDER")
    value_type: str = enum_text("value_type", VALUE_TYPES, default="FIXED")
    start_date: datetime = timestamp()
    end_date: datetime | None = timestamp(nullable=True)
    usage_limit: int | None = integer(nullable=True)
    """How often each of its codes may be used."""
    apply_once_per_order: bool = boolean(False)
    """Off one unit of the cheapest goods it is for, and nothing else."""
    apply_once_per_customer: bool = boolean(False)
    single_use: bool = boolean(False)
    """Each code is for one order and ends with it."""
    only_for_staff: bool = boolean(False)
    min_checkout_items_quantity: int | None = integer(nullable=True)
    countries: list[str] = text_array()
    """Where a SHIPPING voucher holds, ISO 3166-1 alpha-2; empty: everywhere."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class VoucherCode(SQLModel, table=True):
    __tablename__ = "voucher_code"
    __table_args__ = (
        sa.CheckConstraint("used >= 0", name="used"),
        sa.Index("ix_voucher_code_of", "voucher_id", "created_at", "id"),
    )

    id: uuid.UUID = uuid_pk()
    voucher_id: int = bigint_ref("voucher.id")
    code: str = text(unique=True)
    used: int = integer(default=0)
    """How many orders were placed with it, as `voucher_use` has them."""
    is_active: bool = boolean(True)
    created_at: datetime | None = timestamp(now=True)


class VoucherUse(SQLModel, table=True):
    """An order that a code was used for; gone again when the order is cancelled."""

    __tablename__ = "voucher_use"
    __table_args__ = (sa.Index("ix_voucher_use_customer", "voucher_id", "email"),)

    order_id: uuid.UUID = uuid_ref("sales_order.id", primary_key=True)
    voucher_id: int = bigint_ref("voucher.id")
    code_id: uuid.UUID = uuid_ref("voucher_code.id", index=True)
    email: str = text(default="")


class VoucherChannel(SQLModel, table=True):
    """A voucher holds in the channels that it has a value in."""

    __tablename__ = "voucher_channel"
    __table_args__ = (sa.UniqueConstraint("voucher_id", "channel_id"),)

    id: int | None = bigint_pk()
    voucher_id: int = bigint_ref("voucher.id")
    channel_id: int = bigint_ref("channel.id", index=True)
    currency: str = text()
    value: int = bigint(check="value >= 0")
    """FIXED: minor units of `currency`. PERCENTAGE: millipercent."""
    min_spent: int | None = money(nullable=True)
    """Of the goods before the voucher, as the channel enters prices."""


class VoucherProduct(SQLModel, table=True):
    __tablename__ = "voucher_product"

    voucher_id: int = bigint_ref("voucher.id", primary_key=True)
    product_id: int = bigint_ref("product.id", primary_key=True, index=True)


class VoucherVariant(SQLModel, table=True):
    __tablename__ = "voucher_variant"

    voucher_id: int = bigint_ref("voucher.id", primary_key=True)
    variant_id: int = bigint_ref("product_variant.id", primary_key=True, index=True)


class VoucherCollection(SQLModel, table=True):
    __tablename__ = "voucher_collection"

    voucher_id: int = bigint_ref("voucher.id", primary_key=True)
    collection_id: int = bigint_ref("collection.id", primary_key=True, index=True)


class VoucherCategory(SQLModel, table=True):
    """With all that is in the category, however deep."""

    __tablename__ = "voucher_category"

    voucher_id: int = bigint_ref("voucher.id", primary_key=True)
    category_id: int = bigint_ref("category.id", primary_key=True, index=True)


class VoucherTranslation(SQLModel, table=True):
    __tablename__ = "voucher_translation"

    voucher_id: int = bigint_ref("voucher.id", primary_key=True)
    language: str = text(primary_key=True)
    name: str | None = text(nullable=True)
