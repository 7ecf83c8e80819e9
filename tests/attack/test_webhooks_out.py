"""Webhooks as a way in: to the shop's own network, to other apps' data, and to permissions one does not hold."""

import asyncio
import ipaddress
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pydantic import SecretStr

from engine.accounts.rules import ALL_PERMISSIONS
from engine.core.context import Caller, Ctx, transact
from engine.core.ids import to_global
from engine.core.settings import Profile
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows import deliver_webhooks
from engine.flows.fetch_media import PUBLIC_ONLY, Guard
from engine.flows.shop import Shop
from engine.webhooks import deliveries
from engine.webhooks.deliveries import Message
from engine.webhooks.errors import WebhookRefusal
from engine.webhooks.service import WebhookChange, update
from tests.api import Api
from tests.catalog_data import TEE, fill
from tests.endpoints import make_app
from tests.people import PASSWORD, make_staff, make_user
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.anyio

CREATE = "mutation($i: WebhookCreateInput!) { r: webhookCreate(input: $i) { webhook { id } errors { field code } } }"
UPDATE = (
    "mutation($id: ID!, $i: WebhookUpdateInput!) { r: webhookUpdate(id: $id, input: $i) { errors { field code } } }"
)
DELETE = "mutation($id: ID!) { r: webhookDelete(id: $id) { errors { field code } } }"
RETRY = "mutation($id: ID!) { r: eventDeliveryRetry(id: $id) { errors { field code } } }"
TRIGGER = (
    "mutation($o: ID!, $w: ID!) { r: webhookTrigger(objectId: $o, webhookId: $w) { delivery { id } errors { code } } }"
)
DRY = "mutation($o: ID!, $q: String!) { r: webhookDryRun(objectId: $o, query: $q) { payload errors { field code } } }"
READ = "query($id: ID!) { webhook(id: $id) { secretKey customHeaders eventDeliveries(first: 1) { edges { cursor } } } }"
PRODUCT = "subscription { event { ... on ProductUpdated { product { slug } } } }"
STATE = Statement(
    sa.text(
        "SELECT md5(concat((SELECT string_agg(w::text, '') FROM webhook w), (SELECT count(*) FROM webhook_delivery)))"
    )
)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture(scope="module")
async def apps(shop: Shop, api: Api) -> dict[str, Any]:
    """Two apps, and a webhook of the first with a key."""
    ctx = shop.ctx()
    await transact(ctx, fill)
    own, own_token = await make_app(ctx, "own", "MANAGE_PRODUCTS")
    other, other_token = await make_app(ctx, "other", "MANAGE_ORDERS")
    made: dict[str, Any] = {"own": Api(api.http, own_token), "other": Api(api.http, other_token)}
    hook = {"targetUrl": "https://hook.example/", "query": PRODUCT, "secretKey": "k", "name": "first"}
    made["webhook"] = (await made["own"].run(CREATE, i=hook))["r"]["webhook"]["id"]
    made["id"] = int(await ctx.value(Statement(sa.text("SELECT max(id) FROM webhook"))))
    made["app ids"] = {"own": to_global("App", own), "other": to_global("App", other)}
    message = Message(made["id"], "a", None, "Product:1", "product_updated", b"{}")
    (delivery,) = await transact(ctx, deliveries.add, [message])
    made["delivery"] = to_global("EventDelivery", delivery)
    await make_user(ctx, "customer@hooks.example")
    await make_staff(ctx, "packer@hooks.example", "MANAGE_PRODUCTS")
    await make_staff(ctx, "apps@hooks.example", "MANAGE_APPS")
    await make_staff(ctx, "chief@hooks.example", "MANAGE_APPS", "MANAGE_PRODUCTS", "MANAGE_ORDERS")
    for name in ("customer", "packer", "apps", "chief"):
        made[name] = await api.log_in(f"{name}@hooks.example", PASSWORD)
    made["nobody"] = api
    await ctx.release()
    return made


async def test_webhooks_are_for_apps_and_those_who_manage_them(ctx: Ctx, apps: dict[str, Any]) -> None:
    before = await ctx.value(STATE)
    for actor in ("nobody", "customer", "packer"):
        for query, variables in (
            (CREATE, {"i": {"targetUrl": "https://mine.example/", "app": apps["app ids"]["own"]}}),
            (UPDATE, {"id": apps["webhook"], "i": {"targetUrl": "https://mine.example/"}}),
            (DELETE, {"id": apps["webhook"]}),
            (RETRY, {"id": apps["delivery"]}),
            (TRIGGER, {"o": to_global("Product", TEE), "w": apps["webhook"]}),
            (READ, {"id": apps["webhook"]}),
        ):
            errors = await apps[actor].errors(query, **variables)
            assert [error["extensions"]["code"] for error in errors] == ["PermissionDenied"], (actor, query)
    assert await ctx.value(STATE) == before


async def test_an_app_has_its_own_webhooks_and_no_others(ctx: Ctx, apps: dict[str, Any]) -> None:
    before = await ctx.value(STATE)
    other = apps["other"]
    for query, variables in (
        (UPDATE, {"id": apps["webhook"], "i": {"targetUrl": "https://mine.example/"}}),
        (DELETE, {"id": apps["webhook"]}),
        (RETRY, {"id": apps["delivery"]}),
    ):
        assert [error["code"] for error in (await other.run(query, **variables))["r"]["errors"]] == ["NOT_FOUND"]
    assert (await other.run(READ, id=apps["webhook"]))["webhook"] is None
    assert await ctx.value(STATE) == before
    # naming another app makes it no other's
    hook = {"targetUrl": "https://other.example/", "query": PRODUCT, "app": apps["app ids"]["own"]}
    made = (await other.run(CREATE, i=hook))["r"]["webhook"]["id"]
    owner = (await other.run("query($id: ID!) { webhook(id: $id) { app { id } } }", id=made))["webhook"]["app"]["id"]
    assert owner == apps["app ids"]["other"]
    assert (await apps["own"].run(READ, id=apps["webhook"]))["webhook"]["secretKey"] == "k"


