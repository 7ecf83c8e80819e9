"""What a storefront asks of the catalogue, over HTTP."""

from typing import Any

import pytest

from engine.core.context import transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.catalog_data import COLOR, HIDDEN, POLO, SUMMER, TEE, TOPS, fill

pytestmark = pytest.mark.anyio
POLO_ID = to_global("Product", POLO)


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


LISTING = """
query Listing(
  $first: Int!, $filter: ProductFilterInput, $where: ProductWhereInput, $sort: ProductOrder, $after: String
) {
  products(first: $first, after: $after, channel: "us", filter: $filter, where: $where, sortBy: $sort) {
    totalCount
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    edges { cursor node {
      id name slug
      thumbnail(size: 200, format: WEBP) { url alt }
      category { name slug }
      pricing {
        onSale displayGrossPrices
        priceRange { start { gross { amount currency } net { amount } } stop { gross { amount } } }
        priceRangeUndiscounted { start { gross { amount } } }
      }
    } }
  }
}
"""


def names(data: Any) -> list[str]:
    return [edge["node"]["name"] for edge in data["products"]["edges"]]


async def listed(api: Api, **variables: Any) -> list[str]:
    return names(await api.run(LISTING, **{"first": 10, **variables}))


async def test_a_listing_has_price_picture_and_category(api: Api) -> None:
    data = await api.run(LISTING, first=2, sort={"field": "MINIMAL_PRICE", "direction": "ASC"})
    assert data["products"]["totalCount"] == 3
    assert data["products"]["pageInfo"]["hasNextPage"] is True
    novel, tee = [edge["node"] for edge in data["products"]["edges"]]
    assert (novel["name"], tee["name"]) == ("Novel", "Tee")
    assert novel["thumbnail"] is None
    assert tee["category"] == {"name": "Tops", "slug": "tops"}
    media = to_global("ProductMedia", 2)
    assert tee["thumbnail"] == {"url": f"http://shop.test/thumbnail/{media}/256/webp/", "alt": "Front"}
    assert tee["pricing"] == {
        "onSale": True,
        "displayGrossPrices": False,
        "priceRange": {
            "start": {"gross": {"amount": 10.0, "currency": "USD"}, "net": {"amount": 10.0}},
            "stop": {"gross": {"amount": 15.0}},
        },
        "priceRangeUndiscounted": {"start": {"gross": {"amount": 15.0}}},
    }
    after = data["products"]["pageInfo"]["endCursor"]
    assert await listed(api, after=after, sort={"field": "MINIMAL_PRICE", "direction": "ASC"}) == ["Polo"]


PRODUCT = """
query Product($slug: String!, $channel: String, $language: LanguageCodeEnum) {
  product(slug: $slug, channel: $channel, slugLanguageCode: $language) {
    id name description seoTitle rating created channel isAvailable isAvailableForPurchase
    productType { slug }
    weight { unit value }
    category { ancestors(first: 5) { edges { node { slug } } } }
    collections { slug }
    translation(languageCode: DE) { name slug language { code } }
    media { alt type url }
    productVariants(first: 10) { totalCount edges { node {
      name sku quantityAvailable
      product { slug }
      media { alt }
      pricing { price { gross { amount } net { amount } } priceUndiscounted { gross { amount } } }
      attributes(variantSelection: VARIANT_SELECTION) { attribute { slug } values { name value } }
      translation(languageCode: DE) { name }
    } } }
  }
}
"""


