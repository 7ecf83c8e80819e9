"""Writes to orders. Stock, money and carriers are other rooms' business: `engine.flows` puts them together."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from engine.accounts.models import Address
from engine.checkout.pricing import PricedCheckout, PricedLine
from engine.core.context import Row, WriteCtx
from engine.core.ids import uuid7
from engine.core.locking import Rank, lock_rows
from engine.core.statements import Statement
from engine.core.tables import table
from engine.orders import discounts, queries, rules
from engine.orders.errors import CannotCancelOrder, CannotConfirm, CannotFulfill, UnknownOrder
from engine.orders.models import Fulfillment, FulfillmentLine, Order, OrderEvent, OrderLine

_o, _l, _e = table(Order), table(OrderLine), table(OrderEvent)
_f, _fl, _a = table(Fulfillment), table(FulfillmentLine), table(Address)

_NUMBER = Statement(sa.select(sa.func.nextval(sa.text("'order_number'"))))
_SOLD = Statement(
    sa.text(
        """
SELECT l.id AS line_id, l.is_gift, l.meta, l.private_meta, p.name AS product_name, v.name AS variant_name, v.sku,
  coalesce(pt.name, '') AS translated_product_name, coalesce(vt.name, '') AS translated_variant_name,
  p.hs_code, p.origin_country, coalesce(v.weight_grams, p.weight_grams, t.weight_grams, 0) AS weight_grams,
  coalesce(
    (SELECT m.id FROM product_variant_media vm JOIN product_media m ON m.id = vm.media_id
     WHERE vm.variant_id = v.id AND m.type = 'IMAGE' ORDER BY m.sort_order, m.id LIMIT 1),
    (SELECT m.id FROM product_media m
     WHERE m.product_id = p.id AND m.type = 'IMAGE' ORDER BY m.sort_order, m.id LIMIT 1)
  ) AS media_id
