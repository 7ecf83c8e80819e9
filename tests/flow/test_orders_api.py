"""What staff do with orders over HTTP, and what everybody else may see of them."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from engine.catalog.models import ProductType
from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import to_global, uuid_pk
from engine.core.tables import table
from engine.extensions.registry import Registry
from engine.flows import fulfill as fulfilling
from engine.flows.fulfill import FromShelf, fulfill, ship_job
from engine.flows.shop import Shop
from engine.inventory.queries import stocks_of
from engine.sdk.carriers import CarrierFault, ShipRequest, ShipResult
from engine.sdk.plugins import Kind, NoConfig, Plugin
from engine.shipping import queries as shipping
from tests.api import Api
from tests.mailbox import delivered
from tests.paying import COMPLETE, INITIALIZE, READ_ORDER, done, dummy, faults
from tests.people import PASSWORD, make_group, make_staff, make_user
from tests.purchase import ADDRESS, CREATE, ready_checkout
from tests.stockroom import unbalanced
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

FULFILL = """mutation($order: ID, $input: OrderFulfillInput!) { it: orderFulfill(order: $order, input: $input) {
  fulfillments { id status trackingNumber warehouse { id } shipments { status trackingNumber error } }
  order { status lines { quantityFulfilled quantityToFulfill } } errors { field code orderLines variants } } }"""
CANCEL_FULFILLMENT = """mutation($id: ID!, $input: FulfillmentCancelInput) {
  it: orderFulfillmentCancel(id: $id, input: $input) {
    fulfillment { status } order { status lines { quantityToFulfill } } errors { field code } } }"""
TRACK = """mutation($id: ID!, $input: FulfillmentUpdateTrackingInput!) {
  it: orderFulfillmentUpdateTracking(id: $id, input: $input) {
    fulfillment { trackingNumber } errors { field code } } }"""
CANCEL = "mutation($id: ID!) { it: orderCancel(id: $id) { order { status statusDisplay } errors { field code } } }"
CONFIRM = "mutation($id: ID!) { it: orderConfirm(id: $id) { order { status } errors { field code } } }"
NOTE = """mutation($order: ID!, $input: OrderNoteInput!) { it: orderNoteAdd(order: $order, input: $input) {
  event { type message user { email } } errors { field code } } }"""
HISTORY = """query($id: ID!) { order(id: $id) { events {
  type message email emailType quantity composedId trackingNumber amount lines { quantity itemName } } } }"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened
        assert await unbalanced(opened.ctx) == []


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def buy(api: Api, store: Store, quantity: int = 3, email: str = "ada@example.com") -> Any:
    """A paid order of the first variant, of which the first warehouse has ten."""
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], email, quantity)
    await done(api, INITIALIZE, id=id, gateway=dummy())
    return (await done(api, COMPLETE, id=id))["order"]


def parcel(store: Store, order: Any, *shelves: tuple[int, int], **values: Any) -> dict[str, Any]:
    """Input of a fulfilment: (warehouse, quantity) of the order's only line."""
    stocks = [
        {"warehouse": to_global("Warehouse", store.room.warehouses[place]), "quantity": quantity}
        for place, quantity in shelves
    ]
    return {"lines": [{"orderLineId": order["lines"][0]["id"], "stocks": stocks}], **values}


async def shelf(store: Store) -> tuple[int, int]:
    """On hand and allocated of the first variant in the first warehouse."""
    ((row, *_),) = await stocks_of(store.ctx, [store.room.variants[0]])
    return row["quantity"], row["quantity_allocated"]


async def types(api: Api, id: str) -> list[str]:
    return [event["type"] for event in (await api.run(HISTORY, id=id))["order"]["events"]]


