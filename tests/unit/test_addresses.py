from dataclasses import asdict, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.core.addresses import (
    AddressData,
    AddressFaultCode,
    InvalidPhone,
    UnknownCountry,
    normalise_phone,
    validate,
    validation_rules,
)
from engine.core.reference.countries import COUNTRIES

US = AddressData(
    first_name="Ann",
    last_name="Lee",
    street_address_1="1600 Amphitheatre Pkwy",
    city="Mountain View",
    postal_code="94043",
    country="US",
    country_area="CA",
    phone="+1 650-253-0000",
)
GOOD = {
    "US": US,
    "DE": AddressData(street_address_1="Unter den Linden 1", city="Berlin", postal_code="10117", country="DE"),
    "JP": AddressData(
        street_address_1="千代田1-1",
        city="千代田区",
        postal_code="100-0001",
        country="JP",
        country_area="東京都",
    ),
    "CN": AddressData(
        street_address_1="中关村大街27号",
        city="海淀区",
        postal_code="100080",
        country="CN",
        country_area="北京市",
    ),
    "GB": AddressData(street_address_1="10 Downing Street", city="London", postal_code="sw1a 2aa", country="GB"),
    "BR": AddressData(
        street_address_1="Av. Paulista 1578",
        city="São Paulo",
        postal_code="01310-200",
        country="BR",
        country_area="São Paulo",
    ),
    "IE": AddressData(street_address_1="1 Grafton Street", city="Dublin", country="IE"),
    "HK": AddressData(street_address_1="8 Finance Street", city="Central", country="HK", country_area="香港島"),
    "XK": AddressData(street_address_1="Rruga 1", city="Prishtina", postal_code="10000", country="XK"),
}


def faults(address: AddressData, **options: bool) -> list[tuple[str, str]]:
    return [(fault.field, fault.code.value) for fault in validate(address, **options)]


@pytest.mark.parametrize("country", sorted(GOOD))
def test_a_good_address_has_no_fault(country: str) -> None:
    assert faults(GOOD[country]) == []


def test_choices_match_by_value_or_label_whatever_the_case() -> None:
    for area in ("CA", "California", " california "):
        assert faults(replace(US, country_area=area)) == []
    assert faults(replace(GOOD["JP"], country_area="Tokyo")) == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"city": "", "postal_code": " "}, [("city", "REQUIRED"), ("postalCode", "REQUIRED")]),
        ({"street_address_1": ""}, [("streetAddress1", "REQUIRED")]),
        ({"country_area": "Bavaria"}, [("countryArea", "INVALID")]),
        ({"country_area": "NY"}, [("postalCode", "INVALID")]),
        ({"postal_code": "9404"}, [("postalCode", "INVALID")]),
        ({"country": ""}, [("country", "REQUIRED")]),
        ({"country": "EU"}, [("country", "INVALID")]),
        ({"country": "ZZ"}, [("country", "INVALID")]),
        ({"country": "../all"}, [("country", "INVALID")]),
        ({"phone": "12"}, [("phone", "INVALID")]),
        ({"phone": "650-253-0000"}, []),
        ({"phone": ""}, []),
        ({"first_name": "", "last_name": ""}, []),
    ],
)
def test_each_fault_names_its_field(changes: dict[str, str], expected: list[tuple[str, str]]) -> None:
    assert faults(replace(US, **changes)) == expected


def test_checks_can_be_left_out_but_a_country_is_always_needed() -> None:
    incomplete = replace(US, city="", postal_code="x", phone="x")
    assert faults(incomplete, check_required=False) == [("postalCode", "INVALID"), ("phone", "INVALID")]
    assert faults(incomplete, check_format=False) == [("city", "REQUIRED")]
    assert faults(incomplete, check_required=False, check_format=False) == []
    assert faults(AddressData(), check_required=False, check_format=False) == [("country", "REQUIRED")]