FROM checkout_line l
JOIN product_variant v ON v.id = l.variant_id
JOIN product p ON p.id = v.product_id
JOIN product_type t ON t.id = p.product_type_id
LEFT JOIN product_translation pt ON pt.product_id = p.id AND pt.language = :language
LEFT JOIN product_variant_translation vt ON vt.variant_id = v.id AND vt.language = :language
WHERE l.checkout_id = :checkout_id
"""
    ).bindparams(sa.bindparam("checkout_id", type_=sa.Uuid), sa.bindparam("language", type_=sa.Text))
)
_TAX_CLASSES = Statement(
    sa.text("SELECT id, name FROM tax_class WHERE id = ANY(:ids)").bindparams(
        sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger))
    )
)
_ADDRESS_OF_POINT = Statement(
    sa.text("SELECT address_id FROM warehouse WHERE id = :id").bindparams(sa.bindparam("id", type_=sa.Uuid))
)
_ADDRESS_COLUMNS = [column.name for column in _a.columns if column.name not in ("id", "user_id")]


async def lock(tx: WriteCtx, order_id: uuid.UUID) -> Row:
    """Raises UnknownOrder, also for an order of a channel that the caller is kept out of."""
    rows = await lock_rows(tx, Rank.ORDER, queries.LOCK, id=order_id)
    channels = tx.caller.channel_ids
    if not rows or (channels is not None and rows[0]["channel_id"] not in channels):
        raise UnknownOrder
    return rows[0]


async def create_from_checkout(
    tx: WriteCtx,
    priced: PricedCheckout,
    checkout: Row,
    order_id: uuid.UUID,
    *,
    confirmed: bool,
    display_gross_prices: bool,
    automatically: bool = False,
) -> tuple[Row, dict[uuid.UUID, uuid.UUID]]:
    """The order of a locked checkout, its lines a snapshot of what was sold; also which order line each checkout
    line became. `confirmed` when the channel confirms orders by itself."""
    billing = await _copy_address(tx, checkout["billing_address_id"])
    pickup = checkout["collection_point_id"]
    goes_to = checkout["shipping_address_id"] if pickup is None else await tx.value(_ADDRESS_OF_POINT, id=pickup)
    shipping = await _copy_address(tx, goes_to)
    delivery = priced.shipping
    values = {
        "id": order_id,
        "number": await tx.value(_NUMBER),
        "checkout_id": checkout["id"],
        "channel_id": checkout["channel_id"],
        "user_id": checkout["user_id"],
        "user_email": checkout["email"] or "",
        "status": rules.first_status(confirmed=confirmed),
        "language_code": checkout["language_code"],
        "currency": priced.currency,
        "billing_address_id": billing,
        "shipping_address_id": shipping,
        "shipping_method_id": delivery.shipping_method_id if delivery else None,
        "collection_point_id": checkout["collection_point_id"],
        "shipping_method_name": delivery.name if delivery else "",
        "carrier_id": delivery.carrier_id if delivery else None,
        "service_code": delivery.service_code if delivery else None,
        "shipping_net": priced.shipping_net,
        "shipping_gross": priced.shipping_gross,
        "shipping_tax_rate": priced.shipping_tax_rate,
        "subtotal_net": priced.subtotal_net,
        "subtotal_gross": priced.subtotal_gross,
        "gift_cards_net": priced.gift_cards_net,
        "gift_cards_gross": priced.gift_cards_gross,
        "total_net": priced.total_net,
        "total_gross": priced.total_gross,
        "undiscounted_total_net": priced.undiscounted_total_net,
        "undiscounted_total_gross": priced.undiscounted_total_gross,
        "display_gross_prices": display_gross_prices,
        "voucher_code": priced.voucher.code if priced.voucher else None,
        "voucher_id": priced.voucher.voucher_id if priced.voucher else None,
        "customer_note": checkout["note"],
        "meta": checkout["meta"],
        "private_meta": checkout["private_meta"],
        "created_at": tx.clock.now(),
        "updated_at": tx.clock.now(),
    }
    order = (await tx.execute(sa.insert(_o).values(values).returning(_o))).mappings().one()
    became = await _create_lines(tx, priced, checkout, order_id)
    await discounts.record(tx, order_id, priced, became, checkout["language_code"])
    await note(tx, order_id, "PLACED_AUTOMATICALLY_FROM_PAID_CHECKOUT" if automatically else "PLACED")
    tx.emit("order.created", "Order", order_id, number=order["number"], channel_id=order["channel_id"])
    return order, became


async def _create_lines(
    tx: WriteCtx, priced: PricedCheckout, checkout: Row, order_id: uuid.UUID
) -> dict[uuid.UUID, uuid.UUID]:
    sold = {
        row["line_id"]: row
        for row in await tx.fetch(_SOLD, checkout_id=checkout["id"], language=checkout["language_code"])
    }
    class_ids = list({line.tax_class_id for line in priced.lines if line.tax_class_id is not None})
    names = {row["id"]: row["name"] for row in await tx.fetch(_TAX_CLASSES, ids=class_ids)} if class_ids else {}
    became = {line.line_id: uuid7() for line in priced.lines}
    rows = [
        {
            "id": became[line.line_id],
            "order_id": order_id,
            "position": position,
            "tax_class_id": line.tax_class_id if line.tax_class_id in names else None,
            "tax_class_name": names.get(line.tax_class_id),
            **_snapshot(line, sold[line.line_id]),
        }
        for position, line in enumerate(priced.lines)
    ]
    if rows:
        await tx.execute(sa.insert(_l).values(rows))
    return became


def _snapshot(line: PricedLine, sold: Row) -> dict[str, Any]:
    return {
        "variant_id": line.variant_id,
        "product_name": sold["product_name"],
        "variant_name": sold["variant_name"],
        "translated_product_name": sold["translated_product_name"],
        "translated_variant_name": sold["translated_variant_name"],
        "product_sku": sold["sku"],
        "thumbnail_media_id": sold["media_id"],
        "quantity": line.quantity,
        "is_shipping_required": line.is_shipping_required,
        "is_gift": sold["is_gift"],
        "unit_net": line.unit_net,
        "unit_gross": line.unit_gross,
        "undiscounted_unit_net": line.undiscounted_unit_net,
        "undiscounted_unit_gross": line.undiscounted_unit_gross,
        "total_net": line.total_net,
        "total_gross": line.total_gross,
        "undiscounted_total_net": line.undiscounted_total_net,
        "undiscounted_total_gross": line.undiscounted_total_gross,
        **discounts.of_line(line),
        "tax_rate": line.tax_rate,
        "weight_grams": sold["weight_grams"],
        "hs_code": sold["hs_code"],
        "origin_country": sold["origin_country"],
        "meta": sold["meta"],
        "private_meta": sold["private_meta"],
    }


async def _copy_address(tx: WriteCtx, address_id: int | None) -> int | None:
    """An order's addresses are its own: the customer may change theirs, and the checkout goes."""
    if address_id is None:
        return None
    columns = [_a.c[name] for name in _ADDRESS_COLUMNS]
    copied = sa.insert(_a).from_select(_ADDRESS_COLUMNS, sa.select(*columns).where(_a.c.id == address_id))
    found = (await tx.execute(copied.returning(_a.c.id))).scalar_one_or_none()
    return None if found is None else int(found)


