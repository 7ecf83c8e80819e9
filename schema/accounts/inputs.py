"""Inputs of accounts."""

from typing import Any

import strawberry
from strawberry import UNSET

from engine.accounts.addresses import address_values
from engine.core.addresses import AddressData
from schema.common.enums import CountryCode, LanguageCodeEnum
from schema.common.inputs import given
from schema.common.metadata import MetadataInput, as_meta


@strawberry.input
class AddressInput:
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    company_name: str | None = UNSET
    street_address_1: str | None = UNSET
    street_address_2: str | None = UNSET
    city: str | None = UNSET
    city_area: str | None = UNSET
    postal_code: str | None = UNSET
    country: CountryCode | None = UNSET
    country_area: str | None = UNSET
    phone: str | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
    skip_validation: bool | None = strawberry.field(
        default=False, description="For staff and apps: store the address without asking its country's rules."
    )


def address_given(input: AddressInput) -> dict[str, Any]:
    """What was given of the address's own fields, by Python name."""
    return {name: value for name, value in given(input).items() if name not in ("metadata", "skip_validation")}


def address_data(input: AddressInput) -> AddressData:
    return address_values(address_given(input))


def address_meta(input: AddressInput) -> dict[str, str]:
    return as_meta(input.metadata or None)


@strawberry.input
class AccountRegisterInput:
    email: str
    password: str
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    language_code: LanguageCodeEnum | None = UNSET
    redirect_url: str | None = strawberry.field(
        default=UNSET, description="Where the link in the confirmation mail leads; `email` and `token` are added."
    )
    metadata: list[MetadataInput] | None = UNSET
    channel: str | None = UNSET


@strawberry.input
class AccountInput:
    first_name: str | None = UNSET
    last_name: str | None = UNSET
    language_code: LanguageCodeEnum | None = UNSET
    default_billing_address: AddressInput | None = UNSET
    default_shipping_address: AddressInput | None = UNSET
    metadata: list[MetadataInput] | None = UNSET
