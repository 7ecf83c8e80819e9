"""The shop, its channels, taxes, zones and warehouses as staff change them over HTTP."""

from typing import Any

import pytest

from engine.core.ids import split_global, to_global
from tests.api import Api

pytestmark = pytest.mark.anyio

ADDRESS = '{streetAddress1: "Dock 4", city: "Berlin", country: DE, postalCode: "10115", companyName: "Dock"}'
ERRORS = "errors { field code message }"


@pytest.fixture
async def admin(demo_api: Api) -> Api:
    return await demo_api.as_admin()


async def do(api: Api, mutation: str, shown: str = "", **variables: Any) -> Any:
    """The payload of one mutation that must have no errors."""
    found = await answer(api, mutation, shown, **variables)
    assert found["errors"] == []
    return found


async def answer(api: Api, mutation: str, shown: str = "", **variables: Any) -> Any:
    return (await api.run(f"mutation {{ it: {mutation} {{ {shown} {ERRORS} }} }}", **variables))["it"]


async def codes(api: Api, mutation: str) -> list[tuple[str, str]]:
    return [(error["field"], error["code"]) for error in (await answer(api, mutation))["errors"]]


async def a_channel(api: Api, slug: str, more: str = "", currency: str = "EUR") -> str:
    asked = f'name: "{slug}", slug: "{slug}", currencyCode: "{currency}", defaultCountry: DE {more}'
    found = await do(api, f"channelCreate(input: {{{asked}}})", "channel { id }")
    return str(found["channel"]["id"])


async def test_a_channel_is_opened_changed_and_closed(admin: Api) -> None:
    channel = await a_channel(
        admin,
        "Schöne Ecke",
        "orderSettings: {expireOrdersAfter: 30, allowUnpaidOrders: true}"
        ' stockSettings: {allocationStrategy: PRIORITIZE_HIGH_STOCK} metadata: [{key: "a", value: "b"}]',
    )
    shown = (
        "channel { slug isActive metadata { key value } stockSettings { allocationStrategy } taxConfiguration { id }"
        " orderSettings { expireOrdersAfter allowUnpaidOrders deleteExpiredOrdersAfter }"
        " paymentSettings { defaultTransactionFlowStrategy } checkoutSettings {"
        " automaticallyCompleteFullyPaidCheckouts automaticCompletionDelay } }"
    )
    change = (
        "orderSettings: {expireOrdersAfter: null, deleteExpiredOrdersAfter: 3}"
        " paymentSettings: {defaultTransactionFlowStrategy: AUTHORIZATION}"
        " checkoutSettings: {automaticCompletion: {enabled: true, delay: 10}}"
    )
    found = (await do(admin, f'channelUpdate(id: "{channel}", input: {{{change}}})', shown))["channel"]
    assert found == {
        "slug": "schone-ecke",
        "isActive": False,
        "metadata": [{"key": "a", "value": "b"}],
        "stockSettings": {"allocationStrategy": "PRIORITIZE_HIGH_STOCK"},
        "taxConfiguration": {"id": to_global("TaxConfiguration", int(_pk(channel)))},
        "orderSettings": {"expireOrdersAfter": None, "allowUnpaidOrders": True, "deleteExpiredOrdersAfter": 3},
        "paymentSettings": {"defaultTransactionFlowStrategy": "AUTHORIZATION"},
        "checkoutSettings": {"automaticallyCompleteFullyPaidCheckouts": True, "automaticCompletionDelay": 10},
    }
    assert (await do(admin, f'channelActivate(id: "{channel}")', "channel { isActive }"))["channel"]["isActive"]
    assert await codes(admin, f'channelActivate(id: "{channel}")') == [("id", "INVALID")]
    await do(admin, f'channelDeactivate(id: "{channel}")')
    await do(admin, f'channelDelete(id: "{channel}")')
    assert await codes(admin, f'channelUpdate(id: "{channel}", input: {{name: "x"}})') == [("id", "NOT_FOUND")]


def _pk(global_id: str) -> str:
    return split_global(global_id)[1]


async def test_a_channel_refuses_what_cannot_be(admin: Api) -> None:
    await a_channel(admin, "twice")
    asked = 'channelCreate(input: {name: "n", slug: "%s", currencyCode: "%s", defaultCountry: DE%s})'
    assert await codes(admin, asked % ("twice", "EUR", "")) == [("slug", "UNIQUE")]
    assert await codes(admin, asked % ("none", "XQQ", "")) == [("currencyCode", "INVALID")]
    assert await codes(admin, asked % ("!", "EUR", "")) == [("slug", "REQUIRED")]
    bad = ", orderSettings: {deleteExpiredOrdersAfter: 500}"
    assert await codes(admin, asked % ("none", "EUR", bad)) == [("deleteExpiredOrdersAfter", "INVALID")]
    zone = f', addShippingZones: ["{to_global("ShippingZone", 999)}"]'
    assert await codes(admin, asked % ("none", "EUR", zone)) == [("addShippingZones", "NOT_FOUND")]


