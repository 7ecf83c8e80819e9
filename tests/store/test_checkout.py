"""Carts on a real PostgreSQL: lines, prices, the hold before payment, and the choice of delivery."""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.accounts.models import User
from engine.checkout import customer, delivery, queries, service
from engine.checkout.customer import NewAddress
from engine.checkout.delivery import QuotedDelivery
from engine.checkout.errors import CheckoutNotFound, LineNotFound
from engine.checkout.hold import release_if_expired
from engine.checkout.pricing import PricedCheckout, price
from engine.checkout.service import LineChange, NewCheckout, NewLine
from engine.core.addresses import AddressData
from engine.core.clock import FixedClock
from engine.core.context import Caller, Ctx, WriteCtx, transact
from engine.core.errors import PermissionDenied, Refusal, Refusals
from engine.core.tables import table
from engine.inventory.errors import InsufficientStock
from engine.inventory.models import Stock, Warehouse
from engine.pricing.models import VariantPrice
from engine.shipping.models import ShippingMethod, ShippingMethodChannel
from engine.tax.models import TaxRate
from tests.stockroom import Stockroom, build, unbalanced

pytestmark = pytest.mark.anyio

NOW = datetime(2030, 5, 1, 12, tzinfo=UTC)
UNTIL = NOW + timedelta(minutes=15)
BERLIN = AddressData(
    first_name="Ada", last_name="L", street_address_1="Weg 1", city="Berlin", postal_code="10115", country="DE"
)
PARIS = replace(BERLIN, city="Paris", postal_code="75001", country="FR")


@pytest.fixture(scope="module")
async def rates(shop: Any) -> None:
    """19 % in Germany, 20 % in France."""
    ctx = shop.ctx()

    async def work(tx: WriteCtx) -> None:
        for country, rate in (("DE", 19_000), ("FR", 20_000)):
            tx.add(TaxRate(country=country, rate=rate, valid_from=date(2020, 1, 1), source="test"))

    await transact(ctx, work)
    await ctx.release()


@pytest.fixture
def at_noon(ctx: Ctx, rates: None) -> Ctx:
    return replace(ctx, clock=FixedClock(NOW))


async def new_cart(ctx: Ctx, room: Stockroom, *lines: tuple[int, int]) -> uuid.UUID:
    row = await transact(
        ctx,
        service.create_checkout,
        NewCheckout(channel_slug=room.channel_slug, lines=[NewLine(variant, quantity) for variant, quantity in lines]),
    )
    checkout_id: uuid.UUID = row["id"]
    return checkout_id


async def method(ctx: Ctx, room: Stockroom, name: str = "Parcel") -> int:
    async def work(tx: WriteCtx) -> int:
        made = ShippingMethod(shipping_zone_id=room.zone_id, name=name, carrier_id="c", service_code=name)
        tx.add(made)
        await tx.session.flush()
        assert made.id
        tx.add(ShippingMethodChannel(shipping_method_id=made.id, channel_id=room.channel_id))
        return made.id

    return await transact(ctx, work)


async def quoted(ctx: Ctx, checkout_id: uuid.UUID, *methods: int, amount: int = 500) -> list[Any]:
    place = (await queries.places(ctx, [checkout_id]))[checkout_id]
    assert place.fingerprint is not None
    quotes = [QuotedDelivery(each, "c", "std", "Parcel", amount, "EUR") for each in methods]
    return await transact(ctx, delivery.record_quotes, checkout_id, place.fingerprint, quotes)


async def ready_cart(ctx: Ctx, room: Stockroom, *lines: tuple[int, int]) -> uuid.UUID:
    """With all that a payment needs."""
    checkout_id = await new_cart(ctx, room, *lines)
    await transact(ctx, customer.set_email, checkout_id, "ada@example.com")
    await transact(ctx, customer.set_billing_address, checkout_id, NewAddress(BERLIN))
    await transact(ctx, customer.set_shipping_address, checkout_id, NewAddress(BERLIN))
    (offer,) = await quoted(ctx, checkout_id, await method(ctx, room))
    await transact(ctx, delivery.choose_delivery, checkout_id, offer["id"])
    return checkout_id


async def contents(ctx: Ctx, checkout_id: uuid.UUID) -> list[tuple[int, int]]:
    (rows,) = await queries.lines_of(ctx, [checkout_id])
    return [(row["variant_id"], row["quantity"]) for row in rows]


async def priced(ctx: Ctx, checkout_id: uuid.UUID) -> PricedCheckout:
    (found,) = await price(ctx, [checkout_id])
    assert found is not None
    return found


