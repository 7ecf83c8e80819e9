"""Stock, warehouses, zones and carts as staff see them over HTTP."""

import uuid
from collections.abc import AsyncIterator

import pytest

from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.people import PASSWORD, make_staff
from tests.storefront import (
    Store,
    new_cart,
    open_store,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


STOCKS = """mutation($id: ID!, $stocks: [StockInput!]!) {
  it: productVariantStocksUpdate(variantId: $id, stocks: $stocks) {
  productVariant { id stocks { quantity quantityAllocated quantityReserved warehouse { id } } }
  errors { field code index } } }"""
CREATE_STOCKS = STOCKS.replace("productVariantStocksUpdate", "productVariantStocksCreate")


async def test_staff_count_stock_and_nobody_else(api: Api, store: Store) -> None:
    email = f"clerk-{uuid.uuid4().hex[:8]}@example.com"
    await make_staff(store.ctx, email, "MANAGE_PRODUCTS")
    clerk = await api.log_in(email, PASSWORD)
    variant = store.variants[0]
    first, second = [to_global("Warehouse", house) for house in store.room.warehouses]
    counts = [{"warehouse": second, "quantity": 7}, {"warehouse": first, "quantity": 3}]
    (error,) = await api.errors(STOCKS, id=variant, stocks=counts)
    assert error["extensions"]["code"] == "PermissionDenied"
    found = (await clerk.run(STOCKS, id=variant, stocks=counts))["it"]
    assert found["errors"] == []
    by_house = {stock["warehouse"]["id"]: stock["quantity"] for stock in found["productVariant"]["stocks"]}
    assert by_house == {first: 3, second: 7}
    for document, stocks, error in (
        (CREATE_STOCKS, counts, {"field": "warehouse", "code": "UNIQUE", "index": 1}),
        (STOCKS, [counts[0], counts[0]], {"field": "warehouse", "code": "UNIQUE", "index": 1}),
        (
            STOCKS,
            [counts[0], {"warehouse": first, "quantity": -1}],
            {"field": "quantity", "code": "INVALID", "index": 1},
        ),
        (
            STOCKS,
            [{"warehouse": to_global("Warehouse", uuid.uuid4()), "quantity": 1}],
            {"field": "warehouse", "code": "NOT_FOUND", "index": 0},
        ),
        (STOCKS, [{"warehouse": variant, "quantity": 1}], {"field": "warehouse", "code": "NOT_FOUND", "index": 0}),
    ):
        answer = (await clerk.run(document, id=variant, stocks=stocks))["it"]
        assert answer == {"productVariant": None, "errors": [error]}
    unknown = (await clerk.run(STOCKS, id=to_global("ProductVariant", 2**50), stocks=[]))["it"]
    assert unknown["errors"] == [{"field": "variantId", "code": "NOT_FOUND", "index": None}]
    cart = await new_cart(api, store, (0, 10))
    assert cart["quantity"] == 10


async def test_staff_read_warehouses_and_zones_a_page_at_a_time(api: Api, store: Store) -> None:
    email = f"porter-{uuid.uuid4().hex[:8]}@example.com"
    await make_staff(store.ctx, email, "MANAGE_SHIPPING")
    porter = await api.log_in(email, PASSWORD)
    zone, house = to_global("ShippingZone", store.room.zone_id), to_global("Warehouse", store.room.warehouses[0])
    document = """query($zone: ID!, $house: ID!) {
      shippingZone(id: $zone) { id countries { code } channels { slug } warehouses { id }
        shippingMethods { name carrierId channelListings { channel { slug } freeOverPrice { amount }
          rates { price { amount } minimumWeight { value } maximumWeight { value } minimumSubtotal { amount } } } } }
      warehouse(id: $house) { id shippingZones(first: 5) { totalCount edges { node { id } } } }
      shippingZones(first: 1) { totalCount pageInfo { hasNextPage } edges { node { name } } }
      warehouses(first: 1) { pageInfo { hasNextPage } edges { node { slug clickAndCollectOption } } } }"""
    found = await porter.run(document, zone=zone, house=house)
    assert found["shippingZone"]["countries"] == [{"code": "DE"}, {"code": "FR"}]
    assert [each["name"] for each in found["shippingZone"]["shippingMethods"]] == ["Parcel", "Express"]
    (listing,) = found["shippingZone"]["shippingMethods"][0]["channelListings"]
    assert listing == {
        "channel": {"slug": store.room.channel_slug},
        "freeOverPrice": None,
        "rates": [
            {
                "price": {"amount": 4.9},
                "minimumWeight": {"value": 0},
                "maximumWeight": None,
                "minimumSubtotal": {"amount": 0},
            }
        ],
    }
    assert found["warehouse"]["shippingZones"] == {"totalCount": 1, "edges": [{"node": {"id": zone}}]}
    assert found["warehouses"]["pageInfo"]["hasNextPage"] is True
    for field in ('warehouse(id: "x")', "warehouses(first: 1)", "shippingZones(first: 1)", "checkouts(first: 1)"):
        name = field.split("(")[0]
        selection = "{ id }" if name == "warehouse" else "{ totalCount }"
        (error,) = await api.errors(f"{{ {name}{field[len(name) :]} {selection} }}")
        assert error["extensions"]["code"] == "PermissionDenied"


async def test_staff_read_all_carts_newest_first(api: Api, store: Store) -> None:
    email = f"lead-{uuid.uuid4().hex[:8]}@example.com"
    await make_staff(store.ctx, email, "MANAGE_CHECKOUTS")
    lead = await api.log_in(email, PASSWORD)
    older, newer = await new_cart(api, store, (0, 1)), await new_cart(api, store, (0, 2))
    found = await lead.run(
        "{ checkouts(first: 2) { totalCount edges { node { id totalPrice { gross { amount } } } } } }"
    )
    assert [edge["node"] for edge in found["checkouts"]["edges"]] == [
        {"id": newer["id"], "totalPrice": {"gross": {"amount": 20.0}}},
        {"id": older["id"], "totalPrice": {"gross": {"amount": 10.0}}},
    ]
