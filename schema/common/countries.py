"""`CountryDisplay`: the row is a country code (ISO 3166-1 alpha-2)."""

import strawberry

from engine.core.context import Row
from engine.core.reference.countries import country_name
from schema.execution.fields import row_field


@strawberry.type
class CountryDisplay:
    @row_field
    def code(row: Row) -> str:
        return str(row)

    @row_field
    def country(row: Row) -> str:
        return country_name(row)
