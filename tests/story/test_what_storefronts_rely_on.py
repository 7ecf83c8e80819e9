"""What a Saleor storefront takes for granted of the shop it is pointed at: data, pages, pictures, languages, names."""

import json
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from PIL import Image

from engine.core.ids import uuid_pk
from tests.api import Api

pytestmark = pytest.mark.anyio

CHANNEL = "default-channel"
BLOCKS = {"paragraph", "header", "list", "quote", "image", "embed", "delimiter", "table"}
PICTURE_FIELDS = "small: url(size: 72) large: url(size: 1024, format: WEBP) light: url(size: 512, format: AVIF) url"


def nodes(connection: Any) -> list[Any]:
    return [edge["node"] for edge in connection["edges"]]


async def picture(api: Api, url: str) -> tuple[str, str, int]:
    """Media type, format and longer side of what an absolute URL leads to."""
    assert url.startswith("http://shop.test/")
    response: httpx2.Response = await api.http.get(urlsplit(url).path, follow_redirects=True)
    assert response.status_code == 200
    image = Image.open(BytesIO(response.content))
    return response.headers["content-type"], str(image.format), max(image.size)


async def test_the_shop_has_what_a_home_page_shows(demo_api: Api) -> None:
    shop = await demo_api.run(
        """query($channel: String!) {
          channel(slug: $channel) { id slug countries { code country } }
          navbar: menu(slug: "navbar", channel: $channel) { items { name level children { name level url } } }
          footer: menu(slug: "footer", channel: $channel) { items { name children { name } } }
          collection(slug: "featured-products", channel: $channel) { products(first: 12) { totalCount } }
          categories(first: 20, level: 0) { edges { node { slug level products(channel: $channel) { totalCount } } } }
          pages(first: 20, channel: $channel) { edges { node { slug title content isPublished } } }
        }""",
        channel=CHANNEL,
    )
    assert shop["channel"]["slug"] == CHANNEL
    assert {"code": "US", "country": "United States"} in shop["channel"]["countries"]
    for menu in ("navbar", "footer"):
        assert any(item["children"] for item in shop[menu]["items"])
    assert shop["collection"]["products"]["totalCount"] >= 8
    roots = nodes(shop["categories"])
    assert {root["level"] for root in roots} == {0}
    assert all(root["products"]["totalCount"] > 0 for root in roots), "a category has what its children have"
    for page in nodes(shop["pages"]):
        assert page["isPublished"] is True
        assert {block["type"] for block in json.loads(page["content"])["blocks"]} <= BLOCKS


@pytest.mark.parametrize("size", [3, 8, 10, 12, 20, 100])
async def test_pages_of_the_sizes_that_storefronts_use_join(demo_api: Api, size: int) -> None:
    listing = """query($channel: String!, $first: Int!, $after: String) {
      products(channel: $channel, first: $first, after: $after, sortBy: {field: NAME, direction: ASC}) {
        totalCount edges { node { id name } } pageInfo { hasNextPage endCursor }
      } }"""
    seen: list[Any] = []
    more, after = True, None
    while more:
        page = (await demo_api.run(listing, channel=CHANNEL, first=size, after=after))["products"]
        seen += nodes(page)
        more, after = page["pageInfo"]["hasNextPage"], page["pageInfo"]["endCursor"]
    assert len({product["id"] for product in seen}) == len(seen) == page["totalCount"]


@pytest.mark.parametrize("field", ["COLLECTION", "RATING", "DATE", "PRICE", "MINIMAL_PRICE", "NAME"])
async def test_a_collection_sorts_both_ways_by_what_storefronts_offer(demo_api: Api, field: str) -> None:
    query = """query($channel: String!, $sort: ProductOrder!) {
      collection(slug: "featured-products", channel: $channel) {
        products(first: 100, sortBy: $sort) {
          edges { node { name rating updatedAt pricing { priceRange { start { gross { amount } } } } } }
        } } }"""
    ways = []
    for direction in ("ASC", "DESC"):
        data = await demo_api.run(query, channel=CHANNEL, sort={"field": field, "direction": direction})
        ways.append(nodes(data["collection"]["products"]))
    up, down = ways
    assert sorted(each["name"] for each in up) == sorted(each["name"] for each in down)
    by_value = {
        "NAME": lambda product: product["name"].casefold(),
        "RATING": lambda product: product["rating"],
        "DATE": lambda product: product["updatedAt"],
        "MINIMAL_PRICE": lambda product: product["pricing"]["priceRange"]["start"]["gross"]["amount"],
    }
    for way, backwards in ((up, False), (down, True)):
        told = [by_value[field](product) for product in way] if field in by_value else []
        known = [value for value in told if value is not None]
        assert known == sorted(known, reverse=backwards)
    assert field in ("RATING", "DATE") or up != down


