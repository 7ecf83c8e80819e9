"""Apps are let in by their manifest: with the permissions that staff give, webhooks and a token, or not at all."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from engine.core.context import Ctx, transact
from engine.core.jobs import run_pending
from engine.core.statements import Statement
from engine.core.tables import sa
from engine.flows.shop import Shop
from schema.wiring import WIRING
from tests.api import Api
from tests.people import PASSWORD, make_staff
from tests.receiver import Receiver, receiving

pytestmark = pytest.mark.anyio

INSTALL = """mutation($i: AppInstallInput!) { r: appInstall(input: $i) {
  appInstallation { id status appName manifestUrl } errors { field code permissions } } }"""
WAITING = "{ appsInstallations { id status message } }"
APPS = """{ apps(first: 5, filter: {type: THIRDPARTY}) { edges { node { name identifier type isActive version author
  aboutApp appUrl homepageUrl supportUrl dataPrivacyUrl manifestUrl permissions { code } extensions { label }
  webhooks { name targetUrl subscriptionQuery asyncEvents { eventType } } } } } }"""
EXTENSIONS = """query($f: AppExtensionFilterInput) { appExtensions(first: 5, filter: $f) { totalCount edges { node {
  label url mountName targetName permissions { code } settings app { name } } } } }"""
FETCH = """mutation($u: String!) { r: appFetchManifest(manifestUrl: $u) { manifest { identifier name version
  permissions { code } extensions { label mountName } } errors { field code } } }"""
RETRY = "mutation($id: ID!) { r: appRetryInstall(id: $id) { appInstallation { status } errors { field code } } }"
DROP = "mutation($id: ID!) { r: appDeleteFailedInstallation(id: $id) { appInstallation { id } errors { code } } }"
_CLEAR = Statement(sa.text("WITH gone AS (DELETE FROM app_installation) DELETE FROM app RETURNING id"))


@dataclass
class Scene:
    ctx: Ctx
    staff: Api
    receiver: Receiver

    def offer(self, **changed: Any) -> None:
        """Put a manifest where the app is found."""
        manifest = {
            "id": "example.mailer", "version": "1.2.0", "name": "Mailer", "author": "Example", "about": "Mails.",
            "permissions": ["MANAGE_PRODUCTS"], "appUrl": "https://app.example/", "homepageUrl": "https://e.example/",
            "supportUrl": "https://e.example/help", "dataPrivacyUrl": "https://e.example/privacy",
            "tokenTargetUrl": f"{self.receiver.url}/register", "requiredSaleorVersion": "^3.13",
            "extensions": [{"label": "Mail it", "url": "/mail", "mount": "PRODUCT_DETAILS_MORE_ACTIONS",
                            "target": "POPUP", "permissions": ["MANAGE_PRODUCTS"]}],
            "webhooks": [{"name": "products", "targetUrl": f"{self.receiver.url}/hook",
                          "query": "subscription { event { ... on ProductUpdated { product { slug } } } }"}],
        }  # fmt: skip
        self.receiver.page = orjson.dumps(manifest | changed)

    async def install(self, **values: Any) -> Any:
        given = {"appName": "Our mailer", "manifestUrl": f"{self.receiver.url}/manifest", "permissions": []} | values
        return (await self.staff.run(INSTALL, i=given))["r"]

    async def work(self) -> list[Any]:
        await run_pending(self.ctx, WIRING)
        return (await self.staff.run(WAITING))["appsInstallations"]

    async def apps(self) -> list[Any]:
        return [edge["node"] for edge in (await self.staff.run(APPS))["apps"]["edges"]]


@pytest.fixture(scope="module")
async def staff(shop: Shop, api: Api) -> Api:
    ctx = shop.ctx()
    await make_staff(ctx, "apps@install.example", "MANAGE_APPS", "MANAGE_PRODUCTS")
    await ctx.release()
    return await api.log_in("apps@install.example", PASSWORD)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


@pytest.fixture
async def scene(ctx: Ctx, staff: Api, receiver: Receiver) -> AsyncIterator[Scene]:
    made = Scene(ctx, staff, receiver)
    made.offer()
    yield made
    await transact(ctx, lambda tx: tx.fetch(_CLEAR))


async def test_an_app_gets_its_token_its_webhooks_and_its_place_in_the_dashboard(scene: Scene, api: Api) -> None:
    answer = await scene.install(permissions=["MANAGE_PRODUCTS"])
    assert answer["errors"] == []
    assert answer["appInstallation"]["status"] == "PENDING"
    assert await scene.work() == []
    (got,) = scene.receiver.taken()
    assert (got.path, got.headers["saleor-domain"]) == ("/register", "127.0.0.1:8000")
    assert got.headers["saleor-api-url"] == "http://127.0.0.1:8000/graphql/"
    (app,) = await scene.apps()
    (hook,) = app.pop("webhooks")
    assert hook["asyncEvents"] == [{"eventType": "PRODUCT_UPDATED"}]
    assert app == {
        "name": "Our mailer", "identifier": "example.mailer", "type": "THIRDPARTY", "isActive": True,
        "version": "1.2.0", "author": "Example", "aboutApp": "Mails.", "appUrl": "https://app.example/",
        "homepageUrl": "https://e.example/", "supportUrl": "https://e.example/help",
        "dataPrivacyUrl": "https://e.example/privacy", "manifestUrl": f"{scene.receiver.url}/manifest",
        "permissions": [{"code": "MANAGE_PRODUCTS"}], "extensions": [{"label": "Mail it"}],
    }  # fmt: skip
    mine = await Api(api.http, got.json["auth_token"]).run("{ app { name } }")
    assert mine == {"app": {"name": "Our mailer"}}
    shown = (await scene.staff.run(EXTENSIONS, f={"mountName": ["PRODUCT_DETAILS_MORE_ACTIONS"]}))["appExtensions"]
    assert shown["totalCount"] == 1
    assert shown["edges"][0]["node"] == {
        "label": "Mail it", "url": "/mail", "mountName": "PRODUCT_DETAILS_MORE_ACTIONS", "targetName": "POPUP",
        "permissions": [{"code": "MANAGE_PRODUCTS"}], "settings": {}, "app": {"name": "Our mailer"},
    }  # fmt: skip
    assert (await scene.staff.run(EXTENSIONS, f={"targetName": "APP_PAGE"}))["appExtensions"]["edges"] == []


async def test_an_app_that_refuses_its_token_is_not_let_in_until_it_takes_it(scene: Scene) -> None:
    await scene.install()
    scene.receiver.answers = [200, 500]
    (failed,) = await scene.work()
    assert (failed["status"], await scene.apps()) == ("FAILED", [])
    assert "500" in failed["message"]
    answer = (await scene.staff.run(RETRY, id=failed["id"]))["r"]
    assert answer == {"appInstallation": {"status": "PENDING"}, "errors": []}
    assert await scene.work() == []
    assert [app["isActive"] for app in await scene.apps()] == [True]


async def test_a_failed_installation_can_be_forgotten_and_a_pending_one_not(scene: Scene) -> None:
    pending = (await scene.install())["appInstallation"]["id"]
    assert (await scene.staff.run(DROP, id=pending))["r"]["errors"] == [{"code": "INVALID_STATUS"}]
    scene.receiver.answers = [404]
    (failed,) = await scene.work()
    assert (await scene.staff.run(DROP, id=failed["id"]))["r"]["errors"] == []
    assert await scene.work() == []


async def test_a_second_app_of_the_same_name_is_turned_away(scene: Scene) -> None:
    for _ in range(2):
        await scene.install()
        left = await scene.work()
    assert [each["message"] for each in left] == ["An app with this identifier exists already."]
    assert len(await scene.apps()) == 1


async def test_nobody_lets_an_app_have_what_they_do_not_hold(scene: Scene, api: Api) -> None:
    answer = await scene.install(permissions=["MANAGE_ORDERS"])
    assert answer["errors"] == [
        {"field": "permissions", "code": "OUT_OF_SCOPE_PERMISSION", "permissions": ["MANAGE_ORDERS"]}
    ]
    for operation in (
        WAITING,
        f'mutation {{ appFetchManifest(manifestUrl: "{scene.receiver.url}") {{ errors {{ code }} }} }}',
    ):
        (error,) = await api.errors(operation)
        assert error["extensions"]["code"] == "PermissionDenied"
    assert await scene.work() == []


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"id": ""}, "REQUIRED"),
        ({"name": None}, "REQUIRED"),
        ({"tokenTargetUrl": "ftp://a"}, "INVALID_URL_FORMAT"),
        ({"permissions": ["MANAGE_EVERYTHING"]}, "INVALID_PERMISSION"),
        ({"extensions": [{"label": "x"}]}, "INVALID_MANIFEST_FORMAT"),
        ({"about": ["x"]}, "INVALID_MANIFEST_FORMAT"),
        ({"permissions": []}, "OUT_OF_SCOPE_PERMISSION"),
        ({"requiredSaleorVersion": ">=4"}, "UNSUPPORTED_SALEOR_VERSION"),
    ],
)
async def test_what_is_wrong_with_a_manifest_is_told(scene: Scene, changed: dict[str, Any], code: str) -> None:
    scene.offer(**changed)
    answer = (await scene.staff.run(FETCH, u=scene.receiver.url))["r"]
    assert (answer["manifest"], [error["code"] for error in answer["errors"]]) == (None, [code])


async def test_a_manifest_is_read_before_it_is_let_in(scene: Scene) -> None:
    answer = (await scene.staff.run(FETCH, u=scene.receiver.url))["r"]
    assert answer["errors"] == []
    assert answer["manifest"] == {
        "identifier": "example.mailer", "name": "Mailer", "version": "1.2.0",
        "permissions": [{"code": "MANAGE_PRODUCTS"}],
        "extensions": [{"label": "Mail it", "mountName": "PRODUCT_DETAILS_MORE_ACTIONS"}],
    }  # fmt: skip
    for page, code in ((b"<html>", "INVALID_MANIFEST_FORMAT"), (b"[]", "INVALID_MANIFEST_FORMAT")):
        scene.receiver.page = page
        assert [e["code"] for e in (await scene.staff.run(FETCH, u=scene.receiver.url))["r"]["errors"]] == [code]
    for url, code in (("nonsense", "INVALID_URL_FORMAT"), ("http://127.0.0.1:1/", "MANIFEST_URL_CANT_CONNECT")):
        assert [e["code"] for e in (await scene.staff.run(FETCH, u=url))["r"]["errors"]] == [code]
