"""Categories, collections, types and variants narrowed and ordered, and every order of products."""

import pytest

from engine.core.context import transact
from engine.flows.shop import Shop
from tests.api import Api
from tests.catalog_data import TEE, fill
from tests.staffing import acting, gid

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


async def listed(api: Api, field: str, arguments: str, name: str = "slug") -> list[str]:
    read = f"{{ r: {field}(first: 20, {arguments}) {{ totalCount edges {{ cursor node {{ id {name} }} }} }} }}"
    found = (await api.run(read))["r"]
    names = [edge["node"][name] for edge in found["edges"]]
    assert found["totalCount"] == len(names)
    # the same pages one by one
    seen: list[str] = []
    after = ""
    while True:
        page = f"{{ r: {field}(first: 1, {arguments}{after}) {{ edges {{ cursor node {{ {name} }} }} }} }}"
        edges = (await api.run(page))["r"]["edges"]
        if not edges:
            break
        seen.append(edges[0]["node"][name])
        after = f', after: "{edges[0]["cursor"]}"'
    assert seen == names
    return names


@pytest.mark.parametrize(
    ("field", "arguments", "slugs"),
    [
        ("categories", "level: 0", ["clothes", "reading"]),
        ("categories", "sortBy: {field: PRODUCT_COUNT, direction: DESC}", ["tops", "clothes", "reading"]),
        ("categories", "sortBy: {field: SUBCATEGORY_COUNT, direction: DESC}", ["clothes", "reading", "tops"]),
        ("categories", 'where: {OR: [{metadata: [{key: "no"}]}, {ids: ["Q2F0ZWdvcnk6Mg=="]}]}', ["tops"]),
        ("categories", 'filter: {updatedAt: {gte: "2999-01-01T00:00:00Z"}}', []),
        ("collections", 'channel: "us"', ["hidden", "summer"]),
        ("collections", 'channel: "us", filter: {published: PUBLISHED}', ["summer"]),
        ("collections", 'channel: "us", filter: {published: HIDDEN}', ["hidden"]),
        ("collections", 'channel: "us", sortBy: {field: AVAILABILITY, direction: DESC}', ["summer", "hidden"]),
        ("collections", 'channel: "us", sortBy: {field: PUBLISHED_AT, direction: ASC}', ["summer", "hidden"]),
        ("collections", "sortBy: {field: PRODUCT_COUNT, direction: ASC}", ["hidden", "summer"]),
        ("collections", 'where: {AND: [{ids: ["Q29sbGVjdGlvbjox"]}]}', ["summer"]),
        ("productTypes", "sortBy: {field: NAME, direction: DESC}", ["shirts", "books"]),
        ("productTypes", 'filter: {search: "oo", configurable: CONFIGURABLE, productType: SHIPPABLE}', ["books"]),
        ("productTypes", "filter: {kind: GIFT_CARD}", []),
    ],
)
async def test_lists_are_narrowed_ordered_and_paged(
    api: Api, monkeypatch: pytest.MonkeyPatch, field: str, arguments: str, slugs: list[str]
) -> None:
    found = await listed(acting(api, monkeypatch, "MANAGE_PRODUCTS").api, field, arguments)
    if "COUNT, direction: DESC" in arguments:
        # those that count alike come by their ids, the last first
        assert sorted(found) == sorted(slugs)
        assert found[0] in ("tops", "clothes")
    else:
        assert found == slugs


@pytest.mark.parametrize(
    ("arguments", "skus"),
    [
        ('where: {sku: {oneOf: ["TEE-RS", "NOVEL"]}}', ["TEE-RS", "NOVEL"]),
        ('where: {attributes: [{slug: "color", value: {slug: {eq: "red"}}}]}', ["TEE-RS", "POLO-R"]),
        ('where: {AND: [{attributes: [{slug: "color"}]}, {sku: {eq: "TEE-BL"}}]}', ["TEE-BL"]),
        ('filter: {search: "polo"}', ["POLO-R"]),
        ('filter: {sku: ["DRAFT"]}', []),
        ('filter: {isPreorder: true}', []),
    ],
)  # fmt: skip
async def test_shoppers_narrow_variants_as_staff_do(api: Api, arguments: str, skus: list[str]) -> None:
    assert await listed(api, "productVariants", f'channel: "us", {arguments}', "sku") == skus


async def test_a_products_variants_are_narrowed(api: Api) -> None:
    read = """query($id: ID!) { product(id: $id, channel: "us") { productVariants(first: 5, where: {
      attributes: [{slug: "color", value: {slug: {eq: "blue"}}}]}) { totalCount edges { node { sku } } } } }"""
    found = (await api.run(read, id=gid("Product", TEE)))["product"]["productVariants"]
    assert found == {"totalCount": 1, "edges": [{"node": {"sku": "TEE-BL"}}]}


ORDERS = {
    "NAME": ["novel", "polo", "tee"],
    "PRICE": ["novel", "tee", "polo"],
    "MINIMAL_PRICE": ["novel", "tee", "polo"],
    "LAST_MODIFIED": ["novel", "polo", "tee"],
    "DATE": ["novel", "polo", "tee"],
    "LAST_MODIFIED_AT": ["novel", "polo", "tee"],
    "TYPE": ["novel", "tee", "polo"],
    "PUBLISHED": ["tee", "polo", "novel"],
    "PUBLICATION_DATE": ["tee", "polo", "novel"],
    "PUBLISHED_AT": ["tee", "polo", "novel"],
    "RATING": ["novel", "polo", "tee"],
    "CREATED_AT": ["tee", "polo", "novel"],
}


@pytest.mark.parametrize("order", ORDERS)
async def test_products_come_in_every_order_both_ways(api: Api, order: str) -> None:
    for direction, slugs in (("ASC", ORDERS[order]), ("DESC", ORDERS[order][::-1])):
        sort = f'channel: "us", sortBy: {{field: {order}, direction: {direction}}}'
        assert await listed(api, "products", sort) == slugs, direction


async def test_a_collections_order_and_rank_need_their_place(api: Api) -> None:
    read = """query($d: OrderDirection!) { collection(slug: "summer", channel: "us") {
      products(first: 5, sortBy: {field: COLLECTION, direction: $d}) { edges { node { slug } } } } }"""
    for direction, slugs in (("ASC", ["polo", "tee"]), ("DESC", ["tee", "polo"])):
        edges = (await api.run(read, d=direction))["collection"]["products"]["edges"]
        assert [edge["node"]["slug"] for edge in edges] == slugs
    for order in ("COLLECTION", "RANK"):
        sort = f'products(first: 1, channel: "us", sortBy: {{field: {order}, direction: ASC}})'
        (error,) = await api.errors(f"{{ {sort} {{ edges {{ node {{ slug }} }} }} }}")
        assert f"Sorting by {order} is available only" in error["message"]


async def test_nodes_share_an_interface(api: Api) -> None:
    read = '{ __type(name: "Node") { possibleTypes { name } } }'
    types = {kind["name"] for kind in (await api.run(read))["__type"]["possibleTypes"]}
    assert types >= {
        "Attribute", "AttributeValue", "Category", "Collection", "Menu", "MenuItem", "Page", "PageType", "Product",
        "ProductMedia", "ProductType", "ProductVariant",
    }  # fmt: skip