async def test_what_was_sold_in_a_channel_goes_to_one_of_the_same_currency(admin: Api) -> None:
    channels = (await admin.run("{ channels { id currencyCode } }"))["channels"]
    sold = next(channel["id"] for channel in channels if channel["currencyCode"] == "USD")
    euro, dollar = await a_channel(admin, "euro-heir"), await a_channel(admin, "dollar-heir", currency="USD")
    assert await codes(admin, f'channelDelete(id: "{sold}")') == [("id", "CHANNEL_WITH_ORDERS")]
    into = f'channelDelete(id: "{sold}", input: {{channelId: "%s"}})'
    assert await codes(admin, into % euro) == [("channelId", "CHANNELS_CURRENCY_MUST_BE_THE_SAME")]
    assert await codes(admin, into % sold) == [("channelId", "INVALID")]
    await do(admin, into % dollar)
    after = (await admin.run("{ channels { id hasOrders } }"))["channels"]
    assert {"id": dollar, "hasOrders": True} in after
    assert sold not in [channel["id"] for channel in after]


async def test_rates_change_from_a_day_on_and_are_never_overwritten(admin: Api) -> None:
    created = 'taxClassCreate(input: {name: "Toys", createCountryRates: [{countryCode: DE, rate: 11.5}]})'
    shown = "taxClass { id countries { country { code } rate } }"
    toys = (await do(admin, created, shown))["taxClass"]
    assert toys["countries"] == [{"country": {"code": "DE"}, "rate": 11.5}]
    assert await codes(admin, 'taxClassCreate(input: {name: "Toys"})') == [("name", "INVALID")]
    update = "updateCountryRates: [{countryCode: DE, rate: 12}, {countryCode: FR, rate: 5}]"
    found = (await do(admin, f'taxClassUpdate(id: "{toys["id"]}", input: {{{update}}})', shown))["taxClass"]
    assert [rate["rate"] for rate in found["countries"]] == [12, 5]
    country = "taxCountryConfigurationUpdate(countryCode: IS,"
    country += ' updateTaxClassRates: [{rate: 24}, {taxClassId: "%s", rate: 11}])'
    shown = "taxCountryConfiguration { country { code } taxClassCountryRates { rate taxClass { name } } }"
    iceland = (await do(admin, country % toys["id"], shown))["taxCountryConfiguration"]
    assert iceland["taxClassCountryRates"] == [
        {"rate": 24, "taxClass": None},
        {"rate": 11, "taxClass": {"name": "Toys"}},
    ]
    twice = "taxCountryConfigurationUpdate(countryCode: IS, updateTaxClassRates: [{rate: 1}, {rate: 2}])"
    assert await codes(admin, twice) == [("updateTaxClassRates", "ONLY_ONE_DEFAULT_COUNTRY_RATE_ALLOWED")]
    low = "taxCountryConfigurationUpdate(countryCode: IS, updateTaxClassRates: [{rate: -1}])"
    assert await codes(admin, low) == [("updateTaxClassRates", "CANNOT_CREATE_NEGATIVE_RATE")]
    gone = (await do(admin, "taxCountryConfigurationDelete(countryCode: IS)", shown))["taxCountryConfiguration"]
    assert gone["taxClassCountryRates"] == []
    await do(admin, f'taxClassDelete(id: "{toys["id"]}")')


async def test_a_channel_may_do_otherwise_for_buyers_of_a_country(admin: Api) -> None:
    channel = await a_channel(admin, "taxed")
    configuration = to_global("TaxConfiguration", int(_pk(channel)))
    shown = "taxConfiguration { displayGrossPrices countries { country { code } chargeTaxes displayGrossPrices } }"
    update = f'taxConfigurationUpdate(id: "{configuration}", input: {{%s}})'
    exception = "updateCountriesConfiguration: [{countryCode: CH, chargeTaxes: false, displayGrossPrices: false}]"
    found = (await do(admin, update % f"displayGrossPrices: false, {exception}", shown))["taxConfiguration"]
    swiss = {"country": {"code": "CH"}, "chargeTaxes": False, "displayGrossPrices": False}
    assert found == {"displayGrossPrices": False, "countries": [swiss]}
    assert await codes(admin, update % f"{exception}, removeCountriesConfiguration: [CH]") == [
        ("updateCountriesConfiguration", "DUPLICATED_INPUT_ITEM")
    ]
    assert await codes(admin, update % "taxCalculationStrategy: TAX_APP") == [("taxCalculationStrategy", "NOT_FOUND")]
    found = (await do(admin, update % "removeCountriesConfiguration: [CH]", shown))["taxConfiguration"]
    assert found["countries"] == []


