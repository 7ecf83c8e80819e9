"""Customer service: who may open, see, answer and steer a ticket."""

import re
from typing import Any

import pytest

from engine.accounts.models import User
from engine.accounts.passwords import hash_password
from engine.accounts.tokens import new_token_key
from engine.channels.models import Channel
from engine.core.context import WriteCtx, transact
from engine.core.ids import to_global
from engine.core.jobs import run_pending
from engine.core.settings import Settings
from engine.flows.shop import Shop
from engine.flows.wiring import WIRING
from engine.support.service import NewTicket, open_ticket
from tests.api import Api
from tests.people import PASSWORD as people_password
from tests.people import make_group, make_user

pytestmark = pytest.mark.anyio
PASSWORD = "four plain words here"

CREATE = """mutation($input: TicketCreateInput!) {
  ticketCreate(input: $input) { ticket { id number status email } errors { field code message } } }"""
REPLY = """mutation($id: ID!, $input: TicketReplyInput!) {
  ticketReply(id: $id, input: $input) { ticket { status } errors { field code } } }"""
UPDATE = """mutation($id: ID!, $input: TicketUpdateInput!) {
  ticketUpdate(id: $id, input: $input) { ticket { status priority assignee { email } } errors { field code } } }"""
READ = "query($id: ID!) { ticket(id: $id) { subject messages { body internal fromStaff } } }"
MINE = "{ tickets(first: 10) { totalCount edges { node { subject } } } }"


@pytest.fixture(scope="module")
async def people(api: Api, shop: Shop) -> dict[str, Api]:
    hashed = await hash_password(PASSWORD)

    async def make(tx: WriteCtx) -> None:
        for name, staff in (("ada", False), ("bob", False), ("sue", True), ("tom", True)):
            tx.add(
                User(email=f"{name}@example.com", password_hash=hashed, is_staff=staff, is_superuser=name == "sue",
                     is_confirmed=True, token_key=new_token_key())
            )  # fmt: skip

    await transact(shop.ctx(), make)
    return {name: await api.log_in(f"{name}@example.com", PASSWORD) for name in ("ada", "bob", "sue", "tom")}


async def a_ticket(by: Api, subject: str = "Where is it?") -> str:
    created = (await by.run(CREATE, input={"subject": subject, "body": "I wonder."}))["ticketCreate"]
    assert created["errors"] == []
    id: str = created["ticket"]["id"]
    return id


async def reply(by: Api, id: str, body: str, **more: Any) -> Any:
    return (await by.run(REPLY, id=id, input={"body": body, **more}))["ticketReply"]


async def test_a_customer_sees_their_own_tickets_and_nobody_else_s(people: dict[str, Api]) -> None:
    id = await a_ticket(people["ada"])
    assert (await people["ada"].run(READ, id=id))["ticket"]["subject"] == "Where is it?"
    assert (await people["bob"].run(READ, id=id)) == {"ticket": None}
    assert (await people["bob"].run(MINE))["tickets"] == {"totalCount": 0, "edges": []}
    assert await reply(people["bob"], id, "Me too") == {
        "ticket": None,
        "errors": [{"field": "id", "code": "NOT_FOUND"}],
    }


async def test_staff_without_the_permission_are_customers_here(people: dict[str, Api]) -> None:
    id = await a_ticket(people["ada"])
    assert await people["tom"].run(READ, id=id) == {"ticket": None}
    (error,) = await people["tom"].errors(UPDATE, id=id, input={"status": "CLOSED"})
    assert "MANAGE_TICKETS" in error["message"]


async def test_strangers_are_turned_away_without_effect(people: dict[str, Api], api: Api) -> None:
    id = await a_ticket(people["ada"])
    for document, variables in (
        (READ, {"id": id}),
        (MINE, {}),
        (REPLY, {"id": id, "input": {"body": "hello"}}),
        (UPDATE, {"id": id, "input": {"status": "CLOSED"}}),
    ):
        (error,) = await api.errors(document, **variables)
        assert error["extensions"]["code"] == "PermissionDenied"
    assert len((await people["sue"].run(READ, id=id))["ticket"]["messages"]) == 1


