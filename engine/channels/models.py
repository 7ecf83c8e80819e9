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
    text,
    timestamp,
)

ALLOCATION_STRATEGIES = ("PRIORITIZE_SORTING_ORDER", "PRIORITIZE_HIGH_STOCK")
FLOW_STRATEGIES = ("AUTHORIZATION", "CHARGE")


class Channel(Timestamps, SQLModel, table=True):
    """A place to sell: one currency, the countries it serves, how its orders and payments begin."""

    __tablename__ = "channel"

    id: int | None = bigint_pk()
    slug: str = text(unique=True)
    name: str = text()
    currency: str = text()
    default_country: str = text()
    is_active: bool = boolean(True)
    allocation_strategy: str = enum_text(
        "allocation_strategy", ALLOCATION_STRATEGIES, default="PRIORITIZE_SORTING_ORDER"
    )
    default_transaction_flow: str = enum_text("default_transaction_flow", FLOW_STRATEGIES, default="CHARGE")
    allow_unpaid_orders: bool = boolean(False)
    automatically_confirm_orders: bool = boolean(True)
    expire_orders_after: int | None = integer(nullable=True, check="expire_orders_after > 0")
    """Minutes after which an order that nobody has paid for expires; None: never."""
    delete_expired_orders_after: int = integer(default=60, check="delete_expired_orders_after BETWEEN 1 AND 120")
    """Days that an expired order is kept."""
    automatic_completion: bool = boolean(True)
    """Whether a fully paid checkout that its shopper left becomes an order."""
    automatic_completion_delay: int | None = integer(nullable=True, check="automatic_completion_delay >= 0")
    """Minutes that its shopper has before."""
    automatic_completion_since: datetime | None = timestamp(nullable=True)
    """Checkouts made before are left alone."""
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class ChannelCountry(SQLModel, table=True):
    """A country (ISO 3166-1 alpha-2) the channel sells to."""

    __tablename__ = "channel_country"

    channel_id: int = bigint_ref("channel.id", primary_key=True)
    country: str = text(primary_key=True)
