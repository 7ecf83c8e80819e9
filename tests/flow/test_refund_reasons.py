"""Reasons of refunds and returns as pages of a type that staff chose."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from engine.content.models import Page, PageType
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.paying import COMPLETE, INITIALIZE, done, dummy, faults
from tests.people import PASSWORD, make_staff
from tests.purchase import ready_checkout
from tests.storefront import Store, open_store

pytestmark = pytest.mark.anyio

CHOOSE = """mutation($type: ID!) { it: refundSettingsUpdate(input: {refundReasonReferenceType: $type}) {
  refundSettings { reasonReferenceType { id } } errors { field code } } }"""
CHOOSE_RETURNS = """mutation($type: ID!) { it: returnSettingsUpdate(input: {returnReasonReferenceType: $type}) {
  returnSettings { reasonReferenceType { id } } errors { field code } } }"""
CLEAR = "mutation { it: refundReasonReferenceClear { refundSettings { reasonReferenceType { id } } errors { code } } }"
CLEAR_RETURNS = "mutation { it: returnReasonReferenceClear { errors { code } } }"
GRANT = """mutation($id: ID!, $input: OrderGrantRefundCreateInput!) {
  it: orderGrantRefundCreate(id: $id, input: $input) {
    grantedRefund { id reasonReference { id title } lines { reasonReference { title } } } errors { field code } } }"""
PAY = """mutation($refund: ID!) { it: transactionRequestRefundForGrantedRefund(grantedRefundId: $refund) {
  transaction { events { type reasonReference { title } } } errors { code } } }"""
REFUND = """mutation($id: ID!, $page: ID) {
  it: transactionRequestAction(id: $id, actionType: REFUND, amount: 1, refundReasonReference: $page) {
    transaction { events { type reasonReference { title } } } errors { field code } } }"""
RETURN = """mutation($order: ID!, $input: OrderReturnProductsInput!) {
  it: orderFulfillmentReturnProducts(order: $order, input: $input) {
    returnFulfillment { reasonReference { title } lines { reasonReference { title } } } errors { field code } } }"""


@pytest.fixture
async def store(shop: Shop, api: Api) -> AsyncIterator[Store]:
    async with open_store(shop) as opened:
        yield opened


@pytest.fixture(scope="module")
async def clerk(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_ORDERS", "HANDLE_PAYMENTS", "MANAGE_SETTINGS", "MANAGE_PAGES")
    await make_staff(ctx, "packer@example.com", "MANAGE_PRODUCTS")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def pages(store: Store) -> dict[str, str]:
    """Global ids of two types and of a page of each."""

    async def work(tx: WriteCtx) -> dict[str, str]:
        made = {}
        for name in ("why", "other"):
            kind = PageType(name=name, slug=f"{name}-{store.room.channel_slug}")
            tx.add(kind)
            await tx.session.flush()
            page = Page(
                page_type_id=kind.id or 0,
                title=f"Page {name}",
                title_key=name,
                slug=f"page-{name}-{store.room.channel_slug}",
            )
            tx.add(page)
            await tx.session.flush()
            made |= {f"{name} type": to_global("PageType", kind.id or 0), name: to_global("Page", page.id or 0)}
        return made

    return await transact(store.ctx, work)


async def buy(api: Api, store: Store) -> Any:
    id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com", 2)
    paid = await done(api, INITIALIZE, id=id, gateway=dummy())
    order = (await done(api, COMPLETE, id=id))["order"]
    return {"id": order["id"], "line": order["lines"][0]["id"], "payment": paid["transaction"]["id"]}


async def test_a_refund_says_why_by_a_page_of_the_chosen_type(api: Api, clerk: Api, store: Store) -> None:
    known, order = await pages(store), await buy(api, store)
    payment = order["payment"]
    early = {"transactionId": payment, "amount": 1, "reasonReference": known["why"]}
    assert await faults(clerk, GRANT, id=order["id"], input=early) == [("reasonReference", "NOT_CONFIGURED")]
    chosen = await done(clerk, CHOOSE, type=known["why type"])
    assert chosen["refundSettings"]["reasonReferenceType"] == {"id": known["why type"]}
    bare = {"transactionId": payment, "amount": 1}
    assert await faults(clerk, GRANT, id=order["id"], input=bare) == [("reasonReference", "REQUIRED")]
    for wrong in (known["other"], "x"):
        given = {**bare, "reasonReference": wrong}
        assert await faults(clerk, GRANT, id=order["id"], input=given) == [("reasonReference", "INVALID")]
    lines = [{"id": order["line"], "quantity": 1, "reasonReference": known["why"]}]
    given = {"transactionId": payment, "lines": lines, "reasonReference": known["why"]}
    refund = (await done(clerk, GRANT, id=order["id"], input=given))["grantedRefund"]
    assert refund["reasonReference"] == {"id": known["why"], "title": "Page why"}
    assert refund["lines"] == [{"reasonReference": {"title": "Page why"}}]
    paid = await done(clerk, PAY, refund=refund["id"])
    request = next(event for event in paid["transaction"]["events"] if event["type"] == "REFUND_REQUEST")
    assert request["reasonReference"] == {"title": "Page why"}
    assert await faults(clerk, REFUND, id=payment) == [("reasonReference", "REQUIRED")]
    await done(clerk, REFUND, id=payment, page=known["why"])
    assert (await done(clerk, CLEAR))["refundSettings"] == {"reasonReferenceType": None}
    await done(clerk, REFUND, id=payment)


async def test_returns_have_a_type_of_their_own(api: Api, clerk: Api, store: Store) -> None:
    known, order = await pages(store), await buy(api, store)
    unsent = [{"orderLineId": order["line"], "quantity": 1, "reasonReference": known["why"]}]
    await done(clerk, CHOOSE_RETURNS, type=known["why type"])
    assert await faults(clerk, RETURN, order=order["id"], input={"orderLines": unsent}) == [
        ("reasonReference", "REQUIRED")
    ]
    given = {"orderLines": unsent, "reasonReference": known["why"]}
    made = (await done(clerk, RETURN, order=order["id"], input=given))["returnFulfillment"]
    assert made == {
        "reasonReference": {"title": "Page why"}, "lines": [{"reasonReference": {"title": "Page why"}}]
    }  # fmt: skip
    await done(clerk, CLEAR_RETURNS)


async def test_only_who_manages_settings_chooses(api: Api, clerk: Api, store: Store) -> None:
    known = await pages(store)
    packer = await api.log_in("packer@example.com", PASSWORD)
    for document in (CHOOSE, CHOOSE_RETURNS):
        (error,) = await packer.errors(document, type=known["why type"])
        assert error["extensions"]["code"] == "PermissionDenied"
        assert [code for _, code in await faults(clerk, document, type=known["why"])] == ["INVALID"]
    (error,) = await api.errors("{ refundSettings { reasonReferenceType { id } } }")
    assert error["extensions"]["code"] == "PermissionDenied"