async def test_a_zone_is_made_with_a_method_and_both_go(admin: Api) -> None:
    channel = await a_channel(admin, "north")
    asked = f'name: "North", countries: ["IS", "NO"], addChannels: ["{channel}"]'
    zone = f"shippingZoneCreate(input: {{{asked}}})"
    made = (await do(admin, zone, "shippingZone { id default countries { code } channels { slug } }"))["shippingZone"]
    assert [country["code"] for country in made["countries"]] == ["IS", "NO"]
    assert await codes(admin, zone) == [("name", "UNIQUE")]
    assert await codes(admin, f'shippingZoneUpdate(id: "{made["id"]}", input: {{countries: ["XX"]}})') == [
        ("countries", "INVALID")
    ]
    price = (
        f'name: "Sledge", type: WEIGHT, shippingZone: "{made["id"]}", minimumOrderWeight: 1, maximumOrderWeight: 2.5,'
        ' addPostalCodeRules: [{start: "100", end: "200"}], inclusionType: INCLUDE, minimumDeliveryDays: 2'
    )
    shown = (
        "shippingZone { name } shippingMethod { id type minimumOrderWeight { value } maximumOrderWeight { value unit }"
        " postalCodeRules { id start end inclusionType } }"
    )
    created = await do(admin, f"shippingPriceCreate(input: {{{price}}})", shown)
    method = created["shippingMethod"]
    assert method["maximumOrderWeight"] == {"value": 2.5, "unit": "KG"}
    (rule,) = method["postalCodeRules"]
    assert (rule["start"], rule["end"], rule["inclusionType"]) == ("100", "200", "INCLUDE")
    update = f'shippingPriceUpdate(id: "{method["id"]}", input: {{%s}})'
    assert await codes(admin, update % "maximumOrderWeight: 0.5") == [("maximumOrderWeight", "MAX_LESS_THAN_MIN")]
    assert await codes(admin, update % "maximumDeliveryDays: 1") == [("minimumDeliveryDays", "INVALID")]
    found = await do(admin, update % f'name: "Sled", deletePostalCodeRules: ["{rule["id"]}"]', shown)
    assert found["shippingMethod"]["postalCodeRules"] == []
    listing = f'shippingMethodChannelListingUpdate(id: "{method["id"]}", input: {{%s}})'
    offer = f'addChannels: [{{channelId: "{channel}", %s}}]'
    assert await codes(admin, listing % (offer % "minimumOrderPrice: 5")) == [("price", "REQUIRED")]
    contradiction = offer % "price: 4.5, minimumOrderPrice: 5, maximumOrderPrice: 4"
    assert await codes(admin, listing % contradiction) == [("maximumOrderPrice", "MAX_LESS_THAN_MIN")]
    shown = "shippingMethod { channelListings { channel { slug } price { amount } minimumOrderPrice { amount } } }"
    found = await do(admin, listing % (offer % "price: 4.5, minimumOrderPrice: 5"), shown)
    assert found["shippingMethod"]["channelListings"] == [
        {"channel": {"slug": "north"}, "price": {"amount": 4.5}, "minimumOrderPrice": {"amount": 5.0}}
    ]
    found = await do(admin, listing % f'removeChannels: ["{channel}"]', shown)
    assert found["shippingMethod"]["channelListings"] == []
    await do(admin, f'shippingPriceDelete(id: "{method["id"]}")')
    assert (await answer(admin, f'shippingZoneBulkDelete(ids: ["{made["id"]}"])', "count"))["count"] == 1


async def test_one_zone_may_have_the_rest_of_the_world(admin: Api) -> None:
    rest = 'shippingZoneCreate(input: {name: "%s", default: true})'
    made = (await do(admin, rest % "Rest", "shippingZone { id default countries { code } }"))["shippingZone"]
    has = {country["code"] for country in made["countries"]}
    assert "IS" in has
    assert "US" not in has
    assert await codes(admin, rest % "Another rest") == [("default", "ALREADY_EXISTS")]
    await do(admin, f'shippingZoneDelete(id: "{made["id"]}")')


