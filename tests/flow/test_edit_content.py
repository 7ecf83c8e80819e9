"""What staff make and change of pages, page types and menus over the API."""

import pytest

from engine.attributes.models import Attribute
from engine.core.context import transact
from engine.flows.shop import Shop
from tests.api import Api
from tests.catalog_data import CLOTHES, SUMMER, TEE, add, fill
from tests.staffing import Staff, acting, gid, number_from_here

pytestmark = pytest.mark.anyio
TOPIC, MENTIONS = 101, 102


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await transact(
        ctx,
        add,
        Attribute(
            id=TOPIC, slug="topic", name="Topic", type="PAGE_TYPE", input_type="MULTISELECT", value_required=True
        ),
        Attribute(
            id=MENTIONS,
            slug="mentions",
            name="Mentions",
            type="PAGE_TYPE",
            input_type="SINGLE_REFERENCE",
            entity_type="PRODUCT",
        ),
    )
    await transact(ctx, number_from_here)
    await ctx.release()


@pytest.fixture
def staff(api: Api, monkeypatch: pytest.MonkeyPatch) -> Staff:
    return acting(api, monkeypatch, "MANAGE_PAGES", "MANAGE_PAGE_TYPES_AND_ATTRIBUTES", "MANAGE_MENUS")


TYPE = """mutation($input: PageTypeCreateInput!) { r: pageTypeCreate(input: $input) {
  pageType { id slug attributes { slug } } errors { field code attributes } } }"""
PAGE = """mutation($input: PageCreateInput!) { r: pageCreate(input: $input) {
  page { id slug title content isPublished publishedAt attributes { attribute { slug } values { name reference } } }
  errors { field code attributes } } }"""
UPDATE = """mutation($id: ID!, $input: PageInput!) { r: pageUpdate(id: $id, input: $input) {
  page { title isPublished } errors { field code } } }"""


async def test_a_page_is_made_with_attributes_and_published(staff: Staff) -> None:
    both = [gid("Attribute", TOPIC), gid("Attribute", MENTIONS)]
    kind = (await staff.do(TYPE, input={"name": "Stories", "addAttributes": both}))["pageType"]
    assert (kind["slug"], [a["slug"] for a in kind["attributes"]]) == ("stories", ["topic", "mentions"])
    values = [
        {"id": both[0], "multiselect": [{"value": "Cotton"}, {"value": "Care"}]},
        {"id": both[1], "reference": gid("Product", TEE)},
    ]
    text = '{"blocks": [{"type": "paragraph", "data": {"text": "<a href=\\"javascript:x\\">hi</a>"}}]}'
    input = {"title": "Our Cotton", "content": text, "pageType": kind["id"], "attributes": values}
    page = (await staff.do(PAGE, input=input))["page"]
    assert (page["slug"], page["isPublished"], "#invalid" in page["content"]) == ("our-cotton", False, True)
    assert [[v["name"] for v in a["values"]] for a in page["attributes"]] == [["Cotton", "Care"], ["Tee"]]
    read = """query($where: PageWhereInput) { pages(first: 5, where: $where) { edges { node { slug } } } }"""
    for values_of, found in (
        ({"slug": "topic", "value": {"name": {"eq": "Care"}}}, ["our-cotton"]),
        ({"slug": "topic", "value": {"name": {"eq": "Wool"}}}, []),
        ({"slug": "mentions", "value": {"reference": {"productSlugs": {"containsAny": ["tee"]}}}}, ["our-cotton"]),
    ):
        pages = (await staff.api.run(read, where={"AND": [{"attributes": [values_of]}]}))["pages"]["edges"]
        assert [edge["node"]["slug"] for edge in pages] == found
    missing = {"title": "No Topic", "pageType": kind["id"]}
    assert await staff.refused(PAGE, input=missing) == [("attributes", "REQUIRED")]
    untitled = {"title": "", "pageType": kind["id"], "attributes": values}
    assert await staff.refused(PAGE, input=untitled) == [("title", "REQUIRED")]
    again = {**input, "slug": "our-cotton"}
    assert await staff.refused(PAGE, input=again) == [("slug", "UNIQUE")]
    changed = await staff.do(UPDATE, id=page["id"], input={"title": "Cotton", "isPublished": True})
    assert changed["page"] == {"title": "Cotton", "isPublished": True}
    publish = """mutation($ids: [ID!]!) { r: pageBulkPublish(ids: $ids, isPublished: false) {
      count errors { field code } } }"""
    assert (await staff.do(publish, ids=[page["id"]]))["count"] == 1
    delete = "mutation($id: ID!) { r: pageDelete(id: $id) { page { slug } errors { field code } } }"
    assert (await staff.do(delete, id=page["id"]))["page"] == {"slug": "our-cotton"}
    assert await staff.refused(delete, id=page["id"]) == [("id", "NOT_FOUND")]


