"""Imports of many products: in batches, one import at a time, finished after a cut."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows.import_shopify import Summary, import_shopify
from engine.flows.import_shopify import run as running
from tests.shopify import copy, counts, empty, events, generated, load, told

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def empty_shop(ctx: Ctx) -> None:
    await empty(ctx)


async def test_two_imports_at_once_are_one(ctx: Ctx, tmp_path: Path) -> None:
    file = copy(tmp_path, "shopify-small.csv")
    other = Ctx.background(ctx.settings, ctx.database)
    results = await asyncio.gather(
        load(ctx, file),
        import_shopify(other, file, channel="us", report=tmp_path / "other.csv"),
        return_exceptions=True,
    )
    await other.release()
    done = [one for one in results if isinstance(one, Summary)]
    failed = [str(one) for one in results if not isinstance(one, Summary)]
    assert [one.created for one in done] == [3]
    assert failed == ["Another import is running on this shop: try again when it is done."]


async def test_thousands_of_rows_in_batches_and_one_bad_product_loses_no_other(ctx: Ctx, tmp_path: Path) -> None:
    file = generated(tmp_path, 1_000)

    async def refuse(tx: WriteCtx) -> None:
        await tx.execute(sa.text("ALTER TABLE product ADD CONSTRAINT unlucky CHECK (slug <> 'thing-7')"))

    async def allow(tx: WriteCtx) -> None:
        await tx.execute(sa.text("ALTER TABLE product DROP CONSTRAINT unlucky"))

    await transact(ctx, refuse)
    try:
        summary = await load(ctx, file)
    finally:
        await transact(ctx, allow)
    assert (summary.created, summary.refused, summary.rows, summary.rows_refused) == (999, 1, 3_000, 3)
    assert [line for line, _, _ in told(tmp_path)] == [23, 24, 25]
    assert all("the database refused it" in reason for _, _, reason in told(tmp_path))
    summary = await load(ctx, file)
    assert (summary.created, summary.unchanged, summary.refused) == (1, 999, 0)
    totals = await counts(ctx)
    assert {table: totals[table] for table in ("product", "product_variant", "variant_price", "stock")} == {
        "product": 1_000, "product_variant": 3_000, "variant_price": 3_000, "stock": 3_000
    }  # fmt: skip


async def test_an_import_that_was_cut_off_is_finished_by_the_next(
    ctx: Ctx, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = generated(tmp_path, 25)
    monkeypatch.setattr(running, "BATCH", 10)

    class Cut(BaseException):
        pass

    def cut(phase: str, done: int, total: int) -> None:
        if phase == "Importing" and done == 20:
            raise Cut

    with pytest.raises(Cut):
        await load(ctx, file, progress=cut)
    assert (await counts(ctx))["product"] == 20
    summary = await load(ctx, file)
    assert (summary.created, summary.unchanged) == (5, 20)
    assert await events(ctx) == [("product.created", 25)]


async def test_statements_do_not_grow_with_the_batch(ctx: Ctx, tmp_path: Path) -> None:
    async def statements(products: int, name: str) -> int:
        seen = 0
        fetch = WriteCtx.fetch

        async def counted(tx: WriteCtx, statement: Statement, **parameters: Any) -> Any:
            nonlocal seen
            seen += 1
            return await fetch(tx, statement, **parameters)

        file = generated(tmp_path, products, name)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(WriteCtx, "fetch", counted)
            assert (await load(ctx, file)).created == products
        return seen

    await load(ctx, generated(tmp_path, 100))
    assert await statements(10, "few") == await statements(100, "many")
