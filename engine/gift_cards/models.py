import uuid
from datetime import date, datetime
from typing import Any

from engine.core.tables import (
    Field,
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    boolean,
    jsonb,
    money,
    sa,
    text,
    timestamp,
    uuid_ref,
)


class GiftCard(Timestamps, SQLModel, table=True):
    """Money that whoever has the code may spend: minor units of `currency`. Every change of it has an event."""

    __tablename__ = "gift_card"
    __table_args__ = (
        sa.CheckConstraint("current_amount >= 0", name="current_amount"),
        sa.CheckConstraint("initial_amount >= 0", name="initial_amount"),
        sa.Index("ix_gift_card_created", "created_at", "id"),
        sa.Index("ix_gift_card_balance", "currency", "current_amount", "id"),
        sa.Index("ix_gift_card_assigned", "assigned_to_id"),
    )

    id: int | None = bigint_pk()
    code: str = text(unique=True)
    currency: str = text()
    initial_amount: int = money()
    current_amount: int = money()
    is_active: bool = boolean(True)
    expiry_date: date | None = Field(default=None, sa_column=sa.Column(sa.Date, nullable=True))
    """The last day on which it may be used, in UTC."""
    created_by_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True, index=True)
    created_by_email: str | None = text(nullable=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True, index=True)
    assigned_to_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True)
    assigned_to_email: str | None = text(nullable=True)
    """Whose it is: nobody else may use it then."""
    last_used_on: datetime | None = timestamp(nullable=True)
    product_id: int | None = bigint_ref("product.id", ondelete="SET NULL", nullable=True, index=True)
    bought_in_channel: str | None = text(nullable=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class GiftCardTag(SQLModel, table=True):
    __tablename__ = "gift_card_tag"

    id: int | None = bigint_pk()
    name: str = text(unique=True)
    """Lower case."""


class GiftCardTagging(SQLModel, table=True):
    __tablename__ = "gift_card_tagging"

    gift_card_id: int = bigint_ref("gift_card.id", primary_key=True)
    tag_id: int = bigint_ref("gift_card_tag.id", primary_key=True, index=True)


class GiftCardEvent(SQLModel, table=True):
    """What happened to a card, in Saleor's `GiftCardEventsEnum` words. Append-only; amounts in `parameters` are minor
    units of the card's currency."""

    __tablename__ = "gift_card_event"
    __table_args__ = (sa.Index("ix_gift_card_event_of", "gift_card_id", "id"),)

    id: int | None = bigint_pk()
    gift_card_id: int = bigint_ref("gift_card.id")
    type: str = text()
    user_id: int | None = bigint_ref("account_user.id", ondelete="SET NULL", nullable=True, index=True)
    app_id: int | None = bigint_ref("app.id", ondelete="SET NULL", nullable=True, index=True)
    order_id: uuid.UUID | None = uuid_ref("sales_order.id", ondelete="SET NULL", nullable=True, index=True)
    parameters: dict[str, Any] = jsonb()
    created_at: datetime | None = timestamp(now=True)
