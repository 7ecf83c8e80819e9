"""One person's way through the shop, from the first look to the parcel's tracking number, and the staff behind it."""

import re
from pathlib import Path
from typing import Any

import pytest

from engine.core.jobs import run_pending
from engine.core.settings import Settings
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from tests.api import Api

pytestmark = pytest.mark.anyio

EMAIL = "mina.okafor@example.org"
PASSWORD = "a-long-enough-phrase"
BERLIN = {
    "firstName": "Mina",
    "lastName": "Okafor",
    "streetAddress1": "Torstraße 140",
    "city": "Berlin",
    "postalCode": "10119",
    "country": "DE",
    "phone": "+493012345678",
}

BROWSE = """
query Browse($channel: String!) {
  menu(slug: "navbar", channel: $channel) { items { name level children { name category { slug } url } } }
  categories(first: 100, level: 0) { edges { node { slug name children(first: 20) { edges { node { slug } } } } } }
  collection(slug: "featured-products", channel: $channel) {
    name
    products(first: 5, sortBy: {field: COLLECTION, direction: ASC}) {
      totalCount
      edges { node { name slug thumbnail(size: 256, format: WEBP) { url alt } category { name } } }
    }
  }
  page(slug: "shipping") { title content }
}
"""

LISTING = """
query Listing($channel: String!, $first: Int, $after: String, $filter: ProductFilterInput) {
  products(channel: $channel, first: $first, after: $after, filter: $filter,
           sortBy: {field: MINIMAL_PRICE, direction: ASC}) {
    totalCount
    pageInfo { hasNextPage endCursor }
    edges { cursor node { id name pricing { priceRange { start { gross { amount currency } } } } } }
  }
}
"""

SEARCH = """
query Search($channel: String!, $search: String!) {
  products(channel: $channel, first: 10, search: $search, sortBy: {field: RANK, direction: DESC}) {
    edges { node { slug name } }
  }
}
"""

PRODUCT = """
query Product($channel: String!, $slug: String!) {
  product(slug: $slug, channel: $channel) {
    id name isAvailable
    translation(languageCode: DE) { name }
    attributes { attribute { slug } values { name } }
    assignedAttributes { attribute { slug inputType } }
    media { url(size: 512) alt type }
    productVariants(first: 20) {
      edges { node { id sku name quantityAvailable pricing { price { gross { amount } tax { amount } } } } }
    }
  }
}
"""

CHECKOUT = """
fragment Cart on Checkout {
  id email isShippingRequired authorizeStatus chargeStatus
  lines { id quantity variant { id sku } unitPrice { gross { amount } } totalPrice { gross { amount } } }
  delivery { id shippingMethod { name price { amount } } }
  shippingPrice { gross { amount } }
  subtotalPrice { gross { amount } }
  totalPrice { gross { amount currency } tax { amount } }
  problems { __typename }
  availablePaymentGateways { id name currencies }
}
"""

ORDER = """
query Order($id: ID!) {
  order(id: $id) {
    id number status isPaid chargeStatus authorizeStatus userEmail
    total { gross { amount currency } tax { amount } }
    shippingPrice { gross { amount } }
    lines { productName quantity totalPrice { gross { amount } } thumbnail(size: 64) { url } variant { id } }
    shippingAddress { city country { code } }
    fulfillments { status trackingNumber lines { quantity orderLine { productName } } }
  }
}
"""


def cart(mutation: str) -> str:
    return CHECKOUT + mutation


async def checkout_step(api: Api, name: str, arguments: str, types: str, **variables: Any) -> Any:
    """Run one cart mutation that must succeed; its checkout."""
    document = cart(
        f"mutation({types}) {{ {name}({arguments}) {{ checkout {{ ...Cart }} errors {{ field code message }} }} }}"
    )
    answer = (await api.run(document, **variables))[name]
    assert answer["errors"] == []
    return answer["checkout"]


