"""How many statements a page takes: as many for one product as for a page of them, and as many as the budget says."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.attributes.models import Attribute, AttributeValue
from engine.catalog.models import (
    Category,
    Product,
    ProductAttributeValue,
    ProductChannel,
    ProductMedia,
    ProductTypeAttribute,
    ProductVariant,
    VariantAttributeValue,
)
from engine.core.context import WriteCtx, transact
from engine.core.database import HeldReads
from engine.flows.shop import Shop
from engine.inventory.models import Stock
from engine.listing.service import refresh
from engine.pricing.models import VariantPrice
from engine.search.service import backend_of
from tests import past_orders
from tests.api import Api
from tests.benchmarks import documents
from tests.budgets import statements_of
from tests.catalog_data import BOOKS, EU, LONG_AGO, MAIN, READING, add, fill
from tests.people import PASSWORD, make_user

pytestmark = pytest.mark.anyio

CARDS = """query($first: Int!) { products(first: $first, channel: "eu", sortBy: {field: NAME, direction: ASC}) {
  pageInfo { endCursor } edges { node {
    id name thumbnail(size: 512) { url } category { name }
    pricing { displayGrossPrices priceRange { start { gross { amount } } } }
} } } }"""

FULL_CARDS = """query($first: Int!) {
products(first: $first, channel: "eu", sortBy: {field: NAME, direction: DESC}) { edges { node {
  name productType { name } translation(languageCode: DE) { name } isAvailable media { url } collections { slug }
  attributes { attribute { name translation(languageCode: DE) { name } } values { name } }
  assignedAttributes { attribute { slug } }
  productVariants(first: 5) { totalCount edges { node {
    sku quantityAvailable media { url } pricing { price { gross { amount } } }
    attributes(variantSelection: ALL) { values { name translation(languageCode: DE) { name } } }
  } } }
} } } }"""

TREE = """query($first: Int!) { categories(first: $first) { edges { node {
  slug ancestors(first: 5) { edges { node { slug } } } children(first: 5) { totalCount edges { node { slug } } }
  products(first: 3, channel: "eu") { totalCount edges { node { name } } }
} } } }"""

CUSTOMER = "reader@example.com"
FORMAT, BINDING, PAPER, HARD = 21, 22, 21, 23
NOVELLAS = 21
WIDE = 200


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, _goods)
    user_id = await make_user(ctx, CUSTOMER)
    await transact(ctx, past_orders.place, user_id, EU, (100, 101), 24)
    await backend_of(ctx).reindex(ctx)
    await ctx.release()


async def _goods(tx: WriteCtx) -> None:
    await fill(tx)
    await add(
        tx,
        Category(id=NOVELLAS, name="Novellas", name_key="novellas", slug="novellas", path=[READING, NOVELLAS], level=1),
        Attribute(id=FORMAT, slug="format", name="Format"),
        Attribute(id=BINDING, slug="binding", name="Binding"),
        AttributeValue(id=PAPER, attribute_id=FORMAT, slug="pocket", name="Pocket"),
        AttributeValue(id=HARD, attribute_id=BINDING, slug="hard", name="Hard"),
        ProductTypeAttribute(product_type_id=BOOKS, attribute_id=FORMAT, sort_order=2),
        ProductTypeAttribute(product_type_id=BOOKS, attribute_id=BINDING, scope="VARIANT", variant_selection=True),
    )
    for id in (*range(100, 130), WIDE):
        name = f"Book {id}"
        await add(
            tx,
            Product(
                id=id, name=name, name_key=name.lower(), slug=f"book-{id}", product_type_id=BOOKS,
                category_id=NOVELLAS if id == 100 else READING,
            ),
            ProductAttributeValue(product_id=id, value_id=PAPER),
            ProductMedia(id=id, product_id=id, storage_key=f"products/{id}.png"),
            ProductChannel(product_id=id, channel_id=EU, is_published=True, available_for_purchase_at=LONG_AGO),
        )  # fmt: skip
        for variant in range(id, id + (24 if id == WIDE else 1)):
            await add(
                tx,
                ProductVariant(id=variant, product_id=id, sku=f"B{variant}"),
                VariantAttributeValue(variant_id=variant, value_id=HARD),
                VariantPrice(variant_id=variant, channel_id=EU, currency="EUR", amount=variant * 10),
                Stock(variant_id=variant, warehouse_id=MAIN, on_hand=3),
            )
    await refresh(tx, (*range(100, 130), WIDE))


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    run: list[str] = []
    fetch: Callable[..., Any] = HeldReads.fetch

    async def counted(self: HeldReads, sql: str, arguments: list[Any]) -> list[Any]:
        run.append(sql)
        rows: list[Any] = await fetch(self, sql, arguments)
        return rows

    monkeypatch.setattr(HeldReads, "fetch", counted)
    return run


def _edges(data: Any) -> int:
    """How many rows the first connection in an answer has."""
    found = data
    while "edges" not in found:
        found = next(value for value in found.values() if isinstance(value, dict))
    return len(found["edges"])


@pytest.mark.parametrize(
    ("name", "query", "variables", "sizes"),
    [
        # the page with its pictures and categories, prices
        ("listing", documents.LISTING, {"channel": "eu"}, (1, 24)),
        ("search", documents.SEARCH, {"channel": "eu", "search": "book"}, (1, 24)),
        ("category", documents.CATEGORY, {"channel": "eu", "slug": "reading"}, (1, 24)),
        ("cards", CARDS, {}, (1, 24)),
        ("full_cards", FULL_CARDS, {}, (2, 24)),
        ("tree", TREE, {}, (1, 4)),
    ],
)
async def test_a_page_takes_as_many_statements_as_one_product(
    api: Api, statements: list[str], name: str, query: str, variables: dict[str, Any], sizes: tuple[int, int]
) -> None:
    taken = []
    for size in sizes:
        statements.clear()
        assert _edges(await api.run(query, first=size, **variables)) == size
        taken.append(len(statements))
    assert taken == [statements_of(name)] * 2


async def test_a_product_with_many_variants_takes_as_many_statements_as_one_with_one(
    api: Api, statements: list[str]
) -> None:
    taken = []
    for slug, size in (("book-101", 1), (f"book-{WIDE}", 24)):
        statements.clear()
        product = (await api.run(documents.DETAIL, slug=slug, channel="eu"))["product"]
        assert len(product["variants"]) == size
        taken.append(len(statements))
    assert taken == [statements_of("detail")] * 2
    assert product["isAvailable"] is True
    assert product["attributes"][-1]["values"] == [{"slug": "pocket", "name": "Pocket"}]
    assert product["pricing"]["priceRange"]["stop"]["gross"] == {"amount": 22.3, "currency": "EUR"}
    (first, *_) = product["variants"]
    assert first["quantityAvailable"] == 3
    assert first["attributes"] == [
        {"attribute": {"slug": "binding", "name": "Binding"}, "values": [{"slug": "hard", "name": "Hard"}]}
    ]
    assert first["pricing"]["price"]["gross"] == {"amount": 20.0, "currency": "EUR"}


async def test_many_orders_take_as_many_statements_as_one(api: Api, statements: list[str]) -> None:
    reader = await api.log_in(CUSTOMER, PASSWORD)
    taken = []
    for size in (1, 24):
        statements.clear()
        orders = (await reader.run(documents.ORDERS, first=size))["me"]["orders"]["edges"]
        assert len(orders) == size
        taken.append(len(statements))
    assert taken == [statements_of("orders")] * 2
    paid = [order["node"]["paymentStatus"] for order in orders]
    assert sorted(paid) == ["FULLY_CHARGED"] * 12 + ["NOT_CHARGED"] * 12
    assert all(line["thumbnail"] is not None for order in orders for line in order["node"]["lines"])


async def test_a_listing_shows_what_it_says(api: Api) -> None:
    edges = (await api.run(CARDS, first=33))["products"]["edges"]
    book, tee = edges[0]["node"], edges[-1]["node"]
    assert book["thumbnail"] is not None
    assert book["category"] == {"name": "Novellas"}
    assert book["pricing"] == {"displayGrossPrices": True, "priceRange": {"start": {"gross": {"amount": 10.0}}}}
    assert tee["pricing"]["priceRange"]["start"]["gross"] == {"amount": 11.9}
    assert len(edges) == 33