async def test_notes_stay_among_staff(people: dict[str, Api]) -> None:
    id = await a_ticket(people["ada"])
    assert (await reply(people["sue"], id, "Check the depot", internal=True))["ticket"]["status"] == "OPEN"
    assert (await reply(people["sue"], id, "We are looking"))["ticket"]["status"] == "PENDING"
    seen = {name: [m["body"] for m in (await people[name].run(READ, id=id))["ticket"]["messages"]]
            for name in ("ada", "sue")}  # fmt: skip
    assert seen["ada"] == ["I wonder.", "We are looking"]
    assert seen["sue"] == ["I wonder.", "Check the depot", "We are looking"]
    (error,) = await people["ada"].errors(REPLY, id=id, input={"body": "x", "internal": True})
    assert error["extensions"]["code"] == "PermissionDenied"


async def test_a_ticket_is_steered_and_every_step_is_kept(people: dict[str, Api]) -> None:
    id = await a_ticket(people["ada"])
    sue = people["sue"]
    me = (await sue.run("{ me { id } }"))["me"]["id"]
    steered = await sue.run(UPDATE, id=id, input={"priority": "URGENT", "assignee": me, "status": "PENDING"})
    assert steered["ticketUpdate"]["ticket"] == {
        "status": "PENDING",
        "priority": "URGENT",
        "assignee": {"email": "sue@example.com"},
    }
    await sue.run(UPDATE, id=id, input={"assignee": None})
    await reply(people["ada"], id, "Any news?")
    events = await sue.run("query($id: ID!) { ticket(id: $id) { status events { type } } }", id=id)
    assert [event["type"] for event in events["ticket"]["events"]] == [
        "CREATED", "STATUS_CHANGED", "PRIORITY_CHANGED", "ASSIGNED", "UNASSIGNED", "REPLIED", "STATUS_CHANGED",
    ]  # fmt: skip
    assert events["ticket"]["status"] == "OPEN"


async def test_only_staff_can_be_assigned(people: dict[str, Api]) -> None:
    id = await a_ticket(people["ada"])
    customer = (await people["ada"].run("{ me { id } }"))["me"]["id"]
    refused = await people["sue"].run(UPDATE, id=id, input={"assignee": customer})
    assert refused["ticketUpdate"]["errors"] == [{"field": "assignee", "code": "NOT_FOUND"}]


async def test_what_is_closed_takes_no_more_answers_until_it_is_opened(people: dict[str, Api]) -> None:
    id = await a_ticket(people["ada"])
    await people["sue"].run(UPDATE, id=id, input={"status": "CLOSED"})
    assert (await reply(people["ada"], id, "One more thing"))["errors"] == [{"field": "id", "code": "TICKET_CLOSED"}]
    refused = await people["sue"].run(UPDATE, id=id, input={"status": "RESOLVED"})
    assert refused["ticketUpdate"]["errors"] == [{"field": "status", "code": "INVALID_STATUS"}]


async def test_staff_find_what_waits(people: dict[str, Api]) -> None:
    await a_ticket(people["bob"], "A very particular subject")
    found = await people["sue"].run(
        "query($filter: TicketFilterInput) { tickets(first: 5, filter: $filter) { edges { node { subject } } } }",
        filter={"search": "particular", "status": ["OPEN"], "unassigned": True},
    )
    assert found["tickets"]["edges"] == [{"node": {"subject": "A very particular subject"}}]


@pytest.mark.parametrize(
    ("input", "error"),
    [
        ({"subject": " ", "body": "b", "email": "g@example.com"}, ("subject", "REQUIRED")),
        ({"subject": "s", "body": "\n", "email": "g@example.com"}, ("body", "REQUIRED")),
        ({"subject": "s" * 201, "body": "b", "email": "g@example.com"}, ("subject", "INVALID")),
        ({"subject": "s", "body": "b"}, ("email", "REQUIRED")),
        ({"subject": "s", "body": "b", "email": "nobody"}, ("email", "INVALID")),
        ({"subject": "s", "body": "b", "email": "g@example.com\r\nBcc: all@example.com"}, ("email", "INVALID")),
        ({"subject": "s", "body": "b", "email": "a,b@example.com"}, ("email", "INVALID")),
        (
            {"subject": "s", "body": "b", "email": "g@example.com", "languageCode": "x" * 9_000},
            ("languageCode", "INVALID"),
        ),
    ],
)
async def test_an_incomplete_question_is_refused(
    people: dict[str, Api], shop: Shop, api: Api, input: dict[str, str], error: tuple[str, str]
) -> None:
    await allow_guests(shop)
    refused = (await api.run(CREATE, input=input))["ticketCreate"]
    assert (refused["ticket"], [(e["field"], e["code"]) for e in refused["errors"]]) == (None, [error])


