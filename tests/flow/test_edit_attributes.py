"""What staff make and change of attributes over the API."""

from typing import Any

import pytest

from engine.core.context import transact
from engine.flows.shop import Shop
from tests.api import Api
from tests.catalog_data import CARE, COLOR, RED, SHIRTS, SIZE, SMALL, TEE, fill
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
    return acting(api, monkeypatch, "MANAGE_PRODUCT_TYPES_AND_ATTRIBUTES", "MANAGE_PRODUCTS")


CREATE = """mutation($input: AttributeCreateInput!) { r: attributeCreate(input: $input) {
  attribute { id slug inputType withChoices availableInGrid choices(first: 9) { edges { node { id name slug } } }
    referenceTypes { __typename ... on ProductType { slug } } } errors { field code } } }"""
UPDATE = """mutation($id: ID!, $input: AttributeUpdateInput!) { r: attributeUpdate(id: $id, input: $input) {
  attribute { name choices(first: 9) { totalCount edges { node { id name } } } } errors { field code } } }"""


def named(answer: Any) -> list[str]:
    return [edge["node"]["name"] for edge in answer["attribute"]["choices"]["edges"]]


async def test_an_attribute_is_made_with_values_that_are_changed_ordered_and_deleted(staff: Staff) -> None:
    values = [{"name": "Wool"}, {"name": "Silk", "externalReference": "silk"}]
    input = {"name": "Fibre", "type": "PRODUCT_TYPE", "inputType": "MULTISELECT", "values": values}
    made = await staff.do(CREATE, input={**input, "availableInGrid": False})
    attribute = made["attribute"]
    assert (attribute["slug"], attribute["withChoices"], attribute["availableInGrid"]) == ("fibre", True, False)
    assert named(made) == ["Wool", "Silk"]
    wool, silk = (edge["node"]["id"] for edge in attribute["choices"]["edges"])
    changes = {"name": "Fibres", "addValues": [{"name": "Hemp"}], "removeValues": [wool]}
    assert named(await staff.do(UPDATE, id=attribute["id"], input=changes)) == ["Silk", "Hemp"]
    assert await staff.refused(UPDATE, id=attribute["id"], input={"removeValues": [gid("AttributeValue", RED)]}) == [
        ("removeValues", "INVALID")
    ]
    add = """mutation($id: ID!, $input: AttributeValueCreateInput!) {
      r: attributeValueCreate(attribute: $id, input: $input) { attributeValue { id name slug }
        attribute { choices(first: 9, search: "in") { edges { node { name } } } } errors { field code } } }"""
    linen = await staff.do(add, id=attribute["id"], input={"name": "Linen"})
    assert (linen["attributeValue"]["slug"], named(linen)) == ("linen", ["Linen"])
    assert await staff.refused(add, id=attribute["id"], input={"name": "Linen"}) == [("name", "ALREADY_EXISTS")]
    again = {"name": "Satin", "externalReference": "silk"}
    assert await staff.refused(add, id=attribute["id"], input=again) == [("externalReference", "UNIQUE")]
    reorder = """mutation($id: ID!, $m: [ReorderInput!]!) { r: attributeReorderValues(attributeId: $id, moves: $m) {
      attribute { choices(first: 9) { edges { node { name } } } } errors { field code } } }"""
    moved = await staff.do(reorder, id=attribute["id"], m=[{"id": linen["attributeValue"]["id"], "sortOrder": -2}])
    assert named(moved) == ["Linen", "Silk", "Hemp"]
    rename = """mutation($id: ID!) { r: attributeValueUpdate(id: $id, input: {name: "Mulberry"}) {
      attributeValue { name } errors { field code } } }"""
    assert (await staff.do(rename, id=silk))["attributeValue"] == {"name": "Mulberry"}
    delete = "mutation($id: ID!) { r: attributeDelete(id: $id) { attribute { slug } errors { field code } } }"
    assert (await staff.do(delete, id=attribute["id"]))["attribute"] == {"slug": "fibre"}
    assert await staff.refused(delete, id=attribute["id"]) == [("id", "NOT_FOUND")]


