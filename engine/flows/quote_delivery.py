"""What delivery of a cart costs: read it, ask every carrier at once with no transaction open, keep the answers."""

import asyncio
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field

import structlog

from engine.accounts import queries as accounts
from engine.checkout import delivery, queries
from engine.checkout.delivery import QuotedDelivery
from engine.checkout.errors import CheckoutNotFound, DeliveryRefused
from engine.checkout.pricing import PricedCheckout, price
from engine.checkout.rules import QUOTE_LIFETIME
from engine.core.context import Ctx, Row, transact
from engine.core.outside import OutsideTimeout, outside_call
from engine.extensions import service as extensions
from engine.sdk.amounts import Address, Amount
from engine.sdk.carriers import Carrier, CarrierFault, Item, Quote, QuoteRequest
from engine.sdk.plugins import Kind
from engine.sdk.rates import table_amount
from engine.shipping import queries as shipping
from engine.shipping.rules import OfferedMethod, calls, sound

log = structlog.get_logger("argosy.carriers")
TABLE_RATE_MESSAGE = "The carrier did not answer; this is the shop's own rate."


@dataclass(frozen=True)
class Quoted:
    """Rows of `checkout_delivery`, cheapest first. `warnings` tell which carriers could not be asked."""

    deliveries: Sequence[Row]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Basis:
    """What to ask carriers about, read at one moment."""

    checkout: Row
    fingerprint: str
    request: QuoteRequest
    methods: tuple[OfferedMethod, ...]


@dataclass
class _Answers:
    quotes: list[QuotedDelivery] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


async def quote_delivery(ctx: Ctx, checkout_id: uuid.UUID) -> Quoted:
    """Ask for and keep the ways of delivery of a cart; none for one without a shipping address or goods to ship.

    A carrier that hangs or fails leaves a warning, and the merchant's own table for its methods if there is one.
    Raises CheckoutNotFound.
    """
    basis = await _basis(ctx, checkout_id)
    if basis is None:
        return Quoted(await transact(ctx, delivery.record_quotes, checkout_id, "", []))
    answers = await _ask_all(ctx, basis)
    rows = await transact(ctx, delivery.record_quotes, checkout_id, basis.fingerprint, answers.quotes)
    return Quoted(rows, tuple(answers.warnings))


async def offers(ctx: Ctx, checkout_id: uuid.UUID) -> list[Row]:
    """The ways of delivery as they are now: what is kept while it is still good, else asked anew and not kept.

    For fields that only read; rows are like those of `checkout_delivery`, without an id when not kept.
    """
    (kept,) = await queries.offered_deliveries(ctx, [checkout_id])
    places = await queries.places(ctx, [checkout_id])
    if checkout_id not in places:
        return []
    now = ctx.clock.now()
    good = [
        row
        for row in kept
        if row["fingerprint"] == places[checkout_id].fingerprint and now - row["updated_at"] <= QUOTE_LIFETIME
    ]
    if good:
        return good
    basis = await _basis(ctx, checkout_id)
    if basis is None:
        return []
    found = sorted((await _ask_all(ctx, basis)).quotes, key=lambda quote: (quote.amount, quote.name))
    return [{**vars(quote), "id": None, "active": True} for quote in found]


async def choose_method(ctx: Ctx, checkout_id: uuid.UUID, shipping_method_id: int) -> Row:
    """Take a shipping method by its own id, quoting first when needed; returns the checkout.

    Raises what `delivery.choose_delivery` raises, DeliveryRefused for a method that is not offered.
    """
    (kept,) = await queries.offered_deliveries(ctx, [checkout_id])
    places = await queries.places(ctx, [checkout_id])
    if checkout_id not in places:
        raise CheckoutNotFound
    good = [row for row in kept if row["fingerprint"] == places[checkout_id].fingerprint]
    rows = good or (await quote_delivery(ctx, checkout_id)).deliveries
    chosen = next((row for row in rows if row["shipping_method_id"] == shipping_method_id), None)
    if chosen is None:
        raise DeliveryRefused("This shipping method is not applicable in the given checkout.", field="deliveryMethodId")
    return await transact(ctx, delivery.choose_delivery, checkout_id, chosen["id"])


