"""Pages and menus over the API, in Saleor's shapes."""

import json
from typing import Any

import pytest

from tests.api import Api

pytestmark = pytest.mark.anyio

MENU = """
query($slug: String!, $channel: String) {
  menu(slug: $slug, channel: $channel) {
    name
    items {
      name level url
      category { slug } collection { slug } page { slug }
      translation(languageCode: JA) { name }
      children {
        name level parent { name } children { name level }
        category { slug } collection { slug } page { slug }
      }
    }
  }
}
"""
PUBLISHED = [
    "about", "aizome-works", "care-guide", "harbor-kiln", "privacy", "returns", "sato-toki", "shipping",
]  # fmt: skip


async def slugs(api: Api, arguments: str, **variables: Any) -> list[str]:
    data = await api.run(f"{{ pages({arguments}) {{ edges {{ node {{ slug }} }} }} }}", **variables)
    return [edge["node"]["slug"] for edge in data["pages"]["edges"]]


async def test_a_page_is_read_by_slug_and_by_its_slug_in_another_language(demo_api: Api) -> None:
    query = """
    query($slug: String!, $language: LanguageCodeEnum!) {
      page(slug: $slug, slugLanguageCode: $language) {
        id slug title content isPublished seoTitle seoDescription publishedAt created
        pageType { slug name }
        translation(languageCode: $language) { slug title content language { code } }
      }
    }"""
    page = (await demo_api.run(query, slug="versand", language="DE"))["page"]
    assert (page["slug"], page["title"], page["pageType"]) == (
        "shipping",
        "Shipping",
        {"slug": "information", "name": "Information"},
    )
    blocks = json.loads(page["content"])["blocks"]
    assert [block["type"] for block in blocks] == ["paragraph", "list", "header", "paragraph"]
    assert blocks[1]["data"]["items"][0].startswith("<b>United States:</b> three to six days")
    assert page["translation"]["title"] == "Versand"
    assert page["translation"]["language"] == {"code": "DE"}
    assert json.loads(page["translation"]["content"])["blocks"][0]["type"] == "paragraph"
    # a slug that no translation has is looked up among the untranslated
    again = (await demo_api.run(query, slug="shipping", language="FR"))["page"]
    assert (again["id"], again["translation"]) == (page["id"], None)


async def test_what_is_not_published_does_not_exist_for_shoppers(demo_api: Api) -> None:
    query = '{ page(slug: "wholesale") { slug isPublished } }'
    assert (await demo_api.run(query))["page"] is None
    admin = await demo_api.as_admin()
    assert (await admin.run(query))["page"] == {"slug": "wholesale", "isPublished": False}
    assert "wholesale" not in await slugs(demo_api, "first: 20")
    assert "wholesale" in await slugs(admin, "first: 20")


async def test_pages_are_sorted_filtered_searched_and_paged(demo_api: Api) -> None:
    assert sorted(await slugs(demo_api, "first: 20")) == PUBLISHED
    assert await slugs(demo_api, "first: 2, sortBy: {field: SLUG, direction: DESC}") == ["shipping", "sato-toki"]
    assert await slugs(demo_api, 'first: 9, where: {slug: {oneOf: ["about", "returns", "wholesale"]}}') == [
        "about",
        "returns",
    ]
    assert await slugs(demo_api, 'first: 9, where: {slug: {eq: "about"}}') == ["about"]
    nested = '{AND: [{OR: [{slug: {eq: "about"}}, {slug: {eq: "privacy"}}]}, {slug: {oneOf: ["about", "returns"]}}]}'
    assert await slugs(demo_api, f"first: 9, where: {nested}") == ["about"]
    assert await slugs(demo_api, 'first: 9, filter: {slugs: ["privacy"], search: "PRIV"}') == ["privacy"]
    assert await slugs(demo_api, 'first: 9, search: "guide"') == ["care-guide"]
    assert await slugs(demo_api, 'first: 9, search: "no such page"') == []


