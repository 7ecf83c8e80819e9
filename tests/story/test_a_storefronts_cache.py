"""A storefront keeps its pages until a webhook tells it which of them changed."""

import hashlib
import hmac
from collections.abc import Iterator
from typing import Any

import pytest

from engine.core.context import WriteCtx, transact
from engine.core.ids import int_pk
from engine.core.jobs import run_pending
from engine.flows.shop import Shop
from schema.wiring import WIRING
from tests.api import Api
from tests.receiver import Received, Receiver, receiving

pytestmark = pytest.mark.anyio

SECRET = "shared with the storefront"
QUERY = """subscription { event {
  ... on ProductCreated { product(channel: "default-channel") { slug channel category { slug } } }
  ... on ProductUpdated { product(channel: "default-channel") { slug channel category { slug } } }
  ... on ProductVariantUpdated { productVariant(channel: "default-channel") { product { slug category { slug } } } }
  ... on ProductVariantStockUpdated {
    productVariant(channel: "default-channel") { product { slug category { slug } } } }
  ... on CategoryUpdated { category { slug } }
  ... on CollectionUpdated { collection(channel: "default-channel") { slug } }
  ... on PageUpdated { page { slug } }
  ... on MenuUpdated { menu { slug } }
} }"""
APP = 'mutation($p: [PermissionEnum!]) { r: appCreate(input: {name: "storefront", permissions: $p}) { app { id } } }'
HOOK = """mutation($i: WebhookCreateInput!) { r: webhookCreate(input: $i) {
  webhook { asyncEvents { eventType } } errors { field code message } } }"""
PRODUCT = 'query { product(slug: "%s", channel: "default-channel") { id slug category { slug } variants { id } } }'
RENAME = 'mutation($id: ID!) { r: productUpdate(id: $id, input: {name: "Another name"}) { errors { code } } }'
FIRST = (
    "query { categories(first: 1) { edges { node { id slug } } } pages(first: 1) { edges { node { id slug } } }"
    ' collections(first: 1, channel: "default-channel") { edges { node { id slug } } }'
    " menus(first: 1) { edges { node { id slug } } } }"
)


class Storefront:
    """What it does with a message: look at the signature, then forget the pages that show what is in it."""

    def __init__(self) -> None:
        self.stale: list[str] = []

    def hook(self, message: Received) -> int:
        wanted = hmac.new(SECRET.encode(), message.body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(wanted, message.headers.get("saleor-signature", "")):
            return 401
        told = message.json
        product = told.get("product") or (told.get("productVariant") or {}).get("product")
        if product:
            self.stale.append(f"/shop/products/{product['slug']}")
            self.stale.append(f"/shop/categories/{product['category']['slug']}")
        for kind, folder in (("category", "categories"), ("collection", "collections"), ("page", "pages")):
            if told.get(kind):
                self.stale.append(f"/shop/{folder}/{told[kind]['slug']}")
        if told.get("menu"):
            self.stale.append(f"menu {told['menu']['slug']}")
        return 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


async def test_a_change_in_the_shop_reaches_the_pages_that_show_it(
    demo_api: Api, demo_shop: Shop, receiver: Receiver
) -> None:
    ctx, storefront, admin = demo_shop.ctx(), Storefront(), await demo_api.as_admin()

    async def told() -> list[str]:
        await run_pending(ctx, WIRING)
        assert {storefront.hook(message) for message in receiver.taken()} == {200}
        stale, storefront.stale = storefront.stale, []
        return stale

    await run_pending(ctx, WIRING)
    permissions = ["MANAGE_PRODUCTS", "MANAGE_PAGES", "MANAGE_MENUS"]
    app = (await admin.run(APP, p=permissions))["r"]["app"]["id"]
    hook = {"app": app, "targetUrl": f"{receiver.url}/api/revalidate", "query": QUERY, "secretKey": SECRET}
    made = (await admin.run(HOOK, i=hook))["r"]
    assert made["errors"] == []
    assert len(made["webhook"]["asyncEvents"]) == 8

    slug = (await demo_api.run('{ products(first: 1, channel: "default-channel") { edges { node { slug } } } }'))[
        "products"
    ]
    product = (await admin.run(PRODUCT % slug["edges"][0]["node"]["slug"]))["product"]
    pages = [f"/shop/products/{product['slug']}", f"/shop/categories/{product['category']['slug']}"]
    assert (await admin.run(RENAME, id=product["id"]))["r"]["errors"] == []
    assert await told() == pages

    shown: Any = {kind: found["edges"][0]["node"] for kind, found in (await admin.run(FIRST)).items()}

    async def change(tx: WriteCtx) -> None:
        for kind, type_name in (
            ("categories", "Category"), ("collections", "Collection"), ("pages", "Page"), ("menus", "Menu"),
        ):  # fmt: skip
            tx.emit(f"{type_name.lower()}.updated", type_name, int_pk(shown[kind]["id"], type_name))
        tx.emit(
            "product_variant.stock_updated", "ProductVariant", int_pk(product["variants"][0]["id"], "ProductVariant")
        )

    await transact(ctx, change)
    assert sorted(await told()) == sorted(
        [
            f"/shop/categories/{shown['categories']['slug']}",
            f"/shop/collections/{shown['collections']['slug']}",
            f"/shop/pages/{shown['pages']['slug']}",
            f"menu {shown['menus']['slug']}",
            *pages,
        ]
    )
    forged = Received("/", {"saleor-signature": "0" * 64}, b'{"menu": {"slug": "x"}}')
    assert (storefront.hook(forged), storefront.stale) == (401, [])
    await ctx.release()