async def set_price(ctx: Ctx, variant_id: int, **values: Any) -> None:
    async def work(tx: WriteCtx) -> None:
        t = table(VariantPrice)
        await tx.execute(t.update().where(t.c.variant_id == variant_id).values(**values))

    await transact(ctx, work)


async def allocated(ctx: Ctx, variants: Sequence[int]) -> int:
    async def work(tx: WriteCtx) -> int:
        t = table(Stock)
        total = sa.select(sa.func.sum(t.c.allocated)).where(t.c.variant_id.in_(variants))
        return int((await tx.execute(total)).scalar_one())

    return await transact(ctx, work)


def codes(caught: pytest.ExceptionInfo[Refusals]) -> list[str]:
    return [refusal.code for refusal in caught.value.items]


async def test_units_of_a_variant_join_its_line_unless_a_new_one_is_forced(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(10, 0), (10, 0)])
    a, b = room.variants
    checkout_id = await new_cart(at_noon, room, (b, 1), (a, 1), (b, 2))
    assert await contents(at_noon, checkout_id) == [(b, 3), (a, 1)]
    await transact(at_noon, service.add_lines, checkout_id, [NewLine(a, 1), NewLine(a, 2, force_new_line=True)])
    assert await contents(at_noon, checkout_id) == [(b, 3), (a, 2), (a, 2)]


async def test_quantities_are_set_by_line_or_by_variant_and_zero_removes(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(10, 0), (10, 0), (10, 0)])
    a, b, c = room.variants
    checkout_id = await new_cart(at_noon, room, (a, 1), (b, 2))
    (rows,) = await queries.lines_of(at_noon, [checkout_id])
    changes = [
        LineChange(line_id=rows[0]["id"], quantity=5),
        LineChange(variant_id=b, quantity=0),
        LineChange(variant_id=c, quantity=3),
    ]
    await transact(at_noon, service.update_lines, checkout_id, changes)
    assert await contents(at_noon, checkout_id) == [(a, 5), (c, 3)]


async def test_an_ambiguous_or_foreign_line_changes_nothing(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(10, 0)])
    (a,) = room.variants
    checkout_id, other = await new_cart(at_noon, room, (a, 1)), await new_cart(at_noon, room, (a, 1))
    await transact(at_noon, service.add_lines, checkout_id, [NewLine(a, 1, force_new_line=True)])
    (foreign,) = (await queries.lines_of(at_noon, [other]))[0]
    for change, code in (
        (LineChange(variant_id=a, quantity=5), "INVALID"),
        (LineChange(quantity=5), "GRAPHQL_ERROR"),
        (LineChange(line_id=foreign["id"], variant_id=a, quantity=5), "GRAPHQL_ERROR"),
        (LineChange(line_id=foreign["id"], quantity=5), "NOT_FOUND"),
    ):
        with pytest.raises(Refusal) as caught:
            await transact(at_noon, service.update_lines, checkout_id, [change])
        assert caught.value.code == code
    with pytest.raises(LineNotFound):
        await transact(at_noon, service.delete_lines, checkout_id, [foreign["id"]])
    assert await contents(at_noon, checkout_id) == [(a, 1), (a, 1)]
    assert await contents(at_noon, other) == [(a, 1)]


async def test_a_cart_takes_no_more_than_stock_limit_and_lines_allow(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(3, 4)], quantity_limit_per_customer=6)
    (a,) = room.variants
    checkout_id = await new_cart(at_noon, room, (a, 6))
    with pytest.raises(Refusal) as caught:
        await transact(at_noon, service.add_lines, checkout_id, [NewLine(a, 1)])
    assert caught.value.code == "QUANTITY_GREATER_THAN_LIMIT"
    await room.count(at_noon, a, 2, 2)
    with pytest.raises(InsufficientStock):
        await new_cart(at_noon, room, (a, 5))
    many = [NewLine(a, 1, force_new_line=True)] * 101
    with pytest.raises(Refusal) as caught:
        await transact(at_noon, service.add_lines, checkout_id, many)
    assert caught.value.code == "QUANTITY_GREATER_THAN_LIMIT"
    # a smaller quantity is welcome even where stock has become less than that
    await transact(at_noon, service.update_lines, checkout_id, [LineChange(variant_id=a, quantity=5)])
    assert await contents(at_noon, checkout_id) == [(a, 5)]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("DELETE FROM variant_price WHERE channel_id = :channel", "UNAVAILABLE_VARIANT_IN_CHANNEL"),
        ("UPDATE product_channel SET is_published = false WHERE channel_id = :channel", "PRODUCT_NOT_PUBLISHED"),
        (
            "UPDATE product_channel SET published_at = '2031-01-01' WHERE channel_id = :channel",
            "PRODUCT_NOT_PUBLISHED",
        ),
        (
            "UPDATE product_channel SET available_for_purchase_at = NULL WHERE channel_id = :channel",
            "PRODUCT_UNAVAILABLE_FOR_PURCHASE",
        ),
    ],
)
async def test_what_is_not_for_sale_is_refused_by_name_and_keeps_a_cart_from_payment(
    at_noon: Ctx, change: str, code: str
) -> None:
    room = await build(at_noon)
    (a,) = room.variants
    ready = await ready_cart(at_noon, room, (a, 1))

    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.text(change), {"channel": room.channel_id})

    await transact(at_noon, work)
    with pytest.raises(Refusal) as caught:
        await new_cart(at_noon, room, (a, 1))
    assert caught.value.code == code
    with pytest.raises(Refusals) as all_of_them:
        await transact(at_noon, service.hold, ready, until=UNTIL)
    assert codes(all_of_them) == [code]


