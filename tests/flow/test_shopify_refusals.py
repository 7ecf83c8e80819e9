"""What an import refuses is told by line, costs no other row, and is nothing of what others own."""

from pathlib import Path

import pytest

from engine.catalog.models import Product, ProductType, ProductVariant
from engine.core.context import Ctx, WriteCtx, transact
from engine.flows.import_shopify import ImportFailed, import_shopify
from tests.catalog_data import add
from tests.shopify import DATA, copy, empty, load, rows, snapshot, told

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
async def empty_shop(ctx: Ctx) -> None:
    await empty(ctx)


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


async def test_a_dry_run_tells_the_same_and_writes_nothing(ctx: Ctx, tmp_path: Path) -> None:
    before = await snapshot(ctx)
    summary = await load(ctx, copy(tmp_path, "shopify-nasty.csv"), dry_run=True)
    assert (summary.created, summary.refused, summary.rows_refused) == (2, 3, 6)
    assert len(told(tmp_path)) == 9
    assert await snapshot(ctx) == before


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