@pytest.mark.parametrize("hostile", ["x" * 257, "a\x00b", "a\nb", "a\u2028b", "\ud800", "\x1b[31m"])
@pytest.mark.parametrize("name", [name for name in asdict(US) if name != "country"])
def test_hostile_text_is_refused_in_every_field_even_unchecked(name: str, hostile: str) -> None:
    found = validate(replace(US, **{name: hostile}), check_required=False, check_format=False)
    assert [fault.code for fault in found] == [AddressFaultCode.INVALID]
    assert found[0].field.lower() == name.replace("_", "")


def test_a_field_may_be_as_long_as_the_limit() -> None:
    assert faults(replace(US, street_address_2="x" * 256)) == []


text = st.text(max_size=300)


@given(st.builds(AddressData, *[text] * 8, st.sampled_from(COUNTRIES) | text, text, text))
def test_any_input_gets_an_answer_with_one_fault_a_field(address: AddressData) -> None:
    named = [fault.field for fault in validate(address)]
    assert len(named) == len(set(named))


@pytest.mark.parametrize("country", [code for code in COUNTRIES if code != "EU"])
def test_every_country_has_rules(country: str) -> None:
    rules = validation_rules(country)
    assert rules.country_code == country
    assert rules.country_name
    assert "streetAddress1" in rules.allowed_fields
    assert set(rules.required_fields) <= set(rules.allowed_fields)


def test_rules_of_the_united_states() -> None:
    rules = validation_rules("us")
    assert rules.address_format == "%N%n%O%n%A%n%C, %S %Z"
    assert rules.allowed_fields == (
        "city",
        "companyName",
        "countryArea",
        "name",
        "postalCode",
        "streetAddress1",
        "streetAddress2",
    )
    assert rules.required_fields == ("city", "countryArea", "postalCode", "streetAddress1")
    assert rules.upper_fields == ("city", "countryArea")
    assert (rules.country_area_type, rules.city_type, rules.postal_code_type) == ("state", "city", "zip")
    assert ("CA", "California") in rules.country_area_choices
    assert len(rules.country_area_choices) == 62
    assert len(rules.postal_code_matchers) == 1


def test_rules_narrow_with_the_area_and_the_city() -> None:
    assert validation_rules("CN").city_choices == ()
    province = validation_rules("CN", "Guangdong Sheng")
    assert ("深圳市", "Shenzhen Shi") in province.city_choices
    assert province.city_area_choices == ()
    city = validation_rules("CN", "广东省", "Shenzhen Shi")
    assert len({value for value, _ in city.city_area_choices}) == 9
    assert len(validation_rules("US", "California").postal_code_matchers) == 2


def test_unknown_areas_leave_the_rules_of_the_country() -> None:
    assert validation_rules("CN", "nowhere", "深圳市") is validation_rules("CN")


@pytest.mark.parametrize("country", ["", "EU", "ZZ", "USA", "all", "../zz"])
def test_rules_of_no_country_are_refused(country: str) -> None:
    with pytest.raises(UnknownCountry):
        validation_rules(country)


@pytest.mark.parametrize(
    ("phone", "country", "expected"),
    [
        ("030 1234567", "DE", "+49301234567"),
        ("+49 (0)30 1234567", "FR", "+49301234567"),
        ("(650) 253-0000", "us", "+16502530000"),
        ("03-3213-1111", "JP", "+81332131111"),
    ],
)
def test_phones_become_e164(phone: str, country: str, expected: str) -> None:
    assert normalise_phone(phone, country) == expected


@pytest.mark.parametrize(
    ("phone", "country"),
    [("", "DE"), ("030 1234567", ""), ("+49 1", "DE"), ("call me", "DE"), ("1" * 300, "US"), ("+999123", "")],
)
def test_what_cannot_be_dialled_is_refused(phone: str, country: str) -> None:
    with pytest.raises(InvalidPhone):
        normalise_phone(phone, country)
