"""Categories, products with their variants, prices and stock, and collections."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product as combinations
from random import Random
from typing import Any
from uuid import UUID

from engine.attributes.models import AttributeValue
from engine.catalog.models import (
    Category,
    CategoryTranslation,
    Collection,
    CollectionChannel,
    CollectionProduct,
    CollectionTranslation,
    Product,
    ProductAttributeValue,
    ProductChannel,
    ProductTranslation,
    ProductType,
    ProductVariant,
    VariantAttributeValue,
    VariantTranslation,
)
from engine.channels.models import Channel
from engine.cli.demo.choices import Choices
from engine.cli.demo.parts import data, pk
from engine.cli.demo.words import LANGUAGES, document, translated
from engine.content.models import Page
from engine.core.context import WriteCtx
from engine.core.text import editorjs_to_text, fold
from engine.inventory.models import Stock, StockEntry
from engine.pricing.models import VariantPrice

FILES = ("tea", "ceramics", "textiles", "apparel", "bags", "books", "audio", "downloads")
AXES = {"color": "colors", "size": "sizes"}
PACKAGING_GRAMS = {"50-g": 80, "100-g": 130, "250-g": 290}
HARDCOVER_GRAMS = 250
COST_PERCENT = 45
SOLD_OUT = 0.06
"""The part of the variants that is sold out by chance, and again the part that one warehouse lacks."""
SOLD_BEFORE = 15
"""Units at least, in each warehouse, of what the past orders are about."""


@dataclass(frozen=True)
class Shelf:
    """What the goods stand on: made before them."""

    channels: dict[str, Channel]
    warehouses: dict[str, UUID]
    types: dict[str, ProductType]
    choices: Choices
    pages: dict[str, Page]


@dataclass(frozen=True)
class Item:
    """A product and its variants, beside what the data says of it. `colors` are the values its variants differ by."""

    given: dict[str, Any]
    type: str
    product: Product
    variants: list[ProductVariant]
    axes: list[list[AttributeValue]]
    """Of each variant, the values it is chosen by."""


def catalogue() -> Iterator[tuple[str, dict[str, Any]]]:
    """Each product of the data with its type, in the order of the shop."""
    for name in FILES:
        for one in data(f"products/{name}")["product"]:
            yield name, one


async def categories(tx: WriteCtx) -> dict[str, Category]:
    made: dict[str, Category] = {}
    for place, one in enumerate(data("categories")["category"]):
        parent = made.get(one.get("parent", ""))
        category = Category(
            name=one["name"],
            name_key=fold(one["name"]),
            slug=one["slug"],
            parent_id=parent.id if parent else None,
            level=parent.level + 1 if parent else 0,
            sort_order=place,
            description=document(one["text"]),
            seo_title=one["name"],
            seo_description=one["text"],
        )
        tx.add(category)
        await tx.session.flush()
        category.path = [*(parent.path if parent else ()), pk(category)]
        made[one["slug"]] = category
        tx.add(*(CategoryTranslation(category_id=pk(category), **translated(one, language)) for language in LANGUAGES))
    await tx.session.flush()
    return made


async def products(tx: WriteCtx, shelf: Shelf, found: dict[str, Category]) -> dict[str, Item]:
    made: dict[str, Item] = {}
    now = tx.clock.now()
    new = set(next(one for one in data("collections")["collection"] if one["slug"] == "new-arrivals")["products"])
    for place, (kind, one) in enumerate(catalogue()):
        at = now - (timedelta(days=2 + place % 20) if one["slug"] in new else timedelta(days=60 + 7 * place))
        description = document(one["text"])
        product = Product(
            product_type_id=pk(shelf.types[kind]),
            category_id=found[one["category"]].id,
            name=one["name"],
            name_key=fold(one["name"]),
            slug=one["slug"],
            description=description,
            description_text=editorjs_to_text(description),
            seo_title=one["name"],
            seo_description=editorjs_to_text(description).split("\n")[0][:300],
            weight_grams=one.get("weight"),
            rating=one.get("rating"),
            hs_code=one.get("hs"),
            origin_country=one["origin"],
            meta={"packaging": "paper" if kind in ("tea", "books") else "straw and paper"} if "hs" in one else {},
            private_meta={"supplier": f"{one['origin']}-{place:03d}"},
            created_at=at,
            updated_at=at,
        )
        made[one["slug"]] = Item(one, kind, product, [], [])
    tx.add(*(item.product for item in made.values()))
    await tx.session.flush()
    by_slug = {slug: item.product for slug, item in made.items()}
    await _describe(tx, list(made.values()), shelf, {**by_slug, **shelf.pages})
    await _vary(tx, list(made.values()), shelf)
    for item in made.values():
        _publish(tx, item, shelf)
    await tx.session.flush()
    await _stock(tx, list(made.values()), shelf)
    return made


async def _describe(tx: WriteCtx, items: list[Item], shelf: Shelf, targets: dict[str, Any]) -> None:
    described = [
        (item, list(shelf.choices.assigned(pk(item.product), item.given["attributes"], targets))) for item in items
    ]
    for _, values in described:
        tx.add(*values)
    await tx.session.flush()
    for item, values in described:
        product_id = pk(item.product)
        tx.add(
            *(
                ProductAttributeValue(product_id=product_id, value_id=pk(value), sort_order=place)
                for place, value in enumerate(values)
            ),
            *(ProductTranslation(product_id=product_id, **translated(item.given, language)) for language in LANGUAGES),
        )


async def _vary(tx: WriteCtx, items: list[Item], shelf: Shelf) -> None:
    for item in items:
        axes = _axes(item.type, item.given)
        for place, keys in enumerate(combinations(*axes.values())):
            values = [shelf.choices.value(axis, key) for axis, key in zip(axes, keys, strict=True)]
            item.variants.append(_variant(item, keys, values, place))
            item.axes.append(values)
        tx.add(*item.variants)
    await tx.session.flush()
    for item in items:
        item.product.default_variant_id = item.variants[0].id
        words = {language: _translations(item.type, language) for language in LANGUAGES}
        for variant, values in zip(item.variants, item.axes, strict=True):
            tx.add(
                *(
                    VariantAttributeValue(variant_id=pk(variant), value_id=pk(value), sort_order=place)
                    for place, value in enumerate(values)
                )
            )
            for language in LANGUAGES if values else ():
                name = " / ".join(words[language].get(value.slug, value.name) for value in values)
                tx.add(VariantTranslation(variant_id=pk(variant), language=language, name=name))


def _variant(item: Item, keys: tuple[str, ...], values: list[AttributeValue], place: int) -> ProductVariant:
    one = item.given
    return ProductVariant(
        product_id=pk(item.product),
        sku="-".join((one["sku"], *(_short(key) for key in keys))),
        name=" / ".join(value.name for value in values),
        barcode=_barcode(pk(item.product), place),
        weight_grams=_grams(one, keys),
        track_inventory="hs" in one,
        quantity_limit_per_customer=one.get("limit"),
        sort_order=place,
    )


def _axes(kind: str, one: dict[str, Any]) -> dict[str, list[str]]:
    """The values a product's variants differ by, for each attribute its type lets shoppers choose by."""
    chosen = next(given for given in data("types")["product_type"] if given["slug"] == kind)["choose"]
    return {axis: one.get(AXES.get(axis, ""), ["one-size"]) if axis in AXES else list(one["price"]) for axis in chosen}


