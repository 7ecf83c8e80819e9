"""Mails about an order, to the address it was placed with. They hold what was bought, nothing a stranger typed."""

import uuid
from enum import StrEnum
from typing import Any

from engine.core import mail
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.money import to_decimal
from engine.orders import queries, service
from engine.shop import mail as shop_mail

JOB = "orders.mail"


class OrderMail(StrEnum):
    """Also the name of the template; in upper case, Saleor's `OrderEventsEmailsEnum`."""

    ORDER_CONFIRMATION = "order_confirmation"
    FULFILLMENT_CONFIRMATION = "fulfillment_confirmation"
    TRACKING_UPDATED = "tracking_updated"
    ORDER_CANCEL = "order_cancel"


def post(tx: WriteCtx, kind: OrderMail, order_id: uuid.UUID, *, fulfillment_id: int | None = None) -> None:
    """Send it once this transaction is committed."""
    tx.enqueue(JOB, kind=kind.value, order_id=str(order_id), fulfillment_id=fulfillment_id)


async def deliver(ctx: Ctx, payload: dict[str, Any]) -> None:
    """The job."""
    kind, order_id = OrderMail(payload["kind"]), uuid.UUID(payload["order_id"])
    (order,) = await queries.by_ids(ctx, [order_id])
    if order is None or not order["user_email"]:
        return
    values = await _values(ctx, order, payload["fulfillment_id"])
    await shop_mail.send(ctx, mail.render("engine.orders", kind.value, order["user_email"], **values))

    async def note(tx: WriteCtx) -> None:
        await service.note(tx, order_id, "EMAIL_SENT", email=order["user_email"], email_type=kind.name)

    await transact(ctx, note)


async def _values(ctx: Ctx, order: Row, fulfillment_id: int | None) -> dict[str, Any]:
    (lines,) = await queries.lines_of(ctx, [order["id"]])
    sent = {line["id"]: line["quantity"] for line in lines}
    fulfillment = None
    if fulfillment_id is not None:
        fulfillment = await queries.fulfillment(ctx, fulfillment_id)
        (shipped,) = await queries.fulfillment_lines_of(ctx, [fulfillment_id])
        sent = {row["order_line_id"]: row["quantity"] for row in shipped}
    return {
        "number": order["number"],
        "lines": [
            {"name": _name(line), "quantity": sent[line["id"]], "total": _money(line["total_gross"], order)}
            for line in lines
            if line["id"] in sent
        ],
        "shipping": _money(order["shipping_gross"], order),
        "total": _money(order["total_gross"], order),
        "tracking_number": fulfillment["tracking_number"] if fulfillment is not None else "",
        "parcel": fulfillment["fulfillment_order"] if fulfillment is not None else 1,
    }


def _name(line: Row) -> str:
    product = line["translated_product_name"] or line["product_name"]
    variant = line["translated_variant_name"] or line["variant_name"]
    return f"{product} ({variant})" if variant and variant != product else product


def _money(amount: int, order: Row) -> str:
    return f"{to_decimal(amount, order['currency'])} {order['currency']}"