async def test_a_warehouse_is_opened_moved_and_closed(admin: Api) -> None:
    shown = "warehouse { id slug address { city country { code } } clickAndCollectOption externalReference }"
    made = (await do(admin, f'createWarehouse(input: {{name: "Dock", address: {ADDRESS}}})', shown))["warehouse"]
    assert made["slug"] == "dock"
    assert made["address"] == {"city": "Berlin", "country": {"code": "DE"}}
    missing = 'createWarehouse(input: {name: "Dock", address: {country: DE, city: "Berlin"}})'
    assert ("postalCode", "REQUIRED") in await codes(admin, missing)
    change = 'address: {city: "Hamburg"}, clickAndCollectOption: ALL, externalReference: "wms-4"'
    found = (await do(admin, f'updateWarehouse(id: "{made["id"]}", input: {{{change}}})', shown))["warehouse"]
    assert found["address"]["city"] == "Hamburg"
    assert (found["clickAndCollectOption"], found["externalReference"]) == ("ALL", "wms-4")
    zone = (await admin.run("{ shippingZones(first: 1) { edges { node { id } } } }"))["shippingZones"]["edges"][0][
        "node"
    ]
    zones = f'(id: "{made["id"]}", shippingZoneIds: ["{zone["id"]}"])'
    shown = "warehouse { shippingZones(first: 5) { totalCount } }"
    found = await do(admin, f"assignWarehouseShippingZone{zones}", shown)
    assert found["warehouse"]["shippingZones"]["totalCount"] == 1
    found = await do(admin, f"unassignWarehouseShippingZone{zones}", shown)
    assert found["warehouse"]["shippingZones"]["totalCount"] == 0
    await do(admin, f'deleteWarehouse(id: "{made["id"]}")')
    assert await codes(admin, f'deleteWarehouse(id: "{made["id"]}")') == [("id", "NOT_FOUND")]


async def test_what_a_channel_sells_from_decides_what_is_in_stock(admin: Api) -> None:
    (channel,) = [
        one
        for one in (await admin.run("{ channels { id slug currencyCode warehouses { id } } }"))["channels"]
        if one["currencyCode"] == "EUR" and one["warehouses"]
    ]
    stocked = "query($channel: String) { products(first: 1, channel: $channel, filter: {stockAvailability: IN_STOCK,"
    stocked += " isPublished: true}) { totalCount } }"
    before = (await admin.run(stocked, channel=channel["slug"]))["products"]["totalCount"]
    houses = "[" + ", ".join(f'"{house["id"]}"' for house in channel["warehouses"]) + "]"
    shown = "channel { warehouses { id } }"
    found = await do(admin, f'channelUpdate(id: "{channel["id"]}", input: {{removeWarehouses: {houses}}})', shown)
    assert found["channel"]["warehouses"] == []
    untracked = (await admin.run(stocked, channel=channel["slug"]))["products"]["totalCount"]
    assert untracked < before
    found = await do(admin, f'channelUpdate(id: "{channel["id"]}", input: {{addWarehouses: {houses}}})', shown)
    assert found["channel"]["warehouses"] == channel["warehouses"]
    assert (await admin.run(stocked, channel=channel["slug"]))["products"]["totalCount"] == before
    if len(channel["warehouses"]) > 1:
        moves = f'[{{id: "{channel["warehouses"][0]["id"]}", sortOrder: 1}}]'
        found = await do(admin, f'channelReorderWarehouses(channelId: "{channel["id"]}", moves: {moves})', shown)
        assert found["channel"]["warehouses"][1] == channel["warehouses"][0]


async def test_settings_of_the_shop_are_kept(admin: Api) -> None:
    shown = "shop { name description limitQuantityPerCheckout defaultMailSenderName reserveStockDurationAnonymousUser }"
    change = (
        'name: "Boats", description: "All that floats", limitQuantityPerCheckout: 7, defaultMailSenderName: "Boats"'
    )
    found = (await do(admin, f"shopSettingsUpdate(input: {{{change}, reserveStockDurationAnonymousUser: 5}})", shown))[
        "shop"
    ]
    assert found == {
        "name": "Boats",
        "description": "All that floats",
        "limitQuantityPerCheckout": 7,
        "defaultMailSenderName": "Boats",
        "reserveStockDurationAnonymousUser": 5,
    }
    for field, value in (("limitQuantityPerCheckout", "0"), ("defaultMailSenderAddress", '"a@b, c"')):
        assert await codes(admin, f"shopSettingsUpdate(input: {{{field}: {value}}})") == [(field, "INVALID")]
    address = (await do(admin, f"shopAddressUpdate(input: {ADDRESS})", "shop { companyAddress { city } }"))["shop"]
    assert address == {"companyAddress": {"city": "Berlin"}}
    gone = (await do(admin, "shopAddressUpdate", "shop { companyAddress { city } }"))["shop"]
    assert gone == {"companyAddress": None}
    await do(admin, "shopSettingsUpdate(input: {limitQuantityPerCheckout: null})")