async def test_pictures_are_where_their_addresses_say_in_every_format(demo_api: Api) -> None:
    product = (
        await demo_api.run(
            f"""query($channel: String!) {{
              product(slug: "tide-mug", channel: $channel) {{
                thumbnail(size: 256, format: WEBP) {{ url alt }} media {{ type alt {PICTURE_FIELDS} }}
              }}
              category(slug: "tea-and-table") {{ backgroundImage(size: 512) {{ url }} }} }}""",
            channel=CHANNEL,
        )
    )["product"]
    assert await picture(demo_api, product["thumbnail"]["url"]) == ("image/webp", "WEBP", 256)
    for media in product["media"]:
        assert media["type"] == "IMAGE"
        assert await picture(demo_api, media["large"]) == ("image/webp", "WEBP", 1024)
        assert (await picture(demo_api, media["light"]))[:2] == ("image/avif", "AVIF")
        assert (await picture(demo_api, media["small"]))[2] == 64, "the nearest size there is"
        assert (await picture(demo_api, media["url"]))[2] >= 1024


async def test_a_slug_is_found_in_the_language_asked_for_and_else_in_the_shops_own(demo_api: Api) -> None:
    query = """query($product: String!, $category: String!, $page: String!, $collection: String!,
                     $language: LanguageCodeEnum!, $channel: String!) {
      product(slug: $product, slugLanguageCode: $language, channel: $channel) { id }
      category(slug: $category, slugLanguageCode: $language) { id }
      collection(slug: $collection, slugLanguageCode: $language, channel: $channel) { id }
      page(slug: $page, slugLanguageCode: $language) { id } }"""
    own = {"product": "tide-mug", "category": "tea", "collection": "featured-products", "page": "about"}
    german = {"product": "becher-tide", "category": "tee", "collection": "ausgewaehlt", "page": "ueber-uns"}
    found = await demo_api.run(query, **german, language="DE", channel=CHANNEL)
    assert all(found.values())
    assert await demo_api.run(query, **own, language="DE", channel=CHANNEL) == found
    assert await demo_api.run(query, **own, language="PL", channel=CHANNEL) == found
    elsewhere = await demo_api.run(query, **german, language="PL", channel=CHANNEL)
    assert elsewhere == dict.fromkeys(found), "a slug of another language is no slug in this one"


async def test_text_is_editorjs_in_a_string_in_every_language(demo_api: Api) -> None:
    data = await demo_api.run(
        """query($channel: String!) {
          product(slug: "tide-mug", channel: $channel) { description translation(languageCode: DE) { description } }
          page(slug: "about") { content translation(languageCode: DE) { content } } }""",
        channel=CHANNEL,
    )
    for text in (
        data["product"]["description"],
        data["product"]["translation"]["description"],
        data["page"]["content"],
        data["page"]["translation"]["content"],
    ):
        blocks = json.loads(text)["blocks"]
        assert blocks[0]["data"]["text"]
        assert {block["type"] for block in blocks} <= BLOCKS


async def test_color_and_size_are_facets_that_narrow_a_listing(demo_api: Api) -> None:
    facets = nodes(
        (
            await demo_api.run(
                """query($channel: String!) {
                  attributes(
                    first: 100, channel: $channel, filter: {filterableInStorefront: true, type: PRODUCT_TYPE}
                    sortBy: {field: STOREFRONT_SEARCH_POSITION, direction: ASC}
                  ) {
                    edges { node { slug inputType withChoices choices(first: 20) { edges { node { name slug } } } } }
                  } }""",
                channel=CHANNEL,
            )
        )["attributes"]
    )
    offered = {facet["slug"]: [choice["slug"] for choice in nodes(facet["choices"])] for facet in facets}
    named = """query($by: AttributeChoicesSortingInput) { attributes(first: 1, filter: {slugs: ["color"]}) {
      edges { node { choices(first: 20, sortBy: $by) { edges { node { name } } } } } } }"""
    ways = {}
    for direction in ("ASC", "DESC"):
        (color,) = nodes((await demo_api.run(named, by={"field": "NAME", "direction": direction}))["attributes"])
        ways[direction] = [choice["name"] for choice in nodes(color["choices"])]
    assert ways["ASC"] == sorted(ways["ASC"], key=str.casefold) == ways["DESC"][::-1]
    assert len(ways["ASC"]) == len(offered["color"])
    count = """query($channel: String!, $where: ProductWhereInput) {
      products(channel: $channel, where: $where) { totalCount } }"""
    everything = (await demo_api.run(count, channel=CHANNEL, where={}))["products"]["totalCount"]
    for slug in ("color", "size"):
        one = {"attributes": [{"slug": slug, "value": {"slug": {"eq": offered[slug][0]}}}]}
        some = (await demo_api.run(count, channel=CHANNEL, where=one))["products"]["totalCount"]
        assert 0 < some < everything