async def test_pages_are_paged_without_gap_or_repeat(demo_api: Api) -> None:
    query = """
    query($first: Int, $after: String, $last: Int, $before: String) {
      pages(first: $first, after: $after, last: $last, before: $before, sortBy: {field: SLUG, direction: ASC}) {
        totalCount pageInfo { hasNextPage hasPreviousPage startCursor endCursor } edges { cursor node { slug } }
      }
    }"""
    found, cursor, pages = [], None, []
    while True:
        page = (await demo_api.run(query, first=3, after=cursor))["pages"]
        pages.append(page)
        found += [edge["node"]["slug"] for edge in page["edges"]]
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == PUBLISHED
    assert {page["totalCount"] for page in pages} == {8}
    back = (await demo_api.run(query, last=2, before=pages[1]["pageInfo"]["startCursor"]))["pages"]
    assert [edge["node"]["slug"] for edge in back["edges"]] == PUBLISHED[1:3]


@pytest.mark.parametrize(
    "arguments",
    [
        'search: "a"',
        "sortBy: {field: TITLE, direction: DESC}",
        "sortBy: {field: VISIBILITY, direction: ASC}",
        "sortBy: {field: PUBLISHED_AT, direction: DESC}",
        "sortBy: {field: CREATED_AT, direction: ASC}",
        'search: "a", sortBy: {field: RANK, direction: DESC}',
    ],
)
async def test_every_order_pages_through_the_same_pages(demo_api: Api, arguments: str) -> None:
    admin = await demo_api.as_admin()
    query = f"""query($after: String) {{
      pages(first: 2, after: $after, {arguments}) {{ pageInfo {{ endCursor hasNextPage }} edges {{ node {{ slug }} }} }}
    }}"""
    found: list[str] = []
    cursor, more = None, True
    while more:
        page = (await admin.run(query, after=cursor))["pages"]
        found += [edge["node"]["slug"] for edge in page["edges"]]
        cursor, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert found == await slugs(admin, f"first: 20, {arguments}")
    assert len(found) == len(set(found)) == (9 if "search" not in arguments else 7)


@pytest.mark.parametrize(
    ("field", "message"),
    [
        ("pages { edges { node { slug } } }", "You must provide a `first` or `last` value"),
        (
            'pages(first: 1, filter: {slugs: ["a"]}, where: {slug: {eq: "a"}}) { edges { cursor } }',
            "Only one filtering",
        ),
        ('pages(first: 1, where: {slug: {eq: "a"}, OR: []}) { edges { cursor } }', "Cannot mix AND and OR"),
        ("pages(first: 1, sortBy: {field: RANK, direction: ASC}) { edges { cursor } }", "only with search"),
        ('page(id: "UHJvZHVjdDox") { slug }', "Invalid ID: UHJvZHVjdDox. Expected: Page."),
        ("page { slug }", "Exactly one of the arguments `id`, `slug` is required."),
        ('menu(id: "TWVudTox", slug: "navbar") { name }', "Exactly one of the arguments"),
    ],
)
async def test_what_makes_no_sense_is_said_so(demo_api: Api, field: str, message: str) -> None:
    (error,) = await demo_api.errors(f"{{ {field} }}")
    assert message in error["message"]


async def test_a_page_carries_its_attributes_in_both_shapes(demo_api: Api) -> None:
    data = await demo_api.run(
        """{ page(slug: "harbor-kiln") {
          pageType { slug attributes { slug inputType } }
          attributes { attribute { slug } values { name boolean numeric plainText } }
          assignedAttributes { attribute { slug } ... on AssignedNumericAttribute { year: value }
            ... on AssignedPlainTextAttribute { place: value } ... on AssignedBooleanAttribute { open: value } }
          assignedAttribute(slug: "founded") { ... on AssignedNumericAttribute { value } }
        } }"""
    )
    page = data["page"]
    assert [a["slug"] for a in page["pageType"]["attributes"]] == ["based-in", "founded", "visits"]
    assert page["attributes"] == [
        {
            "attribute": {"slug": "based-in"},
            "values": [{"name": "Portland, Oregon", "boolean": None, "numeric": None, "plainText": "Portland, Oregon"}],
        },
        {
            "attribute": {"slug": "founded"},
            "values": [{"name": "2009", "boolean": None, "numeric": 2009.0, "plainText": None}],
        },
        {
            "attribute": {"slug": "visits"},
            "values": [{"name": "Open to visitors: Yes", "boolean": True, "numeric": None, "plainText": None}],
        },
    ]
    assert page["assignedAttributes"] == [
        {"attribute": {"slug": "based-in"}, "place": "Portland, Oregon"},
        {"attribute": {"slug": "founded"}, "year": 2009.0},
        {"attribute": {"slug": "visits"}, "open": True},
    ]
    assert page["assignedAttribute"] == {"value": 2009.0}


