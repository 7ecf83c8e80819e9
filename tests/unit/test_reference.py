from datetime import date

import pytest

from engine.core.reference.countries import COUNTRIES, country_name, eu_member, eu_members, is_country
from engine.core.reference.currencies import CURRENCIES, active_currencies
from engine.core.reference.languages import LANGUAGES, language_name


def test_active_currencies_are_those_of_the_list() -> None:
    active = active_currencies(date(2026, 1, 1))
    assert len(active) == 165
    assert {"EUR", "XCG", "ZWG"} <= set(active)
    assert set(CURRENCIES) - set(active) == {"BGN", "HRK"}


def test_a_withdrawn_currency_ends_on_its_day() -> None:
    assert CURRENCIES["BGN"].active(date(2025, 12, 31))
    assert not CURRENCIES["BGN"].active(date(2026, 1, 1))


def test_there_are_as_many_countries_as_in_the_enum() -> None:
    assert len(set(COUNTRIES)) == len(COUNTRIES) == 251
    assert list(COUNTRIES) == sorted(COUNTRIES)
    assert is_country("XK")
    assert not is_country("UK")
    assert not is_country("us")


def test_every_country_has_a_name() -> None:
    assert all(country_name(code) != code for code in COUNTRIES)
    assert country_name("DE") == "Germany"
    assert country_name("EU") == "European Union"
    assert country_name("DE", "pt-br") == "Alemanha"
    assert country_name("DE", "ZH_HANS_CN") == "德国"


def test_names_fall_back_to_english() -> None:
    assert country_name("DE", "tlh") == "Germany"
    assert country_name("DE", "not a language") == "Germany"
    assert language_name("de", "") == "German"
    with pytest.raises(KeyError):
        country_name("UK")
    with pytest.raises(KeyError):
        language_name("tlh")


@pytest.mark.parametrize(
    ("code", "on", "member"),
    [
        ("HR", date(2013, 6, 30), False),
        ("HR", date(2013, 7, 1), True),
        ("GB", date(2020, 12, 31), True),
        ("GB", date(2021, 1, 1), False),
        ("CH", date(2026, 1, 1), False),
        ("EU", date(2026, 1, 1), False),
    ],
)
def test_union_membership_is_dated(code: str, on: date, member: bool) -> None:
    assert eu_member(code, on) is member


def test_there_are_27_member_states_today_and_were_28() -> None:
    assert len(eu_members(date(2026, 1, 1))) == 27
    assert len(eu_members(date(2015, 1, 1))) == 28
    assert set(eu_members(date(2026, 1, 1))) <= set(COUNTRIES)


def test_there_are_as_many_languages_as_in_the_enum() -> None:
    assert len(LANGUAGES) == 779
    assert list(LANGUAGES)[:5] == ["AF", "AF_NA", "AF_ZA", "AGQ", "AGQ_CM"]
    assert LANGUAGES["ZH_HANS_CN"] == "zh-hans-cn"
    assert all(name.replace("_", "-").lower() == code for name, code in LANGUAGES.items())


def test_every_language_has_a_name() -> None:
    assert all(language_name(code) for code in LANGUAGES.values())
    assert language_name("pt-br") == "Portuguese (Brazil)"
    assert language_name("pt-br", "de") == "Portugiesisch (Brasilien)"
    assert language_name("ca-es-valencia") == "Catalan (Spain, Valencian)"