async def test_a_page_type_gains_orders_and_loses_attributes(staff: Staff) -> None:
    kind = (await staff.do(TYPE, input={"name": "Notes", "addAttributes": [gid("Attribute", TOPIC)]}))["pageType"]
    assign = """mutation($id: ID!, $a: [ID!]!) { r: pageAttributeAssign(pageTypeId: $id, attributeIds: $a) {
      pageType { attributes { slug } availableAttributes(first: 5) { edges { node { slug } } } }
      errors { field code } } }"""
    answer = await staff.do(assign, id=kind["id"], a=[gid("Attribute", MENTIONS)])
    assert [a["slug"] for a in answer["pageType"]["attributes"]] == ["topic", "mentions"]
    assert answer["pageType"]["availableAttributes"]["edges"] == []
    twice = await staff.refused(assign, id=kind["id"], a=[gid("Attribute", MENTIONS)])
    assert twice == [("attributeIds", "ATTRIBUTE_ALREADY_ASSIGNED")]
    foreign = await staff.refused(assign, id=kind["id"], a=[gid("Attribute", 1)])
    assert foreign == [("attributeIds", "INVALID")]
    reorder = """mutation($id: ID!, $m: [ReorderInput!]!) { r: pageTypeReorderAttributes(pageTypeId: $id, moves: $m) {
      pageType { attributes { slug } } errors { field code } } }"""
    moved = await staff.do(reorder, id=kind["id"], m=[{"id": gid("Attribute", MENTIONS), "sortOrder": -1}])
    assert [a["slug"] for a in moved["pageType"]["attributes"]] == ["mentions", "topic"]
    update = """mutation($id: ID!, $input: PageTypeUpdateInput!) { r: pageTypeUpdate(id: $id, input: $input) {
      pageType { name attributes { slug } } errors { field code } } }"""
    left = await staff.do(update, id=kind["id"], input={"name": "N", "removeAttributes": [gid("Attribute", TOPIC)]})
    assert left["pageType"] == {"name": "N", "attributes": [{"slug": "mentions"}]}
    delete = "mutation($id: ID!) { r: pageTypeDelete(id: $id) { pageType { name } errors { field code } } }"
    assert (await staff.do(delete, id=kind["id"]))["pageType"] == {"name": "N"}


TREE = "items { name level children { name level children { name level } } }"
ITEM = f"""mutation($input: MenuItemCreateInput!) {{ r: menuItemCreate(input: $input) {{
  menuItem {{ id level url category {{ slug }} menu {{ {TREE} }} }} errors {{ field code }} }} }}"""
MOVE = f"""mutation($menu: ID!, $moves: [MenuItemMoveInput!]!) {{ r: menuItemMove(menu: $menu, moves: $moves) {{
  menu {{ {TREE} }} errors {{ field code }} }} }}"""


