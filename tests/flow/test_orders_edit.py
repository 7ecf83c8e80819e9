"""Correcting orders, moving their money, and taking parcels back from their carrier."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from engine.core.context import transact
from engine.core.ids import int_pk, to_global, uuid_pk
from engine.core.jobs import run_pending
from engine.extensions.registry import Registry
from engine.flows import order_actions
from engine.flows.fulfill import FromShelf, fulfill
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from engine.sdk.carriers import ShipRequest, ShipResult
from engine.sdk.plugins import Capability, Kind, NoConfig, Plugin
from engine.shipping.queries import shipments_of
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff, make_user
from tests.purchase import ADDRESS, ready_checkout
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

UPDATE = """mutation($id: ID, $ref: String, $input: OrderUpdateInput!) {
  it: orderUpdate(id: $id, externalReference: $ref, input: $input) {
    order { userEmail externalReference languageCodeEnum billingAddress { city } shippingAddress { city }
      metadata { key } user { email } events { type } } errors { field code addressType } } }"""
MONEY = """mutation($id: ID!, $amount: PositiveDecimal!) {{ it: {name}(id: $id, amount: $amount) {{
  order {{ totalCharged {{ amount }} totalRefunded {{ amount }} totalAuthorized {{ amount }} }}
  errors {{ field code }} }} }}"""
CAPTURE, REFUND = MONEY.format(name="orderCapture"), MONEY.format(name="orderRefund")
VOID = """mutation($id: ID!) { it: orderVoid(id: $id) { order { totalAuthorized { amount } }
  errors { field code } } }"""
ADD = """mutation($id: ID!, $input: OrderNoteInput!) { it: orderNoteAdd(order: $id, input: $input) {
  event { id } errors { code } } }"""
CORRECT = """mutation($id: ID!, $input: OrderNoteInput!) { it: orderNoteUpdate(note: $id, input: $input) {
  event { type message related { id } } order { id } errors { field code } } }"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS", "MANAGE_USERS")
    await make_user(ctx, "grace@example.com")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def buy(api: Api, store: Store, kind: str = "CHARGE_SUCCESS") -> Any:
    """Two units at 10.00 and delivery at 4.90: 24.90."""
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 2)
    await done(api, INITIALIZE, id=id, gateway=dummy(kind))
    return (await done(api, COMPLETE, id=id))["order"]


