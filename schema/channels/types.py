"""`Channel` and countries."""

import strawberry

from engine.channels import queries
from engine.core.context import Row
from engine.core.reference.countries import country_name
from schema.common.ids import global_id
from schema.execution.fields import Rows, batch_field, row_field
from schema.execution.info import BatchInfo


@strawberry.type
class CountryDisplay:
    """The row is a country code (ISO 3166-1 alpha-2)."""

    @row_field
    def code(row: Row) -> str:
        return str(row)

    @row_field
    def country(row: Row) -> str:
        return country_name(row)


@strawberry.type(description="A place to sell: one currency and the countries it serves.")
class Channel:
    id: strawberry.ID = global_id("Channel")
    slug: str
    name: str
    is_active: bool

    @row_field
    def currency_code(row: Row) -> str:
        return str(row["currency"])

    @row_field
    def default_country(row: Row) -> CountryDisplay:
        return row["default_country"]

    @batch_field
    async def countries(parents: Rows, info: BatchInfo) -> list[list[CountryDisplay] | None]:
        found: Rows = await queries.countries_of(info.context, [row["id"] for row in parents])
        return found
