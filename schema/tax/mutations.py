import strawberry

from engine.core.context import transact
from engine.core.ids import int_pk
from engine.tax import service
from schema.common.enums import CountryCode
from schema.common.inputs import given
from schema.execution.fields import mutation_field, payload
from schema.execution.guards import needs
from schema.execution.info import BatchInfo
from schema.tax import errors
from schema.tax.inputs import (
    TaxClassCreateInput,
    TaxClassRateInput,
    TaxClassUpdateInput,
    TaxConfigurationUpdateInput,
    class_rates,
    country_rates,
    exceptions,
    flat_rates,
)
from schema.tax.types import TaxClass, TaxConfiguration, TaxCountryConfiguration

STAFF = needs("MANAGE_TAXES")
_FLAGS = ("charge_taxes", "display_gross_prices", "prices_entered_with_tax")


@strawberry.type
class TaxClassCreate:
    tax_class: TaxClass | None
    errors: list[errors.TaxClassCreateError]


@strawberry.type
class TaxClassUpdate:
    tax_class: TaxClass | None
    errors: list[errors.TaxClassUpdateError]


@strawberry.type
class TaxClassDelete:
    tax_class: TaxClass | None
    errors: list[errors.TaxClassDeleteError]


@strawberry.type
class TaxConfigurationUpdate:
    tax_configuration: TaxConfiguration | None
    errors: list[errors.TaxConfigurationUpdateError]


@strawberry.type
class TaxCountryConfigurationUpdate:
    tax_country_configuration: TaxCountryConfiguration | None
    errors: list[errors.TaxCountryConfigurationUpdateError]


@strawberry.type
class TaxCountryConfigurationDelete:
    tax_country_configuration: TaxCountryConfiguration | None
    errors: list[errors.TaxCountryConfigurationDeleteError]


@strawberry.type
class TaxMutations:
    @mutation_field(STAFF, description="Name goods that are taxed alike.")
    async def tax_class_create(self, info: BatchInfo, input: TaxClassCreateInput) -> TaxClassCreate:
        rates = country_rates(given(input).get("create_country_rates") or (), "createCountryRates")
        known = {country: rate for country, rate in rates.items() if rate is not None}
        return payload(tax_class=await transact(info.context, service.create_class, input.name, known))

    @mutation_field(STAFF, description="Change a tax class and its rates, which hold from today on.")
    async def tax_class_update(self, info: BatchInfo, id: strawberry.ID, input: TaxClassUpdateInput) -> TaxClassUpdate:
        asked = given(input)
        rates = country_rates(asked.get("update_country_rates") or (), "updateCountryRates")
        removed = {str(code) for code in asked.get("remove_country_rates") or ()}
        row = await transact(
            info.context,
            service.update_class,
            int_pk(id, "TaxClass"),
            asked.get("name"),
            {country: rate for country, rate in rates.items() if rate is not None},
            removed | {country for country, rate in rates.items() if rate is None},
        )
        return payload(tax_class=row)

    @mutation_field(STAFF, description="Drop a tax class; what has it is taxed by each country's default.")
    async def tax_class_delete(self, info: BatchInfo, id: strawberry.ID) -> TaxClassDelete:
        return payload(tax_class=await transact(info.context, service.delete_class, int_pk(id, "TaxClass")))

    @mutation_field(STAFF, description="Set what a channel does about taxes.")
    async def tax_configuration_update(
        self, info: BatchInfo, id: strawberry.ID, input: TaxConfigurationUpdateInput
    ) -> TaxConfigurationUpdate:
        asked = given(input)
        flat_rates(asked.get("tax_calculation_strategy"), asked.get("tax_app_id"))
        row = await transact(
            info.context,
            service.configure,
            int_pk(id, "TaxConfiguration"),
            {name: asked[name] for name in _FLAGS if asked.get(name) is not None},
            exceptions(asked.get("update_countries_configuration") or ()),
            [str(code) for code in asked.get("remove_countries_configuration") or ()],
        )
        return payload(tax_configuration=row)

    @mutation_field(STAFF, description="Set rates of a country, which hold from today on.")
    async def tax_country_configuration_update(
        self, info: BatchInfo, country_code: CountryCode, update_tax_class_rates: list[TaxClassRateInput]
    ) -> TaxCountryConfigurationUpdate:
        country = str(country_code)
        await transact(info.context, service.set_country, country, class_rates(update_tax_class_rates))
        return payload(tax_country_configuration=country)

    @mutation_field(STAFF, description="Drop the rates of a country from today on.")
    async def tax_country_configuration_delete(
        self, info: BatchInfo, country_code: CountryCode
    ) -> TaxCountryConfigurationDelete:
        await transact(info.context, service.drop_country, str(country_code))
        return payload(tax_country_configuration=str(country_code))