async def test_nobody_has_an_app_tell_them_what_they_may_not_read_themselves(ctx: Ctx, apps: dict[str, Any]) -> None:
    before = await ctx.value(STATE)
    staff = apps["apps"]
    for query, variables in (
        (CREATE, {"i": {"targetUrl": "https://mine.example/", "app": apps["app ids"]["own"]}}),
        (UPDATE, {"id": apps["webhook"], "i": {"targetUrl": "https://mine.example/"}}),
        (TRIGGER, {"o": to_global("Product", TEE), "w": apps["webhook"]}),
    ):
        answer = (await staff.run(query, **variables))["r"]
        assert len(answer["errors"]) == 1, query
    assert await ctx.value(STATE) == before
    asked = "subscription { event { ... on OrderCreated { order { number } } } }"
    order = to_global("Order", "00000000-0000-7000-8000-000000000000")
    answer = (await apps["packer"].run(DRY, o=order, q=asked))["r"]
    assert answer == {"payload": None, "errors": [{"field": "query", "code": "MISSING_PERMISSION"}]}


async def test_a_dry_run_tells_staff_what_they_may_read(apps: dict[str, Any]) -> None:
    answer = (await apps["packer"].run(DRY, o=to_global("Product", TEE), q=PRODUCT))["r"]
    assert answer == {"payload": '{"product":{"slug":"tee"}}', "errors": []}
    for wrong, code in (
        (to_global("Product", 999_999), "NOT_FOUND"),
        (to_global("Order", 1), "TYPE_NOT_SUPPORTED"),
        ("nonsense", "INVALID_ID"),
        (to_global("Product", "x"), "INVALID_ID"),
    ):
        errors = (await apps["packer"].run(DRY, o=wrong, q=PRODUCT))["r"]["errors"]
        assert errors == [{"field": "objectId", "code": code}]


async def test_a_trigger_makes_a_delivery(apps: dict[str, Any]) -> None:
    answer = (await apps["chief"].run(TRIGGER, o=to_global("Product", TEE), w=apps["webhook"]))["r"]
    assert answer["errors"] == []
    assert answer["delivery"]["id"]


async def test_a_subscription_is_no_way_to_read_the_shop(apps: dict[str, Any]) -> None:
    for actor in ("nobody", "chief", "own"):
        response = await apps[actor].send(PRODUCT)
        assert response.json()["errors"][0]["message"].startswith("Subscriptions are answered to webhooks")
        assert not response.json().get("data") or response.json()["data"] == {"event": None}


LOCAL = ("127.0.0.1", "::1", "10.1.2.3", "192.168.0.9", "169.254.169.254", "fe80::1", "::ffff:127.0.0.1", "0.0.0.0")


@pytest.mark.parametrize("address", LOCAL)
async def test_in_production_no_address_of_the_network_is_taken_or_called(
    ctx: Ctx, apps: dict[str, Any], address: str
) -> None:
    host = f"[{address}]" if ":" in address else address
    settings = ctx.settings.model_copy(
        update={"profile": Profile.PRODUCTION, "secret_key": SecretStr("a secret of the tests that is long enough")}
    )
    production = replace(ctx, settings=settings)
    assert not settings.webhooks_to_local_addresses
    chief = production.acting_as(Caller(user_id=1, is_staff=True, permissions=ALL_PERMISSIONS))
    with pytest.raises(WebhookRefusal) as refused:
        await update(chief, apps["id"], WebhookChange({"target_url": f"http://{host}:8080/"}))
    assert (refused.value.field, refused.value.code) == ("targetUrl", "INVALID")
    guarded = Guard(resolve=_always(address), permits=PUBLIC_ONLY.permits)
    with pytest.raises(deliver_webhooks.NotSent) as not_sent:
        await deliver_webhooks._post("https://innocent.example/hook", {}, b"{}", guarded)
    assert not not_sent.value.again


def _always(address: str) -> Any:
    async def resolve(_host: str, _port: int) -> list[str]:
        await asyncio.sleep(0)
        return ["93.184.215.14", address]

    return resolve


async def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_called(receiver: Receiver) -> None:
    answers = iter([["127.0.0.1"], ["10.0.0.1"]])
    judged: list[str] = []

    async def resolve(_host: str, _port: int) -> list[str]:
        return next(answers)

    def permits(address: Any) -> bool:
        judged.append(str(address))
        return address == ipaddress.ip_address("127.0.0.1")

    port = receiver.url.rpartition(":")[2]
    guard = Guard(resolve=resolve, permits=permits)
    answer, _ = await deliver_webhooks._post(f"http://rebound.example:{port}/hook", {}, b"{}", guard)
    assert (answer.status_code, judged) == (200, ["127.0.0.1"])
    (got,) = receiver.taken()
    assert got.headers["host"] == f"rebound.example:{port}"


async def test_an_endless_answer_is_not_waited_for(receiver: Receiver) -> None:
    receiver.text = "x" * 5_000_000
    guard = Guard(resolve=PUBLIC_ONLY.resolve, permits=lambda _address: True)
    answer, text = await deliver_webhooks._post(receiver.url, {}, b"{}", guard)
    assert (answer.status_code, len(text)) == (200, deliveries.EXCERPT)
