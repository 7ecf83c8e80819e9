from datetime import date
from typing import Any

from engine.core.tables import (
    Field,
    SQLModel,
    bigint_pk,
    bigint_ref,
    boolean,
    enum_text,
    integer,
    jsonb,
    sa,
    text,
)


class TaxClass(SQLModel, table=True):
    """Goods taxed alike, such as books or food. A thing without a class has each country's default rate."""

    __tablename__ = "tax_class"

    id: int | None = bigint_pk()
    name: str = text(unique=True)
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class TaxRate(SQLModel, table=True):
    """One rate for a time. `rate` counts thousandths of a percent: 19 % is 19000."""

    __tablename__ = "tax_rate"
    __table_args__ = (
        sa.Index("ix_tax_rate_lookup", "country", "region", "tax_class_id", "valid_from"),
        sa.CheckConstraint("rate BETWEEN 0 AND 100000", name="rate"),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="validity"),
    )

    id: int | None = bigint_pk()
    country: str = text()
    region: str = text(default="")
    """A country area such as a US state code; empty for the whole country."""
    tax_class_id: int | None = bigint_ref("tax_class.id", nullable=True)
    rate: int = integer()
    valid_from: date = Field(sa_column=sa.Column(sa.Date, nullable=False))
    valid_to: date | None = Field(default=None, sa_column=sa.Column(sa.Date, nullable=True))
    """The first day it no longer holds."""
    source: str = text()


class TaxConfiguration(SQLModel, table=True):
    __tablename__ = "tax_configuration"

    channel_id: int = bigint_ref("channel.id", primary_key=True)
    charge_taxes: bool = boolean(True)
    display_gross_prices: bool = boolean(True)
    prices_entered_with_tax: bool = boolean(True)
    tax_calculation_strategy: str = enum_text(
        "tax_calculation_strategy", ("FLAT_RATES", "TAX_APP"), default="FLAT_RATES"
    )
    meta: dict[str, Any] = jsonb()
    private_meta: dict[str, Any] = jsonb()


class TaxCountryException(SQLModel, table=True):
    """What a channel does otherwise for buyers in a country (ISO 3166-1 alpha-2)."""

    __tablename__ = "tax_country_exception"

    channel_id: int = bigint_ref("channel.id", primary_key=True)
    country: str = text(primary_key=True)
    charge_taxes: bool = boolean(True)
    display_gross_prices: bool = boolean(True)
