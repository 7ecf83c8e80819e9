"""What staff make, change and delete of the catalogue over the API, and what shoppers then see."""

from typing import Any

import pytest
import sqlalchemy as sa

from engine.core.context import Ctx, transact
from engine.core.snapshots import unpacked
from engine.core.statements import Statement
from engine.flows.shop import Shop
from engine.listing.rules import ValueCriterion
from tests.api import Api
from tests.catalog_data import (
    CARE,
    COLOR,
    EU,
    MAIN,
    NOVEL,
    ORGANIC,
    POLO,
    RED,
    RELATED,
    SHIRTS,
    SUMMER,
    TEE,
    TOPS,
    US,
    fill,
)
from tests.edited_goods import CREATE, PRICE, PUBLISH, VARIANT, make, shown
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


UPDATE = """mutation($id: ID!, $input: ProductInput!) { r: productUpdate(id: $id, input: $input) {
  product { name attributes { attribute { slug } values { name boolean reference } } }
  errors { field code attributes } } }"""
DELETE = "mutation($id: ID!) { r: productDelete(id: $id) { product { slug } errors { field code } } }"


async def test_a_product_is_made_filled_priced_and_sold(staff: Staff, ctx: Ctx) -> None:
    product = await make(
        staff,
        "Long Tee",
        category=gid("Category", TOPS),
        collections=[gid("Collection", SUMMER)],
        weight=0.25,
        externalReference="erp-1",
        description='{"blocks": [{"type": "paragraph", "data": {"text": "A <script>x</script><b>long</b> tee"}}]}',
        metadata=[{"key": "a", "value": "1"}],
        attributes=[
            {"id": gid("Attribute", ORGANIC), "boolean": True},
            {"id": gid("Attribute", CARE), "plainText": "Wash cold"},
        ],
    )
    assert (product["slug"], product["category"], product["weight"]) == ("long-tee", {"slug": "tops"}, {"value": 0.25})
    assert "script" not in product["description"]
    assert "<b>long</b>" in product["description"]
    assert {a["attribute"]["slug"]: [v["name"] for v in a["values"]] for a in product["attributes"]} == {
        "organic": ["Organic: Yes"], "care": ["Wash cold"], "related": [],
    }  # fmt: skip
    for color, sku in (("red", "LT-R"), ("green", "LT-G")):
        answer = await staff.do(
            VARIANT,
            input={
                "product": product["id"],
                "sku": sku,
                "attributes": [{"id": gid("Attribute", COLOR), "swatch": {"value": color}}],
                "stocks": [{"warehouse": gid("Warehouse", MAIN), "quantity": 3}],  # type: ignore[arg-type]
            },
        )
        variant = answer["productVariant"]
        assert (variant["name"].lower(), variant["stocks"]) == (color, [{"quantity": 3}])
        assert variant["product"]["defaultVariant"] == {"sku": "LT-R"}
        await staff.do(PRICE, id=variant["id"], input=[{"channelId": gid("Channel", US), "price": 12}])
    assert "long-tee" not in await shown(ctx)
    listing = {"channelId": gid("Channel", US), "isPublished": True, "isAvailableForPurchase": True}
    await staff.do(PUBLISH, id=product["id"], input={"updateChannels": [listing]})
    assert "long-tee" in await shown(ctx, in_stock=True)
    assert await shown(ctx, ValueCriterion("color", slugs=("red",))) == ["long-tee", "polo", "tee"]
    gone = await staff.do(DELETE, id=product["id"])
    assert gone["product"] == {"slug": "long-tee"}
    assert "long-tee" not in await shown(ctx)
    assert await staff.refused(DELETE, id=product["id"]) == [("id", "NOT_FOUND")]


@pytest.mark.parametrize(
    ("input", "fault"),
    [
        ({"name": " "}, ("name", "REQUIRED")),
        ({"name": None}, ("name", "REQUIRED")),
        ({"slug": "tee"}, ("slug", "UNIQUE")),
        ({"category": gid("Category", 99)}, ("category", "NOT_FOUND")),
        ({"category": gid("Product", 1)}, ("category", "NOT_FOUND")),
        ({"collections": [gid("Collection", 99)]}, ("collections", "NOT_FOUND")),
        ({"taxClass": gid("TaxClass", 99)}, ("taxClass", "NOT_FOUND")),
        ({"productType": gid("ProductType", 99)}, ("productType", "NOT_FOUND")),
        ({"description": '["x"]'}, ("description", "INVALID")),
        ({"weight": 10**9}, ("weight", "INVALID")),
        ({"attributes": [{"id": gid("Attribute", COLOR), "swatch": {"value": "red"}}]}, ("attributes", "NOT_FOUND")),
        ({"attributes": [{"plainText": "x"}]}, ("attributes", "REQUIRED")),
        (
            {"attributes": [{"id": gid("Attribute", RELATED), "references": [gid("Product", 99)]}]},
            ("attributes", "NOT_FOUND"),
        ),
        (
            {"attributes": [{"id": gid("Attribute", RELATED), "references": [gid("Page", 1)]}]},
            ("attributes", "INVALID"),
        ),
    ],
)
async def test_what_a_product_cannot_be_is_refused_and_leaves_nothing(
    staff: Staff, ctx: Ctx, input: dict[str, Any], fault: tuple[str, str]
) -> None:
    given = {"name": "Never", "productType": gid("ProductType", SHIRTS), **input}
    assert await staff.refused(CREATE, input=given) == [fault]
    assert (await staff.api.run('{ products(first: 1, where: {name: {eq: "Never"}}) { totalCount } }'))["products"] == {
        "totalCount": 0
    }


