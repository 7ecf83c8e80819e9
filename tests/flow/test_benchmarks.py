"""The benchmark answers every page in every way alike, and says what each one cost."""

import asyncio
import contextlib
import io
from collections.abc import Callable
from typing import Any

import asyncpg
import orjson
import pytest

from tests.benchmarks.__main__ import main

PRODUCTS = "61"
FIGURES = {"app_ms", "db_ms", "statements", "ratio_to_floor", "best_floor", "stock_ratio", "spread"}


@pytest.fixture(scope="module")
def found(postgres_server: Callable[[str], str]) -> Any:
    """What a short run on a small shop prints; it stops where two ways to answer differ."""
    options = ["--sizes", PRODUCTS, "--rounds", "3", "--seconds", "0", "--database", postgres_server("postgres")]
    written = io.StringIO()
    with contextlib.redirect_stdout(written):
        main(["reads", "--json", *options])
    return orjson.loads(written.getvalue())


def test_every_page_has_its_figures(found: Any) -> None:
    assert set(found) == {"listing", "detail", "search", "category", "orders"}
    for sizes in found.values():
        assert set(sizes) == {PRODUCTS}
        assert set(sizes[PRODUCTS]) >= FIGURES


def test_it_counts_statements(found: Any) -> None:
    assert found["listing"][PRODUCTS]["statements"] <= 5
    assert found["detail"][PRODUCTS]["statements"] <= 7


def test_it_leaves_no_database_behind(found: Any, postgres_server: Callable[[str], str]) -> None:
    async def names() -> list[str]:
        connection = await asyncpg.connect(postgres_server("postgres"))
        try:
            rows = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE $1", f"%bench%{PRODUCTS}")
            return [row["datname"] for row in rows]
        finally:
            await connection.close()

    assert asyncio.run(names()) == []
