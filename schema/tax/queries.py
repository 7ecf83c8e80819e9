from enum import StrEnum

import strawberry
from strawberry import UNSET

from engine.core.ids import int_pk
from engine.core.paging import page_args
from engine.tax import lists
from engine.tax import queries as tax
from schema.common.enums import CountryCode, OrderDirection
from schema.common.filters import MetadataFilter
from schema.common.inputs import given, set_or
from schema.execution.fields import Rows, root_field
from schema.execution.guards import STAFF
from schema.execution.info import BatchInfo
from schema.tax.types import (
    TaxClass,
    TaxClassCountableConnection,
    TaxConfiguration,
    TaxConfigurationCountableConnection,
    TaxCountryConfiguration,
)


@strawberry.enum
class TaxClassSortField(StrEnum):
    NAME = "NAME"


@strawberry.input
class TaxClassSortingInput:
    direction: OrderDirection
    field: TaxClassSortField


@strawberry.input
class TaxClassFilterInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET
    countries: list[CountryCode] | None = UNSET


@strawberry.input
class TaxConfigurationFilterInput:
    metadata: list[MetadataFilter] | None = UNSET
    ids: list[strawberry.ID] | None = UNSET


def pairs_of(filters: list[MetadataFilter] | None) -> tuple[tuple[str, str | None], ...]:
    return tuple((item.key, set_or(item.value)) for item in set_or(filters) or ())


@strawberry.type
class TaxQueries:
    @root_field(STAFF, description="A tax class by id.")
    async def tax_class(self, info: BatchInfo, id: strawberry.ID) -> TaxClass | None:
        return (await tax.classes(info.context, [int_pk(id, "TaxClass")]))[0]

    @root_field(STAFF, description="Tax classes, by name.")
    async def tax_classes(
        self,
        info: BatchInfo,
        sort_by: TaxClassSortingInput | None = None,
        filter: TaxClassFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> TaxClassCountableConnection | None:
        args = page_args("taxClasses", first=first, after=after, last=last, before=before, edges=info.selects("edges"))
        asked = given(filter) if filter else {}
        wanted = lists.TaxClassFilter(
            ids=_pks(asked.get("ids"), "TaxClass"),
            countries=tuple(str(code) for code in asked["countries"]) if asked.get("countries") else None,
            meta=pairs_of(asked.get("metadata")),
        )
        descending = sort_by is not None and sort_by.direction == OrderDirection.DESC
        page = await lists.class_page(info.context, wanted, args, descending=descending)
        connection: Rows = page.as_connection(wanted=wanted)
        return connection

    @root_field(STAFF, description="What a channel does about taxes.")
    async def tax_configuration(self, info: BatchInfo, id: strawberry.ID) -> TaxConfiguration | None:
        return (await lists.configurations(info.context, [int_pk(id, "TaxConfiguration")]))[0]

    @root_field(STAFF, description="What each channel does about taxes.")
    async def tax_configurations(
        self,
        info: BatchInfo,
        filter: TaxConfigurationFilterInput | None = None,
        before: str | None = None,
        after: str | None = None,
        first: int | None = None,
        last: int | None = None,
    ) -> TaxConfigurationCountableConnection | None:
        edges = info.selects("edges")
        args = page_args("taxConfigurations", first=first, after=after, last=last, before=before, edges=edges)
        asked = given(filter) if filter else {}
        wanted = lists.ConfigurationFilter(
            ids=_pks(asked.get("ids"), "TaxConfiguration"), meta=pairs_of(asked.get("metadata"))
        )
        page = await lists.configuration_page(info.context, wanted, args)
        connection: Rows = page.as_connection(wanted=wanted)
        return connection

    @root_field(STAFF, description="The rates of one country.")
    async def tax_country_configuration(
        self, info: BatchInfo, country_code: CountryCode
    ) -> TaxCountryConfiguration | None:
        row: Rows = country_code
        return row

    @root_field(STAFF, description="The rates of every country that has some.")
    async def tax_country_configurations(self, info: BatchInfo) -> list[TaxCountryConfiguration] | None:
        rows: Rows = await lists.taxed_countries(info.context)
        return rows


def _pks(ids: list[strawberry.ID] | None, type_name: str) -> tuple[int, ...] | None:
    return tuple(int_pk(id, type_name) for id in ids) if ids else None
