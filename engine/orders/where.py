"""Conditions on orders that clients put together, as a tree of plain values."""

from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Test:
    """One condition. `name` is of the table it is asked of, `op` one of eq, one_of, not_one_of, gte, lte, is (a flag),
    key (of metadata), pair and pairs (`value` is the key and its value or values)."""

    name: str
    op: str
    value: Any


@dataclass(frozen=True)
class Has:
    """There is a row of `table` (invoices, lines …) for the order that meets all `tests`."""

    table: str
    tests: tuple[Test, ...]


@dataclass(frozen=True)
class Every:
    parts: "tuple[Where, ...]"


@dataclass(frozen=True)
class Either:
    parts: "tuple[Where, ...]"


Where: TypeAlias = Test | Has | Every | Either
EVERYTHING = Every(())
