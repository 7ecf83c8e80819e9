"""Tax classes, rates by country, and what each channel does about taxes."""

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from engine.channels import queries as channels
from engine.core.context import Row
from engine.tax import lists
from engine.tax import queries as tax
from schema.common.connections import PageInfo
from schema.common.countries import CountryDisplay
from schema.common.ids import Node, global_id
from schema.common.metadata import ObjectWithMetadata
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.guards import STAFF
from schema.execution.info import BatchInfo

if TYPE_CHECKING:
    from schema.channels.types import Channel


@strawberry.enum
class TaxCalculationStrategy(StrEnum):
    FLAT_RATES = "FLAT_RATES"
    TAX_APP = "TAX_APP"


@strawberry.type(description="What goods of a class are taxed with in a country, today and in all of it.")
class TaxClassCountryRate:
    @row_field
    def country(row: Row) -> CountryDisplay:
        return row["country"]

    @row_field(description="Percent.")
    def rate(row: Row) -> float:
        return float(row["rate"] / 1000)

    @batch_field(description="Null: the rate of goods that have no class of their own there.")
    async def tax_class(parents: Rows, info: BatchInfo) -> list["TaxClass | None"]:
        return await tax.classes(info.context, [row["tax_class_id"] for row in parents])


@strawberry.type(description="Goods that are taxed alike.")
class TaxClass(Node, ObjectWithMetadata):
    id: strawberry.ID = global_id("TaxClass")
    name: str

    @batch_field(guard=STAFF)
    async def countries(parents: Rows, info: BatchInfo) -> list[list[TaxClassCountryRate]]:
        rows: Rows = await lists.rates_of_classes(info.context, [row["id"] for row in parents])
        return rows


@strawberry.type
class TaxClassCountableEdge:
    node: TaxClass
    cursor: str


@strawberry.type
class TaxClassCountableConnection:
    """The row has what was asked for in `wanted`."""

    page_info: PageInfo
    edges: list[TaxClassCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await lists.class_count(info.context, row["wanted"]) for row in parents]


@strawberry.type(description="What a channel does otherwise for buyers of one country.")
class TaxConfigurationPerCountry:
    charge_taxes: bool
    display_gross_prices: bool

    @row_field
    def country(row: Row) -> CountryDisplay:
        return row["country"]

    @row_field
    def tax_calculation_strategy(row: Row) -> TaxCalculationStrategy | None:
        made: Any = "FLAT_RATES"
        return made

    @row_field(description="Taxes are worked out from the shop's own rates: no app is asked.")
    def tax_app_id(row: Row) -> str | None:
        return None


@strawberry.type(description="How a channel's prices were entered, are taxed and shown.")
class TaxConfiguration(Node, ObjectWithMetadata):
    """The row's `id` is that of the channel."""

    id: strawberry.ID = global_id("TaxConfiguration")
    charge_taxes: bool
    display_gross_prices: bool
    prices_entered_with_tax: bool
    tax_calculation_strategy: TaxCalculationStrategy | None

    @row_field(description="Taxes are worked out from the shop's own rates: no app is asked.")
    def tax_app_id(row: Row) -> str | None:
        return None

    @batch_field
    async def channel(
        parents: Rows, info: BatchInfo
    ) -> list[Annotated["Channel", strawberry.lazy("schema.channels.types")]]:
        rows: Rows = await channels.by_ids(info.context, [row["id"] for row in parents])
        return rows

    @batch_field
    async def countries(parents: Rows, info: BatchInfo) -> list[list[TaxConfigurationPerCountry]]:
        rows: Rows = await lists.exceptions_of(info.context, [row["id"] for row in parents])
        return rows


@strawberry.type
class TaxConfigurationCountableEdge:
    node: TaxConfiguration
    cursor: str


@strawberry.type
class TaxConfigurationCountableConnection:
    """The row has what was asked for in `wanted`."""

    page_info: PageInfo
    edges: list[TaxConfigurationCountableEdge]

    @batch_field
    async def total_count(parents: Rows, info: BatchInfo) -> list[int | None]:
        return [await lists.configuration_count(info.context, row["wanted"]) for row in parents]


@strawberry.type(description="The rates of a country.")
class TaxCountryConfiguration:
    """The row is a country code (ISO 3166-1 alpha-2)."""

    @row_field
    def country(row: Row) -> CountryDisplay:
        return row

    @batch_field(description="The country's default first.")
    async def tax_class_country_rates(parents: Rows, info: BatchInfo) -> list[list[TaxClassCountryRate]]:
        rows: Rows = await lists.rates_of_countries(info.context, list(parents))
        return rows