async def test_an_override_of_the_price_needs_a_permission(at_noon: Ctx) -> None:
    from decimal import Decimal

    room = await build(at_noon)
    (a,) = room.variants
    checkout_id = await new_cart(at_noon, room)
    line = NewLine(a, 2, price=service.PriceOverride(Decimal("7.50"), "regular"))
    with pytest.raises(PermissionDenied):
        await transact(at_noon, service.add_lines, checkout_id, [line])
    assert await contents(at_noon, checkout_id) == []
    app = at_noon.acting_as(Caller(app_id=1, permissions=frozenset({"HANDLE_CHECKOUTS"})))
    await transact(app, service.add_lines, checkout_id, [line])
    assert (await priced(at_noon, checkout_id)).total_gross == 1500
    with pytest.raises(Refusal) as caught:
        await transact(
            app, service.add_lines, checkout_id, [replace(line, price=service.PriceOverride(Decimal("7.505")))]
        )
    assert caught.value.field == "price"


async def test_tax_is_that_of_the_shipping_country_else_billing_else_the_channels(at_noon: Ctx) -> None:
    room = await build(at_noon, price=1000)
    checkout_id = await new_cart(at_noon, room, (room.variants[0], 3))
    found = await priced(at_noon, checkout_id)
    assert (found.country, found.total_gross, found.total_net) == ("DE", 3000, 2521)
    await transact(at_noon, customer.set_billing_address, checkout_id, NewAddress(PARIS))
    assert (await priced(at_noon, checkout_id)).total_net == 2500
    await transact(at_noon, customer.set_shipping_address, checkout_id, NewAddress(BERLIN))
    assert (await priced(at_noon, checkout_id)).country == "DE"


async def test_prices_entered_without_tax_have_it_added_to_lines_and_delivery(at_noon: Ctx) -> None:
    room = await build(at_noon, price=333, entered_with_tax=False)
    checkout_id = await ready_cart(at_noon, room, (room.variants[0], 3))
    found = await priced(at_noon, checkout_id)
    (line,) = found.lines
    # 19 % of 9.99 is 1.8981, rounded once for the line; of 5.00 it is 0.95
    assert (line.unit_net, line.total_net, line.total_gross, line.tax_rate) == (333, 999, 1189, 19_000)
    assert (found.shipping_net, found.shipping_gross) == (500, 595)
    assert (found.total_net, found.total_gross) == (1499, 1784)


async def test_many_carts_are_priced_together_in_the_order_asked(at_noon: Ctx) -> None:
    room, other = await build(at_noon, price=100), await build(at_noon, price=200)
    a = await new_cart(at_noon, room, (room.variants[0], 1))
    b = await new_cart(at_noon, other, (other.variants[0], 1))
    empty = await new_cart(at_noon, room)
    found = await price(at_noon, [b, uuid.uuid4(), a, empty, b])
    assert [each and each.total_gross for each in found] == [200, None, 100, 0, 200]


async def test_a_snapshot_gives_back_the_same_prices(at_noon: Ctx) -> None:
    room = await build(at_noon)
    found = await priced(at_noon, await ready_cart(at_noon, room, (room.variants[0], 2)))
    assert PricedCheckout.from_snapshot(found.to_snapshot()) == found