async def test_a_menu_grows_three_deep_and_its_items_move(staff: Staff) -> None:
    create = """mutation($input: MenuCreateInput!) { r: menuCreate(input: $input) {
      menu { id slug items { id name url collection { slug } } } errors { field code } } }"""
    items = [{"name": "Home", "url": "/"}, {"name": "Summer", "collection": gid("Collection", SUMMER)}]
    menu = (await staff.do(create, input={"name": "Main Menu", "items": items}))["menu"]
    assert (menu["slug"], [i["name"] for i in menu["items"]]) == ("main-menu", ["Home", "Summer"])
    home, summer = (item["id"] for item in menu["items"])
    await staff.do(create, input={"name": "Another"})
    read = "query($s: MenuSortingInput, $f: MenuFilterInput) { menus(first: 5, sortBy: $s, filter: $f) {"
    read += " edges { node { slug } } } }"
    for asked, slugs in (
        ({"s": {"field": "ITEMS_COUNT", "direction": "DESC"}}, ["main-menu", "another"]),
        ({"s": {"field": "NAME", "direction": "ASC"}}, ["another", "main-menu"]),
        ({"f": {"search": "other"}}, ["another"]),
    ):
        found = (await staff.api.run(read, **asked))["menus"]["edges"]
        assert [edge["node"]["slug"] for edge in found] == slugs
    both = {"name": "X", "url": "/x", "category": gid("Category", CLOTHES), "menu": menu["id"]}
    assert await staff.refused(ITEM, input=both) == [("items", "TOO_MANY_MENU_ITEMS")]
    bad = {"name": "X", "url": "javascript:alert(1)", "menu": menu["id"]}
    assert await staff.refused(ITEM, input=bad) == [("url", "INVALID")]
    gone = {"name": "X", "category": gid("Category", 99), "menu": menu["id"]}
    assert await staff.refused(ITEM, input=gone) == [("category", "NOT_FOUND")]
    shop = {"name": "Clothes", "category": gid("Category", CLOTHES), "menu": menu["id"], "parent": home}
    clothes = (await staff.do(ITEM, input=shop))["menuItem"]
    assert (clothes["level"], clothes["category"]) == (1, {"slug": "clothes"})
    deep = (await staff.do(ITEM, input={"name": "Deep", "menu": menu["id"], "parent": clothes["id"]}))["menuItem"]
    deeper = {"name": "Deeper", "menu": menu["id"], "parent": deep["id"]}
    assert await staff.refused(ITEM, input=deeper) == [("parent", "INVALID_MENU_ITEM")]
    below = [{"itemId": home, "parentId": deep["id"]}]
    assert await staff.refused(MOVE, menu=menu["id"], moves=below) == [("parentId", "CANNOT_ASSIGN_NODE")]
    too_deep = [{"itemId": home, "parentId": summer}]
    assert await staff.refused(MOVE, menu=menu["id"], moves=too_deep) == [("parentId", "INVALID_MENU_ITEM")]
    moves = [{"itemId": clothes["id"], "parentId": None}, {"itemId": clothes["id"], "sortOrder": -2}]
    moved = (await staff.do(MOVE, menu=menu["id"], moves=moves))["menu"]["items"]
    assert [(i["name"], i["level"]) for i in moved] == [("Clothes", 0), ("Home", 0), ("Summer", 0)]
    assert moved[0]["children"] == [{"name": "Deep", "level": 1, "children": []}]
    update = """mutation($id: ID!, $input: MenuItemInput!) { r: menuItemUpdate(id: $id, input: $input) {
      menuItem { name url collection { slug } } errors { field code } } }"""
    changed = await staff.do(update, id=summer, input={"url": "https://a.example/s"})
    assert changed["menuItem"] == {"name": "Summer", "url": "https://a.example/s", "collection": None}
    delete = "mutation($ids: [ID!]!) { r: menuItemBulkDelete(ids: $ids) { count errors { field code } } }"
    assert (await staff.do(delete, ids=[clothes["id"]]))["count"] == 1
    rename = """mutation($id: ID!) { r: menuUpdate(id: $id, input: {name: "Top", slug: "top"}) {
      menu { name slug items { name } } errors { field code } } }"""
    assert (await staff.do(rename, id=menu["id"]))["menu"] == {
        "name": "Top",
        "slug": "top",
        "items": [{"name": "Home"}, {"name": "Summer"}],
    }
    end = "mutation($id: ID!) { r: menuDelete(id: $id) { menu { slug } errors { field code } } }"
    assert (await staff.do(end, id=menu["id"]))["menu"] == {"slug": "top"}


async def test_shoppers_write_no_content(api: Api) -> None:
    for mutation in (
        'menuCreate(input: {name: "A"})', f'pageDelete(id: "{gid("Page", 1)}")', 'pageTypeCreate(input: {name: "A"})',
    ):  # fmt: skip
        (error,) = await api.errors(f"mutation {{ {mutation} {{ errors {{ code }} }} }}")
        assert error["extensions"]["code"] == "PermissionDenied"
