"""The durable hold: before money moves, a cart's prices are fixed and its stock is claimed."""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from engine.accounts import queries as accounts
from engine.accounts.addresses import AddressType, address_values
from engine.channels.models import Channel
from engine.checkout import queries
from engine.checkout.delivery_state import DeliveryState, delivery_states
from engine.checkout.errors import CheckoutNotFound, DeliveryRefused, VariantsRefused, VoucherNotApplicable
from engine.checkout.gifts import refresh_gift
from engine.checkout.models import Checkout
from engine.checkout.pricing import PricedCheckout, price
from engine.checkout.rules import is_held, unbuyable
from engine.core.addresses import validate
from engine.core.context import Row, WriteCtx
from engine.core.errors import Refusal, Refusals
from engine.core.locking import Rank, lock_rows
from engine.core.statements import Statement
from engine.core.tables import table
from engine.inventory import service as inventory
from engine.listing import service as listing

_c = table(Checkout)
_h = table(Channel)
_LOCK = Statement(sa.select(_c).where(_c.c.id == sa.bindparam("id")).order_by(_c.c.id).with_for_update())
_TRACKED_PRODUCTS = Statement(
    sa.text(
        "SELECT DISTINCT v.product_id FROM checkout_line l JOIN product_variant v ON v.id = l.variant_id"
        " WHERE l.checkout_id = :id AND v.track_inventory"
    ).bindparams(sa.bindparam("id", type_=sa.Uuid))
)
_HAS_GIFT = Statement(
    sa.text("SELECT EXISTS (SELECT 1 FROM checkout_line WHERE checkout_id = :id AND is_gift)").bindparams(
        sa.bindparam("id", type_=sa.Uuid)
    )
)
_ACTIVE = Statement(sa.select(_h.c.is_active).where(_h.c.id == sa.bindparam("id")))


async def lock(tx: WriteCtx, checkout_id: uuid.UUID) -> Row | None:
    """The checkout's row under its lock; None for one that is gone, or has become an order."""
    rows = await lock_rows(tx, Rank.CHECKOUT, _LOCK, id=checkout_id)
    return rows[0] if rows else None