async def test_slugs_are_made_of_the_name_and_stay_apart(staff: Staff) -> None:
    made = [(await make(staff, "Été, déjà"))["slug"] for _ in range(3)]
    assert made == ["ete-deja", "ete-deja-2", "ete-deja-3"]


async def test_attributes_that_are_given_replace_those_there_were(staff: Staff) -> None:
    product = await make(staff, "Changing", attributes=[{"id": gid("Attribute", ORGANIC), "boolean": False}])
    related = {"id": gid("Attribute", RELATED), "references": [gid("Product", POLO), gid("Product", TEE)]}
    answer = await staff.do(UPDATE, id=product["id"], input={"attributes": [related], "name": "Changed"})
    values = {a["attribute"]["slug"]: a["values"] for a in answer["product"]["attributes"]}
    assert [value["reference"] for value in values["related"]] == [gid("Product", POLO), gid("Product", TEE)]
    assert [value["boolean"] for value in values["organic"]] == [False]
    cleared = {"id": gid("Attribute", RELATED), "references": []}
    answer = await staff.do(UPDATE, id=product["id"], input={"attributes": [cleared]})
    values = {a["attribute"]["slug"]: a["values"] for a in answer["product"]["attributes"]}
    assert values["related"] == []


async def test_variants_are_told_apart_by_what_they_are_chosen_by(staff: Staff) -> None:
    product = await make(staff, "Twins")
    chosen = {"attributes": [{"id": gid("Attribute", COLOR), "swatch": {"id": gid("AttributeValue", RED)}}]}
    first = await staff.do(VARIANT, input={"product": product["id"], "sku": "T-1", **chosen})
    assert first["productVariant"]["name"] == "Red"
    again = {"product": product["id"], "sku": "T-2", **chosen}
    assert await staff.refused(VARIANT, input=again) == [("attributes", "DUPLICATED_INPUT_ITEM")]
    taken = {"product": product["id"], "sku": "T-1", "attributes": []}
    assert await staff.refused(VARIANT, input=taken) == [("sku", "UNIQUE")]
    update = """mutation($id: ID!, $input: ProductVariantInput!) { r: productVariantUpdate(id: $id, input: $input) {
      productVariant { name quantityLimitPerCustomer } errors { field code } } }"""
    id = first["productVariant"]["id"]
    changed = await staff.do(update, id=id, input={"name": "Crimson", "quantityLimitPerCustomer": 2})
    assert changed["productVariant"] == {"name": "Crimson", "quantityLimitPerCustomer": 2}
    assert await staff.refused(update, id=id, input={"quantityLimitPerCustomer": 0}) == [
        ("quantityLimitPerCustomer", "INVALID")
    ]
    second = (await staff.do(VARIANT, input={"product": product["id"], "sku": "T-3", "attributes": []}))[
        "productVariant"
    ]
    default = """mutation($p: ID!, $v: ID!) { r: productVariantSetDefault(productId: $p, variantId: $v) {
      product { defaultVariant { sku } } errors { field code } } }"""
    assert (await staff.do(default, p=product["id"], v=second["id"]))["product"] == {"defaultVariant": {"sku": "T-3"}}
    foreign = gid("ProductVariant", 1)
    assert await staff.refused(default, p=product["id"], v=foreign) == [("productId", "NOT_PRODUCTS_VARIANT")]
    reorder = """mutation($p: ID!, $m: [ReorderInput!]!) { r: productVariantReorder(productId: $p, moves: $m) {
      product { variants { sku } } errors { field code } } }"""
    ordered = await staff.do(reorder, p=product["id"], m=[{"id": second["id"], "sortOrder": -1}])
    assert [variant["sku"] for variant in ordered["product"]["variants"]] == ["T-3", "T-1"]
    delete = 'mutation { r: productVariantDelete(sku: "T-3") { productVariant { sku } errors { field code } } }'
    assert (await staff.do(delete))["productVariant"] == {"sku": "T-3"}
    read = "query($id: ID!) { product(id: $id) { defaultVariant { sku } } }"
    assert (await staff.api.run(read, id=product["id"]))["product"] == {"defaultVariant": {"sku": "T-1"}}


BULK = """mutation($p: ID!, $v: [ProductVariantBulkCreateInput!]!, $policy: ErrorPolicyEnum) {
  r: productVariantBulkCreate(product: $p, variants: $v, errorPolicy: $policy) { count productVariants { sku }
    results { productVariant { id sku stocks { id quantity } channelListings { id price { amount } } }
      errors { path code } } errors { field code index } } }"""


