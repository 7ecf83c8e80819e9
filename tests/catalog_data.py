"""A small catalogue for tests: two channels, a tree of categories, typed attributes, a few products."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from engine.attributes.models import Attribute, AttributeTranslation, AttributeValue, AttributeValueTranslation
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
    ProductMedia,
    ProductTranslation,
    ProductType,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
    VariantMedia,
    VariantTranslation,
)
from engine.channels.models import Channel, ChannelCountry
from engine.core.context import WriteCtx
from engine.core.tables import SQLModel
from engine.core.text import fold
from engine.inventory.models import Stock, Warehouse, WarehouseChannel
from engine.listing.service import refresh
from engine.pricing.models import VariantPrice
from engine.tax.models import TaxConfiguration, TaxRate

US, EU, CLOSED = 1, 2, 3
SHIRTS, BOOKS = 1, 2
COLOR, SIZE, PAGES, ORGANIC, CARE, RELATED, SECRET = 1, 2, 3, 4, 5, 6, 7
RED, BLUE, SMALL, LARGE = 1, 2, 3, 4
CLOTHES, TOPS, READING = 1, 2, 3
SUMMER, HIDDEN = 1, 2
TEE, POLO, NOVEL, DRAFT = 1, 2, 3, 4
MAIN = UUID(int=1)
LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


async def add(tx: WriteCtx, *models: SQLModel) -> None:
    """One by one: the tables point at each other in circles, so their order is the caller's."""
    for model in models:
        tx.add(model)
        await tx.session.flush()


async def fill(tx: WriteCtx) -> None:
    """TEE (red small, blue large), POLO (red) and NOVEL are published in US, TEE and NOVEL in EU too, DRAFT nowhere."""
    await add(tx, *_shop(), *_attributes(), *_groups(), *_products())
    await refresh(tx, [TEE, POLO, NOVEL, DRAFT])


def described(text: str) -> dict[str, Any]:
    return {"time": 0, "version": "2.24.3", "blocks": [{"id": "a", "type": "paragraph", "data": {"text": text}}]}


def _shop() -> list[SQLModel]:
    return [
        Channel(id=US, slug="us", name="US", currency="USD", default_country="US"),
        Channel(id=EU, slug="eu", name="EU", currency="EUR", default_country="DE"),
        Channel(id=CLOSED, slug="closed", name="Closed", currency="EUR", default_country="DE", is_active=False),
        ChannelCountry(channel_id=US, country="US"),
        ChannelCountry(channel_id=EU, country="DE"),
        TaxConfiguration(channel_id=US, prices_entered_with_tax=False, display_gross_prices=False),
        TaxConfiguration(channel_id=EU),
        TaxRate(country="DE", rate=19_000, valid_from=LONG_AGO.date(), source="test"),
        Warehouse(id=MAIN, name="Main", slug="main"),
        WarehouseChannel(warehouse_id=MAIN, channel_id=US),
        WarehouseChannel(warehouse_id=MAIN, channel_id=EU),
    ]


def _attributes() -> list[SQLModel]:
    kinds = (
        (COLOR, "color", "SWATCH", None), (SIZE, "size", "DROPDOWN", None), (PAGES, "pages", "NUMERIC", None),
        (ORGANIC, "organic", "BOOLEAN", None), (CARE, "care", "PLAIN_TEXT", None),
        (RELATED, "related", "REFERENCE", "PRODUCT"),
    )  # fmt: skip
    return [
        *(
            Attribute(id=id, slug=slug, name=slug.title(), input_type=kind, entity_type=entity)
            for id, slug, kind, entity in kinds
        ),
        Attribute(id=SECRET, slug="secret", name="Secret", input_type="PLAIN_TEXT", visible_in_storefront=False),
        AttributeTranslation(attribute_id=COLOR, language="de", name="Farbe"),
        AttributeValue(id=RED, attribute_id=COLOR, slug="red", name="Red", value="#ff0000", sort_order=1),
        AttributeValue(id=BLUE, attribute_id=COLOR, slug="blue", name="Blue", value="#0000ff", sort_order=2),
        AttributeValue(id=SMALL, attribute_id=SIZE, slug="s", name="S", sort_order=1),
        AttributeValue(id=LARGE, attribute_id=SIZE, slug="l", name="L", sort_order=2),
        AttributeValue(id=5, attribute_id=PAGES, slug="n-320", name="320", numeric=320),
        AttributeValue(id=6, attribute_id=ORGANIC, slug="tee-organic", name="Organic: Yes", boolean=True),
        AttributeValue(id=7, attribute_id=CARE, slug="tee-care", name="Wash cold", plain_text="Wash cold"),
        AttributeValueTranslation(value_id=RED, language="de", name="Rot"),
        ProductType(id=SHIRTS, name="Shirts", slug="shirts", weight_grams=200),
        ProductType(id=BOOKS, name="Books", slug="books"),
        ProductTypeAttribute(product_type_id=SHIRTS, attribute_id=ORGANIC, sort_order=1),
        ProductTypeAttribute(product_type_id=SHIRTS, attribute_id=CARE, sort_order=2),
        ProductTypeAttribute(product_type_id=SHIRTS, attribute_id=RELATED, sort_order=3),
        ProductTypeAttribute(
            product_type_id=SHIRTS, attribute_id=COLOR, scope="VARIANT", variant_selection=True, sort_order=1
        ),
        ProductTypeAttribute(
            product_type_id=SHIRTS, attribute_id=SIZE, scope="VARIANT", variant_selection=False, sort_order=2
        ),
        ProductTypeAttribute(product_type_id=BOOKS, attribute_id=PAGES),
        ProductTypeAttribute(product_type_id=BOOKS, attribute_id=SECRET, sort_order=1),
    ]


