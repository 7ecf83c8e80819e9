"""Beginning a payment: hold price and stock, write the payment down, call the provider, record its answer."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from engine.accounts import queries as accounts
from engine.accounts.rules import Permission
from engine.channels import queries as channels
from engine.checkout.hold import hold, locked
from engine.core.context import Caller, Ctx, Row, WriteCtx, transact
from engine.core.errors import PermissionDenied
from engine.flows.payment_gateways import Gateway, Owner, Payable, gateway_for, minor_units, payable
from engine.flows.payment_records import ASK_AFTER, ASK_JOB, ask, hold_until, keep_hold, written
from engine.listing.service import refresh_variants
from engine.orders import service as orders
from engine.payments import queries, rules, service
from engine.payments.errors import AmountRefused, DataRefused, KeyTaken, NothingToPay
from engine.payments.events import Begun, NewPayment
from engine.sdk.amounts import Address, Amount
from engine.sdk.payments import EventType, Flow, InitializeRequest, PaymentResult, ProcessRequest
from engine.sdk.plugins import Capability

_ADDRESS_FIELDS = tuple(Address.__dataclass_fields__)


@dataclass(frozen=True)
class Start:
    """`amount` is major units; None: all that is left to pay. `action` is for apps that handle payments."""

    owner: Owner
    gateway: str
    data: Any = None
    amount: Decimal | None = None
    action: str | None = None
    idempotency_key: str | None = None
    customer_address: str | None = None


@dataclass(frozen=True)
class Answer:
    """`data` is the provider's, for the storefront."""

    transaction: Row
    event: Row
    data: Any = None


async def initialize_transaction(ctx: Ctx, start: Start) -> Answer:
    """Raises CheckoutNotFound, UnknownOrder, GatewayUnavailable, whatever keeps the hold from being had, and Refusals.

    A decline is an answer. When the provider gives no clear one, the answer's event is the request itself, and a job
    asks what became of it. The same idempotency key goes on with the payment it began.
    """
    if start.action is not None:
        _check_action(ctx.caller)
    target = await payable(ctx, start.owner)
    gateway = await gateway_for(ctx, start.gateway, target)
    action = await _action(ctx, start, target, gateway)
    begun = await _begun_before(ctx, start, gateway, action)
    standing = begun is None or start.owner.kind == "Order" or await keep_hold(ctx, start.owner.id)
    if begun is None:
        begun = await transact(ctx, _begin, start, target, gateway, action)
    request = await _request(ctx, start, target, begun.transaction)
    asked = await ask(ctx, gateway, lambda: _call(gateway, request, begun.transaction, new=standing))
    transaction_id = begun.transaction["id"]
    if asked.refusal is not None:
        failed = PaymentResult(EventType(f"{action}_FAILURE"), message=str(asked.refusal))
        await written(ctx, transaction_id, failed, gateway, begun.claim)
        raise DataRefused(str(asked.refusal))
    recorded = None
    if asked.result is not None:
        recorded = await written(ctx, transaction_id, asked.result, gateway, begun.claim, checked=standing)
    if recorded is None or asked.result is None:
        return Answer(begun.transaction, unanswered(begun.claim))
    return Answer(recorded.transaction, recorded.event, asked.result.data)


def unanswered(claim: Row) -> Row:
    """The claim as the event of an answer that has not come."""
    return {**claim, "message": claim["message"] or "The payment provider has not answered yet."}


def _check_action(caller: Caller) -> None:
    if caller.app_id is None or not caller.has(Permission.HANDLE_PAYMENTS):
        raise PermissionDenied((Permission.HANDLE_PAYMENTS.value,))


async def _action(ctx: Ctx, start: Start, target: Payable, gateway: Gateway) -> str:
    (channel,) = await channels.by_ids(ctx, [target.channel_id])
    assert channel is not None
    return rules.flow_for(
        start.action or channel["default_transaction_flow"],
        can_charge=gateway.has(Capability.CHARGE),
        can_authorize=gateway.has(Capability.AUTHORIZE),
    )


