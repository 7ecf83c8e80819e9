"""A shop that sells over HTTP, and the documents a storefront sends for a cart."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import to_global
from engine.core.tables import table
from engine.extensions.models import PluginConfiguration
from engine.flows.shop import Shop
from engine.shipping.models import ShippingMethod, ShippingMethodChannel, ShippingRate
from tests.api import Api
from tests.stockroom import Stockroom, build

CART = """
  id email quantity isShippingRequired languageCode
  channel { slug }
  lines { id quantity variant { id sku } unitPrice { gross { amount } } undiscountedUnitPrice { amount currency }
          totalPrice { gross { amount } net { amount } tax { amount } } }
  subtotalPrice { gross { amount currency } } shippingPrice { gross { amount } } totalPrice { gross { amount } }
  shippingAddress { city country { code } } billingAddress { city }
  delivery { id shippingMethod { id name price { amount } active } }
  deliveryMethod { __typename ... on ShippingMethod { name } ... on Warehouse { name } }
  authorizeStatus chargeStatus totalBalance { amount }
  problems { __typename
    ... on CheckoutProblemDeliveryMethodStale { delivery { id } }
    ... on CheckoutProblemDeliveryMethodInvalid { delivery { id } }
    ... on CheckoutLineProblemInsufficientStock { availableQuantity line { id } }
    ... on CheckoutLineProblemVariantNotAvailable { line { id } } }
"""
ERRORS = "errors { field code message variants lines addressType }"
CREATE = (
    "mutation($input: CheckoutCreateInput!) { it: checkoutCreate(input: $input) {"
    f" checkout {{ {CART} }} {ERRORS} }} }}"
)
READ = f"query($id: ID!) {{ checkout(id: $id) {{ {CART} }} }}"
BERLIN = {
    "firstName": "Ada", "lastName": "L", "streetAddress1": "Weg 1", "city": "Berlin", "postalCode": "10115",
    "country": "DE",
}  # fmt: skip
NOWHERE = to_global("Checkout", "00000000-0000-7000-8000-000000000000")


def mutation(name: str, arguments: str) -> str:
    """`arguments` such as "lines: [CheckoutLineInput!]!": one that every cart mutation takes beside the id."""
    declared = ", ".join(f"${part.strip()}" for part in arguments.split(";") if part)
    passed = ", ".join(
        f"{part.split(':')[0].strip()}: ${part.split(':')[0].strip()}" for part in arguments.split(";") if part
    )
    return f"mutation($id: ID, {declared}) {{ it: {name}(id: $id, {passed}) {{ checkout {{ {CART} }} {ERRORS} }} }}"


ADD = mutation("checkoutLinesAdd", "lines: [CheckoutLineInput!]!")
UPDATE = mutation("checkoutLinesUpdate", "lines: [CheckoutLineUpdateInput!]!")
DELETE = mutation("checkoutLinesDelete", "linesIds: [ID!]!")
DELETE_ONE = mutation("checkoutLineDelete", "lineId: ID")
EMAIL = mutation("checkoutEmailUpdate", "email: String!")
SHIP_TO = mutation(
    "checkoutShippingAddressUpdate",
    "shippingAddress: AddressInput!; validationRules: CheckoutAddressValidationRules; saveAddress: Boolean",
)
BILL_TO = mutation("checkoutBillingAddressUpdate", "billingAddress: AddressInput!")
CHOOSE = mutation("checkoutDeliveryMethodUpdate", "deliveryMethodId: ID")
LANGUAGE = mutation("checkoutLanguageCodeUpdate", "languageCode: LanguageCodeEnum!")
NOTE = mutation("checkoutCustomerNoteUpdate", "customerNote: String!")
ADD_CODE = mutation("checkoutAddPromoCode", "promoCode: String!")
REMOVE_CODE = mutation("checkoutRemovePromoCode", "promoCode: String")
QUOTE = """mutation($id: ID!) { it: deliveryOptionsCalculate(id: $id) {
  deliveries { id shippingMethod { id name price { amount currency } minimumDeliveryDays } } warnings
  errors { field code } } }"""


@dataclass
class Store:
    ctx: Ctx
    room: Stockroom
    methods: list[str]

    @property
    def variants(self) -> list[str]:
        return [to_global("ProductVariant", variant) for variant in self.room.variants]


@asynccontextmanager
async def open_store(shop: Shop) -> AsyncIterator[Store]:
    """Three variants with 10, 2 and 5 units at 10.00, delivered at 4.90 or 12.90."""
    ctx = shop.ctx()
    room = await build(ctx, stock=[(10, 0), (2, 0), (5, 0)], price=1000)

    async def work(tx: WriteCtx) -> list[int]:
        known = (await tx.execute(sa.select(table(PluginConfiguration).c.plugin_id))).scalars().all()
        for plugin_id in ("argosy.table-rate", "mirumee.payments.dummy"):
            if plugin_id not in known:
                tx.add(PluginConfiguration(plugin_id=plugin_id))
        made = []
        for name, amount in (("Parcel", 490), ("Express", 1290)):
            method = ShippingMethod(
                shipping_zone_id=room.zone_id, name=name, carrier_id="argosy.table-rate", service_code=name
            )
            tx.add(method)
            await tx.session.flush()
            assert method.id
            tx.add(
                ShippingMethodChannel(shipping_method_id=method.id, channel_id=room.channel_id),
                ShippingRate(shipping_method_id=method.id, channel_id=room.channel_id, amount=amount),
            )
            made.append(method.id)
        return made

    methods = [to_global("ShippingMethod", pk) for pk in await transact(ctx, work)]
    yield Store(ctx, room, methods)
    await ctx.release()


async def ok(api: Api, document: str, **variables: Any) -> Any:
    answer = (await api.run(document, **variables))["it"]
    assert answer["errors"] == []
    return answer.get("checkout", answer)


async def refused(api: Api, document: str, **variables: Any) -> list[tuple[str | None, str]]:
    """(field, code) of each error of a mutation that must answer nothing else."""
    answer = (await api.run(document, **variables))["it"]
    assert answer.get("checkout") is None
    assert all(error.get("message", "said") for error in answer["errors"])
    return [(error["field"], error["code"]) for error in answer["errors"]]


async def new_cart(api: Api, store: Store, *lines: tuple[int, int]) -> Any:
    wanted = [{"variantId": store.variants[place], "quantity": quantity} for place, quantity in lines]
    return await ok(api, CREATE, input={"channel": store.room.channel_slug, "lines": wanted})


def contents(cart: Any) -> list[tuple[str, int]]:
    return [(line["variant"]["id"], line["quantity"]) for line in cart["lines"]]
