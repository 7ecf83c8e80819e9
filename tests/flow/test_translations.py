"""What staff write in other languages, and what shoppers then read."""

from typing import Any

import pytest

from engine.content.models import Menu, MenuItem, Page, PageType
from engine.core.context import transact
from engine.flows.shop import Shop
from engine.shipping.models import ShippingMethod, ShippingZone
from tests.api import Api
from tests.catalog_data import CARE, CLOTHES, COLOR, NOVEL, POLO, RED, SUMMER, TEE, add, fill
from tests.staffing import Staff, acting, gid, number_from_here

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await transact(
        ctx,
        add,
        PageType(id=1, name="Text", slug="text"),
        Page(id=1, page_type_id=1, title="About", title_key="about", slug="about", is_published=True),
        Menu(id=1, name="Top", slug="top"),
        MenuItem(id=1, menu_id=1, name="Home", url="/"),
        ShippingZone(id=1, name="All"),
        ShippingMethod(id=1, shipping_zone_id=1, name="Post", carrier_id="table_rate", service_code="post"),
    )
    await transact(ctx, number_from_here)
    await ctx.release()


@pytest.fixture
def staff(api: Api, monkeypatch: pytest.MonkeyPatch) -> Staff:
    return acting(api, monkeypatch, "MANAGE_TRANSLATIONS")


TEXT = '{"blocks": [{"type": "paragraph", "data": {"text": "Ein <script>x</script>Hemd"}}]}'
FULL: dict[str, Any] = {"name": "Polohemd", "slug": "polohemd", "description": TEXT, "seoTitle": "S"}
NAMED = "NameTranslationInput"
WRITTEN: list[tuple[str, str, str, dict[str, Any], str, str]] = [
    ("product", "TranslationInput", gid("Product", POLO), FULL, "product", "FULL"),
    ("category", "TranslationInput", gid("Category", CLOTHES), {**FULL, "slug": "kleider"}, "category", "FULL"),
    ("collection", "TranslationInput", gid("Collection", SUMMER), {**FULL, "slug": "s"}, "collection", "FULL"),
    ("productVariant", NAMED, gid("ProductVariant", 3), {"name": "Rot"}, "productVariant", "name"),
    ("attribute", NAMED, gid("Attribute", CARE), {"name": "Pflege"}, "attribute", "name"),
    (
        "attributeValue",
        "AttributeValueTranslationInput",
        gid("AttributeValue", 7),
        {"plainText": "Kalt"},
        "attributeValue",
        "plainText",
    ),
    ("menuItem", NAMED, gid("MenuItem", 1), {"name": "Start"}, "menuItem", "name"),
    ("page", "PageTranslationInput", gid("Page", 1), {"title": "Wir", "content": TEXT}, "page", "title content"),
    (
        "shippingPrice",
        "ShippingPriceTranslationInput",
        gid("ShippingMethodType", 1),
        {"name": "Brief"},
        "shippingMethod",
        "name",
    ),
]


@pytest.mark.parametrize(("kind", "input_type", "id", "input", "owner", "texts"), WRITTEN)
async def test_everything_is_written_in_a_language(
    staff: Staff, kind: str, input_type: str, id: str, input: dict[str, Any], owner: str, texts: str
) -> None:
    fields = texts.replace("FULL", "name slug description seoTitle")
    mutation = f"""mutation($id: ID!, $input: {input_type}!) {{
      r: {kind}Translate(id: $id, input: $input, languageCode: DE) {{
        {owner} {{ translation(languageCode: DE) {{ language {{ code }} {fields} }} }} errors {{ field code }} }} }}"""
    found = (await staff.do(mutation, id=id, input=input))[owner]["translation"]
    assert found.pop("language") == {"code": "DE"}
    assert set(found) == set(input)
    for name, value in found.items():
        assert "script" not in value
        assert input[name] == TEXT or input[name] == value


NAME = """mutation($id: ID!, $input: TranslationInput!, $code: LanguageCodeEnum!) {
  r: productTranslate(id: $id, input: $input, languageCode: $code) {
    product { translation(languageCode: $code) { name slug } } errors { field code } } }"""