async def test_a_product_page(api: Api) -> None:
    product = (await api.run(PRODUCT, slug="tee", channel="us"))["product"]
    assert product["description"].startswith('{"time":0')
    assert product["isAvailable"] is True
    assert product["isAvailableForPurchase"] is True
    assert product["channel"] == "us"
    assert product["weight"] == {"unit": "KG", "value": 0.15}
    assert product["productType"] == {"slug": "shirts"}
    assert product["category"]["ancestors"]["edges"] == [{"node": {"slug": "clothes"}}]
    assert product["collections"] == [{"slug": "summer"}]
    assert product["translation"] == {"name": "T-Hemd", "slug": "t-hemd", "language": {"code": "DE"}}
    assert [one["alt"] for one in product["media"]] == ["Front", "Back"]
    assert product["media"][0]["url"] == "http://shop.test/media/products/front.png"
    first, second = [edge["node"] for edge in product["productVariants"]["edges"]]
    assert product["productVariants"]["totalCount"] == 2
    assert first == {
        "name": "TEE-RS",
        "sku": "TEE-RS",
        "quantityAvailable": 5,
        "product": {"slug": "tee"},
        "media": [],
        "pricing": {
            "price": {"gross": {"amount": 10.0}, "net": {"amount": 10.0}},
            "priceUndiscounted": {"gross": {"amount": 20.0}},
        },
        "attributes": [{"attribute": {"slug": "color"}, "values": [{"name": "Red", "value": "#ff0000"}]}],
        "translation": {"name": "Rot, S"},
    }
    assert second["media"] == [{"alt": "Back"}]
    assert second["quantityAvailable"] == 0
    assert second["translation"] is None


async def test_another_channel_has_its_own_price_tax_and_variants(api: Api) -> None:
    product = (await api.run(PRODUCT, slug="tee", channel="eu"))["product"]
    (only,) = [edge["node"] for edge in product["productVariants"]["edges"]]
    assert only["pricing"]["price"] == {"gross": {"amount": 11.9}, "net": {"amount": 10.0}}
    assert product["collections"] == []


async def test_prices_are_taxed_as_at_the_given_address(api: Api) -> None:
    query = """{ product(slug: "tee", channel: "eu") {
      pricing(address: {country: US, countryArea: "NY"}) {
        priceRange { start { gross { amount } net { amount } } } } } }"""
    found = (await api.run(query))["product"]["pricing"]["priceRange"]["start"]
    assert found == {"gross": {"amount": 11.9}, "net": {"amount": 11.9}}


async def test_a_translated_slug_finds_the_product_and_the_primary_one_still_does(api: Api) -> None:
    for slug, language, found in (
        ("t-hemd", "DE", True), ("tee", "DE", True), ("tee", None, True), ("t-hemd", None, False),
        ("t-hemd", "FR", False),
    ):  # fmt: skip
        product = (await api.run(PRODUCT, slug=slug, channel="us", language=language))["product"]
        assert (product is not None) is found


@pytest.mark.parametrize(
    ("slug", "channel"), [("draft", "us"), ("polo", "eu"), ("tee", "closed"), ("tee", "nowhere"), ("none", "us")]
)
async def test_what_is_not_published_is_as_if_it_did_not_exist(api: Api, slug: str, channel: str) -> None:
    assert await api.run(PRODUCT, slug=slug, channel=channel) == {"product": None}


async def test_without_a_channel_shoppers_are_asked_for_one(api: Api) -> None:
    (error,) = await api.errors(PRODUCT, slug="tee")
    assert error["message"] == "A default channel does not exist. Pass the `channel` argument."


ATTRIBUTES = """
{ product(slug: "tee", channel: "us") {
  attributes { attribute { slug inputType } values { name slug boolean plainText } }
  organic: assignedAttribute(slug: "organic") { ... on AssignedBooleanAttribute { flag: value } }
  none: assignedAttribute(slug: "none") { attribute { slug } }
  assignedAttributes(limit: 3) {
    __typename
    attribute { slug }
    ... on AssignedBooleanAttribute { flag: value }
    ... on AssignedPlainTextAttribute { text: value translation(languageCode: DE) }
    ... on AssignedMultiProductReferenceAttribute { products: value { slug } }
  }
  productVariants(first: 1) { edges { node {
    assignedAttributes {
      ... on AssignedSwatchAttribute { swatch: value { hexColor slug } }
      ... on AssignedSingleChoiceAttribute { choice: value { name translation(languageCode: DE) } }
    }
  } } }
} }
"""


