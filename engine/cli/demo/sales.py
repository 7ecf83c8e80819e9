"""Past orders, made by what makes real ones: cart, quote, payment, completion, fulfilment."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from engine.accounts.models import Address
from engine.checkout import delivery
from engine.checkout import queries as checkouts
from engine.checkout.customer import NewAddress
from engine.checkout.hold import hold, locked
from engine.checkout.pricing import price
from engine.checkout.service import NewCheckout, NewLine, create_checkout
from engine.cli.demo.parts import data
from engine.cli.demo.past import backdate, person, shopper, staff, step
from engine.core.addresses import AddressData
from engine.core.context import Caller, Row, WriteCtx
from engine.core.ids import uuid7
from engine.core.statements import Statement
from engine.core.tables import table
from engine.flows import order_actions
from engine.flows.complete_checkout import complete
from engine.flows.fulfill import FromShelf, fulfill
from engine.flows.payment_records import hold_until, lock_payment, tell
from engine.payments import service as payment_service
from engine.payments.events import NewPayment, Report
from engine.sdk.amounts import Amount
from engine.sdk.rates import table_amount
from engine.shipping import queries as shipping

CARD, TRANSFER = "mirumee.payments.dummy", "argosy.manual"
ACTIONS = {CARD: ("CHARGE", "REFUND", "CANCEL"), TRANSFER: ("CHARGE", "CANCEL")}
NAMES = {CARD: "Card", TRANSFER: "Bank transfer"}
CLERKS = {"default-channel": "dana@example.com", "eu": "jeroen@example.com"}
TRANSFER_TIME = timedelta(days=2)

_a = table(Address)
_VARIANT = Statement(sa.text("SELECT id FROM product_variant WHERE sku = :sku"))
_ADDRESSES = Statement(
    sa.select(_a).where(_a.c.user_id == sa.bindparam("user_id", type_=sa.BigInteger)).order_by(_a.c.id)
)
_SHELVES = Statement(
    sa.text(
        "SELECT l.id AS order_line_id, coalesce(a.quantity, l.quantity) AS quantity, coalesce(s.warehouse_id, any_w.id)"
        " AS warehouse_id FROM order_line l LEFT JOIN allocation a ON a.order_line_id = l.id"
        " LEFT JOIN stock s ON s.id = a.stock_id, LATERAL (SELECT id FROM warehouse ORDER BY slug LIMIT 1) any_w"
        " WHERE l.order_id = :id ORDER BY l.position, s.id"
    ).bindparams(sa.bindparam("id", type_=sa.Uuid))
)


def keys() -> list[str]:
    return [one["key"] for one in data("orders")["order"]]


async def sell(tx: WriteCtx, key: str) -> None:
    """One order with all that happened to it, each step at its time."""
    place = keys().index(key)
    one = data("orders")["order"][place]
    at = tx.clock.now() - timedelta(days=one["days_ago"], hours=place % 7, minutes=place * 11 % 60)
    customer = await shopper(tx, one["customer"]) if "customer" in one else Caller()
    checkout_id = await _fill_cart(step(tx, at, customer), one)
    transaction_id = await _pay(step(tx, at, customer), checkout_id, one["pay"])
    order = await complete(step(tx, at, customer), checkout_id)
    await backdate(tx, at)
    clerk = await staff(tx, CLERKS[one["channel"]])
    if one["pay"] == "received":
        await _report(step(tx, at + TRANSFER_TIME, clerk), transaction_id, "CHARGE_SUCCESS", order["total_gross"])
        await backdate(tx, at + TRANSFER_TIME)
    if "ship" in one:
        await _send(tx, clerk, at, order, one["ship"])
    if "cancel" in one:
        later = at + timedelta(hours=5)
        await order_actions.add_note(step(tx, later, clerk), order["id"], one["cancel"])
        await order_actions.cancel_order(step(tx, later, clerk), order["id"])
        await _report(step(tx, later, clerk), transaction_id, "CANCEL_SUCCESS", order["total_gross"])
        await backdate(tx, later)


async def _fill_cart(tx: WriteCtx, one: dict[str, Any]) -> uuid.UUID:
    lines = [NewLine(await tx.value(_VARIANT, sku=sku), quantity) for sku, quantity in one["lines"]]
    address = NewAddress(await _address(tx, one))
    user = await person(tx, one["customer"]) if "customer" in one else None
    checkout = await create_checkout(
        tx,
        NewCheckout(
            channel_slug=one["channel"],
            lines=lines,
            email=one.get("email"),
            language_code=user["language_code"] if user else "en",
            shipping_address=address if "service" in one else None,
            billing_address=address,
            private_meta={"demo": one["key"]},
        ),
    )
    if "service" in one:
        await _choose_delivery(tx, checkout["id"], one["service"])
    return uuid.UUID(str(checkout["id"]))


async def _address(tx: WriteCtx, one: dict[str, Any]) -> AddressData:
    given = one.get("address")
    if given is None:
        rows = await tx.fetch(_ADDRESSES, user_id=tx.caller.user_id)
        given = rows[one.get("address_number", 0)]
    names = [name for name in AddressData.__dataclass_fields__ if name in given.keys()]  # noqa: SIM118 (a record)
    return AddressData(**{name: given[name] for name in names})


async def _choose_delivery(tx: WriteCtx, checkout_id: uuid.UUID, service_code: str) -> None:
    """The quote of the shop's own table, which needs nobody outside to be asked."""
    place = (await checkouts.places(tx, [checkout_id]))[checkout_id]
    (priced,) = await price(tx, [checkout_id])
    (checkout,) = await checkouts.by_ids(tx, [checkout_id])
    assert priced is not None
    assert checkout is not None
    assert place.fingerprint is not None
    assert place.stock_country is not None
    offered = await shipping.offered_methods(tx, checkout["channel_id"], place.stock_country)
    method = next(method for method in offered if method.service_code == service_code)
    weight = sum(row["weight_grams"] * row["quantity"] for row in await checkouts.parcel(tx, checkout_id))
    amount = table_amount(method.as_service(), weight, Amount(priced.subtotal_entered, priced.currency))
    assert amount is not None, service_code
    quote = delivery.QuotedDelivery(
        shipping_method_id=method.id,
        carrier_id=method.carrier_id,
        service_code=method.service_code,
        name=method.name,
        amount=amount.minor,
        currency=amount.currency,
        tax_class_id=method.tax_class_id,
        minimum_delivery_days=method.minimum_delivery_days,
        maximum_delivery_days=method.maximum_delivery_days,
    )
    (row,) = await delivery.record_quotes(tx, checkout_id, place.fingerprint, [quote])
    await delivery.choose_delivery(tx, checkout_id, row["id"])


