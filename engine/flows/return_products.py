"""Goods that come back or are refunded unsent: they move into a fulfilment of their own, and money is paid back.

Returned goods are not for sale again by that: whoever looks at them counts them in.
"""

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal, Refusals
from engine.core.ids import to_global
from engine.core.money import round_half_up
from engine.flows.grant_refunds import Grant, GrantLine, grant, pay_out
from engine.flows.payment_gateways import gateway_of, minor_units
from engine.inventory import service as inventory
from engine.listing.service import refresh_variants
from engine.orders import queries, service
from engine.payments import queries as payments
from engine.refunds import queries as refunds
from engine.refunds import reasons

TAKEN_FROM = frozenset({"FULFILLED", "RETURNED", "REFUNDED", "WAITING_FOR_APPROVAL"})


@dataclass(frozen=True)
class Units:
    """So many units of an order line that were not sent, or of a line of a fulfilment."""

    id: uuid.UUID | int
    quantity: int
    reason: str = ""
    reason_page_id: int | None = None


@dataclass(frozen=True)
class Back:
    """`amount` is major units; None: what the goods, and the shipping when included, were sold for."""

    order_lines: Sequence[Units] = ()
    fulfillment_lines: Sequence[Units] = ()
    refund: bool = True
    returned: bool = False
    amount: Decimal | None = None
    shipping: bool = False
    reason: str = ""
    reason_page_id: int | None = None


@dataclass
class _Moved:
    """Where the units come from, by the status that their new fulfilment has."""

    units: dict[str, list[tuple[uuid.UUID, int | None, int]]] = field(default_factory=lambda: defaultdict(list))
    reasons: dict[uuid.UUID, Units] = field(default_factory=dict)
    unsent: dict[uuid.UUID, int] = field(default_factory=dict)
    sent: dict[int, int] = field(default_factory=dict)
    held: dict[uuid.UUID, int] = field(default_factory=dict)
    """Units for which stock is still kept."""

    def quantities(self) -> dict[uuid.UUID, int]:
        found: dict[uuid.UUID, int] = defaultdict(int)
        for units in self.units.values():
            for line_id, _, quantity in units:
                found[line_id] += quantity
        return found


class CannotMove(Refusal):
    code = "INVALID"

    def __init__(self, message: str, field: str, line_id: uuid.UUID | None = None, *, code: str = "INVALID") -> None:
        known = None if line_id is None else [to_global("OrderLine", line_id)]
        super().__init__(message, field=field, code=code, order_lines=known)


async def take_back(ctx: Ctx, order_id: uuid.UUID, back: Back) -> tuple[Row, list[Row]]:
    """The order and the new fulfilments. With a refund it is granted with them, and then asked of its payment: a
    decline is an event of the payment, and the grant stays.

    Raises UnknownOrder, CannotMove, Refusal (CANNOT_REFUND where no payment has the money, or its provider cannot).
    """
    order, made, refund_id = await transact(ctx, _take_back, order_id, back)
    if refund_id is not None:
        await pay_out(ctx, None, refund_id)
        (order,) = await queries.by_ids(ctx, [order_id])
    return order, made


async def _take_back(tx: WriteCtx, order_id: uuid.UUID, back: Back) -> tuple[Row, list[Row], int | None]:
    order = await service.lock(tx, order_id)
    if back.returned:
        units = (*back.order_lines, *back.fulfillment_lines)
        await reasons.check(tx, "RETURN", back.reason_page_id, (unit.reason_page_id for unit in units))
    (lines,) = await queries.lines_of(tx, [order_id])
    by_id = {line["id"]: line for line in lines}
    moved = await _moved(tx, order, by_id, back)
    quantities = moved.quantities()
    if not quantities and not (back.refund and (back.amount is not None or back.shipping)):
        raise CannotMove("Say what comes back.", "orderLines", code="REQUIRED")
    refund = await _grant(tx, order, by_id, quantities, back) if back.refund else None
    for line_id, quantity in sorted(moved.held.items()):
        await inventory.deallocate_line(tx, order_line_id=line_id, quantity=quantity, cause="refunded unsent")
    for fulfillment_line_id, quantity in moved.sent.items():
        await service.take_from_fulfillment(tx, fulfillment_line_id, quantity)
    made = [
        await _fulfillment(tx, order, status, units, moved, refund, back, first=place == 0)
        for place, (status, units) in enumerate(sorted(moved.units.items()))
    ]
    await service.drop_empty_fulfillments(tx, order_id)
    order = await service.count_shipped(tx, order, moved.unsent)
    await _tell(tx, order, quantities, refund, back)
    await refresh_variants(tx, (by_id[line_id]["variant_id"] for line_id in quantities))
    return order, made, refund["id"] if refund is not None else None


