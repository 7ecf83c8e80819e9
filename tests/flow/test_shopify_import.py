"""A Shopify export becomes goods of the shop: once, as the file says."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest

from engine.core.context import Ctx
from tests.shopify import copy, empty, events, load, rows, snapshot, write

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def empty_shop(ctx: Ctx) -> None:
    await empty(ctx)


async def test_goods_arrive_with_all_the_file_says(ctx: Ctx, tmp_path: Path) -> None:
    summary = await load(ctx, copy(tmp_path, "shopify-small.csv"))
    assert (summary.created, summary.refused, summary.rows, summary.rows_refused) == (3, 0, 6, 0)
    assert await rows(
        ctx,
        "SELECT p.slug, p.external_reference, t.name, c.name, p.seo_title, p.description_text FROM product p"
        " JOIN product_type t ON t.id = p.product_type_id LEFT JOIN category c ON c.id = p.category_id ORDER BY p.id",
    ) == [
        ("harbour-mug", "shopify:harbour-mug", "Tableware", "Tableware", "Harbour mug",
         "Stoneware mug with a salt glaze."),
        ("tide-table", "shopify:tide-table", "Furniture", "Furniture", None,
         'Oak table.\nTwo lines, and a "quoted" word.'),
        ("paper-card", "shopify:paper-card", "Imported", None, None, ""),
    ]  # fmt: skip
    assert await rows(
        ctx,
        "SELECT v.name, v.sku, v.barcode, v.weight_grams, v.track_inventory, r.amount, r.compare_at_amount,"
        " r.cost_amount, s.on_hand FROM product_variant v JOIN variant_price r ON r.variant_id = v.id"
        " LEFT JOIN stock s ON s.variant_id = v.id ORDER BY v.id",
    ) == [
        ("Sea / Small", "MUG-SEA-S", "4006381333931", 310, True, 1450, 1800, 620, 12),
        ("Sea / Large", "MUG-SEA-L", None, 420, True, 1800, None, 710, 0),
        ("Sand / Small", "MUG-SAND-S", None, 310, True, 1450, None, 620, 5),
        ("", None, None, 24500, True, 34900, 39900, None, 3),
        ("", "CARD", None, 12, False, 250, None, None, 40),
    ]
    assert await rows(
        ctx,
        "SELECT a.slug, a.input_type, t.scope, t.variant_selection FROM product_type_attribute t"
        " JOIN attribute a ON a.id = t.attribute_id JOIN product_type p ON p.id = t.product_type_id"
        " WHERE p.slug = 'tableware' ORDER BY t.scope, t.sort_order",
    ) == [
        ("vendor", "DROPDOWN", "PRODUCT", False), ("tags", "MULTISELECT", "PRODUCT", False),
        ("colour", "DROPDOWN", "VARIANT", True), ("size", "DROPDOWN", "VARIANT", True),
    ]  # fmt: skip
    assert await rows(
        ctx,
        "SELECT p.slug, v.name FROM product_attribute_value w JOIN product p ON p.id = w.product_id"
        " JOIN attribute_value v ON v.id = w.value_id ORDER BY p.id, v.attribute_id, w.sort_order",
    ) == [
        ("harbour-mug", "North Pier"), ("harbour-mug", "Kitchen"), ("harbour-mug", "Gift"),
        ("tide-table", "North Pier"), ("tide-table", "Oak"), ("tide-table", "Gift"),
    ]  # fmt: skip
    assert await rows(
        ctx,
        "SELECT m.source_url, m.alt, m.fetch_status, v.sku FROM product_media m"
        " LEFT JOIN product_variant_media w ON w.media_id = m.id LEFT JOIN product_variant v ON v.id = w.variant_id"
        " ORDER BY m.product_id, m.sort_order",
    ) == [
        ("https://pictures.example/mug-sea.jpg", "The mug in sea green", "PENDING", "MUG-SEA-S"),
        ("https://pictures.example/mug-sand.jpg", "", "PENDING", "MUG-SAND-S"),
        ("https://pictures.example/mug-box.jpg", "In its box", "PENDING", None),
        ("https://pictures.example/table.jpg", "", "PENDING", None),
    ]
    assert await rows(ctx, "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'catalog.fetch_media'") == [(4,)]
    assert await rows(
        ctx, "SELECT product_id, is_published, minimal_amount, in_stock FROM product_listing ORDER BY product_id"
    ) == [(1, True, 1450, True), (2, True, 34900, True), (3, False, 250, True)]
    assert await rows(ctx, "SELECT count(*) FROM product WHERE default_variant_id IS NULL") == [(0,)]
    assert await rows(
        ctx,
        "SELECT count(*) FROM stock s WHERE s.on_hand <> (SELECT coalesce(sum(e.on_hand_delta), 0) FROM stock_entry e"
        " WHERE e.stock_id = s.id)",
    ) == [(0,)]
    assert await events(ctx) == [("product.created", 3)]


async def test_a_second_channel_gets_prices_and_leaves_the_goods(ctx: Ctx, tmp_path: Path) -> None:
    file = copy(tmp_path, "shopify-small.csv", ("14.50,18,", "14,18,"), ("14.50,,", "15,,"), ("2.5,,", "2,,"),
                ("6.20", "6"), ("7.10", "7"), ("6.20", "6"))  # fmt: skip
    await load(ctx, file)
    before = await snapshot(ctx)
    summary = await load(ctx, file, "jp", warehouse="us-hall")
    assert (summary.created, summary.updated, summary.refused) == (0, 3, 0)
    after = await snapshot(ctx)
    assert {table for table in before if before[table] != after[table]} == {
        "variant_price", "product_channel", "product_listing", "outbox_event", "import_record", "jobs"
    }  # fmt: skip
    assert await rows(ctx, "SELECT currency, count(*), sum(amount) FROM variant_price GROUP BY 1 ORDER BY 1") == [
        ("JPY", 5, 398), ("USD", 5, 39800)
    ]  # fmt: skip
    elsewhere = await load(ctx, file, "jp")
    assert elsewhere.updated == 3
    assert await rows(
        ctx,
        "SELECT w.slug, sum(s.on_hand) FROM stock s JOIN warehouse w ON w.id = s.warehouse_id GROUP BY 1 ORDER BY 1",
    ) == [("jp-hall", 60), ("us-hall", 60)]


async def test_rows_of_a_handle_may_lie_apart(ctx: Ctx, tmp_path: Path) -> None:
    base = {"Option1 Name": "", "Title": "", "Variant Price": "1"}
    file = write(
        tmp_path,
        {"Handle": "a", "Option1 Value": "1", **base, "Title": "A", "Option1 Name": "No"},
        {"Handle": "b", "Option1 Value": "1", **base, "Title": "B", "Option1 Name": "No"},
        {"Handle": "A", "Option1 Value": "2", **base},
        {"Handle": "b", "Option1 Value": "2", **base},
    )
    assert (await load(ctx, file)).created == 2
    assert await rows(
        ctx,
        "SELECT p.slug, count(*) FROM product_variant v JOIN product p ON p.id = v.product_id GROUP BY 1 ORDER BY 1",
    ) == [("a", 2), ("b", 2)]


async def test_names_with_one_slug_stay_apart(ctx: Ctx, tmp_path: Path) -> None:
    tags = ["C", "C++", "C#", "!", "?", *(f"c{mark}" for mark in "()[]{}*+~^")]
    file = write(tmp_path, {"Handle": "a", "Title": "A", "Variant Price": "1", "Tags": ", ".join(tags)})
    await load(ctx, file)
    found = await rows(ctx, "SELECT name, slug FROM attribute_value")
    assert {name for name, _ in found} == set(tags)
    assert len({slug for _, slug in found}) == len(tags)


async def test_amounts_and_digests_survive_json(ctx: Ctx, tmp_path: Path) -> None:
    await load(ctx, write(tmp_path, {"Handle": "a", "Title": "A", "Variant Price": "90000000000000000.00"}))
    assert await rows(ctx, "SELECT amount FROM variant_price") == [(9_000_000_000_000_000_000,)]
    records = await rows(ctx, "SELECT source, digest FROM import_record ORDER BY source")
    assert [(source, sorted(json.loads(digest))) for source, digest in records] == [
        ("shopify", ["name", "type", "v1"]), ("shopify:1", ["p1", "publication", "whole"])
    ]  # fmt: skip


async def test_the_command_says_what_it_did_and_ends_with_the_code_for_it(ctx: Ctx, tmp_path: Path) -> None:
    async def run(*arguments: str) -> tuple[int | None, str]:
        environment = {**os.environ, "DATABASE_URL": ctx.database.url, "ARGOSY_DATA_DIR": str(tmp_path)}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "engine.cli.main", "import", "shopify", *arguments,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, env=environment,
        )  # fmt: skip
        output, _ = await process.communicate()
        return process.returncode, output.decode()

    small, nasty = copy(tmp_path, "shopify-small.csv"), copy(tmp_path, "shopify-nasty.csv")
    code, output = await run(str(small), "--channel", "us")
    assert code == 0, output
    assert "products: 3 created, 0 updated, 0 unchanged, 0 refused" in output
    assert not (tmp_path / "shopify-small.report.csv").exists()
    code, output = await run(str(nasty), "--channel", "us")
    assert code == 3, output
    assert "refused line 3 (rope-bowl): Variant Price '1,200.00' is no amount of USD" in output
    assert len((tmp_path / "shopify-nasty.report.csv").read_text().splitlines()) == 10
    code, output = await run(str(small), "--channel", "mars")
    assert code == 1, output
    assert "There is no channel 'mars'. Channels: jp, us." in output