async def test_many_variants_are_made_and_changed_at_once(staff: Staff) -> None:
    product = await make(staff, "In Bulk")
    house = gid("Warehouse", MAIN)  # type: ignore[arg-type]
    wanted = [
        {
            "sku": sku,
            "attributes": [{"id": gid("Attribute", COLOR), "swatch": {"value": color}}],
            "stocks": [{"warehouse": house, "quantity": 2}],
            "channelListings": [{"channelId": gid("Channel", US), "price": 5}],
        }
        for sku, color in (("B-1", "red"), ("B-2", "blue"))
    ]
    answer = await staff.do(BULK, p=product["id"], v=wanted)
    assert (answer["count"], [row["errors"] for row in answer["results"]]) == (2, [None, None])
    first, second = (row["productVariant"] for row in answer["results"])
    assert (first["stocks"][0]["quantity"], first["channelListings"][0]["price"]) == (2, {"amount": 5.0})
    rows = [{"sku": "B-1", "attributes": []}, {"sku": "B-3", "attributes": []}]
    rejected = (await staff.api.run(BULK, p=product["id"], v=rows))["r"]
    assert (rejected["count"], rejected["errors"]) == (0, [{"field": "sku", "code": "UNIQUE", "index": 0}])
    some = (await staff.api.run(BULK, p=product["id"], v=rows, policy="REJECT_FAILED_ROWS"))["r"]
    assert (some["count"], some["productVariants"]) == (1, [{"sku": "B-3"}])
    assert [row["errors"] for row in some["results"]] == [[{"path": "sku", "code": "UNIQUE"}], None]
    update = """mutation($p: ID!, $v: [ProductVariantBulkUpdateInput!]!) {
      r: productVariantBulkUpdate(product: $p, variants: $v) { count errors { field code }
        results { productVariant { name stocks { quantity } channelListings { price { amount } } } } } }"""
    changes = [
        {
            "id": first["id"],
            "name": "One",
            "stocks": {"update": [{"stock": first["stocks"][0]["id"], "quantity": 9}]},
            "channelListings": {"update": [{"channelListing": first["channelListings"][0]["id"], "price": 7}]},
        },
        {
            "id": second["id"],
            "stocks": {"remove": [second["stocks"][0]["id"]]},
            "channelListings": {"remove": [second["channelListings"][0]["id"]]},
        },
    ]
    changed = await staff.do(update, p=product["id"], v=changes)
    assert [row["productVariant"] for row in changed["results"]] == [
        {"name": "One", "stocks": [{"quantity": 9}], "channelListings": [{"price": {"amount": 7.0}}]},
        {"name": "Blue", "stocks": [], "channelListings": []},
    ]
    foreign = [{"id": gid("ProductVariant", 1), "name": "X"}]
    refused = (await staff.api.run(update, p=product["id"], v=foreign))["r"]
    assert refused["errors"] == [{"field": "id", "code": "NOT_PRODUCTS_VARIANT"}]


async def test_variants_leave_a_channel(staff: Staff, ctx: Ctx) -> None:
    remove = {"updateChannels": [{"channelId": gid("Channel", EU), "removeVariants": [gid("ProductVariant", 4)]}]}
    await staff.do(PUBLISH, id=gid("Product", NOVEL), input=remove)
    read = 'query($id: ID!) { product(id: $id, channel: "eu") { variants { sku } } }'
    assert (await staff.api.run(read, id=gid("Product", NOVEL)))["product"] == {"variants": []}
    foreign = {"updateChannels": [{"channelId": gid("Channel", EU), "addVariants": [gid("ProductVariant", 1)]}]}
    assert await staff.refused(PUBLISH, id=gid("Product", NOVEL), input=foreign) == [("addVariants", "NOT_FOUND")]


async def test_shoppers_make_and_delete_nothing(api: Api) -> None:
    for mutation in (
        'categoryCreate(input: {name: "A"})', f'productDelete(id: "{gid("Product", TEE)}")',
        f'collectionDelete(id: "{gid("Collection", SUMMER)}")',
        f'productTypeDelete(id: "{gid("ProductType", SHIRTS)}")',
        f'productMediaDelete(id: "{gid("ProductMedia", 1)}")',
    ):  # fmt: skip
        (error,) = await api.errors(f"mutation {{ {mutation} {{ errors {{ code }} }} }}")
        assert error["extensions"]["code"] == "PermissionDenied"


async def test_what_is_deleted_is_told_as_it_was(staff: Staff, ctx: Ctx) -> None:
    product = await make(staff, "Short Lived")
    await staff.do(DELETE, id=product["id"])
    told = Statement(
        sa.text("SELECT payload FROM outbox_event WHERE kind = 'product.deleted' ORDER BY id DESC LIMIT 1")
    )
    payload = await ctx.value(told)
    row = unpacked(payload["row"])
    assert (row["slug"], payload["product_ids"]) == ("short-lived", [row["id"]])
