"""A Shopify export becomes goods of the shop: once, as the file says, and nothing that is not its own is touched."""

import asyncio
import csv
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from engine.catalog.models import Product, ProductType, ProductVariant
from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows.import_shopify import ImportFailed, Summary, import_shopify
from engine.flows.import_shopify import run as running
from engine.inventory.models import Warehouse, WarehouseChannel
from tests.catalog_data import add

pytestmark = pytest.mark.anyio

DATA = Path(__file__).parent.parent / "data"
TABLES = (
    "product", "product_variant", "product_type", "attribute", "attribute_value", "category", "product_media",
    "variant_price", "stock", "stock_entry", "product_channel", "product_listing", "outbox_event", "import_record",
)  # fmt: skip


@pytest.fixture(autouse=True)
async def empty_shop(ctx: Ctx) -> None:
    """Two channels with a warehouse each, and no goods."""

    async def work(tx: WriteCtx) -> None:
        await tx.execute(
            sa.text(
                "TRUNCATE product, product_type, attribute, category, channel, warehouse, outbox_event, pgqueuer"
                " RESTART IDENTITY CASCADE"
            )
        )
        for slug, currency in (("us", "USD"), ("jp", "JPY")):
            channel = Channel(slug=slug, name=slug, currency=currency, default_country=slug.upper())
            warehouse = Warehouse(name=slug, slug=f"{slug}-hall")
            await add(tx, channel, warehouse)
            await add(tx, WarehouseChannel(warehouse_id=warehouse.id, channel_id=channel.id or 0))

    await transact(ctx, work)


async def load(ctx: Ctx, file: Path, channel: str = "us", **options: Any) -> Summary:
    return await import_shopify(ctx, file, channel=channel, report=file.parent / "told.csv", **options)


def write(folder: Path, *rows: dict[str, str], name: str = "export.csv") -> Path:
    """A file with the given columns of the official names; the first row has them all."""
    path = folder / name
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


