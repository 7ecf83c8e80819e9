"""Staff open a channel from nothing, by the API alone, and a shopper there is offered what they set."""

from typing import Any

import pytest

from tests.api import Api

pytestmark = pytest.mark.anyio

ADDRESS = {
    "firstName": "Jón", "lastName": "Jónsson", "streetAddress1": "Laugavegur 1", "city": "Reykjavík",
    "postalCode": "101", "country": "IS",
}  # fmt: skip
CART = """mutation($input: CheckoutCreateInput!) { it: checkoutCreate(input: $input) { checkout { id
  totalPrice { currency net { amount } gross { amount } } shippingMethods { id name price { amount } } }
  errors { field code message } } }"""
METHODS = "query($id: ID!) { checkout(id: $id) { shippingMethods { name price { amount } } } }"


async def run(api: Api, mutation: str, shown: str) -> Any:
    found = (await api.run(f"mutation {{ it: {mutation} {{ {shown} errors {{ field code message }} }} }}"))["it"]
    assert found["errors"] == []
    return found


async def test_a_channel_is_opened_and_sold_in(demo_api: Api) -> None:
    admin = await demo_api.as_admin()
    house = await run(
        admin,
        'createWarehouse(input: {name: "Reykjavík", address: {companyName: "Dock", streetAddress1: "Höfn 1",'
        ' city: "Reykjavík", postalCode: "101", country: IS}})',
        "warehouse { id }",
    )
    warehouse = house["warehouse"]["id"]
    made = await run(
        admin,
        'channelCreate(input: {name: "Iceland", slug: "iceland", currencyCode: "ISK", defaultCountry: IS,'
        f' isActive: true, addWarehouses: ["{warehouse}"]}})',
        "channel { id countries { code } warehouses { id } }",
    )
    channel = made["channel"]["id"]
    zone = await run(
        admin,
        f'shippingZoneCreate(input: {{name: "Iceland", countries: ["IS"], addChannels: ["{channel}"],'
        f' addWarehouses: ["{warehouse}"]}})',
        "shippingZone { id warehouses { id } channels { countries { code } } }",
    )
    assert zone["shippingZone"]["channels"] == [{"countries": [{"code": "IS"}]}]
    method = await run(
        admin,
        f'shippingPriceCreate(input: {{name: "Post", type: PRICE, shippingZone: "{zone["shippingZone"]["id"]}"}})',
        "shippingMethod { id }",
    )
    post = method["shippingMethod"]["id"]
    await run(
        admin,
        f'shippingMethodChannelListingUpdate(id: "{post}", input: {{addChannels: [{{channelId: "{channel}",'
        " price: 900}]})",
        "shippingMethod { channelListings { price { amount currency } } }",
    )
    await run(admin, "taxCountryConfigurationUpdate(countryCode: IS, updateTaxClassRates: [{rate: 24}])", "")

    found = await admin.run("{ products(first: 1) { edges { node { id variants { id } } } } }")
    product = found["products"]["edges"][0]["node"]
    variant = product["variants"][0]["id"]
    await run(
        admin,
        f'productChannelListingUpdate(id: "{product["id"]}", input: {{updateChannels: [{{channelId: "{channel}",'
        " isPublished: true, isAvailableForPurchase: true, visibleInListings: true}]})",
        "",
    )
    await run(
        admin,
        f'productVariantChannelListingUpdate(id: "{variant}", input: [{{channelId: "{channel}", price: 12400}}])',
        "",
    )
    stocks = f'productVariantStocksCreate(variantId: "{variant}", stocks: [{{warehouse: "{warehouse}", quantity: 3}}])'
    await run(admin, stocks, "")

    cart = {"channel": "iceland", "lines": [{"variantId": variant, "quantity": 1}], "shippingAddress": ADDRESS}
    answer = (await demo_api.run(CART, input=cart))["it"]
    assert answer["errors"] == []
    checkout = answer["checkout"]
    # a new channel's prices include tax
    assert checkout["totalPrice"] == {"currency": "ISK", "net": {"amount": 10000.0}, "gross": {"amount": 12400.0}}
    assert [(each["name"], each["price"]["amount"]) for each in checkout["shippingMethods"]] == [("Post", 900.0)]

    async def offered() -> list[str]:
        found = (await demo_api.run(METHODS, id=checkout["id"]))["checkout"]["shippingMethods"]
        return [each["name"] for each in found]

    async def refreshed() -> list[str]:
        """After something in the cart has changed, so that it is quoted anew."""
        line = f'checkoutLinesUpdate(checkoutId: "{checkout["id"]}", lines: [{{variantId: "{variant}", quantity: %d}}])'
        for quantity in (2, 1):
            await run(demo_api, line % quantity, "")
        delivery = f'deliveryOptionsCalculate(id: "{checkout["id"]}")'
        await run(demo_api, delivery, "deliveries { id }")
        return await offered()

    excluded = f'shippingPriceExcludeProducts(id: "{post}", input: {{products: ["{product["id"]}"]}})'
    shown = "shippingMethod { excludedProducts(first: 5) { totalCount edges { node { id } } } }"
    found = await run(admin, excluded, shown)
    assert found["shippingMethod"]["excludedProducts"] == {"totalCount": 1, "edges": [{"node": {"id": product["id"]}}]}
    assert await refreshed() == []
    included = f'shippingPriceRemoveProductFromExclude(id: "{post}", products: ["{product["id"]}"])'
    assert (await run(admin, included, shown))["shippingMethod"]["excludedProducts"]["totalCount"] == 0
    assert await refreshed() == ["Post"]
    far = 'inclusionType: EXCLUDE, addPostalCodeRules: [{start: "100", end: "199"}]'
    await run(admin, f'shippingPriceUpdate(id: "{post}", input: {{{far}}})', "")
    assert await refreshed() == []
