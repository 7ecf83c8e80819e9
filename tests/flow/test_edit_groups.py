"""What staff make and change of categories, collections, product types and pictures over the API."""

import pytest

from engine.core.context import Ctx, transact
from engine.flows.shop import Shop
from tests.api import Api
from tests.catalog_data import (
    CARE,
    CLOTHES,
    COLOR,
    NOVEL,
    POLO,
    RELATED,
    SIZE,
    TEE,
    US,
    fill,
)
from tests.edited_goods import PRICE, PUBLISH, VARIANT, make, shown
from tests.staffing import Staff, acting, gid, number_from_here

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await transact(ctx, number_from_here)
    await ctx.release()


@pytest.fixture
def staff(api: Api, monkeypatch: pytest.MonkeyPatch) -> Staff:
    return acting(api, monkeypatch, "MANAGE_PRODUCTS", "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES")


async def test_a_category_grows_below_another_and_its_end_unpublishes_its_products(staff: Staff, ctx: Ctx) -> None:
    create = """mutation($input: CategoryInput!, $parent: ID) { r: categoryCreate(input: $input, parent: $parent) {
      category { id slug level parent { slug } } errors { field code } } }"""
    shirts = (await staff.do(create, input={"name": "Night Shirts"}, parent=gid("Category", CLOTHES)))["category"]
    assert (shirts["slug"], shirts["level"], shirts["parent"]) == ("night-shirts", 1, {"slug": "clothes"})
    assert await staff.refused(create, input={"name": ""}) == [("name", "REQUIRED")]
    assert await staff.refused(create, input={"name": "A", "slug": "tops"}) == [("slug", "UNIQUE")]
    assert await staff.refused(create, input={"name": "A"}, parent=gid("Category", 99)) == [("parent", "NOT_FOUND")]
    product = await make(staff, "Nightie", category=shirts["id"])
    variant = (await staff.do(VARIANT, input={"product": product["id"], "sku": "N", "attributes": []}))[
        "productVariant"
    ]
    await staff.do(PRICE, id=variant["id"], input=[{"channelId": gid("Channel", US), "price": 1}])
    listing = {"channelId": gid("Channel", US), "isPublished": True}
    await staff.do(PUBLISH, id=product["id"], input={"updateChannels": [listing]})
    assert "nightie" in await shown(ctx, category_ids=(CLOTHES,))
    update = """mutation($id: ID!, $input: CategoryInput!) { r: categoryUpdate(id: $id, input: $input) {
      category { name seoTitle metadata { key } } errors { field code } } }"""
    changed = await staff.do(
        update, id=shirts["id"], input={"seo": {"title": "T"}, "metadata": [{"key": "k", "value": "v"}]}
    )
    assert changed["category"] == {"name": "Night Shirts", "seoTitle": "T", "metadata": [{"key": "k"}]}
    delete = "mutation($id: ID!) { r: categoryDelete(id: $id) { category { slug } errors { field code } } }"
    assert (await staff.do(delete, id=shirts["id"]))["category"] == {"slug": "night-shirts"}
    assert "nightie" not in await shown(ctx)
    assert await staff.refused(delete, id=shirts["id"]) == [("id", "NOT_FOUND")]