async def test_an_order_is_sent_in_parts_with_tracking_from_its_carrier(
    api: Api, clerk: Api, shop: Shop, store: Store
) -> None:
    order = await buy(api, store)
    assert await shelf(store) == (10, 3)
    sent = await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 2)))
    assert sent["order"] == {
        "status": "PARTIALLY_FULFILLED",
        "lines": [{"quantityFulfilled": 2, "quantityToFulfill": 1}],
    }
    (fulfillment,) = sent["fulfillments"]
    number = fulfillment["trackingNumber"]
    assert number.startswith("AGY")
    assert fulfillment["shipments"] == [{"status": "PURCHASED", "trackingNumber": number, "error": None}]
    assert await shelf(store) == (8, 1)

    await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 1)))
    assert await shelf(store) == (7, 0)
    shown = (await api.run(READ_ORDER, id=order["id"]))["order"]
    assert (shown["status"], shown["statusDisplay"]) == ("FULFILLED", "Fulfilled")
    assert [parcel["fulfillmentOrder"] for parcel in shown["fulfillments"]] == [1, 2]
    assert shown["fulfillments"][0]["lines"] == [{"quantity": 2, "orderLine": {"id": order["lines"][0]["id"]}}]
    (mail,) = [m for m in await delivered(shop.ctx(), "ada@example.com") if number in m.get_content()]
    assert mail["Subject"] == f"Your order {order['number']} is on its way"


async def test_a_parcel_that_is_on_its_way_already_needs_no_carrier(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store, 1)
    given = parcel(store, order, (0, 1), trackingNumber=" 1Z999 ", notifyCustomer=False)
    (fulfillment,) = (await done(clerk, FULFILL, order=order["id"], input=given))["fulfillments"]
    assert (fulfillment["trackingNumber"], fulfillment["shipments"]) == ("1Z999", [])


async def test_one_fulfilment_for_each_warehouse(api: Api, clerk: Api, store: Store) -> None:
    await store.room.count(store.ctx, store.room.variants[0], 10, 5)
    order = await buy(api, store)
    sent = await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (1, 2), (0, 1)))
    warehouses = {fulfillment["warehouse"]["id"] for fulfillment in sent["fulfillments"]}
    assert warehouses == {to_global("Warehouse", id) for id in store.room.warehouses}
    assert sent["order"]["status"] == "FULFILLED"


async def test_no_more_is_sent_than_was_ordered_or_is_there(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    id, line = order["id"], order["lines"][0]["id"]

    async def refused(input: Any) -> Any:
        answer = (await clerk.run(FULFILL, order=id, input=input))["it"]
        assert answer["fulfillments"] is None
        return [(error["field"], error["code"]) for error in answer["errors"]]

    assert await refused(parcel(store, order, (0, 4))) == [("orderLineId", "FULFILL_ORDER_LINE")]
    assert await refused(parcel(store, order, (0, 2), (1, 2))) == [("orderLineId", "FULFILL_ORDER_LINE")]
    assert await refused(parcel(store, order, (1, 1))) == [("lines", "INSUFFICIENT_STOCK")]
    assert await refused(parcel(store, order, (0, 0))) == [("lines", "ZERO_QUANTITY")]
    assert await refused(parcel(store, order, (0, -1))) == [("quantity", "INVALID_QUANTITY")]
    assert await refused(parcel(store, order, (0, 1), (0, 1))) == [("warehouse", "DUPLICATED_INPUT_ITEM")]
    assert await refused({"lines": []}) == [("lines", "ZERO_QUANTITY")]
    nowhere = [{"warehouse": to_global("Warehouse", uuid.uuid4()), "quantity": 1}]
    assert await refused({"lines": [{"orderLineId": line, "stocks": nowhere}]}) == [("warehouse", "NOT_FOUND")]
    assert await refused({"lines": [{"orderLineId": "x", "stocks": nowhere}]}) == [("orderLineId", "NOT_FOUND")]
    other = await buy(api, store, 1)
    assert await refused(parcel(store, other, (0, 1))) == [("orderLineId", "FULFILL_ORDER_LINE")]
    assert await types(clerk, id) == ["PLACED", "ORDER_FULLY_PAID"]
    assert await shelf(store) == (10, 4)


async def test_goods_that_are_not_shipped_need_no_carrier(api: Api, clerk: Api, store: Store) -> None:
    async def work(tx: WriteCtx) -> None:
        kinds = table(ProductType)
        await tx.execute(
            sa.update(kinds).where(kinds.c.id == store.room.product_type_id).values(is_shipping_required=False)
        )

    await transact(store.ctx, work)
    slug, variant = store.room.channel_slug, store.variants[0]
    given = {"channel": slug, "email": "a@example.com", "billingAddress": ADDRESS,
             "lines": [{"variantId": variant, "quantity": 1}]}  # fmt: skip
    id = (await api.run(CREATE, input=given))["checkoutCreate"]["checkout"]["id"]
    await done(api, INITIALIZE, id=id, gateway=dummy())
    order = (await done(api, COMPLETE, id=id))["order"]
    assert (order["shippingAddress"], order["deliveryMethod"]) == (None, None)
    (fulfillment,) = (await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 1))))["fulfillments"]
    assert (fulfillment["trackingNumber"], fulfillment["shipments"]) == ("", [])


