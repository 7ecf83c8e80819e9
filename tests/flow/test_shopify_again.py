"""A second import changes what its file changed, and nothing else."""

from pathlib import Path

import pytest

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.tables import sa
from tests.shopify import copy, empty, events, load, rows, snapshot, told, write

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def empty_shop(ctx: Ctx) -> None:
    await empty(ctx)


async def test_the_same_file_again_writes_nothing(ctx: Ctx, tmp_path: Path) -> None:
    file = copy(tmp_path, "shopify-small.csv")
    await load(ctx, file)
    before = await snapshot(ctx)
    summary = await load(ctx, file)
    assert (summary.created, summary.updated, summary.unchanged, summary.refused) == (0, 0, 3, 0)
    assert await snapshot(ctx) == before


async def test_a_changed_file_changes_that_and_no_more(ctx: Ctx, tmp_path: Path) -> None:
    await load(ctx, copy(tmp_path, "shopify-small.csv"))

    async def meanwhile(tx: WriteCtx) -> None:
        await tx.execute(sa.text("UPDATE product SET name = 'Renamed here' WHERE slug = 'harbour-mug'"))
        await tx.execute(sa.text("UPDATE stock SET on_hand = 2 WHERE on_hand = 12"))

    await transact(ctx, meanwhile)
    before = await snapshot(ctx)
    changed = copy(
        tmp_path, "shopify-small.csv", ("manual,18.00", "manual,19.50"), ("sand.jpg,2,", "sand.jpg,2,In sand")
    )
    summary = await load(ctx, changed)
    assert (summary.created, summary.updated, summary.unchanged) == (0, 1, 2)
    after = await snapshot(ctx)
    assert {table for table in before if before[table] != after[table]} == {
        "product_media", "variant_price", "outbox_event", "import_record", "jobs"
    }  # fmt: skip
    assert await rows(ctx, "SELECT amount FROM variant_price WHERE variant_id = 2") == [(1950,)]
    assert await rows(ctx, "SELECT alt FROM product_media WHERE source_url LIKE '%sand%'") == [("In sand",)]
    assert await events(ctx) == [("product.created", 3), ("product.updated", 1)]


async def test_variants_and_pictures_come_and_go(ctx: Ctx, tmp_path: Path) -> None:
    def rows_of(*variants: tuple[str, str]) -> Path:
        return write(
            tmp_path,
            *(
                {"Handle": "cup", "Title": "Cup", "Option1 Name": "Size", "Option1 Value": size, "Variant SKU": sku,
                 "Variant Price": "1", "Image Src": f"https://pictures.example/{size}.jpg"}
                for size, sku in variants
            ),
        )  # fmt: skip

    await load(ctx, rows_of(("S", "A"), ("M", "B"), ("L", "C")))
    # S and M swap their SKUs, L is called Large, XL is new
    await load(ctx, rows_of(("M", "A"), ("S", "B"), ("Large", "C"), ("XL", "D")))
    expected = [(2, "M", "A"), (1, "S", "B"), (3, "Large", "C"), (4, "XL", "D")]
    assert await rows(ctx, "SELECT id, name, sku FROM product_variant ORDER BY sort_order") == expected
    assert await rows(
        ctx,
        "SELECT w.variant_id, v.name FROM product_variant_attribute_value w"
        " JOIN attribute_value v ON v.id = w.value_id ORDER BY 1",
    ) == [(1, "S"), (2, "M"), (3, "Large"), (4, "XL")]
    assert await rows(ctx, "SELECT source_url FROM product_media ORDER BY sort_order") == [
        (f"https://pictures.example/{size}.jpg",) for size in ("M", "S", "Large", "XL")
    ]
    summary = await load(ctx, rows_of(("M", "A"), ("XL", "D")))
    assert summary.updated == 1
    assert await rows(ctx, "SELECT count(*) FROM product_variant") == [(4,)]
    assert [reason for _, _, reason in told(tmp_path)] == [
        "the variant 'S' left the file and was kept", "the variant 'Large' left the file and was kept"
    ]  # fmt: skip


async def test_what_a_file_has_no_column_for_stays(ctx: Ctx, tmp_path: Path) -> None:
    await load(ctx, copy(tmp_path, "shopify-small.csv"))
    before = await snapshot(ctx)
    prices = write(tmp_path, {"Handle": "paper-card", "Title": "Paper Card", "Variant Price": "3"}, name="prices.csv")
    assert (await load(ctx, prices)).updated == 1
    after = await snapshot(ctx)
    unchanged = {"product_media", "stock", "stock_entry", "product_channel", "product_attribute_value", "product_type"}
    assert {table: after[table] for table in unchanged} == {table: before[table] for table in unchanged}
    assert await rows(
        ctx,
        "SELECT v.sku, v.weight_grams, v.track_inventory, r.amount FROM product_variant v"
        " JOIN variant_price r ON r.variant_id = v.id WHERE v.sku = 'CARD'",
    ) == [("CARD", 12, False, 300)]


async def test_a_count_below_what_is_sold_is_told_and_tried_again(ctx: Ctx, tmp_path: Path) -> None:
    await load(ctx, copy(tmp_path, "shopify-small.csv"))

    async def allocate(tx: WriteCtx, units: int) -> None:
        await tx.execute(sa.text(f"UPDATE stock SET allocated = {units} WHERE on_hand = 12"))

    await transact(ctx, allocate, 10)
    fewer = copy(tmp_path, "shopify-small.csv", ("shopify,12,", "shopify,4,"))
    assert (await load(ctx, fewer)).unchanged == 3
    assert told(tmp_path) == [(2, "warning", "the stock was left as it is: 10 are sold or held, more than 4")]
    await transact(ctx, allocate, 0)
    assert (await load(ctx, fewer)).updated == 1
    assert await rows(ctx, "SELECT on_hand FROM stock ORDER BY id LIMIT 1") == [(4,)]
