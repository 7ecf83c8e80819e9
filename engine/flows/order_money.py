"""Moving money by order and not by payment: capture, refund and void find the payment that can do it."""

import uuid
from decimal import Decimal

from engine.core.context import Ctx, Row
from engine.core.errors import Refusal
from engine.flows.payment_gateways import minor_units
from engine.flows.transaction_actions import move
from engine.orders import queries as orders
from engine.orders.errors import UnknownOrder
from engine.payments import queries, rules, service

_NOTHING = {
    "CHARGE": ("CAPTURE_INACTIVE_PAYMENT", "Only pre-authorized payments can be captured."),
    "REFUND": ("CANNOT_REFUND", "Payment cannot be refunded."),
    "CANCEL": ("VOID_INACTIVE_PAYMENT", "Only pre-authorized payments can be voided."),
}


async def capture(ctx: Ctx, order_id: uuid.UUID, amount: Decimal) -> Row:
    """Charge so many major units of what one payment has authorised; returns the order.

    Raises UnknownOrder, Refusal. A provider's decline is an event of the payment, not an error.
    """
    return await _by_amount(ctx, order_id, "CHARGE", amount)


async def refund(ctx: Ctx, order_id: uuid.UUID, amount: Decimal) -> Row:
    """Pay so many major units back from one payment. Raises as `capture`."""
    return await _by_amount(ctx, order_id, "REFUND", amount)


async def void(ctx: Ctx, order_id: uuid.UUID) -> Row:
    """Let go of all that is authorised. Raises as `capture`."""
    order, payments = await _payments(ctx, order_id)
    able = [row for row in payments if rules.room("CANCEL", service.amounts(row)) > 0]
    if not able:
        raise _nothing("CANCEL")
    for row in able:
        await _move(ctx, row, "CANCEL", None)
    return await _again(ctx, order)


async def _by_amount(ctx: Ctx, order_id: uuid.UUID, action: str, amount: Decimal) -> Row:
    order, payments = await _payments(ctx, order_id)
    wanted = minor_units(amount, order["currency"])
    if wanted <= 0:
        raise Refusal("Amount should be a positive number.", field="amount", code="PAYMENT_ERROR")
    rooms = [(rules.room(action, service.amounts(row)), row) for row in payments]
    if not any(room > 0 for room, _ in rooms):
        raise _nothing(action)
    able = next((row for room, row in rooms if room >= wanted), None)
    if able is None:
        raise Refusal("No payment of this order has so much.", field="amount", code="PAYMENT_ERROR")
    await _move(ctx, able, action, wanted)
    return await _again(ctx, order)


async def _payments(ctx: Ctx, order_id: uuid.UUID) -> tuple[Row, list[Row]]:
    (order,) = await orders.by_ids(ctx, [order_id])
    channels = ctx.caller.channel_ids
    if order is None or (channels is not None and order["channel_id"] not in channels):
        raise UnknownOrder
    (found,) = await queries.transactions_of_orders(ctx, [order_id])
    if not found:
        raise Refusal("There's no payment associated with the order.", field="payment", code="PAYMENT_MISSING")
    return order, found


async def _move(ctx: Ctx, row: Row, action: str, amount: int | None) -> None:
    try:
        await move(ctx, row, action, amount=amount)
    except Refusal as refusal:
        raise Refusal(refusal.message, field="payment", code="PAYMENT_ERROR") from refusal


async def _again(ctx: Ctx, order: Row) -> Row:
    (found,) = await orders.by_ids(ctx, [order["id"]])
    return found


def _nothing(action: str) -> Refusal:
    code, message = _NOTHING[action]
    return Refusal(message, field="payment", code=code)