async def test_a_fulfilment_that_is_taken_back_can_be_sent_again(api: Api, clerk: Api, store: Store) -> None:
    order = await buy(api, store)
    (fulfillment,) = (await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 3))))["fulfillments"]
    assert await shelf(store) == (7, 0)
    assert await faults(clerk, CANCEL_FULFILLMENT, id=fulfillment["id"]) == [("warehouseId", "REQUIRED")]
    assert await faults(clerk, CANCEL, id=order["id"]) == [("order", "CANNOT_CANCEL_ORDER")]
    back = {"warehouseId": to_global("Warehouse", store.room.warehouses[0])}
    undone = await done(clerk, CANCEL_FULFILLMENT, id=fulfillment["id"], input=back)
    assert undone["fulfillment"]["status"] == "CANCELED"
    assert undone["order"] == {"status": "UNFULFILLED", "lines": [{"quantityToFulfill": 3}]}
    assert await shelf(store) == (10, 3)
    again = await faults(clerk, CANCEL_FULFILLMENT, id=fulfillment["id"], input=back)
    assert again == [("fulfillment", "CANNOT_CANCEL_FULFILLMENT")]
    await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 3)))
    assert await shelf(store) == (7, 0)
    events = (await clerk.run(HISTORY, id=order["id"]))["order"]["events"]
    cancelled = next(event for event in events if event["type"] == "FULFILLMENT_CANCELED")
    assert cancelled["composedId"] == f"{order['number']}-1"


async def test_a_cancelled_order_gives_its_stock_back_once(api: Api, clerk: Api, shop: Shop, store: Store) -> None:
    order = await buy(api, store, email="gone@example.com")
    cancelled = await done(clerk, CANCEL, id=order["id"])
    assert cancelled["order"] == {"status": "CANCELED", "statusDisplay": "Canceled"}
    assert await shelf(store) == (10, 0)
    assert await faults(clerk, CANCEL, id=order["id"]) == [("order", "CANNOT_CANCEL_ORDER")]
    refused = await faults(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 1)))
    assert refused == [("order", "INVALID")]
    subjects = [mail["Subject"] for mail in await delivered(shop.ctx(), "gone@example.com")]
    number = order["number"]
    assert sorted(subjects) == [f"Your order {number}", f"Your order {number} was cancelled"]


async def test_an_order_that_waits_for_confirmation_is_not_sent_before(api: Api, clerk: Api, store: Store) -> None:
    async def work(tx: WriteCtx) -> None:
        channels = table(Channel)
        mine = channels.c.id == store.room.channel_id
        await tx.execute(sa.update(channels).where(mine).values(automatically_confirm_orders=False))

    await transact(store.ctx, work)
    order = await buy(api, store)
    assert order["status"] == "UNCONFIRMED"
    early = await faults(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 1)))
    assert early == [("order", "INVALID")]
    assert (await done(clerk, CONFIRM, id=order["id"]))["order"]["status"] == "UNFULFILLED"
    assert await faults(clerk, CONFIRM, id=order["id"]) == [("id", "INVALID")]
    await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 1)))


