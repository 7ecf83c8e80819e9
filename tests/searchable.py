"""Products to search for, made with as little as a listing needs."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from engine.attributes.models import Attribute, AttributeValue
from engine.catalog.models import (
    Category,
    Product,
    ProductAttributeValue,
    ProductChannel,
    ProductTranslation,
    ProductType,
    ProductTypeAttribute,
    ProductVariant,
)
from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.tables import SQLModel, table
from engine.core.text import fold
from engine.listing.service import refresh
from engine.pricing.models import VariantPrice

_products = table(Product)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
US, EU = 1, 2
COLOUR, SECRET = 1, 2
RED, BLUE, GREEN, HIDDEN = 1, 2, 3, 4


@dataclass(frozen=True)
class Goods:
    """A product. `names` and `texts` are translations by language; `category` is an id."""

    name: str
    text: str = ""
    sku: str | None = None
    values: tuple[int, ...] = ()
    category: int | None = None
    price: int = 1_000
    channels: tuple[int, ...] = (US, EU)
    published: bool = True
    names: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


async def open_shop_floor(ctx: Ctx) -> None:
    """Two channels, a product type with a colour and a hidden attribute, and the categories 1 ⊃ 2."""
    await transact(ctx, _floor)


async def _floor(tx: WriteCtx) -> None:
    rows: list[list[SQLModel]] = [
        [
            Channel(id=US, slug="us", name="US", currency="USD", default_country="US"),
            Channel(id=EU, slug="eu", name="EU", currency="EUR", default_country="DE"),
            ProductType(id=1, name="Plain", slug="plain"),
            Attribute(id=COLOUR, slug="colour", name="Colour"),
            Attribute(id=SECRET, slug="secret", name="Supplier", visible_in_storefront=False),
            Category(id=1, name="Kitchenware", name_key="kitchenware", slug="kitchen", path=[1]),
        ],
        [
            Category(id=2, name="Teapots", name_key="teapots", slug="teapots", parent_id=1, path=[1, 2], level=1),
            ProductTypeAttribute(product_type_id=1, attribute_id=COLOUR),
            ProductTypeAttribute(product_type_id=1, attribute_id=SECRET),
            AttributeValue(id=RED, attribute_id=COLOUR, slug="red", name="Crimson"),
            AttributeValue(id=BLUE, attribute_id=COLOUR, slug="blue", name="Azure"),
            AttributeValue(id=GREEN, attribute_id=COLOUR, slug="green", name="Emerald"),
            AttributeValue(id=HIDDEN, attribute_id=SECRET, slug="acme", name="Acmecorp"),
        ],
    ]
    for group in rows:
        tx.add(*group)
        await tx.session.flush()


async def put_on_sale(ctx: Ctx, *goods: Goods) -> list[int]:
    """Their ids, in order. They are listed but not yet indexed."""
    return await transact(ctx, _put, goods)


async def _put(tx: WriteCtx, goods: Sequence[Goods]) -> list[int]:
    products = [
        Product(
            product_type_id=1,
            category_id=one.category,
            name=one.name,
            name_key=fold(one.name),
            slug=secrets.token_hex(8),
            description_text=one.text,
        )
        for one in goods
    ]
    tx.add(*products)
    await tx.session.flush()
    ids = [_id(product) for product in products]
    variants = [ProductVariant(product_id=pk, sku=one.sku) for pk, one in zip(ids, goods, strict=True)]
    tx.add(*variants)
    await tx.session.flush()
    for pk, one, variant in zip(ids, goods, variants, strict=True):
        for channel in one.channels:
            tx.add(
                ProductChannel(
                    product_id=pk,
                    channel_id=channel,
                    is_published=one.published,
                    published_at=LONG_AGO,
                    visible_in_listings=True,
                ),
                VariantPrice(
                    variant_id=_id(variant),
                    channel_id=channel,
                    currency="USD" if channel == US else "EUR",
                    amount=one.price,
                ),
            )
        tx.add(*(ProductAttributeValue(product_id=pk, value_id=value) for value in one.values))
        for language in {*one.names, *one.texts}:
            text: Any = None
            if language in one.texts:
                text = {"blocks": [{"type": "paragraph", "data": {"text": one.texts[language]}}]}
            tx.add(ProductTranslation(product_id=pk, language=language, name=one.names.get(language), description=text))
    await tx.session.flush()
    await refresh(tx, ids)
    return ids


def _id(row: Any) -> int:
    found: int = row.id
    return found


async def remove(ctx: Ctx, *product_ids: int) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(_products.delete().where(_products.c.id.in_(product_ids)))

    await transact(ctx, work)


async def empty_shelves(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(_products.delete())

    await transact(ctx, work)


async def rename(ctx: Ctx, product_id: int, name: str) -> None:
    async def work(tx: WriteCtx) -> None:
        await tx.execute(_products.update().where(_products.c.id == product_id).values(name=name))

    await transact(ctx, work)
