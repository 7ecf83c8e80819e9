"""Gift cards as staff keep them, and what others see of them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from engine.core.ids import to_global
from engine.flows.shop import Shop
from tests.api import Api
from tests.codes import gift_card, voucher
from tests.mailbox import delivered
from tests.paying import COMPLETE, done, faults
from tests.people import PASSWORD, make_staff, make_user
from tests.purchase import ready_checkout
from tests.stockroom import build
from tests.storefront import open_store

pytestmark = pytest.mark.anyio

CARD = """
  id displayCode last4CodeChars code isActive expiryDate created lastUsedOn boughtInChannel
  initialBalance { amount currency } currentBalance { amount currency } createdByEmail createdBy { email }
  assignedTo { email } assignedToEmail tags { name } app { name } product { id } metadata { key value }
  events { type message email orderId orderNumber tags oldTags expiryDate oldExpiryDate user { email }
    balance { initialBalance { amount } currentBalance { amount } oldInitialBalance { amount }
      oldCurrentBalance { amount } }
    assignedTo { oldAssignedToEmail currentAssignedToEmail currentAssignedTo { email } } }
"""
ERRORS = "errors { field code message }"


def mutation(name: str, arguments: str, passed: str) -> str:
    return f"mutation({arguments}) {{ it: {name}({passed}) {{ giftCard {{ {CARD} }} {ERRORS} }} }}"


CREATE = mutation("giftCardCreate", "$input: GiftCardCreateInput!", "input: $input")
UPDATE = mutation("giftCardUpdate", "$id: ID!, $input: GiftCardUpdateInput!", "id: $id, input: $input")
ACTIVATE, DEACTIVATE, DELETE, UNASSIGN = (
    mutation(f"giftCard{name}", "$id: ID!", "id: $id") for name in ("Activate", "Deactivate", "Delete", "UnassignUser")
)
ASSIGN = mutation("giftCardAssignUser", "$id: ID!, $user: ID!", "id: $id, userId: $user")
RESEND = mutation("giftCardResend", "$input: GiftCardResendInput!", "input: $input")
NOTE = """mutation($id: ID!, $input: GiftCardAddNoteInput!) { it: giftCardAddNote(id: $id, input: $input) {
  event { type message } errors { field code } } }"""
BULK_CREATE = f"""mutation($input: GiftCardBulkCreateInput!) {{ it: giftCardBulkCreate(input: $input) {{
  count giftCards {{ id code tags {{ name }} }} {ERRORS} }} }}"""
BULK = "mutation($ids: [ID!]!) { it: giftCardBulk%s(ids: $ids) { count errors { field code } } }"
READ = f"query($id: ID!) {{ giftCard(id: $id) {{ {CARD} }} }}"
ADD_CODE = """mutation($id: ID, $code: String!) {
  it: checkoutAddPromoCode(id: $id, promoCode: $code) { errors { code } } }"""
PAID = "query($id: ID!) { order(id: $id) { giftCards { id } total { gross { amount } } } }"
LIST = """query($filter: GiftCardFilterInput, $sort: GiftCardSortingInput, $search: String) {
  giftCards(filter: $filter, sortBy: $sort, search: $search, first: 50) {
    totalCount edges { node { displayCode } } } }"""


@pytest.fixture(scope="module")
async def staff(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "gifts@cards.example", "MANAGE_GIFT_CARD", "MANAGE_USERS", "MANAGE_APPS")
    await ctx.release()
    return await api.log_in("gifts@cards.example", PASSWORD)


async def made(staff: Api, amount: float = 20, currency: str = "EUR", **values: Any) -> Any:
    given = {"balance": {"amount": amount, "currency": currency}, "isActive": True, **values}
    return (await done(staff, CREATE, input=given))["giftCard"]


def happened(card: Any) -> list[str]:
    return [event["type"] for event in card["events"]]


async def ends(staff: Api, **asked: Any) -> list[str]:
    """The last characters of the codes that are found."""
    found = (await staff.run(LIST, **asked))["giftCards"]
    assert found["totalCount"] == len(found["edges"])
    return [edge["node"]["displayCode"] for edge in found["edges"]]


async def test_a_card_has_a_history_of_all_that_is_done_with_it(staff: Api, shop: Shop) -> None:
    soon = (datetime.now(UTC) + timedelta(days=30)).date().isoformat()
    card = await made(
        staff, 12.5, addTags=["Spring", "vip"], note="For the fair", metadata=[{"key": "a", "value": "b"}]
    )
    id = card["id"]
    assert len(card["code"]) == 14
    assert (card["displayCode"], card["last4CodeChars"]) == (card["code"][-4:], card["code"][-4:])
    assert (card["initialBalance"], card["currentBalance"]["amount"]) == ({"amount": 12.5, "currency": "EUR"}, 12.5)
    assert (card["createdByEmail"], card["createdBy"]) == ("gifts@cards.example", {"email": "gifts@cards.example"})
    assert [tag["name"] for tag in card["tags"]] == ["spring", "vip"]
    assert (card["metadata"], happened(card)) == ([{"key": "a", "value": "b"}], ["ISSUED", "NOTE_ADDED"])
    card = (
        await done(
            staff,
            UPDATE,
            id=id,
            input={"balanceAmount": 30, "expiryDate": soon, "addTags": ["New"], "removeTags": ["VIP"]},
        )
    )["giftCard"]
    assert (card["currentBalance"]["amount"], card["expiryDate"]) == (30.0, soon)
    balance, expiry, tags = card["events"][2:]
    assert (balance["type"], balance["balance"]["oldCurrentBalance"]["amount"]) == ("BALANCE_RESET", 12.5)
    assert (expiry["type"], expiry["expiryDate"], expiry["oldExpiryDate"]) == ("EXPIRY_DATE_UPDATED", soon, None)
    assert (tags["type"], tags["tags"], tags["oldTags"]) == ("TAGS_UPDATED", ["new", "spring"], ["spring", "vip"])
    assert (await done(staff, DEACTIVATE, id=id))["giftCard"]["isActive"] is False
    card = (await done(staff, ACTIVATE, id=id))["giftCard"]
    assert happened(card)[-2:] == ["DEACTIVATED", "ACTIVATED"]
    ctx = shop.ctx()
    owner = to_global("User", await make_user(ctx, "owner@cards.example"))
    await ctx.release()
    card = (await done(staff, ASSIGN, id=id, user=owner))["giftCard"]
    assert (card["assignedTo"], card["assignedToEmail"]) == ({"email": "owner@cards.example"}, "owner@cards.example")
    assert card["events"][-1]["assignedTo"]["currentAssignedTo"] == {"email": "owner@cards.example"}
    card = (await done(staff, UNASSIGN, id=id))["giftCard"]
    assert (card["assignedTo"], card["events"][-1]["assignedTo"]["oldAssignedToEmail"]) == (None, "owner@cards.example")
    assert (await done(staff, NOTE, id=id, input={"message": "Hm"}))["event"] == {"type": "NOTE_ADDED", "message": "Hm"}
    assert (await staff.run(READ, id=id))["giftCard"]["events"][-1]["user"] == {"email": "gifts@cards.example"}
    assert (await done(staff, DELETE, id=id))["giftCard"]["id"] == id
    assert (await staff.run(READ, id=id))["giftCard"] is None
    assert await faults(staff, ACTIVATE, id=id) == [("id", "NOT_FOUND")]


async def test_a_card_goes_by_mail_to_whom_staff_say(staff: Api, shop: Shop) -> None:
    card = await made(staff, userEmail="Ada@Example.com", channel="any", code="BIRTHDAY-2030")
    assert happened(card) == ["ISSUED", "SENT_TO_CUSTOMER"]
    again = {"id": card["id"], "email": "bob@example.com", "channel": "any"}
    assert happened((await done(staff, RESEND, input=again))["giftCard"])[-1] == "RESENT"
    ctx = shop.ctx()
    (first,), (second,) = [await delivered(ctx, to) for to in ("ada@example.com", "bob@example.com")]
    await ctx.release()
    assert "BIRTHDAY-2030" in first.get_content()
    assert "20.00 EUR" in second.get_content()


async def test_what_cannot_be_is_refused_with_the_fields_name(staff: Api, shop: Shop) -> None:
    ctx = shop.ctx()
    room = await build(ctx)
    (code,) = await voucher(ctx, room, 100)
    old = await gift_card(ctx, 100, is_active=False, expiry_date=date(2021, 1, 1))
    await ctx.release()
    taken = await made(staff)
    cases: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"balance": {"amount": 0, "currency": "EUR"}}, ("balance", "INVALID")),
        ({"balance": {"amount": 1.001, "currency": "EUR"}}, ("balance", "INVALID")),
        ({"balance": {"amount": 1, "currency": "XXY"}}, ("balance", "INVALID")),
        ({"expiryDate": "2020-01-01"}, ("expiryDate", "INVALID")),
        ({"code": "SHORT"}, ("code", "INVALID")),
        ({"code": taken["code"]}, ("code", "ALREADY_EXISTS")),
        ({"code": code}, ("code", "ALREADY_EXISTS")),
        ({"userEmail": "nobody", "channel": "x"}, ("userEmail", "INVALID")),
        ({"userEmail": "ada@example.com"}, ("channel", "REQUIRED")),
        ({"assignedTo": to_global("User", 10**6)}, ("userId", "NOT_FOUND")),
    ]
    for values, expected in cases:
        given = {"balance": {"amount": 5, "currency": "EUR"}, "isActive": True, **values}
        assert await faults(staff, CREATE, input=given) == [expected], values
    assert await faults(staff, ACTIVATE, id=to_global("GiftCard", old.id or 0)) == [("id", "EXPIRED_GIFT_CARD")]
    assert await faults(staff, NOTE, id=taken["id"], input={"message": " "}) == [("message", "REQUIRED")]
    assert await faults(staff, UPDATE, id=taken["id"], input={"balanceAmount": 0}) == [("balanceAmount", "INVALID")]
    too_many = {"count": 101, "balance": {"amount": 1, "currency": "EUR"}, "isActive": True}
    assert await faults(staff, BULK_CREATE, input=too_many) == [("count", "INVALID")]


async def test_many_cards_are_made_switched_and_deleted_at_once(staff: Api) -> None:
    new = {"count": 3, "balance": {"amount": 5, "currency": "JPY"}, "isActive": False, "tags": ["Batch"]}
    cards = (await done(staff, BULK_CREATE, input=new))["giftCards"]
    assert len({card["code"] for card in cards}) == 3
    ids = [card["id"] for card in cards]
    assert await ends(staff, filter={"tags": ["batch"], "isActive": True}) == []
    assert (await done(staff, BULK % "Activate", ids=ids))["count"] == 3
    assert len(await ends(staff, filter={"tags": ["BATCH"], "isActive": True})) == 3
    assert (await done(staff, BULK % "Deactivate", ids=ids[:1]))["count"] == 1
    assert "JPY" in (await staff.run("{ giftCardCurrencies }"))["giftCardCurrencies"]
    tags = await staff.run('{ giftCardTags(first: 5, filter: {search: "bat"}) { totalCount edges { node { name } } } }')
    assert tags["giftCardTags"] == {"totalCount": 1, "edges": [{"node": {"name": "batch"}}]}
    assert (await done(staff, BULK % "Delete", ids=ids))["count"] == 3
    assert await ends(staff, filter={"currency": "JPY"}) == []


async def test_cards_are_found_by_what_they_are_and_ordered(staff: Api, shop: Shop) -> None:
    ctx = shop.ctx()
    for amount, code, values in (
        (300, "SEEK-0000-0001", {"assigned_to_email": "zoe@example.com"}),
        (100, "SEEK-0000-0002", {"last_used_on": datetime(2030, 1, 1, tzinfo=UTC)}),
        (200, "SEEK-0000-0003", {"meta": {"k": "v"}}),
    ):
        await gift_card(ctx, amount, "KWD", code=code, **values)
    await ctx.release()
    assert await ends(staff, search="seek-") == ["0003", "0002", "0001"]
    assert await ends(staff, search="ZOE@") == ["0001"]
    by_balance = {"field": "CURRENT_BALANCE", "direction": "ASC"}
    assert await ends(staff, filter={"currency": "KWD"}, sort=by_balance) == ["0002", "0003", "0001"]
    assert await ends(staff, filter={"currency": "KWD", "used": True}) == ["0002"]
    assert await ends(staff, filter={"code": "SEEK-0000-0003"}) == ["0003"]
    assert await ends(staff, filter={"metadata": [{"key": "k", "value": "v"}]}) == ["0003"]
    bounds = {"currency": "KWD", "currentBalance": {"gte": 0.15, "lte": 0.25}}
    assert await ends(staff, filter=bounds) == ["0003"]
    (error,) = await staff.errors(LIST, filter={"currentBalance": {"gte": 1}})
    assert "currency" in error["message"]


async def test_an_order_stands_in_the_history_of_the_card_that_paid_it(staff: Api, api: Api, shop: Shop) -> None:
    async with open_store(shop) as store:
        card = await made(staff, 50)
        id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com")
        await done(api, ADD_CODE, id=id, code=card["code"])
        order = (await done(api, COMPLETE, id=id))["order"]
        found = (await staff.run(READ, id=card["id"]))["giftCard"]
        used = found["events"][-1]
        assert (used["type"], used["orderId"], used["orderNumber"]) == ("USED_IN_ORDER", order["id"], order["number"])
        assert used["balance"]["currentBalance"]["amount"] == 35.1
        assert (found["currentBalance"]["amount"], found["lastUsedOn"] is None) == (35.1, False)
        assert (await done(staff, DELETE, id=card["id"]))["giftCard"]["id"] == card["id"]
        left = await api.run(PAID, id=order["id"])
        assert left["order"] == {"giftCards": [], "total": {"gross": {"amount": 0.0}}}


async def test_a_shopper_sees_what_is_left_on_a_card_and_never_its_code(api: Api, shop: Shop) -> None:
    async with open_store(shop) as store:
        card = await gift_card(store.ctx, 500)
        id = await ready_checkout(api, store.room.channel_slug, store.variants[0], "ada@example.com")
        add = """mutation($id: ID, $code: String!) { it: checkoutAddPromoCode(id: $id, promoCode: $code) {
          checkout { giftCards { %s } } errors { code } } }"""
        shown = await done(api, add % "displayCode currentBalance { amount }", id=id, code=card.code)
        assert shown["checkout"]["giftCards"] == [{"displayCode": card.code[-4:], "currentBalance": {"amount": 5.0}}]
        for field in ("code", "events { type }", "tags { name }", "createdByEmail", "privateMetadata { key }"):
            document = f"query($id: ID!) {{ checkout(id: $id) {{ giftCards {{ {field} }} }} }}"
            (error,) = await api.errors(document, id=id)
            assert error["extensions"]["exception"]["code"] == "PermissionDenied"


@pytest.mark.parametrize(
    "document",
    [
        "{ giftCards(first: 1) { totalCount } }",
        '{ giftCard(id: "R2lmdENhcmQ6MQ==") { id } }',
        "{ giftCardCurrencies }",
        "{ giftCardTags(first: 1) { totalCount } }",
        *(
            f"mutation {{ giftCard{name} {{ errors {{ code }} }} }}"
            for name in (
                'Create(input: {balance: {amount: 1000, currency: "EUR"}, isActive: true})',
                'Update(id: "R2lmdENhcmQ6MQ==", input: {balanceAmount: 1000})',
                'Delete(id: "R2lmdENhcmQ6MQ==")',
                'Activate(id: "R2lmdENhcmQ6MQ==")',
                'Deactivate(id: "R2lmdENhcmQ6MQ==")',
                'AssignUser(id: "R2lmdENhcmQ6MQ==", userId: "VXNlcjox")',
                'UnassignUser(id: "R2lmdENhcmQ6MQ==")',
                'AddNote(id: "R2lmdENhcmQ6MQ==", input: {message: "x"})',
                'Resend(input: {id: "R2lmdENhcmQ6MQ==", email: "me@example.com", channel: "x"})',
                'BulkCreate(input: {count: 1, balance: {amount: 1000, currency: "EUR"}, isActive: true})',
                'BulkActivate(ids: ["R2lmdENhcmQ6MQ=="])',
                'BulkDeactivate(ids: ["R2lmdENhcmQ6MQ=="])',
                'BulkDelete(ids: ["R2lmdENhcmQ6MQ=="])',
            )
        ),
    ],
)
async def test_strangers_neither_see_nor_change_gift_cards(api: Api, staff: Api, document: str) -> None:
    before = await staff.run(LIST)
    (error,) = await api.errors(document)
    assert error["extensions"]["exception"]["code"] == "PermissionDenied"
    assert await staff.run(LIST) == before