async def _basis(ctx: Ctx, checkout_id: uuid.UUID) -> _Basis | None:
    # Read first: should the cart change while the rest is read, what is quoted is stale and not wrong.
    place = (await queries.places(ctx, [checkout_id])).get(checkout_id)
    (checkout,) = await queries.by_ids(ctx, [checkout_id])
    (priced,) = await price(ctx, [checkout_id])
    if place is None or checkout is None or priced is None:
        raise CheckoutNotFound
    if place.fingerprint is None or not priced.is_shipping_required:
        return None
    (address,) = await accounts.addresses_by_ids(ctx, [checkout["shipping_address_id"]])
    if address is None:
        return None
    variant_ids = [line.variant_id for line in priced.lines]
    offered = await shipping.offered_methods(ctx, checkout["channel_id"], address["country"], variant_ids)
    request = QuoteRequest(
        destination=_address(address),
        items=await _items(ctx, priced),
        subtotal=Amount(priced.subtotal_entered, priced.currency),
        services=(),
    )
    subtotal, weight, postal_code = priced.subtotal_entered, request.weight_grams, address["postal_code"]
    methods = tuple(method for method in offered if method.suits(subtotal, weight, postal_code))
    return _Basis(checkout, place.fingerprint, request, methods)


async def _items(ctx: Ctx, priced: PricedCheckout) -> tuple[Item, ...]:
    lines = {line.line_id: line for line in priced.lines}
    found = []
    for row in await queries.parcel(ctx, priced.checkout_id):
        line = lines.get(row["id"])
        if line is None:
            continue  # a gift that is not given any more
        unit = line.unit_gross if priced.entered_with_tax else line.unit_net
        found.append(
            Item(
                sku=row["sku"],
                description=row["description"],
                quantity=row["quantity"],
                weight_grams=row["weight_grams"],
                value=Amount(unit, priced.currency),
                hs_code=row["hs_code"],
                origin_country=row["origin_country"],
            )
        )
    return tuple(found)


def _address(row: Row) -> Address:
    return Address(**{name: row[name] for name in Address.__dataclass_fields__})


async def _ask_all(ctx: Ctx, basis: _Basis) -> _Answers:
    """Every carrier at once; plugins are looked up first, since asking gives the read connection back."""
    asked = []
    for carrier_id, methods in calls(basis.methods):
        carrier = await extensions.instance(ctx, Kind.CARRIER, carrier_id, basis.checkout["channel_id"])
        if carrier is None:
            log.warning("carrier is not set up", carrier=carrier_id, channel=basis.checkout["channel_id"])
        else:
            asked.append((carrier_id, methods, carrier))
    answers = _Answers()
    found = await asyncio.gather(*(_ask(ctx, basis, *each) for each in asked))
    for quotes, warning in found:
        answers.quotes += quotes
        if warning is not None:
            answers.warnings.append(warning)
    return answers


async def _ask(
    ctx: Ctx, basis: _Basis, carrier_id: str, methods: Sequence[OfferedMethod], carrier: Carrier
) -> tuple[list[QuotedDelivery], str | None]:
    services = tuple(method.as_service() for method in methods)
    request = QuoteRequest(
        basis.request.destination, basis.request.items, basis.request.subtotal, services, basis.request.origin
    )
    try:
        async with outside_call(ctx, f"carrier {carrier_id}"):
            quotes = sound(await carrier.quote(request), methods, request.subtotal.currency)
    except (CarrierFault, OutsideTimeout) as error:
        log.warning("carrier gave no quote", carrier=carrier_id, reason=str(error))
    except Exception as error:  # a plugin's own bug must not close the checkout
        log.error("carrier plugin failed", carrier=carrier_id, exc_info=error)
    else:
        return [
            _quoted(method, quotes[method.service_code]) for method in methods if method.service_code in quotes
        ], None
    return _from_table(request, methods), f"The carrier {carrier_id} could not be asked."


def _from_table(request: QuoteRequest, methods: Sequence[OfferedMethod]) -> list[QuotedDelivery]:
    """The merchant's own table in place of an answer."""
    found = []
    for method, service in zip(methods, request.services, strict=True):
        amount = table_amount(service, request.weight_grams, request.subtotal)
        if amount is not None:
            found.append(_quoted(method, Quote(service.code, amount, message=TABLE_RATE_MESSAGE)))
    return found


def _quoted(method: OfferedMethod, quote: Quote) -> QuotedDelivery:
    return QuotedDelivery(
        shipping_method_id=method.id,
        carrier_id=method.carrier_id,
        service_code=method.service_code,
        name=method.name,
        amount=quote.amount.minor,
        currency=quote.amount.currency,
        tax_class_id=method.tax_class_id,
        minimum_delivery_days=_first(quote.minimum_delivery_days, method.minimum_delivery_days),
        maximum_delivery_days=_first(quote.maximum_delivery_days, method.maximum_delivery_days),
        message=quote.message,
    )


def _first(quoted: int | None, declared: int | None) -> int | None:
    return declared if quoted is None else quoted
