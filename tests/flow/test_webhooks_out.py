"""Apps are told what happens: what they asked for, once, in order, signed; and it is logged and can be sent again."""

import hashlib
import hmac
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from engine.core.clock import FixedClock
from engine.core.context import Ctx, WriteCtx, transact
from engine.core.jobs import run_pending
from engine.core.snapshots import packed
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows import deliver_webhooks
from engine.flows.shop import Shop
from engine.webhooks import deliveries
from schema.events.tell import tell
from schema.wiring import WIRING
from tests.api import Api
from tests.catalog_data import CLOTHES, TEE, fill
from tests.endpoints import make_app
from tests.people import make_staff, make_user
from tests.receiver import Received, Receiver, receiving

pytestmark = pytest.mark.anyio

CREATE = """mutation($i: WebhookCreateInput!) { r: webhookCreate(input: $i) {
  webhook { id asyncEvents { name eventType } subscriptionQuery } errors { field code message } } }"""
LOG = """query($id: ID!) { webhook(id: $id) { eventDeliveries(first: 20, sortBy: {field: CREATED_AT, direction: ASC}) {
  edges { node { id status eventType payload attempts(first: 20, sortBy: {field: CREATED_AT, direction: ASC}) { edges {
  node { status responseStatusCode response requestHeaders duration } } } } } } } }"""
PRODUCT = "subscription { event { ... on ProductUpdated { product { id slug category { slug } } } } }"
_DROP = Statement(sa.text("DELETE FROM webhook WHERE id > 0 RETURNING id"))


@dataclass
class Scene:
    ctx: Ctx
    api: Api
    receiver: Receiver

    async def register(self, **values: Any) -> str:
        answer = (await self.api.run(CREATE, i={"targetUrl": f"{self.receiver.url}/hook", **values}))["r"]
        assert answer["errors"] == []
        return str(answer["webhook"]["id"])

    async def happen(
        self, kind: str = "product.updated", type: str = "Product", id: object = TEE, **facts: Any
    ) -> None:
        async def work(tx: WriteCtx) -> None:
            tx.emit(kind, type, id, **facts)

        await transact(self.ctx, work)

    async def work(self) -> list[Received]:
        """Run what is due; what the receiver then got."""
        await run_pending(self.ctx, WIRING)
        return self.receiver.taken()

    async def later(self, **time: float) -> list[Received]:
        """What is sent when so much time has passed."""
        clock = FixedClock(self.ctx.clock.now() + timedelta(**time))
        ctx = replace(self.ctx, clock=clock)
        await deliver_webhooks.deliver(ctx, {"webhook_id": await self.webhook_id(), "object_key": f"Product:{TEE}"})
        return self.receiver.taken()

    async def webhook_id(self) -> int:
        return int(await self.ctx.value(Statement(sa.text("SELECT max(id) FROM webhook"))))

    async def log(self, webhook: str) -> list[Any]:
        found = (await self.api.run(LOG, id=webhook))["webhook"]["eventDeliveries"]["edges"]
        return [edge["node"] for edge in found]