async def test_a_product_points_at_the_page_of_its_maker(demo_api: Api) -> None:
    data = await demo_api.run(
        """{ product(slug: "tide-mug", channel: "eu") { assignedAttribute(slug: "maker") {
          ... on AssignedSinglePageReferenceAttribute { value { slug title } } } } }"""
    )
    assert data["product"]["assignedAttribute"] == {"value": {"slug": "harbor-kiln", "title": "Harbor Kiln"}}


async def test_the_navigation_links_categories_three_levels_deep(demo_api: Api) -> None:
    menu = (await demo_api.run(MENU, slug="navbar", channel="default-channel"))["menu"]
    assert [item["name"] for item in menu["items"]] == ["Tea & table", "Wear & carry", "Home & study", "New", "Summer"]
    tea = menu["items"][0]
    assert (tea["level"], tea["category"], tea["translation"]) == (0, {"slug": "tea-and-table"}, {"name": "お茶と器"})
    assert [(child["name"], child["level"], child["parent"]["name"]) for child in tea["children"]] == [
        ("Tea", 1, "Tea & table"),
        ("Tableware", 1, "Tea & table"),
    ]
    assert [child["name"] for child in tea["children"][0]["children"]] == [
        "Green tea",
        "Black tea",
        "Oolong",
        "Herbal infusions",
    ]
    assert menu["items"][3]["collection"] == {"slug": "new-arrivals"}


async def test_links_to_what_is_not_published_are_null_for_shoppers(demo_api: Api) -> None:
    def links(menu: Any) -> dict[str, Any]:
        return {
            child["name"]: child["page"] or child["collection"] for item in menu["items"] for child in item["children"]
        }

    seen = links((await demo_api.run(MENU, slug="footer", channel="eu"))["menu"])
    assert seen["Wholesale"] is None
    assert seen["Archive sale"] is None
    assert seen["About us"] == {"slug": "about"}
    assert seen["Featured"] == {"slug": "featured-products"}
    without_channel = links((await demo_api.run(MENU, slug="footer", channel="no-such-channel"))["menu"])
    assert without_channel["Featured"] is None
    staff = links((await (await demo_api.as_admin()).run(MENU, slug="footer", channel="eu"))["menu"])
    assert (staff["Wholesale"], staff["Archive sale"]) == ({"slug": "wholesale"}, {"slug": "archive-sale"})


async def test_menus_are_found_by_id_and_name_and_listed_for_staff(demo_api: Api) -> None:
    by_slug = (await demo_api.run('{ menu(slug: "navbar") { id name slug items { menu { slug } } } }'))["menu"]
    assert by_slug["items"][0]["menu"] == {"slug": "navbar"}
    by_id = await demo_api.run("query($id: ID) { menu(id: $id) { slug } }", id=by_slug["id"])
    by_name = await demo_api.run('{ menu(name: "Navigation") { slug } }')
    assert by_id == by_name == {"menu": {"slug": "navbar"}}
    assert await demo_api.run('{ menu(slug: "none") { slug } }') == {"menu": None}
    listing = "{ menus(first: 5) { totalCount edges { node { slug } } } }"
    (error,) = await demo_api.errors(listing)
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    found = (await (await demo_api.as_admin()).run(listing))["menus"]
    assert (found["totalCount"], [edge["node"]["slug"] for edge in found["edges"]]) == (2, ["footer", "navbar"])


async def test_page_types_are_listed(demo_api: Api) -> None:
    query = '{ pageTypes(first: 5, filter: {search: "make"}) { totalCount edges { node { id slug } } } }'
    found = (await demo_api.run(query))["pageTypes"]
    assert (found["totalCount"], found["edges"][0]["node"]["slug"]) == (1, "maker")
    one = "query($id: ID!) { pageType(id: $id) { slug } }"
    id = found["edges"][0]["node"]["id"]
    assert await demo_api.run(one, id=id) == {"pageType": {"slug": "maker"}}
    (error,) = await demo_api.errors("query($id: ID!) { pageType(id: $id) { hasPages } }", id=id)
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    admin = await demo_api.as_admin()
    assert await admin.run("query($id: ID!) { pageType(id: $id) { hasPages } }", id=id) == {
        "pageType": {"hasPages": True}
    }