async def test_an_order_of_somebody_else_is_not_found(people: dict[str, Api]) -> None:
    unknown = "T3JkZXI6MDE5MGEwYTAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAw"
    refused = await people["ada"].run(CREATE, input={"subject": "s", "body": "b", "orderId": unknown})
    assert [(e["field"], e["code"]) for e in refused["ticketCreate"]["errors"]] == [("orderId", "NOT_FOUND")]


async def test_a_guest_is_answered_by_mail_and_cannot_flood(
    api: Api, shop: Shop, people: dict[str, Api], settings: Settings
) -> None:
    await allow_guests(shop)
    guest = {"subject": "Do you ship to Malta?", "body": "As above.", "email": "Guest@Example.com"}
    created = (await api.run(CREATE, input=guest))["ticketCreate"]["ticket"]
    assert created["email"] == "guest@example.com"
    await reply(people["sue"], created["id"], "We do, in four days.")
    await run_pending(shop.ctx(), WIRING)
    mails = [path.read_text() for path in (settings.data_dir / "mail").glob("*.eml")]
    mine = [text for text in mails if re.search(r"^To: guest@example\.com", text, re.M)]
    assert len(mine) == 2
    assert sum("We do, in four days." in text for text in mine) == 1
    assert not [text for text in mine if "As above" in text]
    codes = [(await api.run(CREATE, input=guest))["ticketCreate"]["errors"] for _ in range(5)]
    assert [[error["code"] for error in errors] for errors in codes] == [[], [], [], [], ["LIMIT_REACHED"]]


async def test_an_apps_answer_to_a_guest_is_staffs(api: Api, shop: Shop, people: dict[str, Api]) -> None:
    await allow_guests(shop)
    created = await api.run(CREATE, input={"subject": "s", "body": "b", "email": "bot-lover@example.com"})
    id = created["ticketCreate"]["ticket"]["id"]
    app = await people["sue"].run(
        'mutation { appCreate(input: {name: "desk", permissions: [MANAGE_TICKETS]}) { authToken } }'
    )
    answered = await reply(Api(api.http, app["appCreate"]["authToken"]), id, "Thank you.")
    assert answered == {"ticket": {"status": "PENDING"}, "errors": []}
    messages = (await people["sue"].run(READ, id=id))["ticket"]["messages"]
    assert [message["fromStaff"] for message in messages] == [False, True]


async def test_staff_of_one_channel_work_on_its_tickets_and_on_those_of_none(
    api: Api, shop: Shop, people: dict[str, Api]
) -> None:
    ids = {"none": await a_ticket(people["ada"], "channels: none")}
    ctx = shop.ctx()

    async def make(tx: WriteCtx) -> int:
        channels = [Channel(slug=slug, name=slug, currency="EUR", default_country="DE") for slug in ("own", "other")]
        tx.add(*channels)
        await tx.session.flush()
        for channel in channels:
            made = await open_ticket(tx, NewTicket(f"channels: {channel.slug}", "b", "g@e.fm", channel_id=channel.id))
            ids[channel.slug] = to_global("Ticket", made["id"])
        assert channels[0].id is not None
        return channels[0].id

    own = await transact(ctx, make)
    await make_group(
        ctx, "desk", "MANAGE_TICKETS", members=(await make_user(ctx, "desk@e.fm", is_staff=True),), channels=(own,)
    )
    await ctx.release()
    desk = await api.log_in("desk@e.fm", people_password)
    found = await desk.run('{ tickets(first: 9, filter: {search: "channels:"}) { totalCount edges { node { id } } } }')
    assert found["tickets"]["totalCount"] == 2
    assert {edge["node"]["id"] for edge in found["tickets"]["edges"]} == {ids["none"], ids["own"]}
    assert await desk.run(READ, id=ids["other"]) == {"ticket": None}
    assert (await reply(desk, ids["other"], "x"))["errors"] == [{"field": "id", "code": "NOT_FOUND"}]
    refused = await desk.run(UPDATE, id=ids["other"], input={"status": "CLOSED"})
    assert refused["ticketUpdate"]["errors"] == [{"field": "id", "code": "NOT_FOUND"}]
    assert (await reply(desk, ids["own"], "x"))["errors"] == []


async def allow_guests(shop: Shop) -> None:
    from engine.core.ratelimit import forget

    await forget(shop.ctx(), "ticket:127.0.0.1")