async def test_attributes_in_both_shapes(api: Api) -> None:
    product = (await api.run(ATTRIBUTES))["product"]
    assert product["attributes"][0] == {
        "attribute": {"slug": "organic", "inputType": "BOOLEAN"},
        "values": [{"name": "Organic: Yes", "slug": "tee-organic", "boolean": True, "plainText": None}],
    }
    assert product["organic"] == {"flag": True}
    assert product["none"] is None
    assert product["assignedAttributes"] == [
        {"__typename": "AssignedBooleanAttribute", "attribute": {"slug": "organic"}, "flag": True},
        {
            "__typename": "AssignedPlainTextAttribute",
            "attribute": {"slug": "care"},
            "text": "Wash cold",
            "translation": None,
        },
        {
            "__typename": "AssignedMultiProductReferenceAttribute",
            "attribute": {"slug": "related"},
            "products": [{"slug": "polo"}],
        },
    ]
    (variant,) = product["productVariants"]["edges"]
    assert variant["node"]["assignedAttributes"] == [
        {"swatch": {"hexColor": "#ff0000", "slug": "red"}},
        {"choice": {"name": "S", "translation": None}},
    ]


async def test_a_reference_to_what_the_channel_does_not_sell_is_left_out(api: Api) -> None:
    query = """{ product(slug: "tee", channel: "eu") { assignedAttribute(slug: "related") {
      ... on AssignedMultiProductReferenceAttribute { products: value { slug } } } } }"""
    assert (await api.run(query))["product"]["assignedAttribute"] == {"products": []}


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"categories": [to_global("Category", 1)]}, ["Polo", "Tee"]),
        ({"categories": []}, ["Novel", "Polo", "Tee"]),
        ({"collections": [to_global("Collection", SUMMER)]}, ["Polo", "Tee"]),
        ({"collections": [to_global("Collection", HIDDEN)]}, []),
        ({"attributes": [{"slug": "color", "values": ["red"]}, {"slug": "size", "values": ["s", "l"]}]}, ["Tee"]),
        ({"attributes": [{"slug": "color", "values": ["green"]}]}, []),
        ({"attributes": [{"slug": "pages", "valuesRange": {"gte": 300}}]}, ["Novel"]),
        ({"attributes": [{"slug": "organic", "boolean": True}]}, ["Tee"]),
        ({"stockAvailability": "OUT_OF_STOCK"}, ["Polo"]),
        ({"price": {"gte": 9.995, "lte": 15}}, ["Tee"]),
        ({"minimalPrice": {"lte": 8}}, ["Novel"]),
        ({"productTypes": [to_global("ProductType", 2)]}, ["Novel"]),
        ({"ids": [to_global("Product", TEE), to_global("Product", 4)]}, ["Tee"]),
        ({"slugs": ["polo"], "isAvailable": True}, ["Polo"]),
        ({"hasPreorderedVariants": True}, []),
        ({"hasPreorderedVariants": False}, ["Novel", "Polo", "Tee"]),
        ({"isPublished": False}, []),
        ({"updatedAt": {"gte": "2024-02-08T00:00:00"}}, ["Polo", "Tee"]),
        ({"metadata": [{"key": "a"}]}, []),
    ],
)
async def test_products_are_filtered(api: Api, filter: dict[str, Any], expected: list[str]) -> None:
    assert await listed(api, filter=filter) == expected


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"category": {"eq": to_global("Category", TOPS)}}, ["Polo", "Tee"]),
        ({"category": {"eq": to_global("Category", 1)}}, []),
        ({"AND": [{"slug": {"oneOf": ["tee", "polo"]}}, {"stockAvailability": "IN_STOCK"}]}, ["Tee"]),
        (
            {"OR": [{"slug": {"eq": "tee"}}, {"AND": [{"name": {"eq": "Novel"}}, {"isAvailable": True}]}]},
            ["Novel", "Tee"],
        ),
        ({"price": {"oneOf": [8, 30]}}, ["Novel", "Polo"]),
        ({"price": {"range": {"gte": 8.001}}}, ["Polo", "Tee"]),
        ({"minimalPrice": {"eq": 10}}, ["Tee"]),
        ({"minimalPrice": {"oneOf": []}}, []),
        ({"slug": {"eq": "tee", "oneOf": ["polo"]}}, []),
        ({"attributes": [{"slug": "color", "value": {"name": {"eq": "Blue"}}}]}, ["Tee"]),
        ({"attributes": [{"slug": "pages", "value": {"numeric": {"range": {"lte": 320}}}}]}, ["Novel"]),
        ({"attributes": [{"slug": "color"}]}, ["Polo", "Tee"]),
        (
            {"attributes": [{"value": {"reference": {"productSlugs": {"containsAny": ["polo", "none"]}}}}]},
            ["Tee"],
        ),
        ({"attributes": [{"value": {"reference": {"productSlugs": {"containsAll": ["polo", "none"]}}}}]}, []),
        (
            {
                "attributes": [
                    {"value": {"reference": {"referencedIds": {"containsAny": [to_global("Product", POLO)]}}}}
                ]
            },
            ["Tee"],
        ),
        ({"updatedAt": {"eq": "2024-02-07T00:00:00+00:00"}}, ["Novel"]),
        ({"updatedAt": {"range": {"lte": "2024-02-08T00:00:00Z"}}}, ["Novel", "Polo"]),
    ],
)
async def test_where_says_it_more_finely(api: Api, where: dict[str, Any], expected: list[str]) -> None:
    assert await listed(api, where=where) == expected


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"filter": {"slugs": ["a"]}, "where": {"slug": {"eq": "a"}}},
         "Only one filtering argument (filter or where) can be specified."),
        ({"where": {"AND": [], "slug": {"eq": "a"}}}, "Cannot mix operators with other filter inputs."),
        ({"first": 101},
         "Requesting 101 records on the `products` connection exceeds the `first` limit of 100 records."),
        ({"sort": {"field": "RANK", "direction": "DESC"}},
         "Sorting by RANK is available only when using a search filter or search argument."),
        ({"sort": {"field": "COLLECTION", "direction": "ASC"}},
         "Sorting by COLLECTION is available only for the products of a collection."),
        ({"filter": {"ids": ["no-id"]}}, "Invalid ID: no-id. Expected: Product."),
        ({"after": "bm9uc2Vuc2U="}, "Received cursor is invalid."),
    ],
)  # fmt: skip
async def test_what_cannot_be_asked_is_said(api: Api, variables: dict[str, Any], message: str) -> None:
    (error,) = await api.errors(LISTING, **{"first": 5, **variables})
    assert error["message"] == message


