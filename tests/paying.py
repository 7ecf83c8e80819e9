"""Documents of payments and orders, and a bank of our own whose answers a test decides."""

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from engine.checkout import customer, delivery, queries, service
from engine.checkout.customer import NewAddress
from engine.checkout.delivery import QuotedDelivery
from engine.checkout.service import NewCheckout, NewLine
from engine.core.addresses import AddressData
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.extensions.models import PluginConfiguration
from engine.extensions.registry import Registry
from engine.payments import queries as payments
from engine.sdk.amounts import Amount
from engine.sdk.payments import (
    ActionRequest,
    ConfigRequest,
    EventType,
    InitializeRequest,
    PaymentResult,
    ProcessRequest,
    ProviderEvent,
    WebhookMessage,
    WebhookRefused,
)
from engine.sdk.plugins import Capability, Kind, NoConfig, Plugin
from engine.shipping.models import ShippingMethod, ShippingMethodChannel
from tests.api import Api
from tests.stockroom import Stockroom

BANK = "test.bank"
BERLIN = AddressData(
    first_name="Ada", last_name="L", street_address_1="Weg 1", city="Berlin", postal_code="10115", country="DE"
)

MONEY = "amount currency"
TRANSACTION = f"""
  id name actions pspReference
  authorizedAmount {{ {MONEY} }} authorizePendingAmount {{ amount }}
  chargedAmount {{ amount }} chargePendingAmount {{ amount }}
  refundedAmount {{ amount }} refundPendingAmount {{ amount }} canceledAmount {{ amount }}
  events {{ type message amount {{ amount }} }}
"""
INITIALIZE = f"""
mutation($id: ID!, $gateway: PaymentGatewayToInitialize!, $amount: PositiveDecimal, $key: String,
         $action: TransactionFlowStrategyEnum) {{
  it: transactionInitialize(
    id: $id, paymentGateway: $gateway, amount: $amount, idempotencyKey: $key, action: $action
  ) {{
    transaction {{ {TRANSACTION} }} transactionEvent {{ type message pspReference }} data
    errors {{ field code message }} }} }}
"""
PROCESS = f"""
mutation($id: ID!, $data: JSON) {{
  it: transactionProcess(id: $id, data: $data) {{
    transaction {{ {TRANSACTION} }} transactionEvent {{ type message }} data errors {{ field code message }} }} }}
"""
REQUEST = f"""
mutation($id: ID!, $action: TransactionActionEnum!, $amount: PositiveDecimal) {{
  it: transactionRequestAction(id: $id, actionType: $action, amount: $amount) {{
    transaction {{ {TRANSACTION} }} errors {{ field code message }} }} }}
"""
ORDER = """
  id number status statusDisplay userEmail origin isPaid paymentStatus authorizeStatus chargeStatus
  channel { slug } shippingMethodName voucher { code } discounts { name }
  deliveryMethod { __typename ... on ShippingMethod { name price { amount } } ... on Warehouse { name } }
  total { gross { amount currency } net { amount } tax { amount } } subtotal { gross { amount } }
  shippingPrice { gross { amount } } totalCaptured { amount } totalBalance { amount }
  billingAddress { city } shippingAddress { city country { code } }
  lines { id productName variantName productSku quantity quantityFulfilled quantityToFulfill taxRate
          hsCode originCountry thumbnail { url } variant { id } unitPrice { gross { amount } }
          totalPrice { gross { amount } net { amount } } }
  fulfillments { id fulfillmentOrder status trackingNumber lines { quantity orderLine { id } } }
"""
COMPLETE = f"""
mutation($id: ID!) {{
  it: checkoutComplete(id: $id) {{
    order {{ {ORDER} }} confirmationNeeded confirmationData errors {{ field code message }} }} }}
"""
READ_ORDER = f"query($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"


def dummy(kind: str | None = "CHARGE_SUCCESS", gateway: str = "mirumee.payments.dummy") -> dict[str, Any]:
    data = None if kind is None else {"event": {"type": kind, "includePspReference": True}}
    return {"id": gateway, "data": data}


async def done(api: Api, document: str, **variables: Any) -> Any:
    """The answer of a mutation named `it` that must have no errors."""
    answer = (await api.run(document, **variables))["it"]
    assert answer["errors"] == []
    return answer


async def faults(api: Api, document: str, **variables: Any) -> list[tuple[str | None, str]]:
    """(field, code) of the errors of a mutation named `it`."""
    answer = (await api.run(document, **variables))["it"]
    return [(error["field"], error["code"]) for error in answer["errors"]]


