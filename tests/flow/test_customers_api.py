"""Customers' accounts in the hands of staff, over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.accounts import queries
from engine.channels.models import Channel
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.ids import int_pk, to_global
from engine.flows.shop import Shop
from engine.gift_cards.models import GiftCard
from engine.orders.models import Order
from tests.api import Api
from tests.mailbox import delivered, token_in
from tests.people import PASSWORD, make_staff, make_user

pytestmark = pytest.mark.anyio

ADDRESS = {
    "lastName": "Kollwitz",
    "streetAddress1": "Weißenburger Straße 25",
    "city": "Berlin",
    "postalCode": "10405",
    "country": "DE",
}
CREATE = (
    "mutation($i: UserCreateInput!) { customerCreate(input: $i) { user { id email note isActive languageCode"
    ' externalReference metafields privateMetafield(key: "k")'
    " defaultBillingAddress { city } } errors { field code addressType } } }"
)
UPDATE = (
    "mutation($id: ID!, $i: CustomerInput!) { customerUpdate(id: $id, input: $i) {"
    " user { email firstName isActive metafields } errors { field code } } }"
)
DELETE = "mutation($id: ID!) { customerDelete(id: $id) { user { email } errors { field code } } }"


@pytest.fixture(scope="module")
async def clerk(api: Api, shop: Shop) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "clerk@example.com", "MANAGE_USERS")
    await ctx.release()
    return await api.log_in("clerk@example.com", PASSWORD)


async def test_a_customer_is_made_invited_changed_and_closed(api: Api, ctx: Ctx, clerk: Api) -> None:
    made = await clerk.run(
        CREATE,
        i={
            "email": "Kaethe@example.com",
            "note": "met at the fair\nlikes prints",
            "languageCode": "DE",
            "externalReference": "crm-7",
            "metadata": [{"key": "a", "value": "1"}],
            "privateMetadata": [{"key": "k", "value": "v"}],
            "defaultBillingAddress": ADDRESS,
            "redirectUrl": "http://localhost/welcome",
        },
    )
    user = made["customerCreate"]["user"]
    assert made["customerCreate"]["errors"] == []
    customer_id = user.pop("id")
    assert user == {
        "email": "kaethe@example.com",
        "note": "met at the fair\nlikes prints",
        "isActive": True,
        "languageCode": "DE",
        "externalReference": "crm-7",
        "metafields": {"a": "1"},
        "privateMetafield": "v",
        "defaultBillingAddress": {"city": "Berlin"},
    }
    (mail,) = await delivered(ctx, "kaethe@example.com")
    done = await api.run(
        'mutation($t: String!) { setPassword(email: "kaethe@example.com", password: "in pencil and ink", token: $t) {'
        " token refreshToken errors { code } } }",
        t=token_in(mail),
    )
    customer = Api(api.http, done["setPassword"]["token"])
    assert (await customer.run("{ me { email } }"))["me"] == {"email": "kaethe@example.com"}
    found = await clerk.run('{ user(externalReference: "crm-7") { id } }')
    assert found["user"] == {"id": customer_id}

    changed = await clerk.run(
        UPDATE, id=customer_id, i={"firstName": "Käthe", "metadata": [{"key": "b", "value": "2"}], "isActive": False}
    )
    assert changed["customerUpdate"] == {
        "user": {
            "email": "kaethe@example.com",
            "firstName": "Käthe",
            "isActive": False,
            "metafields": {"a": "1", "b": "2"},
        },
        "errors": [],
    }
    assert await customer.signed_out()
    refused = await api.run(
        "mutation($r: String!) { tokenRefresh(refreshToken: $r) { token errors { code } } }",
        r=done["setPassword"]["refreshToken"],
    )
    assert refused["tokenRefresh"] == {"token": None, "errors": [{"code": "JWT_INVALID_TOKEN"}]}
    gone = await clerk.run(DELETE, id=customer_id)
    assert gone["customerDelete"]["user"]["email"].endswith("@deleted.invalid")


async def test_what_is_taken_or_faulty_is_said_of_which_field(ctx: Ctx, clerk: Api) -> None:
    await make_user(ctx, "taken@example.com", external_reference="taken")
    free = await make_user(ctx, "free@example.com")
    cases: list[tuple[dict[str, Any], dict[str, Any]]] = [
        ({"email": "TAKEN@example.com"}, {"field": "email", "code": "UNIQUE", "addressType": None}),
        (
            {"email": "x@example.com", "externalReference": "taken"},
            {"field": "externalReference", "code": "UNIQUE", "addressType": None},
        ),
        ({}, {"field": "email", "code": "REQUIRED", "addressType": None}),
        (
            {"email": "x@example.com", "defaultShippingAddress": ADDRESS | {"postalCode": "1"}},
            {"field": "postalCode", "code": "INVALID", "addressType": "SHIPPING"},
        ),
    ]
    for given, error in cases:
        assert (await clerk.run(CREATE, i=given))["customerCreate"] == {"user": None, "errors": [error]}
    assert (await clerk.run('{ customers(filter: {search: "x@example.com"}) { totalCount } }'))["customers"] == {
        "totalCount": 0
    }
    twice = await clerk.run(UPDATE, id=to_global("User", free), i={"email": "taken@example.com"})
    assert twice["customerUpdate"]["errors"] == [{"field": "email", "code": "UNIQUE"}]


async def test_staffs_accounts_are_not_found_here(ctx: Ctx, clerk: Api) -> None:
    member = to_global("User", await make_staff(ctx, "member@example.com", "MANAGE_ORDERS"))
    not_found = [{"field": "id", "code": "NOT_FOUND"}]
    for foreign in (member, to_global("User", 999_999)):
        assert (await clerk.run(UPDATE, id=foreign, i={"email": "mine@example.com"}))["customerUpdate"][
            "errors"
        ] == not_found
        assert (await clerk.run(DELETE, id=foreign))["customerDelete"]["errors"] == not_found
        added = await clerk.run(
            "mutation($u: ID!, $i: AddressInput!) { addressCreate(userId: $u, input: $i) { errors { field code } } }",
            u=foreign,
            i=ADDRESS,
        )
        assert added["addressCreate"]["errors"] == [{"field": "userId", "code": "NOT_FOUND"}]
    (kept,) = await queries.users_by_ids(ctx, [int_pk(member, "User")])
    assert kept is not None
    assert (kept["email"], kept["is_active"]) == ("member@example.com", True)


async def test_an_address_book_is_kept_by_staff(ctx: Ctx, clerk: Api) -> None:
    customer = to_global("User", await make_user(ctx, "booked@example.com"))
    fields = "{ address { id city } user { addresses { city isDefaultShippingAddress } } errors { field code } }"
    made = await clerk.run(
        f"mutation($u: ID!, $i: AddressInput!) {{ addressCreate(userId: $u, input: $i) {fields} }}",
        u=customer,
        i=ADDRESS | {"postalCode": "unknown", "skipValidation": True},
    )
    assert made["addressCreate"]["errors"] == []
    address = made["addressCreate"]["address"]["id"]
    update = f"mutation($id: ID!, $i: AddressInput!) {{ addressUpdate(id: $id, input: $i) {fields} }}"
    faulty = await clerk.run(update, id=address, i={"city": "Bonn"})
    assert faulty["addressUpdate"]["errors"] == [{"field": "postalCode", "code": "INVALID"}]
    mended = await clerk.run(update, id=address, i={"city": "Bonn", "postalCode": "53111"})
    assert mended["addressUpdate"]["address"]["city"] == "Bonn"
    default = await clerk.run(
        "mutation($a: ID!, $u: ID!) { addressSetDefault(addressId: $a, userId: $u, type: SHIPPING) {"
        " user { addresses { city isDefaultShippingAddress } } errors { field code } } }",
        a=address,
        u=customer,
    )
    assert default["addressSetDefault"]["user"]["addresses"] == [{"city": "Bonn", "isDefaultShippingAddress": True}]
    delete = (
        "mutation($id: ID!) { addressDelete(id: $id) { address { id } user { addresses { id } } errors { code } } }"
    )
    assert (await clerk.run(delete, id=address))["addressDelete"] == {
        "address": {"id": address},
        "user": {"addresses": []},
        "errors": [],
    }
    again = await clerk.run(delete, id=address)
    assert again["addressDelete"] == {"address": None, "user": None, "errors": [{"code": "NOT_FOUND"}]}


async def test_customers_are_named_by_their_reference_elsewhere(ctx: Ctx, clerk: Api) -> None:
    await make_user(ctx, "known@crm.example", external_reference="crm-7")
    update = (
        'mutation($r: String, $id: ID) { customerUpdate(externalReference: $r, id: $id, input: {firstName: "Kim"}) {'
        " user { firstName } errors { field code } } }"
    )
    assert (await clerk.run(update, r="crm-7"))["customerUpdate"] == {"user": {"firstName": "Kim"}, "errors": []}
    for given, error in (
        ({}, {"field": "id", "code": "REQUIRED"}),
        ({"r": "crm-7", "id": to_global("User", 1)}, {"field": "id", "code": "REQUIRED"}),
        ({"r": "crm-8"}, {"field": "externalReference", "code": "NOT_FOUND"}),
    ):
        assert (await clerk.run(update, **given))["customerUpdate"]["errors"] == [error]
    delete = 'mutation { customerDelete(externalReference: "crm-7") { user { isActive } errors { code } } }'
    assert (await clerk.run(delete))["customerDelete"] == {"user": {"isActive": False}, "errors": []}


async def test_customers_are_deleted_together_or_not_at_all(ctx: Ctx, clerk: Api) -> None:
    ids = [to_global("User", await make_user(ctx, f"many{number}@bulk.example")) for number in range(3)]
    colleague = to_global("User", await make_staff(ctx, "colleague@bulk.example"))
    query = "mutation($ids: [ID!]!) { customerBulkDelete(ids: $ids) { count errors { field code } } }"
    refused = (await clerk.run(query, ids=[*ids, colleague]))["customerBulkDelete"]
    assert refused == {"count": 0, "errors": [{"field": "id", "code": "NOT_FOUND"}]}
    left = '{ customers(first: 5, filter: {search: "@bulk.example"}) { totalCount } }'
    assert (await clerk.run(left))["customers"]["totalCount"] == 3
    assert (await clerk.run(query, ids=[*ids, ids[0]]))["customerBulkDelete"] == {"count": 3, "errors": []}
    assert (await clerk.run(left))["customers"]["totalCount"] == 0


async def test_what_is_noted_on_an_address_is_its_owners_and_the_staffs(api: Api, ctx: Ctx, clerk: Api) -> None:
    owner = await make_user(ctx, "owner@notes.example")
    await make_user(ctx, "other@notes.example")
    mine, others = [await api.log_in(f"{name}@notes.example", PASSWORD) for name in ("owner", "other")]
    made = await clerk.run(
        "mutation($id: ID!) { addressCreate(userId: $id, input: {firstName: \"O\", lastName: \"N\", city: \"Berlin\","
        " streetAddress1: \"Hof 1\", postalCode: \"10115\", country: DE}) { address { id } errors { code } } }",
        id=to_global("User", owner),
    )  # fmt: skip
    address = made["addressCreate"]["address"]["id"]
    query = (
        "mutation($id: ID!) { {name}(id: $id, input: [{key: \"bell\", value: \"twice\"}]) {"
        " item { ... on Address { id metadata { key value } } } errors { code } } }"
    )  # fmt: skip
    public, private = query.replace("{name}", "updateMetadata"), query.replace("{name}", "updatePrivateMetadata")
    answer = (await mine.run(public, id=address))["updateMetadata"]
    assert answer["item"]["metadata"] == [{"key": "bell", "value": "twice"}]
    assert (await others.run(public, id=address))["updateMetadata"]["errors"] == [{"code": "NOT_FOUND"}]
    unknown = to_global("Address", 10**9)
    assert (await others.run(public, id=unknown))["updateMetadata"]["errors"] == [{"code": "NOT_FOUND"}]
    for who in (api, mine):
        (error,) = await who.errors(private, id=address)
        assert error["extensions"]["code"] == "PermissionDenied"
    (error,) = await api.errors(public, id=address)
    assert error["extensions"]["code"] == "PermissionDenied"
    assert (await clerk.run(private, id=address))["updatePrivateMetadata"]["errors"] == []
    read = "query($id: ID!) { address(id: $id) { privateMetadata { key } } }"
    assert (await clerk.run(read, id=address))["address"]["privateMetadata"] == [{"key": "bell"}]
    (error,) = await mine.errors(read, id=address)
    assert error["extensions"]["code"] == "PermissionDenied"


async def test_customers_are_found_and_sorted_by_what_they_ordered(api: Api, ctx: Ctx, clerk: Api) -> None:
    await make_staff(ctx, "orders@staff.example", "MANAGE_ORDERS")
    clerk_of_orders = await api.log_in("orders@staff.example", PASSWORD)
    people = {name: await make_user(ctx, f"{name}@buys.example", meta={"club": name}) for name in ("a", "b", "c")}

    async def orders(tx: WriteCtx) -> None:
        channel = Channel(slug="buys", name="Buys", currency="EUR", default_country="DE")
        tx.add(channel)
        await tx.session.flush()
        numbers = iter(range(10))
        for name, status, day in (
            ("b", "UNFULFILLED", 3),
            ("b", "FULFILLED", 9),
            ("c", "UNFULFILLED", 5),
            ("c", "DRAFT", 6),
        ):
            tx.add(
                Order(
                    number=next(numbers), channel_id=channel.id, user_id=people[name], user_email="x", currency="EUR",
                    status=status, created_at=datetime(2026, 1, day, 12, tzinfo=UTC), subtotal_net=1, subtotal_gross=1,
                    total_net=1, total_gross=1,
                )
            )  # fmt: skip

    await transact(ctx, orders)

    async def found(filter: dict[str, Any], **arguments: Any) -> list[str]:
        query = (
            "query($f: CustomerFilterInput, $s: UserSortingInput, $after: String, $first: Int = 9) {"
            " customers(first: $first, after: $after, filter: $f, sortBy: $s) {"
            " totalCount pageInfo { endCursor } edges { node { email } } } }"
        )
        answer = (await clerk.run(query, f={"search": "@buys.example", **filter}, **arguments))["customers"]
        assert answer["totalCount"] >= len(answer["edges"])
        return ["".join(edge["node"]["email"][0] for edge in answer["edges"]), answer["pageInfo"]["endCursor"]]

    for filter, names in (
        ({}, "abc"),
        ({"numberOfOrders": {"gte": 1}}, "bc"),
        ({"numberOfOrders": {"gte": 1, "lte": 1}}, "c"),
        ({"numberOfOrders": {"lte": 0}}, "a"),
        ({"placedOrders": {"gte": "2026-01-05"}}, "bc"),
        ({"placedOrders": {"gte": "2026-01-04", "lte": "2026-01-05"}}, "c"),
        ({"placedOrders": {"gte": "2026-01-06", "lte": "2026-01-08"}}, ""),
        ({"placedOrders": {"lte": "2026-01-03"}}, "b"),
        ({"metadata": [{"key": "club", "value": "b"}]}, "b"),
        ({"metadata": [{"key": "club"}]}, "abc"),
        ({"metadata": [{"key": "club", "value": "b"}, {"key": "guild"}]}, ""),
    ):
        assert (await found(filter))[0] == names, filter
    query = (
        "query($id: ID!, $w: CustomerOrderWhereInput) { user(id: $id) {"
        " orders(first: 9, where: $w) { totalCount edges { node { status } } } } }"
    )
    buyer = await api.log_in("b@buys.example", PASSWORD)
    channel = (await clerk_of_orders.run('{ channel(slug: "buys") { id } }'))["channel"]["id"]
    elsewhere = to_global("Channel", 10**6)
    for where, statuses in (
        (None, ["FULFILLED", "UNFULFILLED"]),
        ({"status": {"eq": "FULFILLED"}}, ["FULFILLED"]),
        ({"status": {"oneOf": ["UNFULFILLED", "CANCELED"]}}, ["UNFULFILLED"]),
        ({"channelId": {"eq": channel}}, ["FULFILLED", "UNFULFILLED"]),
        ({"channelId": {"eq": elsewhere}}, []),
        ({"AND": [{"channelId": {"oneOf": [channel]}}, {"status": {"eq": "FULFILLED"}}]}, ["FULFILLED"]),
        ({"AND": [{"status": {"eq": "UNFULFILLED"}}, {"status": {"eq": "FULFILLED"}}]}, []),
    ):
        own = (await buyer.run(query.replace("($id: ID!, ", "(").replace("user(id: $id)", "me"), w=where))["me"]
        seen = (await clerk_of_orders.run(query, id=to_global("User", people["b"]), w=where))["user"]
        assert own == seen
        assert [edge["node"]["status"] for edge in own["orders"]["edges"]] == statuses, where
        assert own["orders"]["totalCount"] == len(statuses)
    down = {"field": "ORDER_COUNT", "direction": "DESC"}
    first, cursor = await found({}, s=down, first=2)
    assert (first, (await found({}, s=down, after=cursor))[0]) == ("bc", "a")
    assert (await found({}, s={"field": "ORDER_COUNT", "direction": "ASC"}))[0] == "acb"


async def test_a_search_is_answered_with_the_likest_first(ctx: Ctx, clerk: Api) -> None:
    for email, name in (
        ("far@rank.example", "Rosamunde"),
        ("near@rank.example", "Rosa"),
        ("mid@rank.example", "Rosalie"),
    ):
        await make_user(ctx, email, first_name=name, last_name="Quist")
    query = (
        "query($s: String, $after: String, $first: Int = 9) { customers(first: $first, after: $after, search: $s,"
        " sortBy: {field: RANK, direction: DESC}) { pageInfo { endCursor } edges { node { firstName } } } }"
    )
    whole = (await clerk.run(query, s="rosa"))["customers"]["edges"]
    assert [edge["node"]["firstName"] for edge in whole] == ["Rosa", "Rosalie", "Rosamunde"]
    found, after = [], None
    for _ in whole:
        page = (await clerk.run(query, s="rosa", first=1, after=after))["customers"]
        found += page["edges"]
        after = page["pageInfo"]["endCursor"]
    assert found == whole
    (error,) = await clerk.errors(query)
    assert error["message"] == "Sorting by RANK is available only when using a search."


async def test_customers_have_gift_cards_that_others_do_not_see(api: Api, ctx: Ctx) -> None:
    holders = [await make_user(ctx, f"{name}@cards.example") for name in ("one", "two")]
    await make_user(ctx, "none@cards.example")

    async def cards(tx: WriteCtx) -> None:
        for number, holder in enumerate((holders[0], holders[1], holders[0])):
            tx.add(
                GiftCard(
                    code=f"CARD-000{number}", currency="EUR", initial_amount=10, current_amount=10,
                    assigned_to_id=holder, created_at=datetime(2026, 1, 1 + number, tzinfo=UTC),
                )
            )  # fmt: skip

    await transact(ctx, cards)
    fields = "giftCards(first: 1) { totalCount pageInfo { hasNextPage } edges { node { last4CodeChars } } }"
    one, none = [await api.log_in(f"{name}@cards.example", PASSWORD) for name in ("one", "none")]
    assert (await one.run(f"{{ me {{ {fields} }} }}"))["me"]["giftCards"] == {
        "totalCount": 2,
        "pageInfo": {"hasNextPage": True},
        "edges": [{"node": {"last4CodeChars": "0002"}}],
    }
    assert (await none.run(f"{{ me {{ {fields} }} }}"))["me"]["giftCards"]["edges"] == []
    await make_staff(ctx, "cards@staff.example", "MANAGE_GIFT_CARD", "MANAGE_USERS")
    clerk = await api.log_in("cards@staff.example", PASSWORD)
    found = await clerk.run(
        '{ customers(first: 9, search: "@cards.example", sortBy: {field: EMAIL, direction: ASC}) {'
        f" edges {{ node {{ {fields} }} }} }} }}"
    )
    assert [edge["node"]["giftCards"]["totalCount"] for edge in found["customers"]["edges"]] == [0, 2, 1]