async def test_a_hold_names_all_that_is_missing(at_noon: Ctx) -> None:
    room = await build(at_noon)
    with pytest.raises(Refusals) as caught:
        await transact(at_noon, service.hold, await new_cart(at_noon, room), until=UNTIL)
    assert codes(caught) == ["NO_LINES", "EMAIL_NOT_SET", "BILLING_ADDRESS_NOT_SET"]
    with pytest.raises(Refusals) as caught:
        await transact(at_noon, service.hold, await new_cart(at_noon, room, (room.variants[0], 1)), until=UNTIL)
    assert codes(caught) == ["EMAIL_NOT_SET", "BILLING_ADDRESS_NOT_SET", "SHIPPING_ADDRESS_NOT_SET"]
    with pytest.raises(CheckoutNotFound):
        await transact(at_noon, service.hold, uuid.uuid4(), until=UNTIL)


async def test_a_held_cart_keeps_its_prices_and_stock_until_it_is_edited(at_noon: Ctx) -> None:
    room = await build(at_noon, price=1000)
    (a,) = room.variants
    checkout_id = await ready_cart(at_noon, room, (a, 2))
    held = await transact(at_noon, service.hold, checkout_id, until=UNTIL)
    assert (held.total_gross, await allocated(at_noon, [a])) == (2500, 2)
    await set_price(at_noon, a, amount=3000)
    assert await priced(at_noon, checkout_id) == held
    assert await transact(at_noon, service.hold, checkout_id, until=UNTIL + timedelta(hours=1)) == held
    (row,) = await queries.by_ids(at_noon, [checkout_id])
    assert row is not None
    assert row["held_until"] == UNTIL + timedelta(hours=1)
    await transact(at_noon, customer.set_note, checkout_id, "ring twice")
    assert await allocated(at_noon, [a]) == 2
    await transact(at_noon, service.add_lines, checkout_id, [NewLine(a, 1)])
    assert (await priced(at_noon, checkout_id)).subtotal_gross == 9000
    assert await allocated(at_noon, [a]) == 0
    assert await unbalanced(at_noon) == []


async def test_a_hold_without_stock_is_refused_on_the_lines_and_leaves_no_trace(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(2, 0)])
    (a,) = room.variants
    first, second = await ready_cart(at_noon, room, (a, 2)), await ready_cart(at_noon, room, (a, 1))
    await transact(at_noon, service.hold, first, until=UNTIL)
    with pytest.raises(InsufficientStock) as caught:
        await transact(at_noon, service.hold, second, until=UNTIL)
    assert caught.value.field == "lines"
    (row,) = await queries.by_ids(at_noon, [second])
    assert row is not None
    assert row["held_until"] is None


async def test_an_expired_hold_is_priced_anew_and_released_by_the_sweeper_alone_once(at_noon: Ctx) -> None:
    room = await build(at_noon, price=1000)
    (a,) = room.variants
    checkout_id = await ready_cart(at_noon, room, (a, 2))
    await transact(at_noon, service.hold, checkout_id, until=UNTIL)
    await set_price(at_noon, a, amount=3000)
    assert await transact(at_noon, release_if_expired, checkout_id) is False
    later = replace(at_noon, clock=FixedClock(UNTIL))
    assert (await priced(later, checkout_id)).subtotal_gross == 6000
    assert checkout_id in await queries.expired_holds(later, UNTIL)
    assert await transact(later, release_if_expired, checkout_id) is True
    assert await transact(later, release_if_expired, checkout_id) is False
    assert await allocated(later, [a]) == 0
    assert checkout_id not in await queries.expired_holds(later, UNTIL)


async def test_a_delivery_quoted_for_another_cart_content_or_place_is_stale(at_noon: Ctx) -> None:
    room = await build(at_noon)
    (a,) = room.variants
    checkout_id = await ready_cart(at_noon, room, (a, 1))
    await transact(at_noon, service.add_lines, checkout_id, [NewLine(a, 1)])
    with pytest.raises(Refusals) as caught:
        await transact(at_noon, service.hold, checkout_id, until=UNTIL)
    assert codes(caught) == ["DELIVERY_METHOD_NOT_APPLICABLE"]
    (row,) = await queries.by_ids(at_noon, [checkout_id])
    assert row is not None
    ((chosen,),) = await queries.offered_deliveries(at_noon, [checkout_id])
    (again,) = await quoted(at_noon, checkout_id, chosen["shipping_method_id"], amount=700)
    assert again["id"] == row["delivery_id"]
    assert (await transact(at_noon, service.hold, checkout_id, until=UNTIL)).shipping_gross == 700
    too_late = replace(at_noon, clock=FixedClock(NOW + timedelta(hours=25)))
    with pytest.raises(Refusals) as caught:
        await transact(too_late, service.hold, checkout_id, until=NOW + timedelta(hours=26))
    assert codes(caught) == ["DELIVERY_METHOD_NOT_APPLICABLE"]