async def test_history_tells_what_happened_and_who_did_it(api: Api, clerk: Api, shop: Shop, store: Store) -> None:
    order = await buy(api, store, email="history@example.com")
    await delivered(shop.ctx(), "history@example.com")
    noted = await done(clerk, NOTE, order=order["id"], input={"message": "Fragile"})
    assert noted["event"] == {"type": "NOTE_ADDED", "message": "Fragile", "user": {"email": "clerk@example.com"}}
    assert await faults(clerk, NOTE, order=order["id"], input={"message": "  "}) == [("message", "REQUIRED")]
    (made,) = (await done(clerk, FULFILL, order=order["id"], input=parcel(store, order, (0, 3))))["fulfillments"]
    tracked = await done(clerk, TRACK, id=made["id"], input={"trackingNumber": "NEW-1", "notifyCustomer": True})
    assert tracked["fulfillment"] == {"trackingNumber": "NEW-1"}
    events = (await clerk.run(HISTORY, id=order["id"]))["order"]["events"]
    assert [event["type"] for event in events] == [
        "PLACED", "ORDER_FULLY_PAID", "EMAIL_SENT", "NOTE_ADDED", "FULFILLMENT_FULFILLED_ITEMS", "TRACKING_UPDATED",
        "TRACKING_UPDATED",
    ]  # fmt: skip
    assert (events[2]["email"], events[2]["emailType"]) == ("history@example.com", "ORDER_CONFIRMATION")
    assert events[4]["lines"] == [{"quantity": 3, "itemName": order["lines"][0]["productName"]}]
    assert events[-1]["trackingNumber"] == "NEW-1"


async def test_the_confirmation_says_what_was_bought(api: Api, shop: Shop, store: Store) -> None:
    order = await buy(api, store, email="mail@example.com")
    (mail,) = await delivered(shop.ctx(), "mail@example.com")
    text = mail.get_content()
    assert f"3 x {order['lines'][0]['productName']}    30.00 EUR" in text
    assert "Delivery    4.90 EUR" in text
    assert "Total       34.90 EUR" in text


STAFF_ONLY = ("events { type }", "transactions { id }", "privateMetadata { key }", "user { email }")


async def test_whoever_has_the_id_reads_the_order_but_not_what_staff_know(api: Api, shop: Shop, store: Store) -> None:
    user_id = await make_user(store.ctx, "buyer@example.com")
    buyer = await api.log_in("buyer@example.com", PASSWORD)
    order = await buy(buyer, store, email="buyer@example.com")
    id = order["id"]
    assert (await api.run(READ_ORDER, id=id))["order"]["userEmail"] == "buyer@example.com"
    for field in STAFF_ONLY:
        (error,) = await api.errors(f"query($id: ID!) {{ order(id: $id) {{ id {field} }} }}", id=id)
        assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    own = await buyer.run("query($id: ID!) { order(id: $id) { user { id } } }", id=id)
    assert own["order"]["user"] == {"id": to_global("User", user_id)}


@pytest.mark.parametrize("id", ["x", "T3JkZXI6MQ==", to_global("Checkout", uuid.UUID(int=1))])
async def test_an_id_that_is_none_is_said_to_be_none(api: Api, id: str) -> None:
    (error,) = await api.errors(READ_ORDER, id=id)
    assert error["message"].startswith("Invalid ID")


async def test_an_unknown_order_is_null_and_cannot_be_changed(api: Api, clerk: Api) -> None:
    unknown = to_global("Order", uuid.uuid4())
    assert (await api.run(READ_ORDER, id=unknown))["order"] is None
    assert await faults(clerk, CANCEL, id=unknown) == [("id", "NOT_FOUND")]
    assert await faults(clerk, CONFIRM, id=unknown) == [("id", "NOT_FOUND")]
    assert await faults(clerk, TRACK, id=to_global("Fulfillment", 10**9), input={}) == [("id", "NOT_FOUND")]
    assert await faults(clerk, FULFILL, input={"lines": []}) == [("order", "REQUIRED")]