async def test_a_translated_slug_finds_and_others_fall_back(staff: Staff, api: Api) -> None:
    id = gid("Product", NOVEL)
    await staff.do(NAME, id=id, code="FR", input={"name": "Roman", "slug": "roman"})
    read = """query($slug: String!, $code: LanguageCodeEnum) {
      product(slug: $slug, slugLanguageCode: $code, channel: "us") { slug } }"""
    for slug, code in (("roman", "FR"), ("novel", "FR"), ("novel", "DE"), ("novel", None)):
        assert (await api.run(read, slug=slug, code=code))["product"] == {"slug": "novel"}, (slug, code)
    assert (await api.run(read, slug="roman", code="DE"))["product"] is None
    taken = {"slug": "roman"}
    assert await staff.refused(NAME, id=gid("Product", TEE), code="FR", input=taken) == [("slug", "UNIQUE")]
    assert (await staff.do(NAME, id=gid("Product", TEE), code="IT", input=taken))["product"] == {
        "translation": {"name": None, "slug": "roman"}
    }
    changed = await staff.do(NAME, id=id, code="FR", input={"name": ""})
    assert changed["product"] == {"translation": {"name": None, "slug": "roman"}}


async def test_what_cannot_be_translated_is_refused(staff: Staff, api: Api) -> None:
    assert await staff.refused(NAME, id=gid("Product", 999), code="DE", input={"name": "A"}) == [("id", "NOT_FOUND")]
    assert await staff.refused(NAME, id=gid("Category", 1), code="DE", input={"name": "A"}) == [("id", "NOT_FOUND")]
    bad = {"slug": "a b"}
    assert await staff.refused(NAME, id=gid("Product", TEE), code="DE", input=bad) == [("slug", "INVALID")]
    blank = """mutation($id: ID!) { r: attributeTranslate(id: $id, input: {name: " "}, languageCode: DE) {
      errors { field code } } }"""
    assert await staff.refused(blank, id=gid("Attribute", COLOR)) == [("name", "REQUIRED")]


async def test_staff_list_what_there_is_to_translate(staff: Staff) -> None:
    read = """query($kind: TranslatableKinds!) { translations(kind: $kind, first: 2) {
      totalCount pageInfo { hasNextPage }
      edges { node { __typename ... on ProductTranslatableContent { name product { slug } attributeValues { name } }
        ... on MenuItemTranslatableContent { name menuItem { name } }
        ... on AttributeValueTranslatableContent { name attribute { name } } } } } }"""
    products = (await staff.api.run(read, kind="PRODUCT"))["translations"]
    assert (products["totalCount"], products["pageInfo"]) == (4, {"hasNextPage": True})
    assert products["edges"][0]["node"] == {
        "__typename": "ProductTranslatableContent",
        "name": "Tee",
        "product": {"slug": "tee"},
        "attributeValues": [{"name": "Wash cold"}],
    }
    items = (await staff.api.run(read, kind="MENU_ITEM"))["translations"]["edges"]
    assert items[0]["node"] == {
        "__typename": "MenuItemTranslatableContent",
        "name": "Home",
        "menuItem": {"name": "Home"},
    }
    assert (await staff.api.run(read, kind="SALE"))["translations"]["totalCount"] == 0
    one = """query($id: ID!) { translation(id: $id, kind: ATTRIBUTE_VALUE) {
      ... on AttributeValueTranslatableContent { name translation(languageCode: DE) { name } attribute { name } } } }"""
    assert (await staff.api.run(one, id=gid("AttributeValue", RED)))["translation"] == {
        "name": "Red",
        "translation": {"name": "Rot"},
        "attribute": {"name": "Color"},
    }
    for kind in ("CATEGORY", "COLLECTION", "PAGE", "ATTRIBUTE", "VARIANT", "SHIPPING_METHOD", "VOUCHER", "PROMOTION"):
        assert (await staff.api.run(read, kind=kind))["translations"]["pageInfo"] is not None


async def test_only_translators_translate(api: Api) -> None:
    mutation = f'mutation {{ productTranslate(id: "{gid("Product", TEE)}", languageCode: DE, input: {{name: "A"}})'
    for document in ("{ translations(kind: PRODUCT, first: 1) { totalCount } }", mutation + " { errors { code } } }"):
        (error,) = await api.errors(document)
        assert error["extensions"]["code"] == "PermissionDenied"
