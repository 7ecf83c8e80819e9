"""Shopify exports for tests, made or copied, and what an import of them left in the database."""

import csv
from pathlib import Path
from typing import Any

from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows.import_shopify import Summary, import_shopify
from engine.inventory.models import Warehouse, WarehouseChannel
from tests.catalog_data import add

DATA = Path(__file__).parent / "data"
TABLES = (
    "product", "product_variant", "product_type", "attribute", "attribute_value", "category", "product_media",
    "variant_price", "stock", "stock_entry", "product_channel", "product_listing", "outbox_event", "import_record",
)  # fmt: skip


async def empty(ctx: Ctx) -> None:
    """Make it a shop of two channels with a warehouse each, and no goods."""

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