@pytest.mark.parametrize(
    ("input", "fault"),
    [
        ({"name": ""}, ("name", "REQUIRED")),
        ({"slug": "color"}, ("slug", "UNIQUE")),
        ({"inputType": "REFERENCE"}, ("entityType", "REQUIRED")),
        ({"inputType": "NUMERIC", "values": [{"name": "1"}]}, ("values", "INVALID")),
        ({"unit": "CM"}, ("unit", "INVALID")),
        ({"type": "CUSTOMER_TYPE"}, None),
        ({"type": "PAGE_TYPE"}, None),
    ],
)
async def test_what_an_attribute_cannot_be_is_refused(
    staff: Staff, input: dict[str, Any], fault: tuple[str, str] | None
) -> None:
    given = {"name": "Never", "type": "PRODUCT_TYPE", **input}
    if fault is None:
        (error,) = await staff.api.errors(CREATE, input=given)
        assert error["extensions"]["code"] == "PermissionDenied"
    else:
        assert await staff.refused(CREATE, input=given) == [fault]


async def test_a_reference_is_limited_to_types(staff: Staff) -> None:
    input = {
        "name": "Goes With", "type": "PRODUCT_TYPE", "inputType": "REFERENCE", "entityType": "PRODUCT",
        "referenceTypes": [gid("ProductType", SHIRTS)],
    }  # fmt: skip
    made = (await staff.do(CREATE, input=input))["attribute"]
    assert made["referenceTypes"] == [{"__typename": "ProductType", "slug": "shirts"}]
    assign = """mutation($id: ID!, $o: [ProductAttributeAssignInput!]!) {
      r: productAttributeAssign(productTypeId: $id, operations: $o) { errors { field code } } }"""
    await staff.do(assign, id=gid("ProductType", SHIRTS), o=[{"id": made["id"], "type": "PRODUCT"}])
    update = """mutation($id: ID!, $a: [AttributeValueInput!]) { r: productUpdate(id: $id, input: {attributes: $a}) {
      errors { field code attributes } } }"""
    fits = [{"id": made["id"], "references": [gid("Product", TEE)]}]
    assert await staff.refused(update, id=gid("Product", TEE), a=fits) == []
    wrong = [{"id": made["id"], "references": [gid("Product", 3)]}]
    assert await staff.refused(update, id=gid("Product", TEE), a=wrong) == [("attributes", "INVALID")]
    bad = {**input, "name": "B", "referenceTypes": [gid("PageType", 1)]}
    assert await staff.refused(CREATE, input=bad) == [("referenceTypes", "INVALID")]


async def test_a_value_that_goes_is_no_longer_found_by(staff: Staff) -> None:
    search = '{ products(first: 5, channel: "us", where: {attributes: [{slug: "size", value: {slug: {eq: "s"}}}]}) {'
    search += " edges { node { slug } } } }"
    assert (await staff.api.run(search))["products"]["edges"] == [{"node": {"slug": "tee"}}]
    delete = "mutation($ids: [ID!]!) { r: attributeValueBulkDelete(ids: $ids) { count errors { field code } } }"
    assert (await staff.do(delete, ids=[gid("AttributeValue", SMALL)]))["count"] == 1
    assert (await staff.api.run(search))["products"]["edges"] == []


async def test_attributes_are_listed_narrowed_and_ordered(staff: Staff) -> None:
    async def slugs(arguments: str) -> list[str]:
        found = await staff.api.run(f"{{ attributes(first: 20, {arguments}) {{ edges {{ node {{ slug }} }} }} }}")
        return [edge["node"]["slug"] for edge in found["attributes"]["edges"]]

    ours = f'ids: ["{gid("Attribute", COLOR)}", "{gid("Attribute", SIZE)}", "{gid("Attribute", CARE)}"]'
    assert await slugs(f"filter: {{{ours}}}") == ["care", "color", "size"]
    assert await slugs(f"filter: {{{ours}, type: PRODUCT_TYPE}}") == ["care", "color", "size"]
    assert await slugs(f"filter: {{{ours}, type: PAGE_TYPE}}") == []
    assert await slugs(f"filter: {{{ours}}}, sortBy: {{field: NAME, direction: DESC}}") == ["size", "color", "care"]
    nested = f'where: {{AND: [{{{ours}}}, {{OR: [{{inputType: {{oneOf: [SWATCH]}}}}, {{slug: {{eq: "care"}}}}]}}]}}'
    assert await slugs(nested) == ["care", "color"]
    assert await slugs(f"where: {{AND: [{{{ours}}}, {{withChoices: false}}]}}") == ["care"]
    read = f'{{ attribute(id: "{gid("Attribute", COLOR)}") {{ productTypes(first: 2) {{ totalCount }}'
    read += " productVariantTypes(first: 2) { totalCount edges { node { slug } } } } }"
    assert (await staff.api.run(read))["attribute"] == {
        "productTypes": {"totalCount": 0},
        "productVariantTypes": {"totalCount": 1, "edges": [{"node": {"slug": "shirts"}}]},
    }