async def test_nobody_but_staff_for_orders_changes_one(api: Api, clerk: Api, shop: Shop, store: Store) -> None:
    order = await buy(api, store)
    await make_staff(store.ctx, "other@example.com", "MANAGE_PRODUCTS")
    other = await api.log_in("other@example.com", PASSWORD)
    before = await types(clerk, order["id"])
    for caller in (api, other):
        for document, variables in (
            (CANCEL, {"id": order["id"]}),
            (CONFIRM, {"id": order["id"]}),
            (FULFILL, {"order": order["id"], "input": parcel(store, order, (0, 1))}),
            (NOTE, {"order": order["id"], "input": {"message": "x"}}),
            ("mutation($id: ID!) { it: orderMarkAsPaid(id: $id) { errors { code } } }", {"id": order["id"]}),
            ("{ orders(first: 1) { edges { node { id } } } }", {}),
        ):
            (error,) = await caller.errors(document, **variables)
            assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    assert await types(clerk, order["id"]) == before
    assert await shelf(store) == (10, 3)


async def test_staff_of_one_channel_do_not_reach_another(api: Api, shop: Shop, store: Store) -> None:
    async with open_store(shop) as elsewhere:
        mine, theirs = await buy(api, store), await buy(api, elsewhere)
        user_id = await make_user(store.ctx, f"local-{store.room.channel_slug}@example.com", is_staff=True)
        await make_group(
            store.ctx, f"local {store.room.channel_slug}", "MANAGE_ORDERS", members=(user_id,),
            channels=(store.room.channel_id,),
        )  # fmt: skip
        local = await api.log_in(f"local-{store.room.channel_slug}@example.com", PASSWORD)
        listed = await local.run("{ orders(first: 100) { totalCount edges { node { id } } } }")
        assert listed["orders"] == {"totalCount": 1, "edges": [{"node": {"id": mine["id"]}}]}
        other = await local.run(
            "query($slug: String) { orders(first: 100, channel: $slug) { totalCount } }",
            slug=elsewhere.room.channel_slug,
        )
        assert other["orders"]["totalCount"] == 0
        assert await faults(local, CANCEL, id=theirs["id"]) == [("id", "NOT_FOUND")]
        for field in ("events { type }", "transactions { id }"):
            document = f"query($id: ID!) {{ order(id: $id) {{ {field} }} }}"
            assert await local.run(document, id=mine["id"])
            (error,) = await local.errors(document, id=theirs["id"])
            assert error["extensions"]["exception"]["code"] == "PermissionDenied"
        assert (await done(local, CANCEL, id=mine["id"]))["order"]["status"] == "CANCELED"


async def test_staff_list_orders(api: Api, clerk: Api, store: Store) -> None:
    made = [await buy(api, store, 1, f"{name}@list.example.com") for name in ("a", "b", "c")]
    document = """query($first: Int, $after: String, $filter: OrderFilterInput, $sort: OrderSortingInput,
                        $search: String) {
      orders(first: $first, after: $after, filter: $filter, sortBy: $sort, search: $search) {
        totalCount pageInfo { hasNextPage endCursor } edges { cursor node { number chargeStatus } } } }"""
    sort = {"field": "CREATION_DATE", "direction": "ASC"}
    page = (await clerk.run(document, first=2, search="@list.example.com", sort=sort))["orders"]
    assert (page["totalCount"], page["pageInfo"]["hasNextPage"]) == (3, True)
    assert [edge["node"] for edge in page["edges"]] == [
        {"number": order["number"], "chargeStatus": "FULL"} for order in made[:2]
    ]
    rest = await clerk.run(
        document, first=2, after=page["pageInfo"]["endCursor"], search="@list.example.com", sort=sort
    )
    assert [edge["node"]["number"] for edge in rest["orders"]["edges"]] == [made[2]["number"]]
    await done(clerk, CANCEL, id=made[0]["id"])
    gone = await clerk.run(document, first=5, search="@list.example.com", filter={"status": ["CANCELED"]})
    assert [edge["node"]["number"] for edge in gone["orders"]["edges"]] == [made[0]["number"]]
    ready = await clerk.run(document, first=5, search="@list.example.com", filter={"status": ["READY_TO_FULFILL"]})
    assert [edge["node"]["number"] for edge in ready["orders"]["edges"]] == [made[2]["number"], made[1]["number"]]
    (error,) = await clerk.errors("{ orders { edges { node { id } } } }")
    assert "`first` or `last`" in error["message"]


