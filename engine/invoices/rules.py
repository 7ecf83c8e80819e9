"""What stands on an invoice, and how its number is made."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

NUMBER_LENGTH = 255
UNINVOICED = frozenset({"DRAFT", "UNCONFIRMED", "EXPIRED"})
"""Order statuses without anything to invoice."""


@dataclass(frozen=True)
class Taxed:
    """Amounts in minor units; `rate` is millipercent."""

    rate: int
    net: int
    gross: int


@dataclass(frozen=True)
class DocumentLine:
    name: str
    sku: str
    quantity: int
    unit_gross: int
    total: Taxed


@dataclass(frozen=True)
class Document:
    """All that an invoice says; amounts are minor units of `currency`."""

    number: str
    issued: date
    order_number: str
    ordered: date
    seller: tuple[str, ...]
    buyer: tuple[str, ...]
    shipped_to: tuple[str, ...]
    lines: tuple[DocumentLine, ...]
    delivery_name: str
    delivery: Taxed
    total_gross: int
    currency: str
    gift_cards: int = 0
    """What gift cards paid of it."""


def series_of(day: date) -> str:
    """Numbers begin anew each year."""
    return str(day.year)


def number_of(series: str, count: int) -> str:
    """`2026/000017`."""
    return f"{series}/{count:06d}"


def tax_table(parts: Iterable[Taxed]) -> list[Taxed]:
    """One sum for each rate, highest first; parts of nothing are left out."""
    sums: dict[int, list[int]] = defaultdict(lambda: [0, 0])
    for part in parts:
        sums[part.rate][0] += part.net
        sums[part.rate][1] += part.gross
    return [Taxed(rate, net, gross) for rate, (net, gross) in sorted(sums.items(), reverse=True) if net or gross]