@dataclass
class Bank:
    """Answers each call with what `says` gives for it, and notes it in `calls`.

    A string is an event type for the amount asked, an exception is raised, None hangs beyond every patience.
    """

    says: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    during: Callable[[str], Any] | None = None

    async def _answer(self, call: str, request: Any) -> PaymentResult:
        self.calls.append((call, request))
        if self.during is not None:
            await self.during(call)
        said = self.says.get(call)
        if isinstance(said, list):
            said = said.pop(0)
        if isinstance(said, Exception):
            raise said
        if said is None:
            await asyncio.Event().wait()
        if isinstance(said, PaymentResult):
            return said
        reference = request.psp_reference if call in ("process", "status") else None
        if call in ("capture", "refund", "cancel"):
            reference = f"{call}-{request.idempotency_key}"
        return PaymentResult(EventType(said), reference or f"pay-{request.reference}", request.amount)

    async def gateway_config(self, request: ConfigRequest) -> Any:
        return {"due": request.amount.minor, "given": request.data}

    async def initialize(self, request: InitializeRequest) -> PaymentResult:
        return await self._answer("initialize", request)

    async def process(self, request: ProcessRequest) -> PaymentResult:
        return await self._answer("process", request)

    async def status(self, request: ProcessRequest) -> PaymentResult:
        return await self._answer("status", request)

    async def capture(self, request: ActionRequest) -> PaymentResult:
        return await self._answer("capture", request)

    async def refund(self, request: ActionRequest) -> PaymentResult:
        return await self._answer("refund", request)

    async def cancel(self, request: ActionRequest) -> PaymentResult:
        return await self._answer("cancel", request)

    async def parse_webhook(self, message: WebhookMessage) -> Sequence[ProviderEvent]:
        """The body is a JSON list of events, the header `x-bank` its signature."""
        if message.headers.get("x-bank") != "signed":
            raise WebhookRefused("unsigned")
        return [
            ProviderEvent(
                event_id=item["id"],
                result=PaymentResult(
                    EventType(item["type"]), item.get("psp"), Amount(item["amount"], item.get("currency", "EUR"))
                ),
                psp_reference=item.get("payment"),
                reference=item.get("reference"),
            )
            for item in orjson.loads(message.body)
        ]

    def names(self) -> list[str]:
        return [name for name, _ in self.calls]


def bank_plugin(bank: Bank) -> Plugin[Any]:
    able = {Capability.AUTHORIZE, Capability.CHARGE, Capability.CAPTURE, Capability.CANCEL, Capability.REFUND}
    return Plugin(
        id=BANK, name="Test bank", kind=Kind.PAYMENT, version="1", engine=">=0", create=lambda *_: bank,
        capabilities=frozenset(able | {Capability.CONTINUE, Capability.WEBHOOK}), config=NoConfig, aliases=("bank",),
    )  # fmt: skip


def with_bank(registry: Registry, bank: Bank) -> Registry:
    """The registry with the bank in it; `configure_bank` must have run for its database."""
    plugin = bank_plugin(bank)
    return replace(registry, plugins={**registry.plugins, BANK: plugin, "bank": plugin}, instances={})


async def configure_bank(ctx: Ctx) -> None:
    async def work(tx: WriteCtx) -> None:
        tx.add(PluginConfiguration(plugin_id=BANK))

    await transact(ctx, work)


async def ready_cart(ctx: Ctx, room: Stockroom, *lines: tuple[int, int]) -> uuid.UUID:
    """A cart of (variant, quantity) lines with all that a payment needs; delivery is 5.00."""
    new = NewCheckout(channel_slug=room.channel_slug, lines=[NewLine(variant, count) for variant, count in lines])
    row = await transact(ctx, service.create_checkout, new)
    checkout_id: uuid.UUID = row["id"]
    await transact(ctx, customer.set_email, checkout_id, "ada@example.com")
    await transact(ctx, customer.set_billing_address, checkout_id, NewAddress(BERLIN))
    await transact(ctx, customer.set_shipping_address, checkout_id, NewAddress(BERLIN))

    async def method(tx: WriteCtx) -> int:
        made = ShippingMethod(shipping_zone_id=room.zone_id, name="Parcel", carrier_id="c", service_code="std")
        tx.add(made)
        await tx.session.flush()
        assert made.id
        tx.add(ShippingMethodChannel(shipping_method_id=made.id, channel_id=room.channel_id))
        return made.id

    await requote(ctx, checkout_id, await transact(ctx, method))
    return checkout_id


async def requote(ctx: Ctx, checkout_id: uuid.UUID, method_id: int | None = None) -> None:
    """Quote and choose a delivery for the cart as it is now; without `method_id`, that which it has."""
    if method_id is None:
        (row,) = await queries.by_ids(ctx, [checkout_id])
        assert row is not None
        (chosen,) = await queries.deliveries_by_ids(ctx, [row["delivery_id"]])
        assert chosen is not None
        method_id = chosen["shipping_method_id"]
    place = (await queries.places(ctx, [checkout_id]))[checkout_id]
    assert place.fingerprint is not None
    quotes = [QuotedDelivery(method_id, "c", "std", "Parcel", 500, "EUR")]
    (offer,) = await transact(ctx, delivery.record_quotes, checkout_id, place.fingerprint, quotes)
    await transact(ctx, delivery.choose_delivery, checkout_id, offer["id"])


async def history(ctx: Ctx, transaction_id: uuid.UUID) -> list[str]:
    """Types of a payment's events, oldest first."""
    (events,) = await payments.events_of(ctx, [transaction_id])
    return [event["type"] for event in events]


async def payment(ctx: Ctx, transaction_id: uuid.UUID) -> Row:
    (row,) = await payments.by_ids(ctx, [transaction_id])
    assert row is not None
    return row
