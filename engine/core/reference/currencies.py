"""Currencies and the number of decimals their minor unit has.

`data/currencies.csv` is ISO 4217 list one (current currencies and funds) as published by the
maintenance agency on 2026-01-01, less the codes with no minor unit (metals, SDR, test codes), which no
shop can price in. Currencies withdrawn since 2023 stay, with the day they ended, so that past orders
remain readable. Exponents are ISO's: CLDR (babel) and payment providers have others.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from importlib.resources import files
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Currency:
    code: str
    exponent: int
    """Decimals of the minor unit: 0 for JPY, 2 for EUR, 3 for KWD."""
    numeric: str
    until: date | None
    """First day the code was no longer current; None while it is."""
    source: str

    def active(self, on: date) -> bool:
        return self.until is None or on < self.until


def _load() -> dict[str, Currency]:
    text = files(__package__).joinpath("data", "currencies.csv").read_text(encoding="utf-8")
    return {
        row["code"]: Currency(
            code=row["code"],
            exponent=int(row["exponent"]),
            numeric=row["numeric"],
            until=date.fromisoformat(row["until"]) if row["until"] else None,
            source=row["source"],
        )
        for row in csv.DictReader(text.splitlines())
    }


CURRENCIES: Mapping[str, Currency] = MappingProxyType(_load())
"""Every known currency by its upper-case code, withdrawn ones included."""


def active_currencies(on: date) -> tuple[str, ...]:
    """Codes current on that day, in alphabetical order."""
    return tuple(code for code, currency in CURRENCIES.items() if currency.active(on))
