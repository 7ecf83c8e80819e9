import uuid

from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    integer,
    money,
    sa,
    text,
    uuid_ref,
)

STATUSES = ("NONE", "PENDING", "SUCCESS", "FAILURE")


class GrantedRefund(Timestamps, SQLModel, table=True):
    """Money of an order that staff have agreed to give back. `status` follows the payment events made for it."""

    __tablename__ = "granted_refund"
    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.Index("ix_granted_refund_order", "order_id", "id"),
    )

    id: int | None = bigint_pk()
    order_id: uuid.UUID = uuid_ref("sales_order.id", ondelete="RESTRICT")
    transaction_id: uuid.UUID | None = uuid_ref("transaction_item.id", ondelete="SET NULL", nullable=True, index=True)
    amount: int = money()
    currency: str = text()
    reason: str = text(default="")
    reason_page_id: int | None = bigint_ref("page.id", ondelete="SET NULL", nullable=True)
    """A page that says the reason, of the type that `ReasonSetting` names."""
    shipping_costs_included: bool = boolean(False)
    status: str = enum_text("status", STATUSES, default="NONE")
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True)


class GrantedRefundLine(SQLModel, table=True):
    __tablename__ = "granted_refund_line"
    __table_args__ = (
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.UniqueConstraint("granted_refund_id", "order_line_id"),
    )

    id: int | None = bigint_pk()
    granted_refund_id: int = bigint_ref("granted_refund.id")
    order_line_id: uuid.UUID = uuid_ref("order_line.id", index=True)
    quantity: int = integer()
    reason: str = text(default="")
    reason_page_id: int | None = bigint_ref("page.id", ondelete="SET NULL", nullable=True)


class ReasonSetting(SQLModel, table=True):
    """Of which page type the pages are that staff give as reasons; without a row they only write them."""

    __tablename__ = "reason_setting"
    __table_args__ = (sa.CheckConstraint("kind IN ('REFUND', 'RETURN')", name="kind"),)

    kind: str = text(primary_key=True)
    page_type_id: int = bigint_ref("page_type.id")
