"""How many statements a listing takes: as many for one product as for a page of them."""

from collections.abc import Callable
from typing import Any

import pytest

from engine.catalog.models import Product, ProductChannel, ProductMedia, ProductVariant
from engine.core.context import WriteCtx, transact
from engine.core.database import HeldReads
from engine.flows.shop import Shop
from engine.listing.service import refresh
from engine.pricing.models import VariantPrice
from tests.api import Api
from tests.catalog_data import BOOKS, EU, LONG_AGO, READING, add, fill

pytestmark = pytest.mark.anyio

LISTING = """query($first: Int!) { products(first: $first, channel: "eu", sortBy: {field: NAME, direction: ASC}) {
  pageInfo { endCursor } edges { node {
    id name thumbnail(size: 512) { url } category { name }
    pricing { displayGrossPrices priceRange { start { gross { amount } } } }
} } } }"""

DETAIL = """query($first: Int!) {
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


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    async def work(tx: WriteCtx) -> None:
        await fill(tx)
        for id in range(100, 130):
            name = f"Book {id}"
            await add(
                tx,
                Product(
                    id=id, name=name, name_key=name.lower(), slug=f"book-{id}", product_type_id=BOOKS,
                    category_id=READING,
                ),
                ProductVariant(id=id, product_id=id, sku=f"B{id}"),
                VariantPrice(variant_id=id, channel_id=EU, currency="EUR", amount=id * 10),
                ProductMedia(id=id, product_id=id, storage_key=f"products/{id}.png"),
                ProductChannel(product_id=id, channel_id=EU, is_published=True, available_for_purchase_at=LONG_AGO),
            )  # fmt: skip
        await refresh(tx, range(100, 130))

    ctx = shop.ctx()
    await transact(ctx, work)
    await ctx.release()


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


@pytest.mark.parametrize(
    ("query", "sizes", "expected"),
    [
        # channel, page, pictures, categories, prices, rates, whether gross prices are shown
        (LISTING, (1, 24), 7),
        # channel, page, types, translations, for sale since, variants sold, their stock, pictures, collections,
        # attributes and their values (twice, for both shapes), translations of attributes, variants, their number,
        # stock, pictures, prices, rates, their types, attributes, values, translations of values
        (DETAIL, (2, 24), 24),
        # categories, ancestors, children, their number, channel, products, their number
        (TREE, (1, 3), 7),
    ],
)  # fmt: skip
async def test_a_page_takes_as_many_statements_as_one_product(
    api: Api, statements: list[str], query: str, sizes: tuple[int, int], expected: int
) -> None:
    taken = []
    for size in sizes:
        statements.clear()
        data = await api.run(query, first=size)
        (connection,) = data.values()
        assert len(connection["edges"]) == size
        taken.append(len(statements))
    assert taken == [expected, expected]


async def test_a_listing_shows_what_it_says(api: Api) -> None:
    edges = (await api.run(LISTING, first=32))["products"]["edges"]
    book, tee = edges[0]["node"], edges[-1]["node"]
    assert book["thumbnail"] is not None
    assert book["category"] == {"name": "Reading"}
    assert book["pricing"] == {"displayGrossPrices": True, "priceRange": {"start": {"gross": {"amount": 10.0}}}}
    assert tee["pricing"]["priceRange"]["start"]["gross"] == {"amount": 11.9}
    assert len(edges) == 32