async def test_from_the_first_look_to_the_parcel(demo_api: Api, demo_shop: Shop, seeded_settings: Settings) -> None:
    channel = "eu"
    visitor = demo_api

    # A visitor looks around.
    shop = await visitor.run(BROWSE, channel=channel)
    assert shop["menu"]["items"]
    assert shop["categories"]["edges"]
    assert shop["page"]["title"]
    featured = shop["collection"]["products"]
    assert (
        featured["totalCount"] == len({edge["node"]["slug"] for edge in featured["edges"]})
        or featured["totalCount"] > 5
    )
    assert featured["edges"][0]["node"]["thumbnail"]["url"].startswith("http://shop.test/")

    # Pages of a sorted, filtered listing join without a gap or a repeat.
    seen: list[Any] = []
    after = None
    while True:
        page = await visitor.run(
            LISTING, channel=channel, first=20, after=after, filter={"stockAvailability": "IN_STOCK"}
        )
        products = page["products"]
        seen += [edge["node"] for edge in products["edges"]]
        if not products["pageInfo"]["hasNextPage"]:
            break
        after = products["pageInfo"]["endCursor"]
    assert len(seen) == len({product["id"] for product in seen}) == products["totalCount"]
    prices = [product["pricing"]["priceRange"]["start"]["gross"]["amount"] for product in seen]
    assert {product["pricing"]["priceRange"]["start"]["gross"]["currency"] for product in seen} == {"EUR"}
    assert len(prices) > 20

    # They search with a slip of the finger and still find it.
    await run_pending(demo_shop.ctx(), WIRING)
    wanted = await visitor.run(SEARCH, channel=channel, search="rooibso")
    assert wanted["products"]["edges"], "a swap of neighbours is forgiven"
    slug = featured["edges"][0]["node"]["slug"]
    product = (await visitor.run(PRODUCT, channel=channel, slug=slug))["product"]
    assert product["isAvailable"]
    variant = next(
        edge["node"] for edge in product["productVariants"]["edges"] if (edge["node"]["quantityAvailable"] or 0) >= 3
    )

    # They make an account, confirm it from the mail, and sign in.
    registered = await visitor.run(
        "mutation($input: AccountRegisterInput!) { accountRegister(input: $input) { errors { field code } } }",
        input={"email": EMAIL, "password": PASSWORD, "firstName": "Mina", "lastName": "Okafor", "channel": channel,
               "redirectUrl": "http://localhost/confirm"},
    )  # fmt: skip
    assert registered["accountRegister"]["errors"] == []
    await run_pending(demo_shop.ctx(), WIRING)
    token = token_from_mail(seeded_settings.data_dir / "mail", EMAIL)
    confirmed = await visitor.run(
        "mutation($email: String!, $token: String!) {"
        " confirmAccount(email: $email, token: $token) { errors { code message } user { isConfirmed } } }",
        email=EMAIL,
        token=token,
    )
    assert confirmed["confirmAccount"] == {"errors": [], "user": {"isConfirmed": True}}
    session = (
        await visitor.run(
            "mutation($email: String!, $password: String!) {"
            " tokenCreate(email: $email, password: $password) { refreshToken errors { code } } }",
            email=EMAIL,
            password=PASSWORD,
        )
    )["tokenCreate"]
    assert session["errors"] == []
    renewed = (
        await visitor.run(
            "mutation($token: String!) { tokenRefresh(refreshToken: $token) { token errors { code } } }",
            token=session["refreshToken"],
        )
    )["tokenRefresh"]
    assert renewed["errors"] == []
    shopper = Api(visitor.http, renewed["token"])

    # A cart: add, change one's mind, remove.
    created = (
        await shopper.run(
            cart(
                "mutation($input: CheckoutCreateInput!) { checkoutCreate(input: $input)"
                " { checkout { ...Cart } errors { field code message } } }"
            ),
            input={"channel": channel, "lines": []},
        )
    )["checkoutCreate"]
    assert created["errors"] == []
    id = created["checkout"]["id"]
    lines = [{"variantId": variant["id"], "quantity": 1}]
    await checkout_step(
        shopper, "checkoutLinesAdd", "id: $id, lines: $lines", "$id: ID!, $lines: [CheckoutLineInput!]!",
        id=id, lines=lines,
    )  # fmt: skip
    lines = [{"variantId": variant["id"], "quantity": 2}]
    checkout = await checkout_step(
        shopper, "checkoutLinesUpdate", "id: $id, lines: $lines", "$id: ID!, $lines: [CheckoutLineUpdateInput!]!",
        id=id, lines=lines,
    )  # fmt: skip
    extra = next(edge["node"] for edge in product["productVariants"]["edges"] if edge["node"]["id"] != variant["id"])
    checkout = await checkout_step(
        shopper, "checkoutLinesAdd", "id: $id, lines: $lines", "$id: ID!, $lines: [CheckoutLineInput!]!",
        id=id, lines=[{"variantId": extra["id"], "quantity": 1}],
    )  # fmt: skip
    unwanted = [line["id"] for line in checkout["lines"] if line["variant"]["id"] == extra["id"]]
    assert len(unwanted) == 1
    checkout = await checkout_step(
        shopper, "checkoutLinesDelete", "id: $id, linesIds: $lines", "$id: ID!, $lines: [ID!]!", id=id, lines=unwanted
    )
    assert [line["quantity"] for line in checkout["lines"]] == [2]
    unit = variant["pricing"]["price"]["gross"]["amount"]
    assert checkout["lines"][0]["unitPrice"]["gross"]["amount"] == unit
    assert checkout["subtotalPrice"]["gross"]["amount"] == pytest.approx(2 * unit)

    await checkout_step(shopper, "checkoutEmailUpdate", "id: $id, email: $email", "$id: ID!, $email: String!",
                        id=id, email=EMAIL)  # fmt: skip

    # An address is judged by its country's rules, and refused in words.
    refused = await shopper.run(
        "mutation($id: ID!, $address: AddressInput!) {"
        " checkoutShippingAddressUpdate(id: $id, shippingAddress: $address)"
        " { checkout { id } errors { field code message } } }",
        id=id,
        address={**BERLIN, "postalCode": "1"},
    )
    assert [(error["field"], error["code"]) for error in refused["checkoutShippingAddressUpdate"]["errors"]] == [
        ("postalCode", "INVALID")
    ]
    for step, argument in (("checkoutShippingAddressUpdate", "shippingAddress"),
                           ("checkoutBillingAddressUpdate", "billingAddress")):  # fmt: skip
        checkout = await checkout_step(
            shopper, step, f"id: $id, {argument}: $address", "$id: ID!, $address: AddressInput!", id=id, address=BERLIN
        )

    # Delivery is quoted by the carrier; the cheapest is chosen.
    quoted = (
        await shopper.run(
            "mutation($id: ID!) { deliveryOptionsCalculate(id: $id)"
            " { deliveries { id shippingMethod { name price { amount currency } } } errors { code } } }",
            id=id,
        )
    )["deliveryOptionsCalculate"]
    assert quoted["errors"] == []
    delivery = min(quoted["deliveries"], key=lambda option: option["shippingMethod"]["price"]["amount"])
    checkout = await checkout_step(
        shopper, "checkoutDeliveryMethodUpdate", "id: $id, deliveryMethodId: $delivery", "$id: ID!, $delivery: ID",
        id=id, delivery=delivery["id"],
    )  # fmt: skip
    assert checkout["delivery"]["id"] == delivery["id"]
    assert checkout["problems"] == []
    total = checkout["totalPrice"]["gross"]["amount"]
    assert total == pytest.approx(
        checkout["subtotalPrice"]["gross"]["amount"] + checkout["shippingPrice"]["gross"]["amount"]
    )

    # Not paid yet: no order.
    early = await shopper.run(
        "mutation($id: ID!) { checkoutComplete(id: $id) { order { id } errors { code } } }", id=id
    )
    assert early["checkoutComplete"] == {"order": None, "errors": [{"code": "CHECKOUT_NOT_FULLY_PAID"}]}

    # They pay with the gateway every storefront knows, and complete.
    assert "mirumee.payments.dummy" in {gateway["id"] for gateway in checkout["availablePaymentGateways"]}
    paid = (
        await shopper.run(
            "mutation($id: ID!, $gateway: PaymentGatewayToInitialize!) {"
            " transactionInitialize(id: $id, paymentGateway: $gateway) {"
            "  transaction { id actions } transactionEvent { type message } errors { field code message } } }",
            id=id,
            gateway={
                "id": "mirumee.payments.dummy",
                "data": {"event": {"type": "CHARGE_SUCCESS", "includePspReference": True}},
            },
        )
    )["transactionInitialize"]
    assert paid["errors"] == []
    assert paid["transactionEvent"]["type"] == "CHARGE_SUCCESS"
    complete = "mutation($id: ID!) { checkoutComplete(id: $id) { order { id number } errors { field code message } } }"
    completed = (await shopper.run(complete, id=id))["checkoutComplete"]
    assert completed["errors"] == []
    order_id = completed["order"]["id"]
    again = (await shopper.run(complete, id=id))["checkoutComplete"]
    assert again["order"] == completed["order"], "completing twice is the same order"

    order = (await visitor.run(ORDER, id=order_id))["order"]
    assert (order["status"], order["isPaid"], order["chargeStatus"]) == ("UNFULFILLED", True, "FULL")
    assert order["total"]["gross"] == {"amount": total, "currency": "EUR"}
    assert order["shippingAddress"] == {"city": "Berlin", "country": {"code": "DE"}}
    mine = await shopper.run("{ me { email orders(first: 5) { edges { node { number } } } } }")
    assert mine["me"]["orders"]["edges"] == [{"node": {"number": completed["order"]["number"]}}]

    # A question about it.
    ticket = (
        await shopper.run(
            "mutation($input: TicketCreateInput!) { ticketCreate(input: $input)"
            " { ticket { id number status order { number } } errors { field code message } } }",
            input={"subject": "A present", "body": "Can you leave out the price?", "orderId": order_id},
        )
    )["ticketCreate"]
    assert ticket["errors"] == []
    assert ticket["ticket"]["order"]["number"] == completed["order"]["number"]
    ticket_id = ticket["ticket"]["id"]

    # Staff see it, talk among themselves, answer, and send the parcel.
    staff = await visitor.as_admin()
    queue = await staff.run(
        "{ tickets(first: 50, filter: {status: [OPEN]}) { edges { node { id subject user { email } } } } }"
    )
    assert {"id": ticket_id, "subject": "A present", "user": {"email": EMAIL}} in [
        edge["node"] for edge in queue["tickets"]["edges"]
    ]
    answer = (
        "mutation($id: ID!, $input: TicketReplyInput!) { ticketReply(id: $id, input: $input)"
        " { ticket { status } errors { field code message } } }"
    )
    noted = await staff.run(answer, id=ticket_id, input={"body": "Gift note goes in the box.", "internal": True})
    assert noted["ticketReply"] == {"ticket": {"status": "OPEN"}, "errors": []}
    replied = await staff.run(answer, id=ticket_id, input={"body": "Gladly: no price on the slip."})
    assert replied["ticketReply"] == {"ticket": {"status": "PENDING"}, "errors": []}

    await send_parcel(staff, order_id)
    order = (await visitor.run(ORDER, id=order_id))["order"]
    assert order["status"] == "FULFILLED"
    (fulfillment,) = order["fulfillments"]
    assert fulfillment["trackingNumber"]

    # The shopper reads the answer (not the note) and is content.
    read = await shopper.run("query($id: ID!) { ticket(id: $id) { messages { body fromStaff } } }", id=ticket_id)
    assert read["ticket"]["messages"] == [
        {"body": "Can you leave out the price?", "fromStaff": False},
        {"body": "Gladly: no price on the slip.", "fromStaff": True},
    ]
    resolved = await shopper.run(
        "mutation($id: ID!) { ticketResolve(id: $id) { ticket { status } errors { code } } }", id=ticket_id
    )
    assert resolved["ticketResolve"] == {"ticket": {"status": "RESOLVED"}, "errors": []}

    # Nobody else sees any of it.
    assert await visitor.errors("query($id: ID!) { ticket(id: $id) { id } }", id=ticket_id)
    assert await visitor.errors("{ orders(first: 1) { edges { node { id } } } }")


