"""The statements that one request runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from engine.core.database import HeldReads


@dataclass(frozen=True)
class Ran:
    """A statement as it went to the database, and the columns of what came back (none came: no columns)."""

    sql: str
    arguments: list[Any]
    columns: frozenset[str]
    rows: int


@contextmanager
def recording() -> Iterator[list[Ran]]:
    """What is read within the block, by whomever, in order."""
    fetch = HeldReads.fetch
    seen: list[Ran] = []

    async def recorded(self: HeldReads, sql: str, arguments: list[Any]) -> list[Any]:
        rows = await fetch(self, sql, arguments)
        seen.append(Ran(sql, arguments, frozenset(rows[0].keys() if rows else ()), len(rows)))
        return rows

    HeldReads.fetch = recorded  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        HeldReads.fetch = fetch  # type: ignore[method-assign]
