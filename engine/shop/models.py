from typing import Any

from engine.core.tables import SQLModel, bigint_pk, bigint_ref, boolean, integer, jsonb, sa, text


class ShopSettings(SQLModel, table=True):
    """One row, with id 1."""

    __tablename__ = "shop_settings"
    __table_args__ = (
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.CheckConstraint("reserve_stock_anonymous > 0", name="reserve_stock_anonymous"),
        sa.CheckConstraint("reserve_stock_authenticated > 0", name="reserve_stock_authenticated"),
        sa.CheckConstraint("limit_quantity_per_checkout > 0", name="limit_quantity_per_checkout"),
    )

    id: int | None = bigint_pk()
    name: str = text(default="")
    description: str = text(default="")
    header_text: str = text(default="")
    mail_sender_name: str = text(default="")
    mail_sender_address: str | None = text(nullable=True)
    customer_set_password_url: str | None = text(nullable=True)
    """Where a storefront lets people choose a password; for whoever asks, such as apps that write mails."""
    company_address_id: int | None = bigint_ref("address.id", ondelete="SET NULL", nullable=True)
    confirm_accounts_by_mail: bool = boolean(True)
    login_without_confirmation: bool = boolean(False)
    fulfillment_auto_approve: bool = boolean(True)
    """Whether what staff send leaves at once, and not when somebody approves it."""
    fulfillment_allow_unpaid: bool = boolean(True)
    """Whether goods may leave before they are paid for."""
    reserve_stock_anonymous: int | None = integer(nullable=True)
    """Minutes that stock is kept for a checkout of nobody whose payment has begun; None: as the process is set."""
    reserve_stock_authenticated: int | None = integer(nullable=True)
    limit_quantity_per_checkout: int | None = integer(nullable=True)
    """Units of a variant in one checkout, where the variant says nothing of its own; None: as many as a line holds."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()