def _translations(kind: str, language: str) -> dict[str, str]:
    chosen = next(given for given in data("types")["product_type"] if given["slug"] == kind)["choose"]
    return {
        value["slug"]: value[language]
        for attribute in data("attributes")["attribute"]
        if attribute["slug"] in chosen
        for value in attribute["values"]
        if language in value
    }


def _short(key: str) -> str:
    return key.replace("-", "").upper()[:4] if key[0].isdigit() else key.replace("-", "")[:3].upper()


def _grams(one: dict[str, Any], keys: tuple[str, ...]) -> int | None:
    if keys and keys[0] in PACKAGING_GRAMS:
        return PACKAGING_GRAMS[keys[0]]
    return one["weight"] + HARDCOVER_GRAMS if "hardcover" in keys else None


def _barcode(product_id: int, place: int) -> str:
    """An EAN-13 of the range that shops use among themselves (prefix 20, GS1 General Specifications)."""
    digits = f"20{product_id:07d}{place:03d}"
    total = sum(int(digit) * (3 if position % 2 else 1) for position, digit in enumerate(digits))
    return f"{digits}{-total % 10}"


def _publish(tx: WriteCtx, item: Item, shelf: Shelf) -> None:
    one = item.given
    published = not one.get("draft", False)
    for place, (slug, channel) in enumerate(shelf.channels.items()):
        if slug not in one.get("channels", shelf.channels):
            continue
        since: datetime | None = item.product.created_at
        tx.add(
            ProductChannel(
                product_id=pk(item.product),
                channel_id=pk(channel),
                is_published=published,
                published_at=since if published else None,
                available_for_purchase_at=since,
            )
        )
        for variant, values in zip(item.variants, item.axes, strict=True):
            key = values[0].slug if values else ""
            amount = _amount(one["price"], key, place)
            assert amount is not None
            tx.add(
                VariantPrice(
                    variant_id=pk(variant),
                    channel_id=pk(channel),
                    currency=channel.currency,
                    amount=amount,
                    compare_at_amount=_amount(one.get("was", {}), key, place),
                    cost_amount=amount * COST_PERCENT // 100,
                )
            )