async def test_conditions_nested_without_end_are_refused(api: Api) -> None:
    where: dict[str, Any] = {"slug": {"eq": "tee"}}
    for _ in range(5):
        where = {"AND": [where]}
    (error,) = await api.errors(LISTING, first=1, where=where)
    assert error["message"] == "`where` nests at most 5 deep and has at most 100 conditions."


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ({"field": "NAME", "direction": "DESC"}, ["Tee", "Polo", "Novel"]),
        ({"field": "DATE", "direction": "ASC"}, ["Novel", "Polo", "Tee"]),
        ({"field": "RATING", "direction": "DESC"}, ["Tee", "Polo", "Novel"]),
        ({"field": "PRICE", "direction": "DESC"}, ["Polo", "Tee", "Novel"]),
        ({"attributeId": to_global("Attribute", COLOR), "direction": "ASC"}, ["Tee", "Polo", "Novel"]),
        ({"direction": "ASC"}, ["Novel", "Polo", "Tee"]),
    ],
)
async def test_products_are_sorted(api: Api, sort: dict[str, Any], expected: list[str]) -> None:
    assert await listed(api, sort=sort) == expected


async def test_only_the_total_needs_no_page_size(api: Api) -> None:
    assert await api.run('{ products(channel: "us") { totalCount } }') == {"products": {"totalCount": 3}}
    (error,) = await api.errors('{ products(channel: "us") { edges { cursor } } }')
    assert error["message"].startswith("You must provide a `first` or `last` value")