async def note(tx: WriteCtx, order_id: uuid.UUID, event_type: str, **parameters: Any) -> int:
    """Add to an order's history, in the words of Saleor's `OrderEventsEnum`; returns the event's id."""
    statement = (
        sa.insert(_e)
        .values(
            order_id=order_id,
            type=event_type,
            user_id=tx.caller.user_id,
            app_id=tx.caller.app_id,
            parameters=parameters,
            created_at=tx.clock.now(),
        )
        .returning(_e.c.id)
    )
    return int((await tx.execute(statement)).scalar_one())


async def set_status(tx: WriteCtx, order: Row, status: str) -> Row:
    """The order with its new status; also when it has that status already."""
    return await update(tx, order["id"], status=status)


async def confirm(tx: WriteCtx, order: Row) -> Row:
    """Raises CannotConfirm."""
    if not rules.can_confirm(order["status"]):
        raise CannotConfirm
    await note(tx, order["id"], "CONFIRMED")
    tx.emit("order.confirmed", "Order", order["id"])
    return await set_status(tx, order, "UNFULFILLED")


async def cancel(tx: WriteCtx, order: Row) -> Row:
    """Raises CannotCancelOrder. Giving the stock back is the caller's part."""
    (fulfillments,) = await queries.fulfillments_of(tx, [order["id"]])
    if not rules.can_cancel(order["status"], [row["status"] for row in fulfillments]):
        raise CannotCancelOrder
    await note(tx, order["id"], "CANCELED")
    tx.emit("order.cancelled", "Order", order["id"])
    return await set_status(tx, order, "CANCELED")


async def start_fulfillment(
    tx: WriteCtx,
    order: Row,
    quantities: Mapping[uuid.UUID, int],
    *,
    tracking_number: str = "",
    status: str = "FULFILLED",
) -> Row:
    """A fulfilment without lines yet, for these quantities of order lines. Raises CannotFulfill."""
    if not rules.can_fulfill(order["status"]):
        raise CannotFulfill(f"Orders with status {order['status']} can't be fulfilled.", code="INVALID")
    (lines,) = await queries.lines_of(tx, [order["id"]])
    left = {line["id"]: line["quantity"] - line["quantity_fulfilled"] for line in lines}
    beyond = rules.beyond_what_is_left(quantities, left)
    if beyond:
        raise CannotFulfill("Only what is left of a line of this order can be fulfilled.", beyond)
    return await add_fulfillment(tx, order, status=status, tracking_number=tracking_number)


