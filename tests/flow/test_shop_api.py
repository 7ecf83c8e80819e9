"""The shop, its channels, taxes, zones and warehouses as staff read them over HTTP."""

import pytest

from engine.core.ids import to_global
from tests.api import Api

pytestmark = pytest.mark.anyio

START = """{
  shop {
    id name description domain { host url sslEnabled } version schemaVersion headerText customerSetPasswordUrl
    countries { code country } defaultCountry { code } languages { code language } permissions { code name }
    defaultWeightUnit defaultMailSenderName defaultMailSenderAddress reserveStockDurationAnonymousUser
    reserveStockDurationAuthenticatedUser limitQuantityPerCheckout enableAccountConfirmationByEmail
    allowLoginWithoutConfirmation fulfillmentAutoApprove fulfillmentAllowUnpaid
    preserveAllAddressFields useLegacyShippingZoneStockAvailability useLegacyUpdateWebhookEmission
    allowStorefrontTraffic passwordLoginMode availableTaxApps { id } availableExternalAuthentications { id name }
    announcements { title importance createdAt extra }
    companyAddress { city } channelCurrencies availablePaymentGateways(channel: "us") { id name currencies }
    limits { currentUsage { channels warehouses staffUsers productVariants orders } allowedUsage { channels } }
    metadata { key } privateMetadata { key }
  }
}"""
CHANNELS = """{ channels {
  id slug name isActive currencyCode hasOrders defaultCountry { code country } metadata { key }
  warehouses { id name address { city country { code } } clickAndCollectOption isPrivate }
  stockSettings { allocationStrategy }
  orderSettings { automaticallyConfirmAllNewOrders expireOrdersAfter deleteExpiredOrdersAfter markAsPaidStrategy
    allowUnpaidOrders automaticallyFulfillNonShippableGiftCard }
  checkoutSettings { automaticallyCompleteFullyPaidCheckouts automaticCompletionDelay automaticCompletionCutOffDate
    allowLegacyGiftCardUse }
  paymentSettings { defaultTransactionFlowStrategy releaseFundsForExpiredCheckouts }
  taxConfiguration { id taxAppId chargeTaxes displayGrossPrices pricesEnteredWithTax taxCalculationStrategy
    countries { country { code } chargeTaxes } channel { slug } }
} }"""


@pytest.fixture
async def admin(demo_api: Api) -> Api:
    return await demo_api.as_admin()


async def test_the_shop_tells_what_a_dashboard_starts_with(admin: Api) -> None:
    shop = (await admin.run(START))["shop"]
    assert shop["domain"] == {"host": "shop.test", "url": "http://shop.test/", "sslEnabled": False}
    assert shop["version"].startswith("3.23.0+argosy.")
    assert len(shop["countries"]) == 251
    assert {"code": "MANAGE_SHIPPING", "name": "Manage shipping"} in shop["permissions"]
    assert {"code": "PT_BR", "language": "Portuguese (Brazil)"} in shop["languages"]
    assert shop["limits"]["currentUsage"]["channels"] == 2
    assert shop["limits"]["allowedUsage"] == {"channels": None}
    assert shop["defaultMailSenderAddress"] == "shop@example.com"


async def test_shoppers_see_of_the_shop_what_is_for_them(demo_api: Api) -> None:
    shop = (await demo_api.run("{ shop { name countries { code } availablePaymentGateways { id } } }"))["shop"]
    assert [gateway["id"] for gateway in shop["availablePaymentGateways"]]
    for field in ("defaultMailSenderAddress", "version", "limits { currentUsage { orders } }", "channelCurrencies"):
        (error,) = await demo_api.errors(f"{{ shop {{ {field} }} }}")
        assert error["extensions"]["code"] == "PermissionDenied"


async def test_countries_can_be_those_that_zones_have(admin: Api) -> None:
    attached = "{ shop { countries(filter: {attachedToShippingZones: %s}) { code } } }"
    has = {country["code"] for country in (await admin.run(attached % "true"))["shop"]["countries"]}
    lacks = {country["code"] for country in (await admin.run(attached % "false"))["shop"]["countries"]}
    assert "US" in has
    assert len(has | lacks) == 251
    assert not has & lacks


