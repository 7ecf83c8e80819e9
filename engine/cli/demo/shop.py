"""The demo from nothing to the last ticket."""

from functools import partial

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.cli.demo import album, choices, codes, goods, offers, reading
from engine.cli.demo.parts import LAST, Part, done, has_own_goods, pk, run_part
from engine.cli.demo.people import people
from engine.cli.demo.places import places
from engine.cli.demo.sales import keys, sell
from engine.cli.demo.threads import tickets
from engine.core.context import Ctx, WriteCtx
from engine.listing.service import refresh

GOODS = "goods"


async def fill(ctx: Ctx, *, show: bool) -> bool:
    """Make the parts that are missing; False when nothing was, or when the shop has goods of its own."""
    finished = await done(ctx)
    if not finished and await has_own_goods(ctx):
        return False
    missing = [part for part in _parts() if part.name not in finished]
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, disable=not show) as progress:
        if any(part.name == GOODS for part in missing):
            drawing = progress.add_task("Pictures", total=sum(1 for _ in album.all_shots()))
            await album.store(ctx.settings, lambda: progress.advance(drawing))
        making = progress.add_task("Demo shop", total=len(missing))
        for part in missing:
            await run_part(ctx, part)
            progress.advance(making)
    return bool(missing)


def _parts() -> list[Part]:
    return [
        Part(GOODS, lay_out),
        Part("people", people, silent=True),
        *(Part(f"order {key}", partial(sell, key=key), silent=True) for key in keys()),
        *(Part(f"promotion {key}", partial(offers.promise, key=key), silent=True) for key in offers.promised()),
        Part("codes", codes.issue, silent=True),
        Part(LAST, tickets, silent=True),
    ]


async def lay_out(tx: WriteCtx) -> None:
    """The shop without people: what it sells, where, and what it tells about it."""
    laid = await places(tx)
    found = await choices.choices(tx)
    shelf = goods.Shelf(
        channels=laid.channels,
        warehouses={slug: warehouse.id for slug, warehouse in laid.warehouses.items()},
        types=await choices.product_types(tx, found, laid.tax_classes),
        choices=found,
        pages=await reading.pages(tx, found),
    )
    categories = await goods.categories(tx)
    items = await goods.products(tx, shelf, categories)
    collections = await goods.collections(tx, laid.channels, items)
    await album.hang(tx, items, categories, collections)
    await reading.menus(tx, {"category": categories, "collection": collections, "page": shelf.pages})
    ids = [pk(item.product) for item in items.values()]
    await refresh(tx, ids)
    for product_id in ids:
        tx.emit("product.updated", "Product", product_id)