def _groups() -> list[SQLModel]:
    return [
        Category(id=CLOTHES, name="Clothes", name_key="clothes", slug="clothes", path=[CLOTHES]),
        Category(id=TOPS, name="Tops", name_key="tops", slug="tops", path=[CLOTHES, TOPS], level=1, parent_id=CLOTHES),
        Category(id=READING, name="Reading", name_key="reading", slug="reading", path=[READING]),
        CategoryTranslation(category_id=TOPS, language="de", name="Oberteile", slug="oberteile"),
        Collection(id=SUMMER, name="Summer", name_key="summer", slug="summer"),
        Collection(id=HIDDEN, name="Hidden", name_key="hidden", slug="hidden"),
        CollectionTranslation(collection_id=SUMMER, language="de", name="Sommer", slug="sommer"),
        CollectionChannel(collection_id=SUMMER, channel_id=US, is_published=True, published_at=LONG_AGO),
        CollectionChannel(collection_id=HIDDEN, channel_id=US, is_published=False),
    ]


def _products() -> list[SQLModel]:
    return [
        _product(TEE, "Tee", SHIRTS, TOPS, rating=4.5, weight_grams=150, description=described("A <b>soft</b> tee")),
        _product(POLO, "Polo", SHIRTS, TOPS, rating=3.0),
        _product(NOVEL, "Novel", BOOKS, READING),
        _product(DRAFT, "Draft", BOOKS, None),
        ProductTranslation(product_id=TEE, language="de", name="T-Hemd", slug="t-hemd"),
        *_variant(1, TEE, "TEE-RS", (RED, SMALL), {US: (1_000, 2_000), EU: (1_190, None)}, stock=5),
        *_variant(2, TEE, "TEE-BL", (BLUE, LARGE), {US: (1_500, None)}, stock=0),
        *_variant(3, POLO, "POLO-R", (RED,), {US: (3_000, None)}, stock=0),
        *_variant(4, NOVEL, "NOVEL", (), {US: (800, None), EU: (952, None)}, stock=None),
        *_variant(5, DRAFT, "DRAFT", (), {US: (100, None)}, stock=1),
        VariantTranslation(variant_id=1, language="de", name="Rot, S"),
        AttributeValue(id=8, attribute_id=RELATED, slug="1-2", name="Polo", reference_product_id=POLO),
        *(ProductAttributeValue(product_id=TEE, value_id=value) for value in (6, 7, 8)),
        ProductAttributeValue(product_id=NOVEL, value_id=5),
        *(
            ProductChannel(
                product_id=product,
                channel_id=channel,
                is_published=True,
                published_at=LONG_AGO,
                available_for_purchase_at=LONG_AGO,
            )
            for product, channel in ((TEE, US), (POLO, US), (NOVEL, US), (TEE, EU), (NOVEL, EU))
        ),
        ProductChannel(product_id=DRAFT, channel_id=US, is_published=False),
        CollectionProduct(collection_id=SUMMER, product_id=POLO, sort_order=1),
        CollectionProduct(collection_id=SUMMER, product_id=TEE, sort_order=2),
        CollectionProduct(collection_id=HIDDEN, product_id=NOVEL),
        ProductMedia(id=1, product_id=TEE, alt="Back", sort_order=2, storage_key="products/back.png"),
        ProductMedia(id=2, product_id=TEE, alt="Front", sort_order=1, storage_key="products/front.png"),
        ProductMedia(id=3, product_id=POLO, source_url="https://img.example/polo.jpg", fetch_status="PENDING"),
        VariantMedia(variant_id=2, media_id=1),
    ]


def _product(id: int, name: str, type_id: int, category_id: int | None, **values: Any) -> Product:
    return Product(
        id=id, name=name, name_key=fold(name), slug=name.lower(), product_type_id=type_id, category_id=category_id,
        created_at=datetime(2024, 1, id, tzinfo=UTC), updated_at=datetime(2024, 2, 10 - id, tzinfo=UTC), **values,
    )  # fmt: skip


def _variant(
    id: int, product_id: int, sku: str, values: tuple[int, ...], prices: dict[int, tuple[int, int | None]],
    *, stock: int | None,
) -> list[SQLModel]:  # fmt: skip
    currency = {US: "USD", EU: "EUR"}
    return [
        ProductVariant(
            id=id, product_id=product_id, sku=sku, name=sku, sort_order=id, track_inventory=stock is not None
        ),
        *(VariantAttributeValue(variant_id=id, value_id=value) for value in values),
        *(
            VariantPrice(
                variant_id=id, channel_id=channel, currency=currency[channel], amount=now, compare_at_amount=before
            )
            for channel, (now, before) in prices.items()
        ),
        *([] if stock is None else [Stock(variant_id=id, warehouse_id=MAIN, on_hand=stock)]),
    ]