async def _pay(tx: WriteCtx, checkout_id: uuid.UUID, how: str) -> uuid.UUID:
    """A payment for all of it, held as real ones are; returns its id."""
    checkout = await locked(tx, checkout_id)
    priced = await hold(tx, checkout_id, until=await hold_until(tx, checkout), row=checkout)
    provider = TRANSFER if how in ("transfer", "received") else CARD
    action = "CHARGE" if how == "card" else "AUTHORIZATION"
    begun = await payment_service.begin(
        step(tx, tx.clock.now(), tx.caller),
        NewPayment(
            channel_id=checkout["channel_id"],
            provider_id=provider,
            name=NAMES[provider],
            action=action,
            currency=priced.currency,
            amount=priced.total_gross,
            checkout_id=checkout_id,
        ),
    )
    transaction_id = uuid.UUID(str(begun.transaction["id"]))
    again = step(tx, tx.clock.now(), tx.caller)
    transaction = await payment_service.lock(again, transaction_id)
    report = Report(f"{action}_SUCCESS", priced.total_gross, psp_reference=f"demo-{uuid7()}")
    await payment_service.record(
        again, transaction, report, claim_id=begun.claim["id"], supported=frozenset(ACTIONS[provider])
    )
    return transaction_id


async def _report(tx: WriteCtx, transaction_id: uuid.UUID, kind: str, amount: int) -> None:
    transaction, order = await lock_payment(tx, transaction_id)
    report = Report(kind, amount, psp_reference=f"demo-{uuid7()}")
    supported = frozenset(ACTIONS[transaction["provider_id"]])
    await tell(tx, await payment_service.record(tx, transaction, report, supported=supported), order)


async def _send(tx: WriteCtx, clerk: Caller, placed: datetime, order: Row, how: dict[str, Any]) -> None:
    later = placed + timedelta(days=how["after"], hours=2)
    rows = await tx.fetch(_SHELVES, id=order["id"])
    if how["what"] == "one":
        rows = [row for row in rows if row["order_line_id"] == rows[0]["order_line_id"]]
    shelves = [FromShelf(row["order_line_id"], row["warehouse_id"], row["quantity"]) for row in rows]
    # the parcel left long ago: its number is known, and no carrier is asked
    tracking = f"AR{order['number']:07d}{order['currency'][:2]}" if order["carrier_id"] else ""
    await fulfill(step(tx, later, clerk), order["id"], shelves, tracking_number=tracking, notify=False)
    await backdate(tx, later)