def copy(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    text = (DATA / name).read_text()
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path = folder / name
    path.write_text(text)
    return path


def told(folder: Path) -> list[tuple[int, str, str]]:
    with (folder / "told.csv").open(newline="") as file:
        return [(int(row["line"]), row["verdict"], row["reason"]) for row in csv.DictReader(file)]


async def rows(ctx: Ctx, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await ctx.fetch(Statement(sa.text(sql)))]


async def counts(ctx: Ctx) -> dict[str, int]:
    return {table: (await rows(ctx, f"SELECT count(*) FROM {table}"))[0][0] for table in TABLES}


async def events(ctx: Ctx) -> list[tuple[Any, ...]]:
    return await rows(ctx, "SELECT kind, count(*) FROM outbox_event GROUP BY 1 ORDER BY 1")


async def snapshot(ctx: Ctx) -> dict[str, Any]:
    """Every row of every table that an import writes, with the transaction that wrote it."""
    found: dict[str, Any] = {}
    for table in (*TABLES, "product_attribute_value", "product_variant_attribute_value", "product_variant_media"):
        found[table] = await rows(ctx, f"SELECT xmin::text, t::text FROM {table} t ORDER BY 2")
    found["jobs"] = await rows(ctx, "SELECT id FROM pgqueuer ORDER BY 1")
    return found


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


async def test_bad_rows_are_told_and_cost_no_other(ctx: Ctx, tmp_path: Path) -> None:
    summary = await load(ctx, copy(tmp_path, "shopify-nasty.csv"))
    assert (summary.created, summary.refused, summary.rows, summary.rows_refused) == (2, 3, 11, 6)
    assert sorted(told(tmp_path)) == [
        (2, "warning", "Variant Barcode '8.71254E+12' has lost digits in a spreadsheet; it was left out"),
        (2, "warning", "Variant Inventory Qty -4 was taken as 0"),
        (3, "refused", "Variant Price '1,200.00' is no amount of USD: not a plain decimal number"),
        (5, "refused", "Variant SKU 'BOWL-S' is on line 2 already"),
        (6, "refused", "Variant Price 'free' is no amount of USD: not a plain decimal number"),
        (7, "refused", "Handle is empty"),
        (8, "refused", "Variant Inventory Qty 'two' is no whole number"),
        (10, "warning", "Image Src 'ftp://pictures.example/never.jpg' is no address of a picture; it was left out"),
        (11, "refused", "it has 14 columns where the heading has 13"),
    ]
    assert await rows(ctx, "SELECT sku, weight_grams FROM product_variant ORDER BY id") == [
        ("BOWL-S", None), ("BOWL-L", None), ("BOWL-XL", None), ("LAST", None)
    ]  # fmt: skip
    assert await rows(ctx, "SELECT c.name, c.level, array_length(c.path, 1) FROM category c ORDER BY c.level") == [
        ("Home & Garden", 0, 1), ("Kitchen", 1, 2), ("Bowls", 2, 3)
    ]  # fmt: skip
    sold = await rows(ctx, "SELECT is_published, available_for_purchase_at IS NOT NULL FROM product_channel ORDER BY 1")
    assert sold == [(False, False), (True, True)]
    again = await load(ctx, tmp_path / "shopify-nasty.csv")
    assert (again.created, again.updated, again.unchanged, again.rows_refused) == (0, 0, 2, 6)


async def test_what_others_own_is_not_taken(ctx: Ctx, tmp_path: Path) -> None:
    async def work(tx: WriteCtx) -> None:
        kind = ProductType(name="Own", slug="own")
        await add(tx, kind)
        own = Product(product_type_id=kind.id or 0, name="Own Mug", name_key="own mug", slug="harbour-mug")
        await add(tx, own)
        await add(tx, ProductVariant(product_id=own.id or 0, sku="CARD", name="Own"))

    await transact(ctx, work)
    summary = await load(ctx, copy(tmp_path, "shopify-small.csv"))
    assert (summary.created, summary.refused, summary.rows_refused) == (1, 2, 5)
    slug = "a product with this slug is in the shop already and is not from this import"
    assert [(line, reason) for line, _, reason in told(tmp_path)] == [
        *((line, slug) for line in (2, 3, 4, 5)),
        (8, "the SKU 'CARD' belongs to the product 'harbour-mug'"),
    ]
    assert await rows(ctx, "SELECT name FROM product ORDER BY id") == [("Own Mug",), ("Tide Table",)]


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


async def test_a_dry_run_tells_the_same_and_writes_nothing(ctx: Ctx, tmp_path: Path) -> None:
    before = await snapshot(ctx)
    summary = await load(ctx, copy(tmp_path, "shopify-nasty.csv"), dry_run=True)
    assert (summary.created, summary.refused, summary.rows_refused) == (2, 3, 6)
    assert len(told(tmp_path)) == 9
    assert await snapshot(ctx) == before


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


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        (None, {}, "There is no file"),
        ("", {}, "The file is empty"),
        ("a,b\n1,2\n", {}, "no Shopify product export: it has no column Handle, Title, Variant Price"),
        ("Handle,Title,Variant Price\n", {"channel": "mars"}, "There is no channel 'mars'. Channels: jp, us"),
        (
            "Handle,Title,Variant Price\n",
            {"warehouse": "moon"},
            "There is no warehouse 'moon'. Warehouses: us-hall, jp-hall",
        ),
    ],
)
async def test_what_cannot_begin_says_why(
    ctx: Ctx, tmp_path: Path, text: str | None, options: dict[str, str], message: str
) -> None:
    file = tmp_path / "file.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ImportFailed, match=message):
        await load(ctx, file, **options)


async def test_the_report_never_overwrites_the_file(ctx: Ctx, tmp_path: Path) -> None:
    file = copy(tmp_path, "shopify-small.csv")
    with pytest.raises(ImportFailed, match="would overwrite"):
        await import_shopify(ctx, file, channel="us", report=tmp_path / ".." / tmp_path.name / file.name)
    assert file.read_bytes() == (DATA / "shopify-small.csv").read_bytes()


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


def generated(folder: Path, products: int, name: str = "thing") -> Path:
    """Products of three variants each."""
    lines = [
        {"Handle": f"{name}-{n}", "Title": f"Thing {n}" if place == 0 else "", "Vendor": f"Vendor {n % 50}",
         "Tags": f"tag {n % 30}, tag {n % 7}", "Type": f"Type {n % 5}", "Option1 Name": "Size",
         "Option1 Value": size, "Variant SKU": f"{name}{n}{size}", "Variant Price": "9.99",
         "Variant Inventory Qty": "3",
         "Image Src": f"https://pictures.example/{n}-{size}.jpg"}
        for n in range(products)
        for place, size in enumerate("SML")
    ]  # fmt: skip
    return write(folder, *lines)


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