async def test_categories_are_a_tree_with_products(api: Api) -> None:
    query = """
    { categories(first: 10, level: 0) { totalCount edges { node {
        slug level parent { slug } children(first: 5) { totalCount edges { node { slug parent { slug } } } }
        products(first: 5, channel: "us") { totalCount edges { node { name } } }
    } } }
      category(slug: "oberteile", slugLanguageCode: DE) { name translation(languageCode: DE) { name } } }
    """
    data = await api.run(query)
    clothes, reading = [edge["node"] for edge in data["categories"]["edges"]]
    assert data["categories"]["totalCount"] == 2
    assert clothes["children"] == {
        "totalCount": 1,
        "edges": [{"node": {"slug": "tops", "parent": {"slug": "clothes"}}}],
    }
    assert (clothes["level"], clothes["parent"]) == (0, None)
    assert [edge["node"]["name"] for edge in clothes["products"]["edges"]] == ["Polo", "Tee"]
    assert reading["children"] == {"totalCount": 0, "edges": []}
    assert reading["products"]["totalCount"] == 1
    assert data["category"] == {"name": "Tops", "translation": {"name": "Oberteile"}}


async def test_categories_are_found_by_slug_id_and_text(api: Api) -> None:
    query = "query($f: CategoryFilterInput) { categories(first: 5, filter: $f) { edges { node { slug } } } }"
    for filter, expected in (
        ({"slugs": ["tops", "none"]}, ["tops"]), ({"ids": [to_global("Category", TOPS)]}, ["tops"]),
        ({"search": "Cl"}, ["clothes"]),
    ):  # fmt: skip
        data = await api.run(query, f=filter)
        assert [edge["node"]["slug"] for edge in data["categories"]["edges"]] == expected


async def test_a_collection_keeps_its_order_and_only_what_is_published_is_shown(api: Api) -> None:
    query = """query($slug: String!, $sort: ProductOrder) { collection(slug: $slug, channel: "us") {
      name products(first: 5, sortBy: $sort) { totalCount edges { node { name } } } } }"""
    for sort, expected in (
        (None, ["Polo", "Tee"]), ({"field": "COLLECTION", "direction": "DESC"}, ["Tee", "Polo"]),
        ({"field": "NAME", "direction": "DESC"}, ["Tee", "Polo"]),
    ):  # fmt: skip
        found = (await api.run(query, slug="summer", sort=sort))["collection"]["products"]
        assert [edge["node"]["name"] for edge in found["edges"]] == expected
    assert await api.run(query, slug="hidden") == {"collection": None}
    listing = """{ collections(first: 5, channel: "us") { totalCount edges { node { slug } } }
      nowhere: collections(first: 5, channel: "none") { totalCount edges { node { slug } } }
      collection(slug: "sommer", slugLanguageCode: DE, channel: "us") { slug } }"""
    assert await api.run(listing) == {
        "collections": {"totalCount": 1, "edges": [{"node": {"slug": "summer"}}]},
        "nowhere": {"totalCount": 0, "edges": []},
        "collection": {"slug": "summer"},
    }


