"""What staff change of products, and what a shopper then sees."""

from typing import Any

import pytest

from engine.accounts.rules import Permission
from engine.core.context import Caller, Ctx, transact
from engine.core.errors import NotFound, Refusal
from engine.core.ids import to_global
from engine.core.paging import page_args
from engine.flows import browse, edit_product
from engine.flows.shop import Shop
from engine.pricing.service import Price
from tests.api import Api
from tests.catalog_data import DRAFT, EU, LONG_AGO, NOVEL, POLO, READING, TEE, US, described, fill

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module", autouse=True)
async def filled(shop: Shop) -> None:
    ctx = shop.ctx()
    await transact(ctx, fill)
    await ctx.release()


async def shown(ctx: Ctx, **parts: Any) -> list[str]:
    request = browse.Request(page_args("products", first=10), browse.Wish(parts), channel="us")
    found = await browse.products(ctx, request)
    return [edge["node"]["slug"] for edge in found["edges"]]


async def test_a_renamed_product_is_found_under_its_new_name(ctx: Ctx) -> None:
    changes = {
        "name": "Zebra Novel", "slug": "zebra-novel", "description": described("About <i>zebras</i>"),
        "category_id": None, "weight_grams": 300, "rating": 4.9, "meta": {"author": "A"},
    }  # fmt: skip
    row = await transact(ctx, edit_product.update, NOVEL, changes)
    assert (row["name"], row["slug"], row["weight_grams"], row["meta"]) == (
        "Zebra Novel",
        "zebra-novel",
        300,
        {"author": "A"},
    )
    assert await shown(ctx) == ["polo", "tee", "zebra-novel"]
    assert await shown(ctx, has_category=False) == ["zebra-novel"]
    assert await shown(ctx, metadata=(("author", "A"),)) == ["zebra-novel"]
    await transact(ctx, edit_product.update, NOVEL, {"name": "Novel", "slug": "novel", "category_id": READING})
    assert await shown(ctx) == ["novel", "polo", "tee"]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"slug": "tee"}, "slug", "UNIQUE"), ({"slug": ""}, "slug", "REQUIRED"), ({"slug": "a b"}, "slug", "INVALID"),
        ({"name": " "}, "name", "REQUIRED"), ({"name": "x" * 251}, "name", "INVALID"),
        ({"name": None}, "name", "REQUIRED"),
        ({"category_id": 99}, "category", "NOT_FOUND"), ({"weight_grams": -1}, "weight", "INVALID"),
        ({"description": [1]}, "description", "INVALID"),
    ],
)  # fmt: skip
async def test_what_a_product_cannot_be_is_refused(ctx: Ctx, changes: dict[str, Any], field: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await transact(ctx, edit_product.update, POLO, changes)
    assert (refused.value.field, refused.value.code) == (field, code)
    assert await shown(ctx) == ["novel", "polo", "tee"]


async def test_publishing_shows_and_taking_out_hides(ctx: Ctx) -> None:
    asked = {US: {"is_published": True, "is_available_for_purchase": True}}
    await transact(ctx, edit_product.publish, DRAFT, asked)
    assert await shown(ctx) == ["draft", "novel", "polo", "tee"]
    assert await shown(ctx, available=True) == ["draft", "novel", "polo", "tee"]
    await transact(ctx, edit_product.publish, DRAFT, {US: {"visible_in_listings": False}})
    assert await shown(ctx) == ["novel", "polo", "tee"]
    await transact(
        ctx, edit_product.publish, DRAFT, {US: {"visible_in_listings": True, "is_available_for_purchase": False}}
    )
    assert await shown(ctx, available=False) == ["draft"]
    await transact(ctx, edit_product.publish, DRAFT, {}, [US])
    assert await shown(ctx) == ["novel", "polo", "tee"]


async def test_publishing_again_keeps_what_is_not_said(ctx: Ctx) -> None:
    await transact(ctx, edit_product.publish, TEE, {US: {"published_at": LONG_AGO}})
    assert "tee" in await shown(ctx)
    assert "tee" in await shown(ctx, available=True)


async def test_a_new_price_orders_and_filters(ctx: Ctx) -> None:
    variant = await transact(ctx, edit_product.price, 3, [Price(US, browse.Decimal("5.25"), browse.Decimal("30"))])
    assert variant["id"] == 3
    assert await shown(ctx, minimal_from=525, minimal_to=525) == ["polo"]
    assert await shown(ctx, price_from=3_000) == ["polo"]
    await transact(ctx, edit_product.price, 3, [Price(US, browse.Decimal("6"))])
    assert await shown(ctx, price_from=3_000, minimal_to=600) == ["polo"], "the price before stays"
    await transact(ctx, edit_product.price, 3, [Price(US, browse.Decimal("30"), None)])
    assert await shown(ctx, minimal_from=3_000) == ["polo"]


@pytest.mark.parametrize(
    ("price", "field", "code"),
    [
        (Price(99, browse.Decimal(1)), "input", "NOT_FOUND"),
        (Price(US, browse.Decimal("1.001")), "price", "INVALID_PRICE"),
        (Price(US, browse.Decimal(1), browse.Decimal(-1)), "priorPrice", "INVALID_PRICE"),
        (Price(EU, browse.Decimal(10) ** 30), "price", "INVALID_PRICE"),
    ],
)
async def test_a_price_its_currency_cannot_express_is_refused(ctx: Ctx, price: Price, field: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        await transact(ctx, edit_product.price, 3, [Price(US, browse.Decimal(1)), price])
    assert (refused.value.field, refused.value.code, refused.value.facts["channel_id"]) == (
        field,
        code,
        price.channel_id,
    )
    assert await shown(ctx, minimal_from=3_000) == ["polo"], "nothing of it is kept"


async def test_what_does_not_exist_is_not_found(ctx: Ctx) -> None:
    for work in (
        transact(ctx, edit_product.update, 99, {"name": "A"}),
        transact(ctx, edit_product.publish, 99, {}),
        transact(ctx, edit_product.publish, TEE, {99: {"is_published": True}}),
        transact(ctx, edit_product.price, 99, []),
    ):
        with pytest.raises(NotFound):
            await work


MUTATIONS = """mutation($product: ID!, $variant: ID!, $channel: ID!) {
  productUpdate(id: $product, input: {name: "A"}) { product { name } errors { field code } }
  productChannelListingUpdate(id: $product, input: {updateChannels: [{channelId: $channel, isPublished: true}]}) {
    product { name } errors { field code channels } }
  productVariantChannelListingUpdate(id: $variant, input: [{channelId: $channel, price: 1}]) {
    variant { sku } errors { field code channels } }
}"""


async def test_shoppers_change_nothing(api: Api, ctx: Ctx) -> None:
    ids = {"product": to_global("Product", DRAFT), "variant": to_global("ProductVariant", 5)}
    errors = await api.errors(MUTATIONS, **ids, channel=to_global("Channel", US))
    assert [error["extensions"]["code"] for error in errors] == ["PermissionDenied"] * 3
    assert await shown(ctx) == ["novel", "polo", "tee"]


@pytest.fixture
def staff_api(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    caller = Caller(user_id=1, is_staff=True, permissions=frozenset({Permission.MANAGE_PRODUCTS.value}))

    async def caller_of(*_: object) -> Caller:
        return caller

    monkeypatch.setattr("schema.execution.endpoint.caller_of", caller_of)
    return Api(api.http, "any")


async def test_staff_change_products_over_the_api(staff_api: Api) -> None:
    ids = {"product": to_global("Product", DRAFT), "variant": to_global("ProductVariant", 5)}
    data = await staff_api.run(MUTATIONS, **ids, channel=to_global("Channel", EU))
    assert data["productUpdate"] == {"product": {"name": "A"}, "errors": []}
    assert data["productChannelListingUpdate"] == {"product": {"name": "A"}, "errors": []}
    assert data["productVariantChannelListingUpdate"] == {"variant": {"sku": "DRAFT"}, "errors": []}
    nowhere = to_global("Channel", 99)
    data = await staff_api.run(MUTATIONS, **ids, channel=nowhere)
    assert data["productChannelListingUpdate"] == {
        "product": None,
        "errors": [{"field": "updateChannels", "code": "NOT_FOUND", "channels": [nowhere]}],
    }
    assert data["productVariantChannelListingUpdate"]["errors"] == [
        {"field": "input", "code": "NOT_FOUND", "channels": [nowhere]}
    ]
    data = await staff_api.run(MUTATIONS, product="x", variant="x", channel="x")
    assert data["productUpdate"]["errors"] == [{"field": "id", "code": "NOT_FOUND"}]


async def test_staff_see_listings_stock_and_products_of_no_channel(staff_api: Api) -> None:
    query = """{ products(first: 1, filter: {stocks: {quantity: {lte: 0}}}, sortBy: {field: NAME, direction: DESC}) {
      totalCount edges { node { name channelListings { isPublished channel { slug } pricing { onSale } }
        productVariants(first: 5) { edges { node { sku stocks { quantity warehouse { name } }
          channelListings { price { amount } priorPrice { amount } channel { slug } } } } } } } } }"""
    data = await staff_api.run(query)
    (edge,) = data["products"]["edges"]
    assert data["products"]["totalCount"] == 2
    assert edge["node"]["channelListings"] == [
        {"isPublished": True, "channel": {"slug": "us"}, "pricing": {"onSale": True}},
        {"isPublished": True, "channel": {"slug": "eu"}, "pricing": {"onSale": False}},
    ]
    small, large = [variant["node"] for variant in edge["node"]["productVariants"]["edges"]]
    assert small["stocks"] == [{"quantity": 5, "warehouse": {"name": "Main"}}]
    assert small["channelListings"][0] == {
        "price": {"amount": 10.0}, "priorPrice": {"amount": 20.0}, "channel": {"slug": "us"}
    }  # fmt: skip
    assert large["stocks"][0]["quantity"] == 0