async def test_staff_correct_addresses_references_and_whose_order_it_is(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    moved = {**ADDRESS, "city": "Potsdam", "postalCode": "14467"}
    given = {
        "userEmail": "Grace@Example.com", "externalReference": f"erp-{order['number']}", "languageCode": "DE",
        "billingAddress": moved, "metadata": [{"key": "k", "value": "v"}],
    }  # fmt: skip
    shown = (await done(clerk, UPDATE, id=order["id"], input=given))["order"]
    assert (shown["userEmail"], shown["user"]) == ("grace@example.com", {"email": "grace@example.com"})
    assert (shown["externalReference"], shown["languageCodeEnum"]) == (f"erp-{order['number']}", "DE")
    assert (shown["billingAddress"]["city"], shown["shippingAddress"]["city"]) == ("Potsdam", "Berlin")
    assert shown["events"][-1]["type"] == "UPDATED_ADDRESS"
    by_reference = await done(clerk, UPDATE, ref=f"erp-{order['number']}", input={"languageCode": "FR"})
    assert by_reference["order"]["languageCodeEnum"] == "FR"
    other = await buy(api, store)
    taken = {"externalReference": f"erp-{order['number']}"}
    assert await faults(clerk, UPDATE, id=other["id"], input=taken) == [("externalReference", "UNIQUE")]
    wrong = (await clerk.run(UPDATE, id=other["id"], input={"shippingAddress": {**ADDRESS, "postalCode": "x"}}))["it"]
    assert wrong["errors"] == [{"field": "postalCode", "code": "INVALID", "addressType": "SHIPPING"}]
    assert await faults(clerk, UPDATE, ref="nowhere", input={}) == [("externalReference", "NOT_FOUND")]
    (error,) = await api.errors(UPDATE, id=order["id"], input={})
    assert error["extensions"]["code"] == "PermissionDenied"


async def test_money_moves_by_order_and_no_further_than_its_payment(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store, "AUTHORIZATION_SUCCESS")
    assert await faults(clerk, REFUND, id=order["id"], amount=1) == [("payment", "CANNOT_REFUND")]
    assert await faults(clerk, CAPTURE, id=order["id"], amount=25) == [("amount", "PAYMENT_ERROR")]
    assert await faults(clerk, CAPTURE, id=order["id"], amount=0) == [("amount", "PAYMENT_ERROR")]
    captured = (await done(clerk, CAPTURE, id=order["id"], amount=20))["order"]
    assert (captured["totalCharged"]["amount"], captured["totalAuthorized"]["amount"]) == (20, 4.9)
    assert (await done(clerk, VOID, id=order["id"]))["order"]["totalAuthorized"]["amount"] == 0
    assert await faults(clerk, VOID, id=order["id"]) == [("payment", "VOID_INACTIVE_PAYMENT")]
    refunded = (await done(clerk, REFUND, id=order["id"], amount=5.5))["order"]
    assert (refunded["totalCharged"]["amount"], refunded["totalRefunded"]["amount"]) == (14.5, 5.5)


async def test_a_note_is_corrected_by_another_that_names_it(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    note = (await done(clerk, ADD, id=order["id"], input={"message": "Fragil"}))["event"]["id"]
    corrected = await done(clerk, CORRECT, id=note, input={"message": "Fragile"})
    assert corrected["event"] == {"type": "NOTE_UPDATED", "message": "Fragile", "related": {"id": note}}
    assert await faults(clerk, CORRECT, id=note, input={"message": " "}) == [("message", "REQUIRED")]
    placed = to_global("OrderEvent", int_pk(note, "OrderEvent") - 1)
    assert await faults(clerk, CORRECT, id=placed, input={"message": "x"}) == [("note", "NOT_FOUND")]


class Van:
    """A carrier that answers `stops` when it is told to stop a parcel."""

    def __init__(self, stops: bool = True):
        self.stops = stops
        self.told: list[str] = []

    async def quote(self, request: Any) -> Sequence[Any]:
        return []

    async def ship(self, request: ShipRequest) -> ShipResult:
        return ShipResult("VAN-1", f"van-{request.reference}")

    async def cancel(self, carrier_reference: str) -> bool:
        self.told.append(carrier_reference)
        return self.stops


def with_van(registry: Registry, van: Van, carrier_id: str, *, able: bool = True) -> Registry:
    offered = {Capability.QUOTE, Capability.SHIP, *({Capability.CANCEL_SHIPMENT} if able else set())}
    plugin: Plugin[Any] = Plugin(
        id=carrier_id, name="Van", kind=Kind.CARRIER, version="1", engine=">=0", create=lambda *_: van,
        capabilities=frozenset(offered), config=NoConfig,
    )  # fmt: skip
    return replace(registry, plugins={**registry.plugins, carrier_id: plugin}, instances={})


@pytest.mark.parametrize(
    ("able", "stops", "status", "error"),
    [
        (True, True, "CANCELED", None),
        (True, False, "PURCHASED", "The carrier could not stop the parcel any more."),
        (False, True, "PURCHASED", "This carrier cannot be told to stop a parcel; call them."),
    ],
)
async def test_a_parcel_of_a_fulfilment_that_is_taken_back_is_stopped(
    api: Api, shop: Shop, store: Store, able: bool, stops: bool, status: str, error: str | None
) -> None:
    order = await buy(api, store)
    van = Van(stops)
    ctx = replace(shop.ctx(), plugins=with_van(shop.plugins, van, "argosy.table-rate", able=able))
    line, house = uuid_pk(order["lines"][0]["id"], "OrderLine"), store.room.warehouses[0]
    sent = await fulfill(ctx, uuid_pk(order["id"], "Order"), [FromShelf(line, house, 2)])
    await transact(ctx, order_actions.cancel_fulfillment, sent.fulfillment_ids[0], house)
    assert van.told == []
    await run_pending(ctx, WIRING)
    assert len(van.told) == (1 if able else 0)
    ((shipment,),) = await shipments_of(ctx, sent.fulfillment_ids)
    assert (shipment["status"], shipment["error"]) == (status, error)
    await run_pending(ctx, WIRING)
    assert len(van.told) == (1 if able else 0)
    await ctx.release()