@pytest.mark.parametrize(
    ("country", "required", "areas"),
    [
        ("US", {"city", "countryArea", "postalCode", "streetAddress1"}, True),
        ("DE", {"city", "postalCode", "streetAddress1"}, False),
        ("GB", {"city", "postalCode", "streetAddress1"}, False),
    ],
)
async def test_address_forms_are_told_per_country(demo_api: Api, country: str, required: set[str], areas: bool) -> None:
    rules = (
        await demo_api.run(
            """query($country: CountryCode!) { addressValidationRules(countryCode: $country) {
              addressFormat allowedFields requiredFields countryAreaType countryAreaChoices { raw verbose }
              postalCodeType cityType } }""",
            country=country,
        )
    )["addressValidationRules"]
    assert set(rules["requiredFields"]) == required
    assert required <= set(rules["allowedFields"])
    assert bool(rules["countryAreaChoices"]) is areas


async def test_a_stranger_is_nobody_and_a_cart_or_order_is_read_by_its_id_alone(demo_api: Api) -> None:
    assert await demo_api.run("{ me { id } }") == {"me": None}
    open_cart = "mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) { checkout { id token } } }"
    cart = (await demo_api.run(open_cart, input={"channel": CHANNEL, "lines": []}))["checkoutCreate"]["checkout"]
    by_id = "query($id: ID!) { checkout(id: $id) { id lines { id } problems { __typename } } }"
    assert await demo_api.run(by_id, id=cart["id"]) == {"checkout": {"id": cart["id"], "lines": [], "problems": []}}
    admin = await demo_api.as_admin()
    order = nodes((await admin.run("{ orders(first: 1) { edges { node { id number } } } }"))["orders"])[0]
    assert await demo_api.run("query($id: ID!) { order(id: $id) { id number } }", id=order["id"]) == {"order": order}
    by_token = "query($token: UUID!) { orderByToken(token: $token) { id number } }"
    assert await demo_api.run(by_token, token=str(uuid_pk(order["id"], "Order"))) == {"orderByToken": order}


async def test_carts_of_the_signed_in_are_theirs_to_find_again(demo_api: Api) -> None:
    admin = await demo_api.as_admin()
    open_cart = "mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) { checkout { id } } }"
    made = [
        (await admin.run(open_cart, input={"channel": channel, "lines": []}))["checkoutCreate"]["checkout"]["id"]
        for channel in (CHANNEL, "eu")
    ]
    mine = await admin.run('{ me { id all: checkoutIds here: checkoutIds(channel: "eu") } }')
    assert mine["me"]["all"] == made[::-1]
    assert mine["me"]["here"] == made[1:]


@pytest.mark.parametrize("named", ["id", "checkoutId", "token"])
async def test_clients_of_every_age_name_the_cart_their_way(demo_api: Api, named: str) -> None:
    open_cart = "mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) { checkout { id token } } }"
    cart = (await demo_api.run(open_cart, input={"channel": CHANNEL, "lines": []}))["checkoutCreate"]["checkout"]
    value = cart["token"] if named == "token" else cart["id"]
    kind = "UUID!" if named == "token" else "ID!"
    changed = await demo_api.run(
        f"mutation($cart: {kind}) {{ checkoutEmailUpdate({named}: $cart, email: \"jo@example.com\")"
        " { checkout { id email displayGrossPrices shippingMethod { id } } errors { field code } } }",
        cart=value,
    )  # fmt: skip
    assert changed["checkoutEmailUpdate"] == {
        "checkout": {"id": cart["id"], "email": "jo@example.com", "displayGrossPrices": False, "shippingMethod": None},
        "errors": [],
    }