async def test_channels_come_with_all_their_settings(admin: Api) -> None:
    channels = (await admin.run(CHANNELS))["channels"]
    us = next(channel for channel in channels if channel["currencyCode"] == "USD")
    assert us["hasOrders"] is True
    assert us["stockSettings"] == {"allocationStrategy": "PRIORITIZE_SORTING_ORDER"}
    assert us["orderSettings"]["deleteExpiredOrdersAfter"] == 60
    assert us["taxConfiguration"]["pricesEnteredWithTax"] is False
    assert us["taxConfiguration"]["channel"] == {"slug": us["slug"]}
    assert all(house["address"]["country"]["code"] for house in us["warehouses"])


async def test_taxes_are_read_by_class_by_country_and_by_channel(admin: Api) -> None:
    classes = (
        await admin.run(
            "{ taxClasses(first: 10, sortBy: {field: NAME, direction: DESC}) { totalCount edges { node {"
            " id name countries { country { code } rate taxClass { name } } } } } }"
        )
    )["taxClasses"]
    assert [edge["node"]["name"] for edge in classes["edges"]] == ["Food", "Books"]
    assert classes["totalCount"] == 2
    books = classes["edges"][1]["node"]
    german = next(rate for rate in books["countries"] if rate["country"]["code"] == "DE")
    assert german == {"country": {"code": "DE"}, "rate": 7.0, "taxClass": {"name": "Books"}}
    country = "{ taxCountryConfiguration(countryCode: DE) { country { code } taxClassCountryRates {"
    found = (await admin.run(country + " rate taxClass { name } } } }"))["taxCountryConfiguration"]
    assert found["taxClassCountryRates"][0] == {"rate": 19.0, "taxClass": None}
    countries = (await admin.run("{ taxCountryConfigurations { country { code } } }"))["taxCountryConfigurations"]
    assert {"country": {"code": "DE"}} in countries
    only = '{ taxClasses(first: 10, filter: {countries: [US], ids: ["%s"]}) { edges { node { id } } } }'
    assert (await admin.run(only % books["id"]))["taxClasses"]["edges"] == []
    configurations = (await admin.run("{ taxConfigurations(first: 10) { totalCount edges { node { id } } } }"))[
        "taxConfigurations"
    ]
    assert configurations["totalCount"] == 2


async def test_zones_warehouses_and_stocks_are_narrowed_by_filters(admin: Api) -> None:
    zones = "{ shippingZones(first: 20, filter: {search: %s}) { totalCount edges { node { name default description"
    zones += (
        " priceRange { start { amount currency } stop { amount } } countries { code } warehouses { name }"
        " channels { slug } shippingMethods { id name type minimumOrderWeight { value } maximumOrderWeight { value }"
        " taxClass { name } postalCodeRules { start } excludedProducts(first: 5) { totalCount edges { node { id } } }"
        " channelListings { price { amount currency } minimumOrderPrice { amount } } } } } } }"
    )
    assert (await admin.run(zones % '"nowhere at all"'))["shippingZones"] == {"totalCount": 0, "edges": []}
    found = (await admin.run(zones % '"united states"'))["shippingZones"]
    (zone,) = [edge["node"] for edge in found["edges"]]
    assert zone["priceRange"]["start"]["currency"] == "USD"
    assert zone["shippingMethods"][0]["type"] == "PRICE"
    houses = "{ warehouses(first: 20, filter: {%s}) { totalCount edges { node { id name } } } }"
    every = (await admin.run(houses % "isPrivate: false"))["warehouses"]
    assert every["totalCount"] == len(every["edges"]) > 1
    first = every["edges"][0]["node"]
    assert (await admin.run(houses % f'ids: ["{first["id"]}"], search: "{first["name"].lower()}"'))["warehouses"][
        "edges"
    ] == [{"node": first}]
    assert (await admin.run(houses % f'channels: ["{to_global("Channel", 999)}"]'))["warehouses"]["totalCount"] == 0
    stocks = "{ stocks(first: 2, filter: {search: %s}) { totalCount pageInfo { hasNextPage } edges { node { id quantity"
    stocks += " quantityAllocated quantityReserved warehouse { name } productVariant { sku } } } } }"
    found = (await admin.run(stocks % f'"{first["name"]}"'))["stocks"]
    assert {edge["node"]["warehouse"]["name"] for edge in found["edges"]} == {first["name"]}
