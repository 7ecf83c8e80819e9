"""A checkout becomes an order, in one transaction, from the prices and stock that are held for it."""

import uuid

from engine.channels import queries as channels
from engine.checkout.errors import CheckoutNotFound
from engine.checkout.hold import hold, locked
from engine.checkout.rules import AuthorizeStatus, authorize_status
from engine.checkout.service import drop_completed
from engine.core.context import Ctx, Row, WriteCtx, transact
from engine.core.errors import Refusal
from engine.core.ids import uuid7
from engine.flows.payment_records import fully_paid, hold_until
from engine.flows.promo_codes import lock_codes, use_codes
from engine.inventory import service as inventory
from engine.inventory import turns
from engine.listing.service import refresh_variants
from engine.orders import queries as order_queries
from engine.orders import service as orders
from engine.orders.mails import OrderMail, post
from engine.payments import queries as payments
from engine.payments import service as payment_service
from engine.payments.rules import Amounts
from engine.tax import queries as tax


class NotFullyPaid(Refusal):
    code = "CHECKOUT_NOT_FULLY_PAID"

    def __init__(self) -> None:
        super().__init__("The authorized amount doesn't cover the checkout's total amount.", field="id")


async def complete_checkout(ctx: Ctx, checkout_id: uuid.UUID, *, meta: dict[str, str] | None = None) -> Row:
    """The order; also when this checkout became one before, however often and by whomever it is asked.

    Raises CheckoutNotFound, NotFullyPaid, InsufficientStock, VoucherUsedUp, GiftCardRefused, and Refusals with all
    that the checkout still lacks.
    """
    return await transact(ctx, complete, checkout_id, meta=meta or {})


async def complete(
    tx: WriteCtx, checkout_id: uuid.UUID, *, automatically: bool = False, meta: dict[str, str] | None = None
) -> Row:
    """`automatically`: nobody asked, it was paid; then nothing but full payment makes an order."""
    try:
        checkout = await locked(tx, checkout_id)
    except CheckoutNotFound:
        order = await order_queries.of_checkout(tx, checkout_id)
        if order is None:
            raise
        return order
    (channel,) = await channels.by_ids(tx, [checkout["channel_id"]])
    assert channel is not None
    await payment_service.lock_of_checkout(tx, checkout_id)
    (paid,) = await payments.totals_for_checkouts(tx, [checkout_id])
    codes = await lock_codes(tx, checkout)
    priced = await hold(tx, checkout_id, until=await hold_until(tx, checkout), row=checkout)
    if not covers(paid, priced.total_gross) and (automatically or not channel["allow_unpaid_orders"]):
        raise NotFullyPaid
    order_id = uuid7()
    settings = await tax.configuration(tx, checkout["channel_id"], priced.country)
    order, became = await orders.create_from_checkout(
        tx,
        priced,
        {**checkout, "meta": {**checkout["meta"], **(meta or {})}},
        order_id,
        confirmed=channel["automatically_confirm_orders"],
        display_gross_prices=settings["display_gross_prices"],
        automatically=automatically,
    )
    await use_codes(tx, codes, priced, order)
    await payment_service.attach_to_order(tx, checkout_id, order_id)
    if paid.charged >= order["total_gross"]:
        await fully_paid(tx, order_id)
    await inventory.move_to_order(tx, checkout_id, became, order_id)
    await turns.taken(tx, order_id)
    await drop_completed(tx, checkout)
    post(tx, OrderMail.ORDER_CONFIRMATION, order_id)
    await refresh_variants(tx, (line.variant_id for line in priced.lines))
    return order


def covers(paid: Amounts, total: int) -> bool:
    """Whether a checkout is paid: what the provider has accepted counts, even before it is finished."""
    return authorize_status(total, paid.authorizing, paid.charging, has_lines=True) is AuthorizeStatus.FULL