def _amount(prices: Any, key: str, place: int) -> int | None:
    pair = prices.get(key) if isinstance(prices, dict) else prices
    return int(pair[place]) if pair else None


async def _stock(tx: WriteCtx, items: list[Item], shelf: Shelf) -> None:
    sold = {sku for order in data("orders")["order"] for sku, _ in order["lines"]}
    stocks = []
    for item in items:
        for variant in item.variants:
            if not variant.track_inventory:
                continue
            # by the SKU, so that the demo is the same everywhere and a new product changes no other
            chance = Random(variant.sku)  # noqa: S311
            gone = item.given.get("stock") == "none" or chance.random() < SOLD_OUT
            least = SOLD_BEFORE if variant.sku in sold else 0
            for warehouse_id in shelf.warehouses.values():
                missing = gone or chance.random() < SOLD_OUT
                units = max(least, 0 if missing else chance.choice((4, 8, 12, 25, 40, 60)))
                stocks.append(Stock(variant_id=pk(variant), warehouse_id=warehouse_id, on_hand=units))
    tx.add(*stocks)
    await tx.session.flush()
    tx.add(
        *(
            StockEntry(
                stock_id=pk(stock), kind="RECEIVED", on_hand_delta=stock.on_hand, cause_type="import", cause_id="demo"
            )
            for stock in stocks
            if stock.on_hand
        )
    )
    await tx.session.flush()


async def collections(tx: WriteCtx, channels: dict[str, Channel], items: dict[str, Item]) -> dict[str, Collection]:
    given = data("collections")["collection"]
    made = {
        one["slug"]: Collection(
            name=one["name"],
            name_key=fold(one["name"]),
            slug=one["slug"],
            description=document(one["text"]),
            seo_title=one["name"],
            seo_description=one["text"],
        )
        for one in given
    }
    tx.add(*made.values())
    await tx.session.flush()
    now = tx.clock.now()
    for one in given:
        collection_id = pk(made[one["slug"]])
        published = not one.get("draft", False)
        tx.add(
            *(
                CollectionProduct(collection_id=collection_id, product_id=pk(items[slug].product), sort_order=place)
                for place, slug in enumerate(one["products"])
            ),
            *(
                CollectionChannel(
                    collection_id=collection_id,
                    channel_id=pk(channel),
                    is_published=published,
                    published_at=now if published else None,
                )
                for channel in channels.values()
            ),
            *(
                CollectionTranslation(collection_id=collection_id, **translated(one, language))
                for language in LANGUAGES
            ),
        )
    await tx.session.flush()
    return made