async def test_a_delivery_no_longer_offered_is_invalid(at_noon: Ctx) -> None:
    room = await build(at_noon)
    checkout_id = await ready_cart(at_noon, room, (room.variants[0], 1))
    assert await quoted(at_noon, checkout_id) == []
    with pytest.raises(Refusals) as caught:
        await transact(at_noon, service.hold, checkout_id, until=UNTIL)
    assert codes(caught) == ["INVALID_SHIPPING_METHOD"]


async def test_another_carts_delivery_cannot_be_chosen(at_noon: Ctx) -> None:
    room = await build(at_noon)
    (a,) = room.variants
    mine, other = await ready_cart(at_noon, room, (a, 1)), await ready_cart(at_noon, room, (a, 1))
    ((foreign,),) = await queries.offered_deliveries(at_noon, [other])
    with pytest.raises(Refusal) as caught:
        await transact(at_noon, delivery.choose_delivery, mine, foreign["id"])
    assert caught.value.code == "NOT_FOUND"


async def test_goods_can_be_collected_where_the_warehouse_allows_and_has_them(at_noon: Ctx) -> None:
    room = await build(at_noon, stock=[(1, 5)])
    (a,) = room.variants
    checkout_id = await ready_cart(at_noon, room, (a, 2))
    first, second = room.warehouses

    async def allow(tx: WriteCtx) -> None:
        t = table(Warehouse)
        address_id = await customer.store(tx, NewAddress(PARIS), customer.AddressType.SHIPPING)
        await tx.execute(
            t.update().where(t.c.id.in_([first, second])).values(click_and_collect="LOCAL", address_id=address_id)
        )

    with pytest.raises(Refusal) as caught:
        await transact(at_noon, delivery.choose_collection_point, checkout_id, second)
    assert caught.value.code == "NOT_FOUND"
    await transact(at_noon, allow)
    with pytest.raises(Refusal) as caught:
        await transact(at_noon, delivery.choose_collection_point, checkout_id, first)
    assert caught.value.code == "DELIVERY_METHOD_NOT_APPLICABLE"
    await transact(at_noon, delivery.choose_collection_point, checkout_id, second)
    held = await transact(at_noon, service.hold, checkout_id, until=UNTIL)
    assert (held.shipping_gross, held.country) == (0, "FR")

    async def where(tx: WriteCtx) -> list[Any]:
        t = table(Stock)
        found = sa.select(t.c.warehouse_id, t.c.allocated).where(t.c.variant_id == a, t.c.allocated > 0)
        return [tuple(row) for row in await tx.execute(found)]

    assert await transact(at_noon, where) == [(second, 2)]


async def test_an_address_is_checked_by_its_countrys_rules_and_kept_as_the_carts_own(at_noon: Ctx) -> None:
    room = await build(at_noon)
    checkout_id = await new_cart(at_noon, room)
    with pytest.raises(Refusals) as caught:
        await transact(
            at_noon, customer.set_shipping_address, checkout_id, NewAddress(replace(BERLIN, city="", postal_code="x"))
        )
    assert [(item.field, item.code) for item in caught.value.items] == [("city", "REQUIRED"), ("postalCode", "INVALID")]
    first = await transact(at_noon, customer.set_shipping_address, checkout_id, NewAddress(BERLIN))
    second = await transact(at_noon, customer.set_shipping_address, checkout_id, NewAddress(PARIS))
    assert first["shipping_address_id"] != second["shipping_address_id"]


async def test_a_cart_belongs_to_one_customer_at_a_time(at_noon: Ctx) -> None:
    async def people(tx: WriteCtx) -> list[int]:
        made = [User(email=f"{name}@example.com", token_key=name) for name in ("one", "two")]
        tx.add(*made)
        await tx.session.flush()
        return [user.id for user in made if user.id]

    one, two = (
        at_noon.acting_as(Caller(user_id=user_id, email=f"{name}@example.com"))
        for user_id, name in zip(await transact(at_noon, people), ("one", "two"), strict=True)
    )
    room = await build(at_noon)
    checkout_id = await new_cart(at_noon, room)
    row = await transact(one, customer.attach_customer, checkout_id)
    assert (row["user_id"], row["email"]) == (one.caller.user_id, "one@example.com")
    for wrong in (two, at_noon):
        with pytest.raises(PermissionDenied):
            await transact(wrong, customer.attach_customer, checkout_id)
        with pytest.raises(PermissionDenied):
            await transact(wrong, customer.detach_customer, checkout_id)
    assert (await transact(one, customer.detach_customer, checkout_id))["user_id"] is None
    assert (await queries.by_ids(at_noon, [await new_cart(two, room)]))[0]["email"] == "two@example.com"  # type: ignore[index]