async def send_parcel(staff: Api, order_id: str) -> None:
    order = (
        await staff.run(
            "query($id: ID!) { order(id: $id)"
            " { lines { id quantity variant { stocks { warehouse { id } quantity } } } } }",
            id=order_id,
        )
    )["order"]
    lines = [
        {
            "orderLineId": line["id"],
            "stocks": [
                {
                    "quantity": line["quantity"],
                    "warehouse": max(line["variant"]["stocks"], key=lambda stock: stock["quantity"])["warehouse"]["id"],
                }
            ],
        }
        for line in order["lines"]
    ]
    sent = (
        await staff.run(
            "mutation($order: ID!, $input: OrderFulfillInput!) { orderFulfill(order: $order, input: $input)"
            " { fulfillments { status trackingNumber } errors { field code message } } }",
            order=order_id,
            input={"lines": lines, "notifyCustomer": True},
        )
    )["orderFulfill"]
    assert sent["errors"] == []


def token_from_mail(folder: Path, email: str) -> str:
    """The confirmation token in the newest mail to `email`."""
    mails = sorted(folder.rglob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in mails:
        text = path.read_text()
        found = re.search(r"token=([\w.\-]+)", text.replace("=\n", "").replace("=3D", "="))
        if email in text and found:
            return found.group(1)
    raise AssertionError(f"no mail to {email} in {folder}")
