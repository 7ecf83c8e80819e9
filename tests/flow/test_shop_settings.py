"""Settings of the shop and of channels do what they say."""

import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from engine.channels.models import Channel
from engine.checkout import queries as checkouts
from engine.checkout.hold import release_hold
from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.tables import table
from engine.flows import edit_shop, expire_orders
from engine.flows.complete_checkout import complete_checkout
from engine.flows.fulfill import FromShelf, fulfill
from engine.flows.initialize_transaction import Start, initialize_transaction
from engine.flows.payment_gateways import Owner
from engine.flows.record_by_hand import mark_as_paid
from engine.flows.settle_payment import settle, sweep
from engine.flows.shop import Shop
from engine.inventory.queries import available
from engine.orders import queries as orders
from engine.orders.errors import CannotFulfill
from tests.api import Api
from tests.mailbox import delivered
from tests.paying import BANK, Bank, configure_bank, ready_cart, with_bank
from tests.stockroom import Stockroom, build, unbalanced

pytestmark = pytest.mark.anyio
NOON = datetime(2035, 5, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
async def configured(shop: Shop) -> None:
    ctx = shop.ctx()
    await configure_bank(ctx)
    await ctx.release()


@pytest.fixture
async def at(shop: Shop, configured: None) -> AsyncIterator[Ctx]:
    bank = Bank({"initialize": "CHARGE_SUCCESS", "refund": "REFUND_SUCCESS"})
    made = replace(shop.ctx(clock=FixedClock(NOON)), plugins=with_bank(shop.plugins, bank))
    yield made
    assert await unbalanced(made) == []
    await made.release()


def later(ctx: Ctx, **ago: float) -> Ctx:
    return replace(ctx, clock=FixedClock(ctx.clock.now() + timedelta(**ago)))


async def room_with(ctx: Ctx, **values: Any) -> Stockroom:
    """A shop with five of one thing, in a channel with these settings."""
    room = await build(ctx, stock=[(5,)])
    channel = table(Channel)

    async def work(tx: WriteCtx) -> None:
        await tx.execute(sa.update(channel).where(channel.c.id == room.channel_id).values(**values))

    if values:
        await transact(ctx, work)
    return room


async def set_shop(ctx: Ctx, **values: Any) -> None:
    await transact(ctx, edit_shop.update, values)


async def left(ctx: Ctx, room: Stockroom) -> int | None:
    (found,) = await available(ctx, [room.variants[0]], room.channel_id)
    return found


async def status_of(ctx: Ctx, order_id: uuid.UUID) -> str | None:
    (order,) = await orders.by_ids(ctx, [order_id])
    return order and order["status"]


async def paid_cart(ctx: Ctx, room: Stockroom) -> uuid.UUID:
    checkout_id = await ready_cart(ctx, room, (room.variants[0], 1))
    await initialize_transaction(ctx, Start(Owner("Checkout", checkout_id), BANK))
    return checkout_id


async def test_orders_nobody_pays_for_expire_and_are_forgotten(at: Ctx) -> None:
    room = await room_with(at, allow_unpaid_orders=True, expire_orders_after=30, delete_expired_orders_after=2)
    unpaid, paid = [
        (await complete_checkout(at, await ready_cart(at, room, (room.variants[0], 1))))["id"] for _ in range(2)
    ]
    await mark_as_paid(at, paid, None)
    assert await left(at, room) == 3
    await expire_orders.expire(later(at, minutes=29), {})
    assert await status_of(at, unpaid) == "UNFULFILLED"
    await expire_orders.expire(later(at, minutes=31), {})
    assert [await status_of(at, order_id) for order_id in (unpaid, paid)] == ["EXPIRED", "UNFULFILLED"]
    assert await left(at, room) == 4
    (events,) = await orders.events_of(at, [unpaid])
    assert "EXPIRED" in [event["type"] for event in events]
    await expire_orders.forget(later(at, days=1), {})
    assert await status_of(at, unpaid) == "EXPIRED"
    await expire_orders.forget(later(at, days=3), {})
    assert [await status_of(at, order_id) for order_id in (unpaid, paid)] == [None, "UNFULFILLED"]


async def test_orders_of_other_channels_never_expire(at: Ctx) -> None:
    room = await room_with(at, allow_unpaid_orders=True)
    order = await complete_checkout(at, await ready_cart(at, room, (room.variants[0], 1)))
    await expire_orders.expire(later(at, days=400), {})
    assert await status_of(at, order["id"]) == "UNFULFILLED"


async def test_a_paid_cart_waits_for_its_shopper_as_long_as_the_channel_says(at: Ctx) -> None:
    room = await room_with(at, automatic_completion_delay=40)
    checkout_id = await paid_cart(at, room)
    assert await settle(at, checkout_id) is None
    for minutes in (13, 26, 38):
        await sweep(later(at, minutes=minutes), {})
        assert await left(later(at, minutes=minutes + 1), room) == 4
    assert await orders.of_checkout(at, checkout_id) is None
    order = await settle(later(at, minutes=41), checkout_id)
    assert order is not None
    assert order["status"] == "UNFULFILLED"


async def test_a_channel_may_leave_paid_carts_to_their_shoppers(at: Ctx) -> None:
    room = await room_with(at, automatic_completion=False)
    checkout_id = await paid_cart(at, room)
    assert await settle(at, checkout_id) is None
    assert (await complete_checkout(at, checkout_id))["status"] == "UNFULFILLED"


async def test_stock_is_kept_for_a_payment_as_long_as_staff_say(at: Ctx) -> None:
    room = await room_with(at)
    await set_shop(at, reserve_stock_anonymous=5)
    checkout_id = await paid_cart(at, room)
    (row,) = await checkouts.by_ids(at, [checkout_id])
    assert row is not None
    assert row["held_until"] == NOON + timedelta(minutes=5)
    await transact(at, release_hold, checkout_id)
    await set_shop(at, reserve_stock_anonymous=None)


async def test_nothing_unpaid_leaves_where_staff_say_so(at: Ctx) -> None:
    room = await room_with(at, allow_unpaid_orders=True)
    order = await complete_checkout(at, await ready_cart(at, room, (room.variants[0], 1)))
    ((line,),) = await orders.lines_of(at, [order["id"]])
    shelf = FromShelf(line["id"], room.warehouses[0], 1)
    await set_shop(at, fulfillment_allow_unpaid=False)
    with pytest.raises(CannotFulfill) as refused:
        await fulfill(at, order["id"], [shelf])
    assert refused.value.code == "CANNOT_FULFILL_UNPAID_ORDER"
    await mark_as_paid(at, order["id"], None)
    await fulfill(at, order["id"], [shelf], tracking_number="1")
    assert await status_of(at, order["id"]) == "FULFILLED"
    await set_shop(at, fulfillment_allow_unpaid=True)


async def test_a_cart_holds_as_many_of_a_thing_as_staff_say(at: Ctx) -> None:
    room = await room_with(at)
    await set_shop(at, limit_quantity_per_checkout=3)
    (state,) = await checkouts.variant_states(at, room.channel_id, room.variants)
    assert state is not None
    assert state.quantity_limit == 3
    await set_shop(at, limit_quantity_per_checkout=None)


REGISTER = """mutation($email: String!) { accountRegister(input: {email: $email, password: "long-enough-phrase",
  redirectUrl: "http://localhost/confirm"}) { requiresConfirmation errors { field code } } }"""


async def test_mail_comes_from_whom_staff_say(at: Ctx, api: Api) -> None:
    await set_shop(at, mail_sender_name="Böats & Co", mail_sender_address="hello@boats.example")
    found = (await api.run(REGISTER, email="ada@boats.example"))["accountRegister"]
    assert found == {"requiresConfirmation": True, "errors": []}
    (mail,) = await delivered(at, "ada@boats.example")
    (sender,) = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == ("Böats & Co", "hello@boats.example")
    await set_shop(at, mail_sender_name="", mail_sender_address=None)


async def test_accounts_need_no_confirmation_where_staff_say_so(at: Ctx, api: Api) -> None:
    await set_shop(at, confirm_accounts_by_mail=False)
    found = (await api.run(REGISTER, email="eve@boats.example"))["accountRegister"]
    assert found == {"requiresConfirmation": False, "errors": []}
    assert await delivered(at, "eve@boats.example") == []
    assert (await api.log_in("eve@boats.example", "long-enough-phrase")).token
    await set_shop(at, confirm_accounts_by_mail=True)
    await api.run(REGISTER, email="kim@boats.example")
    await set_shop(at, login_without_confirmation=True)
    assert (await api.log_in("kim@boats.example", "long-enough-phrase")).token
    await set_shop(at, login_without_confirmation=False)