class Courier:
    """A carrier whose answers a test decides."""

    def __init__(self) -> None:
        self.says: list[Any] = []
        self.asked: list[ShipRequest] = []

    async def quote(self, request: Any) -> list[Any]:
        return []

    async def ship(self, request: ShipRequest) -> ShipResult:
        self.asked.append(request)
        said = self.says.pop(0)
        if isinstance(said, Exception):
            raise said
        if said is None:
            await asyncio.Event().wait()
        return ShipResult(tracking_number=said, carrier_reference=said, label=b"%PDF-1.7")


def with_courier(registry: Registry, courier: Courier) -> Registry:
    plugin: Plugin[Any] = Plugin(
        id="argosy.table-rate", name="Courier", kind=Kind.CARRIER, version="1", engine=">=0",
        create=lambda *_: courier, config=NoConfig,
    )  # fmt: skip
    return replace(registry, plugins={plugin.id: plugin}, instances={})


@pytest.mark.parametrize("silence", [CarrierFault("no van today"), None])
async def test_a_carrier_that_fails_is_noted_and_asked_again_for_the_same_parcel(
    api: Api, clerk: Api, shop: Shop, store: Store, monkeypatch: pytest.MonkeyPatch, silence: Any
) -> None:
    monkeypatch.setattr(fulfilling, "CARRIER_SECONDS", 0.1)
    courier = Courier()
    courier.says = [silence, CarrierFault("still none"), "TRACK-7"]
    order = await buy(api, store)
    ctx: Ctx = replace(shop.ctx(), plugins=with_courier(shop.plugins, courier))
    line = uuid_pk(order["lines"][0]["id"], "OrderLine")
    shelves = [FromShelf(line, store.room.warehouses[0], 2)]
    sent = await fulfill(ctx, uuid_pk(order["id"], "Order"), shelves)
    ((shipment,),) = await shipping.shipments_of(ctx, sent.fulfillment_ids)
    assert (shipment["status"], bool(shipment["error"])) == ("FAILED", True)
    assert await shelf(store) == (8, 1)

    payload = {"shipment_id": str(shipment["id"]), "notify": False}
    with pytest.raises(fulfilling.CarrierUnavailable, match="still none"):
        await ship_job(ctx, payload)
    await ship_job(ctx, payload)
    await ship_job(ctx, payload)
    ((shipment,),) = await shipping.shipments_of(ctx, sent.fulfillment_ids)
    assert (shipment["status"], shipment["tracking_number"], shipment["error"]) == ("PURCHASED", "TRACK-7", None)
    assert shipment["label_key"] == f"labels/{shipment['id']}.pdf"
    assert (len(courier.asked), len({request.reference for request in courier.asked})) == (3, 1)
    request = courier.asked[0]
    assert (request.destination.city, request.service_code) == ("Berlin", "Parcel")
    assert [(item.quantity, item.weight_grams, item.value.minor) for item in request.items] == [(2, 500, 1000)]
    shown = (await api.run(READ_ORDER, id=order["id"]))["order"]
    assert shown["fulfillments"][0]["trackingNumber"] == "TRACK-7"
    assert (await types(clerk, order["id"])).count("TRACKING_UPDATED") == 1
    await ctx.release()