async def test_a_collection_is_filled_ordered_and_published(staff: Staff, ctx: Ctx, api: Api) -> None:
    create = """mutation($input: CollectionCreateInput!) { r: collectionCreate(input: $input) {
      collection { id slug } errors { field code } } }"""
    products = [gid("Product", TEE), gid("Product", POLO)]
    made = (await staff.do(create, input={"name": "Fresh", "products": products}))["collection"]
    empty = await make(staff, "Without Variants")
    add = """mutation($id: ID!, $p: [ID!]!) { r: collectionAddProducts(collectionId: $id, products: $p) {
      collection { slug } errors { field code } } }"""
    refused = await staff.refused(add, id=made["id"], p=[empty["id"]])
    assert refused == [("products", "CANNOT_MANAGE_PRODUCT_WITHOUT_VARIANT")]
    await staff.do(add, id=made["id"], p=[gid("Product", NOVEL)])
    reorder = """mutation($id: ID!, $m: [MoveProductInput!]!) {
      r: collectionReorderProducts(collectionId: $id, moves: $m) { collection { slug } errors { field code } } }"""
    await staff.do(reorder, id=made["id"], m=[{"productId": gid("Product", NOVEL), "sortOrder": -2}])
    publish = """mutation($id: ID!, $input: CollectionChannelListingUpdateInput!) {
      r: collectionChannelListingUpdate(id: $id, input: $input) { collection { channelListings { isPublished } }
        errors { field code channels } } }"""
    listed = {"addChannels": [{"channelId": gid("Channel", US), "isPublished": True}]}
    assert (await staff.do(publish, id=made["id"], input=listed))["collection"]["channelListings"] == [
        {"isPublished": True}
    ]
    read = """{ collection(slug: "fresh", channel: "us") {
      products(first: 5, sortBy: {field: COLLECTION, direction: ASC}) { edges { node { slug } } } } }"""
    found = (await staff.api.run(read))["collection"]["products"]["edges"]
    assert [edge["node"]["slug"] for edge in found] == ["novel", "tee", "polo"]
    remove = """mutation($id: ID!, $p: [ID!]!) { r: collectionRemoveProducts(collectionId: $id, products: $p) {
      collection { slug } errors { field code } } }"""
    await staff.do(remove, id=made["id"], p=[gid("Product", TEE)])
    unknown = {"addChannels": [{"channelId": gid("Channel", 99)}]}
    assert await staff.refused(publish, id=made["id"], input=unknown) == [("addChannels", "NOT_FOUND")]
    delete = "mutation($ids: [ID!]!) { r: collectionBulkDelete(ids: $ids) { count errors { field code } } }"
    assert (await staff.do(delete, ids=[made["id"], gid("Collection", 99)]))["count"] == 1


async def test_a_type_says_what_its_products_carry(staff: Staff, ctx: Ctx) -> None:
    create = """mutation($input: ProductTypeInput!) { r: productTypeCreate(input: $input) {
      productType { id slug productAttributes { slug } variantAttributes { slug }
        availableAttributes(first: 10) { edges { node { slug } } } } errors { field code attributes } } }"""
    made = (
        await staff.do(
            create,
            input={
                "name": "Mugs",
                "hasVariants": True,
                "productAttributes": [gid("Attribute", CARE)],
                "variantAttributes": [gid("Attribute", COLOR)],
            },
        )
    )["productType"]
    assert ([a["slug"] for a in made["productAttributes"]], made["variantAttributes"]) == (
        ["care"],
        [{"slug": "color"}],
    )
    available = [edge["node"]["slug"] for edge in made["availableAttributes"]["edges"]]
    assert "size" in available
    assert "care" not in available
    assign = """mutation($id: ID!, $o: [ProductAttributeAssignInput!]!) {
      r: productAttributeAssign(productTypeId: $id, operations: $o) {
        productType { assignedVariantAttributes { attribute { slug } variantSelection } }
        errors { field code attributes } } }"""
    wanted = {"id": gid("Attribute", SIZE), "type": "VARIANT", "variantSelection": True}
    answer = await staff.do(assign, id=made["id"], o=[wanted])
    assert answer["productType"]["assignedVariantAttributes"] == [
        {"attribute": {"slug": "color"}, "variantSelection": False},
        {"attribute": {"slug": "size"}, "variantSelection": True},
    ]
    assert await staff.refused(assign, id=made["id"], o=[wanted]) == [("operations", "ATTRIBUTE_ALREADY_ASSIGNED")]
    text = {"id": gid("Attribute", RELATED), "type": "VARIANT", "variantSelection": True}
    assert await staff.refused(assign, id=made["id"], o=[text]) == [("operations", "ATTRIBUTE_CANNOT_BE_ASSIGNED")]
    reorder = """mutation($id: ID!, $m: [ReorderInput!]!) {
      r: productTypeReorderAttributes(productTypeId: $id, type: VARIANT, moves: $m) {
        productType { variantAttributes { slug } } errors { field code } } }"""
    moved = await staff.do(reorder, id=made["id"], m=[{"id": gid("Attribute", SIZE), "sortOrder": -1}])
    assert [a["slug"] for a in moved["productType"]["variantAttributes"]] == ["size", "color"]
    product = await make(staff, "A Mug", productType=made["id"])
    unassign = """mutation($id: ID!, $a: [ID!]!) { r: productAttributeUnassign(productTypeId: $id, attributeIds: $a) {
      productType { productAttributes { slug } } errors { field code } } }"""
    bare = await staff.do(unassign, id=made["id"], a=[gid("Attribute", CARE)])
    assert bare["productType"]["productAttributes"] == []
    delete = "mutation($id: ID!) { r: productTypeDelete(id: $id) { productType { slug } errors { field code } } }"
    assert (await staff.do(delete, id=made["id"]))["productType"] == {"slug": "mugs"}
    assert (await staff.api.run("query($id: ID!) { product(id: $id) { slug } }", id=product["id"]))["product"] is None


