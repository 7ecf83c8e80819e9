"""Which pictures the demo has, drawn into the storage before the rows that name them."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count
from typing import Any

from engine.attributes.models import AttributeValue
from engine.catalog.models import Category, Collection, ProductMedia, VariantMedia
from engine.cli.demo.goods import Item, catalogue
from engine.cli.demo.parts import data, pk
from engine.cli.demo.pictures import banner, picture
from engine.core.context import WriteCtx
from engine.core.settings import Settings
from engine.core.storage import open_storage

CONTENT_TYPE = "image/webp"
COLORS = 2
"""Things in many colours are shown in this many."""
BANNERS = {
    "tea": ("#5b6b45", "#c98b2e"),
    "ceramics": ("#2f4170", "#b6583c"),
    "textiles": ("#6d3f55", "#a9c3d6"),
    "apparel": ("#2f4170", "#c98b2e"),
    "bags": ("#5b6b45", "#b6583c"),
    "books": ("#8c4628", "#c98b2e"),
    "audio": ("#4a4e54", "#93a58a"),
}


@dataclass(frozen=True)
class Shot:
    """A picture to be: `color` is the slug of the variant colour it shows, if it shows one."""

    key: str
    draw: Callable[[], bytes]
    color: str | None = None


def product_shots(one: dict[str, Any]) -> list[Shot]:
    """The pictures of a product, the first of which stands for it."""
    given = one["picture"]
    tints = [(slug, [_tint(slug)]) for slug in one.get("colors", ())[:COLORS]]
    shown = tints or [(None, [_tint(slug) for slug in given["colors"]])]
    return [
        Shot(f"demo/{one['slug']}-{view + 1}.webp", _drawing(given["kind"], colors, view), slug)
        for view, (slug, colors) in enumerate(shown)
    ]


def _drawing(kind: str, colors: list[str], view: int) -> Callable[[], bytes]:
    return lambda: picture(kind, colors, view)


def _tint(slug: str) -> str:
    values = next(one for one in data("attributes")["attribute"] if one["slug"] == "color")["values"]
    return str(next(value["value"] for value in values if value["slug"] == slug))


def banner_shots() -> dict[str, Shot]:
    """The wide pictures of categories and collections, by word and slug such as `category/tea`."""
    numbers = count()
    found = {}
    for word, name in (("category", "categories"), ("collection", "collections")):
        for one in data(name)[word]:
            if "picture" in one:
                slug = f"{word}/{one['slug']}"
                found[slug] = Shot(
                    f"demo/{slug.replace('/', '-')}.webp", _banner(*BANNERS[one["picture"]], next(numbers))
                )
    return found


def _banner(color: str, other: str, seed: int) -> Callable[[], bytes]:
    return lambda: banner(color, other, seed)


def all_shots() -> Iterator[Shot]:
    for _, one in catalogue():
        yield from product_shots(one)
    yield from banner_shots().values()


async def store(settings: Settings, tell: Callable[[], None]) -> None:
    """Draw those that are not stored yet; `tell` is called after each."""
    storage = open_storage(settings)
    loop = asyncio.get_running_loop()
    missing = []
    for shot in all_shots():
        if await storage.get(shot.key) is None:
            missing.append(shot)
        else:
            tell()
    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="picture") as threads:
        drawn = [(shot.key, loop.run_in_executor(threads, shot.draw)) for shot in missing]
        for key, image in drawn:
            await storage.put(key, await image)
            tell()


async def hang(
    tx: WriteCtx, items: dict[str, Item], categories: dict[str, Category], collections: dict[str, Collection]
) -> None:
    """Name the stored pictures in the rows of what they show."""
    for item in items.values():
        shots = product_shots(item.given)
        media = [
            ProductMedia(
                product_id=pk(item.product),
                alt=item.product.name,
                sort_order=place,
                storage_key=shot.key,
                content_type=CONTENT_TYPE,
            )
            for place, shot in enumerate(shots)
        ]
        tx.add(*media)
        await tx.session.flush()
        for shot, one in zip(shots, media, strict=True):
            if shot.color is not None:
                tx.add(*_worn(item, shot.color, pk(one)))
    rows: dict[str, dict[str, Category] | dict[str, Collection]] = {"category": categories, "collection": collections}
    for slug, shot in banner_shots().items():
        word, _, key = slug.partition("/")
        row = rows[word][key]
        row.background_image_key, row.background_image_alt = shot.key, row.name
    await tx.session.flush()


def _worn(item: Item, color: str, media_id: int) -> Iterator[VariantMedia]:
    values: list[AttributeValue]
    for variant, values in zip(item.variants, item.axes, strict=True):
        if any(value.slug == color for value in values):
            yield VariantMedia(variant_id=pk(variant), media_id=media_id)