@pytest.fixture(scope="module")
async def app_api(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await transact(ctx, fill)
    _, token = await make_app(ctx, "storefront", "MANAGE_PRODUCTS", "MANAGE_APPS")
    await ctx.release()
    return Api(api.http, token)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
async def scene(ctx: Ctx, app_api: Api, receiver: Receiver) -> AsyncIterator[Scene]:
    standing = replace(ctx, clock=FixedClock(ctx.clock.now()))
    yield Scene(standing, app_api, receiver)
    await transact(ctx, lambda tx: tx.fetch(_DROP))


async def test_an_app_is_told_what_its_query_asks_for(scene: Scene) -> None:
    await scene.register(query=PRODUCT, secretKey="a key")
    await scene.happen()
    (got,) = await scene.work()
    assert got.json == {"product": {"id": "UHJvZHVjdDox", "slug": "tee", "category": {"slug": "tops"}}}
    assert got.event == got.headers["x-saleor-event"] == "product_updated"
    assert got.headers["content-type"] == "application/json"
    assert got.headers["saleor-api-url"] == "http://127.0.0.1:8000/graphql/"
    assert got.headers["saleor-domain"] == "127.0.0.1:8000"
    assert got.headers["saleor-signature"] == hmac.new(b"a key", got.body, hashlib.sha256).hexdigest()


async def test_without_a_key_messages_are_signed_with_one_that_anybody_can_look_up(scene: Scene) -> None:
    await scene.register(query=PRODUCT)
    await scene.happen()
    (got,) = await scene.work()
    keys = KeySet.import_key_set((await scene.api.http.get("/.well-known/jwks.json")).json())
    signature = got.headers["saleor-signature"]
    head, payload, tail = signature.split(".")
    assert payload == ""
    found = jws.deserialize_compact(f"{head}..{tail}", keys, payload=got.body)
    assert found.headers()["alg"] == "RS256"
    assert found.headers()["b64"] is False
    with pytest.raises(Exception, match="bad_signature"):
        jws.deserialize_compact(f"{head}..{tail}", keys, payload=got.body + b" ")


async def test_a_message_that_is_not_taken_is_sent_again_the_same_and_those_after_it_wait(scene: Scene) -> None:
    webhook = await scene.register(query=PRODUCT, secretKey="a key")
    scene.receiver.answers = [500, 503]
    await scene.happen()
    await scene.happen()
    (first,) = await scene.work()
    assert await scene.later(seconds=9) == []
    (second,) = await scene.later(seconds=10)
    assert await scene.later(seconds=29) == []
    third, other = await scene.later(seconds=30)
    assert {each.headers["webhook-id"] for each in (first, second, third)} == {first.headers["webhook-id"]}
    assert {each.body for each in (first, second, third)} == {first.body}
    assert other.headers["webhook-id"] != first.headers["webhook-id"]
    # both are of the same moment
    one, two = sorted(await scene.log(webhook), key=lambda each: len(each["attempts"]["edges"]), reverse=True)
    codes = [edge["node"]["responseStatusCode"] for edge in one["attempts"]["edges"]]
    assert (one["status"], codes) == ("SUCCESS", [500, 503, 200])
    assert (two["status"], len(two["attempts"]["edges"])) == ("SUCCESS", 1)


async def test_the_fifth_retry_is_the_last_and_what_is_given_up_can_be_sent_by_hand(scene: Scene) -> None:
    webhook = await scene.register(query=PRODUCT, secretKey="a key")
    scene.receiver.answers = [500] * 6
    await scene.happen()
    sent = [*(await scene.work())]
    for wait in (10, 30, 70, 150, 310):
        sent += await scene.later(seconds=wait)
    assert len(sent) == 6
    assert await scene.later(hours=9) == []
    (given_up,) = await scene.log(webhook)
    assert given_up["status"] == "FAILED"
    retry = "mutation($id: ID!) { r: eventDeliveryRetry(id: $id) { delivery { status } errors { code } } }"
    assert (await scene.api.run(retry, id=given_up["id"]))["r"] == {"delivery": {"status": "PENDING"}, "errors": []}
    (again,) = await scene.later(hours=9)
    assert (again.headers["webhook-id"], again.body) == (sent[0].headers["webhook-id"], sent[0].body)
    assert [each["status"] for each in await scene.log(webhook)] == ["SUCCESS"]


@pytest.mark.parametrize("status", [302, 307, 400, 410])
async def test_what_is_refused_or_sent_elsewhere_is_not_tried_again(scene: Scene, status: int) -> None:
    webhook = await scene.register(query=PRODUCT)
    scene.receiver.sent = {"location": f"{scene.receiver.url}/elsewhere"}
    scene.receiver.answers = [status]
    await scene.happen()
    (got,) = await scene.work()
    assert got.path == "/hook"
    (logged,) = await scene.log(webhook)
    (attempt,) = (edge["node"] for edge in logged["attempts"]["edges"])
    assert (logged["status"], attempt["responseStatusCode"], attempt["response"]) == ("FAILED", status, "thanks")


async def test_an_app_is_told_only_what_its_permissions_open(scene: Scene, shop: Shop) -> None:
    _, token = await make_app(scene.ctx, "blind", "MANAGE_ORDERS")
    blind = Api(scene.api.http, token)
    hook = {"targetUrl": scene.receiver.url, "asyncEvents": ["PRODUCT_UPDATED", "ANY_EVENTS"]}
    assert (await blind.run(CREATE, i=hook))["r"]["errors"] == []
    await scene.register(query="subscription { event { ... on ProductUpdated { product { slug } issuingPrincipal {"
                               " ... on User { note } } recipient { name webhooks { name } } } } }")  # fmt: skip
    await scene.happen()
    (got,) = await scene.work()
    assert got.json["recipient"]["name"] == "storefront"


async def test_a_field_the_app_may_not_read_is_null_and_the_payload_says_why(scene: Scene) -> None:
    query = "subscription { event { ... on ProductUpdated { product { slug privateMetadata { key } } } } }"
    _, token = await make_app(scene.ctx, "one more", "MANAGE_PRODUCTS")
    allowed = Api(scene.api.http, token)
    hook = {"targetUrl": scene.receiver.url, "query": query}
    assert (await allowed.run(CREATE, i=hook))["r"]["errors"] == []
    await scene.register(
        query="subscription { event { ... on ProductUpdated { issuingPrincipal { ... on App { tokens { name } } } } } }"
    )
    await scene.happen()
    messages = await scene.work()
    assert sorted(each.json.get("product", {}).get("slug", "") for each in messages) == ["", "tee"]


async def test_without_a_query_a_plain_object_is_told(scene: Scene) -> None:
    await scene.register(asyncEvents=["CATEGORY_UPDATED"])
    await scene.happen("category.updated", "Category", CLOTHES)
    (got,) = await scene.work()
    (told,) = got.json
    meta = told.pop("meta")
    assert told == {"type": "Category", "id": "Q2F0ZWdvcnk6MQ==", "name": "Clothes", "slug": "clothes", "metadata": []}
    assert (meta["version"], meta["issuing_principal"]) == ("3.23", None)


async def test_each_event_is_told_once_however_often_its_job_runs(scene: Scene) -> None:
    await scene.register(query=PRODUCT)
    await scene.happen()
    events = await scene.ctx.fetch(Statement(sa.text("SELECT * FROM outbox_event ORDER BY id DESC LIMIT 1")))
    assert len(await scene.work()) == 1
    again = [dict(event) | {"payload": {}} for event in events]
    await tell(scene.ctx, {"events": again})
    assert await scene.work() == []


async def test_an_earlier_event_whose_job_comes_late_is_still_told_first(scene: Scene) -> None:
    await scene.register(query="subscription { event { ... on ProductUpdated { issuedAt product { id } } } }")
    await scene.happen()
    await scene.happen()
    events = await scene.ctx.fetch(Statement(sa.text("SELECT * FROM outbox_event ORDER BY id DESC LIMIT 2")))
    await tell(scene.ctx, {"events": [dict(events[0])]})
    first, second = await scene.work()
    assert first.json["issuedAt"] < second.json["issuedAt"]
    assert [each.headers["webhook-id"].split("-")[0] for each in (first, second)] == [
        str(events[1]["id"]), str(events[0]["id"]),
    ]  # fmt: skip


async def test_a_worker_that_dies_holds_a_message_up_for_a_minute_and_loses_none(scene: Scene) -> None:
    await scene.register(query=PRODUCT)
    await scene.happen()
    await run_pending(scene.ctx, replace(WIRING, jobs={**WIRING.jobs, deliveries.JOB: _die}))
    assert await scene.work() == []
    claimed = await transact(scene.ctx, deliveries.claim, await scene.webhook_id(), f"Product:{TEE}")
    assert claimed is not None
    assert await scene.later(seconds=59) == []
    after = replace(scene.ctx, clock=FixedClock(scene.ctx.clock.now() + timedelta(seconds=130)))
    await deliver_webhooks.sweep(after, {})
    assert len(await scene.later(seconds=130)) == 1


async def _die(_ctx: Ctx, _payload: dict[str, Any]) -> None:
    """A worker that is killed as it begins."""


async def test_custom_headers_are_sent_and_not_told_in_the_log(scene: Scene) -> None:
    webhook = await scene.register(query=PRODUCT, customHeaders='{"Authorization": "Bearer 5ecret", "X-Shop": "one"}')
    await scene.happen()
    (got,) = await scene.work()
    assert (got.headers["authorization"], got.headers["x-shop"]) == ("Bearer 5ecret", "one")
    (logged,) = await scene.log(webhook)
    assert "5ecret" not in logged["attempts"]["edges"][0]["node"]["requestHeaders"]


async def test_secrets_and_messages_lie_sealed(scene: Scene) -> None:
    await scene.register(query=PRODUCT, secretKey="a rare key", customHeaders='{"X-Token": "a rare token"}')
    await scene.happen()
    await scene.work()
    rows = await scene.ctx.fetch(
        Statement(sa.text("SELECT concat(w, d) AS text FROM webhook w JOIN webhook_delivery d ON d.webhook_id = w.id"))
    )
    for row in rows:
        for secret in ("a rare key", "a rare token", '"slug"'):
            assert secret not in row["text"]
            assert secret.encode().hex() not in row["text"]


async def test_what_happened_before_a_webhook_was_made_is_nothing_to_it(scene: Scene) -> None:
    await scene.happen()
    await scene.register(query=PRODUCT)
    await scene.happen()
    assert len(await scene.work()) == 1


async def test_a_change_in_several_steps_is_told_once(scene: Scene) -> None:
    await scene.register(query=PRODUCT)

    async def work(tx: WriteCtx) -> None:
        for _ in range(3):
            tx.emit("product.updated", "Product", TEE)

    await transact(scene.ctx, work)
    assert len(await scene.work()) == 1


async def test_what_is_deleted_is_told_as_it_was(scene: Scene) -> None:
    await scene.register(
        query="subscription { event { ... on ProductDeleted { product { id slug category { slug } metadata { key } } }"
        " ... on AppDeleted { app { id name created } } ... on CategoryUpdated { category { slug } } } }"
    )

    async def work(tx: WriteCtx) -> None:
        tx.emit("product.deleted", "Product", 999, name="Gone", slug="gone", category_id=CLOTHES)
        row = {"id": 999, "name": "Old", "created_at": datetime(2026, 3, 1, tzinfo=UTC)}
        tx.emit("app.deleted", "App", 999, row=packed(row))
        tx.emit("category.updated", "Category", 999)

    await transact(scene.ctx, work)
    told = {got.event: got.json for got in await scene.work()}
    assert told == {
        "product_deleted": {
            "product": {"id": "UHJvZHVjdDo5OTk=", "slug": "gone", "category": {"slug": "clothes"}, "metadata": []}
        },
        "app_deleted": {"app": {"id": "QXBwOjk5OQ==", "name": "Old", "created": "2026-03-01T00:00:00+00:00"}},
        "category_updated": {"category": None},
    }


async def test_an_app_may_mail_customers_their_links_itself_and_hears_nothing_of_staff(
    scene: Scene, app_api: Api
) -> None:
    _, token = await make_app(scene.ctx, "mailer", "MANAGE_USERS")
    query = """subscription { event {
      ... on AccountSetPasswordRequested { redirectUrl token user { email } }
      ... on AccountConfirmed { user { email } } } }"""
    mailer = Api(app_api.http, token)
    assert (await mailer.run(CREATE, i={"targetUrl": scene.receiver.url, "query": query}))["r"]["errors"] == []
    await make_user(scene.ctx, "ada@hooks.example")
    await make_staff(scene.ctx, "boss@hooks.example", "MANAGE_STAFF")
    ask = """mutation($e: String!) { r: requestPasswordReset(email: $e, redirectUrl: "http://localhost/reset") {
      errors { code } } }"""
    for email in ("ada@hooks.example", "boss@hooks.example"):
        assert (await app_api.run(ask, e=email))["r"]["errors"] == []
    (customer,) = await scene.work()
    link = customer.json
    assert (link["redirectUrl"], link["user"]) == ("http://localhost/reset", {"email": "ada@hooks.example"})
    new = """mutation($t: String!) { r: setPassword(email: "ada@hooks.example", token: $t, password: "a loud evening")
      { user { email } errors { code } } }"""
    http = httpx2.AsyncClient(transport=app_api.http._transport, base_url="http://127.0.0.1:8000")
    assert (await Api(http).run(new, t=link["token"]))["r"] == {"user": {"email": "ada@hooks.example"}, "errors": []}


async def test_the_log_is_forgotten_after_two_weeks(scene: Scene) -> None:
    webhook = await scene.register(query=PRODUCT)
    await scene.happen()
    await scene.work()
    for days, left in ((13, 1), (15, 0)):
        clock = FixedClock(scene.ctx.clock.now() + timedelta(days=days))
        await deliveries.forget(replace(scene.ctx, clock=clock), {})
        assert len(await scene.log(webhook)) == left