@pytest.mark.parametrize(
    "mutation",
    [
        'channelCreate(input: {name: "x", slug: "x", currencyCode: "EUR", defaultCountry: DE})',
        'taxClassCreate(input: {name: "x"})',
        'shippingZoneCreate(input: {name: "x"})',
        f'createWarehouse(input: {{name: "x", address: {ADDRESS}}})',
        'shopSettingsUpdate(input: {name: "x"})',
        "shopAddressUpdate",
        'productVariantStocksDelete(variantId: "x")',
    ],
)
async def test_shoppers_change_nothing(demo_api: Api, mutation: str) -> None:
    (error,) = await demo_api.errors(f"mutation {{ {mutation} {{ {ERRORS} }} }}")
    assert error["extensions"]["code"] == "PermissionDenied"


async def test_what_cannot_be_otherwise_is_refused_and_not_passed_over(admin: Api) -> None:
    await do(admin, "shopSettingsUpdate(input: {defaultWeightUnit: KG, passwordLoginMode: ENABLED})")
    for field, value in (("defaultWeightUnit", "LB"), ("allowStorefrontTraffic", "false")):
        assert await codes(admin, f"shopSettingsUpdate(input: {{{field}: {value}}})") == [(field, "INVALID")]
    channel = await a_channel(admin, "facts", ", orderSettings: {markAsPaidStrategy: TRANSACTION_FLOW}")
    update = f'channelUpdate(id: "{channel}", input: {{orderSettings: {{markAsPaidStrategy: PAYMENT_FLOW}}}})'
    assert await codes(admin, update) == [("markAsPaidStrategy", "INVALID")]


async def test_metadata_of_shop_channel_and_taxes_is_written_by_their_staff(admin: Api) -> None:
    channel = await a_channel(admin, "pairs")
    configuration = to_global("TaxConfiguration", int(_pk(channel)))
    for global_id, name in ((to_global("Shop", 1), "Shop"), (channel, "Channel"), (configuration, "TaxConfiguration")):
        pairs = f'updatePrivateMetadata(id: "{global_id}", input: [{{key: "k", value: "v"}}])'
        shown = f"item {{ ... on {name} {{ id privateMetadata {{ key value }} }} }}"
        found = await do(admin, pairs, shown)
        assert found["item"] == {"id": global_id, "privateMetadata": [{"key": "k", "value": "v"}]}


BULK = """mutation($stocks: [StockBulkUpdateInput!]!, $policy: ErrorPolicyEnum) {
  it: stockBulkUpdate(stocks: $stocks, errorPolicy: $policy) { count errors { field code message }
  results { stock { quantity } errors { field code } } } }"""


async def test_many_stocks_are_counted_at_once_all_or_those_that_can_be(admin: Api) -> None:
    found = await admin.run(
        "{ stocks(first: 2) { edges { node { quantity warehouse { id } productVariant { id } } } } }"
    )
    first, second = [
        {"warehouseId": edge["node"]["warehouse"]["id"], "variantId": edge["node"]["productVariant"]["id"]}
        for edge in found["stocks"]["edges"]
    ]
    nowhere = {"variantId": first["variantId"], "warehouseExternalReference": "nowhere", "quantity": 1}
    wanted = [{**second, "quantity": 901}, nowhere, {**first, "quantity": 902}]
    refused = (await admin.run(BULK, stocks=wanted))["it"]
    assert refused["count"] == 0
    assert [result["errors"] for result in refused["results"]] == [
        [], [{"field": "warehouseId", "code": "NOT_FOUND"}], []
    ]  # fmt: skip
    taken = (await admin.run(BULK, stocks=wanted, policy="REJECT_FAILED_ROWS"))["it"]
    assert taken["count"] == 2
    assert [result["stock"] for result in taken["results"]] == [{"quantity": 901}, None, {"quantity": 902}]
    nameless = (await admin.run(BULK, stocks=[{"quantity": 1, "warehouseId": first["warehouseId"]}]))["it"]
    assert [(error["field"], error["code"]) for error in nameless["errors"]] == [("variantId", "REQUIRED")]
