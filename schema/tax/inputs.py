"""Inputs of taxes, and the plain values they stand for. Rates come in percent and are kept as millipercent."""

import math
from collections.abc import Iterable
from typing import Any

import strawberry
from strawberry import UNSET

from engine.core.errors import NotFound, Refusal
from engine.core.ids import int_pk
from engine.tax.service import MAX_RATE, CountryException
from schema.common.enums import CountryCode
from schema.common.inputs import set_or
from schema.tax.types import TaxCalculationStrategy


@strawberry.input
class CountryRateInput:
    country_code: CountryCode
    rate: float


@strawberry.input
class CountryRateUpdateInput:
    country_code: CountryCode
    rate: float | None = strawberry.field(default=UNSET, description="Null: none of its own any more.")


@strawberry.input
class TaxClassCreateInput:
    name: str
    create_country_rates: list[CountryRateInput] | None = UNSET


@strawberry.input
class TaxClassUpdateInput:
    name: str | None = UNSET
    update_country_rates: list[CountryRateUpdateInput] | None = UNSET
    remove_country_rates: list[CountryCode] | None = UNSET


@strawberry.input
class TaxClassRateInput:
    tax_class_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Null: the country's default.")
    rate: float | None = strawberry.field(default=UNSET, description="Null: none any more.")


@strawberry.input
class TaxConfigurationPerCountryInput:
    country_code: CountryCode
    charge_taxes: bool
    tax_calculation_strategy: TaxCalculationStrategy | None = UNSET
    display_gross_prices: bool
    tax_app_id: str | None = strawberry.field(default=UNSET, description="Null.")


@strawberry.input
class TaxConfigurationUpdateInput:
    charge_taxes: bool | None = UNSET
    tax_calculation_strategy: TaxCalculationStrategy | None = strawberry.field(
        default=UNSET, description="FLAT_RATES is the only one there is."
    )
    display_gross_prices: bool | None = UNSET
    prices_entered_with_tax: bool | None = UNSET
    update_countries_configuration: list[TaxConfigurationPerCountryInput] | None = UNSET
    remove_countries_configuration: list[CountryCode] | None = UNSET
    tax_app_id: str | None = strawberry.field(default=UNSET, description="Null.")


def millipercent(rate: float, field: str, code: str = "INVALID") -> int:
    """Raises Refusal for what is no percentage."""
    if not math.isfinite(rate) or not 0 <= rate <= MAX_RATE / 1000:
        raise Refusal("A rate is a percentage from 0 to 100.", field=field, code=code)
    return round(rate * 1000)


def country_rates(items: Iterable[Any], field: str) -> dict[str, int | None]:
    """By country; each is named once. Raises Refusal."""
    rates: dict[str, int | None] = {}
    for item in items:
        country, rate = str(item.country_code), set_or(item.rate)
        if country in rates:
            raise Refusal(
                f"{country} is named twice.", field=field, code="DUPLICATED_INPUT_ITEM", country_codes=[country]
            )
        rates[country] = None if rate is None else millipercent(rate, field)
    return rates


def class_rates(items: Iterable[TaxClassRateInput]) -> dict[int | None, int | None]:
    """By tax class, None for the default. Raises Refusal."""
    rates: dict[int | None, int | None] = {}
    for item in items:
        given_id = set_or(item.tax_class_id)
        class_id = int_pk(given_id, "TaxClass") if given_id else None
        if class_id in rates:
            code = "ONLY_ONE_DEFAULT_COUNTRY_RATE_ALLOWED" if class_id is None else "INVALID"
            raise Refusal("A tax class is named twice.", field="updateTaxClassRates", code=code)
        rate = set_or(item.rate)
        low = "CANNOT_CREATE_NEGATIVE_RATE" if rate is not None and rate < 0 else "INVALID"
        rates[class_id] = None if rate is None else millipercent(rate, "updateTaxClassRates", low)
    return rates


def exceptions(items: Iterable[TaxConfigurationPerCountryInput]) -> list[CountryException]:
    found = []
    for item in items:
        flat_rates(set_or(item.tax_calculation_strategy), set_or(item.tax_app_id))
        found.append(CountryException(str(item.country_code), item.charge_taxes, item.display_gross_prices))
    return found


def flat_rates(strategy: TaxCalculationStrategy | None, app_id: str | None) -> None:
    """Raises NotFound for anything else: no app works taxes out."""
    for wanted, field in ((strategy == TaxCalculationStrategy.TAX_APP, "taxCalculationStrategy"), (app_id, "taxAppId")):
        if wanted:
            raise NotFound("There is no app that works out taxes.", field=field)