async def test_variants_are_found_by_id_sku_and_in_lists(api: Api) -> None:
    query = """query($id: ID!) { a: productVariant(id: $id, channel: "us") { sku }
      b: productVariant(sku: "POLO-R", channel: "us") { id } c: productVariant(sku: "POLO-R", channel: "eu") { id }
      d: productVariant(sku: "DRAFT", channel: "us") { id }
      productVariants(first: 2, channel: "us") { totalCount pageInfo { hasNextPage } edges { node { sku } } }
      some: productVariants(first: 9, channel: "us", filter: {sku: ["NOVEL", "DRAFT"]}) { edges { node { sku } } } }"""
    data = await api.run(query, id=to_global("ProductVariant", 2))
    assert data["a"] == {"sku": "TEE-BL"}
    assert data["b"] == {"id": to_global("ProductVariant", 3)}
    assert data["c"] is data["d"] is None
    assert data["productVariants"] == {
        "totalCount": 4,
        "pageInfo": {"hasNextPage": True},
        "edges": [{"node": {"sku": "TEE-RS"}}, {"node": {"sku": "TEE-BL"}}],
    }
    assert data["some"]["edges"] == [{"node": {"sku": "NOVEL"}}]


async def test_facets_count_over_all_pages(api: Api) -> None:
    query = """{ products(first: 1, channel: "us") { edges { node { name } }
      all: facets { attribute { slug } values { count value { slug } } }
      color: facets(attributes: ["color", "care", "none"]) { attribute { slug } values { count value { slug } } } } }"""
    data = (await api.run(query))["products"]
    color = {
        "attribute": {"slug": "color"},
        "values": [{"count": 2, "value": {"slug": "red"}}, {"count": 1, "value": {"slug": "blue"}}],
    }
    assert data["color"] == [color]
    assert [facet["attribute"]["slug"] for facet in data["all"]] == ["color", "organic", "size"]
    assert data["all"][0] == color


async def test_attributes_and_types_are_listed(api: Api) -> None:
    query = """query($category: ID!) { attributes(first: 9, channel: "us", filter: {inCategory: $category}) {
        totalCount edges { node { slug choices(first: 1) { totalCount edges { node { name } } } } } }
      attribute(slug: "color") { name translation(languageCode: DE) { name } }
      productTypes(first: 5) { totalCount edges { node { slug productAttributes { slug }
        assignedVariantAttributes { variantSelection attribute { slug } } } } } }"""
    data = await api.run(query, category=to_global("Category", 3))
    assert data["attributes"]["edges"] == [{"node": {"slug": "pages", "choices": {"totalCount": 0, "edges": []}}}]
    assert data["attribute"] == {"name": "Color", "translation": {"name": "Farbe"}}
    assert data["productTypes"]["totalCount"] == 2
    assert data["productTypes"]["edges"][1]["node"] == {
        "slug": "shirts",
        "productAttributes": [{"slug": "organic"}, {"slug": "care"}, {"slug": "related"}],
        "assignedVariantAttributes": [
            {"variantSelection": True, "attribute": {"slug": "color"}},
            {"variantSelection": False, "attribute": {"slug": "size"}},
        ],
    }
    choices = await api.run('{ attribute(slug: "color") { choices(first: 1) { totalCount edges { node { name } } } } }')
    assert choices["attribute"]["choices"] == {"totalCount": 2, "edges": [{"node": {"name": "Red"}}]}


async def test_an_attribute_hidden_from_the_storefront_is_not_there_for_shoppers(api: Api) -> None:
    query = """{ attribute(slug: "secret") { name } attributes(first: 9, filter: {slugs: ["secret", "color"]}) {
      totalCount edges { node { slug unit } } } }"""
    assert await api.run(query) == {
        "attribute": None,
        "attributes": {"totalCount": 1, "edges": [{"node": {"slug": "color", "unit": None}}]},
    }


async def test_shoppers_do_not_see_stock_or_listings(api: Api) -> None:
    for field in ("stocks { quantity }", "channelListings { id }", "privateMetadata { key }"):
        query = f'{{ productVariant(sku: "TEE-RS", channel: "us") {{ {field} }} }}'
        (error,) = await api.errors(query)
        assert error["extensions"]["code"] == "PermissionDenied"
