"""Choosing how a cart is delivered, and keeping what carriers quoted for it."""

import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from engine.checkout import queries
from engine.checkout.collection import points_of
from engine.checkout.delivery_state import DeliveryState, delivery_states
from engine.checkout.errors import DeliveryRefused
from engine.checkout.hold import locked, locked_for_edit
from engine.checkout.models import CheckoutDelivery
from engine.checkout.pricing import price
from engine.checkout.rules import is_held
from engine.checkout.upkeep import changed
from engine.core.context import Row, WriteCtx
from engine.core.errors import NotFound, Refusal
from engine.core.tables import table
from engine.inventory import queries as inventory

_d = table(CheckoutDelivery)
_GONE = "This delivery is no longer offered."


@dataclass(frozen=True)
class QuotedDelivery:
    """A method as it was quoted; `amount` is minor units of `currency`, entered as the channel enters prices."""

    shipping_method_id: int
    carrier_id: str
    service_code: str
    name: str
    amount: int
    currency: str
    tax_class_id: int | None = None
    minimum_delivery_days: int | None = None
    maximum_delivery_days: int | None = None
    message: str = ""


async def record_quotes(
    tx: WriteCtx, checkout_id: uuid.UUID, fingerprint: str, quotes: Sequence[QuotedDelivery]
) -> list[Row]:
    """Keep quotes made for `fingerprint` in place of earlier ones; returns the rows now offered, cheapest first.

    A method quoted before keeps its id, so that a choice of it stands. A held checkout keeps what it has: its prices
    are fixed. Raises CheckoutNotFound.
    """
    row = await locked(tx, checkout_id)
    if not is_held(row["held_until"], tx.clock.now()):
        await _replace(tx, row, fingerprint, quotes)
    (offered,) = await queries.offered_deliveries(tx, [checkout_id])
    return offered


async def _replace(tx: WriteCtx, row: Row, fingerprint: str, quotes: Sequence[QuotedDelivery]) -> None:
    result = await tx.execute(_d.select().where(_d.c.checkout_id == row["id"]).order_by(_d.c.id))
    known = {each["shipping_method_id"]: each["id"] for each in result.mappings()}
    for quote in quotes:
        values = {**asdict(quote), "fingerprint": fingerprint, "active": True, "updated_at": tx.clock.now()}
        delivery_id = known.pop(quote.shipping_method_id, None)
        if delivery_id is None:
            tx.add(CheckoutDelivery(checkout_id=row["id"], **values))
        else:
            await tx.execute(_d.update().where(_d.c.id == delivery_id).values(values))
    for delivery_id in known.values():
        if delivery_id == row["delivery_id"]:
            withdrawn = _d.update().where(_d.c.id == delivery_id)
            await tx.execute(withdrawn.values(active=False, message=_GONE, updated_at=tx.clock.now()))
        else:
            await tx.execute(_d.delete().where(_d.c.id == delivery_id))
    await tx.session.flush()


async def choose_delivery(tx: WriteCtx, checkout_id: uuid.UUID, delivery_id: uuid.UUID) -> Row:
    """Take one of the quoted deliveries of this checkout; returns the checkout.

    Raises CheckoutNotFound, NotFound for a delivery of another checkout, DeliveryRefused for one that is stale or no
    longer offered, Refusal (SHIPPING_NOT_REQUIRED, SHIPPING_ADDRESS_NOT_SET).
    """
    row = await _deliverable(tx, checkout_id)
    if row["shipping_address_id"] is None:
        raise Refusal(
            "Cannot choose a shipping method for a checkout without the shipping address.",
            field="deliveryMethodId",
            code="SHIPPING_ADDRESS_NOT_SET",
        )
    (delivery,) = await queries.deliveries_by_ids(tx, [delivery_id])
    if delivery is None or delivery["checkout_id"] != checkout_id:
        raise NotFound("There is no such delivery for this checkout.", field="deliveryMethodId")
    (state,) = await delivery_states(tx, [{**row, "delivery_id": delivery_id, "collection_point_id": None}])
    if state is not DeliveryState.GOOD:
        raise DeliveryRefused(
            "This delivery is not offered for the checkout as it is now; calculate delivery options again.",
            field="deliveryMethodId",
        )
    return await changed(tx, checkout_id, delivery_id=delivery_id, collection_point_id=None)


async def choose_collection_point(tx: WriteCtx, checkout_id: uuid.UUID, warehouse_id: uuid.UUID) -> Row:
    """Have the goods picked up at a warehouse of the channel that allows it; returns the checkout.

    Raises CheckoutNotFound, NotFound, Refusal (SHIPPING_NOT_REQUIRED), DeliveryRefused when it could not hand out all.
    """
    row = await _deliverable(tx, checkout_id)
    (points,) = await inventory.collection_points(tx, [row["channel_id"]])
    point = next((each for each in points if each["id"] == warehouse_id), None)
    if point is None:
        raise NotFound("There is no such collection point.", field="deliveryMethodId")
    (offered,) = await points_of(tx, [row])
    if all(each["id"] != warehouse_id for each in offered):
        raise DeliveryRefused("This pick up point is not applicable.", field="deliveryMethodId")
    return await changed(tx, checkout_id, delivery_id=None, collection_point_id=warehouse_id)


async def clear_delivery(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    """Raises CheckoutNotFound."""
    await locked_for_edit(tx, checkout_id)
    return await changed(tx, checkout_id, delivery_id=None, collection_point_id=None)


async def _deliverable(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    row = await locked_for_edit(tx, checkout_id)
    (priced,) = await price(tx, [checkout_id])
    if priced is None or not priced.is_shipping_required:
        raise Refusal("This checkout doesn't need shipping.", field="deliveryMethodId", code="SHIPPING_NOT_REQUIRED")
    return row