async def _begun_before(ctx: Ctx, start: Start, gateway: Gateway, action: str) -> Begun | None:
    """The payment that the same idempotency key began. Raises KeyTaken when that was for something else."""
    if start.idempotency_key is None:
        return None
    row = await queries.by_key(ctx, gateway.plugin.id, start.idempotency_key)
    if row is None:
        return None
    owner_id = row["checkout_id"] if start.owner.kind == "Checkout" else row["order_id"]
    amount = row["requested_amount"] if start.amount is None else minor_units(start.amount, row["currency"])
    if (owner_id, row["action"], row["requested_amount"]) != (start.owner.id, action, amount):
        raise KeyTaken
    (events,) = await queries.events_of(ctx, [row["id"]])
    claim = next(event for event in events if event["call"] == "initialize")
    return Begun(row, claim)


async def _begin(tx: WriteCtx, start: Start, target: Payable, gateway: Gateway, action: str) -> Begun:
    variant_ids: list[int] = []
    if start.owner.kind == "Checkout":
        checkout = await locked(tx, start.owner.id)
        priced = await hold(tx, start.owner.id, until=await hold_until(tx, checkout), row=checkout)
        variant_ids = [line.variant_id for line in priced.lines]
        (paid,) = await queries.totals_for_checkouts(tx, [start.owner.id])
        moving = await queries.unanswered(tx, checkout_id=start.owner.id)
        left = priced.total_gross - paid.processed - moving
    else:
        order = await orders.lock(tx, start.owner.id)
        (paid,) = await queries.totals_for_orders(tx, [start.owner.id])
        moving = await queries.unanswered(tx, order_id=start.owner.id)
        left = order["total_gross"] - paid.processed - moving
    amount = _amount(start.amount, left, target.currency)
    begun = await service.begin(
        tx,
        NewPayment(
            channel_id=target.channel_id,
            provider_id=gateway.plugin.id,
            name=gateway.plugin.name,
            action=action,
            currency=target.currency,
            amount=amount,
            checkout_id=start.owner.id if start.owner.kind == "Checkout" else None,
            order_id=start.owner.id if start.owner.kind == "Order" else None,
            idempotency_key=start.idempotency_key,
        ),
    )
    tx.outbox.enqueue(ASK_JOB, {"claim_id": begun.claim["id"]}, after=ASK_AFTER)
    await refresh_variants(tx, variant_ids)
    return begun


def _amount(wanted: Decimal | None, left: int, currency: str) -> int:
    """Minor units to pay now. What is under way counts as paid, so that two windows do not pay twice."""
    if left <= 0:
        raise NothingToPay
    amount = left if wanted is None else minor_units(wanted, currency)
    if amount <= 0:
        raise AmountRefused("The amount must be above zero.")
    if amount > left:
        raise AmountRefused("The amount is more than what is left to pay.")
    return amount


async def _request(ctx: Ctx, start: Start, target: Payable, transaction: Row) -> InitializeRequest:
    address = None
    if target.billing_address_id is not None:
        (address,) = await accounts.addresses_by_ids(ctx, [target.billing_address_id])
    return InitializeRequest(
        reference=str(transaction["id"]),
        idempotency_key=str(transaction["id"]),
        amount=Amount(transaction["requested_amount"], transaction["currency"]),
        flow=Flow(transaction["action"]),
        data=start.data,
        email=target.email,
        billing_address=None if address is None else Address(**{name: address[name] for name in _ADDRESS_FIELDS}),
        customer_address=start.customer_address or ctx.client_address,
    )


async def _call(gateway: Gateway, request: InitializeRequest, transaction: Row, *, new: bool) -> PaymentResult:
    """A payment begun before whose stock is gone must not move money any more: only ask what became of it."""
    if new:
        return await gateway.provider.initialize(request)
    return await gateway.provider.status(status_request(transaction))


def status_request(transaction: Row) -> ProcessRequest:
    """Asks where a payment stands."""
    return ProcessRequest(
        reference=str(transaction["id"]),
        idempotency_key=str(transaction["id"]),
        psp_reference=transaction["psp_reference"],
        amount=Amount(transaction["requested_amount"], transaction["currency"]),
        flow=Flow(transaction["action"]),
        provider_data=transaction["provider_data"],
    )