async def test_pictures_and_videos_come_by_address_and_are_ordered(staff: Staff, ctx: Ctx) -> None:
    product = await make(staff, "Pictured")
    create = """mutation($input: ProductMediaCreateInput!) { r: productMediaCreate(input: $input) {
      media { id type url alt oembedData } product { media { id } } errors { field code } } }"""
    input = {"product": product["id"], "alt": "A film"}
    film = await staff.do(create, input={**input, "mediaUrl": "https://youtu.be/dQw4w9WgXcQ"})
    assert (film["media"]["type"], "YouTube" in film["media"]["oembedData"]) == ("VIDEO", True)
    photo = await staff.do(create, input={**input, "mediaUrl": "https://img.example/a.jpg"})
    assert (photo["media"]["type"], photo["media"]["url"]) == ("IMAGE", "https://img.example/a.jpg")
    assert await staff.refused(create, input=input) == [("input", "REQUIRED")]
    bad = {**input, "mediaUrl": "ftp://a.example/b"}
    assert await staff.refused(create, input=bad) == [("mediaUrl", "UNSUPPORTED_MEDIA_PROVIDER")]
    reorder = """mutation($id: ID!, $m: [ID!]!) { r: productMediaReorder(productId: $id, mediaIds: $m) {
      media { id } errors { field code } } }"""
    ids = [photo["media"]["id"], film["media"]["id"]]
    assert [media["id"] for media in (await staff.do(reorder, id=product["id"], m=ids))["media"]] == ids
    assert await staff.refused(reorder, id=product["id"], m=ids[:1]) == [("mediaIds", "INVALID")]
    variant = (await staff.do(VARIANT, input={"product": product["id"], "attributes": []}))["productVariant"]
    assign = """mutation($m: ID!, $v: ID!) { r: variantMediaAssign(mediaId: $m, variantId: $v) {
      productVariant { media { id } } errors { field code } } }"""
    assert (await staff.do(assign, m=ids[0], v=variant["id"]))["productVariant"] == {"media": [{"id": ids[0]}]}
    assert await staff.refused(assign, m=ids[0], v=variant["id"]) == [("mediaId", "MEDIA_ALREADY_ASSIGNED")]
    foreign = gid("ProductVariant", 1)
    assert await staff.refused(assign, m=ids[0], v=foreign) == [("mediaId", "NOT_PRODUCTS_IMAGE")]
    delete = "mutation($id: ID!) { r: productMediaDelete(id: $id) { product { media { id } } errors { field code } } }"
    assert (await staff.do(delete, id=ids[0]))["product"] == {"media": [{"id": ids[1]}]}