async def locked(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    """The same. Raises CheckoutNotFound."""
    row = await lock(tx, checkout_id)
    if row is None:
        raise CheckoutNotFound
    return row


async def locked_for_edit(tx: WriteCtx, checkout_id: uuid.UUID) -> Row:
    """The same, with any hold on it released first: what was priced and claimed is no longer what is bought."""
    row = await locked(tx, checkout_id)
    if row["held_until"] is not None:
        await _release(tx, checkout_id, "edited")
        row = {**row, "held_until": None, "held_snapshot": None}
    return row


async def update(tx: WriteCtx, checkout_id: uuid.UUID, **values: Any) -> Row:
    """Write columns of a locked checkout; returns the row as it is then."""
    statement = _c.update().where(_c.c.id == checkout_id).values(**values, updated_at=tx.clock.now()).returning(_c)
    row = (await tx.execute(statement)).mappings().one()
    tx.emit("checkout.updated", "Checkout", checkout_id)
    return row


async def hold(tx: WriteCtx, checkout_id: uuid.UUID, *, until: datetime, row: Row | None = None) -> PricedCheckout:
    """Fix a checkout's prices and claim its stock until `until`; on a held one, keep its prices and extend.

    The caller brings the listing of the products up to date at the end of its transaction, after its last use of stock.
    `row` is the checkout from `locked`, for a caller that had to take other locks between it and the stock's.
    Raises CheckoutNotFound, InsufficientStock, or Refusals naming all that is still missing before it can be paid.
    """
    if row is None:
        row = await locked(tx, checkout_id)
    now = tx.clock.now()
    if is_held(row["held_until"], now):
        priced = PricedCheckout.from_snapshot(row["held_snapshot"])
        until = max(until, row["held_until"])
    else:
        if await tx.value(_HAS_GIFT, id=checkout_id):
            await refresh_gift(tx, row, only_drop=True)
        (fresh,) = await price(tx, [checkout_id])
        assert fresh is not None
        priced = fresh
        await check_complete(tx, row, priced)
    place = (await queries.places(tx, [checkout_id]))[checkout_id]
    await inventory.claim_for_checkout(
        tx,
        checkout_id=checkout_id,
        channel_id=priced.channel_id,
        country=place.stock_country,
        warehouse_id=place.stock_warehouse_id,
        lines=[inventory.ClaimLine(line.line_id, line.variant_id, line.quantity) for line in priced.lines],
        until=until,
    )
    statement = _c.update().where(_c.c.id == checkout_id)
    await tx.execute(statement.values(held_until=until, held_snapshot=priced.to_snapshot()))
    return priced


async def release_hold(tx: WriteCtx, checkout_id: uuid.UUID, *, cause: str = "released") -> bool:
    """Undo a hold; False when there was none. Raises CheckoutNotFound."""
    row = await locked(tx, checkout_id)
    if row["held_until"] is None:
        return False
    await _release(tx, checkout_id, cause)
    return True


async def release_if_expired(tx: WriteCtx, checkout_id: uuid.UUID) -> bool:
    """Undo a hold that is past its time; False when it was extended, released or completed meanwhile."""
    row = await lock(tx, checkout_id)
    if row is None or row["held_until"] is None or is_held(row["held_until"], tx.clock.now()):
        return False
    await _release(tx, checkout_id, "expired")
    return True


async def _release(tx: WriteCtx, checkout_id: uuid.UUID, cause: str) -> None:
    await inventory.release_checkout(tx, checkout_id, cause=cause)
    await tx.execute(_c.update().where(_c.c.id == checkout_id).values(held_until=None, held_snapshot=None))
    await _refresh_listing(tx, checkout_id)
    tx.emit("checkout.hold_released", "Checkout", checkout_id, cause=cause)


async def _refresh_listing(tx: WriteCtx, checkout_id: uuid.UUID) -> None:
    """A release may bring the only unit back, and listings filter by that."""
    rows = await tx.fetch(_TRACKED_PRODUCTS, id=checkout_id)
    await listing.restock(tx, [row["product_id"] for row in rows])


async def check_complete(tx: WriteCtx, row: Row, priced: PricedCheckout) -> None:
    """Raises Refusals with everything that keeps a checkout from being paid for."""
    faults: list[Refusal] = []
    if not await tx.value(_ACTIVE, id=row["channel_id"]):
        faults.append(Refusal("The channel is not active.", field="channel", code="CHANNEL_INACTIVE"))
    if not priced.lines:
        faults.append(Refusal("Cannot complete checkout without lines", field="lines", code="NO_LINES"))
    if not row["email"]:
        faults.append(Refusal("Checkout email must be set.", field="email", code="EMAIL_NOT_SET"))
    if row["billing_address_id"] is None:
        faults.append(Refusal("Billing address is not set", field="billingAddress", code="BILLING_ADDRESS_NOT_SET"))
    faults += await _address_faults(tx, row)
    variant_ids = list({line.variant_id for line in priced.lines})
    states = await queries.variant_states(tx, row["channel_id"], variant_ids)
    for fault in unbuyable(state for state in states if state is not None):
        faults.append(VariantsRefused(fault.message, fault.variant_ids, code=fault.code))
    if priced.is_shipping_required:
        faults += await _delivery_faults(tx, row)
    if priced.voucher is not None and priced.voucher.objection is not None:
        faults.append(VoucherNotApplicable(priced.voucher.objection, field="voucherCode"))
    if not all(card.usable for card in priced.gift_cards):
        message = "A gift card of the cart cannot be used any more."
        faults.append(Refusal(message, field="giftCards", code="GIFT_CARD_NOT_APPLICABLE"))
    if faults:
        raise Refusals(faults)


async def _address_faults(tx: WriteCtx, row: Row) -> list[Refusal]:
    """A cart may keep an address that is not complete yet; a payment may not."""
    faults: list[Refusal] = []
    for column, field, kind in (
        ("billing_address_id", "billingAddress", AddressType.BILLING),
        ("shipping_address_id", "shippingAddress", AddressType.SHIPPING),
    ):
        (address,) = await accounts.addresses_by_ids(tx, [row[column]])
        if address is None or address["validation_skipped"]:
            continue
        missing = [fault.field for fault in validate(address_values({}, address), check_format=False)]
        if missing:
            faults.append(
                Refusal(
                    f"The address lacks {', '.join(missing)}.",
                    field=field,
                    code="MISSING_ADDRESS_DATA",
                    address_type=kind,
                )
            )
    return faults


async def _delivery_faults(tx: WriteCtx, row: Row) -> list[Refusal]:
    if row["collection_point_id"] is None:
        if row["shipping_address_id"] is None:
            return [Refusal("Shipping address is not set", field="shippingAddress", code="SHIPPING_ADDRESS_NOT_SET")]
        if row["delivery_id"] is None:
            return [Refusal("Shipping method is not set", field="shippingMethod", code="SHIPPING_METHOD_NOT_SET")]
    (state,) = await delivery_states(tx, [row])
    if state is DeliveryState.INVALID:
        return [
            DeliveryRefused(
                "The chosen delivery is no longer offered.", field="deliveryMethod", code="INVALID_SHIPPING_METHOD"
            )
        ]
    if state is DeliveryState.STALE:
        return [
            DeliveryRefused(
                "The cart has changed since its delivery was quoted; calculate delivery options again.",
                field="deliveryMethod",
            )
        ]
    return []