async def add_fulfillment(tx: WriteCtx, order: Row, **values: Any) -> Row:
    """A fulfilment without lines yet, with the next number of its order."""
    (earlier,) = await queries.fulfillments_of(tx, [order["id"]])
    number = max((row["fulfillment_order"] for row in earlier), default=0) + 1
    statement = sa.insert(_f).values(
        order_id=order["id"], fulfillment_order=number, created_at=tx.clock.now(), **values
    )
    return (await tx.execute(statement.returning(_f))).mappings().one()


async def take_from_fulfillment(tx: WriteCtx, fulfillment_line_id: int, quantity: int) -> None:
    """So many units less; a line without any goes."""
    mine = _fl.c.id == fulfillment_line_id
    await tx.execute(sa.delete(_fl).where(mine, _fl.c.quantity <= quantity))
    await tx.execute(sa.update(_fl).where(mine).values(quantity=_fl.c.quantity - quantity))


async def drop_empty_fulfillments(tx: WriteCtx, order_id: uuid.UUID) -> None:
    """Those whose goods are all in others now; one that a carrier knows stays, so that its parcel is not forgotten."""
    lines = sa.exists(sa.select(_fl.c.id).where(_fl.c.fulfillment_id == _f.c.id))
    shipments = sa.table("shipment", sa.column("fulfillment_id", sa.BigInteger))
    known = sa.exists(sa.select(shipments.c.fulfillment_id).where(shipments.c.fulfillment_id == _f.c.id))
    await tx.execute(sa.delete(_f).where(_f.c.order_id == order_id, ~lines, ~known))


async def add_fulfillment_lines(
    tx: WriteCtx,
    fulfillment_id: int,
    shipped: Sequence[tuple[uuid.UUID, int | None, int]],
    reasons: Mapping[uuid.UUID, tuple[str, int | None]] | None = None,
) -> None:
    """`shipped` holds (order line, stock row or None, quantity); `reasons` why goods came back, by order line, in
    words and as the id of a page."""
    said = reasons or {}
    rows = [
        {
            "fulfillment_id": fulfillment_id,
            "order_line_id": line_id,
            "stock_id": stock_id,
            "quantity": quantity,
            "reason": said.get(line_id, ("", None))[0],
            "reason_page_id": said.get(line_id, ("", None))[1],
        }
        for line_id, stock_id, quantity in shipped
    ]
    await tx.execute(sa.insert(_fl).values(rows))


async def count_shipped(tx: WriteCtx, order: Row, quantities: Mapping[uuid.UUID, int]) -> Row:
    """Add shipped units (below zero: units that came back) to the lines, and bring the order's status up to date."""
    for line_id, quantity in quantities.items():
        await tx.execute(
            sa.update(_l)
            .where(_l.c.id == line_id, _l.c.order_id == order["id"])
            .values(quantity_fulfilled=_l.c.quantity_fulfilled + quantity)
        )
    return await refresh_status(tx, order)


async def refresh_status(tx: WriteCtx, order: Row) -> Row:
    """Bring the order's status in line with what was sent and what came back."""
    (lines,) = await queries.lines_of(tx, [order["id"]])
    (fulfillments,) = await queries.fulfillments_of(tx, [order["id"]])
    sent = await queries.fulfillment_lines_of(tx, [row["id"] for row in fulfillments])
    status = rules.status_of(
        order["status"],
        [(line["quantity"], line["quantity_fulfilled"]) for line in lines],
        [
            (row["status"], sum(line["quantity"] for line in group))
            for row, group in zip(fulfillments, sent, strict=True)
        ],
    )
    return await set_status(tx, order, status)


async def update_fulfillment(tx: WriteCtx, fulfillment_id: int, **values: Any) -> None:
    await tx.execute(sa.update(_f).where(_f.c.id == fulfillment_id).values(**values))


async def update(tx: WriteCtx, order_id: uuid.UUID, **values: Any) -> Row:
    """The order with its new values; `updated_at` besides."""
    statement = sa.update(_o).where(_o.c.id == order_id).values(**values, updated_at=tx.clock.now()).returning(_o)
    return (await tx.execute(statement)).mappings().one()
