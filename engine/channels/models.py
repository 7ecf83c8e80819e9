from engine.core.tables import (
    SQLModel,
    Timestamps,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    text,
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


class ChannelCountry(SQLModel, table=True):
    """A country (ISO 3166-1 alpha-2) the channel sells to."""

    __tablename__ = "channel_country"

    channel_id: int = bigint_ref("channel.id", primary_key=True)
    country: str = text(primary_key=True)
