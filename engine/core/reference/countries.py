"""Countries a shop can ship to, what they are called, and which are in the European Union.

`data/countries.txt` holds the 249 officially assigned alpha-2 codes of ISO 3166-1. Saleor's `CountryCode`
has two more, which ISO leaves to its users: `EU` and `XK` (Kosovo). Names come from CLDR through babel.

`data/eu_members.csv` dates each member state by its treaty. The United Kingdom's row ends with the
transition period (2020-12-31), until when Union law, VAT included, went on applying to it. Northern
Ireland's regime for goods since then, and territories outside a member's VAT area (the Canaries, the
overseas departments of France), are matters for tax rules, not of membership.
"""

import csv
from datetime import date
from functools import lru_cache
from importlib.resources import files

from babel.core import Locale, UnknownLocaleError

_DATA = files(__package__).joinpath("data")

COUNTRIES: tuple[str, ...] = tuple(
    sorted([*_DATA.joinpath("countries.txt").read_text(encoding="utf-8").split(), "EU", "XK"])
)
"""The 251 values of `CountryCode`, alphabetical by code."""

_KNOWN = frozenset(COUNTRIES)


def is_country(code: str) -> bool:
    return code in _KNOWN


@lru_cache(maxsize=4096)
def country_name(code: str, language: str = "en") -> str:
    """The country's name in that language ("pt-br" or "PT_BR"), or in English where CLDR has none.

    Raises `KeyError` for a code that is not in `COUNTRIES`.
    """
    if code not in _KNOWN:
        raise KeyError(code)
    try:
        translated = Locale.parse(language.replace("_", "-"), sep="-").territories.get(code)
    except (UnknownLocaleError, ValueError):
        translated = None
    return str(translated or Locale("en").territories[code])


def _load_members() -> dict[str, tuple[date, date | None]]:
    rows = csv.DictReader(_DATA.joinpath("eu_members.csv").read_text(encoding="utf-8").splitlines())
    return {
        row["code"]: (
            date.fromisoformat(row["since"]),
            date.fromisoformat(row["until"]) if row["until"] else None,
        )
        for row in rows
    }


_EU_MEMBERS = _load_members()


def eu_member(code: str, on: date) -> bool:
    """Whether Union law applied to that country as to a member state on that day."""
    since, until = _EU_MEMBERS.get(code, (date.max, None))
    return since <= on and (until is None or on < until)


def eu_members(on: date) -> tuple[str, ...]:
    """The member states of that day, alphabetical by code."""
    return tuple(code for code in _EU_MEMBERS if eu_member(code, on))
