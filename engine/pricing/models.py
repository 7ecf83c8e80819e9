from datetime import datetime

from engine.core.tables import Field, SQLModel, Timestamps, bigint_ref, money, sa, text


class VariantPrice(Timestamps, SQLModel, table=True):
    """The price row of a variant in a channel, in minor units of the channel's currency.

    Whether it includes tax is the channel's tax configuration. A variant without a row is not sold there.
    """

    __tablename__ = "variant_price"
    __table_args__ = (
        sa.CheckConstraint("amount >= 0", name="amount"),
        sa.CheckConstraint("compare_at_amount >= 0", name="compare_at_amount"),
        sa.CheckConstraint("cost_amount >= 0", name="cost_amount"),
    )

    variant_id: int = bigint_ref("product_variant.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)
    currency: str = text()
    amount: int = money()
    compare_at_amount: int | None = money(nullable=True)
    """The price before, when the merchant says this one is reduced."""
    cost_amount: int | None = money(nullable=True)


class VariantPriceChange(SQLModel, table=True):
    """What a variant has cost in a channel, promotions included, from `since` until its next row. Never changed.

    From it comes the lowest price of the 30 days before a reduction.
    """

    __tablename__ = "variant_price_change"

    variant_id: int = bigint_ref("product_variant.id", primary_key=True)
    channel_id: int = bigint_ref("channel.id", primary_key=True, index=True)
    since: datetime = Field(sa_column=sa.Column(sa.DateTime(timezone=True), primary_key=True))
    amount: int = money()