async def _moved(tx: WriteCtx, order: Row, lines: Mapping[uuid.UUID, Row], back: Back) -> _Moved:
    moved = _Moved()
    for unit in back.order_lines:
        line = lines.get(unit.id)  # type: ignore[arg-type]
        if line is None:
            raise CannotMove("Couldn't resolve to an OrderLine.", "orderLineId", code="NOT_FOUND")
        before = moved.unsent.get(line["id"], 0)
        if unit.quantity <= 0 or before + unit.quantity > line["quantity"] - line["quantity_fulfilled"]:
            raise CannotMove("Provided quantity is bigger than what is unsent of the line.", "orderLineId", line["id"])
        moved.unsent[line["id"]] = before + unit.quantity
        moved.held[line["id"]] = moved.unsent[line["id"]]
        moved.units[_status(back, "")].append((line["id"], None, unit.quantity))
        moved.reasons[line["id"]] = unit
    (fulfillments,) = await queries.fulfillments_of(tx, [order["id"]])
    by_id = {row["id"]: row for row in fulfillments}
    groups = await queries.fulfillment_lines_of(tx, list(by_id))
    sent = {row["id"]: row for group in groups for row in group}
    for unit in back.fulfillment_lines:
        row = sent.get(unit.id)
        if row is None:
            raise CannotMove("Couldn't resolve to a FulfillmentLine.", "fulfillmentLineId", code="NOT_FOUND")
        source = by_id[row["fulfillment_id"]]["status"]
        if source not in TAKEN_FROM or source == _status(back, source):
            raise CannotMove(f"Goods of a fulfillment with status {source} can't come back.", "fulfillmentLineId")
        before = moved.sent.get(row["id"], 0)
        if unit.quantity <= 0 or before + unit.quantity > row["quantity"]:
            message = "Provided quantity is bigger than quantity of the fulfillment line."
            raise CannotMove(message, "fulfillmentLineId", row["order_line_id"])
        moved.sent[row["id"]] = before + unit.quantity
        if source == "WAITING_FOR_APPROVAL":
            moved.held[row["order_line_id"]] = moved.held.get(row["order_line_id"], 0) + unit.quantity
        moved.units[_status(back, source)].append((row["order_line_id"], row["stock_id"], unit.quantity))
        moved.reasons[row["order_line_id"]] = unit
    return moved


def _status(back: Back, source: str) -> str:
    """Of the fulfilment that takes them: goods can be returned first and refunded later, or the other way round."""
    returned = back.returned or source == "RETURNED"
    refunded = back.refund or source == "REFUNDED"
    if returned and refunded:
        return "REFUNDED_AND_RETURNED"
    return "RETURNED" if returned else "REFUNDED"


async def _grant(
    tx: WriteCtx, order: Row, lines: Mapping[uuid.UUID, Row], quantities: Mapping[uuid.UUID, int], back: Back
) -> Row:
    """The refund, of a payment that has the money and whose provider can pay it back."""
    amount = _amount(order, lines, quantities, back)
    transaction = await _payment(tx, order, amount)
    granted = await refunds.granted_units(tx, order["id"])
    fit = all(granted.get(id, 0) + quantity <= lines[id]["quantity"] for id, quantity in quantities.items())
    wanted = Grant(
        transaction["id"],
        amount=None,
        reason=back.reason,
        lines=[GrantLine(id, quantity) for id, quantity in quantities.items()] if fit else (),
        shipping=back.shipping,
    )
    try:
        _, made = await grant(tx, order["id"], wanted, minor=amount)
    except (Refusal, Refusals) as refusal:
        raise Refusal(str(refusal), field="amountToRefund", code="CANNOT_REFUND") from refusal
    return made


def _amount(order: Row, lines: Mapping[uuid.UUID, Row], quantities: Mapping[uuid.UUID, int], back: Back) -> int:
    if back.amount is not None:
        return minor_units(back.amount, order["currency"])
    parts = (
        round_half_up(lines[id]["total_gross"] * quantity, lines[id]["quantity"]) for id, quantity in quantities.items()
    )
    return sum(parts) + (order["shipping_gross"] if back.shipping else 0)


async def _payment(tx: WriteCtx, order: Row, amount: int) -> Row:
    (found,) = await payments.transactions_of_orders(tx, [order["id"]])
    for row in found:
        if row["provider_id"] and row["charged_amount"] - await refunds.waiting(tx, row["id"]) >= amount > 0:
            gateway = await gateway_of(tx, row["provider_id"], row["channel_id"])
            if gateway is not None and "REFUND" in gateway.actions:
                return row
    message = "No payment of this order has so much that its provider can pay back."
    raise Refusal(message, field="amountToRefund", code="CANNOT_REFUND")


async def _fulfillment(
    tx: WriteCtx,
    order: Row,
    status: str,
    units: Sequence[tuple[uuid.UUID, int | None, int]],
    moved: _Moved,
    refund: Row | None,
    back: Back,
    *,
    first: bool,
) -> Row:
    """What was paid back stands on the first of them."""
    values: dict[str, Any] = {"status": status, "reason": back.reason, "reason_page_id": back.reason_page_id}
    if refund is not None and first:
        values["total_refund_amount"] = refund["amount"]
        values["shipping_refund_amount"] = order["shipping_gross"] if back.shipping else None
    made = await service.add_fulfillment(tx, order, **values)
    said = {id: (unit.reason, unit.reason_page_id) for id, unit in moved.reasons.items()}
    await service.add_fulfillment_lines(tx, made["id"], units, said)
    tx.emit("fulfillment.created", "Fulfillment", made["id"], order_id=str(order["id"]))
    return made


async def _tell(tx: WriteCtx, order: Row, quantities: Mapping[uuid.UUID, int], refund: Row | None, back: Back) -> None:
    lines = [{"line_id": str(id), "quantity": quantity} for id, quantity in quantities.items()]
    if back.returned:
        await service.note(tx, order["id"], "FULFILLMENT_RETURNED", lines=lines)
    if refund is not None:
        await service.note(
            tx,
            order["id"],
            "FULFILLMENT_REFUNDED",
            lines=lines,
            amount=refund["amount"],
            shipping_costs_included=back.shipping,
        )
    tx.emit("order.updated", "Order", order["id"])
