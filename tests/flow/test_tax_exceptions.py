"""What a channel does otherwise about taxes for buyers of one country is what every price there does."""

from typing import Any

import pytest

from engine.core.ids import split_global, to_global
from tests.api import Api

pytestmark = pytest.mark.anyio

PRICES = """query($channel: String!, $country: CountryCode!) {
  products(first: 3, channel: $channel, sortBy: {field: NAME, direction: ASC}) { edges { node {
    pricing(address: {country: $country}) { displayGrossPrices
      priceRange { start { net { amount } gross { amount } } } }
    defaultVariant { pricing(address: {country: $country}) { displayGrossPrices price { tax { amount } } } }
  } } }
}"""
UPDATE = """mutation($id: ID!, $input: TaxConfigurationUpdateInput!) {
  taxConfigurationUpdate(id: $id, input: $input) { errors { code } } }"""
CART = """mutation($input: CheckoutCreateInput!) {
  checkoutCreate(input: $input) { checkout { id totalPrice { net { amount } gross { amount } } } errors { code } } }"""


async def _prices(api: Api, channel: str, country: str) -> list[Any]:
    found = (await api.run(PRICES, channel=channel, country=country))["products"]["edges"]
    return [edge["node"] for edge in found]


async def test_a_country_without_taxes_has_none_in_listing_variant_and_checkout(demo_api: Api) -> None:
    admin = await demo_api.as_admin()
    channels = (await admin.run("{ channels { id slug currencyCode } }"))["channels"]
    euro = next(channel for channel in channels if channel["currencyCode"] == "EUR")
    configuration = to_global("TaxConfiguration", int(split_global(euro["id"])[1]))

    async def settle(**input: Any) -> None:
        assert (await admin.run(UPDATE, id=configuration, input=input))["taxConfigurationUpdate"]["errors"] == []

    before = await _prices(demo_api, euro["slug"], "FR")
    assert all(product["defaultVariant"]["pricing"]["price"]["tax"]["amount"] > 0 for product in before)
    free = {"countryCode": "FR", "chargeTaxes": False, "displayGrossPrices": False}
    await settle(updateCountriesConfiguration=[free])
    for product in await _prices(demo_api, euro["slug"], "FR"):
        start = product["pricing"]["priceRange"]["start"]
        assert start["net"] == start["gross"]
        assert product["pricing"]["displayGrossPrices"] is False
        assert product["defaultVariant"]["pricing"] == {"displayGrossPrices": False, "price": {"tax": {"amount": 0.0}}}
    german = await _prices(demo_api, euro["slug"], "DE")
    assert all(product["pricing"]["displayGrossPrices"] for product in german)
    assert all(product["defaultVariant"]["pricing"]["price"]["tax"]["amount"] > 0 for product in german)

    variants = "query($channel: String!) { products(first: 1, channel: $channel, filter: {stockAvailability: IN_STOCK})"
    variants += " { edges { node { variants { id } } } } }"
    (edge,) = (await demo_api.run(variants, channel=euro["slug"]))["products"]["edges"]
    cart = {
        "channel": euro["slug"],
        "lines": [{"variantId": edge["node"]["variants"][0]["id"], "quantity": 1}],
        "shippingAddress": {
            "firstName": "A", "lastName": "B", "streetAddress1": "1 Rue de Rivoli", "city": "Paris",
            "postalCode": "75001", "country": "FR",
        },
    }  # fmt: skip
    found = (await demo_api.run(CART, input=cart))["checkoutCreate"]
    assert found["errors"] == []
    total = found["checkout"]["totalPrice"]
    assert total["net"] == total["gross"]
    await settle(removeCountriesConfiguration=["FR"])
    assert await _prices(demo_api, euro["slug"], "FR") == before


async def test_a_channel_without_taxes_may_charge_them_in_one_country(demo_api: Api) -> None:
    admin = await demo_api.as_admin()
    channels = (await admin.run("{ channels { id slug currencyCode } }"))["channels"]
    euro = next(channel for channel in channels if channel["currencyCode"] == "EUR")
    configuration = to_global("TaxConfiguration", int(split_global(euro["id"])[1]))
    charged = {"countryCode": "FR", "chargeTaxes": True, "displayGrossPrices": True}
    input = {"chargeTaxes": False, "updateCountriesConfiguration": [charged]}
    await admin.run(UPDATE, id=configuration, input=input)
    german, french = [await _prices(demo_api, euro["slug"], country) for country in ("DE", "FR")]
    assert {product["defaultVariant"]["pricing"]["price"]["tax"]["amount"] for product in german} == {0.0}
    assert all(product["defaultVariant"]["pricing"]["price"]["tax"]["amount"] > 0 for product in french)
    await admin.run(UPDATE, id=configuration, input={"chargeTaxes": True, "removeCountriesConfiguration": ["FR"]})
