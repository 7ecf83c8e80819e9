"""Parts of the answers that several of them have."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from engine.core.ids import to_global
from engine.core.money import exponent, tax_on_net
from tests.benchmarks.databases import BASE_URL

Record: TypeAlias = Any
Answer: TypeAlias = Callable[[Sequence[Sequence[Record]]], dict[str, Any]]
"""Makes the answer's `data` of what each statement brought."""


@dataclass(frozen=True)
class Floor:
    """`statements` run one after the other on one connection."""

    statements: Sequence[tuple[str, list[Any]]]
    answer: Answer


def unit_of(currency: str) -> int:
    found: int = 10 ** exponent(currency)
    return found


def shown(amount: int, rate: int | None) -> int:
    """With tax; `rate` None: it is in the amount."""
    return amount if rate is None else amount + tax_on_net(amount, rate)


def picture(id: int, kind: str, key: str | None, source: str | None, content_type: str | None, copy: str) -> str:
    """The address of a picture's copy, such as `1024/webp/`; of the thing itself where there is no copy."""
    if key is None:
        return source or ""
    if kind == "VIDEO" or content_type == "image/svg+xml":
        return f"{BASE_URL}/media/{key}"
    return f"{BASE_URL}/thumbnail/{to_global('ProductMedia', id)}/{copy}"


def price_range(low: int, high: int, currency: str, unit: int) -> dict[str, Any]:
    return {
        "priceRange": {
            "start": {"gross": {"amount": low / unit, "currency": currency}},
            "stop": {"gross": {"amount": high / unit, "currency": currency}},
        }
    }
