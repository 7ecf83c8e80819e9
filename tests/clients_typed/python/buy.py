"""`python buy.py API CHANNEL`: one purchase through the generated client; prints the order as JSON.

`shop_client` is what `ariadne-codegen --config codegen.toml` writes beside this file.
"""

import json
import sys
from datetime import datetime
from typing import Any

from shop_client import Client
from shop_client.enums import CountryCode, LanguageCodeEnum
from shop_client.input_types import AddressInput, CheckoutCreateInput, CheckoutLineInput


def accepted(payload: Any) -> Any:
    """The payload of a mutation that must have been accepted."""
    assert payload is not None
    assert payload.errors == [], payload
    return payload


def buy(api: str, channel: str) -> dict[str, Any]:
    with Client(url=api) as shop:
        shelf = shop.shelf(channel=channel, collection="featured-products", first=3, language=LanguageCodeEnum.DE)
        cards = [edge.node for edge in shelf.collection.products.edges]
        product = shop.product_page(slug=cards[0].slug, channel=channel)
        variants = [edge.node for edge in product.product_variants.edges]
        variant = next(each for each in variants if (each.quantity_available or 0) >= 2)

        line = CheckoutLineInput(variant_id=variant.id, quantity=2)
        opened = accepted(shop.open_cart(CheckoutCreateInput(channel=channel, email="typed@example.com", lines=[line])))
        checkout = opened.checkout.id

        address = AddressInput(
            first_name="Ines",
            last_name="Roth",
            street_address_1="Torstraße 1",
            city="Berlin",
            postal_code="10119",
            country=CountryCode.DE,
        )
        delivered = shop.deliver(checkout=checkout, address=address)
        accepted(delivered.checkout_shipping_address_update)
        accepted(delivered.checkout_billing_address_update)
        first = accepted(delivered.delivery_options_calculate).deliveries[0]
        cart = accepted(shop.choose_delivery(checkout=checkout, delivery=first.id)).checkout

        amount = cart.total_price.gross.amount
        event = {"event": {"type": "CHARGE_SUCCESS", "includePspReference": True}}
        accepted(shop.pay(checkout=checkout, amount=amount, gateway="mirumee.payments.dummy", data=event))
        order = shop.receipt(id=accepted(shop.finish(checkout=checkout)).order.id)
        assert isinstance(order.created, datetime)
        assert order.created.tzinfo is not None
        return {
            "order": order.model_dump(mode="json", by_alias=True),
            "price": variant.pricing.price.gross.amount,
            "problems": [problem.typename__ for problem in cart.problems],
            "paid": amount,
            "cards": [card.model_dump(mode="json", by_alias=True) for card in cards],
        }


if __name__ == "__main__":
    print(json.dumps(buy(*sys.argv[1:])))
