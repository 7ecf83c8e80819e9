"""The shortest way from a variant to an order, for tests that are about something else."""

from typing import Any

from tests.api import Api

ADDRESS = {
    "firstName": "Ada",
    "lastName": "Test",
    "streetAddress1": "Unter den Linden 1",
    "city": "Berlin",
    "postalCode": "10117",
    "country": "DE",
}
DUMMY = {
    "id": "mirumee.payments.dummy",
    "data": {"event": {"type": "CHARGE_SUCCESS", "includePspReference": True}},
}

CREATE = """mutation($input: CheckoutCreateInput!) {
  checkoutCreate(input: $input) { checkout { id } errors { field code message } } }"""
DELIVERIES = """mutation($id: ID!) {
  deliveryOptionsCalculate(id: $id) { deliveries { id } errors { code message } } }"""
DELIVERY = """mutation($id: ID!, $delivery: ID) {
  checkoutDeliveryMethodUpdate(id: $id, deliveryMethodId: $delivery) { errors { field code message } } }"""
PAY = """mutation($id: ID!, $gateway: PaymentGatewayToInitialize!) {
  transactionInitialize(id: $id, paymentGateway: $gateway) {
    transaction { id } transactionEvent { type } errors { field code message } } }"""
COMPLETE = """mutation($id: ID!) {
  checkoutComplete(id: $id) { order { id number } errors { field code message } } }"""


async def ready_checkout(api: Api, channel: str, variant_id: str, email: str, quantity: int = 1) -> str:
    """A checkout with everything but the payment; its id."""
    lines = [{"variantId": variant_id, "quantity": quantity}]
    given = {"channel": channel, "email": email, "lines": lines, "shippingAddress": ADDRESS, "billingAddress": ADDRESS}
    created = (await api.run(CREATE, input=given))["checkoutCreate"]
    assert created["errors"] == []
    id: str = created["checkout"]["id"]
    quoted = (await api.run(DELIVERIES, id=id))["deliveryOptionsCalculate"]
    assert quoted["errors"] == []
    chosen = await api.run(DELIVERY, id=id, delivery=quoted["deliveries"][0]["id"])
    assert chosen["checkoutDeliveryMethodUpdate"]["errors"] == []
    return id


async def pay_and_complete(api: Api, id: str) -> dict[str, Any]:
    """The order, or the errors of the step that was refused, each as the API gave them."""
    paid = (await api.run(PAY, id=id, gateway=DUMMY))["transactionInitialize"]
    if paid["errors"]:
        return {"order": None, "errors": paid["errors"]}
    answer: dict[str, Any] = (await api.run(COMPLETE, id=id))["checkoutComplete"]
    return answer