async def test_a_cart_is_named_once(demo_api: Api) -> None:
    open_cart = "mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input) { checkout { id token } } }"
    cart = (await demo_api.run(open_cart, input={"channel": CHANNEL, "lines": []}))["checkoutCreate"]["checkout"]
    change = """mutation($id: ID, $token: UUID) {
      checkoutEmailUpdate(id: $id, token: $token, email: "jo@example.com") { errors { field code } } }"""
    twice = await demo_api.run(change, id=cart["id"], token=cart["token"])
    never = await demo_api.run(change)
    assert [each["checkoutEmailUpdate"]["errors"] for each in (twice, never)] == [
        [{"field": "id", "code": "GRAPHQL_ERROR"}],
        [{"field": "id", "code": "REQUIRED"}],
    ]


async def test_only_gateways_a_browser_can_pay_with_are_offered(demo_api: Api) -> None:
    """A storefront in development takes Stripe before any other; without a key there is only a fake of it."""
    open_cart = """mutation($input: CheckoutCreateInput!) {
      checkoutCreate(input: $input) { checkout { id availablePaymentGateways { id currencies } } } }"""
    cart = (await demo_api.run(open_cart, input={"channel": CHANNEL, "lines": []}))["checkoutCreate"]["checkout"]
    offered = {gateway["id"]: gateway["currencies"] for gateway in cart["availablePaymentGateways"]}
    assert offered == {"mirumee.payments.dummy": ["USD"], "argosy.manual": ["USD"]}
    ask = """mutation($id: ID!, $named: [PaymentGatewayToInitialize!]) {
      paymentGatewayInitialize(id: $id, paymentGateways: $named) { gatewayConfigs { id errors { code } } } }"""
    answered = (await demo_api.run(ask, id=cart["id"]))["paymentGatewayInitialize"]["gatewayConfigs"]
    assert {config["id"] for config in answered} == set(offered)
    named = await demo_api.run(ask, id=cart["id"], named=[{"id": "saleor.app.payment.stripe"}])
    assert named["paymentGatewayInitialize"]["gatewayConfigs"] == [{"id": "saleor.app.payment.stripe", "errors": []}]


async def test_a_line_short_of_stock_is_named_as_its_variant(demo_api: Api) -> None:
    product = await demo_api.run(
        """query($channel: String!) { product(slug: "tide-mug", channel: $channel) {
          variants { id name quantityAvailable(countryCode: US) } } }""",
        channel=CHANNEL,
    )
    first, second = product["product"]["variants"][:2]
    lines = [{"variantId": each["id"], "quantity": each["quantityAvailable"] + 1} for each in (first, second)]
    open_cart = """mutation($input: CheckoutCreateInput!) {
      checkoutCreate(input: $input) { checkout { id } errors { field code message variants } } }"""
    (error,) = (await demo_api.run(open_cart, input={"channel": CHANNEL, "lines": lines}))["checkoutCreate"]["errors"]
    assert (error["field"], error["code"]) == ("quantity", "INSUFFICIENT_STOCK")
    assert error["variants"] == [first["id"], second["id"]]
    for each in (first, second):
        assert f"items {each['name']}. Only {each['quantityAvailable']} remaining" in error["message"]


async def test_pages_are_found_by_what_an_app_noted_on_them(demo_api: Api) -> None:
    admin = await demo_api.as_admin()
    page = (await admin.run('{ page(slug: "returns") { id } }'))["page"]["id"]
    note = """mutation($id: ID!) {
      updateMetadata(id: $id, input: [{key: "kind", value: "badge"}]) { errors { code } } }"""
    assert (await admin.run(note, id=page))["updateMetadata"]["errors"] == []
    find = "query($where: PageWhereInput!) { pages(first: 9, where: $where) { edges { node { slug } } } }"
    for value, found in (
        (None, ["returns"]),
        ({"eq": "badge"}, ["returns"]),
        ({"oneOf": ["badge", "banner"]}, ["returns"]),
        ({"eq": "banner"}, []),
        ({"oneOf": []}, []),
    ):
        where = {"metadata": {"key": "kind", **({"value": value} if value else {})}}
        pages = await demo_api.run(find, where=where)
        assert [node["slug"] for node in nodes(pages["pages"])] == found
